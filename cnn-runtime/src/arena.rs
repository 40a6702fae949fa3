//! The memory of one training block.

/// The memory in which one block is trained, in [elements](crate::Network::Element) of the network.
///
/// What it holds before is overwritten, so it need not be cleared.
#[derive(Debug)]
pub struct Arena<'a, E> {
    /// The block's own, from its first phase to its last: `SPEC.training.len` elements.
    pub kept: &'a mut [E],
    /// What is needed in one phase alone, which one block after another may use:
    /// `SPEC.training.passing` elements. A network of one phase has all in `kept`, and none here.
    pub passing: &'a mut [E],
}

impl<'a, E> Arena<'a, E> {
    /// The memory of a network of one phase.
    #[must_use]
    pub fn of_one_phase(kept: &'a mut [E]) -> Self {
        Self {
            kept,
            passing: &mut [],
        }
    }
}
