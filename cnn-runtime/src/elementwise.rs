//! Loops over whole vectors of scalars: updates element by element, and folds.
//!
//! A loop's body is a function of registers. The end of a vector that fills no register is padded
//! with zeros, so the body must not fail on zeros, and a fold must not count them. All functions
//! are meant to be called inside [`Simd::vectorize`].

use core::ops::Range;

use crate::lanes::BLOCK;
use crate::simd::{Scalar, Simd, Vector};

/// `(parameters, state) = body(parameters, gradients, state)`, element by element.
///
/// All vectors have the length of `parameters`.
#[inline(always)]
pub(crate) fn update<T: Scalar, S: Simd, const K: usize>(
    simd: S,
    parameters: &mut [T],
    gradients: &[T],
    mut state: [&mut [T]; K],
    body: impl Fn(T::Vector<S>, T::Vector<S>, [T::Vector<S>; K]) -> (T::Vector<S>, [T::Vector<S>; K]),
) {
    let len = parameters.len();
    // One length for all, known before the loop, lets the compiler drop the checks inside.
    let gradients = &gradients[..len];
    for vector in &mut state {
        let whole = core::mem::take(vector);
        *vector = &mut whole[..len];
    }
    for place in registers::<T, S>(len) {
        // Not `array::from_fn`, which with debug assertions is a function of its own, outside of the level.
        let mut old = [T::Vector::<S>::splat(simd, T::ZERO); K];
        for k in 0..K {
            old[k] = load(simd, &state[k][place.clone()]);
        }
        let (new, kept) = body(
            load(simd, &parameters[place.clone()]),
            load(simd, &gradients[place.clone()]),
            old,
        );
        store(new, &mut parameters[place.clone()]);
        for k in 0..K {
            store(kept[k], &mut state[k][place.clone()]);
        }
    }
}

/// `values = body(values)`, element by element.
#[inline(always)]
pub(crate) fn map<T: Scalar, S: Simd>(
    simd: S,
    values: &mut [T],
    body: impl Fn(T::Vector<S>) -> T::Vector<S>,
) {
    for place in registers::<T, S>(values.len()) {
        let new = body(load(simd, &values[place.clone()]));
        store(new, &mut values[place]);
    }
}

/// The sum over all registers of what `body` adds to its first argument, which begins at zero.
///
/// Four sums run side by side, so that an addition need not wait for the one before it.
#[inline(always)]
pub(crate) fn fold<T: Scalar, S: Simd>(
    simd: S,
    values: &[T],
    body: impl Fn(T::Vector<S>, T::Vector<S>) -> T::Vector<S>,
) -> T {
    const CHAINS: usize = 4;
    let lanes = T::Vector::<S>::LANES;
    let mut sums = [T::Vector::<S>::splat(simd, T::ZERO); CHAINS];
    let mut strips = values.chunks_exact(CHAINS * lanes);
    for strip in &mut strips {
        for (chain, sum) in sums.iter_mut().enumerate() {
            *sum = body(
                *sum,
                T::Vector::<S>::load(simd, &strip[chain * lanes..][..lanes]),
            );
        }
    }
    for chunk in strips.remainder().chunks(lanes) {
        sums[0] = body(sums[0], load(simd, chunk));
    }
    sums[0].add(sums[1]).add(sums[2].add(sums[3])).sum()
}

/// The places of a vector's registers; the last may be shorter.
#[inline(always)]
fn registers<T: Scalar, S: Simd>(len: usize) -> impl Iterator<Item = Range<usize>> {
    let lanes = T::Vector::<S>::LANES;
    (0..len)
        .step_by(lanes)
        .map(move |first| first..len.min(first + lanes))
}

/// Reads a register; missing lanes become zero.
#[inline(always)]
fn load<T: Scalar, S: Simd>(simd: S, slice: &[T]) -> T::Vector<S> {
    if slice.len() == T::Vector::<S>::LANES {
        return T::Vector::<S>::load(simd, slice);
    }
    let mut padded = [T::ZERO; BLOCK];
    padded[..slice.len()].copy_from_slice(slice);
    T::Vector::<S>::load(simd, &padded[..T::Vector::<S>::LANES])
}

/// Writes a register; lanes without a place are dropped.
#[inline(always)]
fn store<T: Scalar, S: Simd, V: Vector<T, S>>(register: V, slice: &mut [T]) {
    if slice.len() == V::LANES {
        return register.store(slice);
    }
    let mut padded = [T::ZERO; BLOCK];
    register.store(&mut padded[..V::LANES]);
    slice.copy_from_slice(&padded[..slice.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Kernel, Level};

    struct AxpyThenSum<'a>(&'a mut [f32], &'a [f32]);

    impl Kernel for AxpyThenSum<'_> {
        type Output = f32;
        fn run<S: Simd>(self, simd: S) -> f32 {
            let Self(y, x) = self;
            simd.vectorize(
                #[inline(always)]
                || {
                    update(simd, y, x, [], |y, x, []| (y.add(x), []));
                    map(simd, y, |y| y.add(y));
                    fold(simd, y, |sum, y| sum.add(y))
                },
            )
        }
    }

    #[test]
    fn loops_reach_every_element_of_every_length_on_every_level() {
        for level in Level::available() {
            for len in (0..70).chain([129, 1000]) {
                let mut y: alloc::vec::Vec<f32> = (0..len).map(|i| i as f32).collect();
                let sum = level.run(AxpyThenSum(&mut y, &alloc::vec![1.0; len]));
                let expected: alloc::vec::Vec<f32> =
                    (0..len).map(|i| 2.0 * (i as f32 + 1.0)).collect();
                assert_eq!(y, expected, "{level:?}, {len} elements");
                assert_eq!(sum, expected.iter().sum::<f32>(), "{level:?}, {len}");
            }
        }
    }
}
