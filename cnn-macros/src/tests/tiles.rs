//! The register tiles that are emitted, for the workloads of the benchmarks, their layers, and layers
//! drawn at random: they fit their register file, and fill enough of it.
//!
//! A tile is a function in a kernel with an array called `sum`, whose sides are constants of the function.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::LazyLock;
use std::{fs, io};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{File, GenericParam, Item, ItemFn, Stmt};

use crate::emit::tiles::{Registers, rows_apart};
use crate::expand;

/// Where networks are declared, from the root of the workspace.
const FILES: [&str; 4] = [
    "benches/networks/mod.rs",
    "examples/models/networks/resnet8.rs",
    "benches/shapes/src/workloads.rs",
    "benches/shapes/src/drawn.rs",
];

/// A call of a tile.
#[derive(Clone, Debug)]
struct Call {
    registers: Registers,
    /// The sides of its sums, one to three.
    sides: Vec<usize>,
    /// Whether it is one of several that are equal.
    repeated: bool,
}

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

/// Whether the sums of a tile and their operands fit its registers. Which side is broadcast is the kernel's
/// choice; the third of three is parts of the second.
fn fits(name: &str, kernel: &Kernel, call: &Call) -> bool {
    let registers = call.registers;
    let sums: usize = call.sides.iter().product();
    match call.sides[..] {
        [_] => registers.hold(sums, 1),
        // Each weight is read for one product, from memory; what it is multiplied with is beside.
        [1, _] if kernel.rows.is_none() => sums < registers.file(),
        [a, b] if name.ends_with("weight_gradient") => {
            registers.hold_product(a, b) || registers.hold(a, b) || registers.hold(b, a)
        }
        // All taps of a channel, whose pixels are read from memory.
        [_, _, _] if name.ends_with("weight_gradient") => registers.hold(sums, 1),
        [1, ..] if registers.hold_row(sums) => true,
        [a, _] => registers.hold(a, sums / a) || registers.hold(sums / a, a),
        [a, _, _] => registers.hold(a, sums / a),
        _ => false,
    }
}

#[test]
fn emitted_tiles_fill_their_register_file_unless_the_layer_is_smaller() {
    let mut count = 0;
    for (name, kernel) in KERNELS.iter() {
        // Few channels have few sums.
        let Some(4..) = kernel.rows else { continue };
        for registers in [Registers::Wide, Registers::Narrow] {
            let calls = kernel
                .calls
                .iter()
                .filter(|call| call.registers == registers);
            // Otherwise a single tile may be all that there is to compute.
            let Some(largest) = largest_repeated(calls) else {
                continue;
            };
            let sums: usize = largest.sides.iter().product();
            let least = least(registers).min(kernel.apart);
            assert!(sums >= least, "{name}: {largest:?}");
            count += 1;
        }
    }
    assert!(count > 300, "{count} kernels were found");
}

fn largest_repeated<'a>(calls: impl Iterator<Item = &'a Call>) -> Option<&'a Call> {
    let calls: Vec<&Call> = calls.collect();
    let repeats = calls.iter().any(|call| call.repeated);
    let largest = calls
        .into_iter()
        .max_by_key(|call| call.sides.iter().product::<usize>());
    largest.filter(|_| repeats)
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

/// All calls of tiles in a kernel.
fn calls_of(kernel: &ItemFn) -> Vec<Call> {
    let inner = kernel
        .block
        .stmts
        .iter()
        .filter_map(|statement| match statement {
            Stmt::Item(Item::Fn(function)) => {
                Some((function.sig.ident.to_string(), sides(function)?))
            }
            _ => None,
        });
    let tiles: BTreeMap<String, Vec<usize>> = inner.collect();
    let mut search = Search {
        tiles,
        calls: Vec::new(),
    };
    let both = [Registers::Wide, Registers::Narrow];
    search.tokens(kernel.block.to_token_stream(), &both, false);
    search.calls
}

/// Which constants of a function are the sides of its `sum`; nothing if it has none.
fn sides(function: &ItemFn) -> Option<Vec<usize>> {
    let constants: Vec<String> = function
        .sig
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Const(constant) => Some(constant.ident.to_string()),
            _ => None,
        })
        .collect();
    let place = |side: String| constants.iter().position(|constant| *constant == side);
    let array = array_called_sum(function.to_token_stream())?;
    lengths(&array).into_iter().map(place).collect()
}

/// The first array that is the type or the value of something called `sum`.
fn array_called_sum(tokens: TokenStream) -> Option<Group> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_array = |token: &&TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
        _ => false,
    };
    for (index, token) in tokens.iter().enumerate() {
        // `sum: &mut [` and `sum = [`.
        let near = tokens[index + 1..].iter().take(4);
        let found = match token {
            TokenTree::Ident(name) if name == "sum" => near.clone().find(is_array),
            _ => None,
        };
        match (found, token) {
            (Some(TokenTree::Group(array)), _) if lengths(array).len() <= 3 => {
                return Some(array.clone());
            }
            (_, TokenTree::Group(group)) => {
                if let Some(array) = array_called_sum(group.stream()) {
                    return Some(array);
                }
            }
            _ => {}
        }
    }
    None
}

/// The lengths of an array and of those in it, the outermost first.
fn lengths(array: &Group) -> Vec<String> {
    let tokens: Vec<TokenTree> = array.stream().into_iter().collect();
    let last = tokens.last().map(TokenTree::to_string);
    let inner = match tokens.first() {
        Some(TokenTree::Group(inner)) if inner.delimiter() == Delimiter::Bracket => lengths(inner),
        _ => Vec::new(),
    };
    last.into_iter().chain(inner).collect()
}

/// Collects the calls of some tiles.
struct Search {
    tiles: BTreeMap<String, Vec<usize>>,
    calls: Vec<Call>,
}

impl Search {
    fn tokens(&mut self, tokens: TokenStream, registers: &[Registers], repeated: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let words: Vec<String> = tokens.iter().map(TokenTree::to_string).collect();
        let is = |at: usize, expected: &[&str]| {
            let words = words[at..].iter().map(String::as_str);
            words.take(expected.len()).eq(expected.iter().copied())
        };
        // What is known of the next block in braces, and whether the last one was of one level.
        let mut next = (registers.to_vec(), repeated);
        let mut was_wide = false;
        for (at, token) in tokens.iter().enumerate() {
            if is(at, &["if", "S", ":", ":", "WIDE"]) {
                next.0 = vec![Registers::Wide];
            } else if is(at, &["else"]) && was_wide {
                next.0 = vec![Registers::Narrow];
            } else if is(at, &["for", "tile_index"]) || is(at, &["while"]) {
                next.1 = true;
            } else if is(at, &[words[at].as_str(), ":", ":", "<", "T", ",", "S"]) {
                self.call(&words[at], &words[at + 7..], registers, repeated);
            } else if let TokenTree::Group(group) = token {
                self.tokens(group.stream(), &next.0, next.1);
                if group.delimiter() == Delimiter::Brace {
                    was_wide = next.0 == [Registers::Wide] && registers.len() > 1;
                    next = (registers.to_vec(), repeated);
                }
            }
        }
    }

    /// Notes the call of a function, if it is a tile, with the constants that follow.
    fn call(&mut self, name: &str, rest: &[String], registers: &[Registers], repeated: bool) {
        let Some(sides) = self.tiles.get(name) else {
            return;
        };
        let inside = rest.iter().take_while(|word| *word != ">");
        let number = |word: &String| word.trim_end_matches("usize").parse().ok();
        let constants: Vec<usize> = inside.filter_map(number).collect();
        for &registers in registers {
            self.calls.push(Call {
                registers,
                sides: sides.iter().map(|&side| constants[side]).collect(),
                repeated,
            });
        }
    }
}
