//! F(4×4, 3×3): the gradient by the weights, samples in the lanes: a product of matrices at each point, over all
//! tiles of a band and all samples.
//!
//! The pixels of a band at a point are turned until channels are in the lanes, so that no lanes have to be added
//! up: a sum is one number for each pair of channels.

use proc_macro2::TokenStream;
use quote::quote;

use super::pass::BUFFERS;
use super::{RESULTS, SQUARE, even, plane, tiles, tiles_near};
use crate::emit::loops::{over_run, per_register_file};
use crate::emit::tiles::{Registers, rows_beside, runs};
use crate::kernel::{Kernel, Scratch, Tensor};
use crate::layers::convolution::geometry::Geometry;
use crate::layers::convolution::weight_gradient::{add_bias, formula};
use crate::layout::{FEW, padded};

/// How many input channels are turned at a time, so that they stay in the first cache.
const CHUNK: usize = 64;

/// The pixels and the gradients of a band at the points, and the sums over all bands.
pub(super) fn scratch(geometry: &Geometry) -> [Scratch; 3] {
    let Geometry {
        channels_in,
        channels_out,
        ..
    } = *geometry;
    let (tiles, lanes) = (Band::of(geometry).tiles(), padded(channels_in));
    let buffer = |name, elements| Scratch {
        name,
        sizes: vec![SQUARE, plane(elements)],
    };
    [
        buffer("pixels", tiles * lanes),
        buffer("deltas", tiles * channels_out),
        buffer("sums", lanes / FEW * channels_out),
    ]
}

/// The tiles that are taken to the points at a time.
struct Band {
    /// Of how many rows, which are whole ones if there are several.
    down: usize,
    across: usize,
}

impl Band {
    fn of(geometry: &Geometry) -> Self {
        /// A sum has a product for each of them and each sample, so that it is seldom loaded and stored.
        const MOST: usize = 4;
        let near = tiles_near(padded(geometry.channels_in) + geometry.channels_out);
        let most = near.clamp(1, MOST);
        let all = [&geometry.y, &geometry.x].map(tiles);
        let across = even(all[1], most);
        let down = match across == all[1] {
            true => even(all[0], most / across),
            false => 1,
        };
        Self { down, across }
    }

    fn tiles(&self) -> usize {
        self.down * self.across
    }
}

/// How many tiles are taken to the points, of whole bands.
pub(super) fn tiles_computed(geometry: &Geometry) -> usize {
    let Band { down, across } = Band::of(geometry);
    tiles(&geometry.y).next_multiple_of(down) * tiles(&geometry.x).next_multiple_of(across)
}

/// `d_weight[o][i][ky][kx] += Σ d_output[o][y][x] · input[i][y+ky][x+kx]`. Its buffers stand behind those of
/// both passes.
pub(super) fn weight_gradient(geometry: &Geometry, first: usize) -> Kernel {
    let first = first + 2 * BUFFERS;
    let [pixels, deltas, sums] = [0, 1, 2].map(|k| Tensor::Scratch(first + k));
    let doc = vec![
        formula(geometry),
        "Every tap of every kernel has a sum of its own, over samples `n` and positions. By Winograd's \
         F(4×4, 3×3): pixels and gradients are taken to 6 × 6 points, and four rows and columns are one \
         product; the sums at the points are taken to the nine taps."
            .to_owned(),
    ];
    let mut kernel = Kernel {
        purpose: "weight_gradient",
        doc,
        arguments: vec![
            Tensor::Input(0).read(),
            Tensor::OutputGradient.read(),
            pixels.write(),
            deltas.write(),
            sums.write(),
            Tensor::ParameterGradient(0).update(),
        ],
        items: tile(geometry),
        body: body(geometry),
    };
    if geometry.bias {
        add_bias(&mut kernel, geometry.channels_out);
    }
    kernel
}

/// The register tile: sums at one point over the tiles of a band and all samples.
fn tile(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        ..
    } = *geometry;
    let (tiles, lanes) = (Band::of(geometry).tiles(), padded(channels_in));
    let chunk = lanes.min(CHUNK);
    quote! {
        /// Adds to the sums of `OUT` output channels from `o0` by `VECTORS` registers of input channels from `i0`.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const SAMPLES: usize, const OUT: usize, const VECTORS: usize>(
            simd: S,
            rows: &[[[T; #chunk]; BLOCK]; #tiles],
            deltas: &[[Lanes<T, SAMPLES>; #tiles]; #channels_out],
            sums: &mut [Lanes<T, SAMPLES>],
            [o0, i0, offset]: [usize; 3],
            is_first: bool,
        ) {
            let mut sum = [[splat(simd, T::ZERO); VECTORS]; OUT];
            for t in 0..#tiles {
                for n in 0..S::SAMPLES {
                    let mut x = [splat(simd, T::ZERO); VECTORS];
                    for v in 0..VECTORS {
                        x[v] = load_at(simd, &rows[t][n], offset + v * width::<T, S>());
                    }
                    for o in 0..OUT {
                        let delta = splat(simd, deltas[o0 + o][t].0[n]);
                        for v in 0..VECTORS {
                            sum[o][v] = x[v].mul_add(delta, sum[o][v]);
                        }
                    }
                }
            }
            for o in 0..OUT {
                for v in 0..VECTORS {
                    let i = i0 + offset + v * width::<T, S>();
                    let place = &mut sums[(o0 + o) * (#lanes / SAMPLES) + i / SAMPLES].0;
                    let mut all = sum[o][v];
                    if !is_first {
                        all = all.add(load_at(simd, place, i % SAMPLES));
                    }
                    store_at(place, i % SAMPLES, all);
                }
            }
        }
    }
}

fn body(geometry: &Geometry) -> TokenStream {
    let Geometry {
        channels_in,
        channels_out,
        y,
        x,
        ..
    } = *geometry;
    let (band, lanes) = (Band::of(geometry), padded(channels_in));
    let Band { down, across } = band;
    let bands = [tiles(&y).div_ceil(down), tiles(&x).div_ceil(across)];
    let ([bands_down, bands_across], tiles, chunk) = (bands, band.tiles(), lanes.min(CHUNK));
    let rest = (lanes > channels_in).then(|| {
        quote! {
            for p in 0..#SQUARE {
                for t in 0..#tiles {
                    pixels[p][t * #lanes + #channels_in..(t + 1) * #lanes].fill(Lanes::splat(T::ZERO));
                }
            }
        }
    });
    let of_deltas = tiles * channels_out;
    let chunks: TokenStream = runs(0..lanes, CHUNK)
        .into_iter()
        .map(|run| over_run(&quote!(i0), run, &products(geometry, run.size)))
        .collect();
    let [above, left] = [y.before, x.before].map(usize::cast_signed);
    let (w, ow) = (x.input, x.output);
    let (size, results) = (y.input * x.input, y.output * x.output);
    quote! {
        let image = input.as_flattened().as_flattened();
        let gradient = d_output.as_flattened().as_flattened();
        let mut rows = [[[T::ZERO; #chunk]; BLOCK]; #tiles];
        #rest
        for band in 0..#bands_down * #bands_across {
            let (v0, t0) = (band / #bands_across * #down, band % #bands_across * #across);
            for v in 0..#down {
                let corner = [((v0 + v) * #RESULTS) as isize, (t0 * #RESULTS) as isize];
                for i in 0..#channels_in {
                    let channel = square::Image { pixels: &image[i * #size..][..#size], width: #w };
                    let places = square::Places { first: v * #across * #lanes + i, step: #lanes };
                    let corner = [corner[0] - #above, corner[1] - #left];
                    square::pixels_to_points(
                        simd, channel, corner, (&mut *pixels, places), #across,
                    );
                }
                for o in 0..#channels_out {
                    let channel = square::Image { pixels: &gradient[o * #results..][..#results], width: #ow };
                    let places = square::Places { first: o * #tiles + v * #across, step: 1 };
                    square::deltas_to_points(
                        simd, channel, corner, (&mut *deltas, places), #across,
                    );
                }
            }
            for p in 0..#SQUARE {
                let deltas = array2(&deltas[p][..#of_deltas]);
                #chunks
            }
        }
        for o in 0..#channels_out {
            let places = square::Places { first: o * (#lanes / SAMPLES), step: 1 };
            square::add_taps_from_points(simd, (&*sums, places), &mut d_weight[o]);
        }
    }
}

/// The products at point `p` by `size` input channels from `i0` on, by tiles of whole registers.
fn products(geometry: &Geometry, size: usize) -> TokenStream {
    let (lanes, tiles) = (padded(geometry.channels_in), Band::of(geometry).tiles());
    let of_registers = per_register_file(|registers| {
        let widths: &[usize] = match registers {
            Registers::Wide => &[4, 2, 1],
            Registers::Narrow => &[2, 1],
        };
        let mut nests = TokenStream::new();
        let mut before: Option<usize> = None;
        for &vectors in widths {
            let nest = over_outputs(geometry, registers, vectors);
            let but_those = before.map(|before| quote!(% #before));
            nests.extend(quote! {
                if const { #size / width::<T, S>() #but_those >= #vectors } {
                    while offset + #vectors * width::<T, S>() <= #size {
                        #nest
                        offset += #vectors * width::<T, S>();
                    }
                }
            });
            before = Some(vectors);
        }
        nests
    });
    quote! {
        for t in 0..#tiles {
            turn_to_rows(simd, &pixels[p][t * #lanes + i0..][..#size], &mut rows[t]);
        }
        let mut offset = 0;
        #of_registers
    }
}

fn over_outputs(geometry: &Geometry, registers: Registers, vectors: usize) -> TokenStream {
    let outputs = geometry.channels_out;
    let rows = rows_beside(registers, outputs, vectors);
    runs(0..outputs, rows)
        .into_iter()
        .map(|run| {
            let size = run.size;
            let call = quote! {
                tile::<T, S, SAMPLES, #size, #vectors>(
                    simd, &rows, deltas, &mut sums[p], [o, i0, offset], band == 0,
                );
            };
            over_run(&quote!(o), run, &call)
        })
        .collect()
}
