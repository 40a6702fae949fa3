//! The forward pass and the gradient by the input, samples in the lanes: row by row, with the last rows
//! of pixels at the points in a ring.

use proc_macro2::TokenStream;
use quote::quote;

use super::points::{fill_pixels, runs_of_results, to_points};
use super::{POINTS, RESULTS, TAPS, tiles};
use crate::emit::largest::{Results, keeps_positions};
use crate::emit::loops::{Cut, TileNest};
use crate::emit::tiles::Tile;
use crate::emit::windows::taps;
use crate::kernel::{Kernel, Scratch, Site, Tensor};
use crate::layers::convolution::geometry::Geometry;
use crate::layers::convolution::input_gradient::relations;
use crate::layers::convolution::largest::doc;
use crate::layout::FEW;

/// How many buffers a pass has.
pub(super) const BUFFERS: usize = 3;

/// What a pass keeps at the points: the last rows of pixels, all taps, and a row of products.
///
/// Taps have input channels in the place of samples. There is room for blocks of few; in others the second half of
/// each row of taps stays idle.
pub(super) fn scratch(geometry: &Geometry) -> [Scratch; BUFFERS] {
    let Geometry {
        channels_in: from,
        channels_out: to,
        y,
        x,
        ..
    } = *geometry;
    let tiles = tiles(&x);
    let buffer = |name, sizes| Scratch { name, sizes };
    [
        buffer("pixels", vec![POINTS, from, y.window, tiles]),
        buffer("taps", vec![POINTS, y.window, from.div_ceil(FEW), to]),
        buffer("products", vec![POINTS, to, tiles]),
    ]
}

/// What becomes of the results.
enum Fate<'a> {
    /// All are stored, as this expression of a `sum`.
    Stored(TokenStream),
    /// The largest of windows of so many rows and columns are kept.
    Kept(&'a Site<'a>, [usize; 2]),
}

/// `output[o][y][x] = activation(bias[o] + Σ weight[o][i][ky][kx] · input[i][y+ky][x+kx])`, or the largest of it.
pub(crate) fn forward(geometry: &Geometry, site: &Site<'_>, first: usize) -> Kernel {
    let tap = quote!(weight[o][i][ky][kx]);
    let (doc, fate) = match site.largest {
        Some(window) => (doc(geometry, site, window), Fate::Kept(site, window)),
        None => (
            vec![format!("`output[o][y][x] = {}`", geometry.activated(site))],
            Fate::Stored(site.activate(quote!(sum))),
        ),
    };
    pass("forward", geometry, (&tap, &fate), doc, first)
}

/// `d_input[i][v][u] = Σ weight[o][i][ky][kx] · d_output[o][v-ky][u-kx]`: the same pass from the output's
/// gradient to the input's, with all taps in reverse. Its buffers stand behind those of [`forward`].
pub(crate) fn input_gradient(geometry: &Geometry, first: usize) -> Kernel {
    let doc = vec![
        "`d_input[i][v][u] = Σ_o Σ_ky Σ_kx weight[o][i][ky][kx] · d_output[o][y][x]`".to_owned(),
        format!(
            "over every position and tap with {}: a convolution of the output's gradient, which is the \
             input here, with all taps in reverse.",
            relations(geometry)
        ),
    ];
    let (last_row, last_column) = (geometry.y.window - 1, TAPS - 1);
    let tap = quote!(weight[i][o][#last_row - ky][#last_column - kx]);
    let (back, first) = (turned(geometry), first + BUFFERS);
    let fate = Fate::Stored(quote!(sum));
    let kernel = pass("input_gradient", &back, (&tap, &fate), doc, first);
    kernel.on(&[
        [
            (Tensor::Input(0), "input"),
            (Tensor::OutputGradient, "d_output"),
        ],
        [
            (Tensor::Output, "output"),
            (Tensor::InputGradient(0), "d_input"),
        ],
    ])
}

/// The convolution from the output's gradient to the input's.
pub(super) fn turned(geometry: &Geometry) -> Geometry {
    geometry
        .turned()
        .expect("it has no stride, and padding less than the window")
}

/// The kernel of a purpose; `tap` is the tap from channel `i` to channel `o`.
fn pass(
    purpose: &'static str,
    geometry: &Geometry,
    (tap, fate): (&TokenStream, &Fate<'_>),
    mut doc: Vec<String>,
    first: usize,
) -> Kernel {
    doc.push(
        "By Winograd's F(4, 3): pixels and taps are taken to six points, where four columns are one \
         product for each row of taps."
            .to_owned(),
    );
    let (to_points, tile, to_results) = (
        to_points(&geometry.x, geometry.channels_in, geometry.y.window),
        tile(geometry),
        to_results(geometry, fate),
    );
    let bias = geometry.bias.then_some(Tensor::Parameter(1).read());
    let buffers = (first..first + BUFFERS).map(|k| Tensor::Scratch(k).write());
    let chosen = fate.keeps_positions().then_some(Tensor::Chosen.write());
    Kernel {
        purpose,
        doc,
        arguments: [Tensor::Input(0).read(), Tensor::Parameter(0).read()]
            .into_iter()
            .chain(bias)
            .chain(buffers)
            .chain([Tensor::Output.write()])
            .chain(chosen)
            .collect(),
        items: quote!(#to_points #tile #to_results),
        body: body(geometry, tap, fate),
    }
}

/// The register tile: the products at one point of some channels and tiles of a row.
fn tile(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kh, tiles, before) = (y.window, tiles(&x), y.before);
    let elements = channels_in.div_ceil(FEW);
    let row = match before {
        0 => quote!((y + ky) % #kh),
        _ => quote!((y + ky - #before) % #kh),
    };
    quote! {
        /// The products of `CHANNELS` channels from `o0` and `COLUMNS` tiles from `t0` at one point, summed
        /// over channels and rows of taps, in registers.
        #[inline(always)]
        fn tile<
            T: Scalar, S: Simd, const SAMPLES: usize,
            const CHANNELS: usize, const COLUMNS: usize, const PARTS: usize,
        >(
            simd: S,
            part: usize,
            pixels: &[[[Lanes<T, SAMPLES>; #tiles]; #kh]; #channels_in],
            taps: &[[[Lanes<T, SAMPLES>; #channels_out]; #elements]; #kh],
            products: &mut [[Lanes<T, SAMPLES>; #tiles]; #channels_out],
            [o0, y, t0]: [usize; 3],
            row_taps: Range<usize>,
        ) {
            let mut sum = [[[splat(simd, T::ZERO); PARTS]; COLUMNS]; CHANNELS];
            for ky in row_taps {
                let row = #row;
                for i in 0..#channels_in {
                    let under = load_columns::<T, S, SAMPLES, COLUMNS, PARTS, 1>(simd, &pixels[i][row], t0, part);
                    for o in 0..CHANNELS {
                        let tap = splat(simd, taps[ky][i / SAMPLES][o0 + o].0[i % SAMPLES]);
                        for t in 0..COLUMNS {
                            for p in 0..PARTS {
                                sum[o][t][p] = under[t][p].mul_add(tap, sum[o][t][p]);
                            }
                        }
                    }
                }
            }
            for o in 0..CHANNELS {
                for t in 0..COLUMNS {
                    for p in 0..PARTS {
                        store(&mut products[o0 + o][t0 + t], part + p, sum[o][t][p]);
                    }
                }
            }
        }
    }
}

/// From the products of a tile to its results.
fn to_results(geometry: &Geometry, fate: &Fate<'_>) -> TokenStream {
    let Geometry {
        channels_out, x, ..
    } = *geometry;
    let tiles = tiles(&x);
    let bias_type = geometry.bias.then(|| quote!(bias: &[T; #channels_out],));
    let [rows, columns] = fate.sizes(geometry);
    let chosen_type = fate
        .keeps_positions()
        .then(|| quote!(chosen: &mut [[[Lanes<T, SAMPLES>; #columns]; #rows]; #channels_out],));
    let end = fate.end(geometry);
    quote! {
        /// The first `COLUMNS` results of a tile.
        #[inline(always)]
        fn to_results<T: Scalar, S: Simd, const SAMPLES: usize, const COLUMNS: usize>(
            simd: S,
            part: usize,
            products: &[[[Lanes<T, SAMPLES>; #tiles]; #channels_out]; #POINTS],
            #bias_type
            output: &mut [[[Lanes<T, SAMPLES>; #columns]; #rows]; #channels_out],
            #chosen_type
            [o, y, t]: [usize; 3],
        ) {
            let mut at = [splat(simd, T::ZERO); #POINTS];
            for p in 0..#POINTS {
                at[p] = load(simd, &products[p][o][t], part);
            }
            let results = winograd::results::<T, S, #RESULTS>(simd, at);
            #end
        }
    }
}

impl Fate<'_> {
    fn keeps_positions(&self) -> bool {
        matches!(self, Self::Kept(site, _) if keeps_positions(site))
    }

    /// Rows and columns of what is written.
    fn sizes(&self, geometry: &Geometry) -> [usize; 2] {
        let [height, width] = match self {
            Self::Stored(_) => [1; 2],
            Self::Kept(_, window) => *window,
        };
        [geometry.y.output / height, geometry.x.output / width]
    }

    /// What is done with the `results` of a tile.
    fn end(&self, geometry: &Geometry) -> TokenStream {
        let sum = |x: TokenStream| match geometry.bias {
            true => quote!(results[#x].add(splat(simd, bias[o]))),
            false => quote!(results[#x]),
        };
        match self {
            Self::Stored(result) => {
                let sum = sum(quote!(x));
                quote! {
                    let row = &mut output[o][y][t * #RESULTS..][..COLUMNS];
                    for x in 0..COLUMNS {
                        let sum = #sum;
                        store(&mut row[x], part, #result);
                    }
                }
            }
            Self::Kept(site, window) => {
                let [height, width] = *window;
                let windows = RESULTS / width;
                let results = Results {
                    site,
                    window: *window,
                    rows: quote!(1),
                    along: quote!(#width),
                    result: sum(quote!(u * #width + k)),
                    place: quote!(y % #height * #width),
                    at: [quote!(o), quote!(y / #height), quote!(t * #windows + u)],
                    part: quote!(part),
                };
                let keep = results.keep();
                quote! {
                    for u in 0..COLUMNS / #width {
                        #keep
                    }
                }
            }
        }
    }
}

fn body(geometry: &Geometry, tap: &TokenStream, fate: &Fate<'_>) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (kh, h, before) = (y.window, y.input, y.before);
    let rows = match fate {
        Fate::Stored(_) => y.output,
        Fate::Kept(_, [height, _]) => y.output / height * height,
    };
    let (taps_at_points, fill) = (fill_taps(geometry, tap), fill_pixels(&geometry.x));
    let row_taps = taps(&y, &quote!(y));
    let products = products(geometry);
    let bias = geometry.bias.then(|| quote!(bias,));
    let chosen = fate.keeps_positions().then(|| quote!(chosen,));
    let results = runs_of_results(&x, &|columns| {
        quote! {
            to_results::<T, S, SAMPLES, #columns>(simd, part, products, #bias output, #chosen [o, y, t]);
        }
    });
    quote! {
        #taps_at_points
        let mut next = 0;
        for y in 0..#rows {
            let last = usize::min(y + #kh - #before, #h);
            for row in next..last {
                let place = row % #kh;
                for i in 0..#channels_in {
                    #fill
                }
            }
            next = last;
            let row_taps = #row_taps;
            for p in 0..#POINTS {
                #products
            }
            for o in 0..#channels_out {
                for part in 0..parts::<T, S>() {
                    #results
                }
            }
        }
    }
}

/// The taps at the points, input channels in the lanes.
fn fill_taps(geometry: &Geometry, tap: &TokenStream) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        ..
    } = *geometry;
    let kh = y.window;
    quote! {
        for o in 0..#channels_out {
            for element in 0..usize::div_ceil(#channels_in, SAMPLES) {
                let first = element * SAMPLES;
                for ky in 0..#kh {
                    let mut filters = [Lanes::<T, SAMPLES>::splat(T::ZERO); #TAPS];
                    for i in first..usize::min(first + SAMPLES, #channels_in) {
                        for kx in 0..#TAPS {
                            filters[kx].0[i - first] = #tap;
                        }
                    }
                    for lane in (0..SAMPLES).step_by(width::<T, S>()) {
                        for p in 0..#POINTS {
                            let at = winograd::filter::<T, #TAPS>(p);
                            let mut value = splat(simd, T::ZERO);
                            for kx in 0..#TAPS {
                                let filter = load_at(simd, &filters[kx].0, lane);
                                value = filter.mul_add(splat(simd, at[kx]), value);
                            }
                            store_at(&mut taps[p][ky][element][o].0, lane, value);
                        }
                    }
                }
            }
        }
    }
}

/// The tiles of one row at point `p`.
fn products(geometry: &Geometry) -> TokenStream {
    let tiles = tiles(&geometry.x);
    TileNest {
        row: quote!(o),
        rows: geometry.channels_out,
        most_rows: usize::MAX,
        column: quote!(t),
        interior: 0..tiles,
        edges: [0..0, tiles..tiles],
        unit: 1,
        cut: Cut::Overlapping,
        call: &|tile, _| {
            let Tile {
                rows,
                columns,
                parts,
            } = tile;
            quote! {
                tile::<T, S, SAMPLES, #rows, #columns, #parts>(
                    simd, part, &pixels[p], &taps[p], &mut products[p], [o, y, t], row_taps.clone(),
                );
            }
        },
    }
    .emit()
}
