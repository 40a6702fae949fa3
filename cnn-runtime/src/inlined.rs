//! What loops are made of, as a part of its caller.
//!
//! `Iterator::zip`, `array::map` and `array::from_fn` call generic functions that are not marked `#[inline]`. Those
//! are compiled once for a program, and where its units are optimized each by itself (`lto = "off"`) they stay
//! calls, outside of the level, with registers in memory for their arguments. So code that runs on a level uses
//! this [`zip`], and loops in place of the others. `as_flattened` is such a function too, with no other way to say
//! the same: it stands before the innermost loop, not in it.

/// Two iterators side by side, until one of them ends.
#[inline(always)]
pub fn zip<A: IntoIterator, B: IntoIterator>(a: A, b: B) -> Zip<A::IntoIter, B::IntoIter> {
    Zip(a.into_iter(), b.into_iter())
}

/// What [`zip`] returns.
#[derive(Clone, Debug)]
pub struct Zip<A, B>(A, B);

impl<A: Iterator, B: Iterator> Iterator for Zip<A, B> {
    type Item = (A::Item, B::Item);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.next()?, self.1.next()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_of_two_iterators_ends_both() {
        let pairs = [(1, 'a'), (2, 'b')];
        assert!(zip([1, 2, 3], ['a', 'b']).eq(pairs));
        assert!(zip([1, 2], ['a', 'b', 'c']).eq(pairs));
        assert_eq!(zip([1; 0], ['a']).next(), None);
    }
}
