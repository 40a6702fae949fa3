//! How values lie in memory, and the forms in which a layer can compute them.

use crate::shape::Shape;

/// Lanes of the widest register of any level.
pub(crate) const WIDEST: usize = 16;

/// Samples of a block, where they lie in the lanes.
pub(crate) const BLOCK: usize = 16;

/// Samples of a small training block, by which batches of few are computed.
pub(crate) const FEW: usize = 8;

/// Shuffles that turn a square of as many rows as the widest register has lanes, in four rounds.
pub(crate) const TURN: u64 = 4 * WIDEST as u64;

/// The same with its rows read and written.
pub(crate) const SQUARE: u64 = TURN + 2 * WIDEST as u64;

/// Bytes that the second cache is assumed to hold: those of an AMD EPYC, half of an Intel Xeon's.
pub(crate) const SECOND_CACHE: usize = 1 << 20;

/// What a network is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Forward and backward on a block: of sixteen samples or eight, or of one where that suits the network.
    Training,
    /// Forward on a block of sixteen samples.
    Batch,
    /// Forward on one sample.
    Single,
}

/// How a value lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Layout {
    /// Sixteen samples in the lanes of every element, channels first: `[c][y][x]`.
    Samples,
    /// One sample, channels last and in the lanes, padded to whole registers: `[y][x][c]`. A vector
    /// lies with its elements in the lanes, padded as well.
    Channels,
    /// One image, row by row as it comes: `[c][y][x]`, columns in the lanes. In training also a vector,
    /// which is a view of one.
    Columns,
}

/// A way to compute a layer: how its inputs and its output lie, and what that costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) input: Layout,
    pub(crate) output: Layout,
    /// Operations on registers of sixteen lanes; an operation on one element counts as one too. Those
    /// with samples in the lanes are for sixteen samples.
    pub(crate) cost: u64,
}

impl Mode {
    pub(crate) const ALL: [Self; 3] = [Self::Training, Self::Batch, Self::Single];

    /// How the input comes, and the output is handed out: one sample as its row-major elements.
    pub(crate) fn outside(self, shape: Shape) -> Layout {
        match (self, shape.image()) {
            (Self::Training | Self::Batch, _) => Layout::Samples,
            (Self::Single, Some(_)) => Layout::Columns,
            (Self::Single, None) => Layout::Channels,
        }
    }
}

impl Layout {
    pub(crate) const ALL: [Self; 3] = [Self::Samples, Self::Channels, Self::Columns];

    /// Its word in lower case.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Samples => "samples",
            Self::Channels => "channels",
            Self::Columns => "columns",
        }
    }

    /// The sizes of a value's array.
    pub(crate) fn sizes(self, shape: Shape) -> Vec<usize> {
        match (self, shape.image()) {
            (Self::Samples | Self::Columns, _) => shape.stored().sizes(),
            (Self::Channels, Some([channels, height, width])) => {
                vec![height, width, padded(channels)]
            }
            (Self::Channels, None) => vec![padded(shape.elements())],
        }
    }

    /// The length of a value's array.
    pub(crate) fn len(self, shape: Shape) -> usize {
        self.sizes(shape).iter().product()
    }

    /// What it costs to turn a value of this layout into another, if that can be done: by squares of
    /// sixteen channels and sixteen pixels.
    pub(crate) fn conversion(self, to: Self, shape: Shape) -> Option<u64> {
        match (self, to) {
            _ if self == to => Some(0),
            (Self::Samples, _) | (_, Self::Samples) => None,
            _ => shape.image().map(|[channels, height, width]| {
                registers(channels) * registers(height * width) * SQUARE
            }),
        }
    }
}

impl Form {
    /// The form that keeps a layout.
    pub(crate) fn keeping(layout: Layout, cost: u64) -> Self {
        Self {
            input: layout,
            output: layout,
            cost,
        }
    }

    /// How many of its ends lie so.
    pub(crate) fn ends_in(&self, layout: Layout) -> usize {
        let ends = [self.input, self.output];
        ends.into_iter().filter(|&end| end == layout).count()
    }

    /// The form of a layer that has one per mode: samples in the lanes of a block, where every element
    /// fills a register; channels in those of a single sample.
    pub(crate) fn usual(mode: Mode, output: Shape) -> Self {
        let (layout, cost) = match mode {
            Mode::Training | Mode::Batch => (Layout::Samples, output.elements() as u64),
            Mode::Single => {
                let elements = Layout::Channels.len(output);
                (Layout::Channels, registers(elements))
            }
        };
        Self::keeping(layout, cost)
    }
}

/// Channels or elements padded to whole registers of the widest level.
pub(crate) fn padded(count: usize) -> usize {
    count.next_multiple_of(WIDEST)
}

/// How many registers of the widest level hold so many elements.
pub(crate) fn registers(count: usize) -> u64 {
    count.div_ceil(WIDEST) as u64
}
