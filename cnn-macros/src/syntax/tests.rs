//! Cases of the parser, with the place of each mistake marked in the input.

use crate::diagnostics::testing::{check_err, find, messages};

/// The declaration as the tree shows it.
fn reads(step: &str, shown: &str) {
    let findings = find(&format!("A: 8x16x16 -> {step}"));
    let draft = &findings.outlines[0].draft;
    let syntax = draft.nodes[0]
        .syntax
        .as_ref()
        .expect("the step is readable");
    assert_eq!(syntax.to_string(), shown);
}

#[test]
fn arguments_of_every_form_are_read() {
    reads("conv<5x5>(6)", "conv<5x5>(6)");
    reads("conv< 3 >( 6 , )", "conv<3>(6)");
    reads(
        "conv<[K, K + 1]>(2*(K-1), stride = 1x2, padding = same)",
        "conv<[K, K + 1]>(2 * (K - 1), stride = 1x2, padding = same)",
    );
    reads(
        "conv<3x3>(6, padding = (top = 0, bottom = -1))",
        "conv<3x3>(6, padding = (top = 0, bottom = -1))",
    );
    reads("leaky_relu(slope = 0.1)", "leaky_relu(slope = 0.1)");
    reads("add(relu, a: relu -> tanh)", "relu");
    reads("max_pool<2x2>", "max_pool<2x2>");
}

#[test]
fn arrows_need_no_spaces() {
    assert_eq!(
        messages("A:1x8x8->max_pool<2x2>->flatten->dense(3)->3"),
        [""; 0]
    );
}

#[test]
fn an_empty_macro_is_told_what_to_declare() {
    check_err(
        "`network!` is empty",
        "declare a network: `LeNet: 1x28x28 -> flatten -> dense(10)`",
        ">>><<<",
    );
}

#[test]
fn half_written_items_are_explained() {
    let name_and_shape = "a network begins with its name and input shape: `A: 1x28x28`";
    check_err(
        "expected the name of a network, found the end",
        "a network is written `Name: 1x28x28 -> …`, a constant `const CLASSES = 10;`",
        ">>>pub<<<",
    );
    check_err(
        "expected `:` after `A`, found the end",
        name_and_shape,
        ">>>A<<<",
    );
    check_err(
        "expected `:` after `A`, found `1x8x8`",
        "a network begins with its name and input shape: `A: 1x8x8`",
        "A >>>1x8x8<<< -> relu",
    );
    check_err(
        "expected a shape, found the end",
        "an image is written `1x28x28`, a flat shape `10`",
        "pub A >>>:<<<",
    );
    check_err(
        "the network `A` has no layers",
        "add one: `A: … -> relu`",
        ">>>A<<<: 10",
    );
    check_err(
        "expected the name of a network, found `->`",
        "a network is written `Name: 1x28x28 -> …`, a constant `const CLASSES = 10;`",
        ">>>-<<<> relu",
    );
}

#[test]
fn half_written_steps_are_explained() {
    let no_layer = "no layer stands after this `->`";
    let help = "write a layer such as `relu`, or take the arrow out";
    check_err(no_layer, help, "A: 10 >>>-><<<");
    check_err(no_layer, help, "A: 10 >>>-><<< pub B: 10 -> relu");
    check_err(
        "this window is not closed",
        "write a window as in `conv<3x3>(16)`, or take the `<` out",
        "A: 1x8x8 -> conv>>><<<<",
    );
    check_err(
        "this window is empty",
        "write `conv<3x3>(6)`",
        "A: 1x8x8 -> conv>>><><<<(6)",
    );
    check_err(
        "no value stands after `stride =`",
        "write a value, or take `stride =` out",
        "A: 1x8x8 -> conv<3x3>(6, stride =>>>)<<<",
    );
    check_err(
        "expected a layer, found `->`",
        "a step is a layer such as `conv<5x5>(6)` or `relu`",
        "A: 10 -> >>>-<<<> relu",
    );
    check_err(
        "expected a layer, found the end",
        "a step is a layer such as `conv<5x5>(6)` or `relu`",
        "A: 10 -> logits>>>:<<<",
    );
}

#[test]
fn what_stands_between_steps_is_explained() {
    let found = |what: &str| format!("expected `->` or the next network, found {what}");
    check_err(
        &found("`,`"),
        "steps are joined by `->`",
        "A: 10 -> relu >>>,<<< dense(2)",
    );
    check_err(
        &found("`;`"),
        "a network needs no `;`, take it out",
        "A: 10 -> relu>>>;<<<",
    );
    check_err(
        &found("`[`"),
        "a window stands in `<>`: `conv<3x3>(16)`",
        "A: 1x8x8 -> max_pool<2x2> >>>[2x2]<<<",
    );
    check_err(
        &found("`<`"),
        "the window stands before the arguments: `conv<3x3>(16)`",
        "A: 10 -> dense(6)>>><<<<3x3>",
    );
    check_err(
        &found("`=>`"),
        "steps are joined by `->`",
        "A: 10 -> relu >>>=<<<> relu",
    );
    check_err(
        "expected `->` after the input shape, found `#`",
        "attributes of a step stand behind its arrow: `-> #[allow(unread_rows)] conv<3x3>(16)`",
        "A: 10 >>>#<<<[allow(unread_rows)] -> relu",
    );
}

#[test]
fn sizes_with_spaces_are_joined() {
    let found = |what: &str| format!("sizes are written without spaces, found `{what}`");
    check_err(
        &found("5 x 5"),
        "write `5x5`",
        "A: 1x8x8 -> conv<>>>5 x 5<<<>(6)",
    );
    check_err(&found("1 x28"), "write `1x28`", "A: >>>1 x28<<< -> relu");
    check_err(
        &found("5 x5"),
        "write `5x5`",
        "A: 1x8x8 -> conv<>>>5 x5<<<>(6)",
    );
    check_err(
        &found("1 x 28 x 28"),
        "write `1x28x28`",
        "A: >>>1 x 28 x 28<<< -> relu",
    );
}

#[test]
fn products_and_lists_are_no_windows() {
    check_err(
        "`5 * 5` is a single number, not a window",
        "write `5x5`",
        "A: 1x8x8 -> conv<>>>5*5<<<>(6)",
    );
    check_err(
        "`K * 2` is a single number, not a window",
        "write `[K, 2]`",
        "const K = 2; A: 1x8x8 -> conv<>>>K*2<<<>(6)",
    );
    check_err(
        "expected `>` after `5`, found `,`",
        "the two sides are joined by `x`, as in `<3x3>`, or stand in brackets, `<[A, B]>`",
        "A: 1x8x8 -> conv<5>>>,<<< 5>(6)",
    );
}

#[test]
fn literals_of_another_meaning_are_explained() {
    check_err(
        "`0x10` begins with `0x`, which makes it a hexadecimal number",
        "sizes that begin with 0 are written `[0, 10]`",
        "A: 1x8x8 -> conv<>>>0x10<<<>(6)",
    );
    check_err(
        "`2e5` in `2e5x3` is the floating-point number 200000 in Rust",
        "write the size in digits, `200000x3`",
        "A: >>>2e5x3<<< -> relu",
    );
    check_err(
        "sizes are joined by a small `x`, found `5X5`",
        "write `5x5`",
        "A: 1x8x8 -> conv<>>>5X5<<<>(6)",
    );
    check_err(
        "expected a number, found \"six\"",
        "write a number such as `16`, or a word without quotes",
        "A: 1x8x8 -> conv<5x5>(>>>\"six\"<<<)",
    );
}

#[test]
fn rust_paths_are_explained() {
    check_err(
        "the value of the Rust path `crate::KERNEL` is not known to the macro",
        "declare it inside of `network!`: `const KERNEL = 5;`",
        "A: 1x8x8 -> conv<>>>crate::KERNEL<<<>(6)",
    );
    check_err(
        "a layer is a single word, found a path",
        "write the word alone, as in `conv<5x5>(6)`",
        "A: 1x8x8 -> >>>nn::Conv2d<<<(6)",
    );
}

#[test]
fn constants_have_their_form() {
    let form = "a constant is written `const CLASSES = 10;`";
    check_err(
        "the constant `N` has a type",
        "write it without: `const N = 10;`",
        "const N>>>: usize<<< = 10; A: 4 -> dense(N)",
    );
    check_err(
        "expected `;` after `const N`, found `A`",
        form,
        "const N = 10 >>>A<<<: 4 -> dense(N)",
    );
    check_err(
        "expected a name after `const`, found `=`",
        form,
        "const >>>=<<< 10; A: 4 -> dense(3)",
    );
}

#[test]
fn blocks_have_their_form() {
    let form = "a block is written `block stem(C) = conv<3x3>(C) -> relu;`";
    check_err(
        "expected `=` after `block b`, found `->`",
        form,
        "block b >>>-<<<> relu; A: 10 -> relu",
    );
    check_err(
        "expected `;` after the block `b`, found `A`",
        form,
        "block b = relu >>>A<<<: 10 -> b",
    );
    check_err(
        "expected the name of a parameter, found `3`",
        form,
        "block b(>>>3<<<) = relu; A: 10 -> relu",
    );
    assert_eq!(
        messages("block b(C, K) = conv<K>(C) -> relu; A: 3x8x8 -> b(4, 3x3) -> b(2, K = 2)"),
        [""; 0]
    );
}

#[test]
fn a_statement_of_rust_is_one_mistake() {
    let form = "a network is written `Name: 1x28x28 -> …`, a constant `const CLASSES = 10;`";
    for (marked, found) in [
        (">>>let<<< x = 3; A: 10 -> relu", "`let`"),
        (">>>fn<<< f() {} A: 10 -> relu", "`fn`"),
        (">>>type<<< T = u8; A: 10 -> relu", "`type`"),
        (">>>let<<< mut x: [u8; 2] = y; A: 10 -> relu", "`let`"),
        (">>>static<<< X: u32 = 3; A: 10 -> relu", "`static`"),
    ] {
        let message = format!("expected the name of a network, found {found}");
        check_err(&message, form, marked);
    }
}

#[test]
fn every_mistake_is_reported_in_one_compile() {
    let source = "
        A: 1x8x8 -> conv<5 x 5>(6) -> relu, -> cnov<3x3>(6) -> dense(0) -> tanh(3)
        B: 1x28xW -> relu -> conv< -> relu
        const = 3;
        C: 10 -> dense(10 -> 4";
    // The last item leaves a delimiter open, which rustc itself reports.
    let source = source.replace("dense(10 -> 4", "dense() -> 4");
    assert_eq!(
        messages(&source),
        [
            "sizes are written without spaces, found `5 x 5`",
            "expected `->` or the next network, found `,`",
            "`1x28xW` mixes digits and other letters",
            "this window is not closed",
            "expected a name after `const`, found `=`",
            "unknown layer `cnov`",
            "`outputs` is at least 1, found 0",
            "`tanh` takes no options, found `3`",
            "`dense` needs `outputs`, the number of outputs",
        ]
    );
}
