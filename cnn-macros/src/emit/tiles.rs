//! Register tiles: how many rows and columns of results a kernel keeps in registers at once.
//!
//! A tile of `R × C` sums is updated by `R + C` loads and `R · C` multiply–adds at a time. The
//! sizes are chosen by a cost model whose constants come from the instruction tables of Zen 4 and
//! Ice Lake: two multiply–adds and two loads per cycle, a multiply–add's result after four cycles.

use std::ops::Range;

#[cfg(test)]
mod tests;

/// How fast the second cache gives lines: one in two cycles at best, on the way in two and two thirds (Zen 4).
pub(crate) const LINE: Rate = Rate {
    cycles: 8,
    lines: 3,
};

/// So many lines in so many cycles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) cycles: usize,
    pub(crate) lines: usize,
}

/// Half-cycles of a tile's loop beside what it computes.
const LOOP: usize = 2;

/// The register file of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registers {
    /// 32 vector registers, and multiply–adds that broadcast from memory: AVX-512, NEON.
    Wide,
    /// 16 vector registers: AVX2, SSE2, WASM.
    Narrow,
}

impl Registers {
    /// How many there are.
    pub(crate) fn file(self) -> usize {
        match self {
            Self::Wide => 32,
            Self::Narrow => 16,
        }
    }

    /// The most sums that a tile may hold, so that operands find a place beside them.
    pub(crate) fn sums(self) -> usize {
        match self {
            Self::Wide => 24,
            Self::Narrow => 12,
        }
    }

    /// Whether `rows × columns` sums fit, and their operands beside them: one per column, and a broadcast.
    ///
    /// Neighbouring taps read the same columns but one, and the compiler keeps those in registers from one
    /// tap to the next, at the price of sums that it moves to the stack and back. In the narrow file they
    /// are counted, therefore. That is 6 × 2 in place of 4 × 3: a forward pass of 16 channels by a window
    /// of 3 × 3 takes half of the time, a step of five such layers with batch normalization two thirds (AMD
    /// EPYC, AVX2, 2026-11-25).
    pub(crate) fn hold(self, rows: usize, columns: usize) -> bool {
        let operands = match self {
            Self::Wide => columns + 1,
            Self::Narrow => 2 * columns,
        };
        rows * columns <= self.sums() && rows * columns + operands <= self.file()
    }

    /// Whether a single row of sums fits in the narrow file, whose multiply–adds read their operands from memory.
    pub(crate) fn hold_row(self, columns: usize) -> bool {
        self == Self::Narrow && columns <= self.sums()
    }

    /// The same of sums whose operands are read for no other: those of the shorter side stay while the others
    /// come one by one.
    pub(crate) fn hold_product(self, rows: usize, columns: usize) -> bool {
        let sums = rows * columns;
        sums <= self.sums() && sums + rows.min(columns) + 2 <= self.file()
    }
}

/// Equal tiles one after another: `count` tiles of `size`, from `first` on. The last of them ends at
/// `end`, and overlaps the one before it if need be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: usize,
    pub(crate) size: usize,
    pub(crate) count: usize,
    pub(crate) end: usize,
}

impl Run {
    /// Tiles side by side.
    fn new(first: usize, size: usize, count: usize) -> Self {
        Self {
            first,
            size,
            count,
            end: first + size * count,
        }
    }

    /// A tile for every position.
    pub(crate) fn of_ones(range: Range<usize>) -> Self {
        Self::new(range.start, 1, range.len())
    }

    /// Whether the last two tiles overlap.
    pub(crate) fn overlaps(&self) -> bool {
        self.first + self.size * self.count > self.end
    }
}

/// Cuts `range` into tiles of `size` and one smaller tile for the rest.
pub(crate) fn runs(range: Range<usize>, size: usize) -> Vec<Run> {
    let whole = range.len() / size;
    let rest = range.len() % size;
    [
        Run::new(range.start, size, whole),
        Run::new(range.start + whole * size, rest, 1),
    ]
    .into_iter()
    .filter(|run| run.size > 0 && run.count > 0)
    .collect()
}

/// Cuts `range` into tiles of `size` that overlap, if few results are computed twice; else as [`runs`].
///
/// For results that are written, and neither added to nor read. A tile of another size is compiled once
/// more: with overlapping ones, five of the networks in `examples/models/` are built in 142 s of
/// processor time instead of 154 s, and run as fast (AMD EPYC, AVX2, 2026-11-25).
pub(crate) fn overlapping_runs(range: Range<usize>, size: usize) -> Vec<Run> {
    /// One result in so many may be computed twice: less than what a smaller tile wastes.
    const ONE_IN: usize = 24;
    let count = range.len().div_ceil(size);
    let repeated = count * size - range.len();
    if repeated == 0 || ONE_IN * repeated > range.len() {
        return runs(range, size);
    }
    vec![Run {
        first: range.start,
        size,
        count,
        end: range.end,
    }]
}

/// Cuts `range` into as many tiles as those of `size` would be, whose sizes differ by one at most.
///
/// For tiles of little code, of which two sizes are soon compiled: none computes a result twice, and none is small.
/// Forward pass and gradient by the input of a 1×1 convolution of 64 channels are at 94 % of the peak with them, and
/// at 91 % with tiles that overlap (AMD EPYC, AVX2, 2026-11-30).
pub(crate) fn even_runs(range: Range<usize>, size: usize) -> Vec<Run> {
    let count = range.len().div_ceil(size).max(1);
    let (least, larger) = (range.len() / count, range.len() % count);
    let first = Run::new(range.start, least + 1, larger);
    let rest = Run::new(first.end, least, count - larger);
    let runs = [first, rest].into_iter();
    runs.filter(|run| run.size > 0 && run.count > 0).collect()
}

/// The tile that computes `rows × columns` results in the fewest cycles, counted without overlaps, which
/// change little.
pub(crate) fn choose(registers: Registers, rows: usize, columns: usize) -> (usize, usize) {
    let hold = |r, c| registers.hold(r, c);
    best(&hold, &tile_cost, [rows, columns], 1..=columns.min(24))
}

/// A tile of rows, columns, and parts of all samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) parts: usize,
}

/// The best tile of at most so many parts, where every column is all samples of a block, of which short registers hold
/// a part.
///
/// Two parts of a column are read as two columns would be. But then a line of the cache is read once, which
/// takes a forward pass with a stride of 2 from half of the peak to nine tenths (AMD EPYC, AVX2, 2026-11-27).
///
/// A tile has at most `most` rows, and a multiple of `unit` columns; or one of both, if none is so wide.
pub(crate) fn choose_of_parts(
    registers: Registers,
    [rows, most]: [usize; 2],
    [columns, unit]: [usize; 2],
    most_parts: usize,
) -> Tile {
    let hold = |r, c| r <= most && (registers.hold(r, c) || r == 1 && registers.hold_row(c));
    let widths = (unit..=columns.min(24)).step_by(unit);
    let (r, c) = best(&hold, &tile_cost, [rows, columns], widths);
    let of_one = Tile {
        rows: r,
        columns: c,
        parts: 1,
    };
    if registers == Registers::Wide || most_parts == 1 {
        return of_one;
    }
    let pairs = (2 * unit..=2 * columns.min(12)).step_by(2 * unit);
    let (r, c) = best(&hold, &tile_cost, [rows, 2 * columns], pairs);
    let of_two = Tile {
        rows: r,
        columns: c / 2,
        parts: 2,
    };
    let is_found = c.is_multiple_of(2 * unit);
    let cost_of_one = 2 * cost(&tile_cost, [rows, columns], [of_one.rows, of_one.columns]);
    let cost_of_two = cost(&tile_cost, [rows, 2 * columns], [r, c]);
    match is_found && cost_of_two <= cost_of_one {
        true => of_two,
        false => of_one,
    }
}

/// The best tile of whole windows of `height × width` results, as rows by windows, if it is as good as one of
/// single rows of results.
pub(crate) fn choose_windows(
    registers: Registers,
    [rows, windows]: [usize; 2],
    [height, width]: [usize; 2],
) -> Option<[usize; 2]> {
    let (unit, columns) = (height * width, windows * height * width);
    let (r, c) = choose_multiple(registers, rows, columns, unit);
    let single = choose(registers, rows, windows * width);
    let of_rows = cost(&tile_cost, [rows, windows * width], single.into());
    let of_windows = cost(&tile_cost, [rows, columns], [r, c]);
    let is_as_good = c.is_multiple_of(unit) && of_windows <= height * of_rows;
    is_as_good.then_some([r, c / unit])
}

/// How many rows of so many bytes can be read side by side without driving each other from the first cache,
/// where addresses that differ by a multiple of 4 KiB share eight places.
///
/// A forward pass from 2048 inputs by 24 rows at a time has a quarter of the peak, by 8 rows all of it (AMD EPYC,
/// AVX-512, 2026-11-27).
pub(crate) fn rows_apart(bytes: usize) -> usize {
    const PERIOD: usize = 4096;
    const PLACES: usize = 8;
    let shared = 1 << bytes.trailing_zeros().min(PERIOD.ilog2());
    PLACES * (PERIOD / shared)
}

/// The best tile whose columns are a multiple of `unit`, one of which must fit.
pub(crate) fn choose_multiple(
    registers: Registers,
    rows: usize,
    columns: usize,
    unit: usize,
) -> (usize, usize) {
    let hold = |r, c| registers.hold(r, c);
    let widths = (unit..=columns.min(24)).step_by(unit);
    best(&hold, &tile_cost, [rows, columns], widths)
}

/// As many rows as a tile of all `columns` takes.
pub(crate) fn rows_beside(registers: Registers, rows: usize, columns: usize) -> usize {
    let hold = |r, c| registers.hold(r, c);
    best(&hold, &tile_cost, [rows, columns], columns..=columns).0
}

/// The best tile of a product of matrices, where no operand is read for two tiles.
pub(crate) fn choose_product(registers: Registers, rows: usize, columns: usize) -> (usize, usize) {
    let hold = |r, c| registers.hold_product(r, c);
    best(&hold, &tile_cost, [rows, columns], 1..=columns.min(24))
}

/// The best tile of a product of matrices whose operands by the rows of a tile stay in the first cache, while those
/// by the columns come from the second.
///
/// A gradient by the weights of 64 by 64 channels takes 1.1 times as long with 2 × 6 as with 6 × 2 (AMD EPYC,
/// AVX2, 2026-11-30).
pub(crate) fn choose_product_of_near_rows(
    registers: Registers,
    rows: usize,
    columns: usize,
) -> (usize, usize) {
    let hold = |r, c| registers.hold_product(r, c);
    // A narrow register takes half of a line, with two multiply–adds in a cycle; a wide one takes a whole line, with
    // one in a cycle on a Zen 4.
    let lines = |c: usize| (LINE.cycles * c).div_ceil(LINE.lines) + LOOP;
    let tile_cost = |r, c| tile_cost(r, c).max(lines(c));
    best(&hold, &tile_cost, [rows, columns], 1..=columns.min(24))
}

/// The best tile that `hold` accepts, whose number of columns is one of `widths`.
fn best(
    hold: &dyn Fn(usize, usize) -> bool,
    tile_cost: &dyn Fn(usize, usize) -> usize,
    results: [usize; 2],
    widths: impl Iterator<Item = usize> + Clone,
) -> (usize, usize) {
    let candidates = (1..=results[0].min(24)).flat_map(|r| widths.clone().map(move |c| (r, c)));
    candidates
        .filter(|&(r, c)| hold(r, c))
        .min_by_key(|&(r, c)| (cost(tile_cost, results, [r, c]), r.abs_diff(c)))
        .unwrap_or((1, 1))
}

/// Half-cycles per tap to compute `rows × columns` results by tiles of `r × c`.
fn cost(
    tile_cost: &dyn Fn(usize, usize) -> usize,
    [rows, columns]: [usize; 2],
    [r, c]: [usize; 2],
) -> usize {
    let mut total = 0;
    for row in runs(0..rows, r) {
        for column in runs(0..columns, c) {
            total += row.count * column.count * tile_cost(row.size, column.size);
        }
    }
    total
}

/// Half-cycles per tap of one tile: the slowest of multiply–adds, loads and the latency chain,
/// and two for the loop.
///
/// Loads and the chain have some slack, because what is loaded is not always near: 2 × 4 sums and 12 × 1
/// take twice as long as 6 × 2 and 3 × 3 (AMD EPYC, AVX2, 2026-11-25), where exact counts say the same.
fn tile_cost(rows: usize, columns: usize) -> usize {
    /// Multiply–adds in flight that hide the latency of four cycles at two a cycle, with two to spare.
    const IN_FLIGHT: usize = 8 + 2;
    // With a quarter to spare.
    let loads = (rows + columns) * 5 / 4;
    (rows * columns).max(loads).max(IN_FLIGHT) + LOOP
}
