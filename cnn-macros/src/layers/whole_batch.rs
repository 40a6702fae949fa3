//! What a layer that looks at the whole batch keeps, and what it merges over all blocks.

/// A tensor of running statistics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statistic {
    /// `running_mean`.
    pub(crate) name: &'static str,
    /// The sizes in PyTorch's order; none of a single number.
    pub(crate) shape: Vec<usize>,
    pub(crate) role: StatisticRole,
}

/// What a tensor of running statistics is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatisticRole {
    Mean,
    Variance,
    Batches,
}

/// Two numbers per channel that are merged over all blocks of a batch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reduction {
    /// What kernels call the block's part and the merged whole: `block_moments`, `moments`.
    pub(crate) names: [&'static str; 2],
    pub(crate) channels: usize,
    pub(crate) rule: Rule,
}

/// How the numbers of blocks are merged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    /// Both are added.
    Sums,
    /// Mean and sum of squared deviations become mean and variance, and the layer's statistics follow
    /// them by `momentum`; a sample has `per_sample` values in a channel.
    Moments { per_sample: usize, momentum: f64 },
}
