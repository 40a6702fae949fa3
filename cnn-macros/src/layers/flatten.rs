//! Flatten: an image read as a vector, channels first.

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Options, WindowRule, Word};
use super::{Fault, Layer};
use crate::kernel::{Kernel, Site, Tensor};
use crate::shape::Shape;

/// `flatten`
pub(crate) const WORD: Word = Word {
    word: "flatten",
    doc: "Flatten: the image as a vector, channel by channel, row by row, as in PyTorch.",
    window: WindowRule::None,
    options: &[],
    build,
};

/// The layer has no options.
#[derive(Debug)]
struct Flatten;

fn build(_options: &mut Options<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Flatten))
}

impl Layer for Flatten {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(Shape::Flat(inputs[0].sizes().iter().product()))
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
