//! The constants of a declaration, and arithmetic on them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span};

use crate::diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use crate::syntax::{Constant, Expression};

/// The value of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

/// The constants whose values are known.
#[derive(Debug, Default)]
pub(crate) struct Constants {
    /// `None` for a constant whose own value is wrong; that was reported.
    values: BTreeMap<String, Option<Number>>,
    used: RefCell<BTreeSet<String>>,
}

impl Constants {
    /// Evaluates all constants, each seeing those before it.
    pub(crate) fn read(constants: &[Constant], diagnostics: &mut Diagnostics) -> Self {
        let mut known = Self::default();
        for constant in constants {
            let name = constant.name.to_string();
            if known.values.contains_key(&name) {
                let message = format!("the constant `{name}` is declared twice");
                diagnostics.error(Diagnostic::new(constant.name.span(), message));
                continue;
            }
            let value = match known.evaluate(&constant.value) {
                Ok(value) => Some(value),
                Err(diagnostic) => {
                    diagnostics.error(diagnostic);
                    None
                }
            };
            known.values.insert(name, value);
        }
        known
    }

    /// Whether there is a constant of that name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether something has asked for a constant.
    pub(crate) fn is_used(&self, name: &str) -> bool {
        self.used.borrow().contains(name)
    }

    /// The value of an expression.
    pub(crate) fn evaluate(&self, expression: &Expression) -> Result<Number, Diagnostic> {
        match expression {
            Expression::Integer(value, _) => Ok(Number::Integer(*value)),
            Expression::Float(value, _) => Ok(Number::Float(*value)),
            Expression::Name(name) => self.look_up(name),
            Expression::Negative(span, inner) => match self.evaluate(inner)? {
                Number::Integer(value) => value.checked_neg().map(Number::Integer),
                Number::Float(value) => Some(Number::Float(-value)),
            }
            .ok_or_else(|| too_large(*span)),
            Expression::Binary(left, operator, right) => {
                let (a, b) = (self.evaluate(left)?, self.evaluate(right)?);
                arithmetic(a, *operator, b, right.span())
            }
        }
    }

    fn look_up(&self, name: &Ident) -> Result<Number, Diagnostic> {
        let text = name.to_string();
        self.used.borrow_mut().insert(text.clone());
        match self.values.get(&text) {
            Some(Some(value)) => Ok(*value),
            // The constant's own mistake was reported; one stands in, so that nothing follows.
            Some(None) => Ok(Number::Integer(1)),
            None => {
                let diagnostic =
                    Diagnostic::new(name.span(), format!("`{text}` is not a constant"));
                Err(match self.values.is_empty() {
                    true => {
                        diagnostic.help(format!("declare it inside the macro: `const {text} = 3;`"))
                    }
                    false => {
                        let names = self.values.keys().map(String::as_str);
                        diagnostic.help(did_you_mean(&text, "the constants are", names))
                    }
                })
            }
        }
    }
}

fn arithmetic(a: Number, operator: char, b: Number, right: Span) -> Result<Number, Diagnostic> {
    if let (Number::Integer(a), Number::Integer(b)) = (a, b) {
        if operator == '/' && b != 0 && a % b != 0 {
            let message = format!("{a} / {b} is not a whole number");
            return Err(Diagnostic::new(right, message));
        }
        let value = match operator {
            '+' => a.checked_add(b),
            '-' => a.checked_sub(b),
            '*' => a.checked_mul(b),
            _ if b == 0 => return Err(Diagnostic::new(right, "division by zero")),
            _ => a.checked_div(b),
        };
        return value.map(Number::Integer).ok_or_else(|| too_large(right));
    }
    let float = |number| match number {
        Number::Integer(value) => value as f64,
        Number::Float(value) => value,
    };
    let (a, b) = (float(a), float(b));
    let value = match operator {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        _ => a / b,
    };
    match value.is_finite() {
        true => Ok(Number::Float(value)),
        false => Err(Diagnostic::new(right, "the result is not a finite number")),
    }
}

fn too_large(span: Span) -> Diagnostic {
    Diagnostic::new(span, "the result is too large")
}
