//! What a layer hands to the back end: its functions, as loops over named tensors.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::layout::Form;
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
    /// The gradient of the loss by an input; always overwritten as a whole.
    InputGradient(usize),
    /// A parameter tensor, by its position among the layer's.
    Parameter(usize),
    /// Its gradient; always added to.
    ParameterGradient(usize),
    /// A packed weight tensor of the frozen network, by its position among the layer's.
    Packed(usize),
    /// A buffer of the layer's own, by its position in what `Layer::scratch` gives.
    Scratch(usize),
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
    /// Reads and writes: an activation's backward on the gradient in place.
    Update,
}

impl Tensor {
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
    /// The same loops over other tensors: each of `changes` is a tensor and what takes its place,
    /// with the names that functions give to both.
    pub(crate) fn on(mut self, changes: &[[(Tensor, &str); 2]]) -> Self {
        for argument in &mut self.arguments {
            let change = changes.iter().find(|[(old, _), _]| *old == argument.tensor);
            if let Some([_, (new, _)]) = change {
                argument.tensor = *new;
            }
        }
        let names = |end: usize| {
            changes
                .iter()
                .map(move |change| format_ident!("{}", change[end].1))
        };
        let (old, new, body) = (names(0), names(1), self.body);
        self.body = quote! {
            let (#(#old,)*) = (#(#new,)*);
            #body
        };
        self
    }
}

/// Where a layer stands: all that its kernels may know of the network.
pub(crate) struct Site<'a> {
    pub(crate) inputs: &'a [Shape],
    pub(crate) output: Shape,
    /// How inputs and output lie.
    pub(crate) form: Form,
    /// The activation that was fused behind the layer, applied to every result.
    pub(crate) epilogue: Option<&'a dyn Elementwise>,
}

/// A function of one number, as vector code.
///
/// Both expressions are in terms of `simd: S` and registers `V<T, S>`.
pub(crate) trait Elementwise {
    /// `f(x)` of the register `x`.
    fn apply(&self, x: TokenStream) -> TokenStream;
    /// `d · f′(x)` in terms of the register `y = f(x)` and the gradient `d`.
    fn pull_back(&self, y: TokenStream, d: TokenStream) -> TokenStream;
    /// The formula of `f` at `x`, for the documentation of kernels: `max(x, 0)`.
    fn formula(&self, x: &str) -> String;
}

/// The tensors of a layer that a frozen network keeps, and the function that fills them.
pub(crate) struct Packing {
    /// The sizes of each packed tensor.
    pub(crate) shapes: Vec<Vec<usize>>,
    /// Reads parameters, writes packed tensors; runs outside of any level.
    pub(crate) kernel: Kernel,
}

impl Site<'_> {
    /// The fused activation of `x`, or `x`.
    pub(crate) fn activate(&self, x: TokenStream) -> TokenStream {
        match self.epilogue {
            Some(epilogue) => epilogue.apply(x),
            None => x,
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
