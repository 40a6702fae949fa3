//! The windows of a pool over one sample that lies row by row: first whole rows under the window become one
//! line, then the columns of that line under each window become one element.

use proc_macro2::TokenStream;
use quote::quote;

use super::windows::{Pool, source, taps};
use crate::kernel::{Argument, Scratch, Tensor};
use crate::layout::{Layout, WIDEST, padded};

/// How a pool makes one element of the many under its window.
pub(crate) struct Line<'a> {
    /// What combining begins with, and what stands where the window leaves the input.
    pub(crate) start: TokenStream,
    /// Two elements as one.
    pub(crate) combine: &'a dyn Fn(TokenStream, TokenStream) -> TokenStream,
    /// The result, from the combined `element`, and the legal taps `row_taps` and `column_taps`.
    pub(crate) finish: TokenStream,
    /// The same of registers, if the taps need not be known.
    pub(crate) registers: Option<OfRegisters<'a>>,
}

/// [`Line`] of registers.
pub(crate) struct OfRegisters<'a> {
    pub(crate) combine: &'a dyn Fn(TokenStream, TokenStream) -> TokenStream,
    pub(crate) finish: TokenStream,
}

/// Whether the columns under neighbouring windows can be told apart in registers: every one of them, every
/// second or every fourth.
pub(crate) fn is_by_registers(stride: usize) -> bool {
    matches!(stride, 1 | 2 | 4)
}

/// The loops, the functions that they call, and the tensors that they use.
pub(crate) struct Loops {
    pub(crate) arguments: Vec<Argument>,
    pub(crate) items: TokenStream,
    pub(crate) body: TokenStream,
}

impl Pool {
    /// Visits every window; the output lies in either layout.
    pub(crate) fn over_lines_of_one(&self, line: &Line<'_>, output: Layout) -> Loops {
        match &line.registers {
            Some(registers) if is_by_registers(self.x.stride) => {
                self.lines_by_registers(line, registers, output)
            }
            _ => Loops {
                arguments: vec![Tensor::Input(0).read(), Tensor::Output.write()],
                items: TokenStream::new(),
                body: self.lines_by_scalars(line, output),
            },
        }
    }

    /// The scratch of [`over_lines_of_one`](Pool::over_lines_of_one), where it goes by registers: the rows under
    /// the windows, of as many channels as fill a register.
    pub(crate) fn lines(&self) -> Scratch {
        Scratch {
            name: "lines",
            sizes: vec![self.channels.min(WIDEST), self.line_length()],
        }
    }

    /// The end of the inner loop is asked for at every turn, which keeps it one of scalars.
    fn lines_by_scalars(&self, line: &Line<'_>, output: Layout) -> TokenStream {
        let (channels, oh, ow, w) = (self.channels, self.y.output, self.x.output, self.x.input);
        let row_taps = taps(&self.y, &quote!(y));
        let column_taps = taps(&self.x, &quote!(x));
        let column = source(&self.x, &quote!(x), &quote!(kx));
        let row = source(&self.y, &quote!(y), &quote!(ky));
        let (start, finish) = (&line.start, &line.finish);
        let down = (line.combine)(quote!(*element), quote!(*pixel));
        let along = (line.combine)(quote!(element), quote!(line[#column]));
        let target = match output {
            Layout::Channels => quote!(output[y][x][c]),
            Layout::Columns | Layout::Samples => quote!(output[c][y][x]),
        };
        quote! {
            for c in 0..#channels {
                for y in 0..#oh {
                    let row_taps = #row_taps;
                    let mut line = [#start; #w];
                    for ky in row_taps.clone() {
                        for (element, pixel) in zip(&mut line, &input[c][#row]) {
                            *element = #down;
                        }
                    }
                    let mut x = 0;
                    while x < end_of_scalars(simd, #ow) {
                        let column_taps = #column_taps;
                        let mut element = #start;
                        for kx in column_taps.clone() {
                            element = #along;
                        }
                        #target = #finish;
                        x += 1;
                    }
                }
            }
        }
    }

    /// A strip is a row of windows over as many channels as a register has lanes, so that its results can be
    /// turned to either layout.
    fn lines_by_registers(
        &self,
        line: &Line<'_>,
        registers: &OfRegisters<'_>,
        output: Layout,
    ) -> Loops {
        let (channels, oh) = (self.channels, self.y.output);
        let row_taps = taps(&self.y, &quote!(y));
        let start = &line.start;
        let strip = |first: TokenStream, count: TokenStream| {
            quote!(strip::<T, S>(
                simd, input, output, lines, [#first, #count, y], row_taps.clone(),
            );)
        };
        let (whole, rest) = (
            strip(quote!(block * width), quote!(width)),
            strip(quote!(#channels / width * width), quote!(#channels % width)),
        );
        let body = quote! {
            let width = width::<T, S>();
            lines.as_flattened_mut().fill(#start);
            for y in 0..#oh {
                let row_taps = #row_taps;
                for block in 0..#channels / width {
                    #whole
                }
                if #channels % width > 0 {
                    #rest
                }
            }
        };
        Loops {
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::Output.write(),
                Tensor::Scratch(0).write(),
            ],
            items: self.strip(line, registers, output),
            body,
        }
    }

    /// Windows begin at every `stride`-th column, which are read in groups of so many.
    fn groups(&self) -> usize {
        self.x.window.div_ceil(self.x.stride)
    }

    /// The input's columns and those around it that whole registers of windows lie on.
    fn line_length(&self) -> usize {
        let under = (padded(self.x.output) + self.groups() - 1) * self.x.stride;
        padded(under.max(self.x.before + padded(self.x.input)))
    }

    fn strip(&self, line: &Line<'_>, registers: &OfRegisters<'_>, output: Layout) -> TokenStream {
        let (channels, length) = (self.channels, self.line_length());
        let together = channels.min(WIDEST);
        let [h, oh] = [self.y.input, self.y.output];
        let [w, ow] = [self.x.input, self.x.output];
        let (before, kw, stride, groups) =
            (self.x.before, self.x.window, self.x.stride, self.groups());
        let (start, finish) = (&line.start, &registers.finish);
        let row = |ky| {
            let row = source(&self.y, &quote!(y), &ky);
            quote!(load_first(simd, &plane[#row][x..], #start))
        };
        let (top, under) = (row(quote!(row_taps.start)), row(quote!(ky)));
        let (down, along) = (
            (registers.combine)(quote!(element), under),
            (registers.combine)(quote!(element), quote!(columns[kx])),
        );
        let (output_type, hand_out) = match output {
            Layout::Channels => {
                let lanes = padded(channels);
                (
                    quote!([[[T; #lanes]; #ow]; #oh]),
                    quote! {
                        let end = usize::min(x + width::<T, S>(), #ow);
                        store_turned::<T, S, #lanes>(square, &mut output[y][x..end], c0);
                    },
                )
            }
            Layout::Columns | Layout::Samples => (
                quote!([[[T; #ow]; #oh]; #channels]),
                quote! {
                    for (plane, register) in zip(&mut output[c0..][..count], &square) {
                        store_first::<T, S>(&mut plane[y][x..], *register);
                    }
                },
            ),
        };
        quote! {
            /// Row `y` of windows over `count` channels from `c0` on; `lines` are the rows under them.
            #[inline(always)]
            fn strip<T: Scalar, S: Simd>(
                simd: S,
                input: &[[[T; #w]; #h]; #channels],
                output: &mut #output_type,
                lines: &mut [[T; #length]; #together],
                [c0, count, y]: [usize; 3],
                row_taps: Range<usize>,
            ) {
                for (line, plane) in zip(lines.iter_mut(), &input[c0..][..count]) {
                    for v in 0..registers_of::<T, S>(#w) {
                        let x = v * width::<T, S>();
                        let mut element = #top;
                        for ky in row_taps.start + 1..row_taps.end {
                            element = #down;
                        }
                        store_at::<T, S>(line, #before + x, element);
                    }
                }
                for v in 0..registers_of::<T, S>(#ow) {
                    let x = v * width::<T, S>();
                    let mut square = [splat(simd, #start); BLOCK];
                    for (register, line) in zip(&mut square, lines.iter()).take(count) {
                        let columns = load_apart::<T, S, #stride>(simd, line, x * #stride);
                        let mut element = columns[0];
                        for kx in 1..usize::min(#stride, #kw) {
                            element = #along;
                        }
                        for group in 1..#groups {
                            let columns = load_apart::<T, S, #stride>(simd, line, (x + group) * #stride);
                            for kx in 0..usize::min(#stride, #kw - group * #stride) {
                                element = #along;
                            }
                        }
                        *register = #finish;
                    }
                    #hand_out
                }
            }
        }
    }
}
