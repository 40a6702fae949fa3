//! What gets into memory, and what does not.

use super::*;
use crate::shape::Flat;

type Pair = InMemory<Flat<2>, Class>;
type Regression = InMemory<Flat<2>, Values<Flat<1>>>;

fn message<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => String::from("no error"),
        Err(error) => error.to_string(),
    }
}

fn check<T>(result: Result<T>, first_line: &str) {
    assert_eq!(message(result).lines().next(), Some(first_line));
}

#[test]
fn samples_and_labels_come_back_by_index() -> Result<()> {
    let data = Pair::from_classes([1.0, 2.0, 3.0, 4.0], [1, 0], 2)?;
    assert_eq!((data.len(), data.is_empty(), data.classes()), (2, false, 2));
    assert_eq!((data.sample(0), data.target(0)), (&[1.0, 2.0][..], 1));
    assert_eq!((data.sample(1), data.target(1)), (&[3.0, 4.0][..], 0));
    Ok(())
}

#[test]
fn values_come_back_by_index() -> Result<()> {
    let data = Regression::from_values([1.0, 2.0, 3.0, 4.0], [3.0, 7.0])?;
    assert_eq!(
        (data.sample(1), data.target(1)),
        (&[3.0, 4.0][..], &[7.0][..])
    );
    Ok(())
}

#[test]
fn more_samples_than_labels_are_an_error() {
    check(
        Pair::from_classes([0.0; 6], [0, 1], 2),
        "samples: length: expected 2 times 2 elements (2 labels, shape 2), found 6 elements",
    );
}

#[test]
fn half_a_sample_is_an_error() {
    check(
        Pair::from_classes([0.0; 3], [0, 1], 2),
        "samples: length: expected 2 times 2 elements (2 labels, shape 2), found 3 elements",
    );
}

#[test]
fn half_a_target_is_an_error() {
    check(
        InMemory::<Flat<2>, Values<Flat<2>>>::from_values([0.0; 4], [0.0; 3]),
        "targets: length: expected a multiple of 2 elements (shape 2), found 3 elements",
    );
}

#[test]
fn a_label_out_of_range_is_an_error() {
    check(
        Pair::from_classes([0.0; 4], [1, 2], 2),
        "labels: label 1: expected a class below 2, found 2",
    );
}

#[test]
fn no_classes_are_an_error() {
    check(
        Pair::from_classes([0.0; 4], [0, 0], 0),
        "the number of classes is 0, expected at least 1; write for example `10`",
    );
}

#[test]
fn a_nan_pixel_is_an_error() {
    check(
        Pair::from_classes([0.0, 0.0, 0.0, f32::NAN], [0, 1], 2),
        "samples: number 1, element 1 of shape 2 (index 3): expected a finite number, found NaN",
    );
}

#[test]
fn an_infinite_target_is_an_error() {
    check(
        Regression::from_values([0.0; 4], [0.0, f32::INFINITY]),
        "targets: number 1, element 0 of shape 1 (index 1): expected a finite number, found inf",
    );
}

#[test]
fn no_samples_are_an_error() {
    let none = "length: expected at least one sample with its target, found none";
    check(Pair::from_classes([], [], 2), &format!("samples: {none}"));
    check(
        Pair::from_classes([0.0; 2], [], 2),
        &format!("labels: {none}"),
    );
    check(Regression::from_values([], []), &format!("samples: {none}"));
}

#[test]
fn a_split_holds_every_sample_once() -> Result<()> {
    let values: Vec<f32> = (0..20).map(|i| i as f32).collect();
    let data = Pair::from_classes(values.clone(), (0..10).collect::<Vec<_>>(), 10)?;
    let (first, rest) = data.split(0.7, 1);
    assert_eq!((first.len(), rest.len()), (7, 3));
    let mut joined = [first.samples, rest.samples].concat();
    joined.sort_by(f32::total_cmp);
    assert_eq!(joined, values);
    Ok(())
}

#[test]
fn a_split_keeps_samples_with_their_targets() -> Result<()> {
    let values: Vec<f32> = (0..20).map(|i| (i / 2) as f32).collect();
    let data = Pair::from_classes(values, (0..10).collect::<Vec<_>>(), 10)?;
    let (first, _) = data.split(1.0, 2);
    assert!((0..10).all(|i| first.sample(i) == [first.target(i) as f32; 2]));
    assert_ne!(first.labels(), data.labels());
    Ok(())
}

#[test]
fn equal_seeds_split_equally() -> Result<()> {
    let data = Pair::from_classes([0.0; 40], (0..20).collect::<Vec<_>>(), 20)?;
    assert_eq!(data.split(0.5, 9).0.labels(), data.split(0.5, 9).0.labels());
    assert_ne!(data.split(0.5, 9).0.labels(), data.split(0.5, 8).0.labels());
    Ok(())
}

#[test]
#[should_panic(expected = "the fraction of a split is NaN, not in 0..=1")]
fn a_fraction_that_is_none_panics() {
    let data = Pair::from_classes([0.0; 2], [0], 1).expect("it is one sample");
    let _ = data.split(f64::NAN, 0);
}

#[test]
fn a_subset_follows_its_indices() -> Result<()> {
    let data = Regression::from_values([1.0, 2.0, 3.0, 4.0], [5.0, 6.0])?;
    let twice = data.subset(&[1, 1, 0]);
    assert_eq!(twice.samples, [3.0, 4.0, 3.0, 4.0, 1.0, 2.0]);
    assert_eq!(twice.targets, [6.0, 6.0, 5.0]);
    Ok(())
}

#[test]
fn normalizing_shifts_and_scales() -> Result<()> {
    let data = Regression::from_values([1.0, 3.0], [5.0])?.normalize(1.0, 2.0)?;
    assert_eq!(
        (data.sample(0), data.target(0)),
        (&[0.0, 1.0][..], &[5.0][..])
    );
    Ok(())
}

#[test]
fn normalizing_by_zero_or_nan_is_an_error() -> Result<()> {
    for (mean, std) in [
        (0.0, 0.0),
        (0.0, -1.0),
        (f32::NAN, 1.0),
        (0.0, f32::INFINITY),
    ] {
        let data = Regression::from_values([1.0, 3.0], [5.0])?;
        assert!(message(data.normalize(mean, std)).starts_with("normalize: arguments"));
    }
    Ok(())
}

#[test]
fn normalizing_that_overflows_is_an_error() -> Result<()> {
    let data = Regression::from_values([1e30, 3.0], [5.0])?;
    check(
        data.normalize(0.0, 1e-30),
        "samples after `normalize`: number 0, element 0 of shape 2 (index 0): expected a finite number, found inf",
    );
    Ok(())
}
