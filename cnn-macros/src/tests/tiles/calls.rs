//! Finds the calls of register tiles in a kernel: with which sums, for which register file, and how often.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{GenericParam, Item, ItemFn, Stmt};

use crate::emit::tiles::Registers;

/// A call of a tile.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) registers: Registers,
    /// The sides of its sums, one to three.
    pub(super) sides: Vec<usize>,
    pub(super) repeats: Repeats,
}

/// How often a call is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Repeats {
    /// In loops between two numbers; others count as one turn.
    pub(super) times: usize,
    /// Whether it is one of several equal tiles along an axis.
    pub(super) along: bool,
}

impl Call {
    pub(super) fn sums(&self) -> usize {
        self.sides.iter().product()
    }
}

/// All calls of tiles in a kernel.
pub(super) fn calls_of(kernel: &ItemFn) -> Vec<Call> {
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
    let once = Repeats {
        times: 1,
        along: false,
    };
    search.tokens(kernel.block.to_token_stream(), &both, once);
    search.calls
}

/// Which of the numbers that a function is called with are the sides of its `sum`; nothing if it has none. How many
/// samples a block has is handed on by its name.
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
        .filter(|name| name != "SAMPLES")
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
    fn tokens(&mut self, tokens: TokenStream, registers: &[Registers], repeats: Repeats) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let words: Vec<String> = tokens.iter().map(TokenTree::to_string).collect();
        let is = |at: usize, expected: &[&str]| {
            let words = words[at..].iter().map(String::as_str);
            words.take(expected.len()).eq(expected.iter().copied())
        };
        // What is known of the next block in braces, and whether the last one was of one level.
        let mut next = (registers.to_vec(), repeats);
        let mut was_wide = false;
        for (at, token) in tokens.iter().enumerate() {
            if is(at, &["if", "S", ":", ":", "WIDE"]) {
                next.0 = vec![Registers::Wide];
            } else if is(at, &["else"]) && was_wide {
                next.0 = vec![Registers::Narrow];
            } else if is(at, &["while"]) {
                next.1.along = true;
            } else if let Some(turns) = turns(&words[at..]) {
                next.1.times *= turns;
                next.1.along |= is(at, &["for", "tile_index"]);
            } else if is(at, &[words[at].as_str(), ":", ":", "<", "T", ",", "S"]) {
                self.call(&words[at], &words[at + 7..], registers, repeats);
            } else if let TokenTree::Group(group) = token {
                self.tokens(group.stream(), &next.0, next.1);
                if group.delimiter() == Delimiter::Brace {
                    was_wide = next.0 == [Registers::Wide] && registers.len() > 1;
                    next = (registers.to_vec(), repeats);
                }
            }
        }
    }

    /// Notes the call of a function, if it is a tile, with the constants that follow.
    fn call(&mut self, name: &str, rest: &[String], registers: &[Registers], repeats: Repeats) {
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
                repeats,
            });
        }
    }
}

/// How often a loop turns, if the words are the head of one between two numbers.
fn turns(words: &[String]) -> Option<usize> {
    let words: Vec<&str> = words.iter().take(7).map(String::as_str).collect();
    let ["for", _, "in", first, ".", ".", end] = words[..] else {
        return None;
    };
    let number = |word: &str| word.trim_end_matches("usize").parse::<usize>().ok();
    number(end)?.checked_sub(number(first)?)
}
