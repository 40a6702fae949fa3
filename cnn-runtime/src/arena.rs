//! The memory of one training block.

/// The memory in which one block is trained, in [elements](crate::Network::Element) of the network.
///
/// ```
/// use cnn_runtime::{Arena, Lanes};
///
/// // Of a network with `SPEC.training.len` of 3 and, since it has one phase, `SPEC.training.shared` of 0.
/// let mut memory = [<Lanes<f32>>::splat(0.0); 3];
/// let arena = Arena::of_one_phase(&mut memory);
/// assert_eq!((arena.kept.len(), arena.shared.len()), (3, 0));
/// ```
#[derive(Debug)]
pub struct Arena<'a, E> {
    /// The block's own, `SPEC.training.len` elements: what it holds is overwritten by the first phase of the
    /// forward pass, and must be as that phase left it for the next, up to the last of the backward pass.
    pub kept: &'a mut [E],
    /// What is needed in one phase alone, `SPEC.training.shared` elements: they may hold anything before, and be
    /// used for another block behind. A network of one phase has all in `kept`, and none here.
    pub shared: &'a mut [E],
}

impl<'a, E> Arena<'a, E> {
    /// The memory of a network of one phase.
    #[must_use]
    pub fn of_one_phase(kept: &'a mut [E]) -> Self {
        Self {
            kept,
            shared: &mut [],
        }
    }
}
