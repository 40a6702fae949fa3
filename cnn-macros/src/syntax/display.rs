//! The tree as text, in the one way in which messages and documentation show it.

use std::fmt::{self, Display, Formatter};

use super::{
    Argument, Expression, LayerSyntax, NetworkPath, Operator, ShapeSyntax, Sides, Step, Value,
};

impl Display for LayerSyntax {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.word)?;
        if let Some(window) = &self.window {
            write!(f, "<{window}>")?;
        }
        if let Some(network) = &self.network {
            write!(f, "<{network}>")?;
        }
        if !self.arguments.is_empty() {
            write!(f, "({})", joined(&self.arguments, ", "))?;
        }
        Ok(())
    }
}

impl Display for NetworkPath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&Self::text(self.tokens.clone()))
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(label) = &self.label {
            write!(f, "{label}: ")?;
        }
        match &self.layer {
            Ok(layer) => layer.fmt(f),
            Err(_) => f.write_str("?"),
        }
    }
}

impl Display for Sides {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_sizes(&self.sizes, f)
    }
}

impl Display for ShapeSyntax {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_sizes(&self.sizes, f)
    }
}

/// `1x28x28`, or `[C, 28, 28]` where a size is not a plain number.
fn write_sizes(sizes: &[Expression], f: &mut Formatter<'_>) -> fmt::Result {
    let plain = sizes
        .iter()
        .all(|size| matches!(size, Expression::Integer(..)));
    match sizes {
        [one] => one.fmt(f),
        _ if plain => f.write_str(&joined(sizes, "x")),
        _ => write!(f, "[{}]", joined(sizes, ", ")),
    }
}

impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "{key} = ")?;
        }
        self.value.fmt(f)
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expression(expression) => expression.fmt(f),
            Self::Sides(sides) => sides.fmt(f),
            Self::Tuple(arguments, _) => write!(f, "({})", joined(arguments, ", ")),
            Self::Chain(steps, _) => f.write_str(&joined(steps, " -> ")),
            Self::Elided(_) => f.write_str("…"),
        }
    }
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value, _) => value.fmt(f),
            Self::Float(value, _) => write!(f, "{value:?}"),
            Self::Name(name) => name.fmt(f),
            Self::Negative(value, _) => write!(f, "-{value}"),
            Self::Parenthesized(value, _) => write!(f, "({value})"),
            Self::Operators(first, rest) => {
                first.fmt(f)?;
                rest.iter()
                    .try_for_each(|(operator, operand)| write!(f, " {operator} {operand}"))
            }
        }
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        })
    }
}

fn joined<T: Display>(parts: &[T], separator: &str) -> String {
    let parts: Vec<String> = parts.iter().map(T::to_string).collect();
    parts.join(separator)
}
