//! How near to the FMA peak single layers come: all shapes of the workloads, and a hundred drawn at
//! random, forward, both gradients, and one sample.
//!
//! `cargo run --release -p shapes` prints the report that is stored as `benches/SHAPES.md`.

// The report is what this program is for.
#![allow(clippy::print_stdout)]

mod drawn;
#[path = "../../measure/machine.rs"]
mod machine;
#[path = "../../measure/peak.rs"]
mod peak;
mod reason;
#[path = "../../measure/repeat.rs"]
mod repeat;
mod report;
mod time;
mod workloads;

use cnn::Spec;
use cnn::simd::Level;

use report::Report;
use time::{Seconds, time};

/// The levels that are measured. The third would take as long to compile.
const LEVELS: [&str; 2] = ["avx512", "avx2"];

/// A layer with the function behind it, as a network.
struct Layer {
    spec: &'static Spec,
    time: fn(Level) -> Seconds,
}

/// Declares a network for each layer, and `all()` of them.
///
/// `layers! { A { 4 -> dense(2) } }` becomes `network! { A: 4 -> dense(2) }` and a `Layer` of `A`.
macro_rules! layers {
    ($($Name:ident { $($layer:tt)* })*) => {
        $(cnn::network! {
            #[allow(unread_rows, unread_columns, mostly_padding)]
            pub(crate) $Name: $($layer)*
        })*

        /// In the order of the file.
        pub(crate) fn all() -> Vec<crate::Layer> {
            vec![$(crate::Layer {
                spec: $Name::SPEC,
                time: crate::time::<$Name>,
            }),*]
        }
    };
}
use layers;

fn main() {
    let levels: Vec<Level> = LEVELS.into_iter().filter_map(Level::named).collect();
    let mut report = Report::new(&levels);
    report.measure("Layers of the workloads", &workloads::all());
    report.measure("Layers drawn at random", &drawn::all());
    print!("{report}");
}
