//! One value from one layout to another.

use proc_macro2::TokenStream;
use quote::quote;

use crate::kernel::{Kernel, Tensor};
use crate::layout::{Layout, padded};
use crate::shape::Shape;

/// Turns an image of one sample between channels last and row by row: a matrix of channels and pixels.
pub(crate) fn convert(shape: Shape, to: Layout) -> Kernel {
    let Some([channels, height, width]) = shape.image() else {
        unreachable!("a vector of one sample has one layout");
    };
    let (pixels, lanes) = (height * width, padded(channels));
    let (purpose, doc, body) = match to {
        Layout::Channels => (
            "to_channels",
            "`output[y][x][c] = input[c][y][x]`: channels into the lanes",
            quote! {
                turn::<T, S, #channels, #pixels, #pixels, #lanes>(
                    simd,
                    array2(input.as_flattened().as_flattened()),
                    array1_mut(output.as_flattened_mut()),
                );
            },
        ),
        Layout::Columns => (
            "to_columns",
            "`output[c][y][x] = input[y][x][c]`: row by row",
            quote! {
                turn::<T, S, #pixels, #lanes, #channels, #pixels>(
                    simd,
                    array1(input.as_flattened()),
                    array2_mut(output.as_flattened_mut().as_flattened_mut()),
                );
            },
        ),
        Layout::Samples => unreachable!("one sample does not become sixteen"),
    };
    Kernel {
        purpose,
        doc: vec![doc.to_owned()],
        arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
        items: TokenStream::new(),
        body,
    }
}
