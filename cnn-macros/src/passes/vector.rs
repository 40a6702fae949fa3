//! Gives parameters and running statistics their places in the one vector of a network.

use std::ops::Range;

use super::fuse::Fused;
use crate::layers::{Parameter, Statistic};
use crate::layout::Mode;

/// The one vector of a network: parameters, those of frozen layers behind the others, and behind all of them
/// the running statistics.
pub(crate) struct Vector {
    /// In the order of the network's nodes.
    pub(crate) parameters: Vec<PlannedParameter>,
    pub(crate) statistics: Vec<PlannedStatistic>,
    /// The part that training learns, and has gradients of.
    pub(crate) learned: Range<usize>,
    /// That of the frozen layers.
    pub(crate) frozen: Range<usize>,
    /// Its length.
    pub(crate) len: usize,
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
        let [learned, frozen] = [false, true].map(|is_frozen| parameters(fused, is_frozen));
        let mut vector = Self {
            parameters: Vec::new(),
            statistics: Vec::new(),
            learned: 0..0,
            frozen: 0..0,
            len: 0,
        };
        vector.learned = vector.place(learned);
        vector.frozen = vector.place(frozen);
        vector.parameters.sort_by_key(|planned| planned.node);
        for stage in fused.stages(Mode::Training) {
            for statistic in fused.layer(stage).statistics(&fused.inputs(stage)) {
                let range = vector.append(&statistic.shape);
                let node = stage.node;
                vector.statistics.push(PlannedStatistic {
                    node,
                    statistic,
                    range,
                });
            }
        }
        vector
    }

    /// Appends parameter tensors, and gives the place of all of them.
    fn place<'a>(&mut self, tensors: impl Iterator<Item = (usize, &'a Parameter)>) -> Range<usize> {
        let start = self.len;
        for (node, parameter) in tensors {
            let range = self.append(&parameter.shape);
            let parameter = parameter.clone();
            self.parameters.push(PlannedParameter {
                node,
                parameter,
                range,
            });
        }
        start..self.len
    }

    /// Appends a tensor.
    fn append(&mut self, shape: &[usize]) -> Range<usize> {
        let start = self.len;
        self.len += shape.iter().product::<usize>();
        start..self.len
    }
}

/// The parameter tensors of the layers that are frozen, or of those that are not, with their nodes.
fn parameters(fused: &Fused, is_frozen: bool) -> impl Iterator<Item = (usize, &Parameter)> {
    let nodes = fused.graph.graph.nodes.iter().zip(&fused.graph.parameters);
    let chosen = nodes.enumerate();
    let chosen = chosen.filter(move |(_, (node, _))| node.is_frozen == is_frozen);
    chosen.flat_map(|(node, (_, parameters))| parameters.iter().map(move |one| (node, one)))
}
