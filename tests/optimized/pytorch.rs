//! What generated networks compute equals what PyTorch computes, on every level, in `f64` and `f32`.
//!
//! `tests/pytorch/generate.py` has the same networks as `torch.nn.Sequential` and wrote the numbers.

// Rows that a stride or a pool never reads are part of the cases.
#![allow(deprecated)]

#[path = "../harness/mod.rs"]
mod harness;

use std::collections::HashMap;
use std::path::Path;

use cnn_runtime::loss::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
use cnn_runtime::optim::{Adam, Sgd};
use cnn_runtime::simd::{Level, Scalar};
use cnn_runtime::{Class, Network, Shape, Values};
use harness::reference::widened;
use harness::{Batch, Outcome, Precision, TargetOf, assert_close, infer, infer_single};
use safetensors::SafeTensors;

/// The steps of a stored trajectory.
const STEPS: u64 = 20;

const MOMENTUM: Sgd = Sgd::new(0.05).momentum(0.9);
const NESTEROV: Sgd = Sgd::new(0.05).momentum(0.9).nesterov().weight_decay(1e-3);
const ADAM: Adam = Adam::new(1e-2);
const DECAY: Adam = Adam::new(1e-2).betas(0.8, 0.99).weight_decay(1e-2);

/// One test per network: `name: (declaration), loss, optimizers;` compares it with the file `name`.
macro_rules! networks {
    ($($name:ident: ($($declaration:tt)*), $loss:expr, $sgd:expr, $adam:expr;)*) => {$(
        mod $name {
            use super::*;

            cnn::network! { Net: $($declaration)* }

            #[test]
            fn equals_pytorch() {
                let stored = Stored::load(stringify!($name), <Net>::SPEC);
                compare::<Net, _>(&stored, &$loss, &$sgd, &$adam);
            }
        }
    )*};
}

networks! {
    conv_basic: (
        1x6x6 -> conv<3x3>(3) -> relu -> flatten -> dense(4) -> 4
    ), SoftmaxCrossEntropy, Sgd::new(0.1), ADAM;
    conv_stride: (
        2x9x8 -> conv<3x3>(4, stride = 2) -> tanh -> 4x4x3
    ), MeanSquaredError, MOMENTUM, ADAM;
    conv_same: (
        3x5x7 -> conv<3x3>(5, padding = same) -> sigmoid -> 5x5x7
    ), MeanSquaredError, NESTEROV, DECAY;
    conv_same_even: (
        2x6x5 -> conv<2x4>(3, padding = same) -> leaky_relu(slope = 0.1) -> 3x6x5
    ), MeanSquaredError, Sgd::new(0.1), ADAM;
    conv_padding: (
        1x5x5 -> conv<3x3>(4, padding = 2) -> relu -> flatten -> dense(3) -> 3
    ), SoftmaxCrossEntropy, MOMENTUM, DECAY;
    conv_padding_by_side: (
        2x4x6 -> conv<3x5>(3, stride = 1x2, padding = 1x2) -> tanh -> 3x4x3
    ), MeanSquaredError, NESTEROV, ADAM;
    conv_without_bias: (
        1x8x10 -> conv<5x5>(3, bias = false) -> tanh -> avg_pool<2x2>
            -> flatten -> dense(4, bias = false) -> 4
    ), SoftmaxCrossEntropy, Sgd::new(0.1), ADAM;
    conv_one_by_one: (
        5x4x4 -> conv<1x1>(7) -> relu -> conv<1x1>(3) -> 3x4x4
    ), MeanSquaredError, MOMENTUM, ADAM;
    conv_whole_input: (
        2x5x4 -> conv<5x4>(6) -> flatten -> 6
    ), SoftmaxCrossEntropy, NESTEROV, ADAM;
    dense_only: (
        7 -> dense(9) -> tanh -> dense(3) -> 3
    ), SoftmaxCrossEntropy, Sgd::new(0.1), DECAY;
    dense_without_bias: (
        12 -> dense(5, bias = false) -> sigmoid -> dense(4) -> 4
    ), MeanSquaredError, MOMENTUM, ADAM;
    max_pool_overlapping: (
        2x9x9 -> conv<3x3>(4) -> relu -> max_pool<3x3>(stride = 2) -> flatten -> dense(5) -> 5
    ), SoftmaxCrossEntropy, Sgd::new(0.1), ADAM;
    max_pool_padded: (
        1x8x7 -> conv<3x3>(5) -> max_pool<3x2>(stride = 2x1, padding = 1) -> tanh -> 5x3x6
    ), MeanSquaredError, MOMENTUM, ADAM;
    avg_pool_overlapping: (
        3x7x6 -> conv<2x2>(3) -> leaky_relu -> avg_pool<3x2>(stride = 1x2)
            -> flatten -> dense(3) -> 3
    ), SoftmaxCrossEntropy, NESTEROV, ADAM;
    avg_pool_padded: (
        2x6x6 -> conv<3x3>(3, padding = 1) -> sigmoid -> avg_pool<3x3>(stride = 2, padding = 1)
            -> 3x3x3
    ), MeanSquaredError, Sgd::new(0.1), ADAM;
    channels_of_eight: (
        8x6x6 -> conv<3x3>(16, padding = same) -> relu -> max_pool<2x2> -> conv<2x2>(8) -> relu
            -> flatten -> dense(10) -> 10
    ), SoftmaxCrossEntropy, MOMENTUM, ADAM;
    lenet_small: (
        1x14x14 -> conv<5x5>(6) -> relu -> max_pool<2x2> -> conv<3x3>(8) -> relu -> max_pool<2x2>
            -> flatten -> dense(20) -> relu -> dense(12) -> relu -> dense(10) -> 10
    ), SoftmaxCrossEntropy, MOMENTUM, ADAM;
    two_filters: (
        1x12x14 -> conv<3x3>(1, padding = same) -> tanh -> conv<3x3>(1, padding = same) -> tanh
            -> 1x12x14
    ), MeanSquaredError, Sgd::new(0.1), ADAM;
    deep: (
        3x8x8 -> conv<3x3>(6, padding = same) -> tanh -> conv<3x3>(6, stride = 2, padding = 1)
            -> sigmoid -> avg_pool<2x2> -> conv<2x2>(9) -> tanh -> flatten -> dense(7)
            -> leaky_relu(slope = 0.1) -> dense(3) -> 3
    ), SoftmaxCrossEntropy, NESTEROV, ADAM;
}

/// Compares everything that is stored, on every level and in both scalars.
fn compare<N: Network, L: Reference<N>>(stored: &Stored, loss: &L, sgd: &Sgd, adam: &Adam) {
    let samples: Vec<&[f32]> = stored.samples.iter().map(Vec::as_slice).collect();
    let targets = loss.targets(stored);
    let batch = Batch {
        loss,
        samples: &samples,
        targets: &targets,
    };
    for level in Level::available() {
        compare_in::<N, L, f64>(stored, batch, level, Precision::Double, sgd, adam);
        compare_in::<N, L, f32>(stored, batch, level, Precision::Single, sgd, adam);
    }
}

fn compare_in<N: Network, L: Reference<N>, T: Scalar>(
    stored: &Stored,
    batch: Batch<'_, '_, N, L>,
    level: Level,
    precision: Precision,
    sgd: &Sgd,
    adam: &Adam,
) {
    let close = |found: &[f64], tensor: &str| {
        let what = format!("{tensor} of {} on {level:?} in {precision:?}", stored.name);
        assert_close(precision, found, stored.tensor(tensor), &what);
    };
    let parameters = stored.parameters("initial");
    let Outcome {
        outputs,
        loss,
        gradients,
        d_inputs,
    } = batch.outcome::<T>(level, &parameters);
    close(&outputs, "output");
    close(&[loss], "loss");
    close(&d_inputs, "gradient/input");
    let each_parameter = |found: &[f64], kind: &str| {
        for tensor in N::SPEC.parameters {
            close(&found[tensor.range()], &format!("{kind}/{}", tensor.name));
        }
    };
    each_parameter(&gradients, "gradient");
    close(&infer::<N, T>(level, &parameters, batch.samples), "output");
    close(
        &infer_single::<N, T>(level, &parameters, batch.samples),
        "output",
    );
    each_parameter(&batch.trained::<T>(level, &parameters, sgd, STEPS), "sgd");
    each_parameter(&batch.trained::<T>(level, &parameters, adam, STEPS), "adam");
}

/// A loss whose targets a file can hold.
trait Reference<N: Network>: Loss<N::Output> {
    /// The targets of the batch.
    fn targets<'s>(&self, stored: &'s Stored) -> Vec<TargetOf<'s, N, Self>>
    where
        Self: Sized;
}

impl<N: Network> Reference<N> for SoftmaxCrossEntropy
where
    Self: Loss<N::Output, Target = Class>,
{
    fn targets(&self, stored: &Stored) -> Vec<usize> {
        stored
            .tensor("target")
            .iter()
            .map(|&class| class as usize)
            .collect()
    }
}

impl<N: Network> Reference<N> for MeanSquaredError
where
    Self: Loss<N::Output, Target = Values<N::Output>>,
{
    fn targets<'s>(&self, stored: &'s Stored) -> Vec<&'s [f32]> {
        stored.values.chunks(N::Output::ELEMENTS).collect()
    }
}

/// A file of `tests/pytorch/`, with every number widened to `f64`.
struct Stored {
    name: &'static str,
    spec: &'static cnn_runtime::Spec,
    tensors: HashMap<String, Vec<f64>>,
    /// The inputs of the batch, which are `f32`.
    samples: Vec<Vec<f32>>,
    /// The targets of the whole batch where they are values.
    values: Vec<f32>,
}

impl Stored {
    fn load(name: &'static str, spec: &'static cnn_runtime::Spec) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pytorch");
        let path = folder.join(name).with_extension("safetensors");
        let bytes = std::fs::read(&path).expect("`generate.py` wrote the file");
        let file = SafeTensors::deserialize(&bytes).expect("the file is whole");
        let tensors: HashMap<_, _> = file
            .iter()
            .map(|(key, view)| (key.to_owned(), widened(view.dtype(), view.data())))
            .collect();
        let narrowed = |key: &str| tensors[key].iter().map(|&x| x as f32).collect::<Vec<_>>();
        let elements: usize = spec.input.iter().product();
        let samples = narrowed("input")
            .chunks(elements)
            .map(<[f32]>::to_vec)
            .collect();
        let values = narrowed("target");
        Self {
            name,
            spec,
            tensors,
            samples,
            values,
        }
    }

    fn tensor(&self, key: &str) -> &[f64] {
        let tensor = self.tensors.get(key);
        tensor.unwrap_or_else(|| panic!("{} has no `{key}`", self.name))
    }

    /// All parameters of a kind in the order of the parameter vector.
    fn parameters(&self, kind: &str) -> Vec<f64> {
        let tensors = self.spec.parameters.iter();
        tensors
            .flat_map(|tensor| self.tensor(&format!("{kind}/{}", tensor.name)))
            .copied()
            .collect()
    }
}
