//! Convolutions, depthwise and transposed ones, with every option, against PyTorch on every level, and
//! their gradients against differences; against plain loops; and by hand.

// Rows that a stride never reads are part of the cases.
#![allow(deprecated)]

#[path = "layers/convolution.rs"]
mod alone;
mod harness;
#[path = "naive/convolution.rs"]
mod naive;

harness::reference::reference_cases! {
    "convolution";
    dilation_of_two: (2x7x8 -> conv<3x3>(3, dilation = 2) -> 3x3x4);
    dilation_by_side: (1x6x9 -> conv<2x3>(2, dilation = 3x2) -> 2x3x5);
    dilation_same: (3x5x7 -> conv<3x3>(4, dilation = 2, padding = same) -> 4x5x7);
    dilation_same_even: (2x5x6 -> conv<2x4>(3, dilation = 3x1, padding = same) -> 3x5x6);
    dilation_stride_padding: (2x7x8 -> conv<3x3>(3, stride = 2, dilation = 2, padding = 2) -> 3x4x4);
    dilation_three_stride_two: (2x10x11 -> conv<3x3>(2, stride = 2, dilation = 3, padding = 3) -> 2x5x6);
    dilation_two_stride_three: (1x9x12 -> conv<4x3>(3, stride = 3x3, dilation = 2, padding = 2x1) -> 3x3x4);
    dilation_four_stride_six: (1x13x14 -> conv<3x3>(1, stride = 6, dilation = 4, padding = 4) -> 1x3x3);
    dilation_of_the_whole_input: (2x5x7 -> conv<3x3>(3, dilation = 2x3) -> 3x1x1);
    dilation_wider_than_the_input: (2x3x4 -> conv<3x3>(2, dilation = 3, padding = 3) -> 2x3x4);
    dilation_of_one_pixel: (1x1x1 -> conv<3x3>(2, dilation = 2, padding = 2) -> 2x1x1);
    dilation_of_a_wide_image: (1x2x40 -> conv<2x5>(2, dilation = 1x3, padding = [0, 4]) -> relu -> 2x1x36);
    dilation_of_seventeen_channels: (17x1x3 -> conv<1x2>(9, dilation = 2) -> 9x1x1);
    groups_of_one_channel_to_one: (3x5x6 -> conv<3x3>(3, groups = 3) -> 3x3x4);
    groups_of_two_channels: (4x5x6 -> conv<3x2>(6, groups = 2) -> 6x3x5);
    groups_stride_padding: (6x5x6 -> conv<3x3>(4, groups = 2, stride = 2, padding = 1) -> 4x3x3);
    groups_dilation_without_bias: (4x6x7 -> conv<2x3>(8, groups = 4, dilation = 2, bias = false) -> 8x4x3);
    groups_of_sixteen_channels: (32x1x2 -> conv<1x1>(32, groups = 2) -> 32x1x2);
    groups_of_seventeen_channels: (34x1x2 -> conv<1x1>(34, groups = 2) -> 34x1x2);
    groups_of_a_wide_image: (4x1x37 -> conv<3x3>(4, groups = 2, padding = 1) -> relu -> 4x1x37);
    depthwise_of_one_channel: (1x4x5 -> depthwise_conv<3x3> -> 1x2x3);
    depthwise_of_three_channels: (3x5x6 -> depthwise_conv<3x3>(padding = same) -> 3x5x6);
    depthwise_of_eight_channels_stride: (8x5x4 -> depthwise_conv<3x3>(stride = 2, padding = 1, bias = false) -> 8x3x2);
    depthwise_of_sixteen_channels: (16x3x4 -> depthwise_conv<2x3>(padding = same) -> 16x3x4);
    depthwise_of_seventeen_channels: (17x3x4 -> depthwise_conv<3x3>(padding = 1) -> 17x3x4);
    depthwise_multiplier: (3x5x6 -> depthwise_conv<3x3>(multiplier = 2, padding = 1) -> 6x5x6);
    depthwise_multiplier_of_seventeen: (17x3x4 -> depthwise_conv<2x2>(2) -> 34x2x3);
    depthwise_dilation_stride: (2x7x9 -> depthwise_conv<3x3>(3, dilation = 2, stride = 2, padding = 2) -> 6x4x5);
    depthwise_of_a_row: (5x1x19 -> depthwise_conv<1x4>(padding = (left = 3)) -> 5x1x19);
    depthwise_separable_wide: (2x2x35 -> depthwise_conv<3x3>(padding = same) -> relu -> conv<1x1>(3) -> relu -> 3x2x35);
    depthwise_after_conv: (2x3x4 -> conv<1x1>(17) -> relu -> depthwise_conv<3x3>(padding = 1) -> relu -> 17x3x4);
    same_of_tensorflow_at_stride_two: (2x6x7 -> conv<3x3>(3, stride = 2, padding = (top = 0, bottom = 1, left = 1, right = 1)) -> 3x3x4);
    depthwise_same_of_tensorflow: (3x6x6 -> depthwise_conv<3x3>(stride = 2, padding = (bottom = 1, right = 1)) -> 3x3x3);
    three_columns: (5x4x8 -> conv<3x3>(6, padding = 1) -> relu -> 6x4x8);
    three_columns_with_a_rest: (6x5x9 -> conv<3x3>(7) -> 7x3x7);
    three_columns_of_one_row: (9x1x11 -> conv<1x3>(10, bias = false) -> 10x1x9);
    three_columns_of_two_rows: (6x3x6 -> conv<2x3>(8, padding = (bottom = 1, left = 2)) -> 8x3x6);
    three_columns_padding: (6x2x6 -> conv<3x3>(6, padding = 2) -> 6x4x8);
    three_columns_of_seventeen_channels: (17x2x4 -> conv<1x3>(18, padding = same) -> 18x2x4);
    three_columns_circular: (6x4x6 -> conv<3x3>(6, padding = same, padding_mode = circular) -> 6x4x6);
    three_columns_of_half_a_tile: (8x3x4 -> conv<3x3>(8) -> 8x1x2);
    reflect: (2x5x6 -> conv<3x3>(3, padding = 1, padding_mode = reflect) -> 3x5x6);
    reflect_up_to_the_size: (1x4x3 -> conv<2x2>(2, padding = 3x2, padding_mode = reflect) -> 2x9x6);
    replicate_stride: (3x5x7 -> conv<3x3>(2, stride = 2, padding = 2, padding_mode = replicate) -> 2x4x5);
    replicate_of_one_pixel: (2x1x1 -> conv<3x3>(2, padding = 1, padding_mode = replicate) -> 2x1x1);
    circular_same_even: (2x4x5 -> conv<4x2>(3, padding = same, padding_mode = circular) -> 3x4x5);
    circular_up_to_the_size: (1x3x2 -> conv<3x3>(2, padding = 3x2, padding_mode = circular, bias = false) -> 2x7x4);
    circular_groups_dilation: (4x5x6 -> conv<3x3>(6, groups = 2, dilation = 2, padding = 2, padding_mode = circular) -> 6x5x6);
    reflect_by_side: (2x4x5 -> conv<3x3>(2, stride = 2, padding = (top = 1, bottom = 2, right = 3), padding_mode = reflect) -> 2x3x3);
    depthwise_reflect: (17x3x4 -> depthwise_conv<3x3>(padding = same, padding_mode = reflect) -> 17x3x4);
    reflect_wide_then_replicate: (2x2x20 -> conv<3x3>(3, padding = 1, padding_mode = reflect) -> relu -> conv<3x3>(2, padding = 1, padding_mode = replicate) -> 2x2x20);
    transposed: (2x4x5 -> transposed_conv<3x3>(3) -> 3x6x7);
    transposed_of_one_pixel: (1x1x1 -> transposed_conv<2x3>(2) -> 2x2x3);
    transposed_stride_two: (3x4x3 -> transposed_conv<2x2>(4, stride = 2) -> 4x8x6);
    transposed_stride_three_output_padding: (2x3x4 -> transposed_conv<3x3>(2, stride = 3, padding = 1, output_padding = 2x1) -> 2x9x11);
    transposed_output_padding: (2x4x3 -> transposed_conv<3x3>(3, stride = 2, padding = 1, output_padding = 1) -> 3x8x6);
    transposed_stride_wider_than_the_kernel: (2x3x3 -> transposed_conv<2x1>(2, stride = 3) -> 2x8x7);
    transposed_dilation: (2x4x4 -> transposed_conv<3x2>(3, dilation = 2x3, padding = 1) -> 3x6x5);
    transposed_dilation_stride: (1x4x3 -> transposed_conv<3x3>(2, stride = 2, dilation = 3, padding = 2, output_padding = 2) -> 2x11x9);
    transposed_groups: (4x3x4 -> transposed_conv<3x3>(6, stride = 2, groups = 2, padding = 1, bias = false) -> 6x5x7);
    transposed_of_every_channel_by_itself: (3x3x3 -> transposed_conv<2x2>(6, stride = 2, groups = 3) -> 6x6x6);
    transposed_of_many_channels: (17x1x2 -> transposed_conv<1x1>(33, stride = 1x2) -> 33x1x3);
    transposed_of_a_wide_image: (2x2x18 -> transposed_conv<3x4>(3, stride = 1x2, padding = 1) -> 3x2x36);
    transposed_between_activations: (1x7x8 -> conv<3x3>(4, stride = 2) -> relu -> transposed_conv<3x3>(2, stride = 2, output_padding = [0, 1]) -> tanh -> 2x7x8);
    squares_with_rests: (10x9x7 -> conv<3x3>(17, padding = 1) -> relu -> 17x9x7);
    three_columns_of_a_wide_image: (9x6x36 -> conv<3x3>(8, padding = (top = 2, left = 1)) -> 8x6x35);
    squares_of_a_small_image: (16x8x6 -> conv<3x3>(16, padding = 2, bias = false) -> 16x10x8);
    squares_of_a_single_tile: (20x6x6 -> conv<3x3>(21) -> 21x4x4);
}
