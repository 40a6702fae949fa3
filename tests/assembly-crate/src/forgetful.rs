//! Written like a kernel of a network, but without `simd.vectorize` around its loop.
//!
//! The test of the assembly must find it, or it would not find a generated one.

use cnn::Lanes;
use cnn::simd::{Kernel, Level, Simd};

/// A block of one channel, to be scaled.
pub struct Scale<'a> {
    factor: f32,
    input: &'a [Lanes<f32>; 8],
    output: &'a mut [Lanes<f32>; 8],
}

impl Kernel for Scale<'_> {
    type Output = ();
    fn run<S: Simd>(self, simd: S) {
        of_forgetful::forgetful_forward(simd, self.factor, self.input, self.output);
    }
}

/// Scales on the level that was chosen at run time, so that there is code for each.
pub fn scale(level: Level, kernel: Scale<'_>) {
    level.run(kernel);
}

/// Called like a module of generated functions.
mod of_forgetful {
    use cnn::Lanes;
    use cnn::micro::{load, parts, splat, store, zip};
    use cnn::simd::{Scalar, Simd, Vector as _};

    /// `output[e] += factor · input[e]`
    #[inline(never)]
    pub(super) fn forgetful_forward<T: Scalar, S: Simd>(
        simd: S,
        factor: T,
        input: &[Lanes<T>; 8],
        output: &mut [Lanes<T>; 8],
    ) {
        for (output, input) in zip(output, input) {
            for part in 0..parts::<T, S>() {
                let sum = load(simd, output, part);
                let x = load(simd, input, part);
                store(output, part, splat(simd, factor).mul_add(x, sum));
            }
        }
    }
}
