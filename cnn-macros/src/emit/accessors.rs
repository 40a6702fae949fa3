//! Views of the parameters by the names of layers: `net.conv1()`, `net.stage1().conv1()`,
//! `net.repeat1().0.conv1()`, and the same to be changed, `net.conv1_mut()`.
//!
//! A labelled piece of the network becomes a type that holds its part of the network's vector. Its
//! parameters lie together, because its layers were expanded together; those of frozen layers in a place of
//! their own.

use std::ops::Range;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::pieces::{Entry, Piece, Section, own_name};
use super::text::{number, range};
use crate::graph::Node;
use crate::passes::plan::Plan;
use crate::passes::vector::PlannedParameter;

/// The methods of the network, and the types of its pieces.
pub(crate) struct Accessors {
    pub(crate) methods: TokenStream,
    pub(crate) pieces: TokenStream,
}

/// A layer with its tensors.
type Layer<'a> = (&'a Node, Vec<&'a PlannedParameter>);

/// Makes the accessors of all layers with parameters; `t` is the scalar's name at the network.
pub(crate) fn accessors(plan: &Plan, t: &Ident, krate: &Ident) -> Accessors {
    let root = tree(plan);
    let p = quote!(#krate::__private);
    let layers = root.layers.iter();
    let mut methods: TokenStream = layers
        .map(|(node, parameters)| of_network(node, parameters, t, &p))
        .collect();
    let mut pieces = TokenStream::new();
    for piece in &root.pieces {
        methods.extend(piece_of_network(piece, t, &p));
        pieces.extend(types(piece, &p));
    }
    Accessors { methods, pieces }
}

fn section_of(node: &Node) -> Section {
    match node.is_frozen {
        true => Section::Frozen,
        false => Section::Learned,
    }
}

fn tree(plan: &Plan) -> Piece<Layer<'_>> {
    let mut root = Piece::root();
    for (index, node) in plan.fused.graph.graph.nodes.iter().enumerate() {
        let parameters: Vec<_> = plan
            .vector
            .parameters
            .iter()
            .filter(|p| p.node == index)
            .collect();
        if let (Some(first), Some(last)) = (parameters.first(), parameters.last()) {
            let segments: Vec<&str> = node.name.split('.').collect();
            let entry = Entry {
                span: node.name_span,
                section: section_of(node),
                range: first.range.start..last.range.end,
                layer: (node, parameters),
            };
            root.insert(&segments, entry);
        }
    }
    root
}

impl Piece<Layer<'_>> {
    /// A range of the network's vector, counted from where the piece begins in that section of it.
    fn inside(&self, section: Section, place: &Range<usize>) -> TokenStream {
        let start = self.ranges[&section].start;
        range(&(place.start - start..place.end - start))
    }

    /// The names of its slices, as fields and arguments.
    fn slices(&self) -> Vec<Ident> {
        self.ranges.keys().map(|section| section.name()).collect()
    }

    /// The slices of a piece inside, as parts of this one's, of which each is written after `before`.
    fn slices_of(&self, inner: &Self, before: &TokenStream) -> TokenStream {
        let slices = inner.ranges.iter().map(|(&section, place)| {
            let (name, place) = (section.name(), self.inside(section, place));
            quote!(#before #name[#place])
        });
        quote!(#(#slices),*)
    }
}

/// What an accessor of one layer is made of.
struct Parts {
    view: TokenStream,
    view_mut: TokenStream,
    /// The array types of its tensors.
    types: Vec<TokenStream>,
    arrays: Vec<Ident>,
    arrays_mut: Vec<Ident>,
    tensors: Vec<Ident>,
}

impl Parts {
    fn new(parameters: &[&PlannedParameter], t: &Ident, p: &TokenStream) -> Self {
        let (view, view_mut) = match parameters.len() {
            1 => (quote!(#p::Weight), quote!(#p::WeightMut)),
            _ => (quote!(#p::WeightAndBias), quote!(#p::WeightAndBiasMut)),
        };
        let array = |planned: &&PlannedParameter| {
            let sizes = planned.parameter.shape.iter().rev();
            let sizes = sizes.map(|&size| number(size));
            sizes.fold(quote!(#t), |inner, size| quote!([#inner; #size]))
        };
        let rank = |planned: &&PlannedParameter| planned.parameter.shape.len();
        let ranks = || parameters.iter().map(rank);
        Self {
            view,
            view_mut,
            types: parameters.iter().map(array).collect(),
            arrays: ranks().map(|rank| format_ident!("array{rank}")).collect(),
            arrays_mut: ranks()
                .map(|rank| format_ident!("array{rank}_mut"))
                .collect(),
            tensors: (0..parameters.len())
                .map(|k| format_ident!("__tensor{k}"))
                .collect(),
        }
    }
}

/// `net.conv1()` and `net.conv1_mut()`; an editor jumps from the name to the step.
fn of_network(
    node: &Node,
    parameters: &[&PlannedParameter],
    t: &Ident,
    p: &TokenStream,
) -> TokenStream {
    let Node {
        name,
        name_span,
        source,
        docs,
        ..
    } = node;
    let method = Ident::new(name, *name_span);
    let method_mut = format_ident!("{name}_mut", span = *name_span);
    let Parts {
        view,
        view_mut,
        types,
        arrays,
        arrays_mut,
        tensors,
    } = Parts::new(parameters, t, p);
    let ranges = parameters.iter().map(|planned| range(&planned.range));
    let ranges: Vec<TokenStream> = ranges.collect();
    let doc = format!("The parameters of `{name}: {source}`.");
    let doc_mut = format!("The parameters of `{name}: {source}`, to be changed.");
    quote! {
        #[doc = #doc]
        #[doc = ""]
        #(#docs)*
        pub fn #method(&self) -> #view<'_, #(#types),*> {
            #view::new(#(#p::views::#arrays(&self.parameters[#ranges])),*)
        }
        #[doc = #doc_mut]
        pub fn #method_mut(&mut self) -> #view_mut<'_, #(#types),*> {
            let [#(#tensors),*] = #p::views::regions(&mut self.parameters, [#(#ranges),*]);
            #view_mut::new(#(#p::views::#arrays_mut(#tensors)),*)
        }
    }
}

/// `net.stage1()` and `net.stage1_mut()`.
fn piece_of_network(piece: &Piece<Layer<'_>>, t: &Ident, p: &TokenStream) -> TokenStream {
    let method = Ident::new(&piece.path, piece.span);
    let method_mut = format_ident!("{}_mut", piece.path, span = piece.span);
    let [read, change] = piece.types();
    let ranges: Vec<TokenStream> = piece.ranges.values().map(range).collect();
    let slices = piece.slices();
    let doc = format!("The layers of `{}`.", piece.path);
    let doc_mut = format!("The layers of `{}`, to be changed.", piece.path);
    quote! {
        #[doc = #doc]
        pub fn #method(&self) -> __code::#read<'_, #t> {
            __code::#read::new(#(&self.parameters[#ranges]),*)
        }
        #[doc = #doc_mut]
        pub fn #method_mut(&mut self) -> __code::#change<'_, #t> {
            let [#(#slices),*] = #p::views::regions(&mut self.parameters, [#(#ranges),*]);
            __code::#change::new(#(#slices),*)
        }
    }
}

/// The types of a piece and of those inside of it.
fn types(piece: &Piece<Layer<'_>>, p: &TokenStream) -> TokenStream {
    let own = match piece.is_numbered() {
        true => numbered(piece),
        false => named(piece, p),
    };
    let inner = piece.pieces.iter().map(|inner| types(inner, p));
    quote! { #own #(#inner)* }
}

/// A repetition: its turns are the fields of a tuple.
fn numbered(piece: &Piece<Layer<'_>>) -> TokenStream {
    let [read, change] = piece.types();
    let doc = format!("The turns of `{}`.", piece.path);
    let (mut reads, mut changes) = (Vec::new(), Vec::new());
    for inner in &piece.pieces {
        let [read, change] = inner.types();
        reads.push(read);
        changes.push(change);
    }
    let slices = piece.slices();
    let turns = piece.pieces.iter();
    let inner = turns.map(|inner| piece.slices_of(inner, &quote!(&)));
    let split = piece.ranges.keys().map(|&section| split(piece, section));
    let inner_mut = piece.pieces.iter().enumerate().map(|(turn, inner)| {
        let names = inner.ranges.keys().map(|&section| of_turn(section, turn));
        quote!(#(#names),*)
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug)]
        #[allow(non_camel_case_types)]
        pub struct #read<'a, T: Scalar>(#(pub #reads<'a, T>),*);
        impl<'a, T: Scalar> #read<'a, T> {
            pub(super) fn new(#(#slices: &'a [T]),*) -> Self {
                Self(#(#reads::new(#inner)),*)
            }
        }
        #[doc = #doc]
        #[derive(Debug)]
        #[allow(non_camel_case_types)]
        pub struct #change<'a, T: Scalar>(#(pub #changes<'a, T>),*);
        impl<'a, T: Scalar> #change<'a, T> {
            pub(super) fn new(#(#slices: &'a mut [T]),*) -> Self {
                #(#split)*
                Self(#(#changes::new(#inner_mut)),*)
            }
        }
    }
}

/// `parameters0`: what the first turn of a repetition has of a section.
fn of_turn(section: Section, turn: usize) -> Ident {
    format_ident!("{}{turn}", section.name())
}

/// `let [parameters0, parameters1] = regions(parameters, [0..10, 10..20]);`, of the turns that have something in
/// the section.
fn split(piece: &Piece<Layer<'_>>, section: Section) -> TokenStream {
    let slice = section.name();
    let turns = piece.pieces.iter().enumerate();
    let own = turns.filter_map(|(turn, inner)| Some((turn, inner.ranges.get(&section)?)));
    let (names, places): (Vec<_>, Vec<_>) = own
        .map(|(turn, place)| (of_turn(section, turn), piece.inside(section, place)))
        .unzip();
    quote!(let [#(#names),*] = regions(#slice, [#(#places),*]);)
}

/// A labelled piece: its layers, and the pieces inside of it, are its methods.
fn named(piece: &Piece<Layer<'_>>, p: &TokenStream) -> TokenStream {
    let [read, change] = piece.types();
    let doc = format!("The layers of `{}`.", piece.path);
    let slices = piece.slices();
    let (mut reads, mut changes) = (TokenStream::new(), TokenStream::new());
    for (node, parameters) in &piece.layers {
        let [read, change] = of_piece(piece, node, parameters, p);
        reads.extend(read);
        changes.extend(change);
    }
    for inner in &piece.pieces {
        let name = Ident::new(inner.own_name(), inner.span);
        let [read, change] = inner.types();
        let [slices, slices_mut] =
            [quote!(&self.), quote!(&mut self.)].map(|before| piece.slices_of(inner, &before));
        let doc = format!("The layers of `{}`.", inner.path);
        reads.extend(quote! {
            #[doc = #doc]
            pub fn #name(self) -> #read<'a, T> { #read::new(#slices) }
        });
        changes.extend(quote! {
            #[doc = #doc]
            pub fn #name(self) -> #change<'a, T> { #change::new(#slices_mut) }
        });
    }
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug)]
        #[allow(non_camel_case_types)]
        pub struct #read<'a, T: Scalar> { #(#slices: &'a [T]),* }
        impl<'a, T: Scalar> #read<'a, T> {
            pub(super) fn new(#(#slices: &'a [T]),*) -> Self { Self { #(#slices),* } }
            #reads
        }
        #[doc = #doc]
        #[derive(Debug)]
        #[allow(non_camel_case_types)]
        pub struct #change<'a, T: Scalar> { #(#slices: &'a mut [T]),* }
        impl<'a, T: Scalar> #change<'a, T> {
            pub(super) fn new(#(#slices: &'a mut [T]),*) -> Self { Self { #(#slices),* } }
            #changes
        }
    }
}

/// The methods of one layer in a piece.
fn of_piece(
    piece: &Piece<Layer<'_>>,
    node: &Node,
    parameters: &[&PlannedParameter],
    p: &TokenStream,
) -> [TokenStream; 2] {
    let method = Ident::new(own_name(&node.name), node.name_span);
    let Parts {
        view,
        view_mut,
        types,
        arrays,
        arrays_mut,
        tensors,
    } = Parts::new(parameters, &format_ident!("T"), p);
    let section = section_of(node);
    let slice = section.name();
    let ranges: Vec<TokenStream> = parameters
        .iter()
        .map(|planned| piece.inside(section, &planned.range))
        .collect();
    let doc = format!("The parameters of `{}: {}`.", node.name, node.source);
    let docs = &node.docs;
    [
        quote! {
            #[doc = #doc]
            #[doc = ""]
            #(#docs)*
            pub fn #method(self) -> #view<'a, #(#types),*> {
                #view::new(#(#arrays(&self.#slice[#ranges])),*)
            }
        },
        quote! {
            #[doc = #doc]
            pub fn #method(self) -> #view_mut<'a, #(#types),*> {
                let [#(#tensors),*] = regions(self.#slice, [#(#ranges),*]);
                #view_mut::new(#(#arrays_mut(#tensors)),*)
            }
        },
    ]
}
