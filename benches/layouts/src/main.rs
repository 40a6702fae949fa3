//! Whether the cost model of the layouts chooses well: each network as the model has it, beside the layouts
//! that it rejected.
//!
//! `cargo run --release -p layouts` prints the report that is stored as `benches/LAYOUTS.md`.

// The report is what this program is for.
#![allow(clippy::print_stdout)]

mod blocks;
#[path = "../../measure/machine.rs"]
mod machine;
#[path = "../../networks/mod.rs"]
mod networks;
#[path = "../../measure/repeat.rs"]
mod repeat;
mod report;
mod single;
mod training;
mod turns;

use cnn::simd::Level;

/// The levels that are measured. The third would take as long to compile.
const LEVELS: [&str; 2] = ["avx512", "avx2"];

fn main() {
    let levels: Vec<Level> = LEVELS.into_iter().filter_map(Level::named).collect();
    print!("{}", report::head(&levels));
    print!("{}", report::single(&levels, &single::all()));
    print!("{}", report::blocks(&levels, &blocks::all()));
    print!("{}", report::training(&levels, &training::all()));
}
