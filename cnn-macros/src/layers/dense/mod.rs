//! Dense layer: every output is a weighted sum of every input.

mod kernels;

use proc_macro2::Span;

use kernels::Sizes;

use super::options::{Opt, Options, WindowRule, Word};
use super::{Fault, Follows, Layer, Parameter, Role};
use crate::kernel::{Kernel, Packing, Site};
use crate::shape::Shape;

/// `dense(120, bias = true)`
pub(crate) const WORD: Word = Word {
    word: "dense",
    doc: "Dense layer: each output is a weighted sum of all inputs, plus its bias.",
    window: WindowRule::None,
    options: &[
        Opt {
            name: "outputs",
            default: None,
            doc: "number of outputs",
        },
        Opt {
            name: "bias",
            default: Some("true"),
            doc: "whether a learned number is added to each output",
        },
    ],
    build,
};

/// A dense layer with its options.
#[derive(Debug)]
struct Dense {
    outputs: usize,
    bias: bool,
    span: Span,
    /// What is written before and after the outputs, to propose another number of them.
    source: [String; 2],
}

fn build(options: &mut Options<'_>) -> Option<Box<dyn Layer>> {
    let outputs = options.count("outputs");
    let bias = options.flag("bias", true);
    let (span, source) = (options.word_span(), options.around_first());
    Some(Box::new(Dense {
        outputs: outputs?.value,
        bias: bias?,
        span,
        source,
    }))
}

impl Dense {
    fn sizes(&self, site: &Site<'_>) -> Sizes {
        Sizes {
            inputs: site.inputs[0].elements(),
            outputs: self.outputs,
            bias: self.bias,
        }
    }
}

impl Layer for Dense {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        match inputs[0] {
            Shape::Flat(_) => Ok(Shape::Flat(self.outputs)),
            image => Err(Fault {
                span: self.span,
                message: format!("`dense` needs a flat input, found an image of {image}"),
                help: Some(format!(
                    "write `-> flatten -> dense(…)`: flattened, the image has {} elements",
                    image.elements()
                )),
            }),
        }
    }

    fn output_without_input(&self) -> Option<Shape> {
        Some(Shape::Flat(self.outputs))
    }

    fn with_outputs(&self, wanted: Shape, _found: Shape) -> Option<String> {
        let Shape::Flat(outputs) = wanted else {
            return None;
        };
        let [before, after] = &self.source;
        Some(format!("{before}{outputs}{after}"))
    }

    fn parameters(&self, inputs: &[Shape]) -> Vec<Parameter> {
        let fan_in = inputs[0].elements();
        let role = Role::Weight {
            fan_in,
            fan_out: self.outputs,
        };
        let mut parameters = vec![Parameter {
            name: "weight",
            shape: vec![self.outputs, fan_in],
            role,
        }];
        if self.bias {
            let shape = vec![self.outputs];
            parameters.push(Parameter {
                name: "bias",
                shape,
                role: Role::Bias,
            });
        }
        parameters
    }

    fn forward_macs(&self, inputs: &[Shape]) -> u64 {
        (inputs[0].elements() * self.outputs) as u64
    }

    fn follows(&self) -> Follows {
        Follows::Weights
    }

    fn takes_epilogue(&self) -> bool {
        true
    }

    fn forward(&self, site: &Site<'_>) -> Kernel {
        kernels::forward(self.sizes(site), site)
    }

    fn backward(&self, site: &Site<'_>) -> Vec<Kernel> {
        let sizes = self.sizes(site);
        vec![
            kernels::weight_gradient(sizes),
            kernels::input_gradient(sizes),
        ]
    }

    fn single(&self, site: &Site<'_>) -> Kernel {
        kernels::single(self.sizes(site), site)
    }

    fn packing(&self, site: &Site<'_>) -> Option<Packing> {
        Some(kernels::packing(self.sizes(site)))
    }
}
