//! What packing puts into weights beside themselves: the scale and the shift of every channel that a
//! layer behind is in inference, which then costs nothing.
//!
//! `(bias[c] + Σ weight[c] · x) · scale[c] + shift[c]` is the same layer with the weights
//! `weight[c] · scale[c]` and the biases `bias[c] · scale[c] + shift[c]`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::kernel::{Argument, Kernel, Packing, Site, Tensor};

/// The weights of a layer with one bias per output channel, in inference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folding {
    /// Whether the layer has biases of its own.
    bias: bool,
    /// Whether scales and shifts are folded in.
    folds: bool,
}

impl Folding {
    pub(crate) fn new(bias: bool, site: &Site<'_>) -> Self {
        Self {
            bias,
            folds: site.folds,
        }
    }

    /// Whether there are biases to be added: what is shifted has some.
    pub(crate) fn has_bias(self) -> bool {
        self.bias || self.folds
    }

    /// What a packing function reads and writes.
    fn arguments(self) -> Vec<Argument> {
        let mut arguments = vec![Tensor::Parameter(0).read(), Tensor::Packed(0).write()];
        arguments.extend(self.bias.then(|| Tensor::Parameter(1).read()));
        arguments.extend(self.has_bias().then(|| Tensor::Packed(1).write()));
        if self.folds {
            arguments.extend([Tensor::Scale.read(), Tensor::Shift.read()]);
        }
        arguments
    }

    /// A weight of an output channel.
    pub(crate) fn weight(self, weight: TokenStream, channel: &TokenStream) -> TokenStream {
        match self.folds {
            true => quote!(#weight * scale[#channel]),
            false => weight,
        }
    }

    /// The bias of an output channel, if there are any.
    pub(crate) fn bias(self, channel: &TokenStream) -> Option<TokenStream> {
        match (self.bias, self.folds) {
            (true, true) => Some(quote!(bias[#channel] * scale[#channel] + shift[#channel])),
            (false, true) => Some(quote!(shift[#channel])),
            (true, false) => Some(quote!(bias[#channel])),
            (false, false) => None,
        }
    }

    /// The packing with these loops: `weight` are the sizes of the packed weights, `bias` of the
    /// packed biases, if there are any, and `formula` tells where weights come from.
    pub(crate) fn packing(
        self,
        [weight, bias]: [Vec<usize>; 2],
        formula: &str,
        body: TokenStream,
    ) -> Packing {
        let scale = if self.folds { " · scale[o]" } else { "" };
        let mut doc = vec![format!("`{formula}{scale}`")];
        if self.folds {
            let bias = if self.bias {
                "bias[o] · scale[o] + "
            } else {
                ""
            };
            doc.push(format!("`packed_bias[o] = {bias}shift[o]`"));
        }
        Packing {
            shapes: std::iter::once(weight)
                .chain(self.has_bias().then_some(bias))
                .collect(),
            kernel: Kernel {
                purpose: "pack",
                doc,
                arguments: self.arguments(),
                items: TokenStream::new(),
                body,
            },
        }
    }

    /// The packing of weights that stay in PyTorch's order: `of_channel` is a part of `packed_weight`
    /// that belongs to output channel `o` of `channels`, as an iterator over its elements.
    pub(crate) fn in_order(
        self,
        weight: Vec<usize>,
        channels: usize,
        of_channel: &TokenStream,
    ) -> Packing {
        let body = match (self.folds, self.bias) {
            (false, false) => quote!(*packed_weight = *weight;),
            (false, true) => quote!(*packed_weight = *weight; *packed_bias = *bias;),
            (true, _) => {
                let bias = self.bias(&quote!(o));
                quote! {
                    *packed_weight = *weight;
                    for o in 0..#channels {
                        packed_bias[o] = #bias;
                        for tap in #of_channel {
                            *tap = *tap * scale[o];
                        }
                    }
                }
            }
        };
        self.packing([weight, vec![channels]], "packed_weight = weight", body)
    }
}
