//! Convolutions of every kind as a list of products, made by plain loops.

/// A convolution with its options; the transposed one is made of the same products.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Convolution {
    pub(crate) input: [usize; 3],
    pub(crate) output: [usize; 3],
    pub(crate) window: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) dilation: [usize; 2],
    /// Rows above, columns on the left; as many lie on the other side as the sizes leave room for.
    pub(crate) before: [usize; 2],
    /// The line of an image of so many that stands at a place, if one does.
    pub(crate) rim: fn(isize, isize) -> Option<isize>,
    pub(crate) groups: usize,
    pub(crate) is_transposed: bool,
}

/// Zeros around the image.
pub(crate) fn zeros(at: isize, size: isize) -> Option<isize> {
    (0..size).contains(&at).then_some(at)
}

/// Mirrored, step by step.
pub(crate) fn reflect(mut at: isize, size: isize) -> Option<isize> {
    while !(0..size).contains(&at) {
        at = if at < 0 { -at } else { 2 * (size - 1) - at };
    }
    Some(at)
}

/// The outermost pixel.
pub(crate) fn replicate(at: isize, size: isize) -> Option<isize> {
    Some(at.clamp(0, size - 1))
}

/// The image again.
pub(crate) fn circular(at: isize, size: isize) -> Option<isize> {
    Some(at.rem_euclid(size))
}

impl Convolution {
    /// A plain one between images of these sizes.
    pub(crate) fn new(input: [usize; 3], output: [usize; 3], window: [usize; 2]) -> Self {
        Self {
            input,
            output,
            window,
            stride: [1, 1],
            dilation: [1, 1],
            before: [0, 0],
            rim: zeros,
            groups: 1,
            is_transposed: false,
        }
    }

    /// The image that the window slides over, and the one that has a pixel for each position.
    fn ends(&self) -> [[usize; 3]; 2] {
        match self.is_transposed {
            false => [self.input, self.output],
            true => [self.output, self.input],
        }
    }

    /// Every product as `(output, weight, input)`.
    fn products(&self) -> Vec<[usize; 3]> {
        let [[from, h, w], [to, rows, columns]] = self.ends();
        let (from_each, to_each) = (from / self.groups, to / self.groups);
        let mut products = Vec::new();
        let place = |p: usize, k: usize, axis: usize, size: usize| {
            let at = p * self.stride[axis] + k * self.dilation[axis];
            let at = at as isize - self.before[axis] as isize;
            (self.rim)(at, size as isize).map(|at| at as usize)
        };
        for (o, i) in (0..to).flat_map(|o| (0..from_each).map(move |i| (o, i))) {
            let channel = o / to_each * from_each + i;
            for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
                for ky in 0..self.window[0] {
                    for kx in 0..self.window[1] {
                        let (row, column) = (place(y, ky, 0, h), place(x, kx, 1, w));
                        let (Some(row), Some(column)) = (row, column) else {
                            continue;
                        };
                        let under = (channel * h + row) * w + column;
                        let position = (o * rows + y) * columns + x;
                        let weight =
                            ((o * from_each + i) * self.window[0] + ky) * self.window[1] + kx;
                        products.push(match self.is_transposed {
                            false => [position, weight, under],
                            true => [under, weight, position],
                        });
                    }
                }
            }
        }
        products
    }

    /// The number of weights; as many biases follow as there are output channels.
    fn weights(&self) -> usize {
        let [[from, ..], [to, ..]] = self.ends();
        to * (from / self.groups) * self.window[0] * self.window[1]
    }

    /// The output for an input.
    pub(crate) fn forward(&self, parameters: &[f64], input: &[f64]) -> Vec<f64> {
        let [_, rows, columns] = self.output;
        let biases = &parameters[self.weights()..];
        let mut output: Vec<f64> = biases
            .iter()
            .flat_map(|&bias| std::iter::repeat_n(bias, rows * columns))
            .collect();
        for [o, w, i] in self.products() {
            output[o] += parameters[w] * input[i];
        }
        output
    }

    /// The gradient by the parameters, added to `d_parameters`, and the one by the input.
    pub(crate) fn backward(
        &self,
        parameters: &[f64],
        d_parameters: &mut [f64],
        input: &[f64],
        d_output: &[f64],
    ) -> Vec<f64> {
        let [_, rows, columns] = self.output;
        let mut d_input = vec![0.0; input.len()];
        for [o, w, i] in self.products() {
            d_parameters[w] += d_output[o] * input[i];
            d_input[i] += d_output[o] * parameters[w];
        }
        let d_biases = &mut d_parameters[self.weights()..];
        for (at, d) in d_output.iter().enumerate() {
            d_biases[at / (rows * columns)] += d;
        }
        d_input
    }
}
