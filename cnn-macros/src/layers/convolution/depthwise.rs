//! The loops of a depthwise convolution on one sample, channels in the lanes: each pixel meets the
//! taps of its own channels, register by register.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::Geometry;
use super::packing::Packed;
use crate::emit::loops::{edges, over_run, per_register_file};
use crate::emit::tiles::{Registers, choose, runs};
use crate::emit::windows::{source, taps};
use crate::kernel::{Kernel, Site};
use crate::layout::{WIDEST, padded, registers};

/// Multiply–adds of registers.
pub(super) fn cost(geometry: &Geometry) -> u64 {
    let taps = (geometry.y.output * geometry.y.window * geometry.x.window) as u64;
    let multiplier = geometry.channels_out as u64;
    registers(geometry.groups) * multiplier * taps * geometry.x.output as u64
}

/// The forward pass of one sample: a tile keeps a register of channels for some neighbouring
/// columns.
pub(super) fn forward(geometry: &Geometry, site: &Site<'_>) -> Kernel {
    let packed = Packed::depthwise(geometry);
    let multiplier = geometry.channels_out;
    let mut doc = vec![
        format!("`output[o][y][x] = {}`", geometry.activated(site)),
        "One sample, channels last and in the lanes: `input[y][x][c]`, `output[y][x][o]`."
            .to_owned(),
    ];
    if multiplier > 1 {
        doc.push(format!(
            "Output channel `o` is channel `c·{multiplier} + g`."
        ));
    }
    doc.extend(geometry.notes());
    let (oh, row_taps) = (geometry.y.output, taps(&geometry.y, &quote!(y)));
    let columns = per_register_file(|registers| columns(geometry, registers));
    let channels = geometry.groups;
    let rows = packed.each_group(&quote! {
        for y in 0..#oh {
            let row_taps = #row_taps;
            for v in 0..registers_of::<T, S>(#channels) {
                let first = v * width::<T, S>();
                #columns
            }
        }
    });
    Kernel {
        purpose: "single",
        doc,
        arguments: packed.arguments(),
        items: tile(geometry, packed, site),
        body: rows,
    }
}

fn tile(geometry: &Geometry, packed: Packed, site: &Site<'_>) -> TokenStream {
    let Geometry { y, x, .. } = *geometry;
    let (h, w, oh, ow) = (y.input, x.input, y.output, x.output);
    let (lanes, lanes_out) = (packed.lanes(), padded(geometry.all_out()));
    let [weight_type, bias_type] = packed.types();
    let stride = x.stride;
    let start = match packed.bias {
        true => quote!(load_at(simd, packed_bias, first)),
        false => quote!(splat(simd, T::ZERO)),
    };
    let row = source(&y, &quote!(y), &quote!(ky));
    let column = source(&x, &quote!(x0), &quote!(kx));
    let [group, store] = store(geometry, &site.activate(quote!(sum[x])));
    quote! {
        /// All taps of the register of channels from `first` on and `COLUMNS` columns from `x0`.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const COLUMNS: usize>(
            simd: S,
            #group
            input: &[[[T; #lanes]; #w]; #h],
            packed_weight: #weight_type,
            #bias_type
            output: &mut [[[T; #lanes_out]; #ow]; #oh],
            [first, y, x0]: [usize; 3],
            row_taps: Range<usize>,
            column_taps: Range<usize>,
        ) {
            let mut sum = [#start; COLUMNS];
            for ky in row_taps {
                let row = &input[#row];
                for kx in column_taps.clone() {
                    let pixels = &row[#column..][..(COLUMNS - 1) * #stride + 1];
                    let tap = load_at(simd, &packed_weight[ky][kx][0], first);
                    for x in 0..COLUMNS {
                        let pixel = load_at(simd, &pixels[x * #stride], first);
                        sum[x] = tap.mul_add(pixel, sum[x]);
                    }
                }
            }
            for x in 0..COLUMNS {
                #store
            }
        }
    }
}

/// The argument for the output channel among those of one input channel, and how results are stored:
/// beside each other, or `multiplier` channels apart.
fn store(geometry: &Geometry, result: &TokenStream) -> [TokenStream; 2] {
    let (channels, multiplier) = (geometry.groups, geometry.channels_out);
    if multiplier == 1 {
        return [
            quote!(),
            quote!(store_at(&mut output[y][x0 + x], first, #result);),
        ];
    }
    let store = quote! {
        let mut lanes = [T::ZERO; #WIDEST];
        store_at(&mut lanes, 0, #result);
        for c in 0..usize::min(width::<T, S>(), #channels - first) {
            output[y][x0 + x][(first + c) * #multiplier + g] = lanes[c];
        }
    };
    [quote!(g: usize,), store]
}

fn columns(geometry: &Geometry, registers: Registers) -> TokenStream {
    let axis = geometry.x;
    let (kw, interior) = (axis.window, axis.interior());
    let bias = geometry.bias.then(|| quote!(packed_bias,));
    let group = (geometry.channels_out > 1).then(|| quote!(g,));
    let call = |columns: usize, taps: &TokenStream| {
        quote! {
            tile::<T, S, #columns>(
                simd, #group input, packed_weight, #bias output, [first, y, x],
                row_taps.clone(), #taps,
            );
        }
    };
    let mut loops = TokenStream::new();
    if !interior.is_empty() {
        let (size, _) = choose(registers, interior.len(), 1);
        for run in runs(interior.clone(), size) {
            loops.extend(over_run(&quote!(x), run, &call(run.size, &quote!(0..#kw))));
        }
    }
    let edge_taps = taps(&axis, &quote!(x));
    for edge in edges(&interior, axis.output) {
        for run in runs(edge, 1) {
            loops.extend(over_run(&quote!(x), run, &call(1, &edge_taps)));
        }
    }
    loops
}
