//! The accessors of a network that has mistakes: methods without code, and the types of its pieces.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::pieces::{Entry, Piece, Section, own_name};
use crate::graph::{DraftNode, Outline};
use crate::layers::Parameter;
use crate::passes::names::METHODS;

/// A layer that has parameters, or may have.
type Layer<'a> = (&'a DraftNode, Option<&'a [Parameter]>);

/// The methods of the network, and the types that they give; `t` is the scalar's name at the network.
pub(super) fn accessors(outline: &Outline, t: &Ident, p: &TokenStream) -> [TokenStream; 2] {
    let root = tree(outline);
    let mut methods = TokenStream::new();
    for (node, parameters) in &root.layers {
        let [view, view_mut] = views(*parameters, &quote!('_), t, p);
        methods.extend(method_pair(&node.name, node.name_span, [view, view_mut], p));
    }
    let mut types = TokenStream::new();
    for piece in &root.pieces {
        let results = piece.types().map(|name| quote!(#name<'_, #t>));
        methods.extend(method_pair(&piece.path, piece.span, results, p));
        types.extend(piece_types(piece, p));
    }
    [methods, types]
}

/// Each piece with the piece whose types it uses: a turn that is like the one before it shares its types, because
/// rustc needs milliseconds for the types of a piece, and there may be thousands of turns. Other pieces have their
/// own, from which an editor jumps to their own steps.
fn with_models<'p, 'a>(
    pieces: &'p [Piece<Layer<'a>>],
) -> impl Iterator<Item = (&'p Piece<Layer<'a>>, &'p Piece<Layer<'a>>)> {
    pieces.iter().scan(None, |model, piece| {
        let model = model.get_or_insert(piece);
        if !piece.is_turn() || !is_like(piece, model) {
            *model = piece;
        }
        Some((piece, *model))
    })
}

/// Whether two pieces have the same methods inside.
fn is_like(a: &Piece<Layer<'_>>, b: &Piece<Layer<'_>>) -> bool {
    let mut layers = a.layers.iter().zip(&b.layers);
    let mut pieces = a.pieces.iter().zip(&b.pieces);
    a.layers.len() == b.layers.len()
        && a.pieces.len() == b.pieces.len()
        && layers
            .all(|((a, of_a), (b, of_b))| own_name(&a.name) == own_name(&b.name) && of_a == of_b)
        && pieces.all(|(a, b)| a.own_name() == b.own_name() && is_like(a, b))
}

fn tree(outline: &Outline) -> Piece<Layer<'_>> {
    let mut root = Piece::root();
    let mut taken = Taken::default();
    for (node, parameters) in outline.draft.nodes.iter().zip(&outline.parameters) {
        let parameters = parameters.as_deref();
        let segments: Vec<&str> = node.name.split('.').collect();
        if parameters.is_some_and(<[Parameter]>::is_empty) || !taken.add(&segments) {
            continue;
        }
        let entry = Entry {
            span: node.name_span,
            section: Section::Learned,
            range: 0..0,
            layer: (node, parameters),
        };
        root.insert(&segments, entry);
    }
    root
}

/// The names that have been given. What has the name of another was reported, and would be told again
/// by rustc.
#[derive(Default)]
struct Taken(HashMap<String, Role>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Layer,
    Piece,
}

impl Taken {
    /// Takes the names of a layer and of the pieces around it, if all of them are free.
    fn add(&mut self, segments: &[&str]) -> bool {
        let is_plain = |name: &&str| is_plain_identifier(name) || name.parse::<usize>().is_ok();
        let is_method = |name: &str| METHODS.contains(&name);
        let first = segments[0];
        if !segments.iter().all(is_plain) || is_method(first) || is_method(&format!("{first}_mut"))
        {
            return false;
        }
        (1..=segments.len()).all(|count| {
            let name = segments[..count].join(".");
            let role = match count == segments.len() {
                true => Role::Layer,
                false => Role::Piece,
            };
            // Only the network itself has methods for changing beside those for reading.
            let name_mut = (count == 1).then(|| format!("{name}_mut"));
            [Some(name), name_mut]
                .into_iter()
                .flatten()
                .all(|name| self.claim(name, role))
        })
    }

    /// Several layers are in one piece; any other name is had once.
    fn claim(&mut self, name: String, role: Role) -> bool {
        match self.0.insert(name, role) {
            None => true,
            Some(before) => (before, role) == (Role::Piece, Role::Piece),
        }
    }
}

/// Whether a name can be a method's; a word such as `r#type` makes names that cannot.
fn is_plain_identifier(name: &str) -> bool {
    !name.starts_with("r#") && syn::parse_str::<Ident>(name).is_ok()
}

/// `conv1` and `conv1_mut` of the network.
fn method_pair(
    name: &str,
    span: proc_macro2::Span,
    results: [TokenStream; 2],
    p: &TokenStream,
) -> TokenStream {
    let method = Ident::new(name, span);
    let method_mut = format_ident!("{name}_mut", span = span);
    let [result, result_mut] = results;
    quote! {
        pub fn #method(&self) -> #result { #p::not_declared() }
        pub fn #method_mut(&mut self) -> #result_mut { #p::not_declared() }
    }
}

/// The types of a piece and of those inside of it.
fn piece_types(piece: &Piece<Layer<'_>>, p: &TokenStream) -> TokenStream {
    let [read, change] = piece.types();
    let is_numbered = piece.is_numbered();
    let inner: Vec<_> = with_models(&piece.pieces)
        .map(|(inner, model)| (inner, model, model.types()))
        .collect();
    let [fields, fields_mut] = [0, 1].map(|kind| match is_numbered {
        true => {
            let types = inner.iter().map(|(.., types)| &types[kind]);
            quote!(#(pub #types<'a, T>),*)
        }
        false => quote!(#p::core::marker::PhantomData<&'a T>),
    });
    let [methods, methods_mut] = [0, 1].map(|kind| {
        let layers = piece.layers.iter().map(|(node, parameters)| {
            let result = views(*parameters, &quote!('a), &format_ident!("T"), p);
            (
                Ident::new(own_name(&node.name), node.name_span),
                result[kind].clone(),
            )
        });
        let named = inner.iter().filter(|_| !is_numbered);
        let pieces = named.map(|(inner, _, types)| {
            let result = &types[kind];
            let name = Ident::new(inner.own_name(), inner.span);
            (name, quote!(#result<'a, T>))
        });
        let (names, results): (Vec<_>, Vec<_>) = layers.chain(pieces).unzip();
        quote!(#(pub fn #names(self) -> #results { #p::not_declared() })*)
    });
    let models = inner
        .iter()
        .filter(|(inner, model, _)| std::ptr::eq(*inner, *model));
    let nested = models.map(|(inner, ..)| piece_types(inner, p));
    // `derive` would write code for every turn into `Debug` and `Clone`.
    let debug = [&read, &change].map(|name| quote! {
        impl<'a, T: #p::Scalar> #p::fmt::Debug for #name<'a, T> {
            fn fmt(&self, __f: &mut #p::fmt::Formatter<'_>) -> #p::fmt::Result { #p::not_declared() }
        }
    });
    quote! {
        pub struct #read<'a, T: #p::Scalar>(#fields);
        impl<'a, T: #p::Scalar> #read<'a, T> { #methods }
        impl<'a, T: #p::Scalar> #p::core::marker::Copy for #read<'a, T> {}
        impl<'a, T: #p::Scalar> #p::Clone for #read<'a, T> {
            fn clone(&self) -> Self { *self }
        }
        pub struct #change<'a, T: #p::Scalar>(#fields_mut);
        impl<'a, T: #p::Scalar> #change<'a, T> { #methods_mut }
        #(#debug)*
        #(#nested)*
    }
}

/// What a layer's accessors give: views of its tensors, by reference and to be changed.
fn views(
    parameters: Option<&[Parameter]>,
    lifetime: &TokenStream,
    t: &Ident,
    p: &TokenStream,
) -> [TokenStream; 2] {
    let Some(parameters) = parameters else {
        return [quote!(#p::Undeclared), quote!(#p::Undeclared)];
    };
    let types: Vec<TokenStream> = parameters
        .iter()
        .map(|parameter| {
            let sizes = parameter.shape.iter().rev();
            sizes.fold(quote!(#t), |inner, size| quote!([#inner; #size]))
        })
        .collect();
    match types.len() {
        1 => [
            quote!(#p::Weight<#lifetime, #(#types),*>),
            quote!(#p::WeightMut<#lifetime, #(#types),*>),
        ],
        _ => [
            quote!(#p::WeightAndBias<#lifetime, #(#types),*>),
            quote!(#p::WeightAndBiasMut<#lifetime, #(#types),*>),
        ],
    }
}
