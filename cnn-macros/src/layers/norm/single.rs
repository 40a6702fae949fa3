//! The loops of a norm on one sample.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Affine, Norm, Sizes};
use crate::emit::elementwise::flat;
use crate::emit::rows::{lines, lines_mut, row, row_mut};
use crate::kernel::{Kernel, Packing, Site, Tensor};
use crate::layout::{Layout, padded};
use crate::shape::Shape;

/// Weights of which each element of an image has one, as the image itself lies.
pub(super) fn packed_elements(shape: Shape, layout: Layout) -> Packing {
    let Shape::Image {
        channels,
        height,
        width,
    } = shape
    else {
        unreachable!("the elements of a vector are its channels")
    };
    let place = match layout {
        Layout::Channels => quote!([y][x][c]),
        Layout::Columns | Layout::Samples => quote!([c][y][x]),
    };
    Packing {
        shapes: vec![layout.sizes(shape); 2],
        kernel: Kernel {
            purpose: "pack",
            doc: vec!["Weights and biases as the image lies.".to_owned()],
            arguments: (0..2)
                .flat_map(|k| [Tensor::Parameter(k).read(), Tensor::Packed(k).write()])
                .collect(),
            items: TokenStream::new(),
            body: quote! {
                for c in 0..#channels {
                    for y in 0..#height {
                        for x in 0..#width {
                            packed_weight #place = weight[c][y][x];
                            packed_bias #place = bias[c][y][x];
                        }
                    }
                }
            },
        },
    }
}

impl Norm {
    fn single(&self, site: &Site<'_>, body: TokenStream) -> Kernel {
        let mut arguments = vec![Tensor::Input(0).read()];
        if self.affine.is_some() {
            arguments.extend([Tensor::Packed(0).read(), Tensor::Packed(1).read()]);
        }
        arguments.push(Tensor::Output.write());
        Kernel {
            purpose: "single",
            doc: self.doc(site),
            arguments,
            items: TokenStream::new(),
            body,
        }
    }

    /// The output from the registers `normal`, and `weight` and `bias` if there are any.
    fn finish(&self, site: &Site<'_>) -> TokenStream {
        site.activate(match self.affine {
            Some(_) => quote!(normal.mul_add(weight, bias)),
            None => quote!(normal),
        })
    }

    /// An image row by row, or a vector: the elements of a group are neighbours in memory.
    pub(super) fn contiguous_forward(&self, site: &Site<'_>) -> Kernel {
        let sizes = self.sizes(site.output);
        let Sizes {
            groups, members, ..
        } = sizes;
        let (share, epsilon) = (1.0 / members as f64, self.epsilon);
        let input = flat("input", sizes.shape);
        let results = self.contiguous_results(site, sizes);
        let body = quote! {
            let share = T::from_f64(#share);
            for group in 0..#groups {
                let members = &#input[group * #members..][..#members];
                let mean = sum_scalars::<T, S>(simd, members, T::ZERO, |x| x) * share;
                let center = splat(simd, mean);
                let squares = sum_scalars::<T, S>(simd, members, mean, |x| {
                    let distance = x.sub(center);
                    distance.mul(distance)
                });
                let variance = splat(simd, squares * share + T::from_f64(#epsilon));
                let scale = splat(simd, T::ONE).div(variance.sqrt());
                #results
            }
        };
        self.single(site, body)
    }

    /// The outputs of one group, one register after another.
    fn contiguous_results(&self, site: &Site<'_>, sizes: Sizes) -> TokenStream {
        let (channels, members) = (sizes.channels_of_group(), sizes.members);
        let result = self.finish(site);
        let each_register = |length: usize, weights: TokenStream| {
            quote! {
                for first in (0..#length).step_by(width::<T, S>()) {
                    let x = load_first(simd, &input[first..], T::ZERO);
                    let normal = x.sub(center).mul(scale);
                    #weights
                    store_first::<T, S>(&mut output[first..], #result);
                }
            }
        };
        let from_slices = quote! {
            let weight = load_first(simd, &weights[first..], T::ZERO);
            let bias = load_first(simd, &biases[first..], T::ZERO);
        };
        let Shape::Image { .. } = sizes.shape else {
            let slices = self.affine.map(|_| {
                quote! {
                    let weights = &packed_weight[group * #members..][..#members];
                    let biases = &packed_bias[group * #members..][..#members];
                }
            });
            let weights = self.affine.map(|_| from_slices).unwrap_or_default();
            let loops = each_register(members, weights);
            return quote! {
                let input = members;
                let output = &mut output[group * #members..][..#members];
                #slices
                #loops
            };
        };
        let (input, output) = (row("input", sizes.shape), row_mut("output", sizes.shape));
        let [before, inside] = match self.affine {
            None => [quote!(), quote!()],
            Some(Affine::EachChannel) => [
                quote! {
                    let weight = splat(simd, packed_weight[c]);
                    let bias = splat(simd, packed_bias[c]);
                },
                quote!(),
            ],
            Some(Affine::EachElement) => [
                quote! {
                    let weights = packed_weight[c].as_flattened();
                    let biases = packed_bias[c].as_flattened();
                },
                from_slices,
            ],
        };
        let loops = each_register(sizes.pixels, inside);
        quote! {
            for c in #channels {
                let (input, output) = (#input, #output);
                #before
                #loops
            }
        }
    }

    /// An image with its channels in the lanes: sums of each channel, then of those of a group.
    pub(super) fn channels_forward(&self, site: &Site<'_>) -> Kernel {
        let sizes = self.sizes(site.output);
        let lanes = padded(sizes.channels);
        let (share, epsilon) = (1.0 / sizes.members as f64, self.epsilon);
        let (means, variances) = (
            sizes.of_each_group("sums", "means"),
            sizes.of_each_group("sums", "variances"),
        );
        let input = lines("input", sizes.shape);
        let results = self.channels_results(site, sizes);
        let channels = sizes.channels;
        let body = quote! {
            let share = T::from_f64(#share);
            let registers = registers_of::<T, S>(#channels);
            let mut sums = [T::ZERO; #lanes];
            for v in 0..registers {
                let first = v * width::<T, S>();
                let mut sum = splat(simd, T::ZERO);
                for pixel in #input.iter() {
                    sum = sum.add(load_at(simd, pixel, first));
                }
                store_at(&mut sums, first, sum);
            }
            #means
            for v in 0..registers {
                let first = v * width::<T, S>();
                let mean = load_at(simd, &means, first);
                let mut sum = splat(simd, T::ZERO);
                for pixel in #input.iter() {
                    let distance = load_at(simd, pixel, first).sub(mean);
                    sum = distance.mul_add(distance, sum);
                }
                store_at(&mut sums, first, sum);
            }
            #variances
            let epsilon = splat(simd, T::from_f64(#epsilon));
            for v in 0..registers {
                let first = v * width::<T, S>();
                let mean = load_at(simd, &means, first);
                let variance = load_at(simd, &variances, first).add(epsilon);
                let scale = splat(simd, T::ONE).div(variance.sqrt());
                #results
            }
        };
        self.single(site, body)
    }

    /// The outputs of one register of channels, at all pixels.
    fn channels_results(&self, site: &Site<'_>, sizes: Sizes) -> TokenStream {
        let (input, output) = (
            lines("input", sizes.shape),
            lines_mut("output", sizes.shape),
        );
        let result = self.finish(site);
        let [before, inside] = match self.affine {
            None => [quote!(), quote!()],
            Some(Affine::EachChannel) => [
                quote! {
                    let weight = load_at(simd, packed_weight, first);
                    let bias = load_at(simd, packed_bias, first);
                },
                quote!(),
            ],
            Some(Affine::EachElement) => [
                quote! {
                    let weights = packed_weight.as_flattened();
                    let biases = packed_bias.as_flattened();
                },
                quote! {
                    let weight = load_at(simd, &weights[pixel], first);
                    let bias = load_at(simd, &biases[pixel], first);
                },
            ],
        };
        quote! {
            #before
            for (pixel, (input, output)) in zip(#input.iter(), #output.iter_mut()).enumerate() {
                let normal = load_at(simd, input, first).sub(mean).mul(scale);
                #inside
                store_at(output, first, #result);
            }
        }
    }
}

impl Sizes {
    /// `to[c]` is the share of the sum of `from` over the channels that are in a group with `c`.
    fn of_each_group(&self, from: &str, to: &str) -> TokenStream {
        let (groups, lanes) = (self.groups, padded(self.channels));
        let channels = self.channels_of_group();
        let [from, to] = [from, to].map(|name| quote::format_ident!("{name}"));
        quote! {
            let mut #to = [T::ZERO; #lanes];
            for group in 0..#groups {
                let mut total = T::ZERO;
                for c in #channels {
                    total += #from[c];
                }
                for c in #channels {
                    #to[c] = total * share;
                }
            }
        }
    }
}
