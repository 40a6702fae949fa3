//! Cases of the pass `infer`, with the place of each mistake marked in the input.

use crate::diagnostics::testing::{check_err, check_warning, drawing, find, messages, warnings};

#[test]
fn lenet_has_the_shapes_and_parameters_of_the_paper() {
    let source = "LeNet5: 1x28x28
        -> conv1: conv<5x5>(6) -> relu -> max_pool<2x2>
        -> conv2: conv<5x5>(16) -> relu -> avg_pool<2x2>
        -> flatten -> dense(120) -> tanh -> dense(84, bias = false) -> logits: dense(10) -> 10";
    let findings = find(source);
    assert_eq!(
        findings.outlines[0].dump(),
        "\
LeNet5: 1x28x28
  conv1: conv<5x5>(6) -> 6x24x24, weight 6x1x5x5, bias 6
  relu1: relu -> 6x24x24
  max_pool1: max_pool<2x2> -> 6x12x12
  conv2: conv<5x5>(16) -> 16x8x8, weight 16x6x5x5, bias 16
  relu2: relu -> 16x8x8
  avg_pool1: avg_pool<2x2> -> 16x4x4
  flatten1: flatten -> 256
  dense1: dense(120) -> 120, weight 120x256, bias 120
  tanh1: tanh -> 120
  dense2: dense(84, bias = false) -> 84, weight 84x120
  logits: dense(10) -> 10, weight 10x84, bias 10
"
    );
}

/// The output's shape of one layer, as PyTorch has it.
fn output(input: &str, layer: &str) -> String {
    let findings = find(&format!("A: {input} -> {layer}"));
    let output = findings.outlines[0].output.shape();
    output.expect("the layer fits").to_string()
}

#[test]
fn windows_slide_as_in_pytorch() {
    assert_eq!(output("3x7x9", "conv<3x3>(4)"), "4x5x7");
    assert_eq!(output("3x7x9", "conv<3x3>(4, padding = same)"), "4x7x9");
    assert_eq!(output("3x7x9", "conv<2x4>(4, padding = same)"), "4x7x9");
    assert_eq!(
        output("3x7x9", "conv<3x3>(4, stride = 2, padding = 1)"),
        "4x4x5"
    );
    assert_eq!(
        output("3x7x9", "conv<3x3>(4, stride = 2x3, padding = [0, 2])"),
        "4x3x4"
    );
    assert_eq!(output("3x7x9", "conv<7x9>(4)"), "4x1x1");
    assert_eq!(output("3x7x9", "max_pool<2x2>"), "3x3x4");
    assert_eq!(
        output("3x7x9", "max_pool<3>(stride = 2, padding = 1)"),
        "3x4x5"
    );
    assert_eq!(output("3x7x9", "avg_pool<2x3>(1)"), "3x6x7");
}

#[test]
fn a_kernel_that_does_not_fit_shows_how_its_input_came_about() {
    let source = "A: 1x8x8 -> conv1: conv<5x5>(6) -> conv2: conv<5x5>(16)";
    check_err(
        "kernel 5x5 is larger than its input 4x4",
        "write `conv<4x4>(16)` or `conv<5x5>(16, padding = 1)`",
        "A: 1x8x8 -> conv1: conv<5x5>(6) -> conv2: conv<>>>5x5<<<>(16)",
    );
    assert_eq!(
        drawing(source),
        "  1x8x8 -> conv1: conv<5x5>(6) -> 6x4x4 -> conv2: conv<5x5>(16)
                                           ^^^^^^^^^^^^^^^^^^^^ needs at least 5x5"
    );
    check_err(
        "window 4x4 is larger than its padded input 3x5",
        "write `max_pool<3x4>(padding = 1)` or `max_pool<4x4>(padding = 2x1)`",
        "A: 1x1x3 -> max_pool<>>>4x4<<<>(padding = 1)",
    );
}

#[test]
fn proposed_changes_work() {
    for step in ["conv<4x4>(16)", "conv<5x5>(16, padding = 1)"] {
        let source = format!("A: 1x8x8 -> conv1: conv<5x5>(6) -> conv2: {step}");
        assert_eq!(messages(&source), [""; 0]);
    }
    for step in ["max_pool<3x4>(padding = 1)", "max_pool<4x4>(padding = 2x1)"] {
        assert_eq!(messages(&format!("A: 1x1x3 -> {step}")), [""; 0]);
    }
}

#[test]
fn long_chains_are_drawn_from_their_end() {
    let layers = " -> conv<3x3>(8) -> relu".repeat(6);
    let drawing = drawing(&format!("A: 1x20x20{layers} -> dense(10)"));
    assert_eq!(
        drawing,
        "  … -> relu -> conv<3x3>(8) -> 8x10x10 -> relu -> conv<3x3>(8) -> 8x8x8 -> relu -> dense(10)
                                                                                   ^^^^^^^^^ needs a flat input"
    );
}

#[test]
fn dense_on_an_image_proposes_flatten() {
    check_err(
        "`dense` takes a flat input, found the image 1x8x8",
        "write `flatten -> dense(10)`",
        "A: 1x8x8 -> >>>dense<<<(10) -> 10",
    );
    check_err(
        "`conv` takes an image or a signal, found the flat shape 64",
        "move `conv` before the layer that made its input flat",
        "A: 1x8x8 -> flatten -> >>>conv<<<<3x3>(6) -> relu",
    );
}

#[test]
fn one_number_is_the_length_of_a_signals_window() {
    let source = "A: 3x20 -> conv<5>(8, stride = 2) -> max_pool<2> -> conv<3>(4, bias = false)
        -> flatten -> dense(2)";
    assert_eq!(
        find(source).outlines[0].dump(),
        "\
A: 3x20
  conv1: conv<5>(8, stride = 2) -> 8x8, weight 8x3x5, bias 8
  max_pool1: max_pool<2> -> 8x4
  conv2: conv<3>(4, bias = false) -> 4x2, weight 4x8x3
  flatten1: flatten -> 8
  dense1: dense(2) -> 2, weight 2x8, bias 2
"
    );
    let padded = |padding: &str| output("3x20", &format!("conv<4>(1, padding = {padding})"));
    assert_eq!(padded("same"), "1x20");
    assert_eq!(padded("1"), "1x19");
    assert_eq!(padded("(before = 2)"), "1x19");
    assert_eq!(padded("(left = 0, right = 1)"), "1x18");
}

#[test]
fn sides_of_images_and_signals_are_told_apart() {
    check_err(
        "a window on a signal has one size, found `1x5`",
        "write `conv<5>(8)`, or let an image flow in, with its channels first, as in `1x28x28`",
        "A: 3x20 -> conv<>>>1x5<<<>(8)",
    );
    check_err(
        "`stride` on a signal is one number, found `1x2`",
        "write `conv<5>(8, stride = 2)`",
        "A: 3x20 -> conv<5>(8, stride = >>>1x2<<<)",
    );
    check_err(
        "`padding` on a signal has two sides, `before` and `after`",
        "write `conv<5>(8, padding = (before = 2, after = 0))`",
        "A: 3x20 -> conv<5>(8, padding = >>>(top = 1, left = 2)<<<)",
    );
    check_err(
        "`before` and `after` are the sides of a signal, an image has four",
        "write `conv<5>(8, padding = (left = 0, right = 2))`",
        "A: 3x20x20 -> conv<5>(8, padding = >>>(after = 2)<<<)",
    );
    check_err(
        "kernel 5 is larger than its input 4",
        "write `conv<4>(8)` or `conv<5>(8, padding = 1)`",
        "A: 3x4 -> conv<>>>5<<<>(8)",
    );
    check_err(
        "`dense` takes a flat input, found the signal 8x16",
        "write `flatten -> dense(2)`",
        "A: 3x20 -> conv<5>(8) -> >>>dense<<<(2)",
    );
}

#[test]
fn a_wrong_final_shape_proposes_what_makes_it_fit() {
    check_err(
        "the network ends with 12, not with 10",
        "write `dense(10)`, or end the chain with `-> 12`",
        "A: 40 -> dense(20) -> relu -> dense(12) -> tanh -> >>>10<<<",
    );
    check_err(
        "the network ends with 12, not with 10",
        "write `dense(outputs = 10, bias = false)`, or end the chain with `-> 12`",
        "A: 40 -> dense(outputs = 12, bias = false) -> >>>10<<<",
    );
    check_err(
        "the network ends with 6x6x6, not with 8x6x6",
        "write `conv<3x3>(8)`, or end the chain with `-> 6x6x6`",
        "A: 1x8x8 -> conv<3x3>(6) -> relu -> >>>8x6x6<<<",
    );
    check_err(
        "the network ends with 6x6x6, not with 216",
        "add `-> flatten`, or end the chain with `-> 6x6x6`",
        "A: 1x8x8 -> conv<3x3>(6) -> >>>216<<<",
    );
    check_err(
        "the network ends with 6x6x6, not with 10",
        "add `-> flatten -> dense(10)`, or end the chain with `-> 6x6x6`",
        "A: 1x8x8 -> conv<3x3>(6) -> >>>10<<<",
    );
    check_err(
        "the network ends with 10, not with 1x2x5",
        "end the chain with `-> 10`",
        "A: 40 -> dense(10) -> >>>1x2x5<<<",
    );
}

#[test]
fn a_fault_silences_what_follows_from_it_and_nothing_else() {
    // The second convolution's size is not known, the vector behind `dense` is.
    let source = "A: 1x4x4 -> conv<5x5>(6) -> conv<3x3>(4) -> dense(9) -> conv<3x3>(2) -> 10";
    assert_eq!(
        messages(source),
        [
            "kernel 5x5 is larger than its input 4x4",
            "`dense` takes a flat input, found an image",
            "`conv` takes an image or a signal, found the flat shape 9",
        ]
    );
    let source = "A: 1x4x4 -> cnov<5x5>(6) -> flatten -> dense(9) -> relu -> 10";
    assert_eq!(
        messages(source),
        [
            "unknown layer `cnov`",
            "the network ends with 9, not with 10"
        ]
    );
}

#[test]
fn sizes_beyond_any_machine_are_refused() {
    check_err(
        "the output 2000000000x6x6 has more than 2147483648 elements",
        "make the layer smaller, or what flows into it",
        "A: 1x8x8 -> >>>conv<<<<3x3>(2000000000)",
    );
    check_err(
        "the network has more than 2147483648 parameters up to this layer",
        "make the layer smaller, or what flows into it",
        "A: 100000 -> >>>dense<<<(100000)",
    );
}

#[test]
fn rows_that_are_never_read_are_a_warning() {
    check_warning(
        "unread_rows",
        "1 of 9 rows are never read",
        "height 9 - 2 leaves a remainder of 1 when divided by the stride 2; `#[allow(unread_rows)]` \
         before the step accepts it",
        "A: 1x9x8 -> >>>max_pool<<<<2x2>",
    );
    check_warning(
        "unread_columns",
        "4 of 8 columns are never read",
        "the stride 2 is larger than the kernel's width 1; `#[allow(unread_columns)]` before the \
         step accepts it",
        "A: 1x8x8 -> conv<1x1>(4, stride = >>>1x2<<<)",
    );
    assert_eq!(
        warnings("A: 1x9x9 -> #[allow(unread_rows)] max_pool<2x2>"),
        ["unread_columns"]
    );
    assert_eq!(
        warnings("#[allow(unread_rows, unread_columns)] A: 1x9x9 -> max_pool<2x2>"),
        [""; 0]
    );
    assert_eq!(warnings("A: 1x9x9 -> max_pool<3x3>"), [""; 0]);
}
