//! Tokens to items and steps.
//!
//! *Needs* the tokens of one `network!`. *Leaves* a [`Declaration`]. After a mistake the parser goes
//! on at the next `->` or the next item, so that every independent mistake is reported.

use proc_macro2::{Delimiter, Ident, TokenStream};
use quote::ToTokens as _;
use syn::Attribute;
use syn::parse::Parser as _;

use super::cursor::Cursor;
use super::{BlockItem, ConstantItem, Declaration, NetworkItem, ShapeSyntax, Source, Step};
use crate::diagnostics::{Diagnostic, Diagnostics, Region, Reported};

/// Reads a whole declaration.
pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Declaration {
    let mut parser = Parser {
        cursor: Cursor::new(tokens),
        diagnostics,
        depth: 0,
    };
    parser.declaration()
}

/// Where the parser is, and whom it tells.
pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// How many delimiters are open.
    pub(super) depth: usize,
}

/// How deep delimiters may nest: deeper than any network, and shallow enough for any stack.
const MAX_DEPTH: usize = 64;

impl Parser<'_> {
    /// Reports at the next token, or at the end.
    pub(super) fn fail(&mut self, message: impl Into<String>, help: &str) -> Reported {
        let region = self.cursor.here();
        self.fail_at(region, message, help)
    }

    /// Reports what should have stood at the next token.
    pub(super) fn expected(&mut self, what: &str, help: &str) -> Reported {
        let message = format!("expected {what}, found {}", self.cursor.found());
        self.fail(message, help)
    }

    pub(super) fn fail_at(
        &mut self,
        region: Region,
        message: impl Into<String>,
        help: &str,
    ) -> Reported {
        let diagnostic = Diagnostic::new(region, message);
        self.diagnostics.report(match help {
            "" => diagnostic,
            help => diagnostic.help(help),
        })
    }

    /// A parser for the inside of a group, whose mistakes go to the same place.
    pub(super) fn inside(&mut self, group: &proc_macro2::Group) -> Result<Parser<'_>, Reported> {
        if self.depth == MAX_DEPTH {
            let region = group.span_open().into();
            let message = format!("more than {MAX_DEPTH} delimiters are nested here");
            let help = "nest less: a `block` gives a chain a name";
            return Err(self.fail_at(region, message, help));
        }
        Ok(Parser {
            cursor: Cursor::inside(group),
            diagnostics: self.diagnostics,
            depth: self.depth + 1,
        })
    }

    fn declaration(&mut self) -> Declaration {
        let mut declaration = Declaration::default();
        if self.cursor.is_at_end() {
            self.fail(
                "`network!` is empty",
                "declare a network: `LeNet: 1x28x28 -> flatten -> dense(10)`",
            );
        }
        while !self.cursor.is_at_end() {
            let start = self.cursor.position();
            if self.item(&mut declaration).is_err() {
                self.recover(Recovery::Item);
            }
            if self.cursor.position() == start {
                self.cursor.skip();
            }
        }
        declaration
    }

    fn item(&mut self, declaration: &mut Declaration) -> Result<(), Reported> {
        let attributes = self.attributes()?;
        self.refuse_visibility();
        let start = self.cursor.position();
        let name = match self.cursor.peek_ident(0).map(Ident::to_string).as_deref() {
            Some("const") => {
                let constant = self.constant(attributes)?;
                let name = constant.name.to_string();
                declaration.constants.push(constant);
                name
            }
            Some("block") if !self.cursor.is_at_colon(1) => {
                let block = self.block(attributes)?;
                let name = block.name.to_string();
                declaration.blocks.push(block);
                name
            }
            _ => {
                let network = self.network(attributes)?;
                let name = network.name.to_string();
                declaration.networks.push(network);
                name
            }
        };
        let tokens = self.cursor.since(start);
        declaration.sources.push(Source { name, tokens });
        Ok(())
    }

    /// Goes past `pub` before a constant or a block, which no other code can name.
    fn refuse_visibility(&mut self) {
        if !self.cursor.is_at_word(0, "pub") {
            return;
        }
        let is_restricted = self.cursor.peek_group(1, Delimiter::Parenthesis).is_some();
        let ahead = 1 + usize::from(is_restricted);
        let (Some(word), Some(name)) = (
            self.cursor.peek_ident(ahead),
            self.cursor.peek_ident(ahead + 1),
        ) else {
            return;
        };
        let what = match word.to_string().as_str() {
            "const" => "constant",
            "block" => "block",
            _ => return,
        };
        let message = format!("the {what} `{name}` has a visibility");
        let help = format!("write `{word} {name}`: only this `network!` knows it");
        let start = self.cursor.here();
        (0..ahead).for_each(|_| self.cursor.skip());
        self.fail_at(start.to(self.cursor.before()), message, &help);
    }

    /// `#[…]`, any number of them.
    pub(super) fn attributes(&mut self) -> Result<Vec<Attribute>, Reported> {
        let start = self.cursor.position();
        while self.cursor.is_at_punct(0, '#') {
            self.cursor.skip();
            if self.cursor.eat_group(Delimiter::Bracket).is_none() {
                return Err(self.expected(
                    "`[` after `#`",
                    "an attribute is written `#[frozen]` or `#[allow(unread_rows)]`",
                ));
            }
        }
        let tokens = self.cursor.since(start);
        Attribute::parse_outer.parse2(tokens).map_err(|error| {
            let region = error.span().into();
            let help = "an attribute is written `#[frozen]` or `#[allow(unread_rows)]`";
            self.fail_at(region, error.to_string(), help)
        })
    }

    /// `const CLASSES = 10;`
    fn constant(&mut self, attributes: Vec<Attribute>) -> Result<ConstantItem, Reported> {
        const FORM: &str = "a constant is written `const CLASSES = 10;`";
        self.cursor.skip();
        let Some(name) = self.cursor.eat_ident() else {
            return Err(self.expected("a name after `const`", FORM));
        };
        if self.cursor.is_at_punct(0, ':') {
            let start = self.cursor.here();
            while !self.is_at_boundary() && !self.cursor.is_at_punct(0, '=') {
                self.cursor.skip();
            }
            let region = start.to(self.cursor.before());
            let help = format!("write it without: `const {name} = 10;`");
            self.fail_at(region, format!("the constant `{name}` has a type"), &help);
        }
        let value = self.constant_value(&name, FORM);
        if value.is_err() {
            self.recover(Recovery::Item);
        }
        Ok(ConstantItem {
            attributes,
            name,
            value,
        })
    }

    fn constant_value(&mut self, name: &Ident, form: &str) -> Result<super::Expression, Reported> {
        if self.cursor.eat_punct('=').is_none() {
            return Err(self.expected(&format!("`=` after `const {name}`"), form));
        }
        let value = self.expression()?;
        if self.cursor.eat_punct(';').is_none() {
            return Err(self.expected(&format!("`;` after `const {name}`"), form));
        }
        Ok(value)
    }

    /// `block stem(C, K) = conv<K>(C) -> relu;`
    fn block(&mut self, attributes: Vec<Attribute>) -> Result<BlockItem, Reported> {
        const FORM: &str = "a block is written `block stem(C) = conv<3x3>(C) -> relu;`";
        self.cursor.skip();
        if self.is_at_item() {
            let region = self.cursor.before();
            return Err(self.fail_at(region, "no block stands behind this word", FORM));
        }
        let Some(name) = self.cursor.eat_ident() else {
            return Err(self.expected("the name of a block", FORM));
        };
        let mut parameters = Vec::new();
        let steps = match self.block_body(&name, &mut parameters, FORM) {
            Ok(steps) => steps,
            Err(reported) => vec![Step::unreadable(reported)],
        };
        if self.cursor.eat_punct(';').is_none() {
            // After a step that could not be read, the `;` was passed over with it.
            if steps.iter().all(|step| step.layer.is_ok()) {
                self.expected(&format!("`;` after the block `{name}`"), FORM);
            }
            self.recover(Recovery::Item);
        }
        Ok(BlockItem {
            attributes,
            name,
            parameters,
            steps,
        })
    }

    /// `(C, K) = conv<K>(C) -> relu`
    fn block_body(
        &mut self,
        name: &Ident,
        parameters: &mut Vec<Ident>,
        form: &str,
    ) -> Result<Vec<Step>, Reported> {
        if let Some(group) = self.cursor.eat_group(Delimiter::Parenthesis) {
            self.inside(&group)?.names(parameters, form)?;
        }
        if self.cursor.eat_punct('=').is_none() {
            return Err(self.expected(&format!("`=` after `block {name}`"), form));
        }
        self.inner_chain()
    }

    /// Names separated by commas, up to the end.
    fn names(&mut self, names: &mut Vec<Ident>, form: &str) -> Result<(), Reported> {
        while !self.cursor.is_at_end() {
            let Some(name) = self.cursor.eat_ident() else {
                return Err(self.expected("the name of a parameter", form));
            };
            if names.contains(&name) {
                let message = format!("the parameter `{name}` is declared twice");
                let help = format!("rename one of them, for example `{name}2`");
                return Err(self.fail_at((&name).into(), message, &help));
            }
            names.push(name);
            if self.cursor.eat_punct(',').is_none() && !self.cursor.is_at_end() {
                return Err(self.expected("`,` or `)`", form));
            }
        }
        Ok(())
    }

    /// `pub LeNet5: 1x28x28 -> … -> 10`
    fn network(&mut self, attributes: Vec<Attribute>) -> Result<NetworkItem, Reported> {
        let visibility = self.visibility()?;
        let Some(name) = self.cursor.eat_network_name() else {
            let help =
                "a network is written `Name: 1x28x28 -> …`, a constant `const CLASSES = 10;`";
            let reported = self.expected("the name of a network", help);
            self.cursor.skip_binding();
            return Err(reported);
        };
        let mut input = self.input_shape(&name);
        if input.is_err() {
            self.recover(Recovery::Link);
        } else if !self.is_at_boundary() {
            let help = self.help_after_link();
            input = Err(self.expected("`->` after the input shape", help));
            self.recover(Recovery::Link);
        }
        let (steps, asserted) = self.chain();
        Ok(NetworkItem {
            attributes,
            visibility,
            name,
            input,
            steps,
            asserted,
        })
    }

    /// `pub`, `pub(crate)`, `pub(in crate::digits)`, or nothing.
    fn visibility(&mut self) -> Result<syn::Visibility, Reported> {
        let start = self.cursor.position();
        let mut module = None;
        if self.cursor.is_at_word(0, "pub") {
            self.cursor.skip();
            module = self.cursor.eat_group(Delimiter::Parenthesis);
        }
        let tokens = self.cursor.since(start);
        syn::parse2(tokens).map_err(|_| {
            let inside = module.map(|group| group.stream()).unwrap_or_default();
            let region = Region::of(&inside, self.cursor.before());
            let help = match syn::parse2::<syn::Path>(inside) {
                Ok(path) => {
                    let path = path.to_token_stream().to_string().replace(' ', "");
                    format!("write `pub(in {path})`, `pub(crate)` or `pub`")
                }
                Err(_) => "write `pub(in crate::digits)`, `pub(crate)` or `pub`".to_owned(),
            };
            self.fail_at(region, "no visibility stands in these parentheses", &help)
        })
    }

    fn input_shape(&mut self, name: &Ident) -> Result<ShapeSyntax, Reported> {
        if !self.cursor.is_at_colon(0) {
            let shape = self.cursor.peek_literal(0).map(ToString::to_string);
            let shape = shape.unwrap_or_else(|| "1x28x28".to_owned());
            let help = format!("a network begins with its name and input shape: `{name}: {shape}`");
            return Err(self.expected(&format!("`:` after `{name}`"), &help));
        }
        self.cursor.skip();
        self.shape()
    }

    /// Whether a step may end here.
    pub(super) fn is_at_boundary(&self) -> bool {
        self.cursor.is_at_end() || self.cursor.is_at_arrow(0) || self.is_at_item()
    }

    /// Whether the next tokens begin an item: `pub`, `const`, `Name:`, each after attributes.
    ///
    /// After an arrow `Name: conv` is a step with a misspelt label, elsewhere a network.
    pub(super) fn is_at_item(&self) -> bool {
        self.is_item_at(0)
    }

    /// Whether an item begins `ahead` tokens from here.
    pub(super) fn is_item_at(&self, mut ahead: usize) -> bool {
        if self.depth > 0 {
            return false;
        }
        let after_arrow = ahead == 0 && self.cursor.is_after_arrow();
        while self.cursor.is_at_punct(ahead, '#') {
            ahead += 2;
        }
        let Some(word) = self.cursor.peek_ident(ahead) else {
            return false;
        };
        if word == "pub" || word == "const" {
            return true;
        }
        if word == "block" && self.cursor.peek_ident(ahead + 1).is_some() {
            return true;
        }
        let capital = word.to_string().starts_with(char::is_uppercase);
        let names_layer = self.cursor.peek_ident(ahead + 2).is_some();
        self.cursor.is_at_colon(ahead + 1)
            && match capital {
                true => !(after_arrow && names_layer),
                false => !after_arrow && !names_layer,
            }
    }

    /// Goes on to where reading can continue.
    pub(super) fn recover(&mut self, to: Recovery) {
        while !self.cursor.is_at_end() && !self.is_at_item() {
            match to {
                Recovery::Link if self.cursor.is_at_arrow(0) => return,
                // Inside of arguments, the next of them.
                Recovery::Link if self.depth > 0 && self.cursor.is_at_punct(0, ',') => return,
                Recovery::Item if self.cursor.eat_punct(';').is_some() => return,
                _ => self.cursor.skip(),
            }
        }
    }
}

/// Where to go on after a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// The next arrow, or the next item.
    Link,
    /// The next item.
    Item,
}
