//! The report: what was measured, as tables of Markdown.

use std::fmt::{self, Write as _};

use cnn::Spec;
use cnn::simd::Level;

use crate::Layer;
use crate::machine::{commit, processor};
use crate::peak::peak;
use crate::reason::{Direction, reason};
use crate::time::Seconds;

/// The share of the peak below which a kernel is listed with the reason.
const ENOUGH: f64 = 0.7;

const HEAD: &str = "\
# How near to the FMA peak single layers come

`cargo run --release -p shapes >benches/SHAPES.md` wrote this. A layer is a network of its own, with the
function behind it; its kernels are timed without trainer and loss, on one thread, the median of five.
Forward and the gradients are of a block of samples; the gradient by the weights is with the
gradient of the function, and that by the input is what both take more than that alone: the difference of two
medians, which may be too small. One sample is a whole inference: its image is turned to the layer's layout and
back, which a larger network shares among its layers. Dense products count, those with padding too, so
that a layer can have more than 100 %. A reason is what the shape tells, of the first level that is too far
from the peak; it was not looked for in the code.
";

pub(crate) struct Report {
    /// Each with its peak, and how many `f32` a register has.
    levels: Vec<(Level, f64, usize)>,
    sections: Vec<Section>,
}

struct Section {
    title: &'static str,
    layers: Vec<Measured>,
}

struct Measured {
    spec: &'static Spec,
    /// A level each.
    times: Vec<Seconds>,
}

impl Report {
    pub(crate) fn new(levels: &[Level]) -> Self {
        let lanes = |level: Level| if level.name() == "avx512" { 16 } else { 8 };
        let levels = levels
            .iter()
            .map(|&level| (level, peak(level), lanes(level)));
        Self {
            levels: levels.collect(),
            sections: Vec::new(),
        }
    }

    pub(crate) fn measure(&mut self, title: &'static str, layers: &[Layer]) {
        let times = |layer: &Layer| {
            let levels = self.levels.iter();
            levels.map(|&(level, ..)| (layer.time)(level)).collect()
        };
        let measured = |layer: &Layer| Measured {
            spec: layer.spec,
            times: times(layer),
        };
        let layers = layers.iter().map(measured).collect();
        self.sections.push(Section { title, layers });
    }

    /// The share of the peak of every level.
    fn shares(&self, layer: &Measured, direction: Direction) -> Vec<f64> {
        let operations = 2.0
            * layer.spec.layers[0].forward_macs as f64
            * direction.samples(layer.spec.training.samples);
        let levels = self.levels.iter().zip(&layer.times);
        levels
            .map(|((_, peak, _), times)| operations / layer_seconds(times, direction) / peak)
            .collect()
    }

    fn section(&self, f: &mut fmt::Formatter<'_>, section: &Section) -> fmt::Result {
        let names: Vec<&str> = self.levels.iter().map(|(level, ..)| level.name()).collect();
        let (with, without): (Vec<&Measured>, Vec<&Measured>) = section
            .layers
            .iter()
            .partition(|layer| layer.spec.layers[0].forward_macs > 0);
        writeln!(f, "\n## {}\n", section.title)?;
        writeln!(f, "In per cent of the peak, {}.\n", names.join(" / "))?;
        let heads = Direction::ALL.map(Direction::name).join(" | ");
        writeln!(f, "| input | layer | {heads} |\n|---|---|---|---|---|---|")?;
        for layer in &with {
            let cells = Direction::ALL.map(|direction| percent(&self.shares(layer, direction)));
            writeln!(f, "| {} | {} |", name(layer.spec), cells.join(" | "))?;
        }
        if !without.is_empty() {
            writeln!(
                f,
                "\nWithout products, in elements of the input per ns, {}.\n",
                names.join(" / ")
            )?;
            writeln!(
                f,
                "| input | layer | forward | input gradient | one sample |\n|---|---|---|---|---|"
            )?;
        }
        for layer in &without {
            let cells = [
                Direction::Forward,
                Direction::InputGradient,
                Direction::Single,
            ]
            .map(|direction| rates(layer, direction));
            writeln!(f, "| {} | {} |", name(layer.spec), cells.join(" | "))?;
        }
        self.below(f, &with)
    }

    /// Those that are not near enough to the peak on some level, and the number of all.
    fn below(&self, f: &mut fmt::Formatter<'_>, layers: &[&Measured]) -> fmt::Result {
        let (mut rows, mut count) = (String::new(), 0);
        for layer in layers {
            for direction in Direction::ALL {
                let shares = self.shares(layer, direction);
                let Some(level) = shares.iter().position(|&share| share < ENOUGH) else {
                    continue;
                };
                let (share, why) = (
                    percent(&shares),
                    reason(layer.spec, direction, self.levels[level].2),
                );
                writeln!(
                    rows,
                    "| {} | {} | {share} | {why} |",
                    name(layer.spec),
                    direction.name()
                )?;
                count += 1;
            }
        }
        let all = layers.len() * Direction::ALL.len();
        writeln!(f, "\n### Below {} %: {count} of {all}\n", 100.0 * ENOUGH)?;
        writeln!(
            f,
            "| input | layer | kernel | share | reason |\n|---|---|---|---|---|"
        )?;
        write!(f, "{rows}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEAD}")?;
        writeln!(f, "- machine: {}", processor().unwrap_or_default())?;
        writeln!(f, "- commit: {}", commit().unwrap_or_default())?;
        for (level, peak, _) in &self.levels {
            let peak = 1e-9 * peak;
            writeln!(
                f,
                "- FMA peak of one core, {}: {peak:.1} GFLOP/s",
                level.name()
            )?;
        }
        let mut sections = self.sections.iter();
        sections.try_for_each(|section| self.section(f, section))
    }
}

fn layer_seconds(times: &Seconds, direction: Direction) -> f64 {
    match direction {
        Direction::Forward => times.forward,
        Direction::InputGradient => times.input_gradient,
        Direction::WeightGradient => times.weight_gradient,
        Direction::Single => times.single,
    }
}

/// The input's sizes and the layers.
fn name(spec: &Spec) -> String {
    let sizes: Vec<String> = spec.input.iter().map(usize::to_string).collect();
    let layers: Vec<String> = spec
        .layers
        .iter()
        .map(|layer| format!("`{}`", layer.layer))
        .collect();
    format!("{} | {}", sizes.join("×"), layers.join(" "))
}

fn percent(shares: &[f64]) -> String {
    let cells: Vec<String> = shares
        .iter()
        .map(|share| format!("{:.0}", 100.0 * share))
        .collect();
    cells.join(" / ")
}

fn rates(layer: &Measured, direction: Direction) -> String {
    let elements = layer.spec.input.iter().product::<usize>() as f64
        * direction.samples(layer.spec.training.samples);
    let rate = |times| format!("{:.1}", elements / (1e9 * layer_seconds(times, direction)));
    let cells: Vec<String> = layer.times.iter().map(rate).collect();
    cells.join(" / ")
}
