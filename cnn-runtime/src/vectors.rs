//! Work on whole vectors of parameters, which is compiled with this crate.
//!
//! Generic functions are compiled where they are used, with every network again. What is the same for all
//! of them has a function here that is not generic, and chooses the level itself.

use crate::clip::Clip;
use crate::elementwise::update;
use crate::optim::{Optimizer, Step};
use crate::sentry;
use crate::simd::{Kernel, Level, Scalar, Simd, Vector};

/// Functions of vectors of a scalar, on a level.
pub trait Vectors: Sized {
    /// `left += right`.
    fn add_all(level: Level, left: &mut [Self], right: &[Self]);
    /// Whether no element is infinite or NaN.
    fn all_finite(level: Level, values: &[Self]) -> bool;
    /// Clips all gradients of a network in place.
    fn clip(level: Level, clip: Clip, gradients: &mut [Self]);
    /// Changes parameters and state by an optimizer.
    fn optimize<O: Optimizer>(level: Level, optimizer: &O, step: Step<'_, Self>);
}

/// What is the same for both scalars, but must be written in the `impl` of each: what a trait provides is
/// generic.
macro_rules! of_any_scalar {
    () => {
        fn add_all(level: Level, left: &mut [Self], right: &[Self]) {
            level.run(Add(left, right));
        }
        fn all_finite(level: Level, values: &[Self]) -> bool {
            level.run(AllFinite(values))
        }
        fn clip(level: Level, clip: Clip, gradients: &mut [Self]) {
            level.run(Clipping(clip, gradients));
        }
    };
}

impl Vectors for f32 {
    of_any_scalar!();

    fn optimize<O: Optimizer>(level: Level, optimizer: &O, step: Step<'_, Self>) {
        optimizer.step_on(level, step);
    }
}

impl Vectors for f64 {
    of_any_scalar!();

    fn optimize<O: Optimizer>(level: Level, optimizer: &O, step: Step<'_, Self>) {
        level.run(Stepping(optimizer, step));
    }
}

struct Add<'a, T>(&'a mut [T], &'a [T]);

impl<T: Scalar> Kernel for Add<'_, T> {
    type Output = ();
    fn run<S: Simd>(self, simd: S) {
        let Self(left, right) = self;
        simd.vectorize(
            #[inline(always)]
            || {
                update(simd, left, right, [], |a: T::Vector<S>, b, []| {
                    (a.add(b), [])
                })
            },
        );
    }
}

struct AllFinite<'a, T>(&'a [T]);

impl<T: Scalar> Kernel for AllFinite<'_, T> {
    type Output = bool;
    fn run<S: Simd>(self, simd: S) -> bool {
        sentry::all_finite(simd, self.0)
    }
}

struct Clipping<'a, T>(Clip, &'a mut [T]);

impl<T: Scalar> Kernel for Clipping<'_, T> {
    type Output = ();
    fn run<S: Simd>(self, simd: S) {
        self.0.apply(simd, self.1);
    }
}

/// A step of an optimizer.
pub(crate) struct Stepping<'a, O: ?Sized, T>(pub(crate) &'a O, pub(crate) Step<'a, T>);

impl<O: Optimizer + ?Sized, T: Scalar> Kernel for Stepping<'_, O, T> {
    type Output = ();
    fn run<S: Simd>(self, simd: S) {
        self.0.step(simd, self.1);
    }
}
