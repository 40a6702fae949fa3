//! Cases of the pass `layout`.

use super::*;
use crate::diagnostics::testing::find;
use crate::passes::fuse::fuse;

fn laid(source: &str) -> Laid {
    let outline = find(source).outlines.remove(0);
    let shaped = outline.complete();
    lay_out(fuse(shaped.expect("the case has no mistake")))
}

/// The steps of one sample: the layer with the layouts of its input and output, or a conversion.
fn dump(laid: &Laid) -> Vec<String> {
    let nodes = &laid.fused.graph.graph.nodes;
    let step = |step: &Step| match *step {
        Step::Stage(index, form) => {
            let name = &nodes[laid.fused.stages(Mode::Single)[index].node].name;
            format!("{name}: {:?} -> {:?}", form.input, form.output)
        }
        Step::Convert { from, to, .. } => format!("{from:?} -> {to:?}"),
    };
    laid.single.iter().map(step).collect()
}

#[test]
fn a_block_is_worth_it_for_more_samples_the_fuller_the_lanes_are_without() {
    let least = |source: &str| laid(source).least_block();
    // Dense layers: in a block a weight is loaded once for sixteen samples.
    assert_eq!(least("A: 640 -> dense(128) -> relu -> dense(640)"), 6);
    // So few operations that a call for each sample counts.
    assert_eq!(least("A: 24 -> dense(8) -> tanh -> dense(2)"), 5);
    // Weights that do not fit into the second cache.
    assert_eq!(least("A: 1024 -> dense(1024)"), 3);
    // Four channels, and two registers for eighteen columns.
    assert_eq!(
        least("A: 1x18x18 -> conv<3x3>(4, padding = same) -> relu"),
        16
    );
    // Sixteen channels fill the lanes, with kernels that overlap.
    assert_eq!(least("A: 16x8x8 -> conv<2x2>(16)"), 16);
    // By Winograd's algorithm, one sample along the rows and a block in both dimensions.
    assert_eq!(least("A: 16x8x8 -> conv<3x3>(16, padding = same)"), 13);
}

#[test]
fn a_block_is_never_worth_it_where_little_is_computed_for_what_is_moved() {
    let least = |source: &str| laid(source).least_block();
    // Samples are turned to blocks and back.
    let turned = least("A: 1x64x64 -> conv<3x3>(1) -> tanh");
    assert!(turned > BLOCK, "{turned}");
    // Values that leave the second cache, beside those that do not, for which as much is turned and computed.
    let pointwise = |side: usize| {
        least(&format!(
            "A: 1x{side}x{side} -> conv<1x1>(16) -> relu -> conv<1x1>(16) -> relu -> global_avg_pool"
        ))
    };
    let [small, large] = [16, 128].map(pointwise);
    assert!(small <= BLOCK + 1 && large > small + 4, "{small}, {large}");
    // One sample could not fill lanes with narrow images.
    let narrow = least("A: 16x512x3 -> conv<1x1>(4) -> relu -> global_avg_pool");
    assert!(narrow <= BLOCK, "{narrow}");
}

#[test]
fn large_images_of_few_channels_are_trained_one_by_one() {
    let samples = |source: &str| laid(source).samples();
    assert_eq!(
        samples(
            "A: 1x256x256 -> conv<3x3>(1, padding = same) -> tanh -> conv<5x3>(1, padding = same)"
        ),
        1
    );
    assert_eq!(
        samples("A: 3x128x128 -> conv<3x3>(4, padding = same) -> relu -> conv<3x3>(5) -> flatten"),
        1
    );
    let image = "A: 1x256x256 -> a: conv<3x3>(1, padding = same)";
    assert_eq!(
        samples(&format!("{image} -> residual(tanh) -> concat(a, identity)")),
        1
    );
    for other in [
        // Sixteen of them stay in the caches.
        "A: 1x128x128 -> conv<3x3>(1, padding = same) -> tanh -> conv<3x3>(1) -> tanh",
        "A: 1x256x256 -> conv<3x3>(1)",
        // By Winograd's algorithm in both dimensions.
        "A: 3x128x128 -> conv<3x3>(8, padding = same) -> relu -> conv<3x3>(8) -> flatten",
        // Much to compute for each number.
        "A: 64x128x128 -> conv<3x3>(64, padding = same) -> relu -> conv<3x3>(64)",
        // Twenty columns are two registers, and sixteen samples of them twenty.
        "A: 1x4000x20 -> conv<3x3>(1, padding = same) -> tanh -> conv<3x3>(1, padding = same)",
        // Rows that are read with a step, and narrow ones.
        "A: 1x512x512 -> conv<3x3>(4, stride = 2) -> tanh -> conv<3x3>(4)",
        "A: 1x40000x9 -> conv<3x3>(1) -> tanh -> conv<3x3>(1)",
        // Padding beyond the window, from which no convolution leads back.
        "A: 1x256x256 -> conv<3x3>(1, padding = 3) -> tanh -> conv<3x3>(1)",
        // Layers without such a form.
        "A: 1x256x256 -> conv<3x3>(1) -> batch_norm -> conv<3x3>(1) -> tanh",
        "A: 1x256x256 -> conv<3x3>(1) -> conv<3x3>(1) -> global_avg_pool -> dense(3)",
    ] {
        assert_eq!(samples(other), 16, "{other}");
    }
}

#[test]
fn lenet_on_one_sample_has_columns_then_channels_in_the_lanes() {
    let laid = laid(
        "LeNet5: 1x28x28
        -> conv<5x5>(6) -> relu -> max_pool<2x2> -> conv<5x5>(16) -> relu -> max_pool<2x2>
        -> flatten -> dense(120) -> relu -> dense(10)",
    );
    assert_eq!(
        dump(&laid),
        [
            "conv1: Columns -> Columns",
            "max_pool1: Columns -> Channels",
            "conv2: Channels -> Channels",
            "flatten1: Channels -> Channels",
            "dense1: Channels -> Channels",
            "dense2: Channels -> Channels",
        ]
    );
}

#[test]
fn an_image_comes_and_goes_row_by_row() {
    let wide = laid("A: 3x8x8 -> conv<3x3>(32) -> relu");
    assert_eq!(
        dump(&wide),
        [
            "Columns -> Channels",
            "conv1: Channels -> Channels",
            "Channels -> Columns"
        ]
    );
    let few = laid("A: 1x32x32 -> conv<3x3>(1, padding = same) -> tanh -> conv<3x3>(2)");
    assert_eq!(
        dump(&few),
        ["conv1: Columns -> Columns", "conv2: Columns -> Columns"]
    );
}

#[test]
fn an_avoided_layout_is_taken_where_there_is_no_other() {
    let avoiding = |layout: &str| {
        let lenet =
            "LeNet5: 1x28x28 -> conv<5x5>(6) -> relu -> max_pool<2x2> -> flatten -> dense(10)";
        dump(&laid(&format!("#[avoid_layout({layout})] {lenet}")))
    };
    assert_eq!(
        avoiding("columns"),
        [
            "Columns -> Channels",
            "conv1: Channels -> Channels",
            "max_pool1: Channels -> Channels",
            "flatten1: Channels -> Channels",
            "dense1: Channels -> Channels",
        ]
    );
    assert_eq!(
        avoiding("channels"),
        [
            "conv1: Columns -> Columns",
            "max_pool1: Columns -> Columns",
            "flatten1: Columns -> Channels",
            "dense1: Channels -> Channels",
        ]
    );
    let joined = "A: 16x18x18 -> conv<3x3>(16) -> max_pool<2x2>";
    assert_eq!(
        dump(&laid(&format!("#[avoid_layout(channels)] {joined}"))),
        ["conv1: Columns -> Columns", "max_pool1: Columns -> Columns"]
    );
    let samples = |source: &str| laid(source).samples();
    let small = "A: 1x32x32 -> conv<3x3>(1) -> tanh";
    let large = "A: 1x256x256 -> conv<3x3>(1, padding = same) -> tanh -> conv<3x3>(1)";
    assert_eq!(samples(&format!("#[avoid_layout(samples)] {small}")), 1);
    assert_eq!(samples(&format!("#[avoid_layout(columns)] {large}")), 16);
}

#[test]
fn blocks_have_samples_in_the_lanes() {
    let laid = laid("A: 1x28x28 -> conv<5x5>(6) -> relu -> flatten -> dense(4)");
    for steps in [&laid.training, &laid.batch] {
        assert_eq!(steps.len(), 3);
        for step in steps {
            let Step::Stage(_, form) = step else {
                panic!("a block needs no conversion: {step:?}");
            };
            let layouts = (form.input, form.output);
            assert_eq!(layouts, (Layout::Samples, Layout::Samples));
        }
    }
}

/// The least cost of one sample over every combination of forms.
fn least(fused: &Fused, stage: usize, layout: Layout) -> u64 {
    let graph = &fused.graph;
    let Some(next) = fused.stages(Mode::Single).get(stage) else {
        let output = graph.shape(graph.graph.output);
        let outside = Mode::Single.outside(output);
        return layout.conversion(outside, output).expect("one sample");
    };
    let input = graph.shape(next.inputs[0]);
    let through = |form: &Form| {
        let conversion = layout.conversion(form.input, input).expect("one sample");
        conversion + form.cost + least(fused, stage + 1, form.output)
    };
    let forms = fused.forms(next, Mode::Single);
    forms.iter().map(through).min().expect("there is a form")
}

#[test]
fn the_choice_is_the_cheapest_of_all() {
    let chains = [
        "A: 1x28x28 -> conv<5x5>(6) -> max_pool<2x2> -> conv<5x5>(16) -> avg_pool<2x2>",
        "A: 3x20x33 -> conv<3x3>(8) -> tanh -> conv<3x3>(24) -> tanh -> conv<1x1>(2) -> sigmoid",
        "A: 2x18x18 -> relu -> max_pool<3x3>(stride = 1) -> conv<1x1>(20) -> flatten -> dense(3)",
        "A: 16x17x17 -> conv<2x2>(1) -> conv<1x1>(16) -> conv<1x1>(1) -> tanh -> tanh",
        "A: 5 -> dense(4) -> relu -> dense(3)",
        "A: 3x20x20 -> conv<3x3>(16) -> relu -> max_pool<2x2> -> conv<3x3>(24) -> max_pool<2x2> -> conv<1x1>(2)",
    ];
    for chain in chains {
        let laid = laid(chain);
        let graph = &laid.fused.graph;
        let cost = |step: &Step| match *step {
            Step::Stage(_, form) => form.cost,
            Step::Convert { value, from, to } => {
                let conversion = from.conversion(to, graph.shape(value));
                conversion.expect("a conversion that was chosen is possible")
            }
        };
        let found: u64 = laid.single.iter().map(cost).sum();
        let outside = Mode::Single.outside(graph.graph.input);
        assert_eq!(found, least(&laid.fused, 0, outside), "{chain}");
    }
}
