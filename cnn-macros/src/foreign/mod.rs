//! Networks of other places: another module, another crate.
//!
//! The expansion of a network exports its declaration, as a macro of the network's own name (`export`).
//! A `network!` that needs a network which it does not declare expands to a call of that macro
//! (`fetch`), and the macro calls `network!` again with the declaration before the user's tokens. When
//! all are there they are compiled as one declaration would be, each among its own names.
//!
//! ```text
//! cnn; A: 3x8x8 -> net<a::B>(4x6x6)                                      a call
//! a::B! { { cnn::__private::network! } { cnn @ [a::B] } { ; A: … } }     what it expands to
//! cnn::__private::network! { cnn @ [a::B] { B; B: … } ; A: … }           what that expands to
//! ```
//!
//! Versions of `cnn` may meet here, so this form stays as it is.

mod export;
mod fetch;
#[cfg(test)]
mod tests;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::syntax::{self, Declaration, NetworkPath};

pub(crate) use export::export;
pub(crate) use fetch::fetch;

/// `head @ [path] { … } @ [path] { … } ; declaration`
pub(crate) struct Call {
    /// The path of the crate `cnn`, which users may have renamed; or the name of a fetched network.
    pub(crate) head: Ident,
    pub(crate) parcels: Vec<Parcel>,
    pub(crate) declaration: TokenStream,
}

/// A fetched network as it was handed over.
pub(crate) struct Parcel {
    /// `[path]`
    pub(crate) path: Group,
    /// `{ Name @ … ; declaration }`
    pub(crate) content: Group,
}

/// A network of another place.
pub(crate) struct Fetched {
    /// The path by which it is called where it is used.
    pub(crate) path: String,
    /// Its name where it is declared.
    pub(crate) name: String,
    /// What it is made of; empty if it has a mistake, which was told where it stands.
    pub(crate) declaration: Declaration,
    pub(crate) fetched: Vec<Fetched>,
}

/// How deep fetched networks may use others: deeper than anybody goes, and shallow enough for any stack.
const MAX_DEPTH: usize = 32;

impl Call {
    /// Takes the tokens of a call apart; none, if it is no call.
    pub(crate) fn split(input: TokenStream) -> Option<Self> {
        let mut tokens = input.into_iter();
        let TokenTree::Ident(head) = tokens.next()? else {
            return None;
        };
        let mut parcels = Vec::new();
        loop {
            match tokens.next()? {
                TokenTree::Punct(end) if end.as_char() == ';' => break,
                TokenTree::Punct(at) if at.as_char() == '@' => parcels.push(Parcel {
                    path: group(tokens.next(), Delimiter::Bracket)?,
                    content: group(tokens.next(), Delimiter::Brace)?,
                }),
                _ => return None,
            }
        }
        Some(Self {
            head,
            parcels,
            declaration: tokens.collect(),
        })
    }

    /// A declaration as it is written, for tests.
    #[cfg(test)]
    pub(crate) fn of(declaration: TokenStream) -> Self {
        Self {
            head: Ident::new("cnn", proc_macro2::Span::call_site()),
            parcels: Vec::new(),
            declaration,
        }
    }

    /// Reads the fetched networks, so that every mistake in them is shown where the user wrote the path.
    pub(crate) fn fetched(&self, diagnostics: &mut Diagnostics) -> Vec<Fetched> {
        let read = |parcel: &Parcel| {
            let tokens = parcel.path.stream().into_iter();
            let place = tokens.last().map_or(parcel.path.span(), |name| name.span());
            parcel.read(place, 0, diagnostics)
        };
        self.parcels.iter().map(read).collect()
    }
}

impl Parcel {
    fn read(&self, place: Span, depth: usize, diagnostics: &mut Diagnostics) -> Fetched {
        let mut fetched = Fetched {
            path: NetworkPath::text(self.path.stream()),
            name: String::new(),
            declaration: Declaration::default(),
            fetched: Vec::new(),
        };
        let Some(call) = Call::split(self.content.stream()) else {
            let message = format!("what `{}` hands over is no network", fetched.path);
            diagnostics.report(Diagnostic::new(place, message));
            return fetched;
        };
        if depth == MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} networks use each other here");
            diagnostics.report(Diagnostic::new(place, message));
            return fetched;
        }
        fetched.name = call.head.to_string();
        if !call.declaration.is_empty() {
            fetched.declaration = syntax::parse(placed(call.declaration, place), diagnostics);
        }
        let parcels = call.parcels.iter();
        let inner = parcels.map(|parcel| parcel.read(place, depth + 1, diagnostics));
        fetched.fetched = inner.collect();
        fetched
    }
}

fn group(token: Option<TokenTree>, delimiter: Delimiter) -> Option<Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

/// The tokens as if they stood at `place`.
fn placed(tokens: TokenStream, place: Span) -> TokenStream {
    let one = |token| {
        let mut token = match token {
            TokenTree::Group(group) => {
                let inner = placed(group.stream(), place);
                TokenTree::Group(Group::new(group.delimiter(), inner))
            }
            other => other,
        };
        token.set_span(place);
        token
    };
    tokens.into_iter().map(one).collect()
}
