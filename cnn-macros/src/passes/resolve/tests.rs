//! Cases of the pass `resolve`, with the place of each mistake marked in the input.

use crate::diagnostics::testing::{check_err, check_warning, find, messages, warnings};
use crate::layers::KINDS;

/// The names of all steps.
fn names(source: &str) -> Vec<String> {
    let findings = find(source);
    let nodes = findings.outlines[0].draft.nodes.iter();
    nodes.map(|node| node.name.clone()).collect()
}

#[test]
fn names_count_every_layer_of_a_kind() {
    assert_eq!(
        names("A: 1x8x8 -> conv<3x3>(2) -> second: conv<3x3>(2) -> conv<3x3>(2) -> relu"),
        ["conv1", "second", "conv3", "relu1"]
    );
    assert_eq!(
        names("A: 1x8x8 -> conv1: conv<3x3>(2) -> conv2: conv<3x3>(2)"),
        ["conv1", "conv2"]
    );
}

#[test]
fn labels_are_unique_and_named_as_methods_are() {
    check_err(
        "the label `c` is used twice",
        "rename one of them, for example `c_2`",
        "A: 10 -> c: relu -> >>>c<<<: relu",
    );
    check_err(
        "the label `dense` is the word of a layer",
        "write `dense_1`",
        "A: 10 -> >>>dense<<<: dense(3)",
    );
    check_err(
        "the label `Conv1` is not snake_case",
        "write `conv1`",
        "A: 10 -> >>>Conv1<<<: dense(3)",
    );
    check_err(
        "the label `größe` has characters that are not ASCII",
        "write for example `layer_1`",
        "A: 1x8x8 -> >>>größe<<<: conv<3x3>(4)",
    );
    check_err(
        "the label `r#größe` has characters that are not ASCII",
        "write for example `layer_1`",
        "A: 1x8x8 -> >>>r#größe<<<: conv<3x3>(4)",
    );
    check_err(
        "the label `firstLayer` is not snake_case",
        "write `first_layer`",
        "A: 10 -> >>>firstLayer<<<: dense(3)",
    );
    check_err(
        "the label `type` is a keyword of Rust",
        "write `type_1`",
        "A: 10 -> >>>type<<<: dense(3)",
    );
    check_err(
        "the label `gen` is a keyword of Rust",
        "write `gen_1`",
        "A: 10 -> >>>gen<<<: dense(3)",
    );
    check_err(
        "the label `r#type` is a keyword of Rust",
        "write `type_1`",
        "A: 10 -> >>>r#type<<<: dense(3)",
    );
    check_err(
        "the label `predict` is the name of a method that every network has",
        "write `predict_1`",
        "A: 10 -> >>>predict<<<: dense(3)",
    );
    check_err(
        "the label `head_mut` ends in `_mut`, as the methods that change a layer do",
        "write `head`",
        "A: 10 -> >>>head_mut<<<: dense(3)",
    );
}

#[test]
fn a_label_that_is_an_automatic_name_is_explained() {
    check_err(
        "the label `dense2` is also the automatic name of another `dense`",
        "choose another label, or label that `dense` too",
        "A: 10 -> >>>dense2<<<: dense(3) -> dense(3)",
    );
}

#[test]
fn networks_have_names_of_their_own() {
    check_err(
        "two networks are called `A`",
        "rename one of them, for example `A2`",
        "A: 10 -> relu >>>A<<<: 10 -> tanh",
    );
    check_err(
        "a network cannot be called `Self`, which is a keyword of Rust",
        "write `Network1`",
        ">>>Self<<<: 10 -> relu",
    );
}

#[test]
fn misspelt_layers_are_recognized() {
    let check = |word: &str, meant: &str| {
        check_err(
            &format!("unknown layer `{word}`"),
            &format!("did you mean `{meant}`?"),
            &format!("A: 1x8x8 -> >>>{word}<<<"),
        );
    };
    check("cnov", "conv");
    check("Conv2d", "conv");
    check("Linear", "dense");
    check("ReLU", "relu");
    check("maxpool", "max_pool");
    let all = crate::diagnostics::list(KINDS.iter().map(|kind| kind.word));
    check_err(
        "unknown layer `transformer`",
        &format!("the layers are {all}"),
        "A: 10 -> >>>transformer<<<",
    );
    check_err(
        "unknown layer `stem`",
        "`stem` is the label of a step; a chain begins at a label only as a branch: \
         `add(stem -> relu, identity)`",
        "A: 10 -> stem: relu -> >>>stem<<<",
    );
    check_err(
        "unknown layer `stm`",
        "did you mean the label `stem`?",
        "A: 10 -> stem: relu -> concat(>>>stm<<< -> tanh, identity)",
    );
}

#[test]
fn shapes_are_images_signals_or_flat() {
    check_err(
        "a shape has one to three sizes, found 4 in `1x2x3x4`",
        "an image is written channels x height x width, `1x28x28`; a signal channels x length, \
         `16x100`; a flat shape `10`",
        "A: >>>1x2x3x4<<< -> relu",
    );
    check_err(
        "every size of a shape is at least 1, found 0",
        "write `1` or more",
        "A: >>>1x0x3<<< -> relu",
    );
    check_err(
        "the shape `65536x65536x1` has more than 2147483648 elements",
        "make one of its sizes smaller",
        "A: >>>65536x65536x1<<< -> relu",
    );
    check_err(
        "expected a shape, found `CLASSES`",
        "a constant as a shape stands in brackets, `[CLASSES]`",
        "const CLASSES = 3; A: >>>CLASSES<<< -> dense(CLASSES)",
    );
    assert_eq!(
        messages("const N = 3; A: [N, 2*N, 4] -> relu -> [N, 6, 4]"),
        [""; 0]
    );
}

#[test]
fn constants_are_numbers_of_the_macro() {
    check_err(
        "`KERNLE` is no constant of this `network!`",
        "did you mean `KERNEL`?",
        "const KERNEL = 3; A: 1x8x8 -> conv<KERNEL>(2) -> conv<>>>KERNLE<<<>(2)",
    );
    check_err(
        "`SIX` is no constant of this `network!`",
        "declare it before the networks: `const SIX = 5;`",
        "A: 10 -> dense(>>>SIX<<<)",
    );
    check_err(
        "the constant `N` is declared twice",
        "rename one of them",
        "const N = 3; const >>>N<<< = 4; A: 10 -> dense(N)",
    );
    check_err(
        "the value of `N` depends on itself",
        "give it a number: `const N = 10;`",
        "const N = M + 1; const M = 2 * >>>N<<<; A: 10 -> dense(N)",
    );
    check_err(
        "`7 / 2` is not a whole number",
        "divide without a rest; a fraction is written as in `1.0 / 2`",
        "A: 10 -> dense(>>>7 / 2<<<)",
    );
    check_err(
        "`1 / 0` divides by zero",
        "divide by another number",
        "A: 10 -> dense(>>>1 / 0<<<)",
    );
    check_err(
        "`9000000000 * 9000000000` does not fit into 64 bits with a sign",
        "write smaller numbers",
        "A: 10 -> dense(>>>9000000000 * 9000000000<<<)",
    );
    check_err(
        "`18446744073709551615` does not fit into 64 bits with a sign",
        "write `2147483648` or less, which is the largest size",
        "A: 10 -> dense(>>>18446744073709551615<<<)",
    );
    assert_eq!(
        messages("const N = M * 2; const M = 3; A: 10 -> dense(N) -> 6"),
        [""; 0]
    );
}

#[test]
fn a_constant_that_is_never_used_is_a_warning() {
    check_warning(
        "unused_constant",
        "the constant `N` is never used",
        "take it out, or accept it with `#[allow(unused_constant)]`",
        "const >>>N<<< = 3; A: 10 -> relu",
    );
    assert_eq!(
        warnings("#[allow(unused_constant)] const N = 3; A: 10 -> relu"),
        [""; 0]
    );
}

#[test]
fn unknown_warnings_cannot_be_allowed() {
    check_err(
        "unknown warning `unread_row`",
        "did you mean `unread_rows`?",
        "A: 10 -> #[allow(>>>unread_row<<<)] relu",
    );
    check_err(
        "only `#[allow(…)]`, `#[frozen]` and documentation may stand here",
        "declare two networks in calls of their own, each with a `#[cfg(…)]`",
        "A: 10 -> >>>#[cfg(test)]<<< relu",
    );
}
