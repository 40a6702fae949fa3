//! Cases of the pass `bind`, with the place of each mistake marked in the input.

use crate::diagnostics::testing::{check_err, check_warning, messages};

#[test]
fn an_option_without_a_value_is_recognized() {
    check_err(
        "`padding` needs a value",
        "write `padding = …`",
        "A: 1x8x8 -> conv<5x5>(6, >>>padding<<<)",
    );
    check_err(
        "`padding` needs a value",
        "write `padding = …`",
        "A: 1x8x8 -> conv<5x5>(6, >>>padding(1)<<<)",
    );
}

#[test]
fn numbers_are_those_of_single_precision() {
    let help = "its numbers are 0 and, with either sign, 1.2e-38 to 3.4e38";
    check_err(
        "`alpha` does not fit into single precision, found 1e39",
        help,
        "A: 4 -> elu(alpha = >>>1e39<<<)",
    );
    check_err(
        "`epsilon` does not fit into single precision, found 1e-60",
        help,
        "A: 4 -> layer_norm(epsilon = >>>1e-60<<<)",
    );
}

#[test]
fn a_size_in_place_of_an_option_is_noticed() {
    let help = "take it out, if it is a size: sizes are those that flow in";
    check_err(
        "`epsilon` is above 0 and at most 1, found 64",
        &format!("write `instance_norm(epsilon = 0.00001)`, or {help}"),
        "A: 64x2x2 -> instance_norm(epsilon = >>>64<<<)",
    );
    check_err(
        "`momentum` is above 0 and at most 1, found 64",
        &format!("write `batch_norm(0.1)`, or {help}"),
        "A: 64 -> batch_norm(>>>64<<<)",
    );
}

#[test]
fn words_of_the_language_are_no_constants() {
    check_warning(
        "unused_constant",
        "the constant `same` is never used",
        "take it out, or accept it with `#[allow(unused_constant)]`",
        "const >>>same<<< = 3; A: 1x8x8 -> conv<3x3>(1, padding = same) -> 1x8x8",
    );
}

#[test]
fn windows_stand_where_they_belong() {
    check_err(
        "`conv` needs a window",
        "write it behind the word: `conv<3x3>(6)`",
        "A: 1x8x8 -> >>>conv<<<(6)",
    );
    check_err(
        "`conv` needs a window",
        "write `conv<5x5>(6)`",
        "A: 1x8x8 -> >>>conv<<<(6, 5x5)",
    );
    check_err(
        "`conv` needs a window",
        "write `conv<5x5>(6)`",
        "A: 1x8x8 -> >>>conv<<<(6, kernel_size = 5)",
    );
    check_err(
        "`conv` needs a window",
        "write `conv<3x3>(6)`",
        "A: 1x8x8 -> >>>conv<<<(6, 3)",
    );
    check_err(
        "`max_pool` needs a window",
        "write `max_pool<2x2>`",
        "A: 1x8x8 -> >>>max_pool<<<(2)",
    );
    check_err(
        "`max_pool` needs a window",
        "write `max_pool<3x3>(2)`",
        "A: 1x8x8 -> >>>max_pool<<<(3, 2)",
    );
    check_err(
        "`conv` needs a window",
        "write `conv<3x3>(6)`",
        "A: 1x8x8 -> >>>conv<<<(3x3, 6)",
    );
    check_err(
        "`conv` needs a window",
        "write `conv<3x5>(6)`",
        "A: 1x8x8 -> >>>conv<<<(6, kernel_size = (3, 5))",
    );
    check_err(
        "`upsample` needs a window",
        "write `upsample<2x2>`",
        "A: 1x8x8 -> >>>upsample<<<(2)",
    );
    check_err(
        "`dense` has no window, found `<3x3>`",
        "write `dense(6)`",
        "A: 10 -> dense<>>>3x3<<<>(6)",
    );
    check_err(
        "expected one or two sizes, found 3 in `3x3x3`",
        "two sizes are height x width",
        "A: 1x8x8 -> conv<>>>3x3x3<<<>(6)",
    );
    check_err(
        "every side of a window is at least 1, found 0",
        "write `1` or more",
        "A: 1x8x8 -> conv<>>>3x0<<<>(6)",
    );
}

#[test]
fn options_are_known_and_given_once() {
    check_err(
        "`conv` has no option `strid`",
        "did you mean `stride`?",
        "A: 1x8x8 -> conv<3x3>(6, >>>strid<<< = 2)",
    );
    check_err(
        "`conv` has no option `filters`",
        "did you mean `channels`?",
        "A: 1x8x8 -> conv<3x3>(>>>filters<<< = 2)",
    );
    check_err(
        "`conv` has no option `norm`",
        "the options of `conv` are `channels`, `stride`, `padding`, `padding_mode`, `dilation`, \
         `groups` and `bias`",
        "A: 1x8x8 -> conv<3x3>(2, >>>norm<<< = relu)",
    );
    check_err(
        "`relu` has no option `slope`",
        "`relu` has no options",
        "A: 10 -> relu(>>>slope<<< = 2)",
    );
    check_err(
        "`stride` is given twice",
        "take one of them out",
        "A: 1x8x8 -> conv<3x3>(6, stride = 2, >>>stride = 3<<<)",
    );
    check_err(
        "`conv` needs `channels`, the number of output channels",
        "write `conv<3x3>(16)`",
        "A: 1x8x8 -> >>>conv<<<<3x3>",
    );
    check_err(
        "`conv` needs `channels`, the number of output channels",
        "write `conv<3x3>(16, stride = 2)`",
        "A: 1x8x8 -> >>>conv<<<<3x3>(stride = 2)",
    );
    check_err(
        "only `channels` may stand without its name, found `2`",
        "write `stride = 2`",
        "A: 1x8x8 -> conv<3x3>(6, >>>2<<<)",
    );
    check_err(
        "`flatten` takes no options, found `1`",
        "write `flatten`",
        "A: 1x8x8 -> flatten(>>>1<<<)",
    );
    check_err(
        "expected `=` after `stride`, found `:`",
        "options are given with `=`: `stride = 2`",
        "A: 1x8x8 -> conv<3x3>(6, stride>>>:<<< 2)",
    );
}

#[test]
fn values_are_of_the_right_kind_and_in_range() {
    let whole = |what: &str| format!("`channels` is a whole number, found {what}");
    check_err(
        &whole("6.0"),
        "write `6`",
        "A: 1x8x8 -> conv<3x3>(>>>6.0<<<)",
    );
    check_err(
        &whole("`many`"),
        "write for example `16`",
        "A: 1x8x8 -> conv<3x3>(>>>many<<<)",
    );
    check_err(
        &whole("`2x2`"),
        "write for example `16`",
        "A: 1x8x8 -> conv<3x3>(>>>2x2<<<)",
    );
    check_err(
        "`channels` is at least 1, found -3",
        "write `1` or more",
        "A: 1x8x8 -> conv<3x3>(>>>-3<<<)",
    );
    check_err(
        "`outputs` is at most 2147483648, found 3000000000",
        "write `2147483648` or less",
        "A: 10 -> dense(>>>3000000000<<<)",
    );
    check_err(
        "`bias` is `true` or `false`, found 0",
        "write `bias = false`",
        "A: 10 -> dense(3, bias = >>>0<<<)",
    );
    check_err(
        "`padding` is `same`, `valid`, a whole number, or two, as in `1x2`, found `sane`",
        "did you mean `same`?",
        "A: 1x8x8 -> conv<3x3>(6, padding = >>>sane<<<)",
    );
    check_err(
        "`stride` is at least 1, found 0",
        "write `1` or more",
        "A: 1x8x8 -> conv<3x3>(6, stride = >>>0<<<)",
    );
    check_err(
        "`slope` is at least 0 and below 1, found -0.1",
        "write `leaky_relu(0.01)`",
        "A: 10 -> leaky_relu(>>>-0.1<<<)",
    );
    check_err(
        "`slope` is a number, found `1x2`",
        "write for example `slope = 0.01`; `slope`: factor of negative elements, at least 0 and below 1",
        "A: 10 -> leaky_relu(>>>1x2<<<)",
    );
    check_err(
        "`rate` is a number, found `NaN`",
        "write for example `0.5`; `rate`: share that is dropped, above 0 and below 1",
        "A: 10 -> dropout(>>>NaN<<<) -> dense(3)",
    );
}

#[test]
fn padding_is_what_the_layer_can_do() {
    check_err(
        "padding `same` keeps the size only at stride 1, found stride 2",
        "write `conv<5x5>(6, stride = 2, padding = 2)`",
        "A: 1x8x8 -> conv<5x5>(6, stride = 2, padding = >>>same<<<)",
    );
    check_err(
        "padding 2 is more than half of the window 3x3",
        "write `max_pool<3x3>(padding = 1)`",
        "A: 1x8x8 -> max_pool<3x3>(padding = >>>2<<<)",
    );
    check_err(
        "expected a side and its number, found `up = 1`",
        "write `(top = 0, bottom = 1, left = 0, right = 1)`, or `(before = 0, after = 1)` of a signal",
        "A: 1x8x8 -> conv<3x3>(6, padding = (>>>up = 1<<<))",
    );
    let by_name = "A: 1x8x8 -> conv<3x3>(6, padding = (top = 1, left = 2)) -> 6x7x8";
    assert_eq!(messages(by_name), [""; 0]);
}
