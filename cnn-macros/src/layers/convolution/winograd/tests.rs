//! Which convolutions are computed by Winograd's algorithm.

use crate::passes::testing::planned;

/// Whether the function of a purpose is documented to be computed so.
fn is_by(algorithm: &str, declaration: &str, purpose: &str) -> bool {
    let plan = planned(declaration);
    let mut functions = plan.functions.all.iter();
    let function = functions.find(|function| function.kernel.purpose == purpose);
    let function = function.expect("every convolution has such a function");
    function
        .kernel
        .doc
        .iter()
        .any(|line| line.contains(algorithm))
}

fn is_by_winograd(declaration: &str, purpose: &str) -> bool {
    is_by("Winograd", declaration, purpose)
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

#[test]
fn both_dimensions_are_computed_at_once_where_that_takes_fewer_operations() {
    let squares = |declaration| {
        ["forward", "input_gradient", "weight_gradient"]
            .map(|purpose| is_square(declaration, purpose))
    };
    for declaration in [
        "A: 16x8x8 -> conv<3x3>(16, padding = same)",
        "A: 32x6x6 -> conv<3x3>(32)",
        "A: 64x7x7 -> conv<3x3>(64, padding = same)",
    ] {
        assert_eq!(squares(declaration), [true; 3], "{declaration}");
    }
    for declaration in [
        // Two rows of taps.
        "A: 16x8x8 -> conv<2x3>(16)",
        // One row, of which a tile wastes three.
        "A: 16x3x8 -> conv<3x3>(16)",
        // So few channels that the points cost more than they save.
        "A: 4x8x8 -> conv<3x3>(4, padding = same)",
    ] {
        assert_eq!(squares(declaration), [false; 3], "{declaration}");
    }
    // Much is taken to the points for three channels of results, and those that the gradient by the weights multiplies
    // fill no register.
    let first = "A: 3x32x32 -> conv<3x3>(32, padding = same)";
    assert_eq!(squares(first), [true, false, false]);
}

/// Whether a function computes both dimensions at once.
fn is_square(declaration: &str, purpose: &str) -> bool {
    is_by("F(4×4, 3×3)", declaration, purpose)
}

#[test]
fn one_sample_of_several_tiles_and_many_channels_is_computed_in_both_dimensions() {
    for declaration in [
        "A: 64x8x8 -> conv<3x3>(64, padding = same)",
        "A: 32x14x14 -> conv<3x3>(64)",
        // Behind it stand the largest of two rows and columns.
        "A: 64x8x8 -> conv<3x3>(64, padding = same) -> relu -> max_pool<2x2>",
    ] {
        assert!(is_square(declaration, "single"), "{declaration}");
    }
    for declaration in [
        // The points cost more than they save.
        "A: 16x8x8 -> conv<3x3>(16, padding = same)",
        // One tile, for which all weights at the points are read.
        "A: 64x4x4 -> conv<3x3>(64, padding = same)",
        "A: 64x8x8 -> conv<2x3>(64)",
        "A: 64x12x12 -> conv<5x5>(64)",
    ] {
        assert!(!is_square(declaration, "single"), "{declaration}");
        assert!(is_by_winograd(declaration, "single"), "{declaration}");
    }
}

/// What `tests/` compares with plain loops and PyTorch has to be what is meant there.
#[test]
fn the_squares_of_other_tests_are_computed_in_both_dimensions() {
    let [forward, weight_gradient, input_gradient, single] = PURPOSES;
    let all = &[forward, weight_gradient, input_gradient, single][..];
    for (declaration, purposes) in [
        ("10x9x7 -> conv<3x3>(17, padding = 1)", &[forward][..]),
        (
            "16x8x6 -> conv<3x3>(16, padding = 2, bias = false)",
            &[forward, input_gradient],
        ),
        ("20x6x6 -> conv<3x3>(21)", &[forward, input_gradient]),
        ("16x28x8 -> conv<3x3>(16, padding = same)", all),
        (
            "16x4x42 -> conv<3x3>(16, padding = (top = 2, left = 1, right = 2))",
            all,
        ),
        (
            "77x4x17 -> conv<3x3>(16, padding = same)",
            &[forward, input_gradient, single],
        ),
        (
            "16x4x8 -> conv<3x3>(16, padding = same) -> relu -> max_pool<2x2>",
            &all[..3],
        ),
        (
            "9x6x9 -> conv<3x3>(18, padding = 1) -> tanh -> max_pool<2x4>",
            &[forward],
        ),
        (
            "33x10x15 -> conv<3x3>(40, padding = same) -> tanh -> max_pool<4x2>",
            &[forward, input_gradient, single],
        ),
        (
            "16x55x32 -> conv<3x3>(16, padding = same) -> relu -> max_pool<4x2>",
            all,
        ),
        (
            "32x4x12 -> conv<3x3>(40, padding = same, bias = false)",
            all,
        ),
    ] {
        let is_square = |purpose: &&str| is_square(&format!("A: {declaration}"), purpose);
        let squares: Vec<&str> = PURPOSES.into_iter().filter(is_square).collect();
        assert_eq!(squares, purposes, "{declaration}");
    }
}
