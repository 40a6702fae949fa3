//! The whole compiler: whatever it is given, it answers with a network or with mistakes.

mod expansion;
mod frozen;
mod outside;
mod shapes;
mod sharing;
mod slices;
mod tiles;

use std::str::FromStr as _;

use proc_macro2::TokenStream;
use proptest::prelude::*;

use crate::expand;

/// Everything that the language knows, and what people write who know other languages.
const WORDS: &[&str] = &[
    "->",
    "->",
    "->",
    "->",
    ":",
    "=",
    ",",
    ";",
    "<",
    ">",
    "-",
    "+",
    "*",
    "/",
    "#",
    "::",
    ".",
    "x",
    "pub",
    "const",
    "block",
    "net",
    "residual",
    "repeat",
    "identity",
    "A",
    "B",
    "K",
    "conv",
    "depthwise_conv",
    "transposed_conv",
    "dense",
    "max_pool",
    "avg_pool",
    "flatten",
    "relu",
    "leaky_relu",
    "tanh",
    "sigmoid",
    "global_avg_pool",
    "adaptive_avg_pool",
    "reshape",
    "pad",
    "crop",
    "upsample",
    "pixel_shuffle",
    "cnov",
    "channels",
    "stride",
    "padding",
    "padding_mode",
    "output_padding",
    "dilation",
    "groups",
    "multiplier",
    "bias",
    "slope",
    "same",
    "valid",
    "reflect",
    "circular",
    "true",
    "false",
    "top",
    "before",
    "bilinear",
    "value",
    "#[allow(unread_rows)]",
    "#[doc = \"text\"]",
    "#[cfg(test)]",
    "#!",
    "conv1",
    "new",
    "type",
    "r#type",
    "_",
    "'a",
    "\"text\"",
    "'c'",
    "0",
    "1",
    "2",
    "7",
    "3x3",
    "1x8x8",
    "2x9x7",
    "16x100",
    "5X5",
    "0x10",
    "2e5x3",
    "1.5",
    "0.1",
    "1e400",
    "3usize",
    "4000000000",
    "99999999999999999999",
    "1_0x2",
    "5x",
    "conv<3x3>(4)",
    "-> relu",
    "-> dense(3)",
    "A: 1x8x8",
    "const K = 2;",
];

/// Tokens in any order, with any groups in them.
fn tokens() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS).prop_map(str::to_owned);
    let words = prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "));
    words.prop_recursive(4, 48, 6, |inner| {
        let group = (inner, prop::sample::select(&["()", "[]", "{}", "  "][..]));
        let group = group.prop_map(|(inner, pair)| format!("{}{inner}{}", &pair[..1], &pair[1..]));
        prop::collection::vec(group, 1..5).prop_map(|groups| groups.join(" "))
    })
}

/// Networks without mistakes, with every layer and option.
const VALID: &[&str] = &[
    "pub LeNet5 : 1x28x28 -> conv1 : conv < 5x5 > ( 6 ) -> relu -> max_pool < 2x2 > \
     -> conv2 : conv < 5x5 > ( 16 ) -> relu -> max_pool < 2x2 > \
     -> flatten -> dense ( 120 ) -> relu -> logits : dense ( 10 ) -> 10",
    "const K = 3 ; pub ( crate ) A : [ 2 , 8 , 9 ] -> conv < [ K , K ] > ( 2 * K , padding = same ) \
     -> tanh -> avg_pool < 3x3 > ( stride = 2 , padding = 1 ) -> leaky_relu ( slope = 0.1 ) \
     B : 10 -> dense ( 4 , bias = false ) -> sigmoid -> 4",
    "A : 2x20 -> conv < 5 > ( 8 , padding = ( before = 2 , after = 1 ) ) -> max_pool < 2 > \
     -> reshape ( 8x3x3 ) -> pad ( 1x2 , value = 0.5 ) -> crop ( ( left = 1 ) ) \
     -> upsample < 2x3 > ( bilinear ) -> pixel_shuffle ( 2 ) -> adaptive_avg_pool < 3x2 > \
     -> avg_pool < 2x2 > ( 1 , count_padding = false ) -> global_max_pool -> 2",
    "A : 4x8x9 -> conv < 3x3 > ( 6 , groups = 2 , dilation = 2 , padding = same , padding_mode = reflect ) \
     -> depthwise_conv < 3x2 > ( 2 , stride = 2 , padding = 1 , padding_mode = circular ) \
     -> relu -> transposed_conv < 3x3 > ( 4 , stride = 2 , dilation = 3 , output_padding = 1 , groups = 2 )",
];

/// A network without mistakes in which some tokens were dropped, doubled, swapped or replaced.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (
        any::<prop::sample::Index>(),
        0..4,
        prop::sample::select(WORDS),
    );
    let edits = prop::collection::vec(edit, 1..4);
    (prop::sample::select(VALID), edits).prop_map(|(source, edits)| {
        let mut words: Vec<&str> = source.split(' ').collect();
        for (index, kind, word) in edits {
            let at = index.index(words.len());
            match kind {
                0 => drop(words.remove(at)),
                1 => words.insert(at, words[at]),
                2 => words.swap(at, 0),
                _ => words[at] = word,
            }
        }
        words.join(" ")
    })
}

/// Expands a declaration; the result is always a list of items.
fn check(source: &str) -> Result<(), TestCaseError> {
    check_call(&format!("cnn; {source}"))
}

/// Expands a call as macros make it.
fn check_call(source: &str) -> Result<(), TestCaseError> {
    // What rustc's own lexer refuses never reaches the macro.
    let Ok(tokens) = TokenStream::from_str(source) else {
        return Ok(());
    };
    let expansion = expand(tokens).to_string();
    let items = syn::parse_str::<syn::File>(&expansion);
    prop_assert!(items.is_ok(), "{source}: {:?}", items.err());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_tokens_are_a_network_or_mistakes(source in tokens()) {
        check(&source)?;
    }

    #[test]
    fn any_change_of_a_network_is_a_network_or_a_mistake(source in mutated()) {
        check(&source)?;
    }

    #[test]
    fn whatever_is_handed_over_is_a_network_or_a_mistake(any in tokens(), network in mutated()) {
        let user = "A: 4x8x9 -> net<a::B>(3) -> dense(3)";
        for content in [format!("A; {network}"), format!("A; {any}"), any] {
            check_call(&format!("cnn @ [a::B] {{ {content} }} ; {user}"))?;
        }
    }
}

#[test]
fn networks_without_mistakes_have_none() {
    for source in VALID {
        let tokens = TokenStream::from_str(&format!("cnn; {source}"));
        let expansion = expand(tokens.expect("the source is made of tokens")).to_string();
        assert!(!expansion.contains("compile_error"), "{source}");
        assert!(expansion.contains("struct"), "{source}");
    }
}

#[test]
fn a_network_behind_a_keyword_of_rust_is_still_a_type() {
    for keyword in ["struct", "pub struct", "let mut", "fn"] {
        for shape in ["1x8x8", "[2, 8, 8]"] {
            let source = format!("cnn; {keyword} A: {shape} -> relu");
            let tokens = TokenStream::from_str(&source).expect("the source is made of tokens");
            let expansion = expand(tokens).to_string();
            assert!(expansion.contains("compile_error"), "{source}");
            assert!(expansion.contains("struct A"), "{source}: {expansion}");
        }
    }
}

#[test]
fn a_network_with_a_mistake_is_still_a_type() {
    let tokens = TokenStream::from_str("cnn; pub A: 1x8x8 -> c: conv<3x3>(4) -> relu(3) -> 4x6x6");
    let expansion = expand(tokens.expect("the source is made of tokens")).to_string();
    assert!(expansion.contains("compile_error"));
    for part in [
        "pub struct A",
        "pub fn new",
        "pub const ZERO",
        "pub fn init",
        "pub fn c (",
        "Chw < 4 , 6 , 6 >",
    ] {
        assert!(expansion.contains(part), "{part} in {expansion}");
    }
}

#[test]
fn deep_nesting_is_a_mistake_and_no_overflow() {
    let deep = format!("{}1{}", "(".repeat(200), ")".repeat(200));
    check(&format!("A: 10 -> dense({deep})")).expect("it is answered");
    let long = "1 + ".repeat(50_000) + "1";
    check(&format!("A: 10 -> dense({long})")).expect("it is answered");
    let chain: String = (1..500)
        .map(|n| format!("const C{} = C{n};", n - 1))
        .collect();
    check(&format!("{chain} const C499 = 1; A: 10 -> dense(C0)")).expect("it is answered");
}

#[test]
fn turns_that_are_alike_share_their_types_in_a_stub() {
    let turns = |count: usize| {
        let source =
            format!("cnn; A: 1x8x8 -> repeat<{count}>(conv<3x3>(4, padding = same)) -> dense(3)");
        let tokens = TokenStream::from_str(&source);
        let expansion = expand(tokens.expect("the source is made of tokens")).to_string();
        expansion.matches("pub struct Piece_").count()
    };
    // The first turn has another input. Each piece has a type to be read and one to be changed.
    assert_eq!([1, 2, 3, 100].map(turns), [4, 6, 6, 6]);
}

#[test]
fn labelled_pieces_that_are_alike_have_their_own_types_in_a_stub() {
    let source =
        "cnn; A: 4x8x8 -> a: residual(c: conv<1x1>(4)) -> b: residual(c: conv<1x1>(4)) -> dense(3)";
    let tokens = TokenStream::from_str(source);
    let expansion = expand(tokens.expect("the source is made of tokens")).to_string();
    assert_eq!(expansion.matches("pub struct Piece_").count(), 4);
}
