//! Training towards one class per pixel, with pixels that nobody labelled.

use cnn::loss::CrossEntropy;
use cnn::prelude::*;

network! {
    /// Finds the bright, the dark and the grey parts of an image.
    Segments: 1x6x5
        -> conv<3x3>(6, padding = same) -> relu
        -> logits: conv<1x1>(3)
        -> 3x6x5
}

type Images = InMemory<Chw<1, 6, 5>, ClassMap<6, 5>>;

/// What pixels without a label have.
const UNLABELLED: u16 = 255;

/// Stripes of three brightnesses, whose classes are 0, 1 and 2; every seventh pixel has no label.
fn images(count: usize) -> cnn::Result<Images> {
    let class = |n: usize, pixel: usize| (n * 5 + pixel / 2 + n * pixel / 7) % 3;
    let pixels = || (0..count).flat_map(|n| (0..30).map(move |pixel| (n, pixel)));
    let samples: Vec<f32> = pixels()
        .map(|(n, pixel)| class(n, pixel) as f32 - 1.0)
        .collect();
    let label = |(n, pixel): (usize, usize)| match (n + pixel) % 7 {
        0 => UNLABELLED,
        _ => class(n, pixel) as u16,
    };
    let labels: Vec<u16> = pixels().map(label).collect();
    Images::from_class_maps_ignoring(samples, labels, 3, UNLABELLED)
}

fn loss() -> CrossEntropy<[f64; 3]> {
    SoftmaxCrossEntropy
        .ignore_index(UNLABELLED.into())
        .class_weights([1.0, 0.5, 2.0])
}

#[test]
fn pixels_are_learned_and_only_those_with_a_label_are_counted() -> cnn::Result<()> {
    let data = images(45)?;
    let history = Trainer::new(loss(), Adam::new(0.03))
        .epochs(60)
        .batch_size(20)
        .progress(Progress::Silent)
        .fit(&mut Segments::new(1), &data, Some(&data))?;
    let last = history.last().expect("there were epochs");
    assert_eq!(last.train_accuracy, Some(1.0), "{last}");
    assert_eq!(history.test_accuracy(), Some(1.0));
    assert!(last.train_loss < 0.1, "{last}");
    Ok(())
}

#[test]
fn any_number_of_threads_gives_the_same_bits() -> cnn::Result<()> {
    let data = images(83)?;
    let run = |threads| -> cnn::Result<Vec<u32>> {
        let mut net = Segments::new(1);
        // 50 samples are four blocks, the last of two; the second batch has 33.
        Trainer::new(loss().label_smoothing(0.1), Sgd::new(0.1))
            .epochs(2)
            .batch_size(50)
            .threads(threads)
            .progress(Progress::Silent)
            .fit(&mut net, &data, Some(&data))?;
        Ok(net.parameters().iter().map(|p| p.to_bits()).collect())
    };
    let bits = run(1)?;
    for threads in [2, 3] {
        assert_eq!(run(threads)?, bits, "{threads} threads");
    }
    Ok(())
}

#[test]
fn gradients_pass_the_check_with_every_option() -> cnn::Result<()> {
    let data = images(17)?;
    let samples: Vec<&[f32]> = (0..data.len()).map(|n| data.sample(n)).collect();
    let targets: Vec<&[u16]> = (0..data.len()).map(|n| data.target(n)).collect();
    let loss = loss().label_smoothing(0.1);
    let report = gradcheck(&Segments::new(3), &loss, &samples, &targets)?;
    assert!(report.passed(), "{report}");
    Ok(())
}

#[test]
fn a_batch_in_which_no_pixel_counts_cannot_be_checked() -> cnn::Result<()> {
    let data = images(1)?;
    let ignored = vec![255; data.target(0).len()];
    let fault = gradcheck(&Segments::new(3), &loss(), &[data.sample(0)], &[&ignored]);
    let message = fault.expect_err("every pixel is ignored").to_string();
    assert!(message.starts_with("no target of the gradient check counts in the loss"));
    Ok(())
}

#[test]
fn a_label_that_the_network_has_no_channel_for_is_refused() -> cnn::Result<()> {
    let data = images(3)?;
    let error = Trainer::new(SoftmaxCrossEntropy, Sgd::new(0.1))
        .progress(Progress::Silent)
        .fit(&mut Segments::new(1), &data, None)
        .expect_err("255 is no class of this loss");
    assert_eq!(
        error.to_string(),
        "the target of sample 0 of the training data set is class 255 at row 0, column 0, but the \
         network tells 3 classes apart, 0 to 2; correct the label, or leave it out with \
         `SoftmaxCrossEntropy.ignore_index(255)`"
    );
    Ok(())
}
