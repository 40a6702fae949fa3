//! Loss and gradients of a batch in `f64`, by the network's own code.

use core::ops::Range;

use super::TargetOf;
use super::point::{Place, Point};
use crate::blocks::Blocks;
use crate::lanes::BLOCK;
use crate::loss::Loss;
use crate::network::{InputGradient, Network};
use crate::pass::Draw;
use crate::simd::Simd;
use crate::views::regions;

/// A network's code with a point to run it at and the targets of the batch.
///
/// It is compiled for every network, loss and level, so what does not need them is elsewhere, and sums are
/// loops: each closure of an iterator would be compiled as often.
pub(super) struct Evaluation<'a, 't, N: Network, L: Loss<N::Output>, S> {
    simd: S,
    loss: &'a L,
    targets: &'a [TargetOf<'t, N, L>],
    total_weight: f64,
    point: Point<N::Element<f64, BLOCK>>,
    blocks: Blocks<N::Element<f64, BLOCK>>,
}

impl<'a, 't, N: Network, L: Loss<N::Output>, S: Simd> Evaluation<'a, 't, N, L, S> {
    pub(super) fn new(
        simd: S,
        loss: &'a L,
        targets: &'a [TargetOf<'t, N, L>],
        point: Point<N::Element<f64, BLOCK>>,
    ) -> Self {
        Self {
            simd,
            loss,
            targets,
            total_weight: loss.total_weight(targets.iter().copied()),
            point,
            // One draw for all: what layers draw at random must not change from loss to loss.
            blocks: Blocks::new(&N::SPEC.training, targets.len(), Draw::default()),
        }
    }

    /// What the blocks that depend on `place` add to the mean loss, with that number moved.
    pub(super) fn loss_after_moving(&mut self, place: Place, distance: f64) -> f64 {
        let before = *self.point.number(place);
        *self.point.number(place) = before + distance;
        let loss = match place {
            Place::Parameter(_) => {
                let mut loss = 0.0;
                for run in self.blocks.runs() {
                    loss += self.forward(run);
                }
                loss
            }
            Place::Input { sample, .. } => {
                let run = self.blocks.run_of(sample / N::SPEC.training.samples);
                self.forward(run)
            }
        };
        *self.point.number(place) = before;
        loss
    }

    /// The analytic gradients of the mean loss of the whole batch.
    pub(super) fn gradients(&mut self) -> Point<N::Element<f64, BLOCK>> {
        let mut gradients = Point::zero(&self.point, N::SPEC.parameter_count);
        for run in self.blocks.runs() {
            self.forward(run.clone());
            self.blocks.backward::<N, S, BLOCK>(
                self.simd,
                run.clone(),
                &self.point.values,
                &mut gradients.values,
                InputGradient::Compute,
                &mut (),
            );
            for block in run {
                let d_input = &self.blocks.arena(block)[N::SPEC.training.d_input.clone()];
                gradients.inputs[block].copy_from_slice(d_input);
            }
        }
        gradients
    }

    /// Runs some blocks forward through network and loss, whose gradient stays in the arenas.
    fn forward(&mut self, run: Range<usize>) -> f64 {
        let places = &N::SPEC.training;
        for block in run.clone() {
            let arena = self.blocks.arena(block);
            arena[places.input.clone()].copy_from_slice(&self.point.inputs[block]);
        }
        let values = &self.point.values;
        self.blocks
            .forward::<N, S, BLOCK>(self.simd, run.clone(), values, &mut ());
        let mut loss = 0.0;
        for block in run {
            loss += self.loss(block);
        }
        loss
    }

    /// What a block adds to the mean loss, after its last phase forward.
    fn loss(&mut self, block: usize) -> f64 {
        let places = &N::SPEC.training;
        let ranges = [places.output.clone(), places.d_output.clone()];
        let [output, d_output] = regions(self.blocks.arena(block), ranges);
        let targets = &self.targets[places.samples_of(block, self.targets.len())];
        let part = self
            .loss
            .block(self.simd, self.total_weight, output, targets, d_output);
        part.loss
    }
}
