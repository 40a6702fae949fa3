//! What a sample is trained towards: a class, a class per pixel, or values of some shape.

use core::marker::PhantomData;

use crate::shape::Shape;

/// The kind of a target, and how one is handed to a loss.
pub trait Target: 'static {
    /// One sample's target.
    type Ref<'a>: Copy + Send + Sync;
}

/// A class index, counted from zero.
#[derive(Clone, Copy, Debug)]
pub struct Class;

impl Target for Class {
    type Ref<'a> = usize;
}

/// Values of shape `S`, row-major.
#[derive(Clone, Copy, Debug)]
pub struct Values<S>(PhantomData<S>);

impl<S: Shape> Target for Values<S> {
    type Ref<'a> = &'a [f32];
}

/// One class for each pixel of an image of `H` rows and `W` columns, row by row, counted from zero:
/// what an image is segmented into. The classes of the positions of a signal are `ClassMap<1, L>`.
///
/// Whether a class may be left out of the loss is the loss's choice: see
/// [`SoftmaxCrossEntropy::ignore_index`](crate::loss::SoftmaxCrossEntropy::ignore_index).
#[derive(Clone, Copy, Debug)]
pub struct ClassMap<const H: usize, const W: usize>;

impl<const H: usize, const W: usize> Target for ClassMap<H, W> {
    type Ref<'a> = &'a [u16];
}

/// Equality of two kinds of targets, as a bound whose violation can be put in words.
#[diagnostic::on_unimplemented(
    message = "the loss needs targets of kind `{Wanted}`, not `{Self}`",
    label = "the data set gives targets of kind `{Self}`",
    note = "what a loss needs follows from the network's output: `SoftmaxCrossEntropy` takes a `Class` \
            where the output is flat, and a `ClassMap` where it is an image or a signal, one class per \
            pixel or position; \
            losses of values take `Values` of the output's shape"
)]
pub trait IsTarget<Wanted: Target>: Target {
    /// The same target, under the name that the loss knows it by.
    fn same(target: Self::Ref<'_>) -> Wanted::Ref<'_>;
}

impl<T: Target> IsTarget<T> for T {
    fn same(target: Self::Ref<'_>) -> T::Ref<'_> {
        target
    }
}
