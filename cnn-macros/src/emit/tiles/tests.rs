//! Which tiles are chosen, and how they cover what is computed.

use super::*;

#[test]
fn tiles_fit_their_register_file() {
    for registers in [Registers::Wide, Registers::Narrow] {
        for rows in 1..70 {
            for columns in 1..70 {
                let (r, c) = choose(registers, rows, columns);
                assert!(registers.hold(r, c), "{rows}x{columns}: {r}x{c}");
            }
            for columns in 1..5 {
                let r = rows_beside(registers, rows, columns);
                assert!(registers.hold(r, columns), "{rows}x{columns}: {r}");
            }
        }
    }
}

#[test]
fn tiles_of_parts_have_whole_units_or_a_single_column() {
    for registers in [Registers::Wide, Registers::Narrow] {
        for unit in 1..40 {
            for rows in [1, 2, 6, 16, 64] {
                let tile = choose_of_parts(registers, [rows, usize::MAX], [2 * unit, unit], 2);
                let is_whole = tile.columns > 0 && tile.columns.is_multiple_of(unit);
                assert!(
                    is_whole || tile.columns == 1,
                    "{registers:?}, {rows}x{unit}: {tile:?}"
                );
            }
        }
    }
}

#[test]
fn tiles_use_what_they_load_twice_and_hide_the_latency() {
    // Two rows and five columns, and seven rows, have no divisor that suits sixteen registers.
    for (registers, least) in [(Registers::Wide, 12), (Registers::Narrow, 6)] {
        for rows in 2..70 {
            for columns in 2..70 {
                let (r, c) = choose(registers, rows, columns);
                let at = format!("{registers:?}, {rows}x{columns}: {r}x{c}");
                assert!(r * c >= least.min(rows * columns), "{at}");
                // A column is loaded, and multiplied with the rows.
                assert!(r >= 2, "{at}");
                assert!(c >= 2 || registers == Registers::Narrow && r >= 7, "{at}");
            }
        }
    }
}

/// The position of every tile of some runs, and its size.
fn tiles(runs: &[Run]) -> Vec<Range<usize>> {
    let of_run = |run: &Run| {
        let Run {
            first,
            size,
            count,
            end,
        } = *run;
        (0..count).map(move |tile| {
            let position = (first + tile * size).min(end - size);
            position..position + size
        })
    };
    runs.iter().flat_map(of_run).collect()
}

#[test]
fn runs_cover_a_range_once() {
    assert_eq!(tiles(&runs(2..12, 4)), [2..6, 6..10, 10..12]);
    assert_eq!(tiles(&runs(0..7, 4)), [0..4, 4..7]);
    assert!(runs(3..3, 4).is_empty());
}

#[test]
fn runs_of_every_size_cover_every_range() {
    for length in 1..100 {
        for size in 1..30.min(length + 1) {
            let apart = tiles(&runs(3..3 + length, size)).into_iter().flatten();
            assert!(apart.eq(3..3 + length), "{length} by {size}");
            let overlapping = tiles(&overlapping_runs(3..3 + length, size));
            let mut covered: Vec<usize> = overlapping.into_iter().flatten().collect();
            covered.sort_unstable();
            covered.dedup();
            assert!(covered.into_iter().eq(3..3 + length), "{length} by {size}");
        }
    }
}

#[test]
fn even_runs_cover_a_range_once_by_sizes_that_differ_by_one_at_most() {
    for length in 1..100 {
        for size in 1..30 {
            let even = tiles(&even_runs(3..3 + length, size));
            let sizes = even.iter().map(ExactSizeIterator::len);
            let at = format!("{length} by {size}: {even:?}");
            assert_eq!(even.len(), length.div_ceil(size), "{at}");
            let [least, most] = [sizes.clone().min(), sizes.max()].map(Option::unwrap_or_default);
            assert!(most <= size && most <= least + 1, "{at}");
            assert!(even.into_iter().flatten().eq(3..3 + length), "{at}");
        }
    }
    assert!(even_runs(3..3, 4).is_empty());
}

#[test]
fn overlapping_runs_are_of_one_size_where_little_is_repeated() {
    let two_of_64 = overlapping_runs(0..64, 6);
    assert_eq!(two_of_64.len(), 1);
    assert_eq!(tiles(&two_of_64)[9..], [54..60, 58..64]);
    assert_eq!(overlapping_runs(0..16, 6), runs(0..16, 6));
    assert_eq!(overlapping_runs(3..27, 6), runs(3..27, 6));
    assert_eq!(tiles(&overlapping_runs(3..50, 6))[6..], [39..45, 44..50]);
    // One of 24 results is computed twice, and two of 47.
    assert_eq!(overlapping_runs(0..24, 5).len(), 1);
    assert_eq!(overlapping_runs(0..47, 7), runs(0..47, 7));
}

#[test]
fn lenet_gets_tiles_near_the_peak() {
    assert_eq!(choose(Registers::Wide, 6, 24), (6, 4));
    let (r, c) = choose(Registers::Narrow, 6, 24);
    assert!(r * c >= 8, "{r}x{c}");
}

#[test]
fn what_comes_from_the_second_cache_is_used_for_as_long_as_the_next_takes() {
    assert_eq!(choose_product(Registers::Narrow, 64, 64), (2, 6));
    assert_eq!(
        choose_product_of_near_rows(Registers::Narrow, 64, 64),
        (6, 2)
    );
    for registers in [Registers::Wide, Registers::Narrow] {
        for rows in 12..70 {
            for columns in 12..70 {
                let (r, c) = choose_product_of_near_rows(registers, rows, columns);
                let at = format!("{registers:?}, {rows}x{columns}: {r}x{c}");
                assert!(registers.hold_product(r, c), "{at}");
                // A row takes a line for a cycle.
                assert!(r * LINE.lines >= LINE.cycles, "{at}");
            }
        }
    }
}
