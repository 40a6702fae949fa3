//! Runs a generated network, of any scalar and on any level, through its `Network` trait.
//!
//! Everything comes back in `f64`, whatever the scalar was, so that comparing is not generic.

// Every test binary compiles its own copy and uses a part of it.
#![allow(dead_code)]

mod gradients;
pub(crate) mod reference;
pub(crate) mod steps;
mod taken;

use cnn_runtime::blocks::Blocks;
use cnn_runtime::loss::Loss;
use cnn_runtime::optim::{Optimizer, Step};
use cnn_runtime::simd::{Kernel, Level, Scalar, Simd, Vector};
use cnn_runtime::{BLOCK, BlockElement, Draw, FEW, Lanes, Network, Shape, Target, gather};
use gradients::{Gradients, Seen, step};

/// The targets of a network's loss.
pub(crate) type TargetOf<'t, N, L> =
    <<L as Loss<<N as Network>::Output>>::Target as Target>::Ref<'t>;

/// What a training step computes before it changes anything.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// The outputs of all samples, one after the other.
    pub(crate) outputs: Vec<f64>,
    pub(crate) loss: f64,
    /// By every parameter.
    pub(crate) gradients: Vec<f64>,
    /// By the inputs of all samples, one after the other.
    pub(crate) d_inputs: Vec<f64>,
}

impl Outcome {
    pub(crate) fn zero(parameters: usize) -> Self {
        Self {
            outputs: Vec::new(),
            loss: 0.0,
            gradients: vec![0.0; parameters],
            d_inputs: Vec::new(),
        }
    }
}

/// The bits of numbers, which are the same for NaN.
fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// A batch with the loss it is trained by.
pub(crate) struct Batch<'a, 't, N: Network, L: Loss<N::Output>> {
    pub(crate) loss: &'a L,
    pub(crate) samples: &'a [&'a [f32]],
    pub(crate) targets: &'a [TargetOf<'t, N, L>],
}

impl<N: Network, L: Loss<N::Output>> Clone for Batch<'_, '_, N, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Network, L: Loss<N::Output>> Copy for Batch<'_, '_, N, L> {}

impl<N: Network, L: Loss<N::Output>> Batch<'_, '_, N, L> {
    /// Forward, loss and backward in the scalar `T`; of the values behind the parameters only what is frozen
    /// is looked at.
    pub(crate) fn outcome<T: Scalar>(self, level: Level, parameters: &[f64]) -> Outcome {
        let parameters = &convert::<T>(parameters);
        let batch = self;
        batch.compare_few(level, parameters);
        level.run(Gradients::<_, _, _, BLOCK> { batch, parameters })
    }

    /// A block of few samples gives the same as one of sixteen, on a level that has such; sums over samples may be
    /// rounded otherwise. In single precision alone, and not where tests are optimized, of which it would take half of the
    /// time to compile; `tests/optimized/small_batches.rs` has networks in double precision.
    fn compare_few<T: Scalar>(self, level: Level, parameters: &[T]) {
        let is_compared = const {
            cfg!(debug_assertions) && N::SPEC.training.samples == BLOCK && size_of::<T>() == 4
        };
        if !is_compared || !level.has_few() {
            return;
        }
        let few = self.samples.len().min(FEW);
        let batch = Batch {
            samples: &self.samples[..few],
            targets: &self.targets[..few],
            ..self
        };
        let expected = level.run(Gradients::<_, _, _, BLOCK> { batch, parameters });
        let found = level.run_few(Gradients::<_, _, _, FEW> { batch, parameters });
        let precision = Precision::Single;
        let of_samples = |outcome: &Outcome| [&outcome.outputs[..], &outcome.d_inputs].concat();
        let sums = |outcome: &Outcome| [&outcome.gradients[..], &[outcome.loss]].concat();
        assert_rounded(precision, &sums(&found), &sums(&expected));
        let [found, expected] = [&found, &expected].map(of_samples);
        // Where a layer looks at the whole batch, values of samples depend on sums over them.
        match N::SPEC.training.has_one_phase() {
            true => assert_eq!(bits(&found), bits(&expected)),
            false => assert_rounded(precision, &found, &expected),
        }
    }

    /// The same on the level with the shortest registers, whose code alone is compiled: for what is only
    /// compared with.
    pub(crate) fn outcome_of_shortest<T: Scalar>(self, parameters: &[f64]) -> Outcome {
        let parameters = &convert::<T>(parameters);
        let batch = self;
        let mut outcomes = Level::available().filter_map(|level| {
            level.run(OnShortest(Gradients::<_, _, _, BLOCK> {
                batch,
                parameters,
            }))
        });
        outcomes
            .next()
            .expect("every machine has registers of four numbers")
    }

    /// Memory for the batch; what its layers draw at random is the same in every step.
    fn blocks<T: Scalar, const SAMPLES: usize>(self) -> Blocks<N::Element<T, SAMPLES>> {
        let draw = Draw { seed: 5, step: 1 };
        Blocks::new(&N::SPEC.training, self.samples.len(), draw)
    }

    /// The parameters after `steps` steps on this batch, all in the scalar `T`.
    pub(crate) fn trained<T: Scalar>(
        self,
        level: Level,
        parameters: &[f64],
        optimizer: &impl Optimizer,
        steps: u64,
    ) -> Vec<f64> {
        let parameters = convert::<T>(parameters);
        level.run(Training {
            batch: self,
            parameters,
            optimizer,
            steps,
        })
    }
}

/// The outputs of all samples by inference on blocks.
pub(crate) fn infer<N: Network, T: Scalar>(
    level: Level,
    parameters: &[f64],
    samples: &[&[f32]],
) -> Vec<f64> {
    let parameters = &convert::<T>(parameters);
    level.run(InferBlocks::<N, T> {
        parameters,
        samples,
        network: std::marker::PhantomData,
    })
}

/// The outputs of all samples by inference on one sample after the other, with packed weights.
pub(crate) fn infer_single<N: Network, T: Scalar>(
    level: Level,
    parameters: &[f64],
    samples: &[&[f32]],
) -> Vec<f64> {
    let parameters = &convert::<T>(parameters);
    level.run(Singles::<N, T> {
        parameters,
        samples,
        network: std::marker::PhantomData,
    })
}

/// What blocks of few samples give, beside what those of sixteen do.
fn assert_rounded(precision: Precision, found: &[f64], expected: &[f64]) {
    let nan = |values: &[f64]| values.iter().map(|x| x.is_nan()).collect::<Vec<_>>();
    assert_eq!(nan(found), nan(expected));
    if !nan(found).contains(&true) {
        assert_close(precision, found, expected, "few samples");
    }
}

fn convert<T: Scalar>(values: &[f64]) -> Vec<T> {
    values.iter().map(|&value| T::from_f64(value)).collect()
}

/// A kernel that runs on levels with registers of at most four `f32` alone.
struct OnShortest<K>(K);

impl<K: Kernel> Kernel for OnShortest<K> {
    type Output = Option<K::Output>;

    fn run<S: Simd>(self, simd: S) -> Option<K::Output> {
        if const { <S::F32 as Vector<f32, S>>::LANES <= 4 } {
            return Some(self.0.run(simd));
        }
        None
    }
}

fn widened<T: Scalar>(values: &[T]) -> Vec<f64> {
    values.iter().map(|x| x.to_f64()).collect()
}

/// Appends the values of the first samples of a block, one sample after the other.
fn append<E: BlockElement>(values: &mut Vec<f64>, block: &[E], samples: usize) {
    for n in 0..samples {
        values.extend(block.iter().map(|element| element.samples()[n].to_f64()));
    }
}

/// `Batch::trained` on a level.
struct Training<'a, 't, N: Network, L: Loss<N::Output>, T, O> {
    batch: Batch<'a, 't, N, L>,
    parameters: Vec<T>,
    optimizer: &'a O,
    steps: u64,
}

impl<N, L, T, O> Kernel for Training<'_, '_, N, L, T, O>
where
    N: Network,
    L: Loss<N::Output>,
    T: Scalar,
    O: Optimizer,
{
    type Output = Vec<f64>;

    fn run<S: Simd>(mut self, simd: S) -> Vec<f64> {
        let mut blocks = self.batch.blocks::<T, BLOCK>();
        let mut state = vec![T::ZERO; self.optimizer.state_vectors() * self.parameters.len()];
        for number in 1..=self.steps {
            let gradients = step::<_, _, _, _, BLOCK>(
                simd,
                self.batch,
                &self.parameters,
                &mut blocks,
                Seen::Nothing,
            );
            let change = Step {
                number,
                rate_factor: 1.0,
                parameters: &mut self.parameters,
                gradients: &gradients,
                state: &mut state,
            };
            self.optimizer.step(simd, change);
        }
        widened(&self.parameters)
    }
}

/// [`infer`] on a level.
struct InferBlocks<'a, N, T> {
    parameters: &'a [T],
    samples: &'a [&'a [f32]],
    network: std::marker::PhantomData<N>,
}

impl<N: Network, T: Scalar> Kernel for InferBlocks<'_, N, T> {
    type Output = Vec<f64>;

    fn run<S: Simd>(self, simd: S) -> Vec<f64> {
        let places = &N::SPEC.inference;
        let mut packed = vec![T::ZERO; N::SPEC.packed_block];
        N::pack_block(self.parameters, &mut packed);
        let mut arena = vec![Lanes::<T>::default(); places.len];
        let mut outputs = Vec::new();
        for samples in self.samples.chunks(BLOCK) {
            gather(samples, &mut arena[places.input.clone()]);
            N::infer(simd, self.parameters, &packed, &mut arena);
            append(&mut outputs, &arena[places.output.clone()], samples.len());
        }
        outputs
    }
}

/// [`infer_single`] on a level.
struct Singles<'a, N, T> {
    parameters: &'a [T],
    samples: &'a [&'a [f32]],
    network: std::marker::PhantomData<N>,
}

impl<N: Network, T: Scalar> Kernel for Singles<'_, N, T> {
    type Output = Vec<f64>;

    fn run<S: Simd>(self, simd: S) -> Vec<f64> {
        let mut packed = vec![T::ZERO; N::SPEC.packed];
        N::pack(self.parameters, &mut packed);
        let mut arena = vec![T::ZERO; N::SPEC.single.scalars::<T>()];
        let mut outputs = Vec::new();
        for sample in self.samples {
            let mut output = vec![T::ZERO; N::Output::ELEMENTS];
            N::infer_single(simd, &packed, &mut arena, sample, &mut output);
            outputs.extend(widened(&output));
        }
        outputs
    }
}

/// The scalar of a comparison, which decides how close the numbers have to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Precision {
    /// Every element within 1e-9 of the larger of 1 and the expected value.
    Double,
    /// Every element within 1e-5 of the tensor's largest one. The sums compared here have up to a few
    /// thousand terms; `f32` rounds each by 6e-8, and rounding errors add up like their square root.
    Single,
    /// Like `Single`, but the largest element counts as at least this number. Where a sum cancels, as the
    /// gradients before a normalization do, its size says nothing of how far its terms were rounded.
    Beside(f64),
}

/// Panics where `found` is too far from `expected`, naming both by `what`.
#[track_caller]
pub(crate) fn assert_close(precision: Precision, found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(
        found.len(),
        expected.len(),
        "{what}: the number of elements"
    );
    let largest = expected.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        let allowed = match precision {
            Precision::Double => 1e-9 * b.abs().max(1.0),
            Precision::Single => 1e-5 * largest,
            Precision::Beside(other) => 1e-5 * largest.max(other),
        };
        let distance = (a - b).abs();
        assert!(
            distance <= allowed,
            "{what}: element {i} is {a:e}, expected {b:e}, allowed {allowed:.1e}"
        );
    }
}

/// Numbers in −1..1 without a pattern: the golden ratio's multiples, whose remainders spread evenly.
pub(crate) fn spread(count: usize, seed: f64) -> Vec<f32> {
    let golden = 0.618_033_988_749_895;
    let number = |i: usize| 2.0 * ((i as f64 + seed) * golden).fract() - 1.0;
    (1..=count).map(|i| number(i) as f32).collect()
}
