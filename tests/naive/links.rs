//! Layers without parameters as lists of links between elements, against the generated code.
//!
//! Nothing here is fast, and nothing is shared with the crate.

// Every test binary compiles its own copy and uses a part of it.
#![allow(dead_code)]

use cnn_runtime::simd::Level;
use cnn_runtime::{Network, Shape};

use crate::harness::reference::Weighted;
use crate::harness::{Batch, Precision, assert_close, infer, infer_single, spread};

/// Which inputs each output is made of.
pub(crate) struct Links {
    /// For each output its inputs, each with its share.
    outputs: Vec<Vec<(usize, f64)>>,
    combine: Combine,
}

enum Combine {
    Sum,
    /// The largest; the first of them receives the gradient.
    Maximum,
}

impl Links {
    /// Sums of shares.
    pub(crate) fn sums(outputs: Vec<Vec<(usize, f64)>>) -> Self {
        Self {
            outputs,
            combine: Combine::Sum,
        }
    }

    /// Each output is the mean of its inputs.
    pub(crate) fn means(windows: &[Vec<usize>]) -> Self {
        let share = |window: &Vec<usize>| {
            let share = 1.0 / window.len() as f64;
            window.iter().map(|&i| (i, share)).collect()
        };
        Self::sums(windows.iter().map(share).collect())
    }

    /// Each output is the largest of its inputs.
    pub(crate) fn maxima(windows: &[Vec<usize>]) -> Self {
        let whole = |window: &Vec<usize>| window.iter().map(|&i| (i, 1.0)).collect();
        Self {
            outputs: windows.iter().map(whole).collect(),
            combine: Combine::Maximum,
        }
    }

    /// Each output is one input, or nothing.
    pub(crate) fn copies(sources: &[Option<usize>]) -> Self {
        let link = |source: &Option<usize>| source.iter().map(|&i| (i, 1.0)).collect();
        Self::sums(sources.iter().map(link).collect())
    }

    /// The output, and the gradient by the input of Σ weight · output.
    fn step(&self, input: &[f64], weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut output = Vec::new();
        let mut d_input = vec![0.0; input.len()];
        for (links, weight) in self.outputs.iter().zip(weights) {
            match self.combine {
                Combine::Sum => {
                    output.push(links.iter().map(|&(i, share)| share * input[i]).sum());
                    for &(i, share) in links {
                        d_input[i] += share * weight;
                    }
                }
                Combine::Maximum => {
                    let mut first = links[0].0;
                    for &(i, _) in links {
                        if input[i] > input[first] {
                            first = i;
                        }
                    }
                    output.push(input[first]);
                    d_input[first] += weight;
                }
            }
        }
        (output, d_input)
    }
}

/// Compares a network of one layer with its links, on every level, in training and inference.
pub(crate) fn check<N: Network>(links: &Links) {
    // A full block and one lane of a second.
    let rows = |elements: usize, from: f64| -> Vec<Vec<f32>> {
        let row = |n: usize| spread(elements, from + 0.37 * n as f64);
        (0..17).map(row).collect()
    };
    let (samples, weights) = (
        rows(N::Input::ELEMENTS, 0.0),
        rows(N::Output::ELEMENTS, 5.0),
    );
    let mut expected = (Vec::new(), Vec::new());
    for (sample, weights) in samples.iter().zip(&weights) {
        let wide = |row: &[f32]| row.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let (output, d_input) = links.step(&wide(sample), &wide(weights));
        expected.0.extend(output);
        expected.1.extend(d_input);
    }
    let samples: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
    let targets: Vec<&[f32]> = weights.iter().map(Vec::as_slice).collect();
    let batch = Batch::<N, _> {
        loss: &Weighted,
        samples: &samples,
        targets: &targets,
    };
    let close = |found: &[f64], expected: &[f64], what: &str| {
        let what = format!("{what} of {}", N::SPEC.name);
        assert_close(Precision::Double, found, expected, &what);
    };
    for level in Level::available() {
        let outcome = batch.outcome::<f64>(level, &[]);
        close(&outcome.outputs, &expected.0, "the output");
        close(&outcome.d_inputs, &expected.1, "the input gradient");
        close(
            &infer::<N, f64>(level, &[], &samples),
            &expected.0,
            "inference",
        );
        let single = infer_single::<N, f64>(level, &[], &samples);
        close(&single, &expected.0, "one sample");
    }
}

/// What a network without parameters makes of one sample, and its gradient by the sample of
/// Σ weight · output.
pub(crate) fn outputs_and_gradients<N: Network>(
    sample: &[f32],
    weights: &[f32],
) -> (Vec<f64>, Vec<f64>) {
    let batch = Batch::<N, _> {
        loss: &Weighted,
        samples: &[sample],
        targets: &[weights],
    };
    let outcome = batch.outcome::<f64>(Level::detect(), &[]);
    (outcome.outputs, outcome.d_inputs)
}

/// Expects NaN as output `index` on every level, in blocks and for one sample.
pub(crate) fn assert_nan<N: Network>(parameters: &[f64], sample: &[f32], index: usize) {
    for level in Level::available() {
        let block = infer::<N, f32>(level, parameters, &[sample]);
        assert!(block[index].is_nan(), "a block on {level:?}: {block:?}");
        let single = infer_single::<N, f32>(level, parameters, &[sample]);
        assert!(
            single[index].is_nan(),
            "one sample on {level:?}: {single:?}"
        );
    }
}
