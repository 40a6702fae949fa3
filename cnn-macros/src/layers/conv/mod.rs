//! Convolution of an image with learned kernels.

mod backward;
mod forward;
mod geometry;
mod single;

use proc_macro2::Span;

use geometry::Geometry;

use super::options::{Opt, Options, Spanned, WindowRule, Word};
use super::window::{Window, image};
use super::{Fault, Follows, Layer, Lint, Parameter, Role};
use crate::diagnostics::Diagnostic;
use crate::emit::axis::Axis;
use crate::kernel::{Kernel, Packing, Site};
use crate::shape::Shape;

/// `conv<5x5>(6, stride = 1, padding = same, bias = true)`
pub(crate) const WORD: Word = Word {
    word: "conv",
    doc: "Convolution: each output channel sums its kernel times the input under it, plus its bias.",
    window: WindowRule::Required,
    options: &[
        Opt {
            name: "channels",
            default: None,
            doc: "output channels",
        },
        Opt {
            name: "stride",
            default: Some("1"),
            doc: "step of the window, `n` or `HxW`",
        },
        Opt {
            name: "padding",
            default: Some("valid"),
            doc: "zeros around the input: `valid` (none), `same` (output as large as the input), `n` or `HxW`",
        },
        Opt {
            name: "bias",
            default: Some("true"),
            doc: "whether a learned number is added to each output channel",
        },
    ],
    build,
};

/// A convolution with its options.
#[derive(Debug)]
struct Conv {
    channels: usize,
    window: Window,
    bias: bool,
    span: Span,
    /// What is written before and after the channels, to propose another number of them.
    source: [String; 2],
}

fn build(options: &mut Options<'_>) -> Option<Box<dyn Layer>> {
    let size = options.window();
    let channels = options.count("channels");
    let stride = options.pair("stride", 1, [1, 1]);
    let bias = options.flag("bias", true);
    let (size, channels, stride, bias) = (size?, channels?, stride?, bias?);
    let padding = padding(options, size.value, stride)?;
    let window = Window {
        size,
        stride,
        padding,
    };
    let span = options.word_span();
    let source = options.around_first();
    Some(Box::new(Conv {
        channels: channels.value,
        window,
        bias,
        span,
        source,
    }))
}

/// Zeros before and after the rows and the columns.
fn padding(
    options: &mut Options<'_>,
    size: [usize; 2],
    stride: Spanned<[usize; 2]>,
) -> Option<[[usize; 2]; 2]> {
    let Some((word, span)) = options.word("padding", &["same", "valid"]) else {
        let pair = options.pair("padding", 0, [0, 0])?;
        return Some(pair.value.map(|pad| [pad, pad]));
    };
    match word.as_str() {
        "valid" => Some([[0, 0]; 2]),
        "same" if stride.value == [1, 1] => {
            // As PyTorch: an even window has its extra zero at the end.
            Some(size.map(|k| [(k - 1) / 2, (k - 1) - (k - 1) / 2]))
        }
        "same" => {
            let [h, w] = size.map(|k| (k - 1) / 2);
            let proposed = if h == w {
                h.to_string()
            } else {
                format!("{h}x{w}")
            };
            let message =
                "`padding = same` needs stride 1: with a larger stride the output is smaller";
            options
                .fail(Diagnostic::new(span, message).help(format!("write `padding = {proposed}`")));
            None
        }
        _ => {
            let message = format!("`{word}` is not a padding");
            options.fail(
                Diagnostic::new(span, message).help("write `same`, `valid`, a number or `HxW`"),
            );
            None
        }
    }
}

impl Conv {
    fn geometry(&self, site: &Site<'_>) -> Geometry {
        let (from, to) = (site.inputs[0].sizes(), site.output.sizes());
        let axis = |k: usize| Axis {
            input: from[k + 1],
            output: to[k + 1],
            window: self.window.size.value[k],
            stride: self.window.stride.value[k],
            before: self.window.padding[k][0],
        };
        Geometry {
            channels_in: from[0],
            channels_out: to[0],
            y: axis(0),
            x: axis(1),
            bias: self.bias,
        }
    }
}

impl Layer for Conv {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        let [_, height, width] = image(inputs[0], "conv", self.span)?;
        let [height, width] = self.window.output([height, width], "kernel")?;
        Ok(Shape::Image {
            channels: self.channels,
            height,
            width,
        })
    }

    fn with_outputs(&self, wanted: Shape, found: Shape) -> Option<String> {
        let (
            Shape::Image {
                channels,
                height,
                width,
            },
            Shape::Image {
                height: h,
                width: w,
                ..
            },
        ) = (wanted, found)
        else {
            return None;
        };
        let [before, after] = &self.source;
        ((height, width) == (h, w)).then(|| format!("{before}{channels}{after}"))
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let channels_in = inputs[0].sizes()[0];
        let [h, w] = self.window.size.value;
        let role = Role::Weight {
            fan_in: channels_in * h * w,
            fan_out: self.channels * h * w,
        };
        let shape = vec![self.channels, channels_in, h, w];
        let mut parameters = vec![Parameter {
            name: "weight",
            shape,
            role,
        }];
        if self.bias {
            let shape = vec![self.channels];
            parameters.push(Parameter {
                name: "bias",
                shape,
                role: Role::Bias,
            });
        }
        parameters
    }

    fn forward_macs(&self, inputs: &[Shape]) -> u64 {
        let taps: usize = self.window.size.value.iter().product();
        let outputs = self.output(inputs).map_or(0, Shape::elements);
        (outputs * inputs[0].sizes()[0] * taps) as u64
    }

    fn lints(&self, inputs: &[Shape]) -> Vec<Lint> {
        let sizes = inputs[0].sizes();
        self.window.lints([sizes[1], sizes[2]])
    }

    fn follows(&self) -> Follows {
        Follows::Weights
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        forward::forward(&self.geometry(site), site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let geometry = self.geometry(site);
        vec![
            backward::weight_gradient(&geometry),
            backward::input_gradient(&geometry),
        ]
    }

    fn single(&self, site: &Site<'_>) -> Kernel {
        single::single(&self.geometry(site), site)
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        Some(single::packing(&self.geometry(site)))
    }
}
