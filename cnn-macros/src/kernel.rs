//! What a layer hands to the back end: its functions, as loops over named tensors.

use std::fmt::Debug;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::layers::{Follows, Interval, Properties};
use crate::layout::{Form, Mode};
use crate::shape::Shape;

/// One function of a layer, before it has a name and a place.
pub(crate) struct Kernel {
    /// What it computes, the second half of the function's name: `forward`, `input_gradient`.
    pub(crate) purpose: &'static str,
    /// The formula, and what else a reader of the expansion needs.
    pub(crate) doc: Vec<String>,
    /// The tensors it reads and writes, in the order of its arguments.
    pub(crate) arguments: Vec<Argument>,
    /// Functions of its own, such as the register tile.
    pub(crate) items: TokenStream,
    /// The loops; compiled inside the level.
    pub(crate) body: TokenStream,
}

/// A tensor of a layer, as a kernel uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Argument {
    pub(crate) tensor: Tensor,
    pub(crate) access: Access,
}

/// The tensors of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tensor {
    /// The value that flows in, by its position among the inputs.
    Input(usize),
    /// The value that flows out.
    Output,
    /// The gradient of the loss by the output.
    OutputGradient,
    /// The gradient of the loss by an input; overwritten as a whole, or updated where the site is
    /// [`in_place`](Site::in_place). A kernel writes one.
    InputGradient(usize),
    /// A parameter tensor, by its position among the layer's.
    Parameter(usize),
    /// Its gradient; always added to.
    ParameterGradient(usize),
    /// A packed weight tensor of the frozen network, by its position among the layer's.
    Packed(usize),
    /// What packing multiplies the weights of each output channel by, and what it adds to each: what a
    /// layer is in inference (`Layer::affine`), which is folded into the layer before.
    Scale,
    Shift,
    /// A tensor of running statistics, by its position among the layer's; read in inference.
    Statistic(usize),
    /// What this block leaves for a reduction, by its position among the layer's: one element per
    /// channel, whose first two lanes are the block's two numbers.
    Partial(usize),
    /// What all blocks have left for a reduction: `[[T; channels]; 2]`. A phase ends before it is read.
    Merged(usize),
    /// No tensor but what a block may know of its batch: `pass: &Pass<'_, T>`, in training.
    Pass,
    /// A buffer of the layer's own, by its position in what `Layer::scratch` gives.
    Scratch(usize),
    /// Where only the largest results are kept ([`Site::largest`]): the position of each in its window, row by
    /// row, as a number; and the gradient by all results. That by the output is then the one by what is before
    /// a fused activation.
    Chosen,
    ResultGradient,
}

/// A buffer in which one function of a layer leaves something for another, laid out as the layer's
/// input: samples in the lanes of a block, scalars of one sample.
///
/// It lives from the first function that names it to the last; what the forward pass of a training
/// step leaves in it, the backward pass can read.
pub(crate) struct Scratch {
    /// As the functions call it: `padded`.
    pub(crate) name: &'static str,
    pub(crate) sizes: Vec<usize>,
}

/// How a kernel uses a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    Read,
    Write,
    /// Reads and writes: a gradient in place.
    Update,
}

impl Tensor {
    /// What kernels call an input: `input`, `input1`, `input2`.
    pub(crate) fn input_name(k: usize) -> String {
        match k {
            0 => "input".to_owned(),
            _ => format!("input{k}"),
        }
    }

    pub(crate) fn read(self) -> Argument {
        Argument {
            tensor: self,
            access: Access::Read,
        }
    }

    pub(crate) fn write(self) -> Argument {
        Argument {
            tensor: self,
            access: Access::Write,
        }
    }

    pub(crate) fn update(self) -> Argument {
        Argument {
            tensor: self,
            access: Access::Update,
        }
    }
}

impl Kernel {
    /// Whether it adds to the gradient of a parameter.
    pub(crate) fn is_for_parameters(&self) -> bool {
        let mut tensors = self.arguments.iter().map(|argument| argument.tensor);
        tensors.any(|tensor| matches!(tensor, Tensor::ParameterGradient(_)))
    }

    /// The same loops over other tensors: each of `changes` is a tensor that they may read or write and what
    /// takes its place, with the names that functions give to both.
    pub(crate) fn on(mut self, changes: &[[(Tensor, &str); 2]]) -> Self {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for argument in &mut self.arguments {
            let change = changes.iter().find(|[from, _]| from.0 == argument.tensor);
            let Some([from, to]) = change else { continue };
            argument.tensor = to.0;
            old.push(format_ident!("{}", from.1));
            new.push(format_ident!("{}", to.1));
        }
        if !old.is_empty() {
            let body = self.body;
            self.body = quote! {
                let (#(#old,)*) = (#(#new,)*);
                #body
            };
        }
        self
    }
}

/// Where a layer stands: all that its kernels may know of the network.
///
/// Shapes are as arrays have them: a signal is an image of one row ([`Shape::stored`]).
#[derive(Debug)]
pub(crate) struct Site<'a> {
    pub(crate) inputs: &'a [Shape],
    /// The results of the layer: all that it gives, unless only the largest are kept.
    pub(crate) output: Shape,
    /// What the kernel is for.
    pub(crate) mode: Mode,
    /// How inputs and output lie.
    pub(crate) form: Form,
    /// The position in the network of a layer that draws numbers: other ones than its like.
    pub(crate) number: Option<usize>,
    /// Whether inference has the scale and the shift of a layer behind in its weights.
    pub(crate) folds: bool,
    /// Whether training leaves the layer's parameters and statistics as they are: its functions then read what
    /// inference does, and none has to add to the parameters' gradients.
    pub(crate) is_frozen: bool,
    /// The input by which the gradient stands where that by the output did, to be updated.
    pub(crate) in_place: Option<usize>,
    /// The rows and columns of the windows, side by side, of whose results only the largest are kept.
    pub(crate) largest: Option<[usize; 2]>,
    /// What is kept of the results: the largest, or all.
    pub(crate) kept: Shape,
    /// The activation that was fused behind the layer, applied to every result; or to the largest if it clamps.
    pub(crate) epilogue: Option<&'a dyn Elementwise>,
}

/// A function of one number, as vector code: a layer that treats each element by itself.
///
/// Both expressions are in terms of `simd: S` and registers `V<T, S>`.
pub(crate) trait Elementwise: Debug {
    /// `f(x)` of the register `x`.
    fn apply(&self, x: TokenStream) -> TokenStream;
    /// `d · f′(x)` in terms of the gradient `d`, and of the register `at` that [`reads`] names.
    ///
    /// [`reads`]: Elementwise::reads
    fn pull_back(&self, at: TokenStream, d: TokenStream) -> TokenStream;
    /// What `f′` is written in. Only a function of its output can be fused behind another layer,
    /// because what it has as its input is then never stored.
    fn reads(&self) -> Reads {
        Reads::Output
    }
    /// Whether it takes many instructions that wait for each other: a function of `cnn::math`.
    fn is_long(&self) -> bool {
        false
    }
    /// Whether it never falls, and rises only where it gives `x` itself: then it can be taken of the largest of
    /// some numbers instead of each, and [`pull_back`](Elementwise::pull_back) gives the same at `x` as at `f(x)`.
    fn clamps(&self) -> bool {
        false
    }
    /// The formula of `f` at `x`, for the documentation of kernels: `max(x, 0)`.
    fn formula(&self, x: &str) -> String;
    /// What the layer before must know of this one to choose its initialization.
    fn follows(&self) -> Follows;
    /// What is true of the function wherever it stands, for warnings.
    fn properties(&self) -> Properties {
        Properties::default()
    }
    /// The numbers that it gives for those of an interval, for warnings.
    fn range(&self, _input: Interval) -> Interval {
        Interval::ALL
    }
}

/// Where the derivative of a function is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// From `x`.
    Input,
    /// From `y = f(x)`.
    Output,
}

/// The tensors of a layer that a frozen network keeps, and the function that fills them.
pub(crate) struct Packing {
    /// The sizes of each packed tensor.
    pub(crate) shapes: Vec<Vec<usize>>,
    /// Reads parameters, writes packed tensors; runs outside of any level.
    pub(crate) kernel: Kernel,
}

impl Site<'_> {
    /// The purpose of the forward function.
    pub(crate) fn forward_purpose(&self) -> &'static str {
        match self.mode {
            Mode::Training | Mode::Batch => "forward",
            Mode::Single => "single",
        }
    }

    /// The fused activation of `x`, or `x`.
    pub(crate) fn activate(&self, x: TokenStream) -> TokenStream {
        match self.epilogue {
            Some(epilogue) => epilogue.apply(x),
            None => x,
        }
    }

    /// The gradient `d` by the fused activation of `x`, as the gradient by `x`; or `d`.
    pub(crate) fn pull_back(&self, x: TokenStream, d: TokenStream) -> TokenStream {
        match self.epilogue {
            Some(epilogue) if epilogue.clamps() => epilogue.pull_back(x, d),
            Some(epilogue) => epilogue.pull_back(epilogue.apply(x), d),
            None => d,
        }
    }

    /// A formula with the fused activation around it: `max(bias[o] + Σ …, 0)`.
    pub(crate) fn activated_formula(&self, formula: &str) -> String {
        match self.epilogue {
            Some(epilogue) => epilogue.formula(formula),
            None => formula.to_owned(),
        }
    }
}
