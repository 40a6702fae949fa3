//! Why a kernel stays below the peak, as far as the layer's shape tells.

use cnn::Spec;

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    InputGradient,
    WeightGradient,
    Single,
}

impl Direction {
    pub(crate) const ALL: [Self; 4] = [
        Self::Forward,
        Self::InputGradient,
        Self::WeightGradient,
        Self::Single,
    ];

    /// How many samples are computed at a time, if a block has `block` of them.
    pub(crate) fn samples(self, block: usize) -> f64 {
        match self {
            Self::Single => 1.0,
            _ => block as f64,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::InputGradient => "input gradient",
            Self::WeightGradient => "weight gradient",
            Self::Single => "one sample",
        }
    }
}

/// The sizes that the kernels of a layer with weights depend on.
struct Sizes {
    /// Samples of a block.
    block: usize,
    macs: f64,
    /// Elements of input and output.
    values: f64,
    weights: f64,
    /// Channels of a group.
    inputs: usize,
    outputs: usize,
    groups: usize,
    /// The taps of a row, and their rows; 1 without a window.
    taps: usize,
    tap_rows: usize,
    /// Elements of a channel of the output; 0 without an image.
    plane: usize,
    columns: usize,
    /// Output columns that lack a tap.
    edges: usize,
    stride: usize,
    function: Option<&'static str>,
}

impl Sizes {
    /// Nothing for a layer without weights.
    fn of(spec: &Spec) -> Option<Self> {
        let layer = &spec.layers[0];
        let shape = spec.parameters.first()?.shape;
        let (outputs, inputs) = (shape[0], shape[1]);
        let taps = shape.get(3).copied().unwrap_or(1);
        let width = |sizes: &[usize]| sizes.get(2).copied().unwrap_or(1);
        let (from, columns) = (width(layer.input), width(layer.output));
        let groups = if shape.len() == 4 {
            layer.input[0] / inputs
        } else {
            1
        };
        let stride = stride(layer.layer);
        let whole = from.saturating_sub(taps) / stride + 1;
        let rectified = |name: &str| name.starts_with("relu");
        let function = spec.layers.get(1).map(|layer| layer.layer);
        Some(Self {
            block: spec.training.samples,
            macs: layer.forward_macs as f64,
            values: (layer.input.iter().product::<usize>() + layer.output.iter().product::<usize>())
                as f64,
            weights: spec.parameter_count as f64,
            inputs,
            outputs: outputs / groups,
            groups,
            taps,
            tap_rows: shape.get(2).copied().unwrap_or(1),
            plane: layer.output.iter().skip(1).product::<usize>() * usize::from(shape.len() == 4),
            columns,
            edges: columns.saturating_sub(whole),
            stride,
            function: function.filter(|name| !rectified(name)),
        })
    }
}

/// What a layer's text says, `conv<3x3>(8, stride = 2)`, in which no stride is a pair.
fn stride(layer: &str) -> usize {
    let said = layer.split_once("stride = ").map_or("", |(_, rest)| rest);
    let end = said.find(|c: char| !c.is_ascii_digit());
    said[..end.unwrap_or(said.len())].parse().unwrap_or(1)
}

/// Bytes of the caches of a core that this was written on.
const FIRST_CACHE: f64 = 32_768.0;
const SECOND_CACHE: f64 = 1_048_576.0;

/// The first of the known reasons that holds, or that there is none.
pub(crate) fn reason(spec: &Spec, direction: Direction, lanes: usize) -> String {
    let Some(sizes) = Sizes::of(spec) else {
        return "no products".to_owned();
    };
    let general = [small, bandwidth, function];
    let own = match direction {
        Direction::Single => one_sample,
        _ if sizes.plane == 0 => of_dense,
        _ => of_image,
    };
    let mut reasons = general.into_iter().chain([own]);
    let found = reasons.find_map(|reason| reason(&sizes, direction, lanes));
    found.unwrap_or_else(|| "not known from the shape".to_owned())
}

/// So few multiply–adds of registers that the start of every loop counts.
fn small(sizes: &Sizes, direction: Direction, lanes: usize) -> Option<String> {
    const FEW: f64 = 2_000.0;
    let registers = sizes.macs * direction.samples(sizes.block) / lanes as f64;
    (registers < FEW).then(|| format!("small: {registers:.0} multiply–adds of registers"))
}

/// More bytes than can be moved while the products are added.
fn bandwidth(sizes: &Sizes, direction: Direction, _: usize) -> Option<String> {
    /// Operations for each byte that a core can do while it reads from its second cache, and from
    /// behind it: 32 a cycle at 32 and at 12 bytes a cycle, of which half are to spare.
    const NEAR: f64 = 2.0;
    const FAR: f64 = 5.0;
    // The gradients by the weights are added to.
    let for_weight = if direction == Direction::WeightGradient {
        8.0
    } else {
        4.0
    };
    let bytes = 4.0 * sizes.values * direction.samples(sizes.block) + for_weight * sizes.weights;
    let intensity = 2.0 * sizes.macs * direction.samples(sizes.block) / bytes;
    let least = if bytes > SECOND_CACHE { FAR } else { NEAR };
    (intensity < least).then(|| {
        let kib = bytes / 1024.0;
        format!("bandwidth: {intensity:.1} operations for each byte of {kib:.0} KiB")
    })
}

/// A function that costs as much as the products.
fn function(sizes: &Sizes, _: Direction, _: usize) -> Option<String> {
    let function = sizes.function?;
    let products = sizes.inputs * sizes.taps * sizes.tap_rows;
    (products < 100).then(|| format!("`{function}` of {products} products"))
}

/// One sample comes and goes row by row, with channels or columns in the lanes between.
fn one_sample(sizes: &Sizes, _: Direction, lanes: usize) -> Option<String> {
    /// Products of each value that is turned.
    const ENOUGH: f64 = 200.0;
    let Sizes {
        inputs,
        outputs,
        groups,
        columns,
        edges,
        ..
    } = *sizes;
    let products = sizes.macs / sizes.values;
    if groups > 1 && outputs > 1 {
        return Some(format!("{groups} groups, each with tiles of its own"));
    }
    if 4 * edges > columns {
        return Some(format!(
            "{edges} of {columns} columns are at an edge, computed one by one"
        ));
    }
    let idle = |count: usize| 1.0 - count as f64 / (count.next_multiple_of(lanes)) as f64;
    let least = idle(outputs * if inputs == 1 { groups } else { 1 }).min(idle(columns));
    if least > 0.2 {
        let part = 100.0 * least;
        return Some(format!(
            "{part:.0} % of the lanes are idle, of channels and of columns"
        ));
    }
    (products < ENOUGH && sizes.plane > 0)
        .then(|| format!("{products:.0} products of each value that is turned between layouts"))
}

fn of_dense(sizes: &Sizes, direction: Direction, lanes: usize) -> Option<String> {
    /// Weights that lie so far apart share a set of the first cache.
    const APART: usize = 4096 / 4;
    /// Below that, what is done once for each input counts.
    const FEW: usize = 32;
    let Sizes {
        inputs, outputs, ..
    } = *sizes;
    if inputs % APART == 0 && direction != Direction::InputGradient {
        return Some(format!(
            "rows of {inputs} weights lie in the same set of the first cache"
        ));
    }
    if direction != Direction::WeightGradient {
        return None;
    }
    let rest = inputs % lanes;
    if rest > 0 && inputs < 20 * lanes {
        return Some(format!(
            "{rest} of {inputs} inputs fill no register, and are summed one by one"
        ));
    }
    (outputs < FEW).then(|| format!("{outputs} outputs for each input that is turned to rows"))
}

fn of_image(sizes: &Sizes, direction: Direction, lanes: usize) -> Option<String> {
    let Sizes {
        inputs,
        outputs,
        groups,
        taps,
        columns,
        edges,
        stride,
        ..
    } = *sizes;
    let (rows, of) = match direction {
        Direction::InputGradient => (inputs, "input channels"),
        _ => (outputs, "output channels"),
    };
    let of_group = if groups > 1 { " of a group" } else { "" };
    if rows < 4 {
        return Some(format!(
            "{rows} {of}{of_group}: a loaded vector is used as often"
        ));
    }
    if 4 * edges > columns {
        return Some(format!(
            "{edges} of {columns} columns are at an edge, computed one by one"
        ));
    }
    // A level with short registers takes a block in two parts, and both files hold three sums of a row.
    let tile = if lanes == 16 {
        24 / taps.min(24)
    } else {
        9 / taps.min(9)
    };
    let planes = 64.0 * (sizes.plane * tile.clamp(1, outputs)) as f64;
    if direction == Direction::WeightGradient && planes > FIRST_CACHE {
        let kib = planes / 1024.0;
        return Some(format!(
            "{kib:.0} KiB of gradients are read again for each channel and row of taps"
        ));
    }
    if stride > 1 {
        return Some(format!(
            "stride {stride}: neighbouring taps read no common columns"
        ));
    }
    (groups > 1).then(|| format!("{groups} groups, each with tiles of its own"))
}
