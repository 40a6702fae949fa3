//! An image inside of a larger one, which `pad` and `crop` have in common: one direction of each is the
//! other's gradient.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::options::{OptionSpec, Padding, Presence, Settings, Takes};
use crate::layout::Layout;
use crate::shape::Shape;

/// The option that names the sides.
pub(super) const SIDES: OptionSpec = OptionSpec {
    name: "sides",
    other_names: &["padding", "cropping", "pad", "margins"],
    takes: Takes::BySide,
    presence: Presence::Required("1"),
    doc: "number of rows and columns at each side",
};

/// How much larger the outer image is: top, bottom, left, right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Margins(pub(super) [usize; 4]);

impl Margins {
    pub(super) fn read(settings: &Settings) -> Self {
        match settings.padding("sides") {
            Padding::Sides(sides) => Self(sides),
            Padding::Valid | Padding::Same => unreachable!("sides are numbers"),
        }
    }

    /// Rows and columns of both sides.
    pub(super) fn extent(self) -> [usize; 2] {
        let [top, bottom, left, right] = self.0;
        [top.saturating_add(bottom), left.saturating_add(right)]
    }

    /// Copies `from`, which has the shape `inner`, to its place in the larger `to`.
    pub(super) fn insert(self, inner: Shape, layout: Layout, [from, to]: [&str; 2]) -> TokenStream {
        self.rows(inner, layout, |at, within| {
            let (from, to) = (format_ident!("{from}"), format_ident!("{to}"));
            quote!(#to #within.copy_from_slice(&#from #at);)
        })
    }

    /// Copies the part of `from` that has its place in the smaller `to`, which has the shape `inner`.
    pub(super) fn extract(
        self,
        inner: Shape,
        layout: Layout,
        [from, to]: [&str; 2],
    ) -> TokenStream {
        self.rows(inner, layout, |at, within| {
            let (from, to) = (format_ident!("{from}"), format_ident!("{to}"));
            quote!(#to #at.copy_from_slice(&#from #within);)
        })
    }

    /// Every row of the inner image: `copy` is given its index there, and its place in the outer one.
    fn rows(
        self,
        inner: Shape,
        layout: Layout,
        copy: impl Fn(TokenStream, TokenStream) -> TokenStream,
    ) -> TokenStream {
        let [top, _, left, _] = self.0;
        let sizes = inner.sizes();
        let (channels, height, width) = (sizes[0], sizes[1], sizes[2]);
        let end = left + width;
        if layout == Layout::Channels {
            let row = copy(quote!([y]), quote!([#top + y][#left..#end]));
            return quote!(for y in 0..#height { #row });
        }
        let row = copy(quote!([c][y]), quote!([c][#top + y][#left..#end]));
        quote! {
            for c in 0..#channels {
                for y in 0..#height {
                    #row
                }
            }
        }
    }
}
