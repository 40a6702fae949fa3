//! Gives parameters and running statistics their places in the one vector of a network.

use std::ops::Range;

use super::fuse::Fused;
use crate::layers::{Parameter, Statistic};
use crate::layout::Mode;

/// The one vector of a network: parameters, and behind them the running statistics.
pub(crate) struct Vector {
    pub(crate) parameters: Vec<PlannedParameter>,
    pub(crate) statistics: Vec<PlannedStatistic>,
}

/// One tensor of running statistics in the vector.
pub(crate) struct PlannedStatistic {
    pub(crate) node: usize,
    pub(crate) statistic: Statistic,
    pub(crate) range: Range<usize>,
}

/// One parameter tensor in the vector.
pub(crate) struct PlannedParameter {
    pub(crate) node: usize,
    pub(crate) parameter: Parameter,
    pub(crate) range: Range<usize>,
}

impl Vector {
    /// Gives every tensor of a network its place.
    pub(super) fn new(fused: &Fused) -> Self {
        let mut offset = 0;
        let mut planned = Vec::new();
        let mut statistics = Vec::new();
        for (node, parameters) in fused.graph.parameters.iter().enumerate() {
            for parameter in parameters {
                let len = parameter.shape.iter().product::<usize>();
                planned.push(PlannedParameter {
                    node,
                    parameter: parameter.clone(),
                    range: offset..offset + len,
                });
                offset += len;
            }
        }
        for stage in fused.stages(Mode::Training) {
            for statistic in fused.layer(stage).statistics(&fused.inputs(stage)) {
                let len = statistic.shape.iter().product::<usize>();
                statistics.push(PlannedStatistic {
                    node: stage.node,
                    statistic,
                    range: offset..offset + len,
                });
                offset += len;
            }
        }
        Self {
            parameters: planned,
            statistics,
        }
    }
}
