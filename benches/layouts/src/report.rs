//! The report: what was measured, as tables of Markdown.

use cnn::Spec;
use cnn::simd::Level;

use crate::machine::{commit, processor};
use crate::turns::{ROUNDS, Work, medians};
use crate::{blocks, single, training};

const HEAD: &str = "\
# Whether the cost model of the layouts chooses well

`cargo run --release -p layouts >benches/LAYOUTS.md` wrote this. How values lie in memory is chosen by
`cnn-macros/src/passes/layout.rs` from the layers' estimates of their cost. Here networks are computed as the
model has them and in the layouts that it rejected, which `#[avoid_layout(…)]` forces: on one thread and in turns.
";

const SINGLE: &str = "
## One sample

Its channels or its columns in the lanes, layer by layer, with what turns one into the other. In parts of the
fastest of the three; where the model takes one of the two everywhere, what avoids the other is the same code,
so that a difference between them says how far a ratio can be trusted. A layout is chosen for all levels at once,
also where that of AVX-512 is not the best for AVX2.

";

const BLOCKS: &str = "
## From how many samples on a block is worth it

Inference of a block of sixteen, in samples computed one after another in the same time: `SPEC.least_block`
as the model has it, and measured, without what hands out a block's results. Of weights of more than 1 MiB the
model assumes that they come from memory; a large last cache gives them faster, so that a block is worth it later.

";

const TRAINING: &str = "
## Training in blocks of one sample

Time of a step in blocks of one, divided by that in blocks of sixteen, which may be by Winograd's algorithm:
three `conv<3x3>(C, padding = same)` with `tanh` between them.

";

pub(crate) fn head(levels: &[Level]) -> String {
    let [processor, commit] = [processor(), commit()].map(Option::unwrap_or_default);
    let names: Vec<&str> = levels.iter().map(|level| level.name()).collect();
    let names = names.join(" / ");
    format!(
        "{HEAD}\n- machine: {processor}\n- commit: {commit}\n- levels: {names}\n- medians of {ROUNDS} rounds\n"
    )
}

pub(crate) fn single(levels: &[Level], cases: &[single::Case]) -> String {
    let mut text = format!(
        "{SINGLE}| network | chosen | without columns | without channels |\n|---|---|---|---|\n"
    );
    let mut regrets = Vec::new();
    for case in cases {
        let of_fastest = |times: Vec<f64>| {
            let fastest = times.iter().copied().fold(f64::INFINITY, f64::min);
            times.into_iter().map(|time| time / fastest).collect()
        };
        let ratios: Vec<Vec<f64>> = on(levels, &case.works).map(of_fastest).collect();
        regrets.extend(ratios.iter().map(|ratios| ratios[0]));
        let columns = [0, 1, 2].map(|k| cell(ratios.iter().map(|ratios| ratios[k])));
        text += &format!(
            "| {} | {} |\n",
            network(case.name, case.spec),
            columns.join(" | ")
        );
    }
    let good = regrets.iter().filter(|&&regret| regret <= 1.05).count();
    let worst = regrets.iter().copied().fold(1.0, f64::max);
    let all = regrets.len();
    text + &format!(
        "\nChosen within 5 % of the fastest: {good} of {all}; at worst {worst:.2} times its time.\n"
    )
}

pub(crate) fn blocks(levels: &[Level], cases: &[blocks::Case]) -> String {
    let mut text = format!("{BLOCKS}| network | by the model | measured |\n|---|---|---|\n");
    for case in cases {
        let ratios = on(levels, &case.works).map(|times| times[0] / times[1]);
        let (name, least) = (network(case.name, case.spec), case.spec.least_block);
        text += &format!("| {name} | {least} | {} |\n", cell(ratios));
    }
    text
}

pub(crate) fn training(levels: &[Level], cases: &[training::Case]) -> String {
    let heads = format!(
        "| C×H×W | block as chosen | batch of {} |\n|---|---|---|\n",
        training::BATCH
    );
    let mut text = format!("{TRAINING}{heads}");
    for case in cases {
        let ratios = on(levels, &case.works).map(|times| times[0] / times[1]);
        let (name, samples) = (case.name, case.spec.training.samples);
        text += &format!("| {name} | {samples} | {} |\n", cell(ratios));
    }
    text
}

/// The medians of some pieces of work, for each level.
fn on<'a>(levels: &'a [Level], all: &'a [Work]) -> impl Iterator<Item = Vec<f64>> + 'a {
    levels.iter().map(|&level| medians(all, level))
}

/// A number for each level.
fn cell(numbers: impl Iterator<Item = f64>) -> String {
    let texts: Vec<String> = numbers.map(|number| format!("{number:.2}")).collect();
    texts.join(" / ")
}

/// The input's sizes and the layers, or the name of a network of many.
fn network(name: &str, spec: &Spec) -> String {
    const FEW: usize = 5;
    if spec.layers.len() > FEW {
        return name.to_owned();
    }
    let sizes: Vec<String> = spec.input.iter().map(usize::to_string).collect();
    let layers = spec
        .layers
        .iter()
        .map(|layer| format!(" `{}`", layer.layer));
    sizes.join("×") + &layers.collect::<String>()
}
