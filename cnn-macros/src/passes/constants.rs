//! The constants of a declaration, and the value of any expression.
//!
//! *Needs* the constants as written. *Leaves* numbers; a constant is computed when it is first asked
//! for, so that constants may stand in any order.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

use crate::diagnostics::{Diagnostic, Diagnostics, Region, Reported, closest};
use crate::passes::attributes::{Before, allowed};
use crate::shape;
use crate::syntax::{ConstantItem, Expression, Operator};

/// The value of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => write!(f, "{value:?}"),
        }
    }
}

/// All constants of one `network!`.
pub(crate) struct Constants {
    items: Vec<ConstantItem>,
    by_name: HashMap<String, usize>,
    states: Vec<State>,
    used: Vec<bool>,
    /// How many constants are being computed, each for the one before.
    depth: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Waiting,
    Running,
    Done(Result<Number, Reported>),
}

/// How many constants may hang on each other: more than anybody writes, few enough for any stack.
const MAX_DEPTH: usize = 100;

impl Constants {
    /// Takes the constants, and reports names that were given twice.
    pub(crate) fn new(items: Vec<ConstantItem>, diagnostics: &mut Diagnostics) -> Self {
        let mut by_name = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            let name = item.name.to_string();
            if by_name.insert(name.clone(), index).is_some() {
                let message = format!("the constant `{name}` is declared twice");
                diagnostics.report(Diagnostic::new(&item.name, message).help("rename one of them"));
            }
        }
        let count = items.len();
        Self {
            items,
            by_name,
            states: vec![State::Waiting; count],
            used: vec![false; count],
            depth: 0,
        }
    }

    /// Whether a constant is called `name`.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Computes those that nobody asked for too, so that their mistakes are reported, and warns of them.
    pub(crate) fn finish(mut self, diagnostics: &mut Diagnostics) {
        for index in 0..self.items.len() {
            // The answer does not matter, its mistakes are reported on the way.
            let _ = self.constant(index, self.items[index].name.span().into(), diagnostics);
        }
        if diagnostics.has_errors() {
            return;
        }
        for (item, used) in self.items.iter().zip(&self.used) {
            let allowed = allowed(&item.attributes, Before::Item, diagnostics);
            if !used && !allowed.iter().any(|lint| lint == "unused_constant") {
                let message = format!("the constant `{}` is never used", item.name);
                let help = "take it out, or accept it with `#[allow(unused_constant)]`";
                diagnostics.warn(
                    "unused_constant",
                    Diagnostic::new(&item.name, message).help(help),
                );
            }
        }
    }

    /// The value of an expression.
    pub(crate) fn evaluate(
        &mut self,
        expression: &Expression,
        diagnostics: &mut Diagnostics,
    ) -> Result<Number, Reported> {
        match expression {
            Expression::Integer(value, region) => i64::try_from(*value)
                .map(Number::Integer)
                .map_err(|_| too_large(*region, value, diagnostics)),
            Expression::Float(value, _) => Ok(Number::Float(*value)),
            Expression::Parenthesized(inner, _) => self.evaluate(inner, diagnostics),
            Expression::Negative(inner, _) => Ok(match self.evaluate(inner, diagnostics)? {
                // Literals are not negative and operators are checked, so only a constant such as
                // `-9223372036854775807 - 1` overflows here.
                Number::Integer(value) => Number::Integer(value.saturating_neg()),
                Number::Float(value) => Number::Float(-value),
            }),
            Expression::Name(name) => self.name(name, diagnostics),
            Expression::Operators(first, rest) => {
                let region = expression.region();
                let mut value = self.evaluate(first, diagnostics)?;
                for (operator, operand) in rest {
                    let operand = self.evaluate(operand, diagnostics)?;
                    value = apply(value, *operator, operand).map_err(|(why, help)| {
                        let message = format!("`{expression}` {why}");
                        diagnostics.report(Diagnostic::new(region, message).help(help))
                    })?;
                }
                Ok(value)
            }
        }
    }

    fn name(
        &mut self,
        name: &proc_macro2::Ident,
        diagnostics: &mut Diagnostics,
    ) -> Result<Number, Reported> {
        let text = name.to_string();
        if let Some(&index) = self.by_name.get(&text) {
            self.used[index] = true;
            return self.constant(index, name.into(), diagnostics);
        }
        let message = format!("`{text}` is no constant of this `network!`");
        let help = match closest(&text, self.by_name.keys().map(String::as_str)) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("declare it before the networks: `const {text} = 5;`"),
        };
        Err(diagnostics.report(Diagnostic::new(name, message).help(help)))
    }

    /// The value of a constant that `user` asks for.
    fn constant(
        &mut self,
        index: usize,
        user: Region,
        diagnostics: &mut Diagnostics,
    ) -> Result<Number, Reported> {
        let name = &self.items[index].name;
        match self.states[index] {
            State::Done(outcome) => return outcome,
            State::Running => {
                let message = format!("the value of `{name}` depends on itself");
                let help = format!("give it a number: `const {name} = 10;`");
                return Err(diagnostics.report(Diagnostic::new(user, message).help(help)));
            }
            State::Waiting if self.depth == MAX_DEPTH => {
                let message = format!("more than {MAX_DEPTH} constants depend on each other here");
                let help = format!("give it a number: `const {name} = 10;`");
                return Err(diagnostics.report(Diagnostic::new(user, message).help(help)));
            }
            State::Waiting => {}
        }
        self.states[index] = State::Running;
        self.depth += 1;
        let outcome = match self.items[index].value.clone() {
            Ok(expression) => self.evaluate(&expression, diagnostics),
            Err(reported) => Err(reported),
        };
        self.depth -= 1;
        self.states[index] = State::Done(outcome);
        outcome
    }
}

fn too_large(region: Region, value: &u64, diagnostics: &mut Diagnostics) -> Reported {
    let [message, help] = shape::too_large(value);
    diagnostics.report(Diagnostic::new(region, message).help(help))
}

/// Why an operation has no result, as the end of a sentence, and what would have one.
type Failure = (&'static str, &'static str);

const TOO_LARGE: Failure = (
    "does not fit into 64 bits with a sign",
    "write smaller numbers",
);

/// One operation, or why it has no result.
fn apply(left: Number, operator: Operator, right: Number) -> Result<Number, Failure> {
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) => {
            apply_integers(left, operator, right).map(Number::Integer)
        }
        (left, right) => {
            let (left, right) = (left.to_float(), right.to_float());
            let value = match operator {
                Operator::Add => left + right,
                Operator::Subtract => left - right,
                Operator::Multiply => left * right,
                Operator::Divide => left / right,
            };
            match value.is_finite() {
                true => Ok(Number::Float(value)),
                false => Err(("is not a finite number", "divide by a number that is not 0")),
            }
        }
    }
}

fn apply_integers(left: i64, operator: Operator, right: i64) -> Result<i64, Failure> {
    let value = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide if right == 0 => {
            return Err(("divides by zero", "divide by another number"));
        }
        Operator::Divide if left.checked_rem(right) != Some(0) => {
            let help = "divide without a rest; a fraction is written as in `1.0 / 2`";
            return Err(("is not a whole number", help));
        }
        Operator::Divide => left.checked_div(right),
    };
    value.ok_or(TOO_LARGE)
}

impl Number {
    /// The number with a fraction.
    pub(crate) fn to_float(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}
