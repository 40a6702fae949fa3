//! Bounds on gradients, applied between the backward pass and the optimizer.

use crate::elementwise;
use crate::hyperparameter::{HyperparameterFault, positive};
use crate::simd::{Scalar, Simd, Vector};

/// How gradients are kept from growing too large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// Every element is brought into `−v..=v` (PyTorch's `clip_grad_value_`).
    Value(f64),
    /// All gradients together are scaled by `min(1, n / (‖g‖ + 1e-6))`, with the Euclidean norm of
    /// all parameters' gradients (PyTorch's `clip_grad_norm_`).
    ///
    /// Source: R. Pascanu et al., *On the difficulty of training recurrent neural networks*, 2013,
    /// section 3.2.
    GlobalNorm(f64),
}

/// Keeps the division by a norm of zero finite; PyTorch's value.
const EPSILON: f64 = 1e-6;

impl Clip {
    /// Whether the bound makes sense.
    ///
    /// # Errors
    /// A bound that is not a finite number above zero.
    pub fn validate(self) -> Result<(), HyperparameterFault> {
        match self {
            Self::Value(bound) => {
                let help = "write `Clip::Value(0.5)`, or leave the clipping out";
                positive("bound of `Clip::Value`", bound, help)
            }
            Self::GlobalNorm(bound) => {
                let help = "write `Clip::GlobalNorm(1.0)`, or leave the clipping out";
                positive("bound of `Clip::GlobalNorm`", bound, help)
            }
        }
    }

    /// Clips all gradients of a network in place.
    pub fn apply<T: Scalar, S: Simd>(self, simd: S, gradients: &mut [T]) {
        match self {
            Self::Value(bound) => clip_values(simd, bound, gradients),
            Self::GlobalNorm(bound) => {
                let factor = bound / (norm(simd, gradients) + EPSILON);
                if factor < 1.0 {
                    scale(simd, factor, gradients);
                }
            }
        }
    }
}

/// The Euclidean norm of a vector.
///
/// Strips of 4096 elements are summed in `T`, the strips in `f64`, in an order fixed by the level. Elements whose
/// squares would be denormal, below 2.2·10⁻¹⁹ in `f32`, count as zero.
pub fn norm<T: Scalar, S: Simd>(simd: S, values: &[T]) -> f64 {
    const STRIP: usize = 4096;
    simd.vectorize(
        #[inline(always)]
        || {
            let zero = T::Vector::<S>::splat(simd, T::ZERO);
            // Twice the least root, so that no square is denormal.
            let least = 2.0 * libm::sqrt(T::LEAST_NORMAL.to_f64());
            let least = T::Vector::<S>::splat(simd, T::from_f64(least));
            let mut squares = 0.0;
            // Not `Iterator::sum`, which would be a function of its own, outside of the level.
            for strip in values.chunks(STRIP) {
                let of_strip = elementwise::fold(simd, strip, |sum, x: T::Vector<S>| {
                    let size = x.max(zero.sub(x));
                    let size = least.select_greater(size, zero, size);
                    size.mul_add(size, sum)
                });
                squares += of_strip.to_f64();
            }
            libm::sqrt(squares)
        },
    )
}

fn clip_values<T: Scalar, S: Simd>(simd: S, bound: f64, gradients: &mut [T]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let high = T::Vector::<S>::splat(simd, T::from_f64(bound));
            let low = T::Vector::<S>::splat(simd, T::from_f64(-bound));
            // The element is the second argument, which `max` and `min` keep when it is NaN.
            elementwise::map(simd, gradients, |g| high.min(low.max(g)));
        },
    );
}

fn scale<T: Scalar, S: Simd>(simd: S, factor: f64, gradients: &mut [T]) {
    simd.vectorize(
        #[inline(always)]
        || {
            let factor = T::Vector::<S>::splat(simd, T::from_f64(factor));
            elementwise::map(simd, gradients, |g| g.mul(factor));
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Kernel, Level};

    struct Apply<'a>(Clip, &'a mut [f64]);

    impl Kernel for Apply<'_> {
        type Output = ();
        fn run<S: Simd>(self, simd: S) {
            self.0.apply(simd, self.1);
        }
    }

    fn clipped(clip: Clip, gradients: [f64; 3]) -> [f64; 3] {
        let results = Level::available().map(|level| {
            let mut gradients = gradients;
            level.run(Apply(clip, &mut gradients));
            gradients
        });
        results
            .reduce(|a, b| {
                // As text, since NaN is not equal to itself.
                assert_eq!(alloc::format!("{a:?}"), alloc::format!("{b:?}"));
                a
            })
            .expect("there is a level")
    }

    #[test]
    fn values_are_brought_into_the_bound() {
        assert_eq!(
            clipped(Clip::Value(0.5), [-2.0, 0.25, 0.75]),
            [-0.5, 0.25, 0.5]
        );
        assert!(clipped(Clip::Value(0.5), [f64::NAN, 0.0, 0.0])[0].is_nan());
    }

    #[test]
    fn a_norm_above_the_bound_is_scaled_and_one_below_is_kept() {
        // torch: p.grad = tensor([2., 3., 6.]); clip_grad_norm_([p], 1.0) -> 7.0
        let factor = 1.0 / (7.0 + 1e-6);
        let expected = [2.0 * factor, 3.0 * factor, 6.0 * factor];
        assert_eq!(clipped(Clip::GlobalNorm(1.0), [2.0, 3.0, 6.0]), expected);
        assert_eq!(
            clipped(Clip::GlobalNorm(8.0), [2.0, 3.0, 6.0]),
            [2.0, 3.0, 6.0]
        );
        assert_eq!(clipped(Clip::GlobalNorm(1.0), [0.0; 3]), [0.0; 3]);
        // Squares that are denormal are no part of the norm, larger ones are.
        let scaled = clipped(Clip::GlobalNorm(1e-158), [2.9e-154, -1e-150, 0.0]);
        assert_eq!(
            scaled,
            [2.9e-154, -1e-150, 0.0].map(|g| g * (1e-158 / (1e-150 + 1e-6)))
        );
        let spoilt = clipped(Clip::GlobalNorm(1.0), [f64::NAN, 1.0, 2.0]);
        assert!(spoilt[0].is_nan(), "{spoilt:?}");
    }

    #[test]
    fn bounds_that_are_not_positive_and_finite_are_refused() {
        for bound in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            assert!(Clip::Value(bound).validate().is_err());
            assert!(Clip::GlobalNorm(bound).validate().is_err());
        }
        assert_eq!(Clip::Value(1.0).validate(), Ok(()));
    }
}
