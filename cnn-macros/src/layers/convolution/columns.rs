//! The loops of a convolution on one sample, output columns in the lanes.
//!
//! They suit few output channels, which would leave most lanes empty. A row of results is computed by
//! registers, of which the last may overlap the one before it. Where there is padding, the rows that are
//! read are copied into lines with zeros around them, one after another as the window comes down, so that
//! no column is another's exception.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::{Geometry, Side};
use super::packing::arguments_of_one;
use crate::emit::axis::Axis;
use crate::emit::loops::{over_run, per_register_file};
use crate::emit::tiles::{Registers, choose, runs};
use crate::emit::windows::source;
use crate::kernel::{Elementwise, Kernel, Scratch, Site, Tensor};
use crate::layout::{Mode, WIDEST, padded, registers};

/// Whether the loops of the forward pass can compute a convolution: at least a register of columns, which
/// follow each other.
pub(super) fn is_possible(geometry: &Geometry) -> bool {
    geometry.x.stride == 1 && geometry.x.output >= WIDEST
}

/// Whether one sample can be trained so: the gradient by the input is such a convolution too.
pub(super) fn is_trainable(geometry: &Geometry) -> bool {
    let turned = geometry.turned();
    let can_go_back = turned.is_some_and(|back| is_possible(&back));
    geometry.groups == 1 && is_possible(geometry) && can_go_back
}

/// Multiply–adds of registers, and copies of the rows that are padded.
pub(super) fn cost(geometry: &Geometry) -> u64 {
    let columns = registers(geometry.x.output);
    let sums = columns * geometry.rows_of_taps() * (geometry.all_out() * geometry.x.window) as u64;
    let copied = geometry.all_in() as u64 * geometry.y.input as u64 * columns;
    match is_padded(geometry) {
        true => sums + 2 * copied,
        false => sums,
    }
}

fn is_padded(geometry: &Geometry) -> bool {
    geometry.x.is_padded() || geometry.y.is_padded()
}

/// The padded rows that the window of a convolution lies on: the sizes of an array of every channel's.
fn lines(geometry: &Geometry) -> Vec<usize> {
    let [count, width] = [line_count(geometry), line_width(geometry)];
    vec![geometry.channels_in, count, width]
}

/// A line is as long as whole registers, so that all lines begin on one.
pub(super) fn line_width(geometry: &Geometry) -> usize {
    padded(geometry.x.width())
}

/// One line more than the window is high: the next is written while those before it are read. A line that
/// was just written would have to be waited for.
fn line_count(geometry: &Geometry) -> usize {
    geometry.y.reach() + 1
}

/// The padded rows of the forward pass; in training also those of the backward pass: one row of the input,
/// and the rows of the output's gradient.
pub(super) fn scratch(geometry: &Geometry, mode: Mode) -> Vec<Scratch> {
    let buffer = |name, sizes| Scratch { name, sizes };
    let mut all = vec![buffer("lines", lines(geometry))];
    if let (Mode::Training, Some(back)) = (mode, geometry.turned()) {
        all.push(buffer("line", vec![line_width(geometry)]));
        all.push(buffer("d_lines", lines(&back)));
    }
    all
}

/// The forward pass of one sample: a tile keeps some registers of columns for some channels, and
/// every weight is broadcast to them. The [`scratch`] stands behind `first` other buffers of the layer.
pub(super) fn forward(geometry: &Geometry, site: &Site<'_>, first: usize) -> Kernel {
    let mut doc = vec![
        format!("`output[o][y][x] = {}`", geometry.activated(site)),
        "One sample, row by row, columns in the lanes.".to_owned(),
    ];
    doc.extend(geometry.note_on_groups());
    let loops = Loops {
        geometry,
        weights: Weights::InOrder,
        epilogue: site.epilogue,
    };
    let kernel = loops.kernel(site.forward_purpose(), doc, Tensor::Scratch(first));
    match site.mode {
        Mode::Training => on_parameters(kernel, geometry.bias),
        Mode::Batch | Mode::Single => kernel,
    }
}

/// The gradient by the input of one sample: the forward pass of another convolution, which leads from
/// the gradient of the output to that of the input by kernels that are turned around.
pub(super) fn input_gradient(geometry: &Geometry, first: usize) -> Kernel {
    let back = geometry.turned().expect("the convolution is trainable");
    let loops = Loops {
        geometry: &back,
        weights: Weights::Turned,
        epilogue: None,
    };
    let doc = [
        "`d_input[i][y'][x'] = Σ_o Σ_ky Σ_kx weight[o][i][ky][kx] · d_output[o][y][x]`",
        "The forward pass of a convolution whose kernels are turned by half a turn, from `input`, which is \
         `d_output` here, to `output`, which is `d_input`.",
    ];
    let lines = Tensor::Scratch(first);
    let kernel = loops.kernel("input_gradient", doc.map(str::to_owned).into(), lines);
    let mut changes = vec![
        [
            (Tensor::Input(0), "input"),
            (Tensor::OutputGradient, "d_output"),
        ],
        [
            (Tensor::Output, "output"),
            (Tensor::InputGradient(0), "d_input"),
        ],
    ];
    if is_padded(&back) {
        changes.push([(lines, "lines"), (Tensor::Scratch(first + 2), "d_lines")]);
    }
    on_parameters(kernel, false).on(&changes)
}

/// A kernel of training, which reads the parameters as they are.
fn on_parameters(kernel: Kernel, bias: bool) -> Kernel {
    let changes = [
        [
            (Tensor::Packed(0), "packed_weight"),
            (Tensor::Parameter(0), "weight"),
        ],
        [
            (Tensor::Packed(1), "packed_bias"),
            (Tensor::Parameter(1), "bias"),
        ],
    ];
    kernel.on(&changes[..1 + usize::from(bias)])
}

/// How the loops read the weights of output channel `o` by input channel `i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weights {
    /// `[o][i]`, as the parameters of the convolution lie.
    InOrder,
    /// `[i][o]` and back to front, as those of the convolution that leads the other way lie.
    Turned,
}

/// The loops of a convolution.
struct Loops<'a> {
    geometry: &'a Geometry,
    weights: Weights,
    epilogue: Option<&'a dyn Elementwise>,
}

impl Loops<'_> {
    fn kernel(&self, purpose: &'static str, mut doc: Vec<String>, lines: Tensor) -> Kernel {
        let mut arguments = arguments_of_one(self.geometry.bias);
        if is_padded(self.geometry) {
            arguments.push(lines.write());
            doc.push("`lines` are the rows under the window, with zeros around them.".to_owned());
        }
        Kernel {
            purpose,
            doc,
            arguments,
            items: self.tile(),
            body: self.body(),
        }
    }

    fn body(&self) -> TokenStream {
        let geometry = self.geometry;
        let Geometry { y, channels_in, .. } = *geometry;
        let (oh, kh) = (y.output, y.window);
        let tiles = per_register_file(|registers| tiles(geometry, registers));
        let whole = Axis { before: 0, ..y };
        let mut row = source(&whole, &quote!(y), &quote!(ky));
        let mut fill = TokenStream::new();
        let mut source = quote!(let lines = input;);
        if is_padded(geometry) {
            let (count, before, left) = (line_count(geometry), y.before, geometry.x.before);
            let end = match y.stride {
                1 => quote!(y + #count),
                stride => quote!(y * #stride + #count),
            };
            row = quote!((#row) % #count);
            source = quote!(let mut filled = 0;);
            fill = quote! {
                while filled < #end {
                    for i in 0..#channels_in {
                        let row = input[i].get(usize::wrapping_sub(filled, #before));
                        pad_line(&mut lines[i][filled % #count], row, #left);
                    }
                    filled += 1;
                }
            };
        }
        let rest = self.finish_row();
        let rows = quote! {
            #source
            for y in 0..#oh {
                #fill
                let mut under = [0; #kh];
                for ky in 0..#kh {
                    under[ky] = #row;
                }
                #tiles
                #rest
            }
        };
        let mut read = vec![("input", Side::In), ("packed_weight", Side::Out)];
        read.extend(geometry.bias.then_some(("packed_bias", Side::Out)));
        geometry.each_group(&read, &[("output", Side::Out)], &rows)
    }

    /// The type of the weights, and the weight of output channel `o` by input channel `i`.
    fn weight(&self, o: &TokenStream) -> [TokenStream; 2] {
        let Geometry {
            channels_in,
            channels_out,
            y,
            x,
            ..
        } = *self.geometry;
        let (kh, kw) = (y.window, x.window);
        let (last_row, last_column) = (kh - 1, kw - 1);
        match self.weights {
            Weights::InOrder => [
                quote!([[[[T; #kw]; #kh]; #channels_in]; #channels_out]),
                quote!(packed_weight[#o][i][ky][kx]),
            ],
            Weights::Turned => [
                quote!([[[[T; #kw]; #kh]; #channels_out]; #channels_in]),
                quote!(packed_weight[i][#o][#last_row - ky][#last_column - kx]),
            ],
        }
    }

    /// The function of a sum. A long one is left to [`finish_row`](Loops::finish_row) on levels of few
    /// registers, which for as many values are twice as many instructions: the processor does not see far
    /// enough ahead to begin with the next sums while it waits for those. So one sample of a 256×256 image
    /// takes a seventh less time on AVX2, but a tenth more on AVX-512 (AMD EPYC, 2026-11-27).
    fn activate(&self, sum: TokenStream) -> TokenStream {
        match self.epilogue {
            Some(epilogue) if epilogue.is_long() => {
                let result = epilogue.apply(sum.clone());
                quote!(if S::WIDE { #result } else { #sum })
            }
            Some(epilogue) => epilogue.apply(sum),
            None => sum,
        }
    }

    /// What the tiles have left of a row.
    fn finish_row(&self) -> TokenStream {
        let Some(epilogue) = self.epilogue.filter(|epilogue| epilogue.is_long()) else {
            return TokenStream::new();
        };
        let channels = self.geometry.channels_out;
        let result = epilogue.apply(quote!(sum));
        quote! {
            if !S::WIDE {
                for o in 0..#channels {
                    map_row(simd, &mut output[o][y], #[inline(always)] |sum| #result);
                }
            }
        }
    }

    /// Which columns the registers of a row begin at is known to the compiler: `v0` is a literal.
    fn tile(&self) -> TokenStream {
        let Geometry {
            channels_in,
            channels_out,
            y,
            x,
            ..
        } = *self.geometry;
        let (kh, kw, oh, ow) = (y.window, x.window, y.output, x.output);
        let (rows, width) = match is_padded(self.geometry) {
            true => (line_count(self.geometry), line_width(self.geometry)),
            false => (y.input, x.input),
        };
        let [weights, weight] = self.weight(&quote!(o0 + o));
        let (bias_type, start) = match self.geometry.bias {
            true => (
                quote!(packed_bias: &[T; #channels_out],),
                quote!(splat(simd, packed_bias[o0 + o])),
            ),
            false => (quote!(), quote!(splat(simd, T::ZERO))),
        };
        let column = match x.dilation {
            1 => quote!(columns[v] + kx),
            dilation => quote!(columns[v] + kx * #dilation),
        };
        let result = self.activate(quote!(sum[o][v]));
        quote! {
            /// All taps of `CHANNELS` channels from `o0` and `VECTORS` registers of columns from `v0`.
            #[inline(always)]
            fn tile<T: Scalar, S: Simd, const CHANNELS: usize, const VECTORS: usize>(
                simd: S,
                lines: &[[[T; #width]; #rows]; #channels_in],
                packed_weight: &#weights,
                #bias_type
                output: &mut [[[T; #ow]; #oh]; #channels_out],
                [o0, y, v0]: [usize; 3],
                under: [usize; #kh],
            ) {
                let mut columns = [0; VECTORS];
                for v in 0..VECTORS {
                    columns[v] = usize::min((v0 + v) * width::<T, S>(), #ow - width::<T, S>());
                }
                let mut sum = [[splat(simd, T::ZERO); VECTORS]; CHANNELS];
                for o in 0..CHANNELS {
                    sum[o] = [#start; VECTORS];
                }
                for i in 0..#channels_in {
                    for ky in 0..#kh {
                        let row = &lines[i][under[ky]];
                        for kx in 0..#kw {
                            let mut pixels = [splat(simd, T::ZERO); VECTORS];
                            for v in 0..VECTORS {
                                pixels[v] = load_at(simd, row, #column);
                            }
                            for o in 0..CHANNELS {
                                let tap = splat(simd, #weight);
                                for v in 0..VECTORS {
                                    sum[o][v] = pixels[v].mul_add(tap, sum[o][v]);
                                }
                            }
                        }
                    }
                }
                for o in 0..CHANNELS {
                    for v in 0..VECTORS {
                        store_at(&mut output[o0 + o][y], columns[v], #result);
                    }
                }
            }
        }
    }
}

/// The columns of a row: tiles of as many registers as suit the register file, then of one.
fn tiles(geometry: &Geometry, registers: Registers) -> TokenStream {
    let lanes = match registers {
        Registers::Wide => WIDEST,
        Registers::Narrow => WIDEST / 2,
    };
    let count = geometry.x.output;
    let (channels, most) = choose(registers, geometry.channels_out, count.div_ceil(lanes));
    let bias = geometry.bias.then(|| quote!(packed_bias,));
    let step = |channels: usize, vectors: usize| {
        quote! {
            while v + #vectors <= registers_of::<T, S>(#count) {
                tile::<T, S, #channels, #vectors>(
                    simd, lines, packed_weight, #bias output, [o, y, v], under,
                );
                v += #vectors;
            }
        }
    };
    runs(0..geometry.channels_out, channels)
        .into_iter()
        .map(|run| {
            let [many, one] = [most, 1].map(|vectors| step(run.size, vectors));
            let steps = match most {
                1 => one,
                _ => quote! {
                    if const { registers_of::<T, S>(#count) >= #most } { #many }
                    if const { registers_of::<T, S>(#count) % #most > 0 } { #one }
                },
            };
            over_run(&quote!(o), run, &quote! { let mut v = 0; #steps })
        })
        .collect()
}
