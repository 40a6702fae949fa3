//! Cases of the pass `lint`, with the layer of each warning marked in the input.

use proc_macro2::TokenStream;

use super::*;
use crate::diagnostics::testing::{check_warning, find, warnings};
use crate::kernel::Elementwise;
use crate::layers::Follows;
use crate::passes::variants::Variants;

const NOTHING: [&str; 0] = [];

#[test]
fn an_activation_that_changes_nothing_is_a_warning() {
    let help = "leave it out; `#[allow(void_activation)]` before the step accepts it";
    check_warning(
        "void_activation",
        "`relu` changes nothing: what flows into it is at least 0",
        help,
        "A: 10 -> dense(10) -> relu -> >>>relu<<<",
    );
    check_warning(
        "void_activation",
        "`relu` changes nothing: what flows into it is from 0 to 1",
        help,
        "A: 10 -> sigmoid -> >>>relu<<< -> dense(2)",
    );
    // The pool pads with nothing that could be negative, and `flatten` is a view.
    check_warning(
        "void_activation",
        "`leaky_relu` changes nothing: what flows into it is at least 0",
        help,
        "A: 1x4x4 -> relu -> max_pool<3x3>(stride = 1, padding = 1) -> flatten -> \
         >>>leaky_relu<<<(slope = 0.1)",
    );
    check_warning(
        "void_activation",
        "`relu` changes nothing: what flows into it is at least 0",
        help,
        "A: 1x4x4 -> relu -> avg_pool<2x2> -> >>>relu<<<",
    );
}

#[test]
fn activations_that_change_something_are_no_warning() {
    for chain in [
        "relu -> sigmoid",
        "relu -> tanh",
        "tanh -> relu",
        "tanh -> leaky_relu",
        "leaky_relu -> relu",
        "leaky_relu(slope = 0.5) -> leaky_relu",
        "relu -> dense(4) -> relu",
        "tanh -> tanh",
    ] {
        assert_eq!(warnings(&format!("A: 10 -> {chain}")), NOTHING, "{chain}");
    }
}

#[test]
fn probabilities_of_probabilities_are_a_warning() {
    check_warning(
        "repeated_probabilities",
        "`sigmoid` makes probabilities of logits, but what flows into it are the probabilities of \
         `sigmoid1`",
        "leave one of them out; `#[allow(repeated_probabilities)]` before the step accepts it",
        "A: 10 -> sigmoid -> >>>sigmoid<<<",
    );
    check_warning(
        "repeated_probabilities",
        "`sigmoid` makes probabilities of logits, but what flows into it are the probabilities of \
         `gate`",
        "leave one of them out; `#[allow(repeated_probabilities)]` before the step accepts it",
        "A: 1x4x4 -> gate: sigmoid -> max_pool<2x2> -> flatten -> >>>sigmoid<<<",
    );
    assert_eq!(warnings("A: 10 -> sigmoid -> dense(3) -> sigmoid"), NOTHING);
    assert_eq!(warnings("A: 10 -> sigmoid -> tanh -> sigmoid"), NOTHING);
}

#[test]
fn a_window_that_sees_mostly_padding_is_a_warning() {
    check_warning(
        "mostly_padding",
        "the kernel 3x3 sees 1 row of its input at its first position, and 2 of padding",
        "write a smaller kernel or less padding; `#[allow(mostly_padding)]` before the step accepts \
         it",
        "A: 1x5x5 -> conv<3x3>(2, padding = >>>2x0<<<)",
    );
    check_warning(
        "mostly_padding",
        "the kernel 7x7 sees 3 columns of its input at its last position, and 4 of padding",
        "write a smaller kernel or less padding; `#[allow(mostly_padding)]` before the step accepts \
         it",
        "A: 1x9x9 -> conv<7x7>(2, padding = >>>(right = 4)<<<)",
    );
    for layer in [
        "conv<3x3>(4, padding = same)",
        "conv<5x5>(4, padding = same)",
        "conv<4x4>(4, padding = 2)",
        "max_pool<3x3>(stride = 2, padding = 1)",
    ] {
        assert_eq!(
            warnings(&format!("A: 1x9x9 -> {layer}")),
            NOTHING,
            "{layer}"
        );
    }
}

#[test]
fn every_warning_can_be_allowed_before_its_step_and_before_the_network() {
    for (lint, chain, layer) in [
        ("void_activation", "10 -> relu ->", "relu"),
        ("repeated_probabilities", "10 -> sigmoid ->", "sigmoid"),
        ("mostly_padding", "1x5x5 ->", "conv<3x3>(2, padding = 2)"),
    ] {
        let count = warnings(&format!("A: {chain} {layer}"));
        assert!(count.iter().all(|found| *found == lint) && !count.is_empty());
        let before_step = format!("A: {chain} #[allow({lint})] {layer}");
        assert_eq!(warnings(&before_step), NOTHING, "{before_step}");
        let before_network = format!("#[allow({lint})] A: {chain} {layer}");
        assert_eq!(warnings(&before_network), NOTHING, "{before_network}");
    }
}

#[test]
fn a_warning_that_is_allowed_before_a_piece_is_so_in_all_of_it() {
    for piece in [
        "repeat<2>(relu)",
        "unit",
        "net<B>(10)",
        "residual(relu -> relu)",
    ] {
        let source = |before: &str| {
            format!(
                "block unit = relu -> relu; A: 10 -> relu -> {before} {piece} -> dense(3) \
                 #[allow(void_activation)] B: 10 -> relu -> relu -> unit -> unit"
            )
        };
        assert!(
            warnings(&source("")).contains(&"void_activation"),
            "{piece}"
        );
        let allowed = source("#[allow(void_activation)]");
        assert_eq!(warnings(&allowed), NOTHING, "{piece}");
    }
}

/// A layer with properties that are still to come in the language.
#[derive(Debug)]
struct Pretended(Properties, Interval);

impl Elementwise for Pretended {
    fn apply(&self, x: TokenStream) -> TokenStream {
        x
    }
    fn pull_back(&self, _y: TokenStream, d: TokenStream) -> TokenStream {
        d
    }
    fn formula(&self, x: &str) -> String {
        x.to_owned()
    }
    fn follows(&self) -> Follows {
        Follows::Transparent
    }
    fn properties(&self) -> Properties {
        self.0.clone()
    }
    fn range(&self, _input: Interval) -> Interval {
        self.1
    }
}

/// The warnings of a network in which `tanh` has other properties: name, message and help.
fn with_tanh_as(properties: &Properties, range: Interval, source: &str) -> Vec<[String; 3]> {
    let mut outlines = find(source).outlines;
    for node in &mut outlines[0].draft.nodes {
        if word(node) == "tanh"
            && let Ok((layer, _)) = &mut node.layer
        {
            *layer = Variants::of(Box::new(Pretended(properties.clone(), range)));
        }
    }
    let mut diagnostics = Diagnostics::default();
    lint(&outlines[0], &mut diagnostics);
    diagnostics.take_warnings()
}

#[test]
fn a_bias_that_the_next_layer_removes_is_a_warning() {
    let properties = Properties {
        removes_constant: Removal::OfSample,
        ..Properties::default()
    };
    let found = |source| with_tanh_as(&properties, Interval::ALL, source);
    assert_eq!(
        found("A: 1x8x8 -> conv<3x3>(6, bias = true) -> tanh -> relu"),
        [[
            "useless_bias",
            "the bias of `conv` has no effect: `tanh` behind it removes what is added to a channel",
            "write `conv<3x3>(6, bias = false)`; `#[allow(useless_bias)]` before the step accepts it",
        ]]
    );
    assert_eq!(
        found("A: 8 -> dense(3) -> tanh")[0][2],
        "write `dense(3, bias = false)`; `#[allow(useless_bias)]` before the step accepts it"
    );
    for quiet in [
        "A: 1x8x8 -> conv<3x3>(6, bias = false) -> tanh",
        "A: 1x8x8 -> conv<3x3>(6) -> relu -> tanh",
        "A: 8 -> dense(3)",
        "A: 8 -> tanh -> dense(3)",
        "A: 8 -> #[allow(useless_bias)] dense(3) -> tanh",
    ] {
        assert!(found(quiet).is_empty(), "{quiet}");
    }
}

#[test]
fn a_layer_that_only_disturbs_training_is_a_warning_at_the_end() {
    let properties = Properties {
        only_in_training: true,
        ..Properties::default()
    };
    let found = |source| with_tanh_as(&properties, Interval::ALL, source);
    let [[name, message, help]] = &found("A: 8 -> dense(3) -> tanh")[..] else {
        panic!("expected one warning");
    };
    assert_eq!(name, "final_dropout");
    assert_eq!(
        message,
        "`tanh` at the end of the network disturbs what is compared with the targets"
    );
    assert_eq!(
        help,
        "move it before the last layer with weights; `#[allow(final_dropout)]` before the step \
         accepts it"
    );
    assert_eq!(found("A: 1x2x2 -> tanh -> flatten").len(), 1);
    assert!(found("A: 8 -> tanh -> dense(3)").is_empty());
    assert!(found("A: 8 -> dense(3) -> #[allow(final_dropout)] tanh").is_empty());
}

#[test]
fn an_activation_that_always_gives_the_same_is_a_warning() {
    let negative = Interval::new(f64::NEG_INFINITY, 0.0);
    let found = with_tanh_as(&Properties::default(), negative, "A: 8 -> tanh -> relu");
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0][1],
        "`relu` always gives 0: what flows into it is at most 0"
    );
}

#[test]
fn a_norm_of_channels_removes_a_bias_and_one_of_groups_does_not() {
    check_warning(
        "useless_bias",
        "the bias of `conv` has no effect: `instance_norm` behind it removes what is added to a channel",
        "write `conv<3x3>(6, bias = false)`; `#[allow(useless_bias)]` before the step accepts it",
        "A: 1x8x8 -> >>>conv<<<<3x3>(6) -> instance_norm",
    );
    for norm in ["group_norm(2)", "layer_norm"] {
        let source = format!("A: 1x8x8 -> conv<3x3>(6) -> {norm}");
        assert_eq!(warnings(&source), NOTHING, "{norm}");
    }
}
