//! Gives buffers with lifetimes their places in one arena.

use std::ops::Range;

/// A buffer that is written at `live.start` and read for the last time at `live.end - 1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) len: usize,
    pub(crate) live: Range<usize>,
}

/// The places of some buffers, and the length of the arena that holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arena {
    pub(crate) len: usize,
    pub(crate) places: Vec<Range<usize>>,
}

/// Places the largest buffers first, each as low as the buffers that live with it allow.
pub(crate) fn place(buffers: &[Lifetime]) -> Arena {
    let mut order: Vec<usize> = (0..buffers.len()).collect();
    order.sort_by_key(|&b| (usize::MAX - buffers[b].len, buffers[b].live.start));
    let mut places = vec![0..0; buffers.len()];
    let mut placed: Vec<usize> = Vec::new();
    for b in order {
        let mut taken: Vec<Range<usize>> = placed
            .iter()
            .filter(|&&other| overlap(&buffers[other].live, &buffers[b].live))
            .map(|&other| places[other].clone())
            .collect();
        taken.sort_by_key(|range| range.start);
        let mut start = 0;
        for range in taken {
            if start + buffers[b].len <= range.start {
                break;
            }
            start = start.max(range.end);
        }
        places[b] = start..start + buffers[b].len;
        placed.push(b);
    }
    Arena {
        len: places.iter().map(|place| place.end).max().unwrap_or(0),
        places,
    }
}

impl Arena {
    /// The first two live buffers that share memory, if the arena is wrong.
    pub(crate) fn verify(&self, buffers: &[Lifetime]) -> Result<(), (usize, usize)> {
        for a in 0..buffers.len() {
            for b in 0..a {
                if overlap(&buffers[a].live, &buffers[b].live)
                    && overlap(&self.places[a], &self.places[b])
                {
                    return Err((b, a));
                }
            }
        }
        Ok(())
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// The bytes that no arrangement can do without: the most that lives at one time.
#[cfg(test)]
pub(crate) fn lower_bound(buffers: &[Lifetime]) -> usize {
    let end = buffers
        .iter()
        .map(|buffer| buffer.live.end)
        .max()
        .unwrap_or(0);
    (0..end)
        .map(|t| {
            buffers
                .iter()
                .filter(|b| b.live.contains(&t))
                .map(|b| b.len)
                .sum()
        })
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_buffer_reuses_the_place_of_a_dead_one() {
        let buffers = [
            Lifetime {
                len: 10,
                live: 0..2,
            },
            Lifetime { len: 4, live: 1..3 },
            Lifetime { len: 8, live: 2..4 },
        ];
        let arena = place(&buffers);
        assert_eq!(arena.len, 14);
        assert_eq!(arena.verify(&buffers), Ok(()));
    }

    #[test]
    fn verify_finds_live_buffers_that_overlap() {
        let buffers = [
            Lifetime { len: 4, live: 0..3 },
            Lifetime { len: 4, live: 2..4 },
        ];
        let wrong = Arena {
            len: 6,
            places: vec![0..4, 2..6],
        };
        assert_eq!(wrong.verify(&buffers), Err((0, 1)));
    }

    proptest! {
        #[test]
        fn live_buffers_never_overlap(
            spans in proptest::collection::vec((1usize..50, 0usize..20, 1usize..8), 1..30)
        ) {
            let buffers: Vec<Lifetime> = spans
                .into_iter()
                .map(|(len, start, time)| Lifetime { len, live: start..start + time })
                .collect();
            let arena = place(&buffers);
            prop_assert_eq!(arena.verify(&buffers), Ok(()));
            prop_assert!(arena.len >= lower_bound(&buffers));
        }
    }
}
