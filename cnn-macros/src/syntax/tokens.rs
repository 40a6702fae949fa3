//! A cursor over tokens, with the few questions that the parser asks.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

/// A position in a list of tokens.
pub(super) struct Tokens {
    trees: Vec<TokenTree>,
    position: usize,
    /// Where to point at when the tokens have run out.
    end: Span,
}

impl Tokens {
    pub(super) fn new(stream: TokenStream, end: Span) -> Self {
        Self {
            trees: stream.into_iter().collect(),
            position: 0,
            end,
        }
    }

    pub(super) fn peek(&self) -> Option<&TokenTree> {
        self.trees.get(self.position)
    }

    fn peek_at(&self, ahead: usize) -> Option<&TokenTree> {
        self.trees.get(self.position + ahead)
    }

    pub(super) fn next(&mut self) -> Option<TokenTree> {
        let tree = self.trees.get(self.position).cloned();
        self.position += usize::from(tree.is_some());
        tree
    }

    pub(super) fn is_empty(&self) -> bool {
        self.position == self.trees.len()
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The next token's place, or the last token's where none is left.
    pub(super) fn span(&self) -> Span {
        match self.peek().or(self.trees.last()) {
            Some(tree) => tree.span(),
            None => self.end,
        }
    }

    pub(super) fn is_punct(&self, punct: char) -> bool {
        self.is_punct_at(0, punct)
    }

    fn is_punct_at(&self, ahead: usize, punct: char) -> bool {
        matches!(self.peek_at(ahead), Some(TokenTree::Punct(p)) if p.as_char() == punct)
    }

    pub(super) fn take_punct(&mut self, punct: char) -> bool {
        let found = self.is_punct(punct);
        self.position += usize::from(found);
        found
    }

    pub(super) fn is_arrow(&self) -> bool {
        self.is_punct('-') && self.is_punct_at(1, '>')
    }

    pub(super) fn take_arrow(&mut self) -> bool {
        let found = self.is_arrow();
        self.position += 2 * usize::from(found);
        found
    }

    pub(super) fn is_ident(&self) -> bool {
        matches!(self.peek(), Some(TokenTree::Ident(_)))
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(TokenTree::Ident(ident)) if ident == word)
    }

    /// Whether an identifier and one colon follow: a label, or the name of a network.
    pub(super) fn is_name_and_colon(&self) -> bool {
        self.is_ident() && self.is_punct_at(1, ':') && !self.is_punct_at(2, ':')
    }

    /// Whether an identifier and an equals sign follow.
    pub(super) fn is_key(&self) -> bool {
        self.is_ident() && self.is_punct_at(1, '=')
    }

    pub(super) fn is_path(&self) -> bool {
        self.is_ident() && self.is_punct_at(1, ':') && self.is_punct_at(2, ':')
    }

    pub(super) fn take_ident(&mut self) -> Option<Ident> {
        match self.peek() {
            Some(TokenTree::Ident(ident)) => {
                let ident = ident.clone();
                self.position += 1;
                Some(ident)
            }
            _ => None,
        }
    }

    pub(super) fn take_group(&mut self, delimiter: Delimiter) -> Option<Group> {
        match self.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => {
                let group = group.clone();
                self.position += 1;
                Some(group)
            }
            _ => None,
        }
    }

    /// Goes to the next `->`, `;`, or what looks like the beginning of an item.
    pub(super) fn recover(&mut self) {
        while let Some(tree) = self.peek() {
            let item = self.is_word("pub") || self.is_word("const") || self.is_punct('#');
            if self.is_arrow() || item || matches!(tree, TokenTree::Punct(p) if p.as_char() == ';')
            {
                return;
            }
            self.position += 1;
        }
    }

    /// The tokens between two positions, as they were written as far as spans tell.
    pub(super) fn text(&self, from: usize, to: usize) -> String {
        written(&self.trees[from..to])
    }
}

/// Tokens as text, spaced the way declarations are.
fn written(trees: &[TokenTree]) -> String {
    let mut text = String::new();
    for tree in trees {
        match tree {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(&format!("{open}{}{close}", written(&inner)));
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' => text.push_str(", "),
                operator @ ('=' | '+' | '*' | '/') => text.push_str(&format!(" {operator} ")),
                other => text.push(other),
            },
            word => text.push_str(&word.to_string()),
        }
    }
    text
}
