//! Networks that are fetched: the calls, what is handed over, and what becomes of it.

use std::str::FromStr as _;

use proc_macro2::TokenStream;
use syn::{Item, ItemMacro};

use crate::diagnostics::testing::{check_err, find, messages, warnings};
use crate::expand;

/// A network with a constant, a block, a network of its declaration and one of a third place.
const HANDED: &str = "[there::Body] { Body @ [super::Tail] { Tail; const N = 2; Tail: 4x2x2 -> flatten -> dense(N) } ; \
     const N = 4; block unit(C) = conv<3x3>(C) -> relu; \
     Stem: 3x6x6 -> unit(N) Body: 3x6x6 -> net<Stem>(4x4x4) -> max_pool<2x2> -> net<super::Tail>(2) }";

fn expansion(call: &str) -> String {
    let tokens = TokenStream::from_str(call).expect("the call is made of tokens");
    expand(tokens).to_string()
}

fn tokens(text: &str) -> String {
    let tokens = TokenStream::from_str(text).expect("the text is made of tokens");
    tokens.to_string()
}

/// What the macro of the network called `name` hands over.
fn handed_over(call: &str, name: &str) -> String {
    let file: syn::File =
        syn::parse_str(&expansion(call)).expect("an expansion is a list of items");
    let is_named = |item: &ItemMacro| {
        let ident = item.ident.as_ref().map(ToString::to_string);
        ident.is_some_and(|ident| ident.starts_with(&format!("__cnn_network_{name}_")))
    };
    let mut macros = file.items.into_iter().filter_map(|item| match item {
        Item::Macro(item) if is_named(&item) => Some(item.mac.tokens.to_string()),
        _ => None,
    });
    let rule = macros.next().expect("the network has a macro");
    assert!(macros.next().is_none(), "the network has one macro");
    let (_, rest) = rule
        .split_once("$ ($ before) * {")
        .expect("the rule hands over");
    let (content, _) = rest
        .split_once("} $ ($ after) *")
        .expect("the rule goes on");
    content.trim().to_owned()
}

fn nodes(call: &str) -> Vec<String> {
    let outlines = find(call).outlines;
    let nodes = outlines.last().map(|outline| &outline.draft.nodes);
    let nodes = nodes.expect("the call declares a network").iter();
    nodes.map(|node| node.name.clone()).collect()
}

#[test]
fn a_network_that_is_not_declared_here_is_fetched() {
    let first = expansion("cnn; A: 4 -> net<super::there::B>(2) -> net<C>(2)");
    let call = tokens(
        "super::there::B! { { cnn::__private::network! } { cnn @ [super::there::B] } \
         { ; A: 4 -> net<super::there::B>(2) -> net<C>(2) } }",
    );
    assert!(first.starts_with(&call), "{first}");
    assert_eq!(
        expansion(
            "cnn @ [::there::B] { B; B: 4 -> relu } ; A: 4 -> net<::there::B>(4) -> net<C>(2)"
        ),
        tokens(
            "C! { { cnn::__private::network! } \
             { cnn @ [::there::B] { B; B: 4 -> relu } @ [C] } \
             { ; A: 4 -> net<::there::B>(4) -> net<C>(2) } }"
        )
    );
}

#[test]
fn names_with_other_numbers_are_other_names() {
    let call = "cnn; Stage2: 4 -> relu Head: 4 -> net<Stage1>(4)";
    assert!(expansion(call).starts_with("Stage1 !"));
    let call = "cnn; Body2: 4 -> net<Body>(4)";
    assert!(expansion(call).starts_with("Body !"));
}

#[test]
fn what_a_block_is_given_may_be_a_network_of_another_place() {
    let call = "cnn; block on(N) = net<N>(2); A: 4 -> on(Other)";
    assert!(
        expansion(call).starts_with("Other !"),
        "{}",
        expansion(call)
    );
}

#[test]
fn a_fetched_network_is_a_layer_among_names_of_its_own() {
    let call = format!(
        "cnn @ {HANDED} ; const N = 7; block unit(C) = dense(C); \
         A: 3x6x6 -> body: net<there::Body>(2) -> unit(N)"
    );
    assert_eq!(messages(&call), [""; 0]);
    assert_eq!(warnings(&call), [""; 0]);
    let names = ["body.net1.conv1", "body.net1.relu1", "body.max_pool1"];
    let more = ["body.net2.flatten1", "body.net2.dense1", "dense1"];
    assert_eq!(nodes(&call), [names, more].concat());
    assert!(expansion(&call).contains("struct A"));
}

#[test]
fn a_fetched_network_may_be_used_twice_and_called_as_the_user_calls_theirs() {
    let call = "cnn @ [there::A] { A; A: 4 -> dense(4) } ; \
                A: 4 -> net<there::A>(4) -> net<there::A>(4)";
    assert_eq!(nodes(call), ["net1.dense1", "net2.dense1"]);
    assert_eq!(messages(call), [""; 0]);
}

#[test]
fn mistakes_at_the_seam_are_shown_where_the_network_is_used() {
    check_err(
        "`there::Body` takes 3x6x6, found 36",
        "let what stands before it end with 3x6x6",
        &format!("cnn @ {HANDED} ; A: 36 -> net<>>>there::Body<<<>(2) -> dense(2)"),
    );
    check_err(
        "the output is written as 3, found 2",
        "write `2`",
        &format!("cnn @ {HANDED} ; A: 3x6x6 -> net<there::Body>(>>>3<<<) -> dense(2)"),
    );
    check_err(
        "what `there::Body` hands over is no network",
        "",
        "cnn @ [there::>>>Body<<<] { } ; A: 4 -> net<there::Body>(4)",
    );
    check_err(
        "no network of this `network!` is called `Boddy`",
        "did you mean `Body`? One of another place is written with its path, `self::Boddy`",
        "Body: 4 -> relu A: 4 -> net<>>>Boddy<<<>(4)",
    );
    check_err(
        "expected `>` after `there::Body`, found `,`",
        "write `net<Backbone>(64x4x4)`, with the path of a network in `<>`",
        "A: 4 -> net<there::Body>>>,<<< 3>(4)",
    );
}

#[test]
fn warnings_of_a_fetched_network_are_told_where_it_is_declared() {
    let inside = "const UNUSED = 1; B: 1x5x5 -> max_pool<2x2> -> relu -> relu -> 1x2x2";
    let call = format!("cnn @ [there::B] {{ B; {inside} }} ; A: 1x5x5 -> net<there::B>(1x2x2)");
    assert_eq!(warnings(&call), [""; 0]);
    let told = [
        "unused_constant",
        "unread_rows",
        "unread_columns",
        "void_activation",
    ];
    assert_eq!(warnings(inside), told);
}

#[test]
fn a_network_hands_over_what_it_needs_and_nothing_else() {
    let call = "cnn @ [there::Tail] { Tail; Tail: 4 -> relu } @ [Other] { Other; Other: 4 -> relu } ; \
         const N = M; const M = 4; const K = 3; block unit(C) = dense(C); block other = tanh; \
         /// The head. \n pub Head: 4 -> unit(N) -> net<there::Tail>(4) \
         Another: K -> other -> net<Other>(4)";
    let call = call.replace(": K ->", ": [K + 1] ->");
    assert_eq!(
        handed_over(&call, "Head"),
        tokens(
            "Head @ [there::Tail] { Tail; Tail: 4 -> relu } ; \
             pub Head: 4 -> unit(N) -> net<there::Tail>(4) \
             const N = M; block unit(C) = dense(C); const M = 4;"
        )
    );
}

#[test]
fn only_public_networks_are_handed_to_other_crates() {
    let exports = |call: &str| expansion(call).contains("macro_export");
    assert!(exports("cnn; pub A: 4 -> relu"));
    assert!(!exports("cnn; pub(crate) A: 4 -> relu"));
    assert!(!exports("cnn; A: 4 -> relu"));
}

#[test]
fn a_network_with_a_mistake_is_told_of_once() {
    let wrong = "cnn; pub B: 4 -> rleu";
    assert_eq!(handed_over(wrong, "B"), "B ;");
    let user = expansion("cnn @ [B] { B; } ; A: 4 -> net<B>(4)");
    assert!(!user.contains("compile_error") && user.contains("struct A"));
}

#[test]
fn networks_that_use_each_other_without_end_are_a_mistake() {
    let handed = (0..100).fold("{ B; B: 4 -> relu }".to_owned(), |inner, _| {
        format!("{{ B @ [a::B] {inner} ; B: 4 -> net<a::B>(4) }}")
    });
    let found = messages(&format!("cnn @ [B] {handed} ; A: 4 -> net<B>(4)"));
    assert_eq!(found, ["more than 32 networks use each other here"]);
}
