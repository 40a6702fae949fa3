//! A place in a list of tokens, and the questions that the parser asks there.

use proc_macro2::{Delimiter, Group, Ident, Literal, Spacing, TokenStream, TokenTree};

use crate::diagnostics::Region;

/// The tokens of one pair of delimiters, and how far they have been read.
pub(super) struct Cursor {
    tokens: Vec<TokenTree>,
    position: usize,
    /// Where the tokens end: the closing delimiter.
    end: Region,
}

impl Cursor {
    /// All tokens of a macro call; if they end too soon, the last of them is underlined.
    pub(super) fn new(tokens: TokenStream) -> Self {
        let tokens = without_invisible_groups(tokens);
        let end = tokens
            .last()
            .map_or_else(proc_macro2::Span::call_site, TokenTree::span);
        Self {
            tokens,
            position: 0,
            end: end.into(),
        }
    }

    /// The tokens inside of a group.
    pub(super) fn inside(group: &Group) -> Self {
        Self {
            tokens: without_invisible_groups(group.stream()),
            position: 0,
            end: group.span_close().into(),
        }
    }

    /// The token `ahead` tokens from here.
    pub(super) fn peek(&self, ahead: usize) -> Option<&TokenTree> {
        self.tokens.get(self.position + ahead)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position >= self.tokens.len()
    }

    /// Goes one token on.
    pub(super) fn skip(&mut self) {
        self.position += 1;
    }

    /// A place to come back to.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Back to a place from [`position`](Self::position).
    pub(super) fn rewind(&mut self, position: usize) {
        self.position = position;
    }

    /// Where the next token stands, or the end.
    pub(super) fn here(&self) -> Region {
        self.peek(0).map_or(self.end, |token| token.span().into())
    }

    /// Where the token before stands.
    pub(super) fn before(&self) -> Region {
        let token = self
            .position
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last));
        token.map_or(self.end, |token| token.span().into())
    }

    /// The next token for a message: `` `;` ``.
    pub(super) fn found(&self) -> String {
        if self.is_at_arrow(0) {
            return "`->`".to_owned();
        }
        match self.peek(0) {
            None => "the end".to_owned(),
            Some(TokenTree::Group(group)) => match group.delimiter() {
                Delimiter::Parenthesis => "`(`".to_owned(),
                Delimiter::Bracket => "`[`".to_owned(),
                Delimiter::Brace => "`{`".to_owned(),
                Delimiter::None => "a group".to_owned(),
            },
            Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint => {
                match self.peek(1) {
                    Some(TokenTree::Punct(second)) => format!("`{punct}{second}`"),
                    _ => format!("`{punct}`"),
                }
            }
            Some(token) => format!("`{token}`"),
        }
    }

    pub(super) fn is_at_punct(&self, ahead: usize, character: char) -> bool {
        matches!(self.peek(ahead), Some(TokenTree::Punct(punct)) if punct.as_char() == character)
    }

    /// Goes past `character` if it is next.
    pub(super) fn eat_punct(&mut self, character: char) -> Option<Region> {
        let here = self.here();
        self.is_at_punct(0, character).then(|| {
            self.skip();
            here
        })
    }

    /// `->` in one piece.
    pub(super) fn is_at_arrow(&self, ahead: usize) -> bool {
        let joint = matches!(
            self.peek(ahead),
            Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint
        );
        joint && self.is_at_punct(ahead, '-') && self.is_at_punct(ahead + 1, '>')
    }

    /// Goes past `->` if it is next.
    pub(super) fn eat_arrow(&mut self) -> Option<Region> {
        if !self.is_at_arrow(0) {
            return None;
        }
        let first = self.here();
        self.position += 2;
        Some(first.to(self.before()))
    }

    /// Whether the last token was the end of an arrow.
    pub(super) fn is_after_arrow(&self) -> bool {
        let at = |back: usize, character| {
            let token = self
                .position
                .checked_sub(back)
                .and_then(|at| self.tokens.get(at));
            matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
        };
        at(1, '>') && at(2, '-')
    }

    /// A single colon; `::` belongs to a path.
    pub(super) fn is_at_colon(&self, ahead: usize) -> bool {
        self.is_at_punct(ahead, ':') && !self.is_at_path_separator(ahead)
    }

    /// `::`
    pub(super) fn is_at_path_separator(&self, ahead: usize) -> bool {
        self.is_at_punct(ahead, ':') && self.is_at_punct(ahead + 1, ':')
    }

    pub(super) fn peek_ident(&self, ahead: usize) -> Option<&Ident> {
        match self.peek(ahead) {
            Some(TokenTree::Ident(ident)) => Some(ident),
            _ => None,
        }
    }

    pub(super) fn eat_ident(&mut self) -> Option<Ident> {
        let ident = self.peek_ident(0).cloned();
        self.position += usize::from(ident.is_some());
        ident
    }

    /// A name. A keyword counts as one only before `:`; elsewhere it begins something of Rust, such as `let x`.
    pub(super) fn eat_network_name(&mut self) -> Option<Ident> {
        let name = self.peek_ident(0)?.to_string();
        let is_name = syn::parse_str::<Ident>(&name).is_ok() || self.is_at_colon(1);
        if is_name { self.eat_ident() } else { None }
    }

    /// Skips `let mut x:` before a type, of which `x:` looks like a network; but not `struct Net:` before a shape.
    pub(super) fn skip_binding(&mut self) {
        if self.eat_ident().is_none() {
            return;
        }
        if self.is_at_word(0, "mut") {
            self.skip();
        }
        if self.peek_ident(0).is_some() && self.is_at_colon(1) && !self.is_at_shape(2) {
            self.position += 2;
        }
    }

    /// Whether a shape stands there, as far as one token tells: `1x28x28` or `[C, 28, 28]`, and no `[u8; 2]`.
    fn is_at_shape(&self, ahead: usize) -> bool {
        let is_semicolon =
            |tree: TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ';');
        let sizes = self.peek_group(ahead, Delimiter::Bracket);
        self.peek_literal(ahead).is_some()
            || sizes.is_some_and(|sizes| !sizes.stream().into_iter().any(is_semicolon))
    }

    pub(super) fn is_at_word(&self, ahead: usize, word: &str) -> bool {
        self.peek_ident(ahead).is_some_and(|ident| ident == word)
    }

    pub(super) fn peek_literal(&self, ahead: usize) -> Option<&Literal> {
        match self.peek(ahead) {
            Some(TokenTree::Literal(literal)) => Some(literal),
            _ => None,
        }
    }

    pub(super) fn peek_group(&self, ahead: usize, delimiter: Delimiter) -> Option<&Group> {
        match self.peek(ahead) {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
            _ => None,
        }
    }

    pub(super) fn eat_group(&mut self, delimiter: Delimiter) -> Option<Group> {
        let group = self.peek_group(0, delimiter).cloned();
        self.position += usize::from(group.is_some());
        group
    }

    /// The tokens from `start` to here.
    pub(super) fn since(&self, start: usize) -> TokenStream {
        let end = self.position.min(self.tokens.len());
        self.tokens[start.min(end)..end].iter().cloned().collect()
    }
}

/// What a `macro_rules!` passes on as `$x:expr` or `$x:literal` arrives in groups without delimiters.
fn without_invisible_groups(tokens: TokenStream) -> Vec<TokenTree> {
    let mut flat = Vec::new();
    let mut open = vec![tokens.into_iter()];
    while let Some(tokens) = open.last_mut() {
        match tokens.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => {
                open.push(group.stream().into_iter());
            }
            Some(token) => flat.push(token),
        }
    }
    flat
}
