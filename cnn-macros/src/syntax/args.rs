//! Tokens to shapes, windows, arguments and values.

use proc_macro2::{Delimiter, Group, Ident, TokenTree};

use super::expression::Read;
use super::parse::Parser;
use super::{Argument, Expression, LayerSyntax, Operator, ShapeSyntax, Sides, Value};
use crate::diagnostics::{Region, Reported};

impl Parser<'_> {
    /// `1x28x28`, `10`, `[CHANNELS, 28, 28]`
    pub(super) fn shape(&mut self) -> Result<ShapeSyntax, Reported> {
        const HELP: &str = "an image is written `1x28x28`, a flat shape `10`";
        if let Some(group) = self.cursor.eat_group(Delimiter::Bracket) {
            let sides = self.bracketed(&group)?;
            return Ok(ShapeSyntax {
                sizes: sides.sizes,
                region: sides.region,
            });
        }
        if self.cursor.peek_literal(0).is_none() {
            let help = match self.cursor.peek_ident(0) {
                Some(name) => format!("a constant as a shape stands in brackets, `[{name}]`"),
                None => HELP.to_owned(),
            };
            return Err(self.expected("a shape", &help));
        }
        let sides = match self.literal()? {
            Read::Number(number) => Sides {
                region: number.region(),
                sizes: vec![number],
            },
            Read::Sizes(sides) => sides,
        };
        if self.cursor.is_at_punct(0, '*') {
            let message = format!("expected `->` after the shape `{sides}`, found `*`");
            return Err(self.fail(message, HELP));
        }
        Ok(ShapeSyntax {
            sizes: sides.sizes,
            region: sides.region,
        })
    }

    /// `<5x5>`, or `<Backbone>` behind `net`, if there is one.
    pub(super) fn window(&mut self, layer: &mut LayerSyntax) {
        let Some(open) = self.cursor.eat_punct('<') else {
            return;
        };
        if let Some(close) = self.cursor.eat_punct('>') {
            // What should stand here is the layer's to say.
            let (sizes, region) = (Vec::new(), open.to(close));
            layer.window = Some(Sides { sizes, region });
            return;
        }
        let outcome = match layer.word == "net" && self.is_at_path() {
            true => self.path().map(|path| layer.network = Some(path)),
            false => (self.window_sizes(&layer.word)).map(|sides| layer.window = Some(sides)),
        };
        if let Err(reported) = outcome {
            layer.damage = Some(reported);
            self.leave_window();
        }
    }

    fn window_sizes(&mut self, word: &Ident) -> Result<Sides, Reported> {
        if self.is_at_boundary() {
            let region = self.cursor.before();
            let help = "write a window as in `conv<3x3>(16)`, or take the `<` out";
            return Err(self.fail_at(region, "this window is not closed", help));
        }
        let sides = match self.value()? {
            Value::Sides(sides) => sides,
            Value::Expression(expression) => self.one_number(expression)?,
            other => {
                let help = format!("write numbers, as in `{word}<3>` or `{word}<3x3>`");
                return Err(self.fail_at(other.region(), "a window is one or two numbers", &help));
            }
        };
        if self.cursor.eat_punct('>').is_some() {
            return Ok(sides);
        }
        if self.cursor.is_at_punct(0, ',') {
            let help =
                "the two sides are joined by `x`, as in `<3x3>`, or stand in brackets, `<[A, B]>`";
            return Err(self.fail(format!("expected `>` after `{sides}`, found `,`"), help));
        }
        let what = format!("`>` after the window `{sides}`");
        Err(self.expected(&what, &format!("write `{word}<{sides}>`")))
    }

    /// One number is both sides; `5*5` is one number, and not meant.
    fn one_number(&mut self, expression: Expression) -> Result<Sides, Reported> {
        let region = expression.region();
        if let Expression::Operators(first, rest) = &expression
            && let [(Operator::Multiply, second)] = rest.as_slice()
        {
            let message = format!("`{expression}` is a single number, not a window");
            let sides = Sides {
                sizes: vec![first.as_ref().clone(), second.clone()],
                region,
            };
            return Err(self.fail_at(region, message, &format!("write `{sides}`")));
        }
        Ok(Sides {
            sizes: vec![expression],
            region,
        })
    }

    /// Past the `>` that closes a broken window, if it closes within the step.
    fn leave_window(&mut self) {
        while !self.is_at_boundary() {
            if self.cursor.eat_punct('>').is_some() {
                return;
            }
            if self.cursor.peek_group(0, Delimiter::Parenthesis).is_some() {
                return;
            }
            self.cursor.skip();
        }
    }

    /// `(6, padding = same)`, if they are there.
    pub(super) fn arguments(&mut self, layer: &mut LayerSyntax) {
        let Some(group) = self.cursor.eat_group(Delimiter::Parenthesis) else {
            return;
        };
        let mut arguments = Vec::new();
        let outcome = match self.inside(&group) {
            Ok(mut inner) => inner.argument_list(&mut arguments),
            Err(reported) => Err(reported),
        };
        layer.arguments = arguments;
        if let Err(reported) = outcome {
            layer.damage = Some(reported);
        }
    }

    /// Everything up to the end, separated by commas; goes on after a broken argument.
    fn argument_list(&mut self, arguments: &mut Vec<Argument>) -> Result<(), Reported> {
        let mut outcome = Ok(());
        while !self.cursor.is_at_end() {
            match self.argument() {
                Ok(argument) => arguments.push(argument),
                Err(reported) => {
                    outcome = Err(reported);
                    while !self.cursor.is_at_end() && !self.cursor.is_at_punct(0, ',') {
                        self.cursor.skip();
                    }
                }
            }
            if self.cursor.eat_punct(',').is_none() && !self.cursor.is_at_end() {
                return Err(self.expected("`,` or `)`", "arguments are separated by commas"));
            }
        }
        outcome
    }

    /// `6`, `padding = same`
    fn argument(&mut self) -> Result<Argument, Reported> {
        let start = self.cursor.here();
        let mut key = None;
        if self.cursor.peek_ident(0).is_some() && self.cursor.is_at_punct(1, '=') {
            key = self.cursor.eat_ident();
            self.cursor.skip();
        } else if self.cursor.peek_ident(0).is_some()
            && self.cursor.is_at_colon(1)
            && self.cursor.peek_ident(2).is_none()
        {
            let name = self.cursor.found();
            self.cursor.skip();
            let help = "options are given with `=`: `stride = 2`";
            return Err(self.fail(format!("expected `=` after {name}, found `:`"), help));
        }
        if self.cursor.is_at_end() || self.cursor.is_at_punct(0, ',') {
            let (message, help) = match &key {
                Some(key) => (
                    format!("no value stands after `{key} =`"),
                    format!("write a value, or take `{key} =` out"),
                ),
                None => (
                    "expected an argument, found `,`".to_owned(),
                    "take the comma out".to_owned(),
                ),
            };
            return Err(self.fail(message, &help));
        }
        let value = self.value()?;
        let region = start.to(self.cursor.before());
        Ok(Argument { key, value, region })
    }

    /// What may stand as an argument.
    fn value(&mut self) -> Result<Value, Reported> {
        if let Some(group) = self.cursor.eat_group(Delimiter::Bracket) {
            return self.bracketed(&group).map(Value::Sides);
        }
        if self.is_at_tuple() {
            return self.tuple();
        }
        if self.is_at_chain() {
            return self.chain_value();
        }
        if self.cursor.peek_literal(0).is_some() {
            let start = self.cursor.position();
            if let Read::Sizes(sides) = self.literal()? {
                return Ok(Value::Sides(sides));
            }
            self.cursor.rewind(start);
        }
        self.expression().map(Value::Expression)
    }

    /// `[A, B]`, behind a group that was eaten.
    fn bracketed(&mut self, group: &Group) -> Result<Sides, Reported> {
        let region = Region::from(group.span_open()).to(group.span_close().into());
        let mut inner = self.inside(group)?;
        let mut sizes = Vec::new();
        while !inner.cursor.is_at_end() {
            sizes.push(inner.expression()?);
            if inner.cursor.eat_punct(',').is_none() && !inner.cursor.is_at_end() {
                let help = "sizes in brackets are separated by commas: `[A, B]`";
                return Err(inner.expected("`,` or `]`", help));
            }
        }
        if sizes.is_empty() {
            let help = "write sizes in them, as in `[1, 28, 28]`";
            return Err(inner.fail_at(region, "no sizes stand in these brackets", help));
        }
        Ok(Sides { sizes, region })
    }

    /// Parentheses with a comma or an `=` directly inside, or nothing.
    fn is_at_tuple(&self) -> bool {
        let Some(group) = self.cursor.peek_group(0, Delimiter::Parenthesis) else {
            return false;
        };
        let mut tokens = group.stream().into_iter().peekable();
        tokens.peek().is_none()
            || tokens.any(|token| {
                matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | '='))
            })
    }

    /// `(top = 0, bottom = 1)`
    fn tuple(&mut self) -> Result<Value, Reported> {
        let region = self.cursor.here();
        let Some(group) = self.cursor.eat_group(Delimiter::Parenthesis) else {
            return Err(self.fail("expected `(`", ""));
        };
        let mut arguments = Vec::new();
        self.inside(&group)?.argument_list(&mut arguments)?;
        Ok(Value::Tuple(arguments, region))
    }

    /// A word with a window or arguments, a label, or a word before an arrow.
    fn is_at_chain(&self) -> bool {
        self.cursor.is_at_punct(0, '#')
            || self.cursor.peek_ident(0).is_some()
                && (self.cursor.is_at_colon(1)
                    || self.cursor.is_at_punct(1, '<')
                    || self.cursor.peek_group(1, Delimiter::Parenthesis).is_some()
                    || self.cursor.is_at_arrow(1))
    }

    /// `conv<3x3>(8) -> relu`, inside of arguments.
    fn chain_value(&mut self) -> Result<Value, Reported> {
        let start = self.cursor.here();
        let steps = self.inner_chain()?;
        Ok(Value::Chain(steps, start.to(self.cursor.before())))
    }
}
