//! The gradient of a convolution by its parameters, samples in the lanes.

use proc_macro2::TokenStream;
use quote::quote;

use super::bands::{self, Bands};
use super::geometry::{Geometry, Side};
use super::{depthwise_gradient, pointwise_gradient};
use crate::emit::loops::{over_run, per_register_file};
use crate::emit::tiles::{Registers, Run, choose_product, runs};
use crate::emit::windows::{source, source_of_tap};
use crate::kernel::{Kernel, Scratch, Tensor};

/// `d_weight[o][i][ky][kx] += Σ d_output[o][y][x] · input[i][y·s+ky][x·s+kx]`, `d_bias[o] += Σ d_output[o][y][x]`.
///
/// Each weight has its own sum over samples and positions. A tile keeps the sums of some output
/// channels for one row of taps, or, where a row is a single tap, for some input channels
/// (`pointwise_gradient`); each lane sums its own sample, and the lanes are added last. The [`scratch`]
/// stands behind `first` other buffers of the layer.
pub(super) fn weight_gradient(geometry: &Geometry, first: usize) -> Kernel {
    of_file(geometry, first, None)
}

/// The same, of which only a level with the narrow register file may run the loops.
pub(super) fn narrow_weight_gradient(geometry: &Geometry, first: usize) -> Kernel {
    of_file(geometry, first, Some(Registers::Narrow))
}

/// The kernel with the loops for one register file, or for both.
fn of_file(geometry: &Geometry, first: usize, file: Option<Registers>) -> Kernel {
    let mut doc = vec![formula(geometry)];
    doc.push(
        "Every tap of every kernel has a sum of its own, over samples `n` and positions."
            .to_owned(),
    );
    doc.extend(geometry.notes());
    let sums = Sums::of(geometry);
    let loops = |registers| match sums {
        Sums::Columns => depthwise_gradient::loops(geometry, registers),
        Sums::Channels => pointwise_gradient::loops(geometry, registers),
        Sums::Taps => weight_loops(geometry, registers),
    };
    let weights = match file {
        Some(registers) => loops(registers),
        None => per_register_file(loops),
    };
    let read = [("input", Side::In), ("d_output", Side::Out)];
    let mut written = vec![("d_weight", Side::Out)];
    written.extend(geometry.bias.then_some(("d_bias", Side::Out)));
    let mut kernel = Kernel {
        purpose: "weight_gradient",
        doc,
        arguments: vec![
            Tensor::Input(0).read(),
            Tensor::OutputGradient.read(),
            Tensor::ParameterGradient(0).update(),
        ],
        items: match sums {
            Sums::Columns => depthwise_gradient::items(geometry),
            Sums::Channels => pointwise_gradient::items(geometry),
            Sums::Taps => weight_items(geometry),
        },
        body: geometry.each_group(&read, &written, &weights),
    };
    if !scratch(geometry).is_empty() {
        kernel.arguments.push(Tensor::Scratch(first).write());
        kernel
            .doc
            .push("`no_row` stands for the rows of the padding.".to_owned());
    }
    if geometry.bias {
        add_bias_argument(&mut kernel);
    }
    kernel
}

/// A row of zeros, where tiles of several rows of taps leave the image.
pub(super) fn scratch(geometry: &Geometry) -> Vec<Scratch> {
    match Sums::of(geometry) {
        Sums::Columns if geometry.y.is_padded() => vec![Scratch {
            name: "no_row",
            sizes: vec![geometry.x.input],
        }],
        _ => Vec::new(),
    }
}

/// What a tile has sums for, beside the output channels.
#[derive(Clone, Copy, Debug)]
enum Sums {
    /// All taps of some rows, and neighbouring columns, of one channel.
    Columns,
    /// Input channels.
    Channels,
    /// The taps of a row.
    Taps,
}

impl Sums {
    fn of(geometry: &Geometry) -> Self {
        /// As many kernels of a channel share the pixels that they load.
        const MANY: usize = 4;
        if geometry.is_depthwise() && geometry.channels_out < MANY {
            Self::Columns
        } else if pointwise_gradient::is_possible(geometry) {
            Self::Channels
        } else {
            Self::Taps
        }
    }
}

/// `d_bias[o] += Σ d_output[o][y][x]` of so many channels, behind what the kernel does.
pub(super) fn add_bias(kernel: &mut Kernel, channels: usize) {
    add_bias_argument(kernel);
    let (weights, bias) = (&kernel.body, bias_loops(&quote!(0..#channels), &quote!(..)));
    kernel.body = quote! { { #weights } #bias };
}

fn add_bias_argument(kernel: &mut Kernel) {
    kernel.arguments.push(Tensor::ParameterGradient(1).update());
    kernel
        .doc
        .push("`d_bias[o] += Σ_n Σ_y Σ_x d_output[o][y][x]`".to_owned());
}

/// The part of a `band` of rows in the gradient by the bias, if there is one, of so many channels from `o0` on.
pub(super) fn bias(geometry: &Geometry, channels: usize) -> TokenStream {
    match geometry.bias {
        true => bias_loops(&quote!(o0..o0 + #channels), &quote!(band.clone())),
        false => quote!(),
    }
}

/// The gradient by the biases of some channels, of some rows.
pub(super) fn bias_loops(channels: &TokenStream, rows: &TokenStream) -> TokenStream {
    quote! {
        for o in #channels {
            let deltas = d_output[o][#rows].as_flattened();
            let [sums] = sums_by_lane::<T, S, _>(
                simd, deltas.len(),
                #[inline(always)] |at, part, [sum]| [sum.add(load(simd, &deltas[at], part))],
            );
            d_bias[o] += sum_scalars::<T, S>(simd, &sums.0, T::ZERO, |x| x);
        }
    }
}

fn weight_items(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_out, y, x, ..
    } = *geometry;
    let (w, oh, ow) = (x.input, y.output, x.output);
    let (reach, under) = match x.dilation {
        1 => (quote!(END - FIRST), quote!(kx - FIRST)),
        dilation => (
            quote!((END - FIRST - 1) * #dilation + 1),
            quote!((kx - FIRST) * #dilation),
        ),
    };
    quote! {
        /// Adds the products of one position to the sums of taps `FIRST..END`.
        ///
        /// `first` is the input column under tap `FIRST`.
        #[inline(always)]
        fn position<
            T: Scalar, S: Simd, const SAMPLES: usize,
            const CHANNELS: usize, const TAPS: usize, const FIRST: usize, const END: usize,
        >(
            simd: S,
            part: usize,
            sum: &mut [[V<T, S>; TAPS]; CHANNELS],
            row: &[Lanes<T, SAMPLES>; #w],
            d_output: &[[[Lanes<T, SAMPLES>; #ow]; #oh]; #channels_out],
            [o0, y, x]: [usize; 3],
            first: usize,
        ) {
            let under = &row[first..][..#reach];
            add_products::<T, S, CHANNELS, TAPS>(
                simd, sum, FIRST..END,
                #[inline(always)] |o| load(simd, &d_output[o0 + o][y][x], part),
                #[inline(always)] |kx| load(simd, &under[#under], part),
            );
        }
    }
}

/// The loops over channels, taps and positions, for one register file.
fn weight_loops(geometry: &Geometry, registers: Registers) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (channels, taps) = choose_product(registers, channels_out, x.window);
    let rows = bands::rows(geometry);
    let (kh, row_of) = (y.window, source(&y, &quote!(y), &quote!(ky)));
    let mut nests = TokenStream::new();
    for o in runs(0..channels_out, channels) {
        let mut segments = TokenStream::new();
        for k in runs(0..x.window, taps).into_iter().flat_map(|run| {
            (0..run.count).map(move |n| run.first + n * run.size..run.first + (n + 1) * run.size)
        }) {
            let (first, count, size) = (k.start, k.len(), o.size);
            let tap = match first {
                0 => quote!(kx),
                _ => quote!(#first + kx),
            };
            let positions = weight_positions(geometry, k, o.size);
            segments.extend(quote! {
                let mut sum = [[splat(simd, T::ZERO); #count]; #size];
                for y in #rows {
                    let row = &input[i][#row_of];
                    for part in 0..parts::<T, S>() {
                        #positions
                    }
                }
                let mut sums = [[T::ZERO; #count]; #size];
                sums_of_lanes(simd, &sum, &mut sums);
                for o in 0..#size {
                    for kx in 0..#count {
                        d_weight[o0 + o][i][ky][#tap] += sums[o][kx];
                    }
                }
            });
        }
        let bias = bias(geometry, o.size);
        let body = quote! {
            #bias
            for i in 0..#channels_in {
                for ky in 0..#kh {
                    #segments
                }
            }
        };
        nests.extend(over_run(&quote!(o0), o, &body));
    }
    Bands::new(geometry, channels * taps, [channels, 1]).each(&nests)
}

/// All columns of a row: the interior in a loop, each edge column with the taps it has.
fn weight_positions(
    geometry: &Geometry,
    taps: std::ops::Range<usize>,
    channels: usize,
) -> TokenStream {
    let axis = geometry.x;
    let count = taps.len();
    let legal = |p: usize| {
        let range = axis.taps(p);
        range.start.max(taps.start)..range.end.min(taps.end)
    };
    let call = |x: &TokenStream, range: &std::ops::Range<usize>| {
        let (first, end) = (range.start - taps.start, range.end - taps.start);
        let column = source_of_tap(&axis, x, range.start);
        quote! {
            position::<T, S, SAMPLES, #channels, #count, #first, #end>(
                simd, part, &mut sum, row, d_output, [o0, y, #x], #column,
            );
        }
    };
    let mut columns = TokenStream::new();
    let mut p = 0;
    while p < axis.output {
        let range = legal(p);
        let end = (p..axis.output)
            .find(|&q| legal(q) != range)
            .unwrap_or(axis.output);
        if !range.is_empty() {
            let body = call(&quote!(x), &range);
            columns.extend(over_run(&quote!(x), Run::of_ones(p..end), &body));
        }
        p = end;
    }
    columns
}

/// What a gradient by the weights is, for the documentation.
pub(super) fn formula(geometry: &Geometry) -> String {
    format!(
        "`d_weight[o][i][ky][kx] += Σ_n Σ_y Σ_x d_output[o][y][x] · input[i][{}][{}]`",
        source(&geometry.y, &quote!(y), &quote!(ky)),
        source(&geometry.x, &quote!(x), &quote!(kx)),
    )
}
