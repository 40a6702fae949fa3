//! The random masks of dropout, drawn by a counter: any element can be drawn without the others.
//!
//! Integers alone decide what is dropped, so a mask is the same on every level and machine.

use crate::lanes::{BLOCK, Lanes};
use crate::pass::Draw;
use crate::simd::Scalar;

/// The masks of one layer for the samples of a block.
///
/// Each sample has a key of 64 bits from the training's seed, the step, the layer and its place in the
/// batch; an element's bits are a hash of key and element.
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    /// For each sample the two halves of its key.
    keys: [[u32; BLOCK]; 2],
    /// An element is dropped if its bits are below.
    threshold: u32,
    /// What the others are multiplied by.
    scale: f64,
}

impl Mask {
    /// The masks of `layer` for the samples from `first` on, which drop the share `rate`.
    #[must_use]
    pub fn new(draw: Draw, layer: usize, first: usize, rate: f64) -> Self {
        let common = [draw.step, layer as u64]
            .into_iter()
            .fold(draw.seed, absorb);
        let keys: [u64; BLOCK] = core::array::from_fn(|n| absorb(common, (first + n) as u64));
        Self {
            keys: [
                keys.map(|key| key as u32),
                keys.map(|key| (key >> 32) as u32),
            ],
            threshold: libm::round(rate * 4_294_967_296.0) as u32,
            scale: 1.0 / (1.0 - rate),
        }
    }

    /// The factors of one element, for each sample of the block: 0, or `1 / (1 − rate)`.
    #[must_use]
    #[inline(always)]
    pub fn at<T: Scalar>(&self, element: usize) -> Lanes<T> {
        let (counter, scale) = (element as u32, T::from_f64(self.scale));
        let mut factors = Lanes::splat(T::ZERO);
        for n in 0..BLOCK {
            let half = mix(counter ^ self.keys[0][n]);
            let bits = mix(half.wrapping_add(self.keys[1][n]));
            factors.0[n] = if bits < self.threshold {
                T::ZERO
            } else {
                scale
            };
        }
        factors
    }
}

/// A key made of a key and one more number: the step of SplitMix64 (G. Steele, D. Lea, C. Flood, *Fast
/// Splittable Pseudorandom Number Generators*, 2014).
fn absorb(key: u64, number: u64) -> u64 {
    let mut z = (key ^ number).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A permutation of 32 bits in which every bit of the input moves every bit of the output
/// (`lowbias32` of C. Wellons, *Prospecting for Hash Functions*, 2018). It is made of operations that
/// vector registers have.
#[inline(always)]
fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const DRAW: Draw = Draw { seed: 7, step: 3 };
    const ELEMENTS: usize = 20_000;

    /// Whether each element of each sample is kept.
    fn kept(mask: &Mask) -> Vec<[bool; BLOCK]> {
        let elements = (0..ELEMENTS).map(|at| mask.at::<f32>(at));
        elements.map(|lanes| lanes.0.map(|x| x > 0.0)).collect()
    }

    /// How often two masks agree, as a share.
    fn agreement(a: &[[bool; BLOCK]], b: &[[bool; BLOCK]]) -> f64 {
        let pairs = a.iter().flatten().zip(b.iter().flatten());
        let equal = pairs.filter(|(a, b)| a == b).count();
        equal as f64 / (a.len() * BLOCK) as f64
    }

    #[test]
    fn mean_is_one_and_variance_that_of_the_rate() {
        for rate in [0.1, 0.25, 0.5, 0.9] {
            let mask = Mask::new(DRAW, 2, 32, rate);
            let factors = (0..ELEMENTS).flat_map(|at| mask.at::<f64>(at).0);
            let (sum, squares) =
                factors.fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x));
            let n = (ELEMENTS * BLOCK) as f64;
            let variance = rate / (1.0 - rate);
            // Five standard errors of each.
            let error = (sum / n - 1.0).abs();
            assert!(
                error < 5.0 * (variance / n).sqrt(),
                "{rate}: mean off by {error}"
            );
            let found = squares / n - (sum / n) * (sum / n);
            let kurtosis = 1.0 / (rate * (1.0 - rate)) - 4.0;
            let bound = 5.0 * variance * (kurtosis.max(1.0) / n).sqrt();
            assert!((found - variance).abs() < bound, "{rate}: {found}");
        }
    }

    #[test]
    fn another_seed_step_layer_sample_or_element_draws_another_mask() {
        let mask = kept(&Mask::new(DRAW, 2, 32, 0.5));
        assert_eq!(mask, kept(&Mask::new(DRAW, 2, 32, 0.5)));
        let mut shifted = mask.clone();
        shifted.rotate_left(1);
        let mut neighbours = mask.clone();
        neighbours.iter_mut().for_each(|lanes| lanes.rotate_left(1));
        let others = [
            kept(&Mask::new(Draw { seed: 8, ..DRAW }, 2, 32, 0.5)),
            kept(&Mask::new(Draw { step: 4, ..DRAW }, 2, 32, 0.5)),
            kept(&Mask::new(DRAW, 3, 32, 0.5)),
            kept(&Mask::new(DRAW, 2, 48, 0.5)),
            shifted,
            neighbours,
        ];
        for (index, other) in others.iter().enumerate() {
            // Independent halves agree in one half, give or take five standard errors.
            let distance = (agreement(&mask, other) - 0.5).abs();
            let error = 0.5 / ((ELEMENTS * BLOCK) as f64).sqrt();
            assert!(distance < 5.0 * error, "{index}: {distance}");
        }
    }

    #[test]
    fn a_sample_has_its_mask_wherever_its_block_begins() {
        let (early, late) = (Mask::new(DRAW, 0, 0, 0.5), Mask::new(DRAW, 0, 5, 0.5));
        for at in 0..100 {
            assert_eq!(early.at::<f32>(at).0[5..], late.at::<f32>(at).0[..11]);
        }
    }
}
