//! Tokens to the path of a network, `backbone::Backbone`.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;

use super::NetworkPath;
use super::parse::Parser;
use crate::diagnostics::Reported;

impl NetworkPath {
    /// A path that is a single name.
    pub(crate) fn of_name(name: &Ident) -> Self {
        Self {
            tokens: name.to_token_stream(),
            name: name.clone(),
            region: name.into(),
        }
    }

    /// The tokens of a path as text without spaces.
    pub(crate) fn text(tokens: TokenStream) -> String {
        tokens.into_iter().map(|token| token.to_string()).collect()
    }

    /// The name, if it is all of the path.
    pub(crate) fn single(&self) -> Option<&Ident> {
        let is_single = self.tokens.clone().into_iter().count() == 1;
        is_single.then_some(&self.name)
    }
}

impl Parser<'_> {
    pub(super) fn is_at_path(&self) -> bool {
        self.cursor.peek_ident(0).is_some() || self.cursor.is_at_path_separator(0)
    }

    /// `backbone::Backbone>`: names and `::` in turn.
    pub(super) fn path(&mut self) -> Result<NetworkPath, Reported> {
        const HELP: &str = "write `net<Backbone>(64x4x4)`, with the path of a network in `<>`";
        let (start, first) = (self.cursor.position(), self.cursor.here());
        let name = loop {
            self.eat_path_separator();
            let Some(name) = self.cursor.eat_ident() else {
                return Err(self.expected("the name of a network", HELP));
            };
            if !self.cursor.is_at_path_separator(0) {
                break name;
            }
        };
        let path = NetworkPath {
            tokens: self.cursor.since(start),
            name,
            region: first.to(self.cursor.before()),
        };
        if self.cursor.eat_punct('>').is_none() {
            return Err(self.expected(&format!("`>` after `{path}`"), HELP));
        }
        Ok(path)
    }

    fn eat_path_separator(&mut self) {
        if self.cursor.is_at_path_separator(0) {
            self.cursor.skip();
            self.cursor.skip();
        }
    }
}
