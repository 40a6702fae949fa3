//! Networks whose output and gradients PyTorch computed: one file of `tests/pytorch/` for a family of
//! cases, written by the Python file of the same name.
//!
//! The loss of a case is the sum of its outputs, each times a stored weight, so that the gradient by
//! the output is known exactly and no loss has to be understood.

use std::collections::HashMap;
use std::path::Path;

use cnn_runtime::gradcheck::GradientCheck;
use cnn_runtime::loss::{BlockLoss, Loss, TargetFault};
use cnn_runtime::simd::{Level, Scalar, Simd};
use cnn_runtime::{BlockElement, Network, Shape, Values};
use safetensors::{Dtype, SafeTensors};

use super::{Batch, Outcome, Precision, assert_close, infer, infer_single};

/// One test per line: `name: (declaration);`, after the name of the family.
///
/// `reference_cases! { "activations"; gelu_of_an_image: (2x3x5 -> gelu -> 2x3x5); }` makes the test
/// `gelu_of_an_image::equals_pytorch`, which reads `tests/pytorch/activations.safetensors`.
#[allow(unused_macros)]
macro_rules! reference_cases {
    ($family:literal; $($name:ident: ($($declaration:tt)*);)*) => {
        $(
            mod $name {
                cnn::network! { Net: $($declaration)* }

                #[test]
                fn equals_pytorch() {
                    $crate::harness::reference::check(&Net::new(1), $family, stringify!($name));
                }
            }
        )*

        #[test]
        fn every_stored_case_is_compared() {
            $crate::harness::reference::check_names($family, &[$(stringify!($name)),*]);
        }
    };
}

// Not every binary that has this module has cases.
#[allow(unused_imports)]
pub(crate) use reference_cases;

/// The sum of the outputs, each times its target.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weighted;

impl<Output: Shape> Loss<Output> for Weighted {
    type Target = Values<Output>;

    fn check(&self, _target: &[f32]) -> Result<(), TargetFault> {
        Ok(())
    }

    fn block<S: Simd, E: BlockElement>(
        &self,
        simd: S,
        _total_weight: f64,
        output: &[E],
        targets: &[&[f32]],
        d_output: &mut [E],
    ) -> BlockLoss {
        E::gather(simd, targets, d_output);
        let mut total = BlockLoss::default();
        for (output, weight) in output.iter().zip(&*d_output) {
            for n in 0..targets.len() {
                total.loss += (output.samples()[n] * weight.samples()[n]).to_f64();
            }
        }
        total
    }
}

/// Compares a network with the stored case, on every level and in both scalars, and its gradients with
/// differences.
pub(crate) fn check<N: Network<Scalar = f32> + Clone>(net: &N, family: &str, name: &str) {
    let stored = Stored::load(family, name);
    let samples = stored.rows("input", N::Input::ELEMENTS);
    let targets = stored.rows("d_output", N::Output::ELEMENTS);
    let samples: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
    let targets: Vec<&[f32]> = targets.iter().map(Vec::as_slice).collect();
    let values = stored.values::<N>("initial");
    let case = Case::<N> {
        stored: &stored,
        batch: Batch {
            loss: &Weighted,
            samples: &samples,
            targets: &targets,
        },
        values: &values,
    };
    for level in Level::available() {
        case.compare::<f64>(level, |_, _| Precision::Double);
        case.compare::<f32>(level, |stored, key| Precision::Beside(stored.terms(key)));
    }
    let mut net = net.clone();
    for (to, &from) in net.values_mut().iter_mut().zip(&values) {
        *to = from as f32;
    }
    let check = GradientCheck::new()
        .max_entries_per_tensor(24)
        .tolerance(1e-6);
    let few = samples.len().min(3);
    let report = check.run(&net, &Weighted, &samples[..few], &targets[..few]);
    let report = report.expect("the batch fits the network and the loss");
    assert!(report.passed(), "{report}");
}

/// A stored case, and the network that has to compute it.
struct Case<'a, N: Network> {
    stored: &'a Stored,
    batch: Batch<'a, 'a, N, Weighted>,
    /// The network's values, in the order of its vector.
    values: &'a [f64],
}

impl<N: Network> Case<'_, N> {
    /// Training and inference, of a block and of single samples.
    fn compare<T: Scalar>(&self, level: Level, precision: impl Fn(&Stored, &str) -> Precision) {
        let close = |found: &[f64], key: &str, what: &str| {
            let what = format!("{key} of {} in {what} on {level:?}", self.stored.name);
            let precision = precision(self.stored, key);
            assert_close(precision, found, self.stored.tensor(key), &what);
        };
        let Outcome {
            outputs,
            gradients,
            d_inputs,
            ..
        } = self.batch.outcome::<T>(level, self.values);
        close(&outputs, "output", "training");
        close(&d_inputs, "gradient/input", "training");
        for tensor in N::SPEC.learned() {
            let key = format!("gradient/{}", tensor.name);
            close(&gradients[tensor.range()], &key, "training");
        }
        let stored = self.stored.tensors.keys();
        let stored = stored.filter(|key| key.starts_with("gradient/")).count();
        assert_eq!(
            stored,
            N::SPEC.learned().count() + 1,
            "{}",
            self.stored.name
        );
        // Running statistics make inference differ from training.
        let inferred = match N::SPEC.statistics.is_empty() {
            true => "output",
            false => "inference",
        };
        let outputs = infer::<N, T>(level, self.values, self.batch.samples);
        close(&outputs, inferred, "inference");
        let outputs = infer_single::<N, T>(level, self.values, self.batch.samples);
        close(&outputs, inferred, "inference of one sample");
    }
}

/// Fails where the file holds cases that no test reads.
pub(crate) fn check_names(family: &str, names: &[&str]) {
    let bytes = read(family);
    let file = SafeTensors::deserialize(&bytes).expect("the script wrote a whole file");
    for key in file.names() {
        let case = key.split('/').next().unwrap_or_default();
        assert!(
            names.contains(&case),
            "{family} stores `{case}`, which no test reads"
        );
    }
}

fn read(family: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pytorch");
    let path = folder.join(family).with_extension("safetensors");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One case, with every number widened to `f64`.
pub(crate) struct Stored {
    name: String,
    tensors: HashMap<String, Vec<f64>>,
}

impl Stored {
    pub(crate) fn load(family: &str, name: &str) -> Self {
        let bytes = read(family);
        let file = SafeTensors::deserialize(&bytes).expect("the script wrote a whole file");
        let tensors = file.iter().filter_map(|(key, view)| {
            let key = key.strip_prefix(name)?.strip_prefix('/')?;
            Some((key.to_owned(), widened(view.dtype(), view.data())))
        });
        Self {
            name: format!("{family}/{name}"),
            tensors: tensors.collect(),
        }
    }

    pub(crate) fn tensor(&self, key: &str) -> &[f64] {
        let tensor = self.tensors.get(key);
        tensor.unwrap_or_else(|| panic!("{} has no `{key}`", self.name))
    }

    /// How large the terms were of which a tensor is the sum, at least: a tenth of the numbers of about
    /// 1 that a case is made of; where all of a sum cancels but for rounding, the largest gradient of
    /// the case, which is a sum as long.
    fn terms(&self, key: &str) -> f64 {
        const ROUNDING: f64 = 1e-12;
        let largest = |tensor: &[f64]| tensor.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        if largest(self.tensor(key)) > ROUNDING {
            return 0.1;
        }
        let gradients = self.tensors.iter();
        let gradients = gradients.filter(|(key, _)| key.starts_with("gradient/"));
        gradients.fold(1.0, |most, (_, tensor)| most.max(largest(tensor)))
    }

    /// One row per sample, of numbers that `f32` holds exactly.
    pub(crate) fn rows(&self, key: &str, elements: usize) -> Vec<Vec<f32>> {
        let rows = self.tensor(key).chunks(elements);
        rows.map(|row| row.iter().map(|&x| x as f32).collect())
            .collect()
    }

    /// All values of a network, parameters and running statistics, in the order of its vector.
    pub(crate) fn values<N: Network>(&self, kind: &str) -> Vec<f64> {
        let mut values = vec![0.0; N::SPEC.value_count()];
        for tensor in N::SPEC.tensors() {
            let stored = self.tensor(&format!("{kind}/{}", tensor.name));
            values[tensor.range()].copy_from_slice(stored);
        }
        values
    }

    /// The same of a tensor that is all parameters one after another, and then all running statistics.
    pub(crate) fn joined_values<N: Network>(&self, key: &str) -> Vec<f64> {
        let mut values = vec![0.0; N::SPEC.value_count()];
        let mut rest = self.tensor(key);
        for tensor in N::SPEC.tensors() {
            let (stored, others) = rest.split_at(tensor.len);
            values[tensor.range()].copy_from_slice(stored);
            rest = others;
        }
        assert!(rest.is_empty(), "{} has more in `{key}`", self.name);
        values
    }
}

/// The numbers of a tensor of a file, in double precision.
pub(crate) fn widened(dtype: Dtype, bytes: &[u8]) -> Vec<f64> {
    match dtype {
        Dtype::F32 => numbers(bytes, |b| f64::from(f32::from_le_bytes(b))),
        Dtype::F64 => numbers(bytes, f64::from_le_bytes),
        Dtype::I64 => numbers(bytes, |b| i64::from_le_bytes(b) as f64),
        other => panic!("the scripts write no {other:?}"),
    }
}

fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (numbers, rest) = bytes.as_chunks();
    assert!(rest.is_empty(), "the file is whole");
    numbers.iter().map(|&bytes| number(bytes)).collect()
}
