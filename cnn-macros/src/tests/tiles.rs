//! The register tiles that are emitted, for the workloads of the benchmarks, their layers, and layers
//! drawn at random: they fit their register file, and fill enough of it.
//!
//! A tile is a function in a kernel with an array called `sum`, whose sides are constants of the function.

mod calls;

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::LazyLock;
use std::{fs, io};

use calls::{Call, calls_of};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{File, Item, ItemFn};

use crate::emit::tiles::{Registers, rows_apart};
use crate::expand;

/// Where networks are declared, from the root of the workspace.
const FILES: [&str; 8] = [
    "benches/networks/chain.rs",
    "benches/networks/cifar_vgg.rs",
    "benches/networks/dscnn.rs",
    "benches/networks/lenet5.rs",
    "benches/networks/seednet.rs",
    "examples/models/networks/resnet8.rs",
    "benches/shapes/src/workloads.rs",
    "benches/shapes/src/drawn.rs",
];

/// What is known of a kernel.
#[derive(Clone, Debug)]
struct Kernel {
    calls: Vec<Call>,
    /// How many channels of results a tile may have, of a layer that is a network of its own; nothing if
    /// the sums of a tile are of another kind, as of one sample and a dense layer, where each weight is
    /// read for one product.
    rows: Option<usize>,
    /// How many rows of weights can be read side by side.
    apart: usize,
}

/// Kernels by network and name.
type Kernels = BTreeMap<String, Kernel>;

#[test]
fn emitted_tiles_fit_their_register_file() {
    let mut count = 0;
    for (name, kernel) in KERNELS.iter() {
        for call in &kernel.calls {
            assert!(fits(name, kernel, call), "{name}: {call:?}");
            count += 1;
        }
    }
    assert!(count > 2_000, "{count} tiles were found");
}

/// Whether a register file holds the sums of a tile, one operand for each row or each column, whichever are
/// fewer, and one that comes and goes. The third of three sides is parts of the second.
fn fits(name: &str, kernel: &Kernel, call: &Call) -> bool {
    let file = match call.registers {
        Registers::Wide => 32,
        Registers::Narrow => 16,
    };
    let sums = call.sums();
    let kept = match call.sides[..] {
        [_] => 1,
        // Each weight is read for one product, from memory; what it is multiplied with is beside.
        [1, _] if kernel.rows.is_none() => 0,
        // All taps of a channel, whose pixels are read from memory.
        [_, _, _] if name.ends_with("weight_gradient") => 1,
        [a, ..] => a.min(sums / a),
        [] => return false,
    };
    sums + kept < file
}

#[test]
fn emitted_tiles_fill_their_register_file_unless_the_layer_is_smaller() {
    let mut count = 0;
    for (name, calls, least) in of_large_layers() {
        let largest = calls.iter().max_by_key(|call| call.sums());
        let largest = largest.expect("the kernel has tiles");
        assert!(largest.sums() >= least, "{name}: {largest:?}");
        count += 1;
    }
    assert!(count > 300, "{count} kernels were found");
}

/// A tile of few sums waits for them, and takes as long as one that is large enough. Of one sample, what is
/// left of a row depends on the level, and `benches/SHAPES.md` says what it costs.
#[test]
fn rests_of_rows_and_columns_of_blocks_cost_little() {
    /// Most of what waiting may take, of the whole: columns at the edges of narrow images take the most.
    const MOST: f64 = 0.25;
    let mut count = 0;
    for (name, calls, least) in of_large_layers() {
        if name.ends_with("_single") {
            continue;
        }
        let waits = |call: &&Call| call.repeats.times * least.saturating_sub(call.sums());
        let waiting: usize = calls.iter().map(waits).sum();
        let sums = |call: &&Call| call.repeats.times * call.sums();
        let all: usize = calls.iter().map(sums).sum();
        let part = waiting as f64 / (waiting + all) as f64;
        assert!(part <= MOST, "{name}: {part:.2} of {calls:?}");
        count += usize::from(calls.iter().any(|call| call.sums() != calls[0].sums()));
    }
    assert!(count > 200, "{count} kernels with rests were found");
}

/// The tiles of every kernel and register file, with the fewest sums that a tile should have, where the layer
/// has several equal tiles and more than a few channels.
fn of_large_layers() -> Vec<(&'static str, Vec<&'static Call>, usize)> {
    let mut found = Vec::new();
    for (name, kernel) in KERNELS.iter() {
        // Few channels have few sums.
        let Some(4..) = kernel.rows else { continue };
        for registers in [Registers::Wide, Registers::Narrow] {
            let calls = kernel.calls.iter();
            let calls: Vec<_> = calls.filter(|call| call.registers == registers).collect();
            // Otherwise a single tile may be all that there is to compute.
            if calls.iter().any(|call| call.repeats.along) {
                found.push((name.as_str(), calls, least(registers).min(kernel.apart)));
            }
        }
    }
    found
}

/// The fewest sums that hide the latency of a multiply–add.
fn least(registers: Registers) -> usize {
    match registers {
        Registers::Wide => 12,
        Registers::Narrow => 8,
    }
}

/// All kernels with tiles, found once for all tests.
static KERNELS: LazyLock<Kernels> =
    LazyLock::new(|| kernels().expect("the files are a part of the workspace"));

fn kernels() -> io::Result<Kernels> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut kernels = Kernels::new();
    for file in FILES {
        let text = fs::read_to_string(root.join(file))?;
        let tokens = TokenStream::from_str(&text).expect("the file compiles");
        let declarations = declarations(tokens);
        assert!(!declarations.is_empty(), "{file}");
        declarations
            .into_iter()
            .for_each(|declaration| add(declaration, &mut kernels));
    }
    Ok(kernels)
}

/// What stands in `network! { … }`, and what `layers! { … }` makes of a layer.
fn declarations(tokens: TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for window in tokens.windows(3) {
        let [
            TokenTree::Ident(name),
            TokenTree::Punct(_),
            TokenTree::Group(group),
        ] = window
        else {
            continue;
        };
        match name.to_string().as_str() {
            "network" => found.push(group.stream()),
            "layers" => found.extend(layers(group.stream())),
            _ => {}
        }
    }
    found
}

fn layers(tokens: TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let network = |pair: &[TokenTree]| match pair {
        [TokenTree::Ident(name), TokenTree::Group(layer)] => {
            let layer = layer.stream();
            quote::quote!(#name: #layer)
        }
        _ => panic!("a name and a layer, found {pair:?}"),
    };
    tokens.chunks(2).map(network).collect()
}

/// Adds the kernels of the network that a declaration becomes.
fn add(declaration: TokenStream, kernels: &mut Kernels) {
    let expansion: File = syn::parse2(expand(quote::quote!(cnn; #declaration)))
        .expect("an expansion is a list of items");
    let channels = channels_of_one_layer(&expansion);
    for (network, code) in modules(expansion.items) {
        for (_, layer) in modules(code) {
            for item in layer {
                if let Item::Fn(kernel) = item {
                    let calls = calls_of(&kernel);
                    let rows = channels.and_then(|channels| rows(&kernel, channels));
                    let name = format!("{network} {}", kernel.sig.ident);
                    let apart = match channels {
                        Some([_, inputs]) if name.ends_with("dense1_forward") => {
                            rows_apart(inputs * size_of::<f32>())
                        }
                        _ => usize::MAX,
                    };
                    let kernel = Kernel { calls, rows, apart };
                    kernels.extend((!kernel.calls.is_empty()).then_some((name, kernel)));
                }
            }
        }
    }
}

/// The outputs and inputs of a group of a network of one layer: nothing if more have weights.
fn channels_of_one_layer(expansion: &File) -> Option<[usize; 2]> {
    let text = expansion.to_token_stream().to_string();
    let lists = |name: &str| -> Vec<Vec<usize>> {
        let start = format!("{name} : & [");
        let lists = text.split(&start).skip(1);
        let numbers = |list: &str| {
            let numbers = list
                .split(']')
                .next()
                .into_iter()
                .flat_map(|list| list.split(','));
            numbers
                .filter_map(|number| number.trim().parse().ok())
                .collect()
        };
        lists.map(numbers).collect()
    };
    let mut shapes = lists("shape").into_iter();
    let weight = shapes.next()?;
    let groups = match weight.len() {
        4 => lists("input").first()?.first()? / weight[1],
        _ => 1,
    };
    let has_one = shapes.all(|shape| shape.len() == 1);
    has_one.then_some([weight[0] / groups, weight[1]])
}

fn rows(kernel: &ItemFn, [outputs, inputs]: [usize; 2]) -> Option<usize> {
    let name = kernel.sig.ident.to_string();
    match name.split_once('_')? {
        ("dense1", "single") => None,
        (_, "input_gradient") => Some(inputs),
        // Taps and columns have sums there.
        (_, "weight_gradient") if inputs == 1 => None,
        _ => Some(outputs),
    }
}

fn modules(items: Vec<Item>) -> impl Iterator<Item = (String, Vec<Item>)> {
    items.into_iter().filter_map(|item| match item {
        Item::Mod(module) => Some((module.ident.to_string(), module.content?.1)),
        _ => None,
    })
}
