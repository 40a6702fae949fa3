//! Layers on signals (`channels x length`) against PyTorch, which has layers of their own for them.

// Positions that a stride or a pool never reads are part of the cases.
#![allow(deprecated)]

mod harness;

use cnn::prelude::*;

harness::reference::reference_cases! {
    "layers_signals";
    conv_of_one_position: (1x1 -> conv<1>(1) -> 1x1);
    conv_of_the_whole_signal: (3x7 -> conv<7>(2) -> 2x1);
    conv_of_odd_channels: (3x11 -> conv<4>(17, bias = false) -> 17x8);
    conv_of_sixteen_channels: (16x9 -> conv<3>(8, padding = same) -> relu -> 8x9);
    conv_of_a_long_signal: (1x43 -> conv<5>(3, padding = same) -> tanh -> 3x43);
    conv_with_a_stride_and_a_remainder: (2x20 -> conv<3>(4, stride = 2, padding = 1) -> 4x10);
    conv_same_even: (2x18 -> conv<4>(3, padding = same) -> 3x18);
    conv_padding_by_side: (2x10 -> conv<3>(3, stride = 2, padding = (left = 0, right = 1)) -> 3x5);
    conv_padding_before: (2x10 -> conv<5>(3, padding = (before = 4, after = 0)) -> 3x10);
    maximum: (3x19 -> max_pool<2> -> 3x9);
    maximum_overlapping: (2x37 -> max_pool<5>(stride = 2, padding = 2) -> 2x19);
    maximum_in_channels: (2x13 -> conv<3>(17) -> max_pool<3>(stride = 1) -> 17x9);
    average: (2x12 -> avg_pool<3>(stride = 2) -> 2x5);
    average_padded: (8x13 -> conv<2>(16) -> avg_pool<3>(padding = 1) -> 16x4);
    activations: (3x21 -> leaky_relu(slope = 0.1) -> conv<1>(5) -> sigmoid -> 5x21);
    classifier: (2x40 -> conv<5>(6) -> relu -> max_pool<2> -> conv<3>(16) -> relu -> max_pool<2>
        -> flatten -> dense(3) -> 3);
    dilated: (2x20 -> conv<3>(4, dilation = 3) -> 4x14);
    grouped: (6x13 -> conv<3>(9, groups = 3, padding = 1) -> 9x13);
    reflected: (2x11 -> conv<5>(3, padding = 2, padding_mode = reflect) -> 3x11);
    replicated: (2x9 -> conv<4>(5, stride = 2, padding = 3, padding_mode = replicate) -> 5x6);
    circular: (3x10 -> conv<3>(4, dilation = 2, padding = 2, padding_mode = circular) -> 4x10);
    depthwise: (5x12 -> depthwise_conv<3>(multiplier = 2, padding = same) -> 10x12);
    transposed: (3x7 -> transposed_conv<4>(5, stride = 3, padding = 1, output_padding = 1) -> 5x21);
    instance_norm: (3x17 -> conv<3>(5) -> instance_norm -> 5x15);
    instance_norm_affine: (5x4 -> instance_norm(affine = true) -> 5x4);
    group_norm: (2x12 -> conv<3>(6) -> group_norm(3) -> 6x10);
    layer_norm: (4x9 -> layer_norm -> 4x9);
}

network! { Sound: 2x12 -> front: conv<3>(4) -> relu -> flatten -> dense(2) -> 2 }

#[test]
fn a_signal_has_two_sizes_everywhere() {
    let spec = <Sound>::SPEC;
    assert_eq!(spec.input, [2, 12]);
    assert_eq!(spec.layers[0].output, [4, 10]);
    assert_eq!(spec.parameters[0].shape, [4, 2, 3]);
    let mut net = Sound::new(1);
    net.front_mut().weight()[3][1][2] = 0.5;
    assert_eq!(net.front().weight()[3][1][2], 0.5);
    assert_eq!(net.parameters()[23], 0.5);
}

#[test]
fn a_network_trains_on_signals() -> cnn::Result<()> {
    // Rising and falling signals.
    let samples: Vec<f32> = (0..32 * 24)
        .map(|k| {
            let (n, t) = (k / 24, k % 12);
            let slope = if n % 2 == 0 { 0.1 } else { -0.1 };
            slope * (t as f32 - 5.5) + 0.01 * (n % 5) as f32
        })
        .collect();
    let labels: Vec<usize> = (0..32).map(|n| n % 2).collect();
    let data = InMemory::<Cl<2, 12>, Class>::from_classes(samples, labels, 2)?;
    let mut net = Sound::new(1);
    Trainer::new(SoftmaxCrossEntropy, Adam::new(0.01))
        .epochs(30)
        .batch_size(16)
        .fit(&mut net, &data, None)?;
    let rising: Vec<f32> = data.sample(0).to_vec();
    assert_eq!(argmax(&net.predict(&rising)), Some(0));
    Ok(())
}
