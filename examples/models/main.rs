//! Shows what networks from papers cost, each of them declared in at most 25 lines.
//!
//! ```text
//! cargo run --release --example models
//! cargo run --release --example models -- --model ResNet8
//! ```
//!
//! An arena is the memory of values and gradients: in training of a block of samples, in
//! inference of one sample. Beside it stands the most of it that is needed at one time, which no arrangement
//! can do without. Training a network with norms has two arenas, of which both numbers are the sums.

// The program's output is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod networks;

use std::process::ExitCode;

use clap::Parser;
use cnn::{Lanes, Spec, Summary};
use networks::SPECS;

/// Shows what networks from papers cost.
#[derive(Parser)]
struct Options {
    /// The network of which all layers are shown; without it, all networks are.
    #[arg(long)]
    model: Option<String>,
}

fn main() -> ExitCode {
    let Some(name) = Options::parse().model else {
        print_table();
        return ExitCode::SUCCESS;
    };
    let wanted = |spec: &&&Spec| spec.name.eq_ignore_ascii_case(&name);
    let Some(spec) = SPECS.iter().find(wanted) else {
        let names = SPECS.map(|spec| spec.name).join(", ");
        eprintln!("error: there is no {name} among {names}");
        return ExitCode::FAILURE;
    };
    println!("{}", Summary::of(spec));
    ExitCode::SUCCESS
}

/// One line for each network; arenas in bytes.
fn print_table() {
    println!(
        "{:<12}{:>12}{:>13}{:>16}{:>12}{:>17}{:>9}",
        "network",
        "parameters",
        "MACs",
        "training arena",
        "at least",
        "inference arena",
        "at least"
    );
    for spec in SPECS {
        let places = &spec.training;
        let training = [
            places.len + places.shared,
            places.least + places.least_shared,
        ];
        let [arena, least] = training.map(|len| len * size_of::<Lanes<f32>>());
        let inference = [spec.single.len, spec.single.least];
        let [single, single_least] = inference.map(|len| len * size_of::<f32>());
        println!(
            "{:<12}{:>12}{:>13}{arena:>16}{least:>12}{single:>17}{single_least:>9}",
            spec.name,
            spec.parameter_count,
            spec.forward_macs(),
        );
    }
}
