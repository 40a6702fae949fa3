//! Shapes in the type system.
//!
//! A [`Shape`] is a type such as `Chw<1, 28, 28>` that a message can show. Element counts are
//! `typenum` numbers, written by the macro, for bounds that need arithmetic.

/// A shape as a type, row-major.
pub trait Shape: 'static {
    /// The sizes, outermost first.
    const SIZES: &'static [usize];
    /// The product of the sizes.
    const ELEMENTS: usize;
}

/// An image: channels, height, width.
#[derive(Clone, Copy, Debug)]
pub struct Chw<const C: usize, const H: usize, const W: usize>;

/// A vector without spatial extent.
#[derive(Clone, Copy, Debug)]
pub struct Flat<const N: usize>;

impl<const C: usize, const H: usize, const W: usize> Shape for Chw<C, H, W> {
    const SIZES: &'static [usize] = &[C, H, W];
    const ELEMENTS: usize = C * H * W;
}

impl<const N: usize> Shape for Flat<N> {
    const SIZES: &'static [usize] = &[N];
    const ELEMENTS: usize = N;
}
