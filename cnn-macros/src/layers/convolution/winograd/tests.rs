//! Which convolutions are computed by Winograd's algorithm.

use crate::passes::testing::planned;

/// The first line of documentation of the function of a purpose that says how it computes.
fn is_by_winograd(declaration: &str, purpose: &str) -> bool {
    let plan = planned(declaration);
    let mut functions = plan.functions.all.iter();
    let function = functions.find(|function| function.kernel.purpose == purpose);
    let function = function.expect("every convolution has such a function");
    function
        .kernel
        .doc
        .iter()
        .any(|line| line.contains("Winograd"))
}

const PURPOSES: [&str; 4] = ["forward", "weight_gradient", "input_gradient", "single"];

#[test]
fn three_columns_of_many_channels_are_computed_by_winograd() {
    for purpose in PURPOSES {
        for declaration in [
            "A: 16x8x8 -> conv<3x3>(16, padding = same)",
            "A: 5x4x8 -> conv<3x3>(16, padding = 2)",
            "A: 32x6x9 -> conv<3x3>(16)",
            "A: 6x4x6 -> conv<3x3>(16, padding = same, padding_mode = circular)",
            "A: 32x20 -> conv<3>(32)",
        ] {
            assert!(
                is_by_winograd(declaration, purpose),
                "{declaration}: {purpose}"
            );
        }
    }
}

#[test]
fn other_convolutions_are_not() {
    for purpose in PURPOSES {
        for declaration in [
            // Few channels, for which the points cost more than they save.
            "A: 1x8x32 -> conv<3x3>(2)",
            // One column, of which a tile wastes three.
            "A: 16x8x3 -> conv<3x3>(16)",
            "A: 16x8x8 -> conv<3x3>(16, stride = 2)",
            "A: 16x8x8 -> conv<3x3>(16, dilation = 2)",
            "A: 16x8x8 -> conv<3x3>(16, groups = 2)",
            "A: 1x8x12 -> conv<5x5>(16, stride = 2)",
            "A: 16x8x8 -> conv<4x4>(16)",
            "A: 16x8x8 -> conv<4x3>(16)",
            // Padding as wide as the window.
            "A: 16x8x8 -> conv<3x3>(16, padding = 3)",
            "A: 16x8x8 -> conv<3x3>(16, padding = (right = 3))",
        ] {
            assert!(
                !is_by_winograd(declaration, purpose),
                "{declaration}: {purpose}"
            );
        }
    }
}

#[test]
fn five_columns_are_of_one_sample_alone() {
    for declaration in [
        "A: 6x12x12 -> conv<5x5>(16)",
        "A: 17x3x9 -> conv<3x5>(4, padding = 2)",
    ] {
        let are = PURPOSES.map(|purpose| is_by_winograd(declaration, purpose));
        assert_eq!(are, [false, false, false, true], "{declaration}");
    }
}

#[test]
fn nor_are_blocks_with_so_few_tiles_that_the_taps_cost_more_than_they_save() {
    let declaration = "A: 256x1x3 -> conv<3x3>(256, padding = same)";
    let are = PURPOSES.map(|purpose| is_by_winograd(declaration, purpose));
    // The taps of one sample are taken to the points when the network is frozen.
    assert_eq!(are, [false, false, false, true]);
}
