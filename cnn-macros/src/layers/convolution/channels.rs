//! The loops of a convolution on one sample, output channels in the lanes; forward and transposed
//! differ only in which pixels meet which taps.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::Geometry;
use super::input_gradient::{behind, column_origin, edge_taps, origin, relations, row_taps};
use super::packing::Packed;
use super::tile_of_channels::{Sweep, Tile};
use crate::emit::windows::{source, taps};
use crate::kernel::{Kernel, Site};
use crate::layout::registers;

/// Multiply–adds of registers.
pub(super) fn cost(geometry: &Geometry) -> u64 {
    let taps = geometry.rows_of_taps() * geometry.x.window as u64;
    let registers = geometry.groups as u64 * registers(geometry.channels_out);
    registers * taps * geometry.x.output as u64
}

/// The forward pass of one sample: a tile keeps some registers of channels for some neighbouring
/// columns, and every pixel of the input is broadcast to them.
pub(super) fn forward(geometry: &Geometry, site: &Site<'_>) -> Kernel {
    let Geometry { y, x, .. } = *geometry;
    let mut doc = vec![
        format!("`output[o][y][x] = {}`", geometry.activated(site)),
        "One sample, channels last and in the lanes: `input[y][x][i]`, `output[y][x][o]`."
            .to_owned(),
    ];
    doc.extend(geometry.notes());
    let (kw, stride) = (x.window, x.stride);
    let tile = Tile {
        packed: Packed::of(geometry),
        input: [y.input, x.input],
        output: [y.output, x.output],
        origin: quote!([v0, y, x0]: [usize; 3],),
        row_tap: quote!(ky),
        row: source(&y, &quote!(y), &quote!(ky)),
        row_tap_number: quote!(),
        column_tap: quote!(kx),
        column: source(&x, &quote!(x0), &quote!(kx)),
        column_tap_number: quote!(),
        step: stride,
        target: quote!(x0 + x),
    };
    let sweep = Sweep {
        variable: quote!(x),
        count: x.output,
        interior: x.interior(),
        inside: quote!(0..#kw),
        at_edge: taps(&x, &quote!(x)),
        origin: quote!([v, y, x],),
    };
    let (oh, row_taps) = (y.output, taps(&y, &quote!(y)));
    let rows = |columns: &TokenStream| {
        quote! {
            for y in 0..#oh {
                let row_taps = #row_taps;
                #columns
            }
        }
    };
    tile.kernel(doc, site, &[sweep], &rows)
}

/// The forward pass of a transposed convolution, which hands each pixel to the outputs under its
/// taps: gathered from there, the outputs of one remainder modulo the stride are a convolution.
pub(super) fn transposed(geometry: &Geometry, bias: bool, site: &Site<'_>) -> Kernel {
    let Geometry { y, x, .. } = *geometry;
    let sum = if bias { "bias[o] + " } else { "" };
    let sum = format!("{sum}Σ_i Σ_ky Σ_kx weight[i][o][ky][kx] · input[i][y][x]");
    let mut doc = vec![
        format!("`output[o][v][u] = {}`", site.activated_formula(&sum)),
        format!("over every position and tap with {}.", relations(geometry)),
        "One sample, channels last and in the lanes: `input[y][x][i]`, `output[v][u][o]`."
            .to_owned(),
    ];
    doc.extend(geometry.notes());
    let ([row_arguments, row_late], [column_arguments, column_late]) =
        (origin(&y, "y0", "ky0"), origin(&x, "x0", "kx0"));
    let (row_step, column_step) = (y.residue(0).tap_step, x.residue(0).tap_step);
    let (row, column) = (
        behind(&y, &quote!(y0), &quote!(n)),
        behind(&x, &quote!(x0), &quote!(m)),
    );
    let stride = x.stride;
    let tile = Tile {
        packed: Packed::of_transposed(geometry, bias),
        input: [y.output, x.output],
        output: [y.input, x.input],
        origin: quote!([v0, y, u0]: [usize; 3], #row_arguments #column_arguments),
        row_tap: quote!(n),
        row: quote!({ #row_late #row }),
        row_tap_number: quote!(let ky = ky0 + n * #row_step;),
        column_tap: quote!(m),
        column: quote!({ #column_late #column }),
        column_tap_number: quote!(let kx = kx0 + m * #column_step;),
        step: 1,
        target: quote!(u0 + x * #stride),
    };
    let [find_taps, row_begin] = row_taps(&y);
    let sweeps: Vec<Sweep> = (0..stride)
        .map(|residue| {
            let residue = x.residue(residue);
            let (first, taps) = (residue.first, residue.taps);
            let column_begin = column_origin(&x, &residue);
            Sweep {
                variable: quote!(t),
                count: residue.count,
                interior: residue.interior(x.output),
                inside: quote!(0..#taps),
                at_edge: edge_taps(&x, &residue),
                origin: quote!([v, y, #first + t * #stride], #row_begin, #column_begin,),
            }
        })
        .collect();
    let h = y.input;
    let rows = |columns: &TokenStream| {
        quote! {
            for y in 0..#h {
                let v = y;
                #find_taps
                #columns
            }
        }
    };
    tile.kernel(doc, site, &sweeps, &rows)
}
