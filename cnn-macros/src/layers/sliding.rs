//! A window that slides over an image or a signal, which convolution and pooling have in common: where it fits,
//! how often, and what it never reads.

use super::options::Setting;
use super::{At, Change, Fault, Lint};
use crate::shape::Shape;

/// A window with its stride and the zeros around the image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sliding {
    /// What the layer calls it: `kernel`, `window`.
    pub(crate) name: &'static str,
    /// Height, width.
    pub(crate) window: [usize; 2],
    pub(crate) stride: [usize; 2],
    /// From one tap to the next.
    pub(crate) dilation: [usize; 2],
    /// Top, bottom, left, right.
    pub(crate) padding: [usize; 4],
}

/// One direction of it.
#[derive(Clone, Copy, Debug)]
struct Side {
    input: usize,
    /// Taps of the window.
    taps: usize,
    dilation: usize,
    /// From the first tap to the last.
    window: usize,
    stride: usize,
    before: usize,
    after: usize,
}

impl Sliding {
    fn sides(&self, height: usize, width: usize) -> [Side; 2] {
        let side = |axis: usize, input: usize| Side {
            input,
            taps: self.window[axis],
            dilation: self.dilation[axis],
            window: extent(self.window[axis], self.dilation[axis]),
            stride: self.stride[axis],
            before: self.padding[2 * axis],
            after: self.padding[2 * axis + 1],
        };
        [side(0, height), side(1, width)]
    }

    /// The image or signal that comes out, with `channels` of its own.
    pub(crate) fn output(&self, input: Shape, channels: usize) -> Result<Shape, Fault> {
        let Some([_, height, width]) = input.image() else {
            unreachable!("the pass that infers shapes gives no vector to layers with a window");
        };
        let sides = self.sides(height, width);
        match sides.iter().all(Side::fits) {
            true => Ok(input.resized([channels, sides[0].positions(), sides[1].positions()])),
            false => Err(self.too_large(input, sides)),
        }
    }

    /// Says by how much the window is too large, and proposes a smaller one, or padding.
    fn too_large(&self, input: Shape, sides: [Side; 2]) -> Fault {
        let text = |[height, width]: [usize; 2]| match input {
            Shape::Signal { .. } => width.to_string(),
            Shape::Image { .. } | Shape::Flat(_) => format!("{height}x{width}"),
        };
        let window = text(self.window);
        let needed = text(sides.map(|side| side.window));
        let inputs = sides.map(|side| side.input);
        let padded = sides.map(|side| side.padded());
        let what = match inputs == padded {
            true => "input",
            false => "padded input",
        };
        let spread = match self.dilation {
            [1, 1] => String::new(),
            dilation => format!(", spread to {needed} by dilation {},", short(dilation)),
        };
        let fitting = sides.map(|side| side.taps.min((side.padded() - 1) / side.dilation + 1));
        let margins = sides.map(|side| side.window.saturating_sub(side.input).div_ceil(2));
        let margins = [0, 1].map(|axis| margins[axis].max(sides[axis].before));
        let margins = match input {
            Shape::Signal { .. } => text(margins),
            Shape::Image { .. } | Shape::Flat(_) => short(margins),
        };
        let (name, room) = (self.name, text(padded));
        let message = format!("{name} {window}{spread} is larger than its {what} {room}");
        Fault::at(At::Window, message)
            .note(format!("needs at least {needed}"))
            .change(Change::Window(text(fitting)))
            .change(Change::Option("padding", margins))
    }

    /// Rows and columns that no position of the window reads, and positions that read little else
    /// than padding.
    pub(crate) fn lints(&self, input: Shape) -> Vec<Lint> {
        let Some([_, height, width]) = input.image() else {
            return Vec::new();
        };
        let [rows, columns] = self.sides(height, width);
        let rows = rows.lint("unread_rows", "rows", "height", self.name);
        let (lines, extent) = match input {
            Shape::Signal { .. } => ("positions", "length"),
            Shape::Image { .. } | Shape::Flat(_) => ("columns", "width"),
        };
        let columns = columns.lint("unread_columns", lines, extent, self.name);
        let padding = self.mostly_padding([height, width]);
        rows.into_iter().chain(columns).chain(padding).collect()
    }

    /// A position of the window of which more than half of the rows, or columns, are padding. A corner
    /// may see more: at a kernel of 3x3 and a padding of 1 it is 5 of 9 taps, and nobody minds.
    fn mostly_padding(&self, [height, width]: [usize; 2]) -> Option<Lint> {
        let names = [["row", "rows"], ["column", "columns"]];
        let sides = self.sides(height, width).into_iter().zip(names);
        let (place, seen, side, names) = sides.into_iter().find_map(|(side, names)| {
            let ends = [("first", 0), ("last", side.positions() - 1)];
            let seen = ends.map(|(place, position)| (place, side.overlap(position)));
            let worst = seen.into_iter().min_by_key(|&(_, seen)| seen)?;
            (2 * worst.1 < side.window).then_some((worst.0, worst.1, side, names))
        })?;
        let [kh, kw] = self.window;
        let (name, lines) = (self.name, names[usize::from(seen != 1)]);
        Some(Lint {
            name: "mostly_padding",
            at: At::Option("padding"),
            message: format!(
                "the {name} {kh}x{kw} sees {seen} {lines} of its input at its {place} position, and \
                 {} of padding",
                side.window - seen
            ),
            help: Some(format!(
                "write a smaller {name} or less padding; `#[allow(mostly_padding)]` before the step \
                 accepts it"
            )),
        })
    }
}

impl Side {
    fn padded(&self) -> usize {
        self.before + self.input + self.after
    }

    fn fits(&self) -> bool {
        self.window <= self.padded()
    }

    /// How many positions the window has. Called only where it fits.
    fn positions(&self) -> usize {
        (self.padded() - self.window) / self.stride + 1
    }

    /// How many of the inputs a position reads.
    fn overlap(&self, position: usize) -> usize {
        let start = position * self.stride;
        let end = (start + self.window).min(self.before + self.input);
        end.saturating_sub(start.max(self.before))
    }

    /// How many of the inputs some position reads.
    fn read(&self) -> usize {
        if self.dilation > 1 {
            return self.read_by_taps();
        }
        let last_end = (self.positions() - 1) * self.stride + self.window;
        if self.stride <= self.window {
            let end = last_end.saturating_sub(self.before).min(self.input);
            return end;
        }
        // Positions do not touch each other: those that are whole count with the whole window,
        // and only the first behind and the last before the image's edge can be cut by it.
        let overlap = |position| self.overlap(position);
        let first_whole = self.before.div_ceil(self.stride);
        let whole_end = (self.before + self.input + self.stride)
            .saturating_sub(self.window)
            .div_euclid(self.stride)
            .min(self.positions());
        if whole_end <= first_whole {
            return (first_whole.saturating_sub(1)..(whole_end + 2).min(self.positions()))
                .map(overlap)
                .sum();
        }
        let whole = (whole_end - first_whole) * self.window;
        let cut_before = first_whole.checked_sub(1).map_or(0, overlap);
        let cut_after = match whole_end < self.positions() {
            true => overlap(whole_end),
            false => 0,
        };
        whole + cut_before + cut_after
    }

    /// The same where taps have gaps between them, by marking every input that one meets.
    fn read_by_taps(&self) -> usize {
        /// Beyond the marks that any image needs, all is taken as read.
        const MOST: usize = 1 << 22;
        let marks = self.positions().saturating_mul(self.taps);
        if marks.max(self.input) > MOST {
            return self.input;
        }
        let mut read = vec![false; self.input];
        for position in 0..self.positions() {
            for tap in 0..self.taps {
                let under = (position * self.stride + tap * self.dilation).checked_sub(self.before);
                if let Some(read) = under.and_then(|under| read.get_mut(under)) {
                    *read = true;
                }
            }
        }
        read.into_iter().filter(|&read| read).count()
    }

    fn lint(
        &self,
        lint: &'static str,
        lines: &'static str,
        extent: &str,
        window: &str,
    ) -> Option<Lint> {
        let unread = self.input - self.read();
        if unread == 0 {
            return None;
        }
        let Self {
            input,
            window: size,
            stride,
            ..
        } = *self;
        let (span, help) = if self.dilation > 1 {
            let dilation = self.dilation;
            let help = format!("the taps are {dilation} apart, the positions {stride}");
            (At::Option("dilation"), help)
        } else if stride > size {
            let help = format!("the stride {stride} is larger than the {window}'s {extent} {size}");
            (At::Option("stride"), help)
        } else {
            let (padded, rest) = (self.padded(), (self.padded() - size) % stride);
            let padded = match padded == input {
                true => format!("{extent} {input} - {size}"),
                false => format!("padded {extent} {padded} - {size}"),
            };
            let help = format!(
                "{padded} leaves a remainder of {rest} when divided by the stride {stride}"
            );
            (At::Layer, help)
        };
        Some(Lint {
            name: lint,
            at: span,
            message: format!("{unread} of {input} {lines} are never read"),
            help: Some(format!(
                "{help}; `#[allow({lint})]` before the step accepts it"
            )),
        })
    }
}

/// How many positions a window covers from its first tap to its last.
pub(crate) fn extent(taps: usize, dilation: usize) -> usize {
    (taps - 1).saturating_mul(dilation).saturating_add(1)
}

/// `1`, or `1x2` if the sides differ.
pub(crate) fn short(sides: [usize; 2]) -> String {
    Setting::Sides(sides).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks every input that some position reads.
    fn naive_read(side: &Side) -> usize {
        let reads = |input: usize| {
            (0..side.positions()).any(|position| {
                let start = position * side.stride;
                (start..start + side.window).contains(&(input + side.before))
            })
        };
        (0..side.input).filter(|&input| reads(input)).count()
    }

    #[test]
    fn read_inputs_are_counted_as_by_marking_them() {
        for (input, window, stride) in all(1..9, 1..5, 1..7) {
            for (before, after) in [(0, 0), (1, 0), (1, 1), (0, 2), (3, 3), (9, 8)] {
                let side = Side {
                    input,
                    taps: window,
                    dilation: 1,
                    window,
                    stride,
                    before,
                    after,
                };
                if side.fits() {
                    assert_eq!(side.read(), naive_read(&side), "{side:?}");
                }
            }
        }
    }

    type Sizes = std::ops::Range<usize>;

    fn all(a: Sizes, b: Sizes, c: Sizes) -> impl Iterator<Item = (usize, usize, usize)> {
        a.flat_map(move |x| {
            let c = c.clone();
            b.clone()
                .flat_map(move |y| c.clone().map(move |z| (x, y, z)))
        })
    }
}
