//! Where the steps of a block name one of its parameters, and as what.
//!
//! *Needs* steps as written. *Leaves* them as they are; what the names stand for is the business of
//! [`substitute`](super::substitute).

use crate::syntax::{Argument, Expression, LayerSyntax, Sides, Step, Value};

/// What a parameter is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// A step, which may become several.
    Chain,
    /// A part of a calculation, or one of several sizes.
    Number,
    /// All that stands in `<>` or in brackets.
    Window,
    /// All that an argument is, which may be anything.
    Argument,
}

/// All uses of the parameter `name`.
pub(crate) fn uses(steps: &[Step], name: &str) -> Vec<Use> {
    let mut mentions = Mentions {
        name,
        found: Vec::new(),
    };
    mentions.steps(steps);
    mentions.found
}

struct Mentions<'a> {
    name: &'a str,
    found: Vec<Use>,
}

impl Mentions<'_> {
    fn steps(&mut self, steps: &[Step]) {
        for layer in steps.iter().filter_map(|step| step.layer.as_ref().ok()) {
            self.layer(layer);
        }
    }

    fn layer(&mut self, layer: &LayerSyntax) {
        if layer.word == self.name && layer.window.is_none() && layer.arguments.is_empty() {
            self.found.push(Use::Chain);
        }
        if let Some(window) = &layer.window {
            self.sides(window);
        }
        self.arguments(&layer.arguments);
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            match &argument.value {
                Value::Expression(Expression::Name(word)) if word == self.name => {
                    self.found.push(Use::Argument);
                }
                Value::Expression(expression) => self.expression(expression),
                Value::Sides(sides) => self.sides(sides),
                Value::Tuple(sides, _) => self.arguments(sides),
                Value::Chain(steps, _) => self.steps(steps),
                Value::Elided(_) => {}
            }
        }
    }

    fn sides(&mut self, sides: &Sides) {
        match &sides.sizes[..] {
            [Expression::Name(word)] if word == self.name => self.found.push(Use::Window),
            sizes => sizes.iter().for_each(|size| self.expression(size)),
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Integer(..) | Expression::Float(..) => {}
            Expression::Name(word) if word == self.name => self.found.push(Use::Number),
            Expression::Name(_) => {}
            Expression::Negative(inner, _) | Expression::Parenthesized(inner, _) => {
                self.expression(inner);
            }
            Expression::Operators(first, rest) => {
                self.expression(first);
                rest.iter()
                    .for_each(|(_, operand)| self.expression(operand));
            }
        }
    }
}

impl Use {
    /// What a parameter that is used so can stand for, with an example, if it is not `value`.
    pub(crate) fn misfit(self, value: &Value) -> Option<(&'static str, &'static str)> {
        match (self, value) {
            (Self::Argument, _)
            | (Self::Chain, Value::Chain(..) | Value::Expression(Expression::Name(_)))
            | (Self::Number | Self::Window, Value::Expression(_))
            | (Self::Window, Value::Sides(_)) => None,
            (Self::Chain, _) => Some(("a chain of layers", "identity")),
            (Self::Number, _) => Some(("a number", "16")),
            (Self::Window, _) => Some(("a window", "3x3")),
        }
    }
}
