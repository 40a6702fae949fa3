//! What the facade of the vector crate promises, on every level of this machine.

use cnn_runtime::simd::{Kernel, Level, Scalar, Simd, Vector};

/// `max` and `min` of pairs, a pair in each lane.
struct Extremes<T>([T; 16], [T; 16]);

impl<T: Scalar> Kernel for Extremes<T> {
    type Output = Vec<[T; 2]>;
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let lanes = T::Vector::<S>::LANES;
        let [a, b] = [self.0, self.1].map(|x| T::Vector::<S>::load(simd, &x[..lanes]));
        let [mut max, mut min] = [[T::ZERO; 16]; 2];
        a.max(b).store(&mut max[..lanes]);
        a.min(b).store(&mut min[..lanes]);
        (0..lanes).map(|lane| [max[lane], min[lane]]).collect()
    }
}

#[test]
fn extremes_give_the_second_where_they_cannot_tell_on_every_level() {
    fn check<T: Scalar>() {
        let pairs = [
            ([1.0, 2.0], [2.0, 1.0]),
            ([2.0, 1.0], [2.0, 1.0]),
            ([f64::NAN, 2.0], [2.0, 2.0]),
            ([2.0, f64::NAN], [f64::NAN, f64::NAN]),
            ([0.0, -0.0], [-0.0, -0.0]),
            ([-0.0, 0.0], [0.0, 0.0]),
        ];
        // Every pair begins in the first lane once, and the others follow.
        for first in 0..pairs.len() {
            let pair = |lane: usize| pairs[(first + lane) % pairs.len()];
            let side = |k: usize| std::array::from_fn(|lane| T::from_f64(pair(lane).0[k]));
            for level in Level::available() {
                let pairs = || Extremes::<T>(side(0), side(1));
                let of_few = level.has_few().then(|| level.run_few(pairs()));
                for found in [Some(level.run(pairs())), of_few].into_iter().flatten() {
                    for (lane, found) in found.into_iter().enumerate() {
                        let bits = |x: f64| if x.is_nan() { f64::NAN } else { x }.to_bits();
                        let found = found.map(|x| bits(x.to_f64()));
                        let expected = pair(lane).1.map(bits);
                        assert_eq!(found, expected, "{:?} on {level:?}", pair(lane).0);
                    }
                }
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn small_batches_are_cut_into_blocks_of_eight_where_there_are_any() {
    for level in Level::available() {
        let expected: &[usize] = match level.name() {
            "avx512" => &[8, 16],
            "avx2" => &[16],
            _ => &[0],
        };
        let most = level.most_in_few();
        assert!(expected.contains(&most), "{most} on {level:?}");
        assert_eq!(level.has_few(), most > 0, "{level:?}");
    }
}
