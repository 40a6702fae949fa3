//! Gives buffers with lifetimes their places in one arena.

use std::ops::Range;

/// A buffer that is written at `live.start` and read for the last time at `live.end - 1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) len: usize,
    pub(crate) live: Range<usize>,
}

/// How long an arena is, and how long the shortest would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) len: usize,
    /// The length that no arrangement can do without.
    pub(crate) least: usize,
}

/// The places of some buffers, and the length of the arena that holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arena {
    pub(crate) length: Length,
    pub(crate) places: Vec<Range<usize>>,
}

/// How often an order is corrected. With 8, lifetimes as random as those of the test below ended 0.2 %
/// above the least length on average, with 16 not much closer.
const CORRECTIONS: usize = 8;

/// Places the buffers in several orders, and takes the shortest arena; the largest first is most often
/// as short as it can be.
///
/// A buffer that ends at the top of an arena came too late, when the places below were taken. So it
/// comes first the next time.
pub(crate) fn place(buffers: &[Lifetime]) -> Arena {
    let least = lower_bound(buffers);
    let orders = orders(buffers);
    let mut places = place_in_order(buffers, &orders[0]);
    for mut order in orders {
        for _ in 0..CORRECTIONS {
            if length(&places) == least {
                break;
            }
            let corrected = place_in_order(buffers, &order);
            let len = length(&corrected);
            let top = order.iter().position(|&b| corrected[b].end == len);
            order[..=top.unwrap_or(0)].rotate_right(1);
            if len < length(&places) {
                places = corrected;
            }
        }
    }
    let len = length(&places);
    Arena {
        length: Length { len, least },
        places,
    }
}

/// The largest first, the earliest first, and those that take the most memory for the longest time.
fn orders(buffers: &[Lifetime]) -> [Vec<usize>; 3] {
    let by = |key: fn(&Lifetime) -> (usize, usize)| {
        let mut order: Vec<usize> = (0..buffers.len()).collect();
        order.sort_by_key(|&b| key(&buffers[b]));
        order
    };
    [
        by(|buffer| (usize::MAX - buffer.len, buffer.live.start)),
        by(|buffer| (buffer.live.start, usize::MAX - buffer.len)),
        by(|buffer| {
            let taken = buffer.len.saturating_mul(buffer.live.len());
            (usize::MAX - taken, buffer.live.start)
        }),
    ]
}

/// Places one buffer after another, each as low as the placed ones that live with it allow.
fn place_in_order(buffers: &[Lifetime], order: &[usize]) -> Vec<Range<usize>> {
    let mut places = vec![0..0; buffers.len()];
    for (number, &b) in order.iter().enumerate() {
        let mut taken: Vec<Range<usize>> = order[..number]
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
    }
    places
}

fn length(places: &[Range<usize>]) -> usize {
    places.iter().map(|place| place.end).max().unwrap_or(0)
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

/// The length that no arrangement can do without: the most that lives at one time.
fn lower_bound(buffers: &[Lifetime]) -> usize {
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
        assert_eq!((arena.length.len, arena.length.least), (14, 14));
        assert_eq!(arena.verify(&buffers), Ok(()));
    }

    /// Inception (3a) in training, whose arena was 12 % longer than it must be with the largest first.
    #[test]
    fn another_order_is_taken_where_the_largest_first_leaves_gaps() {
        let buffers = [
            (12, 0..34),
            (4, 1..33),
            (6, 2..29),
            (8, 3..26),
            (1, 4..22),
            (2, 5..19),
            (12, 6..18),
            (2, 7..15),
            (16, 8..10),
            (12, 17..37),
            (4, 10..35),
            (6, 27..31),
            (8, 11..28),
            (1, 20..24),
            (2, 12..21),
            (12, 16..18),
            (2, 13..17),
            (16, 9..14),
            (12, 23..25),
            (12, 30..32),
            (12, 34..36),
        ];
        let buffers = buffers.map(|(len, live)| Lifetime { len, live });
        let largest_first = place_in_order(&buffers, &orders(&buffers)[0]);
        let arena = place(&buffers);
        assert_eq!(
            (length(&largest_first), arena.length.len, arena.length.least),
            (93, 83, 83)
        );
        assert_eq!(arena.verify(&buffers), Ok(()));
    }

    #[test]
    fn verify_finds_live_buffers_that_overlap() {
        let buffers = [
            Lifetime { len: 4, live: 0..3 },
            Lifetime { len: 4, live: 2..4 },
        ];
        let wrong = Arena {
            length: Length { len: 6, least: 8 },
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
            prop_assert!(arena.length.len >= arena.length.least);
        }
    }
}
