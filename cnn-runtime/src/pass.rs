//! What the code of one block may know of its batch.

use crate::lanes::Lanes;
use crate::simd::Scalar;
use crate::spec::TrainingArena;

/// What a training step draws its random numbers from.
///
/// Equal values give equal numbers, whichever thread draws them and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    /// The seed of the training.
    pub seed: u64,
    /// The number of the step.
    pub step: u64,
}

/// One phase on one block: which of its samples there are, and what is known of the others.
///
/// ```
/// use cnn_runtime::{Draw, Pass, TrainingArena};
///
/// let places = TrainingArena::EMPTY;
/// let pass = Pass::<f32>::new(&places, 45, 2, Draw::default());
/// assert_eq!((pass.first, pass.samples), (32, 13));
/// assert_eq!(pass.present().0[12..14], [1.0, 0.0]);
///
/// let places = TrainingArena { samples: 1, ..places };
/// let pass = Pass::<f32>::new(&places, 45, 2, Draw::default());
/// assert_eq!((pass.first, pass.samples), (2, 1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Pass<'a, T> {
    /// The number of the phase: in a forward pass one of the forward pass, in a backward pass one of
    /// the backward pass. Most networks have one phase, 0.
    pub phase: usize,
    /// How many samples the block has, in the first lanes.
    pub samples: usize,
    /// The place of its first sample in the batch.
    pub first: usize,
    /// How many samples the batch has.
    pub batch: usize,
    /// For layers that draw random numbers.
    pub draw: Draw,
    /// What earlier phases have merged of all blocks: `SPEC.training.merged` numbers.
    pub merged: &'a [T],
}

impl<'a, T: Scalar> Pass<'a, T> {
    /// The first phase on block `block` of a batch of `batch` samples, for a network that is trained in
    /// blocks as `places` says.
    #[must_use]
    pub fn new(places: &TrainingArena, batch: usize, block: usize, draw: Draw) -> Self {
        let first = block * places.samples;
        Self {
            phase: 0,
            samples: places.samples.min(batch - first),
            first,
            batch,
            draw,
            merged: &[],
        }
    }

    /// The same block in another phase, with what was merged before it.
    #[must_use]
    pub fn in_phase(self, phase: usize, merged: &'a [T]) -> Self {
        Self {
            phase,
            merged,
            ..self
        }
    }

    /// 1 in the lanes that hold a sample, 0 in the others.
    #[must_use]
    #[inline(always)]
    pub fn present(&self) -> Lanes<T> {
        let mut present = Lanes::splat(T::ZERO);
        for (n, lane) in present.0.iter_mut().enumerate() {
            if n < self.samples {
                *lane = T::ONE;
            }
        }
        present
    }
}
