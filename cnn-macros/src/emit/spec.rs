//! The constant description of the network.

use std::ops::Range;

use proc_macro2::TokenStream;
use quote::quote;

use super::text::range;
use crate::layers::{Follows, Role, Rule, StatisticRole};
use crate::passes::arena::Length;
use crate::passes::plan::{Offer, Phase, Place, Plan, PlannedReduction, Program, Training};
use crate::passes::vector::{PlannedParameter, PlannedStatistic};
use crate::shape::Shape;

/// `SPEC`: layers, parameters, arenas.
pub(crate) fn spec(plan: &Plan) -> TokenStream {
    let graph = &plan.fused.graph;
    let name = graph.graph.name.to_string();
    let input = sizes(graph.graph.input);
    let output = sizes(graph.shape(graph.graph.output));
    let layers = (0..graph.graph.nodes.len()).map(|node| layer(plan, node));
    let vector = &plan.vector;
    let parameters = vector
        .parameters
        .iter()
        .map(|planned| parameter(plan, planned));
    let (parameter_count, frozen_count) = (vector.learned.len(), vector.frozen.len());
    let statistics = vector
        .statistics
        .iter()
        .map(|planned| statistic(plan, planned));
    let training = training(plan);
    let (inference, single) = (block(&plan.inference), single(plan));
    let (packed_block, packed) = (plan.inference.packed, plan.single.packed);
    let least_block = plan.least_block;
    quote! {
        pub(super) const SPEC: &Spec = &Spec {
            name: #name,
            input: #input,
            output: #output,
            layers: &[#(#layers),*],
            parameters: &[#(#parameters),*],
            parameter_count: #parameter_count,
            frozen_count: #frozen_count,
            statistics: &[#(#statistics),*],
            training: #training,
            inference: #inference,
            single: #single,
            packed: #packed,
            packed_block: #packed_block,
            least_block: #least_block,
        };
    }
}

fn sizes(shape: Shape) -> TokenStream {
    let sizes = shape.sizes();
    quote!(&[#(#sizes),*])
}

fn block(program: &Program) -> TokenStream {
    let Length { len, least } = program.arena;
    let in_arena =
        |place: &Option<Range<usize>>| range(place.as_ref().expect("blocks are gathered"));
    let [input, output] = [&program.input, &program.output].map(in_arena);
    quote!(InferenceArena { len: #len, least: #least, input: #input, output: #output })
}

fn single(plan: &Plan) -> TokenStream {
    let Length { len, least } = plan.single.arena;
    let converted = match plan.single.input {
        Some(_) => 0,
        None => plan.fused.graph.graph.input.elements(),
    };
    quote!(SampleArena { len: #len, least: #least, converted: #converted })
}

fn training(plan: &Plan) -> TokenStream {
    let training = &plan.training;
    let Training {
        samples,
        kept: Length { len, least },
        shared,
        merged,
        ..
    } = training;
    let (shared, least_shared) = (shared.len, shared.least);
    let [forward, backward] =
        [&training.forward, &training.backward].map(|phases| barriers(plan, phases));
    let offers = training.offers.iter().map(|one| offer(plan, one));
    let [input, output, d_output, d_input] = [
        &training.input,
        &training.output,
        &training.d_output,
        &training.d_input,
    ]
    .map(range);
    quote! {
        TrainingArena {
            samples: #samples, len: #len, least: #least,
            shared: #shared, least_shared: #least_shared,
            input: #input, output: #output, d_output: #d_output, d_input: #d_input,
            forward: #forward, backward: #backward, merged: #merged,
            offers: &[#(#offers),*],
        }
    }
}

/// What an offered call reads and adds to, and how much it multiplies.
fn offer(plan: &Plan, offer: &Offer) -> TokenStream {
    let bindings = offer.call.bindings.iter();
    let gradients = bindings.filter_map(|binding| match &binding.place {
        Place::Gradients(range) => Some(range),
        _ => None,
    });
    let gradients: Vec<&Range<usize>> = gradients.collect();
    let weight = plan.vector.parameters.iter().find(|planned| {
        let is_weight = matches!(planned.parameter.role, Role::Weight { .. });
        is_weight && gradients.contains(&&planned.range)
    });
    let macs = weight.map_or(0, |weight| forward_macs(plan, weight.node));
    let gradients = gradients.into_iter().map(range);
    let [kept, shared] = [&offer.kept, &offer.shared].map(|ranges| ranges.iter().map(range));
    let len = offer.len;
    quote! {
        Offer {
            kept: &[#(#kept),*], shared: &[#(#shared),*], len: #len,
            gradients: &[#(#gradients),*], macs: #macs,
        }
    }
}

/// The multiply–accumulates of a node's layer for one sample.
fn forward_macs(plan: &Plan, node: usize) -> u64 {
    let graph = &plan.fused.graph;
    let this = &graph.graph.nodes[node];
    let inputs = this.inputs.iter().map(|&value| graph.shape(value));
    this.layer.forward_macs(&inputs.collect::<Vec<_>>())
}

/// What all phases but the last leave to be merged.
fn barriers(plan: &Plan, phases: &[Phase]) -> TokenStream {
    let others = &phases[..phases.len() - 1];
    let barriers = others.iter().map(|phase| {
        let reductions = phase.reductions.iter().map(|one| reduction(plan, one));
        quote!(&[#(#reductions),*])
    });
    quote!(&[#(#barriers),*])
}

fn reduction(plan: &Plan, planned: &PlannedReduction) -> TokenStream {
    let (layer, place, merged) = (planned.node, range(&planned.place), range(&planned.merged));
    let rule = match planned.rule {
        Rule::Sums => quote!(Rule::Sums),
        Rule::Moments {
            per_sample,
            momentum,
        } => {
            let mut own = plan.vector.statistics.iter();
            let mut of = |role| {
                let is_meant =
                    |one: &&PlannedStatistic| one.node == layer && one.statistic.role == role;
                let found = own.find(is_meant);
                let found =
                    found.expect("a layer with moments has their three statistics, in order");
                found.range.clone()
            };
            let mean = range(&of(StatisticRole::Mean));
            let variance = range(&of(StatisticRole::Variance));
            let batches = of(StatisticRole::Batches).start;
            quote! {
                Rule::Moments {
                    per_sample: #per_sample,
                    running: Running {
                        mean: #mean, variance: #variance, batches: #batches, momentum: #momentum,
                    },
                }
            }
        }
    };
    quote!(Reduction { layer: #layer, place: #place, merged: #merged, rule: #rule })
}

fn layer(plan: &Plan, node: usize) -> TokenStream {
    let graph = &plan.fused.graph;
    let this = &graph.graph.nodes[node];
    let (name, source, is_frozen) = (&this.name, &this.source, this.is_frozen);
    let input = sizes(graph.shape(this.inputs[0]));
    let output = sizes(graph.shapes[node + 1]);
    let forward = forward_macs(plan, node);
    // The weights' gradient costs as much as the forward pass unless they are frozen, and so does the
    // input's where there is something to learn before this layer.
    let to_input = this
        .inputs
        .iter()
        .any(|&value| plan.fused.is_learned(value));
    let backward = forward * (u64::from(!this.is_frozen) + u64::from(to_input));
    let first = plan
        .vector
        .parameters
        .iter()
        .filter(|planned| planned.node < node)
        .count();
    let end = first
        + plan
            .vector
            .parameters
            .iter()
            .filter(|planned| planned.node == node)
            .count();
    quote! {
        LayerSpec {
            name: #name,
            layer: #source,
            input: #input,
            output: #output,
            is_frozen: #is_frozen,
            forward_macs: #forward,
            backward_macs: #backward,
            parameters: #first..#end,
        }
    }
}

fn parameter(plan: &Plan, planned: &PlannedParameter) -> TokenStream {
    let node = &plan.fused.graph.graph.nodes[planned.node];
    let name = format!("{}.{}", node.name, planned.parameter.name);
    let shape = &planned.parameter.shape;
    let (offset, len) = (planned.range.start, planned.range.len());
    let role = match planned.parameter.role {
        Role::Bias => quote!(Role::Bias),
        Role::Factor { initial } => quote!(Role::Factor { initial: #initial }),
        Role::Weight { fan_in, fan_out } => {
            let activation = activation_after(plan, planned.node);
            quote!(Role::Weight { fan_in: #fan_in, fan_out: #fan_out, activation: #activation })
        }
    };
    quote! {
        ParameterSpec {
            name: #name, shape: &[#(#shape),*], offset: #offset, len: #len, role: #role,
        }
    }
}

fn statistic(plan: &Plan, planned: &PlannedStatistic) -> TokenStream {
    let node = &plan.fused.graph.graph.nodes[planned.node];
    let name = format!("{}.{}", node.name, planned.statistic.name);
    let shape = &planned.statistic.shape;
    let (offset, len) = (planned.range.start, planned.range.len());
    let role = match planned.statistic.role {
        StatisticRole::Mean => quote!(Role::RunningMean),
        StatisticRole::Variance => quote!(Role::RunningVariance),
        StatisticRole::Batches => quote!(Role::BatchCount),
    };
    quote! {
        ParameterSpec {
            name: #name, shape: &[#(#shape),*], offset: #offset, len: #len, role: #role,
        }
    }
}

/// The first layer after `node` that says something about the scale of its output.
fn activation_after(plan: &Plan, node: usize) -> TokenStream {
    let nodes = &plan.fused.graph.graph.nodes;
    let mut value = node + 1;
    loop {
        let next = nodes
            .iter()
            .position(|next| next.inputs.iter().any(|input| input.0 == value));
        match next.map(|next| nodes[next].layer.follows()) {
            Some(Follows::Transparent) => value = next.map_or(value, |next| next + 1),
            Some(Follows::Rectifier) => return quote!(Activation::Rectifier),
            Some(Follows::Saturating) => return quote!(Activation::Saturating),
            Some(Follows::Weights | Follows::SelfNormalizing) | None => {
                return quote!(Activation::Linear);
            }
        }
    }
}
