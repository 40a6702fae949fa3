//! Forward, loss and backward of a batch on a level, as training has it and with all that it leaves out.

use cnn_runtime::blocks::Blocks;
use cnn_runtime::loss::Loss;
use cnn_runtime::simd::{Kernel, Scalar, Simd};
use cnn_runtime::views::regions;
use cnn_runtime::{BlockElement, InputGradient, Network, Probe};

use super::taken::Taken;
use super::{Batch, Outcome, append, bits, widened};

/// `Batch::outcome` on a level, in blocks of so many samples.
pub(super) struct Gradients<'a, 't, N: Network, L: Loss<N::Output>, T, const SAMPLES: usize> {
    pub(super) batch: Batch<'a, 't, N, L>,
    pub(super) parameters: &'a [T],
}

impl<N, L, T, const SAMPLES: usize> Kernel for Gradients<'_, '_, N, L, T, SAMPLES>
where
    N: Network,
    L: Loss<N::Output>,
    T: Scalar,
{
    type Output = Outcome;

    fn run<S: Simd>(self, simd: S) -> Outcome {
        let mut blocks = self.batch.blocks::<T, SAMPLES>();
        // What stood in the arena must not matter: neither what is no number nor what an earlier step has left.
        for block in blocks.runs().flatten() {
            for element in blocks.arena(block) {
                element.samples_mut().fill(T::from_f64(f64::NAN));
            }
        }
        let stale = flipped(self.batch.samples);
        let stale: Vec<&[f32]> = stale.iter().map(Vec::as_slice).collect();
        let stale = Batch {
            samples: &stale,
            ..self.batch
        };
        step::<_, _, _, _, SAMPLES>(
            simd,
            stale,
            self.parameters,
            &mut blocks,
            Seen::All(&mut Outcome::zero(0)),
        );

        let (batch, parameters) = (self.batch, self.parameters);
        let mut outcome = Outcome::zero(0);
        let gradients = step::<_, _, _, _, SAMPLES>(
            simd,
            batch,
            parameters,
            &mut blocks,
            Seen::All(&mut outcome),
        );
        outcome.gradients = widened(&gradients);
        // Training leaves out what is for the gradient by the inputs alone, and nothing else.
        for seen in [Seen::Nothing, Seen::Offers] {
            let in_training =
                step::<_, _, _, _, SAMPLES>(simd, batch, parameters, &mut blocks, seen);
            assert_eq!(bits(&widened(&in_training)), bits(&outcome.gradients));
        }
        outcome
    }
}

/// The samples upside down and negated.
fn flipped(samples: &[&[f32]]) -> Vec<Vec<f32>> {
    let flip = |sample: &&[f32]| sample.iter().rev().map(|&x| -x).collect();
    samples.iter().map(flip).collect()
}

/// What is looked at in a step.
pub(super) enum Seen<'o> {
    /// All that it computes, but the gradients by the parameters, goes there.
    All(&'o mut Outcome),
    /// Nothing, as in training: there is no gradient by the inputs.
    Nothing,
    /// As in training, where another thread computes the gradients by parameters that it is offered.
    Offers,
}

/// The gradients of one step.
pub(super) fn step<N: Network, L: Loss<N::Output>, T: Scalar, S: Simd, const SAMPLES: usize>(
    simd: S,
    batch: Batch<'_, '_, N, L>,
    parameters: &[T],
    blocks: &mut Blocks<N::Element<T, SAMPLES>>,
    mut seen: Seen<'_>,
) -> Vec<T> {
    let places = &N::SPEC.training;
    let size = batch.samples.len();
    let wanted = match seen {
        Seen::All(_) => InputGradient::Compute,
        Seen::Nothing | Seen::Offers => InputGradient::Skip,
    };
    let mut gradients = vec![T::ZERO; N::SPEC.parameter_count];
    let total_weight = batch.loss.total_weight(batch.targets.iter().copied());
    for run in blocks.runs() {
        for block in run.clone() {
            let input = &mut blocks.arena(block)[places.input.clone()];
            let samples = &batch.samples[places.samples_of(block, size)];
            BlockElement::gather(simd, samples, input);
        }
        blocks.forward::<N, S, SAMPLES>(simd, run.clone(), parameters, &mut ());
        for block in run.clone() {
            let ranges = [places.output.clone(), places.d_output.clone()];
            let [output, d_output] = regions(blocks.arena(block), ranges);
            let targets = &batch.targets[places.samples_of(block, size)];
            let part = batch
                .loss
                .block(simd, total_weight, output, targets, d_output);
            if let Seen::All(outcome) = &mut seen {
                outcome.loss += part.loss;
                append(&mut outcome.outputs, output, targets.len());
            }
        }
        let mut taken = Taken::<N, T, SAMPLES>::nothing();
        let probe: &mut dyn Probe<_> = match seen {
            Seen::All(_) | Seen::Nothing => &mut (),
            Seen::Offers => &mut taken,
        };
        let sums = &mut gradients;
        blocks.backward::<N, S, SAMPLES>(simd, run.clone(), parameters, sums, wanted, probe);
        taken.add_to(simd, parameters, &mut gradients);
        if let Seen::All(outcome) = &mut seen {
            for block in run {
                let d_input = &blocks.arena(block)[places.d_input.clone()];
                let samples = places.samples_of(block, size).len();
                append(&mut outcome.d_inputs, d_input, samples);
            }
        }
    }
    gradients
}
