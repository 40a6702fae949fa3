//! Which layers are computed together, and whose gradients share a place.

use super::*;
use crate::diagnostics::testing::find;

/// For each stage of a mode the words of its layers.
fn stages_of(mode: Mode, chain: &str) -> Vec<String> {
    let outline = find(chain).outlines.remove(0);
    let fused = fuse(outline.complete().expect("the chain is right"));
    let name = |node: usize| fused.graph.graph.nodes[node].name.clone();
    let words = |stage: &Stage| {
        let others = [stage.folded, stage.epilogue, stage.largest];
        let all: Vec<String> = std::iter::once(stage.node)
            .chain(others.into_iter().flatten())
            .map(name)
            .collect();
        all.join(" ")
    };
    fused.stages(mode).iter().map(words).collect()
}

fn stages(chain: &str) -> Vec<String> {
    stages_of(Mode::Training, chain)
}

#[test]
fn activations_are_fused_if_their_output_is_enough_to_go_back() {
    assert_eq!(
        stages("A: 1x8x8 -> conv<3x3>(2) -> relu -> conv<3x3>(2) -> gelu -> group_norm(2) -> elu"),
        ["conv1 relu1", "conv2", "gelu1", "group_norm1 elu1"]
    );
}

#[test]
fn one_activation_is_fused_and_none_behind_another() {
    assert_eq!(
        stages("A: 9 -> dense(4) -> tanh -> sigmoid -> silu -> relu -> prelu -> relu"),
        [
            "dense1 tanh1",
            "sigmoid1",
            "silu1",
            "relu1",
            "prelu1",
            "relu2"
        ]
    );
}

#[test]
fn what_clamps_waits_for_the_largest() {
    let chain = "A: 1x16x16 -> batch_norm -> relu6 -> max_pool<2x2> -> residual(conv<1x1>(1)) -> gelu -> relu \
                 -> max_pool<2x2> -> conv<1x1>(2) -> tanh -> max_pool<2x2>(stride = 1)";
    let training = [
        "batch_norm1",
        "max_pool1 relu61",
        "conv1",
        "residual1",
        "gelu1",
        "max_pool2 relu1",
        "conv2 tanh1",
        "max_pool3",
    ];
    assert_eq!(stages(chain), training);
    let single = stages_of(Mode::Single, chain);
    assert_eq!(single[..2], ["batch_norm1 relu61", "max_pool1"]);
}

#[test]
fn direct_convolutions_keep_the_largest_of_windows_side_by_side() {
    let chain = "A: 1x32x32 -> conv<5x5>(2) -> relu -> max_pool<2x2> -> conv<2x2>(2) -> batch_norm -> relu6 \
                 -> max_pool<2x2> -> depthwise_conv<2x2> -> tanh -> max_pool<1x2> -> conv<1x1>(2) \
                 -> max_pool<2x2> -> relu -> conv<1x1>(2) -> relu -> max_pool<1x1> -> max_pool<1x1>";
    let training = [
        "conv1 relu1 max_pool1",
        "conv2",
        "batch_norm1",
        "max_pool2 relu61",
        "depthwise_conv1 tanh1 max_pool3",
        "conv3 relu2 max_pool4",
        "conv4 relu3 max_pool5",
        "max_pool6",
    ];
    assert_eq!(stages(chain), training);
    let batch = stages_of(Mode::Batch, chain);
    assert_eq!(batch[1], "conv2 batch_norm1 relu61 max_pool2");
    let single = stages_of(Mode::Single, chain);
    assert_eq!(single[..2], ["conv1 relu1", "max_pool1"]);
}

#[test]
fn windows_that_overlap_or_are_padded_see_all_results() {
    assert_eq!(
        stages(
            "A: 1x16x16 -> conv<5x5>(2) -> max_pool<3x3>(stride = 2) -> conv<1x1>(2) -> relu \
             -> max_pool<2x2>(padding = 1) -> c: conv<2x2>(2) -> max_pool<1x1> -> add(c, identity)"
        ),
        [
            "conv1",
            "max_pool1",
            "conv2",
            "max_pool2 relu1",
            "c",
            "max_pool3",
            "add1"
        ]
    );
}

#[test]
fn windows_that_no_tile_holds_see_all_results() {
    for chain in [
        "A: 1x4x32 -> conv<1x1>(2) -> max_pool<1x13>",
        "A: 8x16x16 -> conv<1x1>(4) -> max_pool<16x16>",
        "A: 1x28 -> conv<3>(4) -> max_pool<26>",
        "A: 1x4x4 -> conv<5x5>(2, padding = same) -> max_pool<2x2>",
    ] {
        assert_eq!(stages(chain), ["conv1", "max_pool1"], "{chain}");
    }
}

#[test]
fn convolutions_by_winograds_algorithm_keep_the_largest_of_what_a_tile_gives() {
    // Tiles of four columns, and of two rows of taps whatever rows.
    assert_eq!(
        stages(
            "A: 16x16x16 -> conv<2x3>(16, padding = 1) -> relu -> max_pool<3x2> -> conv<2x3>(16, padding = 1) \
             -> relu -> max_pool<2x3>"
        ),
        ["conv1 relu1 max_pool1", "conv2", "max_pool2 relu2"]
    );
    // Tiles of four rows and columns.
    assert_eq!(
        stages(
            "A: 16x16x16 -> conv<3x3>(16, padding = 1) -> relu -> max_pool<4x2> -> conv<3x3>(16, padding = 1) \
             -> relu -> max_pool<3x2>"
        ),
        ["conv1 relu1 max_pool1", "conv2", "max_pool2 relu2"]
    );
}

#[test]
fn one_sample_keeps_the_largest_where_channels_in_the_lanes_are_the_form_to_take() {
    let conv = |layers: &str| stages_of(Mode::Single, &format!("A: {layers}"));
    for joined in [
        "16x16x16 -> conv<3x3>(16, padding = 1) -> relu -> max_pool<2x2>",
        "6x12x12 -> conv<5x5>(16) -> relu -> max_pool<2x2>",
    ] {
        assert_eq!(conv(joined), ["conv1 relu1 max_pool1"], "{joined}");
    }
    assert_eq!(
        conv("16x8x8 -> conv<3x3>(16) -> batch_norm -> max_pool<3x2> -> relu6"),
        ["conv1 batch_norm1 relu61 max_pool1"]
    );
    for apart in [
        // Columns in the lanes, though Winograd's algorithm could be taken.
        "1x28x28 -> conv<5x5>(6) -> relu -> max_pool<2x2>",
        // No tile gives three columns.
        "16x16x16 -> conv<3x3>(16) -> relu -> max_pool<2x3>",
        "6x12x12 -> conv<5x5>(16) -> relu -> max_pool<4x4>",
        "16x16x16 -> conv<1x1>(16) -> relu -> max_pool<2x2>",
        "16x16x16 -> conv<3x3>(16) -> relu -> max_pool<2x2>(stride = 1)",
    ] {
        assert_eq!(conv(apart), ["conv1 relu1", "max_pool1"], "{apart}");
    }
}

#[test]
fn what_something_else_reads_is_clamped_before_the_largest() {
    assert_eq!(
        stages(
            "A: 1x4x4 -> a: conv<1x1>(1) -> r: relu -> max_pool<3x3>(stride = 1, padding = 1) -> add(r, identity)"
        )[..2],
        ["a r", "max_pool1"]
    );
}

const NORMS: &str = "A: 3x8x8 -> conv<3x3>(4) -> batch_norm -> relu \
    -> depthwise_conv<3x3> -> batch_norm(affine = false) -> gelu \
    -> transposed_conv<2x2>(2) -> batch_norm -> flatten -> dense(3) -> batch_norm -> tanh";

#[test]
fn inference_folds_scales_and_shifts_into_weights() {
    assert_eq!(
        stages_of(Mode::Batch, NORMS),
        [
            "conv1 batch_norm1 relu1",
            "depthwise_conv1 batch_norm2",
            "gelu1",
            "transposed_conv1 batch_norm3",
            "flatten1",
            "dense1 batch_norm4 tanh1"
        ]
    );
    assert_eq!(
        stages_of(Mode::Single, NORMS),
        stages_of(Mode::Batch, NORMS)
    );
}

#[test]
fn training_folds_nothing() {
    assert_eq!(
        stages(NORMS)[..4],
        [
            "conv1",
            "batch_norm1 relu1",
            "depthwise_conv1",
            "batch_norm2"
        ]
    );
}

#[test]
fn what_has_no_weights_before_it_or_another_reader_is_not_folded() {
    assert_eq!(
        stages_of(
            Mode::Batch,
            "A: 2x8x8 -> batch_norm -> a: conv<1x1>(2) -> batch_norm -> add(a, identity) \
             -> conv<3x3>(2) -> relu -> batch_norm -> conv<1x1>(2) -> batch_norm -> batch_norm \
             -> max_pool<2x2> -> batch_norm -> conv<1x1>(1) -> flatten -> batch_norm"
        ),
        [
            "batch_norm1",
            "a",
            "batch_norm2",
            "add1",
            "conv2 relu1",
            "batch_norm3",
            "conv3 batch_norm4",
            "batch_norm5",
            "max_pool1",
            "batch_norm6",
            "conv4",
            "flatten1",
            "batch_norm7"
        ]
    );
}

/// Whose gradients stand in whose place in training, by the names of the layers that compute the values.
fn in_place(chain: &str) -> Vec<(String, String)> {
    let outline = find(chain).outlines.remove(0);
    let fused = fuse(outline.complete().expect("the chain is right"));
    let nodes = &fused.graph.graph.nodes;
    let name = |value: ValueId| nodes[value.0 - 1].name.clone();
    let values = (1..=nodes.len()).map(ValueId);
    let others = values.filter(|&value| fused.gradient_in(value) != value);
    others
        .map(|value| (name(value), name(fused.gradient_in(value))))
        .collect()
}

#[test]
fn norms_and_sums_update_gradients_that_nothing_else_adds_to() {
    let chain = "A: 2x4x4 -> batch_norm -> a: conv<1x1>(2) -> n: batch_norm -> relu \
        -> residual(b: conv<1x1>(2) -> m: batch_norm, shortcut = c: conv<1x1>(2)) \
        -> d: conv<1x1>(2) -> add(batch_norm, identity) -> add(identity, e: conv<1x1>(2)) -> flatten -> batch_norm";
    let pairs = [
        ("a", "relu1"),
        ("b", "residual1"),
        ("m", "residual1"),
        ("batch_norm4", "add1"),
        ("e", "add2"),
    ];
    assert_eq!(
        in_place(chain),
        pairs.map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
}
