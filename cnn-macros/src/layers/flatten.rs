//! `flatten`: an image as a vector, channel by channel and row by row.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Fault, Layer};
use crate::kernel::{Kernel, Site, Tensor};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "flatten",
    doc: "an image as a vector, channel by channel and row by row",
    other_names: &["reshape", "view"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Flat,
    options: &[],
    build: |_| Ok(Box::new(Flatten)),
};

/// An image as a vector.
#[derive(Debug)]
pub(crate) struct Flatten;

impl Layer for Flatten {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(Shape::Flat(inputs[0].elements()))
    }

    fn is_view(&self) -> bool {
        true
    }

    fn forward(&self, _site: &Site<'_>) -> Kernel {
        unreachable!("a view has no function of its own in block layout")
    }

    fn backward(&self, _site: &Site<'_>) -> Vec<Kernel> {
        unreachable!("a view has no function of its own in block layout")
    }

    /// One sample lies channels last, but is flattened channels first, as PyTorch does.
    fn single(&self, site: &Site<'_>) -> Kernel {
        let body = match site.inputs[0] {
            Shape::Image {
                channels,
                height,
                width,
            } => quote! {
                for y in 0..#height {
                    for x in 0..#width {
                        for c in 0..#channels {
                            output[(c * #height + y) * #width + x] = input[y][x][c];
                        }
                    }
                }
            },
            Shape::Flat(_) => quote! { *output = *input; },
        };
        Kernel {
            purpose: "single",
            doc: vec!["`output[(c·height + y)·width + x] = input[y][x][c]`".to_owned()],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body,
        }
    }
}
