//! Trains a small network on real handwritten digits, and shows what it sees.
//!
//! ```text
//! cargo run --release --example digits
//! ```

// The program's output is what it is for.
#![allow(clippy::print_stdout)]

use cnn::data::text_picture;
use cnn::prelude::*;

network! {
    /// A small network for 8×8 grey-scale digits.
    DigitNet: 1x8x8
        -> conv1: conv<3x3>(16, padding = same) -> relu
        -> conv2: conv<3x3>(32, padding = same) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(64) -> relu
        -> logits: dense(10)
        -> 10
}

fn main() -> cnn::Result<()> {
    let (train, test) = Digits::load()?.split(0.85, 7);
    let mut net = DigitNet::new(42);
    println!("{}", net.summary());

    let history = Trainer::new(SoftmaxCrossEntropy, Adam::new(2e-3))
        .epochs(30)
        .batch_size(32)
        .threads(2)
        .schedule(Cosine::new())
        .fit(&mut net, &train, Some(&test))?;

    println!("trained in {:.1} s\n", history.seconds());
    show_predictions(&net, &test);
    let accuracy = history.test_accuracy().unwrap_or_default();
    println!("test accuracy: {:.2} %", 100.0 * accuracy);
    Ok(())
}

/// Prints the first digits that the network was not trained on, with what it takes them for.
fn show_predictions(net: &DigitNet, test: &InMemory<Chw<1, 8, 8>, Class>) {
    let mut frozen = net.freeze();
    for index in 0..3 {
        let image = test.sample(index);
        let predicted = argmax(&frozen.predict(image)).unwrap_or_default();
        println!("{}", text_picture(image, 8));
        println!("is a {}, taken for a {predicted}\n", test.target(index));
    }
}
