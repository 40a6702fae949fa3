//! One value from one layout to another.

use proc_macro2::TokenStream;
use quote::quote;

use crate::kernel::{Kernel, Tensor};
use crate::layout::Layout;
use crate::shape::Shape;

/// Copies an image of one sample between channels last and row by row.
pub(crate) fn convert(shape: Shape, to: Layout) -> Kernel {
    let Some([channels, height, width]) = shape.image() else {
        unreachable!("a vector of one sample has one layout");
    };
    let (purpose, doc, statement) = match to {
        Layout::Channels => (
            "to_channels",
            "`output[y][x][c] = input[c][y][x]`: channels into the lanes",
            quote!(output[y][x][c] = input[c][y][x];),
        ),
        Layout::Columns => (
            "to_columns",
            "`output[c][y][x] = input[y][x][c]`: row by row",
            quote!(output[c][y][x] = input[y][x][c];),
        ),
        Layout::Samples => unreachable!("one sample does not become sixteen"),
    };
    Kernel {
        purpose,
        doc: vec![doc.to_owned()],
        arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
        items: TokenStream::new(),
        body: quote! {
            for y in 0..#height {
                for c in 0..#channels {
                    for x in 0..#width {
                        #statement
                    }
                }
            }
        },
    }
}
