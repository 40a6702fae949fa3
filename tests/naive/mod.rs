//! The layers as plain loops over one sample in `f64`: what the generated code is compared with.
//!
//! An image is `[c][y][x]`, row-major. Nothing here is fast, and nothing is shared with the crate.

use crate::harness::Outcome;

/// One layer with its options.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    kind: Kind,
    window: [usize; 2],
    stride: [usize; 2],
    /// Zeros around the image: top, bottom, left, right.
    padding: [usize; 4],
    bias: bool,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The number of kernels.
    Conv(usize),
    /// The number of outputs.
    Dense(usize),
    MaxPool,
    AvgPool,
    /// Element by element.
    Activation {
        /// The value at `x`.
        value: fn(f64) -> f64,
        /// The derivative where the input is `x` and the output `y`.
        slope: fn(f64, f64) -> f64,
    },
}

impl Layer {
    const fn new(kind: Kind, window: [usize; 2], stride: [usize; 2]) -> Self {
        let padding = [0; 4];
        let bias = matches!(kind, Kind::Conv(_) | Kind::Dense(_));
        Self {
            kind,
            window,
            stride,
            padding,
            bias,
        }
    }

    pub(crate) const fn stride(mut self, y: usize, x: usize) -> Self {
        self.stride = [y, x];
        self
    }

    pub(crate) const fn padding(mut self, sides: [usize; 4]) -> Self {
        self.padding = sides;
        self
    }

    pub(crate) const fn without_bias(mut self) -> Self {
        self.bias = false;
        self
    }

    fn output_shape(&self, [c, h, w]: [usize; 3]) -> [usize; 3] {
        let [top, bottom, left, right] = self.padding;
        let rows = || (h + top + bottom - self.window[0]) / self.stride[0] + 1;
        let columns = || (w + left + right - self.window[1]) / self.stride[1] + 1;
        match self.kind {
            Kind::Conv(kernels) => [kernels, rows(), columns()],
            Kind::Dense(outputs) => [outputs, 1, 1],
            Kind::MaxPool | Kind::AvgPool => [c, rows(), columns()],
            Kind::Activation { .. } => [c, h, w],
        }
    }

    /// How many weights it has, without the bias.
    fn weights(&self, [c, h, w]: [usize; 3]) -> usize {
        match self.kind {
            Kind::Conv(kernels) => kernels * c * self.window[0] * self.window[1],
            Kind::Dense(outputs) => outputs * c * h * w,
            _ => 0,
        }
    }

    /// The taps of the window at `[y, x]` that fall on the image, as `(tap, pixel)`, row by row.
    fn taps(&self, [_, h, w]: [usize; 3], [y, x]: [usize; 2]) -> Vec<(usize, usize)> {
        let mut taps = Vec::new();
        for ky in 0..self.window[0] {
            for kx in 0..self.window[1] {
                let row = (y * self.stride[0] + ky).checked_sub(self.padding[0]);
                let column = (x * self.stride[1] + kx).checked_sub(self.padding[2]);
                if let (Some(row), Some(column)) = (row, column)
                    && row < h
                    && column < w
                {
                    taps.push((ky * self.window[1] + kx, row * w + column));
                }
            }
        }
        taps
    }

    /// Every product of the layer as `(output, weight, input)`. Pools have the weight 0 for all.
    fn products(&self, shape: [usize; 3]) -> Vec<(usize, usize, usize)> {
        let [channels, h, w] = shape;
        let [outputs, rows, columns] = self.output_shape(shape);
        let mut products = Vec::new();
        if let Kind::Dense(_) = self.kind {
            let inputs = channels * h * w;
            for o in 0..outputs {
                products.extend((0..inputs).map(|i| (o, o * inputs + i, i)));
            }
            return products;
        }
        let area = self.window[0] * self.window[1];
        for (o, y, x) in positions([outputs, rows, columns]) {
            let output = (o * rows + y) * columns + x;
            let read = match self.kind {
                Kind::Conv(_) => 0..channels,
                _ => o..o + 1,
            };
            for i in read {
                for (tap, pixel) in self.taps(shape, [y, x]) {
                    let weight = match self.kind {
                        Kind::Conv(_) => (o * channels + i) * area + tap,
                        _ => 0,
                    };
                    products.push((output, weight, i * h * w + pixel));
                }
            }
        }
        products
    }

    /// The output; `parameters` are the weights, then the biases.
    fn forward(&self, parameters: &[f64], input: &[f64], shape: [usize; 3]) -> Vec<f64> {
        let [channels, rows, columns] = self.output_shape(shape);
        let mut output = vec![0.0; channels * rows * columns];
        match self.kind {
            Kind::Activation { value, .. } => return input.iter().map(|&x| value(x)).collect(),
            Kind::MaxPool => {
                output.fill(f64::NEG_INFINITY);
                for (o, _, i) in self.products(shape) {
                    output[o] = output[o].max(input[i]);
                }
            }
            Kind::AvgPool => {
                for (o, _, i) in self.products(shape) {
                    output[o] += input[i] / self.area();
                }
            }
            Kind::Conv(_) | Kind::Dense(_) => {
                for (o, weight, i) in self.products(shape) {
                    output[o] += parameters[weight] * input[i];
                }
            }
        }
        if self.bias {
            let biases = &parameters[self.weights(shape)..];
            for (at, output) in output.iter_mut().enumerate() {
                *output += biases[at / (rows * columns)];
            }
        }
        output
    }

    /// Adds to the gradient by the parameters, and gives the one by the input.
    fn backward(
        &self,
        parameters: &[f64],
        d_parameters: &mut [f64],
        [input, output, d_output]: [&[f64]; 3],
        shape: [usize; 3],
    ) -> Vec<f64> {
        let mut d_input = vec![0.0; input.len()];
        match self.kind {
            Kind::Activation { slope, .. } => {
                for i in 0..input.len() {
                    d_input[i] = d_output[i] * slope(input[i], output[i]);
                }
            }
            Kind::MaxPool => {
                // The first maximum of a window takes the whole gradient.
                let mut taken = vec![false; output.len()];
                for (o, _, i) in self.products(shape) {
                    if input[i] == output[o] && !taken[o] {
                        taken[o] = true;
                        d_input[i] += d_output[o];
                    }
                }
            }
            Kind::AvgPool => {
                for (o, _, i) in self.products(shape) {
                    d_input[i] += d_output[o] / self.area();
                }
            }
            Kind::Conv(_) | Kind::Dense(_) => {
                for (o, weight, i) in self.products(shape) {
                    d_parameters[weight] += d_output[o] * input[i];
                    d_input[i] += d_output[o] * parameters[weight];
                }
            }
        }
        if self.bias {
            let [_, rows, columns] = self.output_shape(shape);
            let d_biases = &mut d_parameters[self.weights(shape)..];
            for (at, d_output) in d_output.iter().enumerate() {
                d_biases[at / (rows * columns)] += d_output;
            }
        }
        d_input
    }

    /// The divisor of an average: padding counts, as in PyTorch.
    fn area(&self) -> f64 {
        (self.window[0] * self.window[1]) as f64
    }

    fn parameters(&self, shape: [usize; 3]) -> usize {
        let biases = self.output_shape(shape)[0];
        self.weights(shape) + if self.bias { biases } else { 0 }
    }
}

fn positions([channels, rows, columns]: [usize; 3]) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..channels * rows * columns)
        .map(move |at| (at / (rows * columns), at / columns % rows, at % columns))
}

/// One step of a chain of layers with the mean squared error over batch and outputs.
pub(crate) fn step(
    layers: &[Layer],
    input_shape: [usize; 3],
    parameters: &[f64],
    samples: &[&[f32]],
    targets: &[&[f32]],
) -> Outcome {
    let mut outcome = Outcome::zero(parameters.len());
    for (sample, target) in samples.iter().zip(targets) {
        let mut shape = input_shape;
        let mut offset = 0;
        let mut values: Vec<Vec<f64>> = vec![sample.iter().map(|&x| f64::from(x)).collect()];
        let mut places = Vec::new();
        for layer in layers {
            let own = offset..offset + layer.parameters(shape);
            let output = layer.forward(&parameters[own.clone()], &values[places.len()], shape);
            places.push((shape, own.clone()));
            values.push(output);
            offset = own.end;
            shape = layer.output_shape(shape);
        }
        assert_eq!(offset, parameters.len(), "the chain has these parameters");

        let output = values.last().expect("the input at least").clone();
        let share = (samples.len() * output.len()) as f64;
        let distances = output.iter().zip(*target).map(|(y, &t)| y - f64::from(t));
        let mut gradient: Vec<f64> = distances.clone().map(|d| 2.0 * d / share).collect();
        outcome.loss += distances.map(|d| d * d / share).sum::<f64>();
        outcome.outputs.extend(&output);
        for (number, layer) in layers.iter().enumerate().rev() {
            let (shape, own) = places[number].clone();
            let tensors = [&values[number][..], &values[number + 1], &gradient];
            let d_parameters = &mut outcome.gradients[own.clone()];
            gradient = layer.backward(&parameters[own], d_parameters, tensors, shape);
        }
        outcome.d_inputs.extend(&gradient);
    }
    outcome
}

pub(crate) const fn conv(kernels: usize, window: [usize; 2]) -> Layer {
    Layer::new(Kind::Conv(kernels), window, [1, 1])
}

pub(crate) const fn dense(outputs: usize) -> Layer {
    Layer::new(Kind::Dense(outputs), [1, 1], [1, 1])
}

pub(crate) const fn max_pool(window: [usize; 2]) -> Layer {
    Layer::new(Kind::MaxPool, window, window)
}

pub(crate) const fn avg_pool(window: [usize; 2]) -> Layer {
    Layer::new(Kind::AvgPool, window, window)
}

const fn activation(value: fn(f64) -> f64, slope: fn(f64, f64) -> f64) -> Layer {
    Layer::new(Kind::Activation { value, slope }, [1, 1], [1, 1])
}

pub(crate) fn relu() -> Layer {
    activation(|x| x.max(0.0), |x, _| if x > 0.0 { 1.0 } else { 0.0 })
}

/// With the slope 0.1 below zero.
pub(crate) fn leaky_relu() -> Layer {
    let value = |x: f64| if x > 0.0 { x } else { 0.1 * x };
    activation(value, |x, _| if x > 0.0 { 1.0 } else { 0.1 })
}

pub(crate) fn tanh() -> Layer {
    activation(f64::tanh, |_, y| 1.0 - y * y)
}

pub(crate) fn sigmoid() -> Layer {
    activation(|x| 1.0 / (1.0 + (-x).exp()), |_, y| y * (1.0 - y))
}
