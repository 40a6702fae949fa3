//! Checks the gradients of a network against differences of its loss, and prints the table.
//!
//! ```text
//! cargo run --release --example gradient_check
//! ```
//!
//! `backward` says by how much the loss changes with every weight. The check measures it: it moves
//! one weight a little to either side, runs `forward`, and compares. It does so in `f64`, on the very
//! code that trains in `f32`.

use std::process::ExitCode;

use cnn::gradcheck::GradientCheck;
use cnn::prelude::*;

network! {
    /// A small network with most kinds of layers.
    Small: 1x12x12
        -> conv<3x3>(4, padding = same) -> relu -> max_pool<2x2>
        -> conv<3x3>(6, stride = 2, padding = 1) -> tanh
        -> avg_pool<2x2>(stride = 1)
        -> flatten
        -> dense(12) -> leaky_relu
        -> dense(10)
        -> 10
}

fn main() -> cnn::Result<ExitCode> {
    let net = Small::new(42);
    let images: Vec<Vec<f32>> = (0..4).map(stripes).collect();
    let images: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    let classes = [0, 1, 2, 3];
    let report = GradientCheck::new().run(&net, &SoftmaxCrossEntropy, &images, &classes)?;
    write_out(&report);
    Ok(match report.passed() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// An image of 12 by 12 pixels with diagonal stripes, closer together for a larger `class`.
fn stripes(class: usize) -> Vec<f32> {
    let pixels = (0..12).flat_map(|y| (0..12).map(move |x| (x + 2 * y) as f32));
    pixels
        .map(|place| (place * (class + 1) as f32 / 4.0).sin())
        .collect()
}

/// Prints the table.
#[allow(clippy::print_stdout)] // The table is what the program is for.
fn write_out(report: &cnn::gradcheck::Report) {
    println!("{report}");
}
