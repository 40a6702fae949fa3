//! Loops under a sliding window: which taps are legal where, as code; and the windows of a pool,
//! which slide over each channel by itself.

use proc_macro2::TokenStream;
use quote::quote;

use super::axis::Axis;
use crate::shape::Shape;

/// The legal taps at output position `p` of an axis, as an expression of a range.
pub(crate) fn taps(axis: &Axis, p: &TokenStream) -> TokenStream {
    let Axis {
        input,
        window,
        stride,
        dilation,
        before,
        ..
    } = *axis;
    if !axis.is_padded() {
        return quote!(0..#window);
    }
    let end = input + before;
    if dilation > 1 {
        return quote! {
            usize::div_ceil(usize::saturating_sub(#before, #p * #stride), #dilation)
                ..usize::min(#window, usize::div_ceil(usize::saturating_sub(#end, #p * #stride), #dilation))
        };
    }
    quote! {
        usize::saturating_sub(#before, #p * #stride)
            ..usize::min(#window, usize::saturating_sub(#end, #p * #stride))
    }
}

/// The output positions at which tap `k` meets the input, as an expression of a range.
pub(crate) fn positions(axis: &Axis, k: &TokenStream) -> TokenStream {
    let Axis {
        input,
        output,
        stride,
        before,
        ..
    } = *axis;
    if !axis.is_padded() {
        return quote!(0..#output);
    }
    let (end, k) = (input + before, distance(axis, k));
    quote! {
        usize::div_ceil(usize::saturating_sub(#before, #k), #stride)
            ..usize::min(#output, usize::div_ceil(usize::saturating_sub(#end, #k), #stride))
    }
}

/// How far tap `k` lies behind the first: `k * dilation`.
fn distance(axis: &Axis, k: &TokenStream) -> TokenStream {
    match axis.dilation {
        1 => k.clone(),
        dilation => quote!(#k * #dilation),
    }
}

/// `position * stride + tap * dilation - before`, without the operations that do nothing.
///
/// The expression is ordered so that no intermediate value is negative.
pub(crate) fn source(axis: &Axis, p: &TokenStream, k: &TokenStream) -> TokenStream {
    let Axis { stride, before, .. } = *axis;
    let scaled = if stride == 1 {
        quote!(#p)
    } else {
        quote!(#p * #stride)
    };
    let k = distance(axis, k);
    if before == 0 {
        quote!(#scaled + #k)
    } else {
        quote!(#scaled + #k - #before)
    }
}

/// [`source`] of a tap whose number is known; nothing is added for the first tap without padding.
pub(crate) fn source_of_tap(axis: &Axis, p: &TokenStream, tap: usize) -> TokenStream {
    match (tap, axis.before, axis.stride) {
        (0, 0, 1) => p.clone(),
        (0, 0, stride) => quote!(#p * #stride),
        _ => source(axis, p, &quote!(#tap)),
    }
}

/// A pooling window over an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pool {
    pub(crate) channels: usize,
    pub(crate) y: Axis,
    pub(crate) x: Axis,
}

impl Pool {
    /// The window over `input` that gives `output`.
    pub(crate) fn new(
        input: Shape,
        output: Shape,
        window: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
    ) -> Self {
        let (from, to) = (input.sizes(), output.sizes());
        let axis = |k: usize| Axis {
            input: from[k + 1],
            output: to[k + 1],
            window: window[k],
            stride: stride[k],
            dilation: 1,
            before: padding[k],
        };
        Self {
            channels: from[0],
            y: axis(0),
            x: axis(1),
        }
    }

    /// Whether every input position lies in exactly one window.
    pub(crate) fn partitions(&self) -> bool {
        [self.y, self.x].iter().all(|axis| {
            axis.stride == axis.window
                && axis.before == 0
                && axis.output * axis.stride == axis.input
        })
    }

    /// How the gradient of one input is received: what stands before the loops, and the statement
    /// that stores `received` in `target`.
    ///
    /// Where every input lies in exactly one window its gradient is written, elsewhere added up.
    pub(crate) fn receive(&self) -> [TokenStream; 2] {
        if self.partitions() {
            return [quote!(), quote!(store(target, part, received);)];
        }
        [
            quote!(d_input.as_flattened_mut().as_flattened_mut().fill(Lanes::splat(T::ZERO));),
            quote!(store(target, part, load(simd, target, part).add(received));),
        ]
    }

    /// Visits every window in block layout, one register at a time.
    ///
    /// `body` sees `c`, `y`, `x`, `part` and the legal taps `row_taps`, `column_taps`.
    pub(crate) fn over_windows(&self, body: &TokenStream) -> TokenStream {
        let (channels, oh, ow) = (self.channels, self.y.output, self.x.output);
        let row_taps = taps(&self.y, &quote!(y));
        let column_taps = taps(&self.x, &quote!(x));
        quote! {
            for c in 0..#channels {
                for y in 0..#oh {
                    let row_taps = #row_taps;
                    for x in 0..#ow {
                        let column_taps = #column_taps;
                        for part in 0..parts::<T, S>() {
                            #body
                        }
                    }
                }
            }
        }
    }

    /// Visits every window of one sample, one register of channels at a time.
    ///
    /// `body` sees `v`, `y`, `x` and the legal taps `row_taps`, `column_taps`.
    pub(crate) fn over_windows_of_one(&self, body: &TokenStream) -> TokenStream {
        let (channels, oh, ow) = (self.channels, self.y.output, self.x.output);
        let row_taps = taps(&self.y, &quote!(y));
        let column_taps = taps(&self.x, &quote!(x));
        quote! {
            for y in 0..#oh {
                let row_taps = #row_taps;
                for x in 0..#ow {
                    let column_taps = #column_taps;
                    for v in 0..registers_of::<T, S>(#channels) {
                        #body
                    }
                }
            }
        }
    }

    /// Visits every tap of a window.
    ///
    /// `body` sees `row` and `column`, the position in the input.
    pub(crate) fn over_taps(&self, body: &TokenStream) -> TokenStream {
        let row = source(&self.y, &quote!(y), &quote!(ky));
        let column = source(&self.x, &quote!(x), &quote!(kx));
        quote! {
            for ky in row_taps.clone() {
                for kx in column_taps.clone() {
                    let (row, column) = (#row, #column);
                    #body
                }
            }
        }
    }
}
