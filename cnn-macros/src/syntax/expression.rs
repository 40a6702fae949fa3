//! Tokens to values: literals, constants, `+ - * /` and parentheses.

use proc_macro2::Delimiter;

use super::literal::{self, Number};
use super::parse::Parser;
use super::{Expression, Operator, Sides};
use crate::diagnostics::{Diagnostic, Region, Reported};

/// A literal in its place.
pub(super) enum Read {
    Number(Expression),
    Sizes(Sides),
}

impl Parser<'_> {
    /// `2 * (K + 1)`
    pub(super) fn expression(&mut self) -> Result<Expression, Reported> {
        self.operators(
            &[('+', Operator::Add), ('-', Operator::Subtract)],
            |parser| {
                parser.operators(
                    &[('*', Operator::Multiply), ('/', Operator::Divide)],
                    Self::operand,
                )
            },
        )
    }

    /// Operands with operators of one precedence between them.
    fn operators(
        &mut self,
        operators: &[(char, Operator)],
        operand: impl Fn(&mut Self) -> Result<Expression, Reported>,
    ) -> Result<Expression, Reported> {
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Some(operator) = self.operator(operators) {
            rest.push((operator, operand(self)?));
        }
        Ok(match rest.is_empty() {
            true => first,
            false => Expression::Operators(Box::new(first), rest),
        })
    }

    fn operator(&mut self, operators: &[(char, Operator)]) -> Option<Operator> {
        if self.cursor.is_at_arrow(0) {
            return None;
        }
        let found = operators
            .iter()
            .find(|(character, _)| self.cursor.is_at_punct(0, *character));
        found.map(|&(_, operator)| {
            self.cursor.skip();
            operator
        })
    }

    fn operand(&mut self) -> Result<Expression, Reported> {
        let start = self.cursor.here();
        let mut negative = false;
        while !self.cursor.is_at_arrow(0) && self.cursor.eat_punct('-').is_some() {
            negative = !negative;
        }
        let operand = self.positive_operand()?;
        Ok(match negative {
            false => operand,
            true => {
                let region = start.to(operand.region());
                Expression::Negative(Box::new(operand), region)
            }
        })
    }

    fn positive_operand(&mut self) -> Result<Expression, Reported> {
        if self.cursor.peek_literal(0).is_some() {
            return match self.literal()? {
                Read::Number(number) => Ok(number),
                Read::Sizes(sides) => {
                    let message = format!("expected a single number, found `{sides}`");
                    Err(self.fail_at(sides.region, message, "write one of its numbers"))
                }
            };
        }
        let region = self.cursor.here();
        if let Some(group) = self.cursor.eat_group(Delimiter::Parenthesis) {
            let mut inner = self.inside(&group)?;
            let expression = inner.expression()?;
            if !inner.cursor.is_at_end() {
                return Err(
                    inner.expected("`)`", "parentheses hold one number, as in `2 * (C + 1)`")
                );
            }
            return Ok(Expression::Parenthesized(Box::new(expression), region));
        }
        if self.is_at_rust_path() {
            return Err(self.rust_path());
        }
        if let Some(name) = self.cursor.eat_ident() {
            return Ok(Expression::Name(name));
        }
        let help = "a value is a number or a constant of this `network!`";
        Err(self.expected("a value", help))
    }

    fn is_at_rust_path(&self) -> bool {
        self.cursor.is_at_path_separator(0)
            || self.cursor.peek_ident(0).is_some() && self.cursor.is_at_path_separator(1)
    }

    /// `crate::K`: the macro runs before Rust knows the value.
    fn rust_path(&mut self) -> Reported {
        let start = self.cursor.position();
        let first = self.cursor.here();
        while self.is_at_rust_path() {
            self.cursor.skip();
        }
        while self.cursor.eat_punct(':').is_some() || self.cursor.eat_ident().is_some() {}
        let path: String = self
            .cursor
            .since(start)
            .into_iter()
            .map(|token| token.to_string())
            .collect();
        let last = path.rsplit(':').next().unwrap_or_default();
        let name = if last.is_empty() { "NAME" } else { last };
        let message = format!("the value of the Rust path `{path}` is not known to the macro");
        let help = format!("declare it inside of `network!`: `const {name} = 5;`");
        let region = first.to(self.cursor.before());
        self.fail_at(region, message, &help)
    }

    /// A number, or sizes; also answers sizes that were written with spaces.
    pub(super) fn literal(&mut self) -> Result<Read, Reported> {
        let start = self.cursor.here();
        let Some(token) = self.cursor.peek_literal(0) else {
            return Err(self.fail("expected a number", ""));
        };
        let text = token.to_string();
        self.cursor.skip();
        if let Some(reported) = self.spaced_sizes(start, &text) {
            return Err(reported);
        }
        let number = literal::read(&text).map_err(|unreadable| {
            let diagnostic = Diagnostic::new(start, unreadable.message);
            self.diagnostics.report(diagnostic.help(unreadable.help))
        })?;
        Ok(match number {
            Number::Integer(value) => Read::Number(Expression::Integer(value, start)),
            Number::Float(value) => Read::Number(Expression::Float(value, start)),
            Number::Sizes(sizes) => Read::Sizes(Sides {
                sizes: sizes
                    .into_iter()
                    .map(|size| Expression::Integer(size, start))
                    .collect(),
                region: start,
            }),
        })
    }

    /// `5 x 5`, `1 x28`: words that begin with an `x` cannot follow a number.
    fn spaced_sizes(&mut self, start: Region, text: &str) -> Option<Reported> {
        let mut written = text.to_owned();
        let mut joined = text.to_owned();
        while let Some(word) = self.cursor.peek_ident(0) {
            let word = word.to_string();
            let is_size = |rest: &str| {
                rest.bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'x')
            };
            if !word.strip_prefix(['x', 'X']).is_some_and(is_size) {
                break;
            }
            written = format!("{written} {word}");
            joined = format!("{joined}{}", word.to_lowercase());
            self.cursor.skip();
            if let Some(number) = self.cursor.peek_literal(0) {
                written = format!("{written} {number}");
                joined = format!("{joined}{number}");
                self.cursor.skip();
            }
        }
        (written != text).then(|| {
            let region = start.to(self.cursor.before());
            let message = format!("sizes are written without spaces, found `{written}`");
            self.fail_at(region, message, &format!("write `{joined}`"))
        })
    }
}
