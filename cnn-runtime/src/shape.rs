//! Shapes in the type system.
//!
//! A [`Shape`] is a type such as `Chw<1, 28, 28>` that a message can show. Element counts are
//! `typenum` numbers, written by the macro, for bounds that need arithmetic. [`Sizes`] writes a shape
//! as the language does.

use core::fmt;

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

/// A signal: channels, length.
#[derive(Clone, Copy, Debug)]
pub struct Cl<const C: usize, const L: usize>;

/// A vector without spatial extent.
#[derive(Clone, Copy, Debug)]
pub struct Flat<const N: usize>;

impl<const C: usize, const H: usize, const W: usize> Shape for Chw<C, H, W> {
    const SIZES: &'static [usize] = &[C, H, W];
    const ELEMENTS: usize = C * H * W;
}

impl<const C: usize, const L: usize> Shape for Cl<C, L> {
    const SIZES: &'static [usize] = &[C, L];
    const ELEMENTS: usize = C * L;
}

impl<const N: usize> Shape for Flat<N> {
    const SIZES: &'static [usize] = &[N];
    const ELEMENTS: usize = N;
}

/// Writes sizes as the language of `network!` does.
///
/// ```
/// use cnn_runtime::Sizes;
///
/// assert_eq!(Sizes(&[1, 28, 28]).to_string(), "1x28x28");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sizes<'a>(pub &'a [usize]);

impl fmt::Display for Sizes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (axis, size) in self.0.iter().enumerate() {
            let cross = if axis == 0 { "" } else { "x" };
            write!(f, "{cross}{size}")?;
        }
        Ok(())
    }
}
