//! The workloads for the Rust peers, read from the file that `workloads.py` writes.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Clone, Deserialize)]
pub struct Workload {
    /// Channels, height, width.
    pub input: [usize; 3],
    /// 0: the target is an image, and the loss the mean squared error.
    pub classes: usize,
    pub layers: Vec<Layer>,
}

#[derive(Clone, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Layer {
    Conv(Conv),
    BatchNorm {
        channels: usize,
    },
    Relu,
    Tanh,
    /// 2×2, stride 2.
    MaxPool,
    Flatten,
    /// To one value per channel.
    GlobalAverage,
    Dense {
        inputs: usize,
        outputs: usize,
    },
    /// `relu(main(x) + shortcut(x))`; an empty shortcut is the identity.
    Residual {
        main: Vec<Layer>,
        shortcut: Vec<Layer>,
    },
}

#[derive(Clone, Copy, Deserialize)]
pub struct Conv {
    pub inputs: usize,
    pub outputs: usize,
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// `[[top, bottom], [left, right]]`
    pub padding: [[usize; 2]; 2],
    pub groups: usize,
}

impl Conv {
    /// Padding of equal sides with the same output shape, for peers that have no other.
    pub fn equal_padding(&self) -> [usize; 2] {
        self.padding.map(|[before, after]| before.max(after))
    }

    /// The bound of PyTorch's initial weights.
    #[allow(dead_code, reason = "not every peer initializes by itself")]
    pub fn bound(&self) -> f64 {
        let fan_in = self.inputs / self.groups * self.kernel[0] * self.kernel[1];
        (fan_in as f64).sqrt().recip()
    }
}

/// The workload of that name in the file that the first argument names.
pub fn workload(name: &str) -> Result<Workload, String> {
    let path = std::env::args()
        .nth(1)
        .ok_or("the first argument is workloads.json")?;
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut all: BTreeMap<String, Workload> =
        serde_json::from_str(&text).map_err(|error| error.to_string())?;
    all.remove(name)
        .ok_or_else(|| format!("unknown workload: {name}"))
}
