//! Losses and their gradients against the numbers that `pytorch/losses.py` wrote, on every level.

use std::collections::HashMap;
use std::marker::PhantomData;

use cnn::loss::{
    BinaryCrossEntropy, BlockLoss, Huber, Loss, MeanAbsoluteError, MeanSquaredError,
    SoftmaxCrossEntropy,
};
use cnn::simd::{Kernel, Level, Scalar, Simd};
use cnn::{BLOCK, Chw, Cl, Class, ClassMap, Flat, Lanes, Shape, Target, Values, gather, scatter};
use safetensors::{Dtype, SafeTensors};

/// Relative to a tensor's largest element. In `f64` nothing but the order of sums differs; `f32` is
/// the tolerance of the whole library against PyTorch.
const DOUBLE: f64 = 1e-12;
const SINGLE: f64 = 1e-5;

const FLAT_WEIGHTS: [f64; 5] = [0.5, 2.0, 1.0, 0.0, 4.0];
const PIXEL_WEIGHTS: [f64; 3] = [0.25, 1.0, 3.0];

/// `cases! { name: (shape of the output, loss); … }`: a test of each, and that none is left out.
macro_rules! cases {
    ($($name:ident: ($shape:ty, $loss:expr);)*) => {
        $(#[test]
        fn $name() {
            check::<$shape, _>(stringify!($name), &$loss);
        })*

        #[test]
        fn every_stored_case_is_read() {
            let mut stored: Vec<String> = read(|key, _| {
                key.strip_suffix("/loss").map(|name| (name.to_owned(), ()))
            })
            .into_keys()
            .collect();
            let mut known = [$(stringify!($name)),*];
            stored.sort();
            known.sort_unstable();
            assert_eq!(stored, known);
        }
    };
}

cases! {
    class_of_one: (Flat<5>, SoftmaxCrossEntropy);
    class_of_a_block: (Flat<5>, SoftmaxCrossEntropy);
    class_of_three_blocks: (Flat<5>, SoftmaxCrossEntropy);
    class_smoothed: (Flat<5>, SoftmaxCrossEntropy.label_smoothing(0.1));
    class_smoothed_wholly: (Flat<5>, SoftmaxCrossEntropy.label_smoothing(1.0));
    class_weighted: (Flat<5>, SoftmaxCrossEntropy.class_weights(FLAT_WEIGHTS));
    class_weighted_and_smoothed: (
        Flat<5>,
        SoftmaxCrossEntropy.class_weights(FLAT_WEIGHTS).label_smoothing(0.2)
    );
    class_ignored: (Flat<5>, SoftmaxCrossEntropy.ignore_index(2));
    class_with_all_options: (
        Flat<5>,
        SoftmaxCrossEntropy.class_weights(FLAT_WEIGHTS).label_smoothing(0.3).ignore_index(99)
    );
    pixels_of_one: (Chw<3, 4, 5>, SoftmaxCrossEntropy);
    pixels_of_two_blocks: (Chw<3, 2, 3>, SoftmaxCrossEntropy);
    pixels_smoothed: (Chw<3, 2, 3>, SoftmaxCrossEntropy.label_smoothing(0.1));
    pixels_weighted: (Chw<3, 2, 3>, SoftmaxCrossEntropy.class_weights(PIXEL_WEIGHTS));
    pixels_ignored: (Chw<3, 2, 3>, SoftmaxCrossEntropy.ignore_index(255));
    pixels_ignored_class: (Chw<3, 2, 3>, SoftmaxCrossEntropy.ignore_index(1));
    pixels_ignored_and_smoothed: (
        Chw<3, 2, 3>,
        SoftmaxCrossEntropy.ignore_index(255).label_smoothing(0.1)
    );
    pixels_with_all_options: (
        Chw<3, 2, 3>,
        SoftmaxCrossEntropy.class_weights(PIXEL_WEIGHTS).label_smoothing(0.3).ignore_index(255)
    );
    binary_hard: (Flat<6>, BinaryCrossEntropy::new());
    binary_soft: (Flat<6>, BinaryCrossEntropy::new());
    binary_large_logits: (Flat<6>, BinaryCrossEntropy::new());
    binary_weighted: (Flat<6>, BinaryCrossEntropy::new().positive_weight(3.0));
    binary_image_weighted: (Chw<2, 3, 4>, BinaryCrossEntropy::new().positive_weight(0.25));
    squares: (Flat<6>, MeanSquaredError);
    squares_of_an_image: (Chw<2, 3, 4>, MeanSquaredError);
    absolute: (Flat<6>, MeanAbsoluteError);
    absolute_of_an_image: (Chw<2, 3, 4>, MeanAbsoluteError);
    huber: (Flat<6>, Huber::new(1.0));
    huber_small_delta: (Flat<6>, Huber::new(0.3));
    huber_of_an_image: (Chw<2, 3, 4>, Huber::new(2.5));
    signal_classes: (Cl<3, 5>, SoftmaxCrossEntropy);
    signal_classes_with_all_options: (
        Cl<3, 5>,
        SoftmaxCrossEntropy.class_weights(PIXEL_WEIGHTS).label_smoothing(0.3).ignore_index(255)
    );
    binary_weighted_by_label: (
        Flat<4>,
        BinaryCrossEntropy::new().positive_weights([3.0, 0.5, 1.0, 7.0])
    );
    binary_weighted_by_channel: (
        Chw<2, 3, 4>,
        BinaryCrossEntropy::new().positive_weights([3.0, 0.5])
    );
    binary_signal_weighted: (Cl<2, 5>, BinaryCrossEntropy::new().positive_weights([3.0, 0.5]));
}

/// A kind of target that can be read from the file.
trait Read: Target {
    /// The targets of all samples; they live as long as the test.
    fn read(stored: &[f64]) -> Vec<Self::Ref<'static>>;
}

impl Read for Class {
    fn read(stored: &[f64]) -> Vec<usize> {
        stored.iter().map(|&class| class as usize).collect()
    }
}

impl<const H: usize, const W: usize> Read for ClassMap<H, W> {
    fn read(stored: &[f64]) -> Vec<&'static [u16]> {
        let classes: Vec<u16> = stored.iter().map(|&class| class as u16).collect();
        classes.leak().chunks(H * W).collect()
    }
}

impl<O: Shape> Read for Values<O> {
    fn read(stored: &[f64]) -> Vec<&'static [f32]> {
        let values: Vec<f32> = stored.iter().map(|&value| value as f32).collect();
        values.leak().chunks(O::ELEMENTS).collect()
    }
}

fn check<O: Shape, L: Loss<O, Target: Read>>(name: &str, loss: &L) {
    let tensors = read(|key, values| {
        let key = key.strip_prefix(name)?.strip_prefix('/')?;
        Some((key.to_owned(), values))
    });
    let output: Vec<f32> = tensors["output"].iter().map(|&x| x as f32).collect();
    let samples: Vec<&[f32]> = output.chunks(O::ELEMENTS).collect();
    let targets = L::Target::read(&tensors["target"]);
    assert_eq!(samples.len(), targets.len());
    assert_eq!(loss.validate(), Ok(()));
    for &target in &targets {
        assert_eq!(loss.check(target), Ok(()));
    }
    for level in Level::available() {
        let on = |what: &str| format!("{what} of {name} on {level:?}");
        let run = || Run {
            loss,
            samples: &samples,
            targets: &targets,
            shape: PhantomData::<O>,
            scalar: PhantomData,
        };
        let (total, gradient) = level.run(run().of::<f64>());
        compare(DOUBLE, &[total.loss], &tensors["loss"], &on("f64 loss"));
        compare(DOUBLE, &gradient, &tensors["gradient"], &on("f64 gradient"));
        let (total, gradient) = level.run(run().of::<f32>());
        compare(SINGLE, &[total.loss], &tensors["loss"], &on("f32 loss"));
        compare(SINGLE, &gradient, &tensors["gradient"], &on("f32 gradient"));
    }
}

fn compare(tolerance: f64, found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let close = (found - expected).abs() <= tolerance * largest;
        assert!(close, "{what} [{index}]: {found:e}, PyTorch {expected:e}");
    }
}

/// All blocks of a batch in the scalar `T`.
struct Run<'a, O, L, R, T> {
    loss: &'a L,
    samples: &'a [&'a [f32]],
    targets: &'a [R],
    shape: PhantomData<O>,
    scalar: PhantomData<T>,
}

impl<'a, O, L, R> Run<'a, O, L, R, ()> {
    fn of<T>(self) -> Run<'a, O, L, R, T> {
        Run {
            loss: self.loss,
            samples: self.samples,
            targets: self.targets,
            shape: self.shape,
            scalar: PhantomData,
        }
    }
}

impl<'t, O: Shape, L: Loss<O>, T: Scalar> Kernel
    for Run<'_, O, L, <L::Target as Target>::Ref<'t>, T>
{
    type Output = (BlockLoss, Vec<f64>);

    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let total_weight = self.loss.total_weight(self.targets.iter().copied());
        let (mut total, mut gradient) = (BlockLoss::default(), Vec::new());
        let mut output = vec![Lanes::splat(T::ZERO); O::ELEMENTS];
        let mut d_output = output.clone();
        let mut sample = vec![T::ZERO; O::ELEMENTS];
        for (samples, targets) in self.samples.chunks(BLOCK).zip(self.targets.chunks(BLOCK)) {
            gather(samples, &mut output);
            total += self
                .loss
                .block(simd, total_weight, &output, targets, &mut d_output);
            for n in 0..samples.len() {
                scatter(&d_output, n, &mut sample);
                gradient.extend(sample.iter().map(|d| d.to_f64()));
            }
        }
        (total, gradient)
    }
}

/// What `choose` makes of the tensors of the file.
fn read<V>(choose: impl Fn(&str, Vec<f64>) -> Option<(String, V)>) -> HashMap<String, V> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/pytorch/losses.safetensors"
    );
    let bytes = std::fs::read(path).expect("`losses.py` wrote the file");
    let file = SafeTensors::deserialize(&bytes).expect("the file is whole");
    file.iter()
        .filter_map(|(key, view)| {
            let values = match view.dtype() {
                Dtype::F32 => numbers(view.data(), |b| f64::from(f32::from_le_bytes(b))),
                Dtype::F64 => numbers(view.data(), f64::from_le_bytes),
                other => panic!("`losses.py` writes no {other:?}"),
            };
            choose(key, values)
        })
        .collect()
}

fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (numbers, rest) = bytes.as_chunks();
    assert!(rest.is_empty(), "the file is whole");
    numbers.iter().map(|&bytes| number(bytes)).collect()
}
