//! The layout of a training step: sixteen samples in the lanes of every value.
//!
//! A value of shape `[c][h][w]` is stored as `[[[Lanes<T>; W]; H]; C]`; lane `n` belongs to sample
//! `n` of the block. A block with fewer samples has zeros in the remaining lanes.

/// How many samples a block holds: one AVX-512 register of `f32`, whatever the level.
pub const BLOCK: usize = 16;

/// One element of a value, for each of the sixteen samples of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes<T>(pub [T; BLOCK]);

impl<T: Copy> Lanes<T> {
    /// The same value for every sample.
    #[inline(always)]
    pub const fn splat(value: T) -> Self {
        Self([value; BLOCK])
    }
}

/// Lays up to sixteen samples side by side: `block[e].0[n] = samples[n][e]`, converted to `T`.
///
/// Lanes without a sample become zero. Every sample has `block.len()` elements.
#[inline(always)]
pub fn gather<T: crate::simd::Scalar>(samples: &[&[f32]], block: &mut [Lanes<T>]) {
    /// Elements moved at a time: small enough for the touched rows to stay in the L1 cache.
    const STRIP: usize = 64;
    for (strip, rows) in block.chunks_mut(STRIP).enumerate() {
        let first = strip * STRIP;
        for n in 0..BLOCK {
            match samples.get(n) {
                Some(sample) => {
                    for (lanes, &value) in rows.iter_mut().zip(&sample[first..]) {
                        lanes.0[n] = T::from_f64(f64::from(value));
                    }
                }
                None => rows.iter_mut().for_each(|lanes| lanes.0[n] = T::ZERO),
            }
        }
    }
}

/// Copies the value of one sample out of a block: `sample[e] = block[e].0[lane]`.
#[inline(always)]
pub fn scatter<T: Copy>(block: &[Lanes<T>], lane: usize, sample: &mut [T]) {
    for (value, lanes) in sample.iter_mut().zip(block) {
        *value = lanes.0[lane];
    }
}
