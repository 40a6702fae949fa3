//! Every way in which an IDX file can be wrong.

use std::io::Write;
use std::vec;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::data::Dataset;
use crate::shape::{Chw, Flat};

type Tiny = InMemory<Chw<1, 2, 3>, Class>;

/// A header of unsigned bytes with these sizes, and data.
fn idx(sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, UNSIGNED_BYTE, sizes.len() as u8];
    file.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    file.extend_from_slice(data);
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("a vector takes all bytes");
    encoder.finish().expect("a vector takes all bytes")
}

/// Two images of 2 by 3 pixels.
fn images() -> Vec<u8> {
    idx(&[2, 2, 3], &[0, 51, 102, 153, 204, 255, 0, 0, 0, 0, 0, 255])
}

fn labels() -> Vec<u8> {
    idx(&[2], &[1, 9])
}

fn message(images: &[u8], labels: &[u8]) -> String {
    match Tiny::from_idx_bytes(images, labels, 10) {
        Ok(data) => format!("{data:?}"),
        Err(error) => format!("{error}"),
    }
}

/// Checks the first line of the message about bad images, or about bad labels.
fn check(images: &[u8], labels: &[u8], expected: &str) {
    let message = message(images, labels);
    assert_eq!(message.lines().next(), Some(expected));
    assert!(message.contains("\nhelp: "), "{message}");
}

/// Whatever the files are.
#[test]
fn no_classes_are_an_error() {
    let expected = "the number of classes is 0, expected at least 1; write for example `10`";
    for fault in [
        Tiny::from_idx_bytes(&[], &[], 0).err(),
        Tiny::from_idx("no such file", "no such file", 0).err(),
    ] {
        let message = fault.map(|error| format!("{error}"));
        assert_eq!(message.as_deref(), Some(expected));
    }
}

#[test]
fn pixels_are_scaled_to_one_and_labels_kept() -> Result<()> {
    let data = Tiny::from_idx_bytes(&images(), &labels(), 10)?;
    assert_eq!(data.sample(0), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    assert_eq!(data.labels(), [1, 9]);
    assert_eq!(data.classes(), 10);
    Ok(())
}

#[test]
fn gzipped_files_read_as_plain_ones() -> Result<()> {
    let data = Tiny::from_idx_bytes(&gzip(&images()), &gzip(&labels()), 10)?;
    assert_eq!(data.sample(1), [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    Ok(())
}

#[test]
fn four_sizes_are_images_with_channels() -> Result<()> {
    let images = idx(&[1, 2, 1, 3], &[0, 0, 0, 255, 0, 0]);
    let labels = idx(&[1], &[0]);
    let data = InMemory::<Chw<2, 1, 3>, Class>::from_idx_bytes(&images, &labels, 10)?;
    assert_eq!(data.sample(0)[3], 1.0);
    Ok(())
}

#[test]
fn a_flat_shape_takes_images_with_as_many_pixels() -> Result<()> {
    let data = InMemory::<Flat<6>, Class>::from_idx_bytes(&images(), &labels(), 10)?;
    assert_eq!(data.len(), 2);
    Ok(())
}

#[test]
fn a_file_on_disk_reads_as_one_in_memory_and_is_named() -> Result<()> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let [good, bad] = ["images", "labels"].map(|name| folder.path().join(name));
    std::fs::write(&good, gzip(&images())).expect("the folder is writable");
    std::fs::write(&bad, idx(&[2], &[1])).expect("the folder is writable");
    let Err(error) = Tiny::from_idx(&good, &bad, 10) else {
        panic!("a truncated file was read");
    };
    assert!(format!("{error}").starts_with(&format!("{}: header", bad.display())));
    Ok(())
}

#[test]
fn a_missing_file_is_named() {
    let Err(error) = Tiny::from_idx("no/such/images", "no/such/labels", 10) else {
        panic!("a missing file was read");
    };
    assert!(format!("{error}").starts_with("no/such/images: cannot read: "));
}

#[test]
fn a_folder_in_place_of_a_file_is_an_error() {
    assert!(Tiny::from_idx(".", ".", 10).is_err());
}

#[test]
fn an_empty_file_is_an_error() {
    check(
        &[],
        &labels(),
        "images: header field `magic` (byte 0): expected 4 bytes, found the end of the file at byte 0",
    );
}

#[test]
fn a_file_of_another_format_is_an_error() {
    check(
        b"\x89PNG....",
        &labels(),
        "images: header field `magic` (byte 0): expected 0 0 8 3 for images, found [137, 80, 78, 71]",
    );
}

#[test]
fn labels_in_place_of_images_are_an_error() {
    check(
        &labels(),
        &images(),
        "images: header field `magic`, the number of sizes (byte 3): expected 0 0 8 3 for images, found 0 0 8 1, which is labels",
    );
}

#[test]
fn images_in_place_of_labels_are_an_error() {
    check(
        &images(),
        &images(),
        "labels: header field `magic`, the number of sizes (byte 3): expected 0 0 8 1 for labels, found 0 0 8 3, which is images",
    );
}

#[test]
fn two_sizes_are_an_error() {
    check(
        &idx(&[2, 6], &[0; 12]),
        &labels(),
        "images: header field `magic`, the number of sizes (byte 3): expected 0 0 8 3 for images, found 0 0 8 2, which is neither images nor labels",
    );
}

#[test]
fn another_element_type_is_an_error() {
    let mut floats = images();
    floats[2] = 0x0d;
    check(
        &floats,
        &labels(),
        "images: header field `magic`, the type of the elements (byte 2): expected 0 0 8 3 for images, found 0 0 13 3, which is 32-bit floating-point numbers",
    );
}

#[test]
fn a_header_cut_short_is_an_error() {
    check(
        &images()[..10],
        &labels(),
        "images: header field `rows` (byte 8): expected 4 bytes, found the end of the file at byte 10",
    );
}

#[test]
fn a_file_without_samples_is_an_error() {
    check(
        &idx(&[0, 2, 3], &[]),
        &labels(),
        "images: header field `count` (byte 4): expected at least one sample, found 0",
    );
}

#[test]
fn images_of_another_size_are_an_error() {
    check(
        &idx(&[2, 3, 2], &[0; 12]),
        &labels(),
        "images: header, the sizes of an image (bytes 8..16): expected images of shape 1x2x3, found 3x2",
    );
}

#[test]
fn images_of_more_channels_are_an_error() {
    check(
        &idx(&[1, 3, 2, 3], &[0; 18]),
        &labels(),
        "images: header, the sizes of an image (bytes 8..20): expected images of shape 1x2x3, found 3x2x3",
    );
}

#[test]
fn a_truncated_file_is_an_error() {
    check(
        &images()[..20],
        &labels(),
        "images: header, the sizes (bytes 4..16): expected at most 4 bytes of data, for the length of the file, found 2x2x3 bytes",
    );
}

#[test]
fn a_truncated_file_that_was_gzipped_is_an_error() {
    check(
        &gzip(&images()[..20]),
        &labels(),
        "images: byte 20: expected 12 bytes of data after the header, found the end after 4",
    );
}

#[test]
fn trailing_bytes_are_an_error() {
    let mut long = images();
    long.push(0);
    let expected = "images: byte 28: expected the end, after 12 bytes of data, found more bytes";
    check(&long, &labels(), expected);
    check(&gzip(&long), &labels(), expected);
}

#[test]
fn a_lying_header_allocates_nothing() {
    check(
        &idx(&[u32::MAX, 2, 3], &[0; 12]),
        &labels(),
        "images: header, the sizes (bytes 4..16): expected at most 12 bytes of data, for the length of the file, found 4294967295x2x3 bytes",
    );
    assert!(
        message(&gzip(&idx(&[u32::MAX, 2, 3], &[0; 12])), &labels())
            .contains("found 4294967295x2x3 bytes")
    );
}

#[test]
fn sizes_whose_product_overflows_are_an_error() {
    let huge = idx(&[u32::MAX; 3], &[]);
    let sizes = [u32::MAX; 3];
    let source = Source::bytes("images", &huge).expect("bytes open");
    assert!(read_elements(source, &sizes).is_err());
    assert!(message(&huge, &labels()).contains("expected images of shape 1x2x3"));
}

#[test]
fn labels_cut_short_are_an_error() {
    check(
        &images(),
        &idx(&[2], &[1]),
        "labels: header, the sizes (bytes 4..8): expected at most 1 bytes of data, for the length of the file, found 2 bytes",
    );
}

#[test]
fn fewer_labels_than_images_are_an_error() {
    check(
        &images(),
        &idx(&[1], &[1]),
        "labels: header field `count` (byte 4): expected 2 labels, as images has images, found 1",
    );
}

#[test]
fn a_label_out_of_range_is_an_error() {
    check(
        &images(),
        &idx(&[2], &[1, 10]),
        "labels: label 1 (byte 9): expected a class below 10, found 10",
    );
}

#[test]
fn a_gzip_stream_cut_anywhere_is_an_error() {
    let whole = gzip(&images());
    for end in 0..whole.len() {
        assert!(
            Tiny::from_idx_bytes(&whole[..end], &labels(), 10).is_err(),
            "cut at {end}"
        );
    }
    check(
        &whole[..whole.len() - 1],
        &labels(),
        "images: gzip stream, after 28 bytes of content: expected an intact gzip stream to the end, found unexpected end of file",
    );
}

#[test]
fn a_gzip_stream_with_a_wrong_sum_is_an_error() {
    let mut damaged = gzip(&images());
    let sum = damaged.len() - 8;
    damaged[sum] ^= 1;
    assert!(message(&damaged, &labels()).starts_with("images: gzip stream"));
}

#[test]
fn bytes_after_a_gzip_stream_are_an_error() {
    let mut long = gzip(&images());
    long.extend_from_slice(b"more");
    assert!(message(&long, &labels()).starts_with("images: gzip stream"));
}

#[test]
fn a_plain_file_cut_anywhere_is_an_error() {
    for end in 0..images().len() {
        assert!(
            Tiny::from_idx_bytes(&images()[..end], &labels(), 10).is_err(),
            "cut at {end}"
        );
    }
}

#[test]
fn any_changed_byte_gives_data_or_an_error() {
    for file in [images(), gzip(&images())] {
        for (index, value) in (0..file.len()).flat_map(|index| (0..=255).map(move |v| (index, v))) {
            let mut changed = file.clone();
            changed[index] = value;
            let _ = Tiny::from_idx_bytes(&changed, &labels(), 10);
        }
    }
}

#[test]
fn any_bytes_give_data_or_an_error() {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};
    let mut random = ChaCha8Rng::seed_from_u64(5);
    for round in 0..2000 {
        let mut bytes = vec![0; round % 64];
        random.fill_bytes(&mut bytes);
        assert!(Tiny::from_idx_bytes(&bytes, &labels(), 10).is_err());
        let framed = [&images()[..4], &bytes].concat();
        assert!(Tiny::from_idx_bytes(&framed, &labels(), 10).is_err());
    }
}
