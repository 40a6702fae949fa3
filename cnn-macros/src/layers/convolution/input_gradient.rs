//! The gradient of a convolution by its input, samples in the lanes; a transposed convolution is the
//! same loops forward, with a bias and an activation.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::{Geometry, Side, scaled, scaled_tap};
use crate::emit::axis::{Axis, Residue};
use crate::emit::loops::{Cut, Place, TileNest, edges};
use crate::emit::tiles::Tile;
use crate::kernel::{Kernel, Site, Tensor};

/// `d_input[i][v][u] = Σ weight[o][i][ky][kx] · d_output[o][y][x]` over all `y·s+ky = v`, `x·s+kx = u`.
///
/// With a stride, the columns of equal remainder form a convolution of their own, with the taps of
/// that remainder, so that no multiplication by zero is made.
pub(super) fn input_gradient(geometry: &Geometry) -> Kernel {
    let mut doc = vec![
        "`d_input[i][v][u] = Σ_o Σ_ky Σ_kx weight[o][i][ky][kx] · d_output[o][y][x]`".to_owned(),
        format!(
            "over every position and tap with {}: each output hands its gradient back \
                 to the inputs that it was made from, through the same taps.",
            relations(geometry)
        ),
    ];
    doc.extend(geometry.notes());
    let arguments = [Tensor::OutputGradient.read(), Tensor::Parameter(0).read()];
    Kernel {
        purpose: "input_gradient",
        doc,
        arguments: arguments
            .into_iter()
            .chain([Tensor::InputGradient(0).write()])
            .collect(),
        items: tile(geometry, &Start::Zero, &quote!(sum[i][t][p])),
        body: loops(geometry, &Start::Zero),
    }
}

/// `output = activation(bias + …)` with the sum of [`input_gradient`], of which `d_output` is here the
/// input.
pub(super) fn transposed(geometry: &Geometry, bias: bool, site: &Site<'_>) -> Kernel {
    let (start, sum) = match bias {
        true => (Start::Bias, "bias[o] + "),
        false => (Start::Zero, ""),
    };
    let sum = format!("{sum}Σ_i Σ_ky Σ_kx weight[i][o][ky][kx] · input[i][y][x]");
    let mut doc = vec![
        format!("`output[o][v][u] = {}`", site.activated_formula(&sum)),
        format!(
            "over every position and tap with {}.",
            relations(geometry)
        ),
        "These are the loops of a convolution's gradient by its input: `d_output` is the input here, \
         `d_input` the output."
            .to_owned(),
    ];
    doc.extend(geometry.notes());
    let mut arguments = vec![Tensor::OutputGradient.read(), Tensor::Parameter(0).read()];
    arguments.extend(bias.then(|| Tensor::Parameter(1).read()));
    arguments.push(Tensor::InputGradient(0).write());
    let kernel = Kernel {
        purpose: "forward",
        doc,
        arguments,
        items: tile(geometry, &start, &site.activate(quote!(sum[i][t][p]))),
        body: loops(geometry, &start),
    };
    kernel.on(&[
        [
            (Tensor::OutputGradient, "d_output"),
            (Tensor::Input(0), "input"),
        ],
        [
            (Tensor::InputGradient(0), "d_input"),
            (Tensor::Output, "output"),
        ],
    ])
}

/// What the sums begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Zero,
    Bias,
}

impl Start {
    fn argument(self) -> Option<TokenStream> {
        (self == Self::Bias).then(|| quote!(bias,))
    }
}

/// `` `v = y·2 + ky - 1` and `u = x·2 + kx - 1` ``.
pub(super) fn relations(geometry: &Geometry) -> String {
    let relation = |input: &str, output: &str, tap: &str, axis: &Axis| {
        let shift = match axis.before {
            0 => String::new(),
            before => format!(" - {before}"),
        };
        let (output, tap) = (scaled(output, axis.stride), scaled_tap(tap, axis));
        format!("`{input} = {output} + {tap}{shift}`")
    };
    let rows = relation("v", "y", "ky", &geometry.y);
    format!("{rows}, {}", relation("u", "x", "kx", &geometry.x))
}

/// Where taps of one remainder come from: the row `y0 - n`, or `y0 - (late + n * step)`.
pub(super) fn behind(axis: &Axis, base: &TokenStream, tap: &TokenStream) -> TokenStream {
    if axis.dilation == 1 {
        return quote!(#base - #tap);
    }
    let step = axis.residue(0).step;
    quote!(#base - (late + #tap * #step))
}

/// `COLUMNS` columns of one remainder: `m` counts the taps of that remainder, `t` its columns.
fn tile(geometry: &Geometry, start: &Start, result: &TokenStream) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (h, w, oh, ow) = (y.input, x.input, y.output, x.output);
    let (kh, kw, column_stride) = (y.window, x.window, x.stride);
    let (row_step, column_step) = (y.residue(0).tap_step, x.residue(0).tap_step);
    let row = behind(&y, &quote!(y0), &quote!(n));
    let column = behind(&x, &quote!(x0), &quote!(m));
    let [row_origin, row_late] = origin(&y, "y0", "ky0");
    let [column_origin, column_late] = origin(&x, "x0", "kx0");
    let (bias_type, start) = match start {
        Start::Zero => (quote!(), quote!()),
        Start::Bias => (
            quote!(bias: &[T; #channels_in],),
            quote! {
                for i in 0..CHANNELS {
                    sum[i] = [[splat(simd, bias[i0 + i]); PARTS]; COLUMNS];
                }
            },
        ),
    };
    quote! {
        /// All taps of `CHANNELS` input channels from `i0` and `COLUMNS` columns, in registers.
        ///
        /// The columns are `u0 + stride · t`; the first of them receives tap `kx0 + stride · m`
        /// from output column `x0 - m`. Rows likewise.
        #[inline(always)]
        fn tile<
            T: Scalar, S: Simd, const SAMPLES: usize,
            const CHANNELS: usize, const COLUMNS: usize, const PARTS: usize,
        >(
            simd: S,
            part: usize,
            d_output: &[[[Lanes<T, SAMPLES>; #ow]; #oh]; #channels_out],
            weight: &[[[[T; #kw]; #kh]; #channels_in]; #channels_out],
            #bias_type
            d_input: &mut [[[Lanes<T, SAMPLES>; #w]; #h]; #channels_in],
            [i0, v, u0]: [usize; 3],
            #row_origin
            #column_origin
            row_taps: Range<usize>,
            column_taps: Range<usize>,
        ) {
            let mut sum = [[[splat(simd, T::ZERO); PARTS]; COLUMNS]; CHANNELS];
            #start
            for o in 0..#channels_out {
                for n in row_taps.clone() {
                    #row_late
                    let row = &d_output[o][#row];
                    let ky = ky0 + n * #row_step;
                    for m in column_taps.clone() {
                        #column_late
                        let deltas = load_columns::<T, S, SAMPLES, COLUMNS, PARTS, 1>(simd, row, #column, part);
                        let kx = kx0 + m * #column_step;
                        for i in 0..CHANNELS {
                            let tap = splat(simd, weight[o][i0 + i][ky][kx]);
                            for t in 0..COLUMNS {
                                for p in 0..PARTS {
                                    sum[i][t][p] = deltas[t][p].mul_add(tap, sum[i][t][p]);
                                }
                            }
                        }
                    }
                }
            }
            for i in 0..CHANNELS {
                for t in 0..COLUMNS {
                    for p in 0..PARTS {
                        store(&mut d_input[i0 + i][v][u0 + t * #column_stride], part + p, #result);
                    }
                }
            }
        }
    }
}

/// The argument of a tile that says where the taps of an axis begin, and what gives `late` its name.
pub(super) fn origin(axis: &Axis, base: &str, tap: &str) -> [TokenStream; 2] {
    let [base, tap, late] =
        [base, tap, &format!("{base}_late")].map(|n| quote::format_ident!("{n}"));
    match axis.dilation {
        1 => [quote!([#base, #tap]: [usize; 2],), quote!()],
        _ => [
            quote!([#base, #tap, #late]: [usize; 3],),
            quote!(let late = #late;),
        ],
    }
}

/// The statements that find, for row `v`, the taps `row_taps` of its remainder and where they begin;
/// and the argument that says the latter.
pub(super) fn row_taps(axis: &Axis) -> [TokenStream; 2] {
    let Axis {
        output,
        window,
        stride,
        before,
        ..
    } = *axis;
    if axis.dilation == 1 {
        // The row taps of remainder `ky0` are `ky0 + stride · n` and come from output rows `y0 - n`.
        let statements = quote! {
            let ky0 = (v + #before) % #stride;
            let y0 = (v + #before) / #stride;
            let row_taps = usize::saturating_sub(y0 + 1, #output)
                ..usize::min(y0 + 1, usize::div_ceil(usize::saturating_sub(#window, ky0), #stride));
        };
        return [statements, quote!([y0, ky0])];
    }
    let step = axis.residue(0).step;
    let residues = (0..stride).map(|residue| {
        let Residue {
            tap, late, taps, ..
        } = axis.residue(residue);
        quote!([#tap, #late, #taps])
    });
    let statements = quote! {
        let [ky0, late, count] = [#(#residues),*][(v + #before) % #stride];
        let y0 = (v + #before) / #stride;
        let reach = usize::saturating_sub(y0 + 1, late);
        let row_taps = usize::div_ceil(usize::saturating_sub(reach, #output), #step)
            ..usize::min(count, usize::div_ceil(reach, #step));
    };
    [statements, quote!([y0, ky0, late])]
}

fn loops(geometry: &Geometry, start: &Start) -> TokenStream {
    let h = geometry.y.input;
    let [find_taps, origin] = row_taps(&geometry.y);
    let columns: TokenStream = (0..geometry.x.stride)
        .map(|residue| columns(geometry, start, residue, &origin))
        .collect();
    let rows = quote! {
        for v in 0..#h {
            #find_taps
            #columns
        }
    };
    let mut read = vec![("d_output", Side::Out), ("weight", Side::Out)];
    read.extend((*start == Start::Bias).then_some(("bias", Side::In)));
    geometry.each_group(&read, &[("d_input", Side::In)], &rows)
}

/// The taps of the column `t` of a remainder, at an edge.
pub(super) fn edge_taps(axis: &Axis, residue: &Residue) -> TokenStream {
    let output = axis.output;
    let Residue {
        taps,
        base,
        late,
        step,
        ..
    } = *residue;
    if axis.dilation == 1 {
        return quote! {
            usize::saturating_sub(#base + t + 1, #output)..usize::min(#base + t + 1, #taps)
        };
    }
    let reach = quote!(usize::saturating_sub(#base + t + 1, #late));
    quote! {
        usize::div_ceil(usize::saturating_sub(#reach, #output), #step)
            ..usize::min(#taps, usize::div_ceil(#reach, #step))
    }
}

/// The argument that says where the taps of the columns of a remainder begin.
pub(super) fn column_origin(axis: &Axis, residue: &Residue) -> TokenStream {
    let Residue {
        tap, base, late, ..
    } = *residue;
    match axis.dilation {
        1 => quote!([#base + t, #tap]),
        _ => quote!([#base + t, #tap, #late]),
    }
}

fn columns(
    geometry: &Geometry,
    start: &Start,
    residue: usize,
    row_origin: &TokenStream,
) -> TokenStream {
    let axis = geometry.x;
    let stride = axis.stride;
    let residue = axis.residue(residue);
    let Residue {
        first, count, taps, ..
    } = residue;
    let interior = residue.interior(axis.output);
    let at_edge = edge_taps(&axis, &residue);
    let (bias, column_origin) = (start.argument(), column_origin(&axis, &residue));
    TileNest {
        row: quote!(i),
        rows: geometry.channels_in,
        most_rows: usize::MAX,
        column: quote!(t),
        edges: edges(&interior, count),
        interior,
        unit: 1,
        cut: Cut::of_window(geometry.y.window * geometry.x.window),
        call: &|tile, place| {
            let Tile {
                rows,
                columns,
                parts,
            } = tile;
            let taps = if place == Place::Edge {
                at_edge.clone()
            } else {
                quote!(0..#taps)
            };
            quote! {
                tile::<T, S, SAMPLES, #rows, #columns, #parts>(
                    simd, part, d_output, weight, #bias d_input,
                    [i, v, #first + t * #stride], #row_origin, #column_origin,
                    row_taps.clone(), #taps,
                );
            }
        },
    }
    .emit()
}
