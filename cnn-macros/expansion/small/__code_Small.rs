//! The module of the code of `small.rs`.

use cnn::__private::micro::*;
use cnn::__private::sample::{as_scalars, place, read};
use cnn::__private::views::*;
use cnn::__private::{
    Activation, Arena, BLOCK, InferenceArena, InputGradient, Lanes, LayerSpec, Mask,
    Offer, ParameterSpec, Pass, Probe, Reduction, Role, Rule, Running, Scalar, Simd,
    SampleArena, Spec, TrainingArena, Vector as _, winograd,
};
use cnn::__private::winograd::square;
use cnn::__private::core::ops::Range;
pub(super) const SPEC: &Spec = &Spec {
    name: "Small",
    input: &[1, 6, 6],
    output: &[3],
    layers: &[
        LayerSpec {
            name: "conv1",
            layer: "conv<3x3>(2)",
            input: &[1, 6, 6],
            output: &[2, 4, 4],
            is_frozen: false,
            forward_macs: 288,
            backward_macs: 288,
            parameters: 0..2,
        },
        LayerSpec {
            name: "relu1",
            layer: "relu",
            input: &[2, 4, 4],
            output: &[2, 4, 4],
            is_frozen: false,
            forward_macs: 0,
            backward_macs: 0,
            parameters: 2..2,
        },
        LayerSpec {
            name: "max_pool1",
            layer: "max_pool<2x2>",
            input: &[2, 4, 4],
            output: &[2, 2, 2],
            is_frozen: false,
            forward_macs: 0,
            backward_macs: 0,
            parameters: 2..2,
        },
        LayerSpec {
            name: "flatten1",
            layer: "flatten",
            input: &[2, 2, 2],
            output: &[8],
            is_frozen: false,
            forward_macs: 0,
            backward_macs: 0,
            parameters: 2..2,
        },
        LayerSpec {
            name: "logits",
            layer: "dense(3)",
            input: &[8],
            output: &[3],
            is_frozen: false,
            forward_macs: 24,
            backward_macs: 48,
            parameters: 2..4,
        },
    ],
    parameters: &[
        ParameterSpec {
            name: "conv1.weight",
            shape: &[2, 1, 3, 3],
            offset: 0,
            len: 18,
            role: Role::Weight {
                fan_in: 9,
                fan_out: 18,
                activation: Activation::Rectifier,
            },
        },
        ParameterSpec {
            name: "conv1.bias",
            shape: &[2],
            offset: 18,
            len: 2,
            role: Role::Bias,
        },
        ParameterSpec {
            name: "logits.weight",
            shape: &[3, 8],
            offset: 20,
            len: 24,
            role: Role::Weight {
                fan_in: 8,
                fan_out: 3,
                activation: Activation::Linear,
            },
        },
        ParameterSpec {
            name: "logits.bias",
            shape: &[3],
            offset: 44,
            len: 3,
            role: Role::Bias,
        },
    ],
    parameter_count: 47,
    frozen_count: 0,
    statistics: &[],
    training: TrainingArena {
        samples: 16,
        len: 84,
        least: 84,
        shared: 0,
        least_shared: 0,
        input: 0..36,
        output: 44..47,
        d_output: 47..50,
        d_input: 0..36,
        forward: &[],
        backward: &[],
        merged: 0,
        offers: &[
            Offer {
                kept: &[36..44, 47..50],
                shared: &[],
                len: 11,
                gradients: &[20..44, 44..47],
                macs: 24,
            },
            Offer {
                kept: &[0..36, 36..68, 68..76, 76..84],
                shared: &[],
                len: 84,
                gradients: &[0..18, 18..20],
                macs: 288,
            },
        ],
    },
    inference: InferenceArena {
        len: 44,
        least: 44,
        input: 0..36,
        output: 0..3,
    },
    single: SampleArena {
        len: 832,
        least: 832,
        converted: 36,
    },
    packed: 304,
    packed_block: 0,
    least_block: 1,
};
/// One training block forward: every layer in order.
pub(super) fn forward<T: Scalar, S: Simd, const SAMPLES: usize>(
    simd: S,
    pass: &Pass<'_, T>,
    parameters: &[T],
    arena: Arena<'_, Lanes<T, SAMPLES>>,
    probe: &mut dyn Probe<Lanes<T, SAMPLES>>,
) {
    let Arena { kept: arena, shared } = arena;
    {
        let [input, output, chosen] = regions(arena, [0..36, 36..44, 68..76]);
        conv1_forward(
            simd,
            array3(input),
            array4(&parameters[0..18]),
            array1(&parameters[18..20]),
            array3_mut(output),
            array3_mut(chosen),
        );
        probe.value(2, output);
    }
    {
        let [input, output] = regions(arena, [36..44, 44..47]);
        logits_forward(
            simd,
            array1(input),
            array2(&parameters[20..44]),
            array1(&parameters[44..47]),
            array1_mut(output),
        );
        probe.value(4, output);
    }
}
/// One training block backward: every layer in reverse, each after its output's gradient.
pub(super) fn backward<T: Scalar, S: Simd, const SAMPLES: usize>(
    simd: S,
    pass: &Pass<'_, T>,
    parameters: &[T],
    gradients: &mut [T],
    arena: Arena<'_, Lanes<T, SAMPLES>>,
    input_gradient: InputGradient,
    probe: &mut dyn Probe<Lanes<T, SAMPLES>>,
) {
    let Arena { kept: arena, shared } = arena;
    if !probe.take(0, arena, shared) {
        let [input, d_output] = regions(arena, [36..44, 47..50]);
        let [d_weight, d_bias] = regions(gradients, [20..44, 44..47]);
        logits_weight_gradient(
            simd,
            array1(input),
            array1(d_output),
            array2_mut(d_weight),
            array1_mut(d_bias),
        );
    }
    {
        let [d_output, d_input] = regions(arena, [47..50, 76..84]);
        logits_input_gradient(
            simd,
            array1(d_output),
            array2(&parameters[20..44]),
            array1_mut(d_input),
        );
        probe.gradient(4, d_input);
    }
    {
        let [output, d_output] = regions(arena, [36..44, 76..84]);
        conv1_activation_gradient(simd, array3(output), array3_mut(d_output));
    }
    {
        let [chosen, d_output, d_result] = regions(arena, [68..76, 76..84, 36..68]);
        conv1_result_gradient(simd, array3(chosen), array3(d_output), array3_mut(d_result));
    }
    if !probe.take(1, arena, shared) {
        let [input, d_result, chosen, d_output] = regions(arena, [0..36, 36..68, 68..76, 76..84]);
        let [d_weight, d_bias] = regions(gradients, [0..18, 18..20]);
        conv1_weight_gradient(
            simd,
            array3(input),
            array3(d_result),
            array4_mut(d_weight),
            array1_mut(d_bias),
            array3(chosen),
            array3(d_output),
        );
    }
    if input_gradient == InputGradient::Compute {
        let [d_result, d_input, chosen, d_output] = regions(arena, [36..68, 0..36, 68..76, 76..84]);
        conv1_input_gradient(
            simd,
            array3_mut(d_result),
            array4(&parameters[0..18]),
            array3_mut(d_input),
            array3(chosen),
            array3(d_output),
        );
        probe.gradient(2, d_input);
    }
}
/// A gradient by parameters that `backward` has offered.
pub(super) fn weight_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
    simd: S,
    offer: usize,
    parameters: &[T],
    gradients: &mut [T],
    arena: &mut [Lanes<T, SAMPLES>],
) {
    match offer {
        0 => {
            let [input, d_output] = regions(arena, [0..8, 8..11]);
            let [d_weight, d_bias] = regions(gradients, [20..44, 44..47]);
            logits_weight_gradient(
                simd,
                array1(input),
                array1(d_output),
                array2_mut(d_weight),
                array1_mut(d_bias),
            );
        }
        1 => {
            let [input, d_result, chosen, d_output] = regions(
                arena,
                [0..36, 36..68, 68..76, 76..84],
            );
            let [d_weight, d_bias] = regions(gradients, [0..18, 18..20]);
            conv1_weight_gradient(
                simd,
                array3(input),
                array3(d_result),
                array4_mut(d_weight),
                array1_mut(d_bias),
                array3(chosen),
                array3(d_output),
            );
        }
        _ => unreachable!("there is no such offer"),
    }
}
/// Makes the weights of a block into which something is folded.
pub(super) fn pack_block<T: Scalar>(parameters: &[T], packed: &mut [T]) {}
/// One block of inference.
pub(super) fn infer<T: Scalar, S: Simd>(
    simd: S,
    parameters: &[T],
    packed: &[T],
    arena: &mut [Lanes<T>],
) {
    {
        let [input, output] = regions(arena, [0..36, 36..44]);
        conv1_forward2(
            simd,
            array3(input),
            array4(&parameters[0..18]),
            array1(&parameters[18..20]),
            array3_mut(output),
        );
    }
    {
        let [input, output] = regions(arena, [36..44, 0..3]);
        logits_forward(
            simd,
            array1(input),
            array2(&parameters[20..44]),
            array1(&parameters[44..47]),
            array1_mut(output),
        );
    }
}
/// Lays the weights out for one sample at a time.
pub(super) fn pack<T: Scalar>(parameters: &[T], packed: &mut [T]) {
    {
        let [packed_weight, packed_bias] = regions(packed, [0..144, 144..160]);
        conv1_pack(
            array4(&parameters[0..18]),
            array4_mut(packed_weight),
            array1(&parameters[18..20]),
            array1_mut(packed_bias),
        );
    }
    {
        let [packed_weight, packed_bias] = regions(packed, [160..288, 288..304]);
        logits_pack(
            array2(&parameters[20..44]),
            array2_mut(packed_weight),
            array1(&parameters[44..47]),
            array1_mut(packed_bias),
        );
    }
}
/// Inference on one sample.
pub(super) fn infer_single<T: Scalar, S: Simd>(
    simd: S,
    packed: &[T],
    arena: &mut [T],
    sample: &[f32],
    result: &mut [T],
) {
    let (arena, converted) = arena.split_at_mut(832);
    let sample = as_scalars(sample, converted);
    {
        let [output] = regions(arena, [0..576]);
        input_to_channels(simd, array3(sample), array3_mut(output));
    }
    {
        let [input, output] = regions(arena, [0..576, 576..832]);
        conv1_single(
            simd,
            array3(input),
            array4(&packed[0..144]),
            array1(&packed[144..160]),
            array3_mut(output),
        );
    }
    {
        let [input, output] = regions(arena, [576..832, 0..64]);
        max_pool1_single(simd, array3(input), array3_mut(output));
    }
    {
        let [input, output] = regions(arena, [0..64, 64..80]);
        flatten1_single(simd, array3(input), array1_mut(output));
    }
    {
        let [input, output] = regions(arena, [64..80, 0..16]);
        logits_single(
            simd,
            array1(input),
            array2(&packed[160..288]),
            array1(&packed[288..304]),
            array1_mut(output),
        );
    }
    read(&arena[0..16], result);
}
use of_conv1::*;
mod of_conv1 {
    use super::*;
    /**`output[o][v][u]` is the largest of the 2x2 results `max(bias[o] + Σ_i Σ_ky Σ_kx weight[o][i][ky][kx] · input[i][y+ky][x+kx], 0)` from `y = v·2` and `x = u·2` on; NaN if one is NaN.

`chosen` is its position, row by row; of equal ones that of the first.*/
    #[inline(never)]
    pub(super) fn conv1_forward<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        input: &[[[Lanes<T, SAMPLES>; 6]; 6]; 1],
        weight: &[[[[T; 3]; 3]; 1]; 2],
        bias: &[T; 2],
        output: &mut [[[Lanes<T, SAMPLES>; 2]; 2]; 2],
        chosen: &mut [[[Lanes<T, SAMPLES>; 2]; 2]; 2],
    ) {
        /// All taps of `CHANNELS` channels from `o0`, `ROWS` rows from `y0` and `COLUMNS` columns from `x0`, in
        /// registers; of which each window keeps the largest of `ROWS` rows of `ALONG` results, that begin
        /// at its position `place`.
        #[inline(always)]
        fn tile<
            T: Scalar,
            S: Simd,
            const SAMPLES: usize,
            const CHANNELS: usize,
            const ROWS: usize,
            const COLUMNS: usize,
            const ALONG: usize,
            const PARTS: usize,
        >(
            simd: S,
            part: usize,
            input: &[[[Lanes<T, SAMPLES>; 6]; 6]; 1],
            weight: &[[[[T; 3]; 3]; 1]; 2],
            bias: &[T; 2],
            output: &mut [[[Lanes<T, SAMPLES>; 2]; 2]; 2],
            chosen: &mut [[[Lanes<T, SAMPLES>; 2]; 2]; 2],
            [o0, y0, x0, place]: [usize; 4],
            row_taps: Range<usize>,
            column_taps: Range<usize>,
        ) {
            let mut sum = [[[[splat(simd, T::ZERO); PARTS]; COLUMNS]; ROWS]; CHANNELS];
            for o in 0..CHANNELS {
                sum[o] = [[[splat(simd, bias[o0 + o]); PARTS]; COLUMNS]; ROWS];
            }
            for i in 0..1 {
                for ky in row_taps.clone() {
                    for kx in column_taps.clone() {
                        let mut pixels = [[[splat(simd, T::ZERO); PARTS]; COLUMNS]; ROWS];
                        for r in 0..ROWS {
                            let row = &input[i][(y0 + r) + ky];
                            pixels[r] = load_columns::<
                                T,
                                S,
                                SAMPLES,
                                COLUMNS,
                                PARTS,
                                1,
                            >(simd, row, x0 + kx, part);
                        }
                        for o in 0..CHANNELS {
                            let tap = splat(simd, weight[o0 + o][i][ky][kx]);
                            for r in 0..ROWS {
                                for x in 0..COLUMNS {
                                    for p in 0..PARTS {
                                        sum[o][r][x][p] = pixels[r][x][p]
                                            .mul_add(tap, sum[o][r][x][p]);
                                    }
                                }
                            }
                        }
                    }
                }
            }
            let mut results = [[[[splat(simd, T::ZERO); PARTS]; COLUMNS]; ROWS]; CHANNELS];
            for o in 0..CHANNELS {
                for r in 0..ROWS {
                    for x in 0..COLUMNS {
                        for p in 0..PARTS {
                            results[o][r][x][p] = sum[o][r][x][p];
                        }
                    }
                }
            }
            for o in 0..CHANNELS {
                for u in 0..COLUMNS / ALONG {
                    for p in 0..PARTS {
                        let place = place;
                        let target = &mut output[o0 + o][y0 / 2][x0 / 2 + u];
                        let mut largest = load(simd, target, part + p);
                        let choice = &mut chosen[o0 + o][y0 / 2][x0 / 2 + u];
                        let mut its_position = load(simd, choice, part + p);
                        for r in 0..ROWS {
                            for k in 0..ALONG {
                                let result = results[o][r][u * ALONG + k][p];
                                let position = splat(simd, T::from_f64((place + r * 2 + k) as f64));
                                [largest, its_position] = match place + r + k {
                                    0 => [result, position],
                                    _ => {
                                        larger_of::<
                                            T,
                                            S,
                                        >([largest, its_position], [result, position])
                                    }
                                };
                            }
                        }
                        if place + (ROWS - 1) * 2 + ALONG == 2 * 2 {
                            largest = splat(simd, T::ZERO).max(largest);
                        }
                        store(target, part + p, largest);
                        store(choice, part + p, its_position);
                    }
                }
            }
        }
        simd.vectorize(
            #[inline(always)]
            || {
                if S::WIDE {
                    for v in 0..2 {
                        for part in 0..parts::<T, S>() {
                            {
                                let o = 0;
                                {
                                    let u = 0;
                                    tile::<T, S, SAMPLES, 2, 2, 4, 2, 1>(
                                        simd,
                                        part,
                                        input,
                                        weight,
                                        bias,
                                        output,
                                        chosen,
                                        [o, v * 2, u * 2, 0],
                                        0..3,
                                        0..3,
                                    );
                                }
                            }
                        }
                    }
                } else {
                    for v in 0..2 {
                        for part in 0..parts::<T, S>() {
                            {
                                let o = 0;
                                for u in 0..2 {
                                    tile::<T, S, SAMPLES, 2, 2, 2, 2, 1>(
                                        simd,
                                        part,
                                        input,
                                        weight,
                                        bias,
                                        output,
                                        chosen,
                                        [o, v * 2, u * 2, 0],
                                        0..3,
                                        0..3,
                                    );
                                }
                            }
                        }
                    }
                }
            },
        );
    }
    ///`d_output ← d_output · f′`, where `f(x)` is `max(x, 0)`
    #[inline(never)]
    pub(super) fn conv1_activation_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        output: &[[[Lanes<T, SAMPLES>; 2]; 2]; 2],
        d_output: &mut [[[Lanes<T, SAMPLES>; 2]; 2]; 2],
    ) {
        simd.vectorize(
            #[inline(always)]
            || {
                for (d_output, output) in zip(
                    d_output.as_flattened_mut().as_flattened_mut(),
                    output.as_flattened().as_flattened(),
                ) {
                    for part in 0..parts::<T, S>() {
                        let (y, d) = (load(simd, output, part), load(simd, d_output, part));
                        store_over(
                            d_output,
                            part,
                            y
                                .select_greater(splat(simd, T::ZERO), d, splat(simd, T::ZERO)),
                        );
                    }
                }
            },
        );
    }
    /**The largest of each window receives the window's gradient.

With 32 registers it is made for the gradient by the input.*/
    #[inline(never)]
    pub(super) fn conv1_result_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        chosen: &[[[Lanes<T, SAMPLES>; 2]; 2]; 2],
        d_output: &[[[Lanes<T, SAMPLES>; 2]; 2]; 2],
        d_result: &mut [[[Lanes<T, SAMPLES>; 4]; 4]; 2],
    ) {
        simd.vectorize(
            #[inline(always)]
            || {
                if !S::WIDE {
                    let none = splat(simd, T::ZERO);
                    for c in 0..2 {
                        for y in 0..2 {
                            let row_taps = 0..2;
                            for x in 0..2 {
                                let column_taps = 0..2;
                                for part in 0..parts::<T, S>() {
                                    let chosen = load(simd, &chosen[c][y][x], part);
                                    let delta = load(simd, &d_output[c][y][x], part);
                                    for ky in row_taps.clone() {
                                        for kx in column_taps.clone() {
                                            let (row, column) = (y * 2 + ky, x * 2 + kx);
                                            let place = splat(simd, T::from_f64((ky * 2 + kx) as f64));
                                            store(
                                                &mut d_result[c][row][column],
                                                part,
                                                place.select_equal(chosen, delta, none),
                                            );
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            },
        );
    }
    /**`d_weight[o][i][ky][kx] += Σ_n Σ_y Σ_x d_output[o][y][x] · input[i][y + ky][x + kx]`

Every tap of every kernel has a sum of its own, over samples `n` and positions.

`d_bias[o] += Σ_n Σ_y Σ_x d_output[o][y][x]`

With 32 registers only the kept results' gradients are multiplied, each with the pixels under it.*/
    #[inline(never)]
    pub(super) fn conv1_weight_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        input: &[[[Lanes<T, SAMPLES>; 6]; 6]; 1],
        d_result: &[[[Lanes<T, SAMPLES>; 4]; 4]; 2],
        d_weight: &mut [[[[T; 3]; 3]; 1]; 2],
        d_bias: &mut [T; 2],
        chosen: &[[[Lanes<T, SAMPLES>; 2]; 2]; 2],
        d_output: &[[[Lanes<T, SAMPLES>; 2]; 2]; 2],
    ) {
        /// Adds the products of one position to the sums of taps `FIRST..END`.
        ///
        /// `first` is the input column under tap `FIRST`.
        #[inline(always)]
        fn position<
            T: Scalar,
            S: Simd,
            const SAMPLES: usize,
            const CHANNELS: usize,
            const TAPS: usize,
            const FIRST: usize,
            const END: usize,
        >(
            simd: S,
            part: usize,
            sum: &mut [[V<T, S>; TAPS]; CHANNELS],
            row: &[Lanes<T, SAMPLES>; 6],
            d_output: &[[[Lanes<T, SAMPLES>; 4]; 4]; 2],
            [o0, y, x]: [usize; 3],
            first: usize,
        ) {
            let under = &row[first..][..END - FIRST];
            add_products::<T, S, CHANNELS, TAPS>(
                simd,
                sum,
                FIRST..END,
                #[inline(always)]
                |o| load(simd, &d_output[o0 + o][y][x], part),
                #[inline(always)]
                |kx| load(simd, &under[kx - FIRST], part),
            );
        }
        /// Adds the products of one window, whose first pixel is in `row` and `column`, to the sums of `ROWS` rows
        /// of taps.
        #[inline(always)]
        fn window<T: Scalar, S: Simd, const SAMPLES: usize, const ROWS: usize>(
            simd: S,
            part: usize,
            sum: &mut [[V<T, S>; 3]; ROWS],
            image: &[[Lanes<T, SAMPLES>; 6]; 6],
            [row, column]: [usize; 2],
            [chosen, delta]: [V<T, S>; 2],
        ) {
            let (one, two) = (splat(simd, T::ONE), splat(simd, T::from_f64(2.0)));
            let in_row = chosen.select_greater(one, chosen.sub(two), chosen);
            let mut above = [splat(simd, T::ZERO); 3];
            for r in 0..=ROWS {
                let pixels = &image[row + r][column..][..4];
                let mut chosen_pixels = [splat(simd, T::ZERO); 3];
                for kx in 0..3 {
                    let (left, right) = (
                        load(simd, &pixels[kx], part),
                        load(simd, &pixels[kx + 1], part),
                    );
                    chosen_pixels[kx] = in_row.select_equal(one, right, left);
                }
                if r > 0 {
                    for kx in 0..3 {
                        let pixel = chosen
                            .select_greater(one, chosen_pixels[kx], above[kx]);
                        sum[r - 1][kx] = pixel.mul_add(delta, sum[r - 1][kx]);
                    }
                }
                above = chosen_pixels;
            }
        }
        simd.vectorize(
            #[inline(always)]
            || {
                if S::WIDE {
                    for o in 0..2 {
                        let deltas = d_output[o][..].as_flattened();
                        let [sums] = sums_by_lane::<T, S, _>(
                            simd,
                            deltas.len(),
                            #[inline(always)]
                            |at, part, [sum]| [sum.add(load(simd, &deltas[at], part))],
                        );
                        d_bias[o] += sum_scalars::<T, S>(simd, &sums.0, T::ZERO, |x| x);
                    }
                    for first in (0..2).step_by(2) {
                        let band = first..usize::min(first + 2, 2);
                        for i in 0..1 {
                            let image = &input[i];
                            for o in 0..2 {
                                let mut sum = [[splat(simd, T::ZERO); 3]; 3];
                                for v in band.clone() {
                                    for u in 0..2 {
                                        for part in 0..parts::<T, S>() {
                                            let chosen = load(simd, &chosen[o][v][u], part);
                                            let delta = load(simd, &d_output[o][v][u], part);
                                            let at = [v * 2 + 0, u * 2];
                                            window::<
                                                T,
                                                S,
                                                SAMPLES,
                                                3,
                                            >(simd, part, &mut sum, image, at, [chosen, delta]);
                                        }
                                    }
                                }
                                let mut sums = [[T::ZERO; 3]; 3];
                                sums_of_lanes(simd, &sum, &mut sums);
                                for ky in 0..3 {
                                    for kx in 0..3 {
                                        d_weight[o][i][0 + ky][kx] += sums[ky][kx];
                                    }
                                }
                            }
                        }
                    }
                } else {
                    let (d_output,) = (d_result,);
                    let band = 0..4;
                    {
                        let o0 = 0;
                        for o in o0..o0 + 2 {
                            let deltas = d_output[o][band.clone()].as_flattened();
                            let [sums] = sums_by_lane::<T, S, _>(
                                simd,
                                deltas.len(),
                                #[inline(always)]
                                |at, part, [sum]| [sum.add(load(simd, &deltas[at], part))],
                            );
                            d_bias[o]
                                += sum_scalars::<T, S>(simd, &sums.0, T::ZERO, |x| x);
                        }
                        for i in 0..1 {
                            for ky in 0..3 {
                                let mut sum = [[splat(simd, T::ZERO); 3]; 2];
                                for y in band.clone() {
                                    let row = &input[i][y + ky];
                                    for part in 0..parts::<T, S>() {
                                        for x in 0..4 {
                                            position::<
                                                T,
                                                S,
                                                SAMPLES,
                                                2,
                                                3,
                                                0,
                                                3,
                                            >(simd, part, &mut sum, row, d_output, [o0, y, x], x);
                                        }
                                    }
                                }
                                let mut sums = [[T::ZERO; 3]; 2];
                                sums_of_lanes(simd, &sum, &mut sums);
                                for o in 0..2 {
                                    for kx in 0..3 {
                                        d_weight[o0 + o][i][ky][kx] += sums[o][kx];
                                    }
                                }
                            }
                        }
                    }
                }
            },
        );
    }
    /**`d_input[i][v][u] = Σ_o Σ_ky Σ_kx weight[o][i][ky][kx] · d_output[o][y][x]`

over every position and tap with `v = y + ky`, `u = x + kx`: each output hands its gradient back to the inputs that it was made from, through the same taps.*/
    #[inline(never)]
    pub(super) fn conv1_input_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        d_result: &mut [[[Lanes<T, SAMPLES>; 4]; 4]; 2],
        weight: &[[[[T; 3]; 3]; 1]; 2],
        d_input: &mut [[[Lanes<T, SAMPLES>; 6]; 6]; 1],
        chosen: &[[[Lanes<T, SAMPLES>; 2]; 2]; 2],
        d_output: &[[[Lanes<T, SAMPLES>; 2]; 2]; 2],
    ) {
        /// All taps of `CHANNELS` input channels from `i0` and `COLUMNS` columns, in registers.
        ///
        /// The columns are `u0 + stride · t`; the first of them receives tap `kx0 + stride · m`
        /// from output column `x0 - m`. Rows likewise.
        #[inline(always)]
        fn tile<
            T: Scalar,
            S: Simd,
            const SAMPLES: usize,
            const CHANNELS: usize,
            const COLUMNS: usize,
            const PARTS: usize,
        >(
            simd: S,
            part: usize,
            d_output: &[[[Lanes<T, SAMPLES>; 4]; 4]; 2],
            weight: &[[[[T; 3]; 3]; 1]; 2],
            d_input: &mut [[[Lanes<T, SAMPLES>; 6]; 6]; 1],
            [i0, v, u0]: [usize; 3],
            [y0, ky0]: [usize; 2],
            [x0, kx0]: [usize; 2],
            row_taps: Range<usize>,
            column_taps: Range<usize>,
        ) {
            let mut sum = [[[splat(simd, T::ZERO); PARTS]; COLUMNS]; CHANNELS];
            for o in 0..2 {
                for n in row_taps.clone() {
                    let row = &d_output[o][y0 - n];
                    let ky = ky0 + n * 1;
                    for m in column_taps.clone() {
                        let deltas = load_columns::<
                            T,
                            S,
                            SAMPLES,
                            COLUMNS,
                            PARTS,
                            1,
                        >(simd, row, x0 - m, part);
                        let kx = kx0 + m * 1;
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
                        store(&mut d_input[i0 + i][v][u0 + t * 1], part + p, sum[i][t][p]);
                    }
                }
            }
        }
        simd.vectorize(
            #[inline(always)]
            || {
                if S::WIDE {
                    let none = splat(simd, T::ZERO);
                    for c in 0..2 {
                        for y in 0..2 {
                            let row_taps = 0..2;
                            for x in 0..2 {
                                let column_taps = 0..2;
                                for part in 0..parts::<T, S>() {
                                    let chosen = load(simd, &chosen[c][y][x], part);
                                    let delta = load(simd, &d_output[c][y][x], part);
                                    for ky in row_taps.clone() {
                                        for kx in column_taps.clone() {
                                            let (row, column) = (y * 2 + ky, x * 2 + kx);
                                            let place = splat(simd, T::from_f64((ky * 2 + kx) as f64));
                                            store(
                                                &mut d_result[c][row][column],
                                                part,
                                                place.select_equal(chosen, delta, none),
                                            );
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                let (d_output,) = (d_result,);
                for v in 0..6 {
                    let ky0 = (v + 0) % 1;
                    let y0 = (v + 0) / 1;
                    let row_taps = usize::saturating_sub(
                        y0 + 1,
                        4,
                    )..usize::min(y0 + 1, usize::div_ceil(usize::saturating_sub(3, ky0), 1));
                    if S::WIDE {
                        for part in 0..parts::<T, S>() {
                            {
                                let i = 0;
                                {
                                    let t = 2;
                                    tile::<T, S, SAMPLES, 1, 2, 1>(
                                        simd,
                                        part,
                                        d_output,
                                        weight,
                                        d_input,
                                        [i, v, 0 + t * 1],
                                        [y0, ky0],
                                        [0 + t, 0],
                                        row_taps.clone(),
                                        0..3,
                                    );
                                }
                            }
                        }
                        for part in 0..parts::<T, S>() {
                            {
                                let i = 0;
                                for t in 0..2 {
                                    tile::<T, S, SAMPLES, 1, 1, 1>(
                                        simd,
                                        part,
                                        d_output,
                                        weight,
                                        d_input,
                                        [i, v, 0 + t * 1],
                                        [y0, ky0],
                                        [0 + t, 0],
                                        row_taps.clone(),
                                        usize::saturating_sub(
                                            0 + t + 1,
                                            4,
                                        )..usize::min(0 + t + 1, 3),
                                    );
                                }
                            }
                        }
                        for part in 0..parts::<T, S>() {
                            {
                                let i = 0;
                                for t in 4..6 {
                                    tile::<T, S, SAMPLES, 1, 1, 1>(
                                        simd,
                                        part,
                                        d_output,
                                        weight,
                                        d_input,
                                        [i, v, 0 + t * 1],
                                        [y0, ky0],
                                        [0 + t, 0],
                                        row_taps.clone(),
                                        usize::saturating_sub(
                                            0 + t + 1,
                                            4,
                                        )..usize::min(0 + t + 1, 3),
                                    );
                                }
                            }
                        }
                    } else {
                        if const { parts::<T, S>() == 1 } {
                            for part in 0..parts::<T, S>() {
                                {
                                    let i = 0;
                                    {
                                        let t = 2;
                                        tile::<T, S, SAMPLES, 1, 2, 1>(
                                            simd,
                                            part,
                                            d_output,
                                            weight,
                                            d_input,
                                            [i, v, 0 + t * 1],
                                            [y0, ky0],
                                            [0 + t, 0],
                                            row_taps.clone(),
                                            0..3,
                                        );
                                    }
                                }
                            }
                            for part in 0..parts::<T, S>() {
                                {
                                    let i = 0;
                                    for t in 0..2 {
                                        tile::<T, S, SAMPLES, 1, 1, 1>(
                                            simd,
                                            part,
                                            d_output,
                                            weight,
                                            d_input,
                                            [i, v, 0 + t * 1],
                                            [y0, ky0],
                                            [0 + t, 0],
                                            row_taps.clone(),
                                            usize::saturating_sub(
                                                0 + t + 1,
                                                4,
                                            )..usize::min(0 + t + 1, 3),
                                        );
                                    }
                                }
                            }
                            for part in 0..parts::<T, S>() {
                                {
                                    let i = 0;
                                    for t in 4..6 {
                                        tile::<T, S, SAMPLES, 1, 1, 1>(
                                            simd,
                                            part,
                                            d_output,
                                            weight,
                                            d_input,
                                            [i, v, 0 + t * 1],
                                            [y0, ky0],
                                            [0 + t, 0],
                                            row_taps.clone(),
                                            usize::saturating_sub(
                                                0 + t + 1,
                                                4,
                                            )..usize::min(0 + t + 1, 3),
                                        );
                                    }
                                }
                            }
                        } else {
                            for part in (0..parts::<T, S>()).step_by(2) {
                                {
                                    let i = 0;
                                    {
                                        let t = 2;
                                        tile::<T, S, SAMPLES, 1, 2, 2>(
                                            simd,
                                            part,
                                            d_output,
                                            weight,
                                            d_input,
                                            [i, v, 0 + t * 1],
                                            [y0, ky0],
                                            [0 + t, 0],
                                            row_taps.clone(),
                                            0..3,
                                        );
                                    }
                                }
                            }
                            for part in (0..parts::<T, S>()).step_by(2) {
                                {
                                    let i = 0;
                                    for t in 0..2 {
                                        tile::<T, S, SAMPLES, 1, 1, 2>(
                                            simd,
                                            part,
                                            d_output,
                                            weight,
                                            d_input,
                                            [i, v, 0 + t * 1],
                                            [y0, ky0],
                                            [0 + t, 0],
                                            row_taps.clone(),
                                            usize::saturating_sub(
                                                0 + t + 1,
                                                4,
                                            )..usize::min(0 + t + 1, 3),
                                        );
                                    }
                                }
                            }
                            for part in (0..parts::<T, S>()).step_by(2) {
                                {
                                    let i = 0;
                                    for t in 4..6 {
                                        tile::<T, S, SAMPLES, 1, 1, 2>(
                                            simd,
                                            part,
                                            d_output,
                                            weight,
                                            d_input,
                                            [i, v, 0 + t * 1],
                                            [y0, ky0],
                                            [0 + t, 0],
                                            row_taps.clone(),
                                            usize::saturating_sub(
                                                0 + t + 1,
                                                4,
                                            )..usize::min(0 + t + 1, 3),
                                        );
                                    }
                                }
                            }
                        }
                    }
                }
            },
        );
    }
    ///`output[o][v][u]` is the largest of the 2x2 results `max(bias[o] + Σ_i Σ_ky Σ_kx weight[o][i][ky][kx] · input[i][y+ky][x+kx], 0)` from `y = v·2` and `x = u·2` on; NaN if one is NaN.
    #[inline(never)]
    pub(super) fn conv1_forward2<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        input: &[[[Lanes<T, SAMPLES>; 6]; 6]; 1],
        weight: &[[[[T; 3]; 3]; 1]; 2],
        bias: &[T; 2],
        output: &mut [[[Lanes<T, SAMPLES>; 2]; 2]; 2],
    ) {
        /// All taps of `CHANNELS` channels from `o0`, `ROWS` rows from `y0` and `COLUMNS` columns from `x0`, in
        /// registers; of which each window keeps the largest of `ROWS` rows of `ALONG` results, that begin
        /// at its position `place`.
        #[inline(always)]
        fn tile<
            T: Scalar,
            S: Simd,
            const SAMPLES: usize,
            const CHANNELS: usize,
            const ROWS: usize,
            const COLUMNS: usize,
            const ALONG: usize,
            const PARTS: usize,
        >(
            simd: S,
            part: usize,
            input: &[[[Lanes<T, SAMPLES>; 6]; 6]; 1],
            weight: &[[[[T; 3]; 3]; 1]; 2],
            bias: &[T; 2],
            output: &mut [[[Lanes<T, SAMPLES>; 2]; 2]; 2],
            [o0, y0, x0, place]: [usize; 4],
            row_taps: Range<usize>,
            column_taps: Range<usize>,
        ) {
            let mut sum = [[[[splat(simd, T::ZERO); PARTS]; COLUMNS]; ROWS]; CHANNELS];
            for o in 0..CHANNELS {
                sum[o] = [[[splat(simd, bias[o0 + o]); PARTS]; COLUMNS]; ROWS];
            }
            for i in 0..1 {
                for ky in row_taps.clone() {
                    for kx in column_taps.clone() {
                        let mut pixels = [[[splat(simd, T::ZERO); PARTS]; COLUMNS]; ROWS];
                        for r in 0..ROWS {
                            let row = &input[i][(y0 + r) + ky];
                            pixels[r] = load_columns::<
                                T,
                                S,
                                SAMPLES,
                                COLUMNS,
                                PARTS,
                                1,
                            >(simd, row, x0 + kx, part);
                        }
                        for o in 0..CHANNELS {
                            let tap = splat(simd, weight[o0 + o][i][ky][kx]);
                            for r in 0..ROWS {
                                for x in 0..COLUMNS {
                                    for p in 0..PARTS {
                                        sum[o][r][x][p] = pixels[r][x][p]
                                            .mul_add(tap, sum[o][r][x][p]);
                                    }
                                }
                            }
                        }
                    }
                }
            }
            let mut results = [[[[splat(simd, T::ZERO); PARTS]; COLUMNS]; ROWS]; CHANNELS];
            for o in 0..CHANNELS {
                for r in 0..ROWS {
                    for x in 0..COLUMNS {
                        for p in 0..PARTS {
                            results[o][r][x][p] = sum[o][r][x][p];
                        }
                    }
                }
            }
            for o in 0..CHANNELS {
                for u in 0..COLUMNS / ALONG {
                    for p in 0..PARTS {
                        let place = place;
                        let target = &mut output[o0 + o][y0 / 2][x0 / 2 + u];
                        let mut largest = load(simd, target, part + p);
                        for r in 0..ROWS {
                            for k in 0..ALONG {
                                let result = results[o][r][u * ALONG + k][p];
                                largest = match place + r + k {
                                    0 => result,
                                    _ => larger::<T, S>(largest, result),
                                };
                            }
                        }
                        if place + (ROWS - 1) * 2 + ALONG == 2 * 2 {
                            largest = splat(simd, T::ZERO).max(largest);
                        }
                        store(target, part + p, largest);
                    }
                }
            }
        }
        simd.vectorize(
            #[inline(always)]
            || {
                if S::WIDE {
                    for v in 0..2 {
                        for part in 0..parts::<T, S>() {
                            {
                                let o = 0;
                                {
                                    let u = 0;
                                    tile::<T, S, SAMPLES, 2, 2, 4, 2, 1>(
                                        simd,
                                        part,
                                        input,
                                        weight,
                                        bias,
                                        output,
                                        [o, v * 2, u * 2, 0],
                                        0..3,
                                        0..3,
                                    );
                                }
                            }
                        }
                    }
                } else {
                    for v in 0..2 {
                        for part in 0..parts::<T, S>() {
                            {
                                let o = 0;
                                for u in 0..2 {
                                    tile::<T, S, SAMPLES, 2, 2, 2, 2, 1>(
                                        simd,
                                        part,
                                        input,
                                        weight,
                                        bias,
                                        output,
                                        [o, v * 2, u * 2, 0],
                                        0..3,
                                        0..3,
                                    );
                                }
                            }
                        }
                    }
                }
            },
        );
    }
    ///`packed_weight[ky][kx][i][o] = weight[o][i][ky][kx]`
    #[inline(never)]
    pub(super) fn conv1_pack<T: Scalar>(
        weight: &[[[[T; 3]; 3]; 1]; 2],
        packed_weight: &mut [[[[T; 16]; 1]; 3]; 3],
        bias: &[T; 2],
        packed_bias: &mut [T; 16],
    ) {
        for o in 0..2 {
            packed_bias[o] = bias[o];
            for i in 0..1 {
                for ky in 0..3 {
                    for kx in 0..3 {
                        packed_weight[ky][kx][i][o] = weight[o][i][ky][kx];
                    }
                }
            }
        }
    }
    /**`output[o][y][x] = max(bias[o] + Σ_i Σ_ky Σ_kx weight[o][i][ky][kx] · input[i][y+ky][x+kx], 0)`

One sample, channels last and in the lanes: `input[y][x][i]`, `output[y][x][o]`.*/
    #[inline(never)]
    pub(super) fn conv1_single<T: Scalar, S: Simd>(
        simd: S,
        input: &[[[T; 16]; 6]; 6],
        packed_weight: &[[[[T; 16]; 1]; 3]; 3],
        packed_bias: &[T; 16],
        output: &mut [[[T; 16]; 4]; 4],
    ) {
        /// All taps of `VECTORS` registers of channels from `v0` and `COLUMNS` columns from `x0`.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const VECTORS: usize, const COLUMNS: usize>(
            simd: S,
            input: &[[[T; 16]; 6]; 6],
            packed_weight: &[[[[T; 16]; 1]; 3]; 3],
            packed_bias: &[T; 16],
            output: &mut [[[T; 16]; 4]; 4],
            [v0, y, x0]: [usize; 3],
            row_taps: Range<usize>,
            column_taps: Range<usize>,
        ) {
            let mut sum = [[splat(simd, T::ZERO); COLUMNS]; VECTORS];
            for v in 0..VECTORS {
                sum[v] = [load_at(simd, packed_bias, (v0 + v) * width::<T, S>()); COLUMNS];
            }
            for ky in row_taps {
                let row = &input[y + ky];
                for kx in column_taps.clone() {
                    let pixels = &row[x0 + kx..][..(COLUMNS - 1) * 1 + 1];
                    for i in 0..1 {
                        let mut taps = [splat(simd, T::ZERO); VECTORS];
                        for v in 0..VECTORS {
                            taps[v] = load_at(
                                simd,
                                &packed_weight[ky][kx][i],
                                (v0 + v) * width::<T, S>(),
                            );
                        }
                        for x in 0..COLUMNS {
                            let pixel = splat(simd, pixels[x * 1][i]);
                            for v in 0..VECTORS {
                                sum[v][x] = taps[v].mul_add(pixel, sum[v][x]);
                            }
                        }
                    }
                }
            }
            for v in 0..VECTORS {
                for x in 0..COLUMNS {
                    store_at(
                        &mut output[y][x0 + x],
                        (v0 + v) * width::<T, S>(),
                        splat(simd, T::ZERO).max(sum[v][x]),
                    );
                }
            }
        }
        simd.vectorize(
            #[inline(always)]
            || {
                for y in 0..4 {
                    let row_taps = 0..3;
                    if const { registers_of::<T, S>(2) > 1 } {
                        for pair in 0..registers_of::<T, S>(2) / 2 {
                            let v = 2 * pair;
                            {
                                let x = 0;
                                tile::<T, S, 2, 4>(
                                    simd,
                                    input,
                                    packed_weight,
                                    packed_bias,
                                    output,
                                    [v, y, x],
                                    row_taps.clone(),
                                    0..3,
                                );
                            }
                        }
                    }
                    if const { registers_of::<T, S>(2) % 2 == 1 } {
                        let v = registers_of::<T, S>(2) - 1;
                        {
                            let x = 0;
                            tile::<T, S, 1, 4>(
                                simd,
                                input,
                                packed_weight,
                                packed_bias,
                                output,
                                [v, y, x],
                                row_taps.clone(),
                                0..3,
                            );
                        }
                    }
                }
            },
        );
    }
}
use of_logits::*;
mod of_logits {
    use super::*;
    ///`output[o] = bias[o] + Σ_i weight[o][i] · input[i]`
    #[inline(never)]
    pub(super) fn logits_forward<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        input: &[Lanes<T, SAMPLES>; 8],
        weight: &[[T; 8]; 3],
        bias: &[T; 3],
        output: &mut [Lanes<T, SAMPLES>; 3],
    ) {
        /// `OUTPUTS` outputs from `o0` on, in registers.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const SAMPLES: usize, const OUTPUTS: usize, const PARTS: usize>(
            simd: S,
            part: usize,
            input: &[Lanes<T, SAMPLES>; 8],
            weight: &[[T; 8]; 3],
            bias: &[T; 3],
            output: &mut [Lanes<T, SAMPLES>; 3],
            o0: usize,
        ) {
            let mut sum = [[splat(simd, T::ZERO); PARTS]; OUTPUTS];
            for o in 0..OUTPUTS {
                sum[o] = [splat(simd, bias[o0 + o]); PARTS];
            }
            for i in 0..8 {
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
                    store(&mut output[o0 + o], part + p, sum[o][p]);
                }
            }
        }
        simd.vectorize(
            #[inline(always)]
            || {
                if S::WIDE {
                    for part in 0..parts::<T, S>() {
                        {
                            let first = 0;
                            {
                                let _column = 0;
                                tile::<
                                    T,
                                    S,
                                    SAMPLES,
                                    3,
                                    1,
                                >(simd, part, input, weight, bias, output, first);
                            }
                        }
                    }
                } else {
                    if const { parts::<T, S>() == 1 } {
                        for part in 0..parts::<T, S>() {
                            {
                                let first = 0;
                                {
                                    let _column = 0;
                                    tile::<
                                        T,
                                        S,
                                        SAMPLES,
                                        3,
                                        1,
                                    >(simd, part, input, weight, bias, output, first);
                                }
                            }
                        }
                    } else {
                        for part in (0..parts::<T, S>()).step_by(2) {
                            {
                                let first = 0;
                                {
                                    let _column = 0;
                                    tile::<
                                        T,
                                        S,
                                        SAMPLES,
                                        3,
                                        2,
                                    >(simd, part, input, weight, bias, output, first);
                                }
                            }
                        }
                    }
                }
            },
        );
    }
    /**`d_weight[o][i] += Σ_n d_output[o][n] · input[i][n]`

`d_bias[o] += Σ_n d_output[o][n]`*/
    #[inline(never)]
    pub(super) fn logits_weight_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        input: &[Lanes<T, SAMPLES>; 8],
        d_output: &[Lanes<T, SAMPLES>; 3],
        d_weight: &mut [[T; 8]; 3],
        d_bias: &mut [T; 3],
    ) {
        /// `OUTPUTS` rows from `o0` and `VECTORS` registers of inputs from `i0`, over all samples.
        #[inline(always)]
        fn tile<
            T: Scalar,
            S: Simd,
            const SAMPLES: usize,
            const OUTPUTS: usize,
            const VECTORS: usize,
        >(
            simd: S,
            rows: &[[T; 8]; BLOCK],
            d_output: &[Lanes<T, SAMPLES>; 3],
            d_weight: &mut [[T; 8]; 3],
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
        simd.vectorize(
            #[inline(always)]
            || {
                let mut rows = [[T::ZERO; 8]; BLOCK];
                {
                    let i0 = 0;
                    turn_to_rows(simd, &input[i0..][..8], &mut rows);
                    let mut offset = 0;
                    if S::WIDE {
                        if const { 8 / width::<T, S>() >= 4 } {
                            while offset + 4 * width::<T, S>() <= 8 {
                                {
                                    let o = 0;
                                    tile::<
                                        T,
                                        S,
                                        SAMPLES,
                                        3,
                                        4,
                                    >(simd, &rows, d_output, d_weight, o, i0, offset);
                                }
                                offset += 4 * width::<T, S>();
                            }
                        }
                        if const { 8 / width::<T, S>() % 4 > 0 } {
                            while offset + width::<T, S>() <= 8 {
                                {
                                    let o = 0;
                                    tile::<
                                        T,
                                        S,
                                        SAMPLES,
                                        3,
                                        1,
                                    >(simd, &rows, d_output, d_weight, o, i0, offset);
                                }
                                offset += width::<T, S>();
                            }
                        }
                    } else {
                        if const { 8 / width::<T, S>() >= 2 } {
                            while offset + 2 * width::<T, S>() <= 8 {
                                {
                                    let o = 0;
                                    tile::<
                                        T,
                                        S,
                                        SAMPLES,
                                        3,
                                        2,
                                    >(simd, &rows, d_output, d_weight, o, i0, offset);
                                }
                                offset += 2 * width::<T, S>();
                            }
                        }
                        if const { 8 / width::<T, S>() % 2 > 0 } {
                            while offset + width::<T, S>() <= 8 {
                                {
                                    let o = 0;
                                    tile::<
                                        T,
                                        S,
                                        SAMPLES,
                                        3,
                                        1,
                                    >(simd, &rows, d_output, d_weight, o, i0, offset);
                                }
                                offset += width::<T, S>();
                            }
                        }
                    }
                }
                let rest = 8 % width::<T, S>();
                if const { 8 >= width::<T, S>() && 8 % width::<T, S>() * 30 > 154 } {
                    let (i0, offset) = (8 - width::<T, S>(), 0);
                    turn_rest_to_rows(simd, &input[8 - rest..], &mut rows);
                    {
                        let o = 0;
                        tile::<T, S, SAMPLES, 3, 1>(simd, &rows, d_output, d_weight, o, i0, offset);
                    }
                } else {
                    for i in 8 - rest..8 {
                        for o in 0..3 {
                            for part in 0..parts::<T, S>() {
                                let product = load(simd, &d_output[o], part)
                                    .mul(load(simd, &input[i], part));
                                d_weight[o][i] += product.sum();
                            }
                        }
                    }
                }
                for o in 0..3 {
                    for part in 0..parts::<T, S>() {
                        d_bias[o] += load(simd, &d_output[o], part).sum();
                    }
                }
            },
        );
    }
    ///`d_input[i] = Σ_o weight[o][i] · d_output[o]`
    #[inline(never)]
    pub(super) fn logits_input_gradient<T: Scalar, S: Simd, const SAMPLES: usize>(
        simd: S,
        d_output: &[Lanes<T, SAMPLES>; 3],
        weight: &[[T; 8]; 3],
        d_input: &mut [Lanes<T, SAMPLES>; 8],
    ) {
        /// `INPUTS` inputs from `i0` on, in registers.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const SAMPLES: usize, const INPUTS: usize, const PARTS: usize>(
            simd: S,
            part: usize,
            d_output: &[Lanes<T, SAMPLES>; 3],
            weight: &[[T; 8]; 3],
            d_input: &mut [Lanes<T, SAMPLES>; 8],
            i0: usize,
        ) {
            let mut sum = [[splat(simd, T::ZERO); PARTS]; INPUTS];
            for o in 0..3 {
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
        simd.vectorize(
            #[inline(always)]
            || {
                if S::WIDE {
                    for part in 0..parts::<T, S>() {
                        {
                            let first = 0;
                            {
                                let _column = 0;
                                tile::<
                                    T,
                                    S,
                                    SAMPLES,
                                    8,
                                    1,
                                >(simd, part, d_output, weight, d_input, first);
                            }
                        }
                    }
                } else {
                    if const { parts::<T, S>() == 1 } {
                        for part in 0..parts::<T, S>() {
                            {
                                let first = 0;
                                {
                                    let _column = 0;
                                    tile::<
                                        T,
                                        S,
                                        SAMPLES,
                                        8,
                                        1,
                                    >(simd, part, d_output, weight, d_input, first);
                                }
                            }
                        }
                    } else {
                        for part in (0..parts::<T, S>()).step_by(2) {
                            for tile_index in 0..2 {
                                let first = tile_index * 4;
                                {
                                    let _column = 0;
                                    tile::<
                                        T,
                                        S,
                                        SAMPLES,
                                        4,
                                        2,
                                    >(simd, part, d_output, weight, d_input, first);
                                }
                            }
                        }
                    }
                }
            },
        );
    }
    ///`packed_weight[i][o] = weight[o][i]`
    #[inline(never)]
    pub(super) fn logits_pack<T: Scalar>(
        weight: &[[T; 8]; 3],
        packed_weight: &mut [[T; 16]; 8],
        bias: &[T; 3],
        packed_bias: &mut [T; 16],
    ) {
        for o in 0..3 {
            packed_bias[o] = bias[o];
            for i in 0..8 {
                packed_weight[i][o] = weight[o][i];
            }
        }
    }
    /**`output[o] = bias[o] + Σ_i weight[o][i] · input[i]`

One sample, outputs in the lanes.*/
    #[inline(never)]
    pub(super) fn logits_single<T: Scalar, S: Simd>(
        simd: S,
        input: &[T; 16],
        packed_weight: &[[T; 16]; 8],
        packed_bias: &[T; 16],
        output: &mut [T; 16],
    ) {
        /// `VECTORS` registers of outputs from register `v0` on; the input `i` belongs to the sum
        /// `i % SUMS` of each, and these are added up in pairs.
        #[inline(always)]
        fn tile<T: Scalar, S: Simd, const VECTORS: usize, const SUMS: usize>(
            simd: S,
            input: &[T; 16],
            packed_weight: &[[T; 16]; 8],
            packed_bias: &[T; 16],
            output: &mut [T; 16],
            v0: usize,
        ) {
            let mut first = [0; VECTORS];
            for v in 0..VECTORS {
                first[v] = usize::min((v0 + v) * width::<T, S>(), 16 - width::<T, S>());
            }
            let mut sum = [[splat(simd, T::ZERO); VECTORS]; SUMS];
            for v in 0..VECTORS {
                sum[0][v] = load_at(simd, packed_bias, first[v]);
            }
            let (strips, rest) = packed_weight.as_chunks::<SUMS>();
            let (x_strips, x_rest) = input[..8].as_chunks::<SUMS>();
            for (x, weights) in zip(x_strips, strips) {
                for s in 0..SUMS {
                    for v in 0..VECTORS {
                        let weights = load_at(simd, &weights[s], first[v]);
                        sum[s][v] = weights.mul_add(splat(simd, x[s]), sum[s][v]);
                    }
                }
            }
            for s in 0..8 % SUMS {
                for v in 0..VECTORS {
                    let weights = load_at(simd, &rest[s], first[v]);
                    sum[s][v] = weights.mul_add(splat(simd, x_rest[s]), sum[s][v]);
                }
            }
            let mut half = SUMS / 2;
            while half > 0 {
                for s in 0..half {
                    for v in 0..VECTORS {
                        sum[s][v] = sum[s][v].add(sum[s + half][v]);
                    }
                }
                half /= 2;
            }
            for v in 0..VECTORS {
                store_at(output, first[v], sum[0][v]);
            }
        }
        simd.vectorize(
            #[inline(always)]
            || {
                if const { registers_of::<T, S>(3) == 1 } {
                    tile::<T, S, 1, 4>(simd, input, packed_weight, packed_bias, output, 0);
                }
                if const { registers_of::<T, S>(3) == 2 } {
                    tile::<T, S, 2, 4>(simd, input, packed_weight, packed_bias, output, 0);
                }
            },
        );
    }
}
use of_input::*;
mod of_input {
    use super::*;
    ///`output[y][x][c] = input[c][y][x]`: channels into the lanes
    #[inline(never)]
    pub(super) fn input_to_channels<T: Scalar, S: Simd>(
        simd: S,
        input: &[[[T; 6]; 6]; 1],
        output: &mut [[[T; 16]; 6]; 6],
    ) {
        simd.vectorize(
            #[inline(always)]
            || {
                turn::<T, S, 1, 36, 36, 16>(
                    simd,
                    array2(input.as_flattened().as_flattened()),
                    array1_mut(output.as_flattened_mut()),
                );
            },
        );
    }
}
use of_max_pool1::*;
mod of_max_pool1 {
    use super::*;
    ///`output[y][x][c]` is the largest input under the window; NaN if one is NaN.
    #[inline(never)]
    pub(super) fn max_pool1_single<T: Scalar, S: Simd>(
        simd: S,
        input: &[[[T; 16]; 4]; 4],
        output: &mut [[[T; 16]; 2]; 2],
    ) {
        simd.vectorize(
            #[inline(always)]
            || {
                for y in 0..2 {
                    let row_taps = 0..2;
                    for x in 0..2 {
                        let column_taps = 0..2;
                        for v in 0..registers_of::<T, S>(2) {
                            let mut largest = splat(simd, T::from_f64(f64::NEG_INFINITY));
                            for ky in row_taps.clone() {
                                for kx in column_taps.clone() {
                                    let (row, column) = (y * 2 + ky, x * 2 + kx);
                                    let x = load_at(simd, &input[row][column], v * width::<T, S>());
                                    largest = larger::<T, S>(largest, x);
                                }
                            }
                            store_at(&mut output[y][x], v * width::<T, S>(), largest);
                        }
                    }
                }
            },
        );
    }
}
use of_flatten1::*;
mod of_flatten1 {
    use super::*;
    ///The elements of `input[c][y][x]` one after another, `x` fastest.
    #[inline(never)]
    pub(super) fn flatten1_single<T: Scalar, S: Simd>(
        simd: S,
        input: &[[[T; 16]; 2]; 2],
        output: &mut [T; 16],
    ) {
        simd.vectorize(
            #[inline(always)]
            || {
                turn::<
                    T,
                    S,
                    4,
                    16,
                    2,
                    4,
                >(simd, array1(input.as_flattened()), array2_mut(&mut output[..8]));
            },
        );
    }
}
