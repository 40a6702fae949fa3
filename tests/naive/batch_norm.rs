//! Batch normalization in plain loops over a whole batch, one channel after another.

use crate::harness::Outcome;

/// The values of one channel, as places: sample, then element.
fn places(channels: usize, c: usize, samples: &[&[f32]]) -> Vec<(usize, usize)> {
    let per_sample = samples[0].len() / channels;
    let elements = c * per_sample..(c + 1) * per_sample;
    (0..samples.len())
        .flat_map(|n| elements.clone().map(move |e| (n, e)))
        .collect()
}

/// Forward and backward; `values` are scales, shifts, and the running statistics behind them, which
/// training does not read. The loss is the sum of the outputs, each times its target.
pub(crate) fn step(
    channels: usize,
    epsilon: f64,
    values: &[f64],
    samples: &[&[f32]],
    targets: &[&[f32]],
) -> Outcome {
    let len = samples[0].len();
    let at = |rows: &[&[f32]], (n, e): (usize, usize)| f64::from(rows[n][e]);
    let mut outcome = Outcome::zero(2 * channels);
    outcome.outputs = vec![0.0; samples.len() * len];
    outcome.d_inputs = vec![0.0; samples.len() * len];
    for c in 0..channels {
        let places = places(channels, c, samples);
        let count = places.len() as f64;
        let mean = places.iter().map(|&p| at(samples, p)).sum::<f64>() / count;
        let square = |&p| (at(samples, p) - mean) * (at(samples, p) - mean);
        let variance = places.iter().map(square).sum::<f64>() / count;
        let deviation = (variance + epsilon).sqrt();
        let normal = |p| (at(samples, p) - mean) / deviation;
        let (scale, shift) = (values[c], values[channels + c]);
        let sum = places.iter().map(|&p| at(targets, p)).sum::<f64>();
        let product = places
            .iter()
            .map(|&p| at(targets, p) * normal(p))
            .sum::<f64>();
        outcome.gradients[c] = product;
        outcome.gradients[channels + c] = sum;
        for p in places {
            let place = p.0 * len + p.1;
            outcome.outputs[place] = scale * normal(p) + shift;
            outcome.loss += outcome.outputs[place] * at(targets, p);
            outcome.d_inputs[place] =
                scale / deviation * (at(targets, p) - sum / count - normal(p) * product / count);
        }
    }
    outcome
}

/// Inference, by the running statistics.
pub(crate) fn infer(channels: usize, epsilon: f64, values: &[f64], samples: &[&[f32]]) -> Vec<f64> {
    let of = |tensor: usize, c: usize| values[tensor * channels + c];
    let per_sample = samples[0].len() / channels;
    let output = |(e, &x): (usize, &f32)| {
        let c = e / per_sample;
        let deviation = (of(3, c) + epsilon).sqrt();
        of(0, c) * (f64::from(x) - of(2, c)) / deviation + of(1, c)
    };
    let samples = samples.iter();
    samples
        .flat_map(|sample| sample.iter().enumerate().map(output))
        .collect()
}
