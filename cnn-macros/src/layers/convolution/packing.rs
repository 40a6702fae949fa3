//! The weights of a convolution as one sample reads them with channels in the lanes.

use proc_macro2::TokenStream;
use quote::quote;

use super::geometry::Geometry;
use crate::kernel::{Argument, Packing, Tensor};
use crate::layers::folding::Folding;
use crate::layout::padded;

/// Weights `[ky][kx][i][o]`, output channels in the lanes and padded; one after another for each group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packed {
    pub(super) groups: usize,
    /// Channels of a group that are read.
    pub(super) from: usize,
    /// Channels of a group that are written.
    pub(super) to: usize,
    /// Height, width.
    pub(super) window: [usize; 2],
    pub(super) bias: bool,
    /// Whether the parameters have the channels that are read first.
    is_transposed: bool,
}

impl Packed {
    /// The weights of a convolution.
    pub(super) fn of(geometry: &Geometry) -> Self {
        Self {
            groups: geometry.groups,
            from: geometry.channels_in,
            to: geometry.channels_out,
            window: [geometry.y.window, geometry.x.window],
            bias: geometry.bias,
            is_transposed: false,
        }
    }

    /// The weights of a transposed convolution: `geometry` leads from its output to its input.
    pub(super) fn of_transposed(geometry: &Geometry, bias: bool) -> Self {
        Self {
            from: geometry.channels_out,
            to: geometry.channels_in,
            bias,
            is_transposed: true,
            ..Self::of(geometry)
        }
    }

    /// The weights of a depthwise convolution: `[j][ky][kx][c]`, where output channel `j` of every
    /// input channel `c` lies beside that of the others.
    pub(super) fn depthwise(geometry: &Geometry) -> Self {
        Self {
            groups: geometry.channels_out,
            from: 1,
            to: geometry.groups,
            ..Self::of(geometry)
        }
    }

    /// Lanes of a group's output channels.
    pub(super) fn lanes(&self) -> usize {
        padded(self.to)
    }

    /// The types of the weights and, if there are any, the biases of one group.
    pub(super) fn types(&self) -> [TokenStream; 2] {
        let (from, lanes, [kh, kw]) = (self.from, self.lanes(), self.window);
        let bias = self.bias.then(|| quote!(packed_bias: &[T; #lanes],));
        [quote!(&[[[[T; #lanes]; #from]; #kw]; #kh]), quote!(#bias)]
    }

    /// `loops` over the groups `g`, each with its weights and biases.
    pub(super) fn each_group(&self, loops: &TokenStream) -> TokenStream {
        let (groups, [kh, _]) = (self.groups, self.window);
        if groups == 1 {
            return loops.clone();
        }
        let bias = self
            .bias
            .then(|| quote!(let packed_bias = &packed_bias[g];));
        quote! {
            for g in 0..#groups {
                let packed_weight = &packed_weight.as_chunks::<#kh>().0[g];
                #bias
                #loops
            }
        }
    }

    /// What the forward pass of one sample reads and writes.
    pub(super) fn arguments(&self) -> Vec<Argument> {
        arguments_of_one(self.bias)
    }

    /// The function that fills them.
    pub(super) fn packing(&self, folding: Folding) -> Packing {
        let Self {
            groups, from, to, ..
        } = *self;
        let weight = match self.is_transposed {
            false => quote!(weight[o][i]),
            true => quote!(weight[i][o]),
        };
        if groups == 1 {
            return self.packing_by(folding, &weight, &quote!(o));
        }
        let (weight, channel) = match self.is_transposed {
            false => (quote!(weight[g * #to + o][i]), quote!(g * #to + o)),
            true => (quote!(weight[g * #from + i][o]), quote!(g * #to + o)),
        };
        self.packing_by(folding, &weight, &channel)
    }

    /// The same for [`Packed::depthwise`], whose groups are those of the multiplier.
    pub(super) fn depthwise_packing(&self, folding: Folding) -> Packing {
        let multiplier = self.groups;
        match multiplier {
            1 => self.packing_by(folding, &quote!(weight[o][i]), &quote!(o)),
            _ => self.packing_by(
                folding,
                &quote!(weight[o * #multiplier + g][i]),
                &quote!(o * #multiplier + g),
            ),
        }
    }

    fn packing_by(&self, folding: Folding, weight: &TokenStream, channel: &TokenStream) -> Packing {
        let (groups, from, to, lanes) = (self.groups, self.from, self.to, self.lanes());
        let [kh, kw] = self.window;
        let (row, group, biases) = match groups {
            1 => (quote!(ky), quote!(), vec![lanes]),
            _ => (quote!(g * #kh + ky), quote!([g]), vec![groups, lanes]),
        };
        let bias = folding.bias(channel);
        let bias = bias.map(|bias| quote! { packed_bias #group [o] = #bias; });
        let tap = folding.weight(quote!(#weight[ky][kx]), channel);
        let loops = quote! {
            for o in 0..#to {
                #bias
                for i in 0..#from {
                    for ky in 0..#kh {
                        for kx in 0..#kw {
                            packed_weight[#row][kx][i][o] = #tap;
                        }
                    }
                }
            }
        };
        let body = match groups {
            1 => loops,
            _ => quote!(for g in 0..#groups { #loops }),
        };
        let text = |code: &TokenStream| code.to_string().replace(' ', "");
        let (row, weight) = (text(&row), text(weight));
        let formula = format!("packed_weight[{row}][kx][i][o] = {weight}[ky][kx]");
        folding.packing([vec![groups * kh, kw, from, lanes], biases], &formula, body)
    }
}

/// The weights as the parameters lie.
pub(super) fn in_order(geometry: &Geometry, folding: Folding) -> Packing {
    let of_channel = quote!(packed_weight[o].as_flattened_mut().as_flattened_mut());
    folding.in_order(geometry.weight_sizes(), geometry.all_out(), &of_channel)
}

/// The same of a transposed convolution, whose parameters have the channels that are read first:
/// `geometry` leads from its output to its input.
pub(super) fn transposed_in_order(geometry: &Geometry, folding: Folding) -> Packing {
    let Geometry {
        channels_in,
        channels_out,
        ..
    } = *geometry;
    let of_channel = quote! {
        packed_weight.as_chunks_mut::<#channels_out>().0[o / #channels_in]
            .iter_mut()
            .flat_map(|kernels| kernels[o % #channels_in].as_flattened_mut())
    };
    folding.in_order(geometry.weight_sizes(), geometry.all_in(), &of_channel)
}

/// What the forward pass of one sample reads and writes.
pub(super) fn arguments_of_one(bias: bool) -> Vec<Argument> {
    let bias = bias.then(|| Tensor::Packed(1).read());
    [Tensor::Input(0).read(), Tensor::Packed(0).read()]
        .into_iter()
        .chain(bias)
        .chain([Tensor::Output.write()])
        .collect()
}
