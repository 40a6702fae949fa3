//! Shapes of values while the macro runs.

use std::fmt;

/// The shape of one sample's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    /// Channels, height, width.
    Image {
        channels: usize,
        height: usize,
        width: usize,
    },
    /// Channels, length. Loops and arrays see an image of one row.
    Signal { channels: usize, length: usize },
    /// A vector without spatial extent.
    Flat(usize),
}

/// How many elements a value or a parameter tensor may have: enough for any network on a CPU, and
/// few enough that no arithmetic on sizes overflows.
pub(crate) const LIMIT: usize = 1 << 31;

/// What is said of a number that no integer of the macro can hold: the message, and the help.
pub(crate) fn too_large(number: impl fmt::Display) -> [String; 2] {
    [
        format!("`{number}` does not fit into 64 bits with a sign"),
        format!("write `{LIMIT}` or less, which is the largest size"),
    ]
}

impl Shape {
    /// The number of elements, if it is within the [`LIMIT`].
    pub(crate) fn checked_elements(self) -> Option<usize> {
        checked_product(&self.sizes())
    }

    /// The number of elements.
    pub(crate) fn elements(self) -> usize {
        self.sizes().iter().product()
    }

    /// The same with another number of channels, or elements of a vector.
    pub(crate) fn with_channels(self, count: usize) -> Self {
        match self {
            Self::Image { height, width, .. } => Self::Image {
                channels: count,
                height,
                width,
            },
            Self::Signal { length, .. } => Self::Signal {
                channels: count,
                length,
            },
            Self::Flat(_) => Self::Flat(count),
        }
    }

    /// The sizes, outermost first.
    pub(crate) fn sizes(self) -> Vec<usize> {
        match self {
            Self::Image {
                channels,
                height,
                width,
            } => vec![channels, height, width],
            Self::Signal { channels, length } => vec![channels, length],
            Self::Flat(length) => vec![length],
        }
    }

    /// The shape as loops and arrays see it: a signal is an image of one row.
    pub(crate) fn stored(self) -> Self {
        match self {
            Self::Signal { channels, length } => Self::Image {
                channels,
                height: 1,
                width: length,
            },
            Self::Image { .. } | Self::Flat(_) => self,
        }
    }

    /// Channels, height and width of what has channels; a signal has one row.
    pub(crate) fn image(self) -> Option<[usize; 3]> {
        match self.stored() {
            Self::Image {
                channels,
                height,
                width,
            } => Some([channels, height, width]),
            Self::Signal { .. } | Self::Flat(_) => None,
        }
    }

    /// A signal where this is one, else an image; of a signal's sizes the height is 1.
    pub(crate) fn resized(self, [channels, height, width]: [usize; 3]) -> Self {
        match self {
            Self::Signal { .. } => Self::Signal {
                channels,
                length: width,
            },
            Self::Image { .. } | Self::Flat(_) => Self::Image {
                channels,
                height,
                width,
            },
        }
    }
}

/// The product of sizes, if it is within the [`LIMIT`].
pub(crate) fn checked_product(sizes: &[usize]) -> Option<usize> {
    sizes
        .iter()
        .try_fold(1_usize, |product, &size| product.checked_mul(size))
        .filter(|&product| product <= LIMIT)
}

/// As it is written in a declaration: `1x28x28`, `16x100`, `10`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.sizes().iter().map(usize::to_string).collect();
        f.write_str(&sizes.join("x"))
    }
}
