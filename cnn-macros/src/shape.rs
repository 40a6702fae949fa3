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
    /// A vector without spatial extent.
    Flat(usize),
}

impl Shape {
    /// The number of elements.
    pub(crate) fn elements(self) -> usize {
        self.sizes().iter().product()
    }

    /// The sizes, outermost first.
    pub(crate) fn sizes(self) -> Vec<usize> {
        match self {
            Self::Image {
                channels,
                height,
                width,
            } => vec![channels, height, width],
            Self::Flat(length) => vec![length],
        }
    }
}

/// As it is written in a declaration: `1x28x28`, `10`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.sizes().iter().map(usize::to_string).collect();
        f.write_str(&sizes.join("x"))
    }
}
