//! A network as a table: layers, shapes, parameters, work, memory.
//!
//! It is written cell by cell, so that it needs no allocator.

use core::fmt::{self, Write as _};

use crate::shape::Sizes;
use crate::spec::{LayerSpec, Spec};

/// What the columns hold.
const TITLES: Row<'_> = [
    Cell::Text("name"),
    Cell::Text("layer"),
    Cell::Text("output"),
    Cell::Text("parameters"),
    Cell::Text("MACs"),
];
const COLUMNS: usize = 5;
/// From this column on there are numbers, which stand to the right.
const NUMBERS: usize = 3;
/// The spaces between two columns.
const GAP: usize = 2;

/// The table of a network; print it with `{}`.
///
/// ```
/// use cnn_runtime::{Network, Summary};
///
/// fn describe<N: Network>(_network: &N) -> String {
///     Summary::of(N::SPEC).to_string()
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Summary<'a> {
    spec: &'a Spec,
}

impl<'a> Summary<'a> {
    /// The table of the network that `spec` describes.
    #[must_use]
    pub const fn of(spec: &'a Spec) -> Self {
        Self { spec }
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spec = self.spec;
        let rows = || spec.layers.iter().map(|layer| row(spec, layer));
        let total = total(spec);
        let widths = widths(rows().chain([TITLES, total]));

        let (input, output) = (Sizes(spec.input), Sizes(spec.output));
        writeln!(f, "{}: {input} -> {output}", spec.name)?;
        write_row(f, TITLES, widths)?;
        write_line(f, widths)?;
        for row in rows() {
            write_row(f, row, widths)?;
        }
        write_line(f, widths)?;
        write_row(f, total, widths)?;
        write_costs(f, spec)
    }
}

/// What stands in one place of the table.
#[derive(Clone, Copy)]
enum Cell<'a> {
    Text(&'a str),
    Shape(Sizes<'a>),
    Number(u64),
}

type Row<'a> = [Cell<'a>; COLUMNS];

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Text(text) => f.write_str(text),
            Self::Shape(sizes) => sizes.fmt(f),
            Self::Number(number) => Grouped(number).fmt(f),
        }
    }
}

impl Cell<'_> {
    /// A number, or nothing where there is nothing.
    fn some(number: u64) -> Self {
        match number {
            0 => Self::Text(""),
            _ => Self::Number(number),
        }
    }

    /// How many characters it has.
    fn width(self) -> usize {
        let mut counter = Counter(0);
        write!(counter, "{self}").expect("counting does not fail");
        counter.0
    }
}

/// Counts the characters that are written to it.
struct Counter(usize);

impl fmt::Write for Counter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.chars().count();
        Ok(())
    }
}

fn row<'a>(spec: &'a Spec, layer: &'a LayerSpec) -> Row<'a> {
    let tensors = &spec.parameters[layer.parameters.clone()];
    [
        Cell::Text(layer.name),
        Cell::Text(layer.layer),
        Cell::Shape(Sizes(layer.output)),
        Cell::some(tensors.iter().map(|tensor| tensor.len as u64).sum()),
        Cell::some(layer.forward_macs),
    ]
}

fn total(spec: &Spec) -> Row<'_> {
    let [layer, output] = [Cell::Text(""); 2];
    let parameters = Cell::Number(all_parameters(spec) as u64);
    let macs = Cell::Number(spec.forward_macs());
    [Cell::Text("total"), layer, output, parameters, macs]
}

/// How many parameters there are, those of frozen layers too.
fn all_parameters(spec: &Spec) -> usize {
    spec.parameter_count + spec.frozen_count
}

fn widths<'a>(rows: impl Iterator<Item = Row<'a>>) -> [usize; COLUMNS] {
    rows.fold([0; COLUMNS], |mut widths, row| {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
        widths
    })
}

fn write_row(f: &mut fmt::Formatter<'_>, row: Row<'_>, widths: [usize; COLUMNS]) -> fmt::Result {
    // Spaces wait for a cell that has something in it, so that no line ends with any.
    let mut spaces = 0;
    for (column, (cell, width)) in row.into_iter().zip(widths).enumerate() {
        let missing = width - cell.width();
        if column >= NUMBERS {
            spaces += missing;
        }
        if cell.width() > 0 {
            write!(f, "{:spaces$}{cell}", "")?;
            spaces = 0;
        }
        if column < NUMBERS {
            spaces += missing;
        }
        spaces += GAP;
    }
    writeln!(f)
}

fn write_line(f: &mut fmt::Formatter<'_>, widths: [usize; COLUMNS]) -> fmt::Result {
    for _ in 0..widths.iter().sum::<usize>() + GAP * (COLUMNS - 1) {
        f.write_char('─')?;
    }
    writeln!(f)
}

/// MACs and bytes; the last line has no end, as `println!` adds it.
fn write_costs(f: &mut fmt::Formatter<'_>, spec: &Spec) -> fmt::Result {
    let [forward, backward] = [spec.forward_macs(), spec.backward_macs()].map(Grouped);
    let parameters = all_parameters(spec) * size_of::<f32>();
    let sizes = [parameters, spec.training_bytes(), spec.inference_bytes()];
    let [parameters, training, inference] = sizes.map(|n| Bytes(n as u64));
    writeln!(
        f,
        "per sample   {forward} MACs forward, {backward} backward"
    )?;
    write!(f, "parameters   {parameters}")?;
    if spec.frozen_count > 0 {
        let [learned, frozen] =
            [spec.parameter_count, spec.frozen_count].map(|n| Grouped(n as u64));
        write!(f, "; {learned} are learned, {frozen} stay as they are")?;
    }
    writeln!(f)?;
    write!(f, "training     {training} for each ")?;
    match spec.training.samples {
        1 => write!(f, "sample")?,
        samples => write!(f, "{samples} samples at a time")?,
    }
    write!(f, ", gradients included")?;
    if !spec.training.has_one_phase() {
        let block = Bytes(spec.training.block_bytes() as u64);
        write!(f, "; {block} for each further block of a batch")?;
    }
    writeln!(f)?;
    write!(
        f,
        "inference    {inference} by `freeze()`, weights included"
    )
}

/// A number with commas between groups of three digits.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            number @ 0..1000 => write!(f, "{number}"),
            number => write!(f, "{},{:03}", Self(number / 1000), number % 1000),
        }
    }
}

/// A number of bytes in the largest unit of which there is at least one.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        let Self(number) = *self;
        match UNITS.into_iter().find(|&(_, size)| number >= size) {
            Some((unit, size)) => write!(f, "{:.1} {unit}", number as f64 / size as f64),
            None => write!(f, "{number} B"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{InferenceArena, ParameterSpec, Role, SampleArena, TrainingArena};
    use alloc::string::ToString;

    const fn layer(
        name: &'static str,
        layer: &'static str,
        output: &'static [usize],
        macs: u64,
        parameters: core::ops::Range<usize>,
    ) -> LayerSpec {
        let (forward_macs, backward_macs) = (macs, 2 * macs);
        LayerSpec {
            name,
            layer,
            input: &[],
            output,
            is_frozen: false,
            forward_macs,
            backward_macs,
            parameters,
        }
    }

    const fn parameter(name: &'static str, offset: usize, len: usize) -> ParameterSpec {
        ParameterSpec {
            name,
            shape: &[],
            offset,
            len,
            role: Role::Bias,
        }
    }

    const fn arena(len: usize) -> InferenceArena {
        InferenceArena {
            len,
            least: len,
            input: 0..0,
            output: 0..0,
        }
    }

    static SPEC: Spec = Spec {
        name: "Small",
        input: &[1, 28, 28],
        output: &[10],
        layers: &[
            layer("conv1", "conv<5x5>(6)", &[6, 24, 24], 86_400, 0..2),
            layer("relu1", "relu", &[6, 24, 24], 0, 2..2),
            layer("flatten1", "flatten", &[3456], 0, 2..2),
            layer("logits", "dense(10)", &[10], 34_560, 2..4),
        ],
        parameters: &[
            parameter("conv1.weight", 0, 150),
            parameter("conv1.bias", 150, 6),
            parameter("logits.weight", 156, 34_560),
            parameter("logits.bias", 34_716, 10),
        ],
        parameter_count: 34_726,
        frozen_count: 0,
        statistics: &[],
        training: TrainingArena {
            len: 8_000,
            least: 8_000,
            ..TrainingArena::EMPTY
        },
        inference: arena(0),
        single: SampleArena {
            len: 5_000,
            least: 5_000,
            converted: 0,
        },
        packed: 35_000,
        packed_block: 0,
        least_block: 1,
    };

    #[test]
    fn the_table_is_aligned_and_has_totals() {
        let expected = "\
Small: 1x28x28 -> 10
name      layer         output   parameters     MACs
────────────────────────────────────────────────────
conv1     conv<5x5>(6)  6x24x24         156   86,400
relu1     relu          6x24x24
flatten1  flatten       3456
logits    dense(10)     10           34,570   34,560
────────────────────────────────────────────────────
total                                34,726  120,960
per sample   120,960 MACs forward, 241,920 backward
parameters   135.6 KiB
training     635.6 KiB for each 16 samples at a time, gradients included
inference    156.2 KiB by `freeze()`, weights included";
        assert_eq!(Summary::of(&SPEC).to_string(), expected);
    }

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_002_003, "1,002,003"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(Grouped(number).to_string(), text);
        }
    }

    #[test]
    fn bytes_are_given_in_the_largest_unit() {
        for (number, text) in [
            (12, "12 B"),
            (1536, "1.5 KiB"),
            (3 << 20, "3.0 MiB"),
            (5 << 30, "5.0 GiB"),
        ] {
            assert_eq!(Bytes(number).to_string(), text);
        }
    }
}
