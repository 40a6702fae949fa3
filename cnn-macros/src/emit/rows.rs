//! The elements of one channel as a slice, and weights of which each channel has one.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::kernel::{Kernel, Packing, Tensor};
use crate::layout::padded;
use crate::shape::Shape;

/// How many channels a value has; every element of a vector is one.
pub(crate) fn channels(shape: Shape) -> usize {
    shape.sizes()[0]
}

/// How many elements a channel has.
pub(crate) fn pixels(shape: Shape) -> usize {
    shape.elements() / channels(shape)
}

/// Shadows each value by its row of channel `c`, of which [`in_row`] is an element. A vector needs no rows. No
/// name may be read and written.
pub(crate) fn rows_of(shape: Shape, read: &[&str], written: &[&str]) -> TokenStream {
    if let Shape::Flat(_) = shape {
        return TokenStream::new();
    }
    let read = read.iter().map(|name| (name, row(name, shape)));
    let written = written.iter().map(|name| (name, row_mut(name, shape)));
    let statements = read.chain(written).map(|(name, row)| {
        let name = format_ident!("{name}");
        quote!(let #name = #row;)
    });
    quote!(#(#statements)*)
}

/// The element of channel `c` at `pixel`, of a value that `rows_of` has seen.
pub(crate) fn in_row(name: &str, shape: Shape) -> TokenStream {
    let name = format_ident!("{name}");
    match shape {
        Shape::Image { .. } | Shape::Signal { .. } => quote!(#name[pixel]),
        Shape::Flat(_) => quote!(#name[c]),
    }
}

/// The elements of channel `c` of a value that lies channels first.
pub(crate) fn row(name: &str, shape: Shape) -> TokenStream {
    let name = format_ident!("{name}");
    match shape {
        Shape::Image { .. } | Shape::Signal { .. } => quote!(#name[c].as_flattened()),
        Shape::Flat(_) => quote!(#name[c..=c]),
    }
}

/// The elements of channel `c` of a value that lies channels first, to be written.
pub(crate) fn row_mut(name: &str, shape: Shape) -> TokenStream {
    let name = format_ident!("{name}");
    match shape {
        Shape::Image { .. } | Shape::Signal { .. } => quote!(#name[c].as_flattened_mut()),
        Shape::Flat(_) => quote!(#name[c..=c]),
    }
}

/// The pixels of one sample that lies channels last, each a row of channels; a vector is one pixel.
pub(crate) fn lines(name: &str, shape: Shape) -> TokenStream {
    let name = format_ident!("{name}");
    match shape {
        Shape::Image { .. } | Shape::Signal { .. } => quote!(#name.as_flattened()),
        Shape::Flat(_) => quote!([#name]),
    }
}

/// The pixels of one sample that lies channels last, to be written.
pub(crate) fn lines_mut(name: &str, shape: Shape) -> TokenStream {
    let name = format_ident!("{name}");
    match shape {
        Shape::Image { .. } | Shape::Signal { .. } => quote!(#name.as_flattened_mut()),
        Shape::Flat(_) => quote!([&mut *#name]),
    }
}

/// Weights of which each channel has one, padded to whole registers: the first `tensors` of the
/// layer's parameters, each as `source` gives it for channel `c` from its name.
pub(crate) fn packing(
    channels: usize,
    names: &[&str],
    source: &dyn Fn(TokenStream) -> TokenStream,
) -> Packing {
    let statements = names.iter().map(|name| {
        let packed = format_ident!("packed_{name}");
        let name = format_ident!("{name}");
        let value = source(quote!(#name));
        quote!(#packed[c] = #value;)
    });
    let tensors = 0..names.len();
    Packing {
        shapes: vec![vec![padded(channels)]; names.len()],
        kernel: Kernel {
            purpose: "pack",
            doc: vec!["One number for each channel, in whole registers.".to_owned()],
            arguments: tensors
                .flat_map(|k| [Tensor::Parameter(k).read(), Tensor::Packed(k).write()])
                .collect(),
            items: TokenStream::new(),
            body: quote! {
                for c in 0..#channels {
                    #(#statements)*
                }
            },
        },
    }
}
