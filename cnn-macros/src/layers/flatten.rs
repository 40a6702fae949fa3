//! `flatten`: an image or a signal as a vector, channel by channel and row by row.
//!
//! # Formula
//!
//! `output[(c·H + y)·W + x] = input[c][y][x]`; of a signal `output[c·L + x] = input[c][x]`.
//!
//! # Shapes
//!
//! | input | output |
//! |---|---|
//! | image `C x H x W` | vector `C·H·W` |
//! | signal `C x L` | vector `C·L` |
//! | vector `N` | `N` |
//!
//! # Gradient
//!
//! `d_input[c][y][x] = d_output[(c·H + y)·W + x]`. On a batch both are the same memory, and nothing is computed.
//!
//! # Source
//!
//! PyTorch: `Flatten()`, in the same order. Keras: `Flatten`, which goes row by row and pixel by pixel, the
//! channels innermost.
//!
//! # Example
//!
//! ```
//! use cnn::prelude::*;
//!
//! network! { Elements: 2x1x2 -> flatten -> 4 }
//!
//! assert_eq!(Elements::new(1).predict(&[1.0, 2.0, 3.0, 4.0]), [1.0, 2.0, 3.0, 4.0]);
//! ```

use proc_macro2::TokenStream;
use quote::quote;

use super::options::{Kind, Rank};
use super::{Fault, Interval, Layer, Properties};
use crate::kernel::{Kernel, Site, Tensor};
use crate::layout::{Form, Layout, Mode, padded, registers};
use crate::shape::Shape;

/// The entry in the registry.
pub(crate) const KIND: Kind = Kind {
    word: "flatten",
    doc: "an image or a signal as a vector, channel by channel and row by row",
    other_names: &["ravel"],
    has_window: false,
    takes: Rank::Any,
    gives: Rank::Flat,
    options: &[],
    build: |_| Ok(Box::new(Flatten)),
};

/// An image or a signal as a vector.
#[derive(Debug)]
pub(crate) struct Flatten;

impl Layer for Flatten {
    fn output(&self, inputs: &[Shape]) -> Result<Shape, Fault> {
        Ok(Shape::Flat(inputs[0].elements()))
    }

    fn properties(&self) -> Properties {
        Properties {
            keeps_probabilities: true,
            ..Properties::default()
        }
    }

    fn range(&self, inputs: &[Interval]) -> Interval {
        inputs[0]
    }

    fn is_view(&self) -> bool {
        true
    }

    fn forms(&self, inputs: &[Shape], output: Shape, mode: Mode) -> Vec<Form> {
        let mut forms = vec![Form::usual(mode, output)];
        if mode == Mode::Single && inputs[0].image().is_some() {
            let turned = Layout::Channels.conversion(Layout::Columns, inputs[0]);
            forms[0].cost = turned.expect("one sample is turned");
            forms.push(Form {
                input: Layout::Columns,
                output: Layout::Channels,
                cost: registers(output.elements()),
            });
        }
        forms
    }

    /// One sample is flattened channels first, as PyTorch does, however it lies.
    fn forward(&self, site: &Site<'_>) -> Kernel {
        let body = match (site.inputs[0].image(), site.form.input) {
            (_, Layout::Samples) => unreachable!("a block's view has no function of its own"),
            (Some(_), Layout::Columns) => quote! {
                let elements = input.as_flattened().as_flattened();
                output[..elements.len()].copy_from_slice(elements);
            },
            (Some([channels, height, width]), Layout::Channels) => {
                let (pixels, lanes) = (height * width, padded(channels));
                let elements = channels * pixels;
                quote! {
                    turn::<T, S, #pixels, #lanes, #channels, #pixels>(
                        simd,
                        array1(input.as_flattened()),
                        array2_mut(&mut output[..#elements]),
                    );
                }
            }
            (None, _) => quote! { *output = *input; },
        };
        Kernel {
            purpose: "single",
            doc: vec![
                "The elements of `input[c][y][x]` one after another, `x` fastest.".to_owned(),
            ],
            arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
            items: TokenStream::new(),
            body,
        }
    }

    fn backward(&self, _site: &Site<'_>) -> Vec<Kernel> {
        unreachable!("a block's view has no function of its own")
    }
}
