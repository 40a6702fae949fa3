//! The loops of a dense layer.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::loops::{Cut, TileNest, over_run, per_register_file};
use crate::emit::tiles::{Registers, rows_apart, rows_beside, runs};
use crate::kernel::{Kernel, Packing, Site, Tensor};
use crate::layers::folding::Folding;
use crate::layout::WIDEST;

/// The numbers of one dense layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) bias: bool,
}

/// `output[o] = activation(bias[o] + Σ_i weight[o][i] · input[i])`, samples in the lanes.
pub(super) fn forward(sizes: Sizes, site: &Site<'_>) -> Kernel {
    let Sizes {
        inputs,
        outputs,
        bias,
    } = sizes;
    let mut arguments = vec![Tensor::Input(0).read(), Tensor::Parameter(0).read()];
    let (mut bias_type, mut bias_argument) = (quote!(), quote!());
    let mut start = quote!(splat(simd, T::ZERO));
    if bias {
        arguments.push(Tensor::Parameter(1).read());
        bias_type = quote!(bias: &[T; #outputs],);
        bias_argument = quote!(bias,);
        start = quote!(splat(simd, bias[o0 + o]));
    }
    arguments.push(Tensor::Output.write());
    let result = site.activate(quote!(sum[o][p]));
    let items = quote! {
        /// `OUTPUTS` outputs from `o0` on, in registers.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const SAMPLES: usize, const OUTPUTS: usize, const PARTS: usize>(
            simd: S,
            part: usize,
            input: &[Lanes<T, SAMPLES>; #inputs],
            weight: &[[T; #inputs]; #outputs],
            #bias_type
            output: &mut [Lanes<T, SAMPLES>; #outputs],
            o0: usize,
        ) {
            let mut sum = [[splat(simd, T::ZERO); PARTS]; OUTPUTS];
            for o in 0..OUTPUTS {
                sum[o] = [#start; PARTS];
            }
            for i in 0..#inputs {
                let [x] = load_columns::<T, S, SAMPLES, 1, PARTS, 1>(simd, input, i, part);
                for o in 0..OUTPUTS {
                    let weight = splat(simd, weight[o0 + o][i]);
                    for p in 0..PARTS {
                        sum[o][p] = weight.mul_add(x[p], sum[o][p]);
                    }
                }
            }
            for o in 0..OUTPUTS {
                for p in 0..PARTS {
                    store(&mut output[o0 + o], part + p, #result);
                }
            }
        }
    };
    let body = rows_of_results(
        [outputs, rows_apart(inputs * size_of::<f32>())],
        &|rows, parts| quote!(tile::<T, S, SAMPLES, #rows, #parts>(simd, part, input, weight, #bias_argument output, first);),
    );
    let sum = format!(
        "{}Σ_i weight[o][i] · input[i]",
        if bias { "bias[o] + " } else { "" }
    );
    let doc = vec![format!("`output[o] = {}`", site.activated_formula(&sum))];
    Kernel {
        purpose: "forward",
        doc,
        arguments,
        items,
        body,
    }
}

/// The weights as the parameters lie.
pub(super) fn packing(sizes: Sizes, folding: Folding) -> Packing {
    let Sizes {
        inputs, outputs, ..
    } = sizes;
    folding.in_order(
        vec![outputs, inputs],
        outputs,
        &quote!(&mut packed_weight[o]),
    )
}

/// Tiles of at most `most_rows` over results of which each is one register: a row each, one column,
/// and perhaps several parts.
fn rows_of_results(
    [rows, most_rows]: [usize; 2],
    call: &dyn Fn(usize, usize) -> TokenStream,
) -> TokenStream {
    TileNest {
        row: quote!(first),
        rows,
        most_rows,
        column: quote!(_column),
        interior: 0..1,
        edges: [0..0, 0..0],
        unit: 1,
        cut: Cut::Overlapping,
        call: &|tile, _| call(tile.rows, tile.parts),
    }
    .emit()
}

/// `d_input[i] = Σ_o weight[o][i] · d_output[o]`, samples in the lanes.
pub(super) fn input_gradient(sizes: Sizes) -> Kernel {
    let Sizes {
        inputs, outputs, ..
    } = sizes;
    let items = quote! {
        /// `INPUTS` inputs from `i0` on, in registers.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const SAMPLES: usize, const INPUTS: usize, const PARTS: usize>(
            simd: S,
            part: usize,
            d_output: &[Lanes<T, SAMPLES>; #outputs],
            weight: &[[T; #inputs]; #outputs],
            d_input: &mut [Lanes<T, SAMPLES>; #inputs],
            i0: usize,
        ) {
            let mut sum = [[splat(simd, T::ZERO); PARTS]; INPUTS];
            for o in 0..#outputs {
                let [delta] = load_columns::<T, S, SAMPLES, 1, PARTS, 1>(simd, d_output, o, part);
                for i in 0..INPUTS {
                    let weight = splat(simd, weight[o][i0 + i]);
                    for p in 0..PARTS {
                        sum[i][p] = weight.mul_add(delta[p], sum[i][p]);
                    }
                }
            }
            for i in 0..INPUTS {
                for p in 0..PARTS {
                    store(&mut d_input[i0 + i], part + p, sum[i][p]);
                }
            }
        }
    };
    let body = rows_of_results(
        [inputs, usize::MAX],
        &|rows, parts| quote!(tile::<T, S, SAMPLES, #rows, #parts>(simd, part, d_output, weight, d_input, first);),
    );
    Kernel {
        purpose: "input_gradient",
        doc: vec!["`d_input[i] = Σ_o weight[o][i] · d_output[o]`".to_owned()],
        arguments: vec![
            Tensor::OutputGradient.read(),
            Tensor::Parameter(0).read(),
            Tensor::InputGradient(0).write(),
        ],
        items,
        body,
    }
}

/// How many inputs are turned sample-major at a time: four registers of AVX-512.
const CHUNK: usize = 64;

/// `d_weight[o][i] += Σ_n d_output[o][n] · input[i][n]`, `d_bias[o] += Σ_n d_output[o][n]`.
///
/// Inputs are turned sample-major, `CHUNK` at a time, so that neighbouring inputs lie in the lanes
/// like the weights do: a tile of sums is then read and written once for sixteen samples, and no
/// lanes have to be added up.
pub(super) fn weight_gradient(sizes: Sizes) -> Kernel {
    let Sizes {
        inputs,
        outputs,
        bias,
    } = sizes;
    let mut arguments = vec![
        Tensor::Input(0).read(),
        Tensor::OutputGradient.read(),
        Tensor::ParameterGradient(0).update(),
    ];
    let mut doc = vec!["`d_weight[o][i] += Σ_n d_output[o][n] · input[i][n]`".to_owned()];
    let bias = bias.then(|| {
        arguments.push(Tensor::ParameterGradient(1).update());
        doc.push("`d_bias[o] += Σ_n d_output[o][n]`".to_owned());
        quote! {
            for o in 0..#outputs {
                for part in 0..parts::<T, S>() {
                    d_bias[o] += load(simd, &d_output[o], part).sum();
                }
            }
        }
    });
    let chunks: TokenStream = runs(0..inputs, CHUNK)
        .into_iter()
        .map(|run| over_run(&quote!(i0), run, &weight_chunk(sizes, run.size)))
        .collect();
    let chunk = inputs.min(CHUNK);
    let rest = weight_rest(sizes);
    let body = quote! {
        let mut rows = [[T::ZERO; #chunk]; BLOCK];
        #chunks
        #rest
        #bias
    };
    Kernel {
        purpose: "weight_gradient",
        doc,
        arguments,
        items: weight_tile(sizes),
        body,
    }
}

fn weight_tile(sizes: Sizes) -> TokenStream {
    let Sizes {
        inputs, outputs, ..
    } = sizes;
    let chunk = inputs.min(CHUNK);
    quote! {
        /// `OUTPUTS` rows from `o0` and `VECTORS` registers of inputs from `i0`, over all samples.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const SAMPLES: usize, const OUTPUTS: usize, const VECTORS: usize>(
            simd: S,
            rows: &[[T; #chunk]; BLOCK],
            d_output: &[Lanes<T, SAMPLES>; #outputs],
            d_weight: &mut [[T; #inputs]; #outputs],
            o0: usize,
            i0: usize,
            offset: usize,
        ) {
            let mut sum = [[splat(simd, T::ZERO); VECTORS]; OUTPUTS];
            for n in 0..S::SAMPLES {
                let mut x = [splat(simd, T::ZERO); VECTORS];
                for v in 0..VECTORS {
                    x[v] = load_at(simd, &rows[n], offset + v * width::<T, S>());
                }
                for o in 0..OUTPUTS {
                    let delta = splat(simd, d_output[o0 + o].0[n]);
                    for v in 0..VECTORS {
                        sum[o][v] = x[v].mul_add(delta, sum[o][v]);
                    }
                }
            }
            for o in 0..OUTPUTS {
                let row = &mut d_weight[o0 + o][i0 + offset..];
                for v in 0..VECTORS {
                    let first = v * width::<T, S>();
                    store_at(row, first, load_at(simd, row, first).add(sum[o][v]));
                }
            }
        }
    }
}

/// `size` inputs from `i0` on, by tiles of whole registers.
fn weight_chunk(sizes: Sizes, size: usize) -> TokenStream {
    let outputs = sizes.outputs;
    let tiles = per_register_file(|registers| {
        let wide_tile = weight_tiles(outputs, registers, 4);
        let narrow_tile = weight_tiles(outputs, registers, 2);
        let last_tile = weight_tiles(outputs, registers, 1);
        let (first, vectors) = match registers {
            Registers::Wide => (wide_tile, 4usize),
            Registers::Narrow => (narrow_tile, 2usize),
        };
        quote! {
            if const { #size / width::<T, S>() >= #vectors } {
                while offset + #vectors * width::<T, S>() <= #size {
                    #first
                    offset += #vectors * width::<T, S>();
                }
            }
            if const { #size / width::<T, S>() % #vectors > 0 } {
                while offset + width::<T, S>() <= #size {
                    #last_tile
                    offset += width::<T, S>();
                }
            }
        }
    });
    quote! {
        turn_to_rows(simd, &input[i0..][..#size], &mut rows);
        let mut offset = 0;
        #tiles
    }
}

/// The last inputs, which fill no register: a register that ends with them, in which those before are zeros,
/// or few of them one by one.
fn weight_rest(sizes: Sizes) -> TokenStream {
    let Sizes {
        inputs, outputs, ..
    } = sizes;
    // Instructions of a product whose lanes are added, of a register of inputs that is turned, and of an output
    // of a tile, as the compiler makes them for AVX-512.
    const PRODUCT: usize = 10;
    const TURN: usize = 100;
    const OUTPUT: usize = 18;
    if inputs.is_multiple_of(WIDEST) {
        return TokenStream::new();
    }
    let (product, by_tile) = (PRODUCT * outputs, TURN + OUTPUT * outputs);
    let tiles = per_register_file(|registers| weight_tiles(outputs, registers, 1));
    quote! {
        let rest = #inputs % width::<T, S>();
        if const {
            #inputs >= width::<T, S>() && #inputs % width::<T, S>() * #product > #by_tile
        } {
            let (i0, offset) = (#inputs - width::<T, S>(), 0);
            turn_rest_to_rows(simd, &input[#inputs - rest..], &mut rows);
            #tiles
        } else {
            for i in #inputs - rest..#inputs {
                for o in 0..#outputs {
                    for part in 0..parts::<T, S>() {
                        let product = load(simd, &d_output[o], part).mul(load(simd, &input[i], part));
                        d_weight[o][i] += product.sum();
                    }
                }
            }
        }
    }
}

fn weight_tiles(outputs: usize, registers: Registers, vectors: usize) -> TokenStream {
    let rows = rows_beside(registers, outputs, vectors);
    runs(0..outputs, rows)
        .into_iter()
        .map(|run| {
            let size = run.size;
            let call = quote! {
                tile::<T, S, SAMPLES, #size, #vectors>(simd, &rows, d_output, d_weight, o, i0, offset);
            };
            over_run(&quote!(o), run, &call)
        })
        .collect()
}
