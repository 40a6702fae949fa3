//! Activations as plain formulas in `f64`.

pub(crate) fn relu6(x: f64) -> f64 {
    x.clamp(0.0, 6.0)
}

/// With the slope 0.1 below zero.
pub(crate) fn leaky_relu(x: f64) -> f64 {
    if x > 0.0 { x } else { f64::from(0.1f32) * x }
}

pub(crate) fn elu(x: f64) -> f64 {
    if x > 0.0 { x } else { x.exp_m1() }
}

pub(crate) fn selu(x: f64) -> f64 {
    const SCALE: f64 = 1.050_700_987_355_480_5;
    const ALPHA: f64 = 1.673_263_242_354_377_2;
    SCALE * if x > 0.0 { x } else { ALPHA * x.exp_m1() }
}

pub(crate) fn gelu(x: f64) -> f64 {
    x * 0.5 * libm::erfc(-x / 2f64.sqrt())
}

pub(crate) fn gelu_approximate(x: f64) -> f64 {
    let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x);
    x / (1.0 + (-2.0 * inner).exp())
}

pub(crate) fn silu(x: f64) -> f64 {
    x / (1.0 + (-x).exp())
}

pub(crate) fn mish(x: f64) -> f64 {
    x * softplus(x).tanh()
}

pub(crate) fn hard_sigmoid(x: f64) -> f64 {
    (x / 6.0 + 0.5).clamp(0.0, 1.0)
}

pub(crate) fn hard_swish(x: f64) -> f64 {
    x * hard_sigmoid(x)
}

pub(crate) fn tanh(x: f64) -> f64 {
    x.tanh()
}

pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

pub(crate) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Over all channels of an image `[c][pixel]`; a vector has one pixel.
pub(crate) fn softmax(x: &[f64], channels: usize) -> Vec<f64> {
    let pixels = x.len() / channels;
    let mut output = vec![0.0; x.len()];
    for pixel in 0..pixels {
        let of = |c: usize| x[c * pixels + pixel];
        let sum: f64 = (0..channels).map(|c| of(c).exp()).sum();
        for c in 0..channels {
            output[c * pixels + pixel] = of(c).exp() / sum;
        }
    }
    output
}

/// With one slope for each channel.
pub(crate) fn prelu(x: &[f64], slopes: &[f64]) -> Vec<f64> {
    let pixels = x.len() / slopes.len();
    let value = |(i, &x): (usize, &f64)| if x > 0.0 { x } else { slopes[i / pixels] * x };
    x.iter().enumerate().map(value).collect()
}
