//! Norms as plain loops in `f64`.

/// Every group of `members` neighbouring elements with mean 0 and variance 1.
pub(crate) fn normalized(x: &[f64], members: usize, epsilon: f64) -> Vec<f64> {
    let mut output = Vec::new();
    for group in x.chunks(members) {
        let mean = group.iter().sum::<f64>() / members as f64;
        let squares: f64 = group.iter().map(|x| (x - mean) * (x - mean)).sum();
        let deviation = (squares / members as f64 + epsilon).sqrt();
        output.extend(group.iter().map(|x| (x - mean) / deviation));
    }
    output
}

/// `weight[c] · x + bias[c]`, of channels of `pixels` elements.
pub(crate) fn affine(x: &[f64], weight: &[f64], bias: &[f64], pixels: usize) -> Vec<f64> {
    let place = |(i, &x): (usize, &f64)| x * weight[i / pixels] + bias[i / pixels];
    x.iter().enumerate().map(place).collect()
}
