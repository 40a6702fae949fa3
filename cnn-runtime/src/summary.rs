//! A network as a table: layers, shapes, parameters, work, memory.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::lanes::BLOCK;
use crate::shape::Sizes;
use crate::spec::{LayerSpec, Spec};

/// What the columns hold.
const TITLES: [&str; COLUMNS] = ["name", "layer", "output", "parameters", "MACs"];
const COLUMNS: usize = 5;
/// From this column on there are numbers, which stand to the right.
const NUMBERS: usize = 3;

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
        let rows: Vec<_> = spec.layers.iter().map(|layer| row(spec, layer)).collect();
        let total = total(spec);
        let widths = widths(rows.iter().chain([&TITLES.map(String::from), &total]));
        let line = "─".repeat(widths.iter().sum::<usize>() + 2 * (COLUMNS - 1));

        writeln!(
            f,
            "{}: {} -> {}",
            spec.name,
            Sizes(spec.input),
            Sizes(spec.output)
        )?;
        write_row(f, &TITLES.map(String::from), widths)?;
        writeln!(f, "{line}")?;
        for row in &rows {
            write_row(f, row, widths)?;
        }
        writeln!(f, "{line}")?;
        write_row(f, &total, widths)?;
        write_costs(f, spec)
    }
}

fn row(spec: &Spec, layer: &LayerSpec) -> [String; COLUMNS] {
    let tensors = &spec.parameters[layer.parameters.clone()];
    [
        layer.name.to_string(),
        layer.layer.to_string(),
        Sizes(layer.output).to_string(),
        some(tensors.iter().map(|tensor| tensor.len as u64).sum()),
        some(layer.forward_macs),
    ]
}

fn total(spec: &Spec) -> [String; COLUMNS] {
    let [layer, output] = [String::new(), String::new()];
    let parameters = grouped(spec.parameter_count as u64);
    [
        "total".to_string(),
        layer,
        output,
        parameters,
        grouped(spec.forward_macs()),
    ]
}

fn widths<'a>(rows: impl Iterator<Item = &'a [String; COLUMNS]>) -> [usize; COLUMNS] {
    rows.fold([0; COLUMNS], |mut widths, row| {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
        widths
    })
}

fn write_row(
    f: &mut fmt::Formatter<'_>,
    row: &[String; COLUMNS],
    widths: [usize; COLUMNS],
) -> fmt::Result {
    let mut line = String::new();
    for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
        let cell = if column < NUMBERS {
            format!("{cell:<width$}")
        } else {
            format!("{cell:>width$}")
        };
        line.push_str(if column == 0 { "" } else { "  " });
        line.push_str(&cell);
    }
    writeln!(f, "{}", line.trim_end())
}

/// MACs and bytes; the last line has no end, as `println!` adds it.
fn write_costs(f: &mut fmt::Formatter<'_>, spec: &Spec) -> fmt::Result {
    let parameters = (spec.parameter_count * size_of::<f32>()) as u64;
    let [forward, backward] = [spec.forward_macs(), spec.backward_macs()].map(grouped);
    let [training, inference] =
        [spec.training_bytes(), spec.inference_bytes()].map(|n| bytes(n as u64));
    writeln!(
        f,
        "per sample   {forward} MACs forward, {backward} backward"
    )?;
    writeln!(f, "parameters   {}", bytes(parameters))?;
    writeln!(
        f,
        "training     {training} for each {BLOCK} samples at a time, gradients included"
    )?;
    write!(f, "inference    {inference} frozen, weights included")
}

/// A number, or nothing where there is nothing.
fn some(number: u64) -> String {
    if number == 0 {
        String::new()
    } else {
        grouped(number)
    }
}

/// A number with commas between groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes in the largest unit of which there is at least one.
fn bytes(number: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.into_iter().find(|&(_, size)| number >= size) {
        Some((unit, size)) => format!("{:.1} {unit}", number as f64 / size as f64),
        None => format!("{number} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{InferenceArena, ParameterSpec, Role, TrainingArena};

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
        statistics: &[],
        training: TrainingArena {
            len: 8_000,
            input: 0..0,
            output: 0..0,
            d_output: 0..0,
            d_input: 0..0,
            forward: &[],
            backward: &[],
            merged: 0,
        },
        inference: arena(0),
        single: arena(5_000),
        packed: 35_000,
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
inference    156.2 KiB frozen, weights included";
        assert_eq!(Summary::of(&SPEC).to_string(), expected);
    }

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(grouped(number), text);
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
            assert_eq!(bytes(number), text);
        }
    }
}
