//! The loops of a norm on a block, samples in the lanes.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Affine, Norm, Sizes};
use crate::emit::elementwise::flat;
use crate::emit::rows::{in_row, rows_of};
use crate::kernel::{Kernel, Site, Tensor};
use crate::shape::Shape;

impl Norm {
    /// `output = (input − mean) / √(variance + ε) · weight + bias`.
    pub(super) fn block_forward(&self, site: &Site<'_>) -> Kernel {
        let sizes = self.sizes(site.output);
        let [input, output] = ["input", "output"].map(|name| in_row(name, sizes.shape));
        let result = site.activate(match self.affine {
            Some(affine) => {
                let [weight, bias] = ["weight", "bias"].map(|name| of(name, sizes.shape, affine));
                quote!(normal.mul_add(splat(simd, #weight), splat(simd, #bias)))
            }
            None => quote!(normal),
        });
        let values = self.values_of_elements(&["input"], &["weight", "bias"]);
        let members = sizes.over_members(
            &values,
            &["output"],
            &quote! {
                let normal = load(simd, &#input, part).sub(mean).mul(scale);
                store(&mut #output, part, #result);
            },
        );
        let mut arguments = vec![Tensor::Input(0).read()];
        if self.affine.is_some() {
            arguments.extend([Tensor::Parameter(0).read(), Tensor::Parameter(1).read()]);
        }
        arguments.push(Tensor::Output.write());
        Kernel {
            purpose: "forward",
            doc: self.doc(site),
            arguments,
            items: self.statistics(sizes),
            body: sizes.over_groups(&members),
        }
    }

    /// Values that each element has one of, and weights if each element has one.
    fn values_of_elements<'n>(&self, values: &[&'n str], weights: &[&'n str]) -> Vec<&'n str> {
        match self.affine {
            Some(Affine::EachElement) => [values, weights].concat(),
            Some(Affine::EachChannel) | None => values.to_vec(),
        }
    }

    /// The formula of the output.
    pub(super) fn doc(&self, site: &Site<'_>) -> Vec<String> {
        let normal = "(input − mean) / √(variance + ε)";
        let formula = match self.affine {
            Some(_) => format!("{normal} · weight + bias"),
            None => normal.to_owned(),
        };
        let (groups, epsilon) = (self.sizes(site.output).groups, self.epsilon);
        vec![
            format!("`output = {}`", site.activated_formula(&formula)),
            format!(
                "Mean and variance of each sample are those of the group that an element is in; \
                 there are {groups}. `ε = {epsilon}`."
            ),
        ]
    }

    /// Two passes: the variance is that of the distances from the mean.
    fn statistics(&self, sizes: Sizes) -> TokenStream {
        let (share, epsilon) = (1.0 / sizes.members as f64, self.epsilon);
        quote! {
            /// The mean of a group, and `1 / √(variance + ε)`.
            #[inline(always)]
            fn statistics<T: Scalar, S: Simd, const SAMPLES: usize>(
                simd: S,
                members: &[Lanes<T, SAMPLES>],
                part: usize,
            ) -> [V<T, S>; 2] {
                let share = splat(simd, T::from_f64(#share));
                let mean = sum_parts::<T, S, SAMPLES>(simd, members, part, |x| x).mul(share);
                let squares = sum_parts::<T, S, SAMPLES>(simd, members, part, |x| {
                    let distance = x.sub(mean);
                    distance.mul(distance)
                });
                let variance = squares.mul(share).add(splat(simd, T::from_f64(#epsilon)));
                [mean, splat(simd, T::ONE).div(variance.sqrt())]
            }
        }
    }

    /// With `g = d_output · weight` and `n` the normalized input:
    /// `d_input = (g − mean(g) − n · mean(g · n)) / √(variance + ε)`, all means over the group.
    pub(super) fn input_gradient(&self, site: &Site<'_>) -> Kernel {
        let sizes = self.sizes(site.output);
        let shape = sizes.shape;
        let [input, d_output, d_input] =
            ["input", "d_output", "d_input"].map(|name| in_row(name, shape));
        let weighted = self.affine.map(|affine| {
            let weight = of("weight", shape, affine);
            quote!(.mul(splat(simd, #weight)))
        });
        let share = 1.0 / sizes.members as f64;
        let read = quote! {
            let normal = load(simd, &#input, part).sub(mean).mul(scale);
            let g = load(simd, &#d_output, part)#weighted;
        };
        let values = self.values_of_elements(&["input", "d_output"], &["weight"]);
        let sums = sizes.over_members(
            &values,
            &[],
            &quote! {
                #read
                sum = sum.add(g);
                product = normal.mul_add(g, product);
            },
        );
        let results = sizes.over_members(
            &values,
            &["d_input"],
            &quote! {
                #read
                let change = g.sub(sum).sub(normal.mul(product));
                store(&mut #d_input, part, change.mul(scale));
            },
        );
        let mut arguments = vec![Tensor::Input(0).read()];
        arguments.extend(self.affine.map(|_| Tensor::Parameter(0).read()));
        arguments.extend([
            Tensor::OutputGradient.read(),
            Tensor::InputGradient(0).write(),
        ]);
        Kernel {
            purpose: "input_gradient",
            doc: vec![
                "`d_input = (g − mean(g) − n · mean(g · n)) / √(variance + ε)`, where `n` is the \
                 normalized input and `g` the gradient by it."
                    .to_owned(),
            ],
            arguments,
            items: self.statistics(sizes),
            body: sizes.over_groups(&quote! {
                let mut sum = splat(simd, T::ZERO);
                let mut product = splat(simd, T::ZERO);
                #sums
                let share = splat(simd, T::from_f64(#share));
                let (sum, product) = (sum.mul(share), product.mul(share));
                #results
            }),
        }
    }

    /// `d_weight += Σ d_output · n` and `d_bias += Σ d_output`, with `n` the normalized input.
    pub(super) fn weight_gradient(&self, site: &Site<'_>, affine: Affine) -> Kernel {
        let sizes = self.sizes(site.output);
        Kernel {
            purpose: "weight_gradient",
            doc: vec![
                "`d_weight += Σ d_output · n` and `d_bias += Σ d_output` over all samples, where `n` \
                 is the normalized input."
                    .to_owned(),
            ],
            arguments: vec![
                Tensor::Input(0).read(),
                Tensor::OutputGradient.read(),
                Tensor::ParameterGradient(0).update(),
                Tensor::ParameterGradient(1).update(),
            ],
            items: self.statistics(sizes),
            body: sizes.over_groups(&sizes.weight_sums(affine)),
        }
    }
}

/// The element of a weight tensor for channel `c` and the current pixel.
fn of(name: &str, shape: Shape, affine: Affine) -> TokenStream {
    match affine {
        Affine::EachElement => in_row(name, shape),
        Affine::EachChannel => {
            let name = quote::format_ident!("{name}");
            quote!(#name[c])
        }
    }
}

impl Sizes {
    /// The channels of the current group, as an expression of a range.
    pub(super) fn channels_of_group(&self) -> TokenStream {
        let Self {
            channels,
            groups,
            together,
            ..
        } = *self;
        match (groups, together) {
            (1, _) => quote!(0..#channels),
            (_, 1) => quote!(group..group + 1),
            _ => quote!(group * #together..(group + 1) * #together),
        }
    }

    /// The loops over all groups of a block, with their statistics.
    fn over_groups(&self, body: &TokenStream) -> TokenStream {
        let (groups, members) = (self.groups, self.members);
        let input = flat("input", self.shape);
        quote! {
            for group in 0..#groups {
                let members = &#input[group * #members..][..#members];
                for part in 0..parts::<T, S>() {
                    let [mean, scale] = statistics::<T, S, SAMPLES>(simd, members, part);
                    #body
                }
            }
        }
    }

    /// What the elements of a group add to the gradients by weights and biases.
    fn weight_sums(&self, affine: Affine) -> TokenStream {
        let Self { shape, pixels, .. } = *self;
        let values = ["input", "d_output"];
        let [input, d_output] = values.map(|name| in_row(name, shape));
        let read = quote! {
            let normal = load(simd, &#input, part).sub(mean).mul(scale);
            let d = load(simd, &#d_output, part);
        };
        let rows = rows_of(shape, &values, &[]);
        let channels = self.channels_of_group();
        match (affine, shape) {
            (Affine::EachChannel, Shape::Image { .. }) => quote! {
                for c in #channels {
                    #rows
                    let mut sum = splat(simd, T::ZERO);
                    let mut product = splat(simd, T::ZERO);
                    for pixel in 0..#pixels {
                        #read
                        sum = sum.add(d);
                        product = normal.mul_add(d, product);
                    }
                    d_weight[c] += product.sum();
                    d_bias[c] += sum.sum();
                }
            },
            (Affine::EachChannel | Affine::EachElement, _) => {
                let sums = ["d_weight", "d_bias"];
                let [d_weight, d_bias] = sums.map(|name| in_row(name, shape));
                self.over_members(
                    &values,
                    &sums,
                    &quote! {
                        #read
                        #d_weight += normal.mul(d).sum();
                        #d_bias += d.sum();
                    },
                )
            }
        }
    }

    /// The loops over the elements of a group, of these values read and written.
    fn over_members(&self, read: &[&str], written: &[&str], body: &TokenStream) -> TokenStream {
        let (channels, pixels) = (self.channels_of_group(), self.pixels);
        let rows = rows_of(self.shape, read, written);
        quote! {
            for c in #channels {
                #rows
                for pixel in 0..#pixels {
                    #body
                }
            }
        }
    }
}
