//! Each layer against numbers worked by hand.

use cnn_runtime::Network;
use cnn_runtime::simd::Level;

use crate::harness::reference::Weighted;
use crate::harness::{Batch, Outcome, Precision};
use crate::{compare_inference, compare_training};

/// One sample worked by hand.
struct ByHand<'a> {
    parameters: &'a [f64],
    input: &'a [f32],
    output: &'a [f64],
    d_output: &'a [f32],
    gradients: &'a [f64],
    d_input: &'a [f64],
}

impl ByHand<'_> {
    /// The targets of [`Weighted`] are the gradient by the output, and the loss its product with it.
    fn loss(&self) -> f64 {
        let pairs = self.output.iter().zip(self.d_output);
        pairs.map(|(y, &d)| y * f64::from(d)).sum()
    }

    fn check<N: Network>(&self) {
        let (samples, targets): ([&[f32]; 1], [&[f32]; 1]) = ([self.input], [self.d_output]);
        let batch = Batch::<N, _> {
            loss: &Weighted,
            samples: &samples,
            targets: &targets,
        };
        let expected = Outcome {
            outputs: self.output.to_vec(),
            loss: self.loss(),
            gradients: self.gradients.to_vec(),
            d_inputs: self.d_input.to_vec(),
        };
        for level in Level::available() {
            let parameters = self.parameters;
            compare_training::<_, _, f64>(level, Precision::Double, batch, parameters, &expected);
            compare_inference::<N>(level, &samples, parameters, self.output);
        }
    }
}

cnn::network! { Conv: 1x3x3 -> conv<2x2>(1) -> 1x2x2 }

#[test]
fn conv_sums_products_and_sends_each_back_through_its_tap() {
    ByHand {
        // The kernel [[1, 2], [3, 4]] and the bias.
        parameters: &[1.0, 2.0, 3.0, 4.0, 0.5],
        input: &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
        // 1·1 + 2·2 + 3·4 + 4·5 + ½ and so on.
        output: &[37.5, 47.5, 67.5, 77.5],
        d_output: &[1.0, 0.0, 0.0, 2.0],
        // The window at the top left, and twice the one at the bottom right: 1 + 2·5, 2 + 2·6, …
        gradients: &[11.0, 14.0, 20.0, 23.0, 3.0],
        d_input: &[1.0, 2.0, 0.0, 3.0, 4.0 + 2.0, 4.0, 0.0, 6.0, 8.0],
    }
    .check::<Conv>();
}

cnn::network! { Dense: 2 -> dense(2) -> 2 }

#[test]
fn dense_multiplies_by_its_matrix_and_back_by_the_transposed() {
    ByHand {
        // The rows [1, 2] and [3, 4], then the biases.
        parameters: &[1.0, 2.0, 3.0, 4.0, 0.5, -0.5],
        input: &[5.0, 6.0],
        output: &[17.5, 38.5],
        d_output: &[1.0, 2.0],
        gradients: &[5.0, 6.0, 10.0, 12.0, 1.0, 2.0],
        d_input: &[7.0, 10.0],
    }
    .check::<Dense>();
}

cnn::network! { MaxPool: 1x2x4 -> max_pool<2x2> -> 1x1x2 }

#[test]
fn max_pool_sends_its_gradient_to_the_first_maximum() {
    ByHand {
        parameters: &[],
        // The second window is a tie of four.
        input: &[1.0, 3.0, 2.0, 2.0, 3.0, 0.0, 2.0, 2.0],
        output: &[3.0, 2.0],
        d_output: &[5.0, 7.0],
        gradients: &[],
        d_input: &[0.0, 5.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    }
    .check::<MaxPool>();
}

cnn::network! { PaddedMaxPool: 1x2x2 -> max_pool<2x2>(padding = 1) -> 1x2x2 }

#[test]
fn max_pool_does_not_take_padding_for_a_maximum() {
    ByHand {
        parameters: &[],
        input: &[-1.0, -2.0, -3.0, -4.0],
        output: &[-1.0, -2.0, -3.0, -4.0],
        d_output: &[1.0, 2.0, 3.0, 4.0],
        gradients: &[],
        d_input: &[1.0, 2.0, 3.0, 4.0],
    }
    .check::<PaddedMaxPool>();
}

cnn::network! { OverlappingMaxPool: 1x1x4 -> max_pool<1x2>(stride = 1) -> 1x1x3 }

#[test]
fn max_pool_adds_the_gradients_of_overlapping_windows() {
    ByHand {
        parameters: &[],
        input: &[1.0, 9.0, 2.0, 2.0],
        output: &[9.0, 9.0, 2.0],
        d_output: &[1.0, 2.0, 4.0],
        gradients: &[],
        d_input: &[0.0, 3.0, 4.0, 0.0],
    }
    .check::<OverlappingMaxPool>();
}

cnn::network! { AvgPool: 1x2x2 -> avg_pool<2x2> -> 1x1x1 }

#[test]
fn avg_pool_shares_its_gradient_equally() {
    ByHand {
        parameters: &[],
        input: &[1.0, 2.0, 3.0, 6.0],
        output: &[3.0],
        d_output: &[8.0],
        gradients: &[],
        d_input: &[2.0, 2.0, 2.0, 2.0],
    }
    .check::<AvgPool>();
}

cnn::network! { PaddedAvgPool: 1x2x2 -> avg_pool<2x2>(padding = 1) -> 1x2x2 }

#[test]
fn avg_pool_counts_padding_as_pytorch_does() {
    ByHand {
        parameters: &[],
        input: &[4.0, 8.0, 12.0, 16.0],
        output: &[1.0, 2.0, 3.0, 4.0],
        d_output: &[4.0, 8.0, 12.0, 16.0],
        gradients: &[],
        d_input: &[1.0, 2.0, 3.0, 4.0],
    }
    .check::<PaddedAvgPool>();
}

cnn::network! { Flatten: 2x1x2 -> flatten -> 4 }

#[test]
fn flatten_keeps_the_order_of_channels_rows_columns() {
    ByHand {
        parameters: &[],
        input: &[1.0, 2.0, 3.0, 4.0],
        output: &[1.0, 2.0, 3.0, 4.0],
        d_output: &[5.0, 6.0, 7.0, 8.0],
        gradients: &[],
        d_input: &[5.0, 6.0, 7.0, 8.0],
    }
    .check::<Flatten>();
}

cnn::network! { Relu: 3 -> relu -> 3 }

#[test]
fn relu_passes_nothing_at_zero_and_below() {
    ByHand {
        parameters: &[],
        input: &[-1.0, 0.0, 2.0],
        output: &[0.0, 0.0, 2.0],
        d_output: &[5.0, 6.0, 7.0],
        gradients: &[],
        d_input: &[0.0, 0.0, 7.0],
    }
    .check::<Relu>();
}

cnn::network! { LeakyRelu: 3 -> leaky_relu(slope = 0.25) -> 3 }

#[test]
fn leaky_relu_passes_a_share_at_zero_and_below() {
    ByHand {
        parameters: &[],
        input: &[-2.0, 0.0, 2.0],
        output: &[-0.5, 0.0, 2.0],
        d_output: &[4.0, 8.0, 7.0],
        gradients: &[],
        d_input: &[1.0, 2.0, 7.0],
    }
    .check::<LeakyRelu>();
}

cnn::network! { Tanh: 2 -> tanh -> 2 }

#[test]
fn tanh_has_slope_one_at_zero_and_none_far_out() {
    ByHand {
        parameters: &[],
        input: &[0.0, -50.0],
        output: &[0.0, -1.0],
        d_output: &[3.0, 5.0],
        gradients: &[],
        d_input: &[3.0, 0.0],
    }
    .check::<Tanh>();
}

cnn::network! { Sigmoid: 2 -> sigmoid -> 2 }

#[test]
fn sigmoid_has_slope_a_quarter_at_zero_and_none_far_out() {
    ByHand {
        parameters: &[],
        input: &[0.0, 50.0],
        output: &[0.5, 1.0],
        d_output: &[4.0, 8.0],
        gradients: &[],
        d_input: &[1.0, 0.0],
    }
    .check::<Sigmoid>();
}
