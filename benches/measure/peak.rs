//! The fastest multiply–adds that a core can do.

use std::hint::black_box;
use std::time::Instant;

use cnn::micro::{V, splat, width};
use cnn::simd::{Kernel, Level, Simd, Vector};

/// The fastest multiply–adds of one core on a level, in operations per second: twelve independent
/// chains of registers, the best of many short runs.
pub(crate) fn peak(level: Level) -> f64 {
    struct Chains;
    impl Kernel for Chains {
        type Output = f64;
        fn run<S: Simd>(self, simd: S) -> f64 {
            const STEPS: usize = 100_000;
            const CHAINS: usize = 12;
            let time = || {
                let start = Instant::now();
                simd.vectorize(
                    #[inline(always)]
                    || {
                        let factor = splat(simd, black_box(0.999f32));
                        let addend = splat(simd, black_box(1e-3f32));
                        let mut chains = [splat(simd, 0.5f32); CHAINS];
                        for _ in 0..STEPS {
                            for chain in &mut chains {
                                *chain = chain.mul_add(factor, addend);
                            }
                        }
                        black_box(chains.map(|chain: V<f32, S>| chain.sum()));
                    },
                );
                start.elapsed().as_secs_f64()
            };
            let best = (0..60).map(|_| time()).fold(f64::INFINITY, f64::min);
            2.0 * (STEPS * CHAINS * width::<f32, S>()) as f64 / best
        }
    }
    level.run(Chains)
}
