//! The abstract syntax of a declaration: what was written, with spans, and nothing about layers.

pub(crate) mod numbers;
pub(crate) mod parse;
mod tokens;

use proc_macro2::{Ident, Span};
use syn::{Attribute, Visibility};

/// Everything in one `network! { … }`.
#[derive(Default)]
pub(crate) struct Program {
    pub(crate) constants: Vec<Constant>,
    pub(crate) networks: Vec<Network>,
}

/// `const NAME = value;`
#[derive(Debug)]
pub(crate) struct Constant {
    pub(crate) name: Ident,
    pub(crate) value: Expression,
}

/// `pub Name: 1x28x28 -> step -> step -> 10`
pub(crate) struct Network {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    /// `None` if it could not be read; that was reported.
    pub(crate) input: Option<Sizes>,
    pub(crate) steps: Vec<Step>,
    pub(crate) output: Option<Sizes>,
    /// Whether every step could be read.
    pub(crate) complete: bool,
}

/// One step of a chain.
#[derive(Debug)]
pub(crate) struct Step {
    /// The lints of `#[allow(…)]`.
    pub(crate) allowed: Vec<Ident>,
    pub(crate) label: Option<Ident>,
    pub(crate) word: Ident,
    pub(crate) window: Option<Sizes>,
    pub(crate) arguments: Vec<Argument>,
    /// The parentheses, or the word where there are none.
    pub(crate) arguments_span: Span,
    /// The layer as it was written, without its label.
    pub(crate) source: String,
}

/// Numbers with `x` between them, or in brackets: `5x5`, `3`, `[K, K]`.
#[derive(Clone, Debug)]
pub(crate) struct Sizes {
    pub(crate) span: Span,
    pub(crate) sizes: Vec<Expression>,
}

/// `value` or `key = value`
#[derive(Clone, Debug)]
pub(crate) struct Argument {
    pub(crate) key: Option<Ident>,
    pub(crate) value: Value,
}

/// What an argument can be.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A number, a constant or arithmetic on them.
    Expression(Expression),
    /// Two numbers with `x` between them.
    Sizes(Sizes),
    /// `(top = 0, bottom = 1, …)`.
    Tuple(Span, Vec<Argument>),
}

/// A number, a name, or arithmetic on them.
#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Integer(i64, Span),
    Float(f64, Span),
    Name(Ident),
    Binary(Box<Expression>, char, Box<Expression>),
    Negative(Span, Box<Expression>),
}

impl Expression {
    /// Where it begins.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Integer(_, span) | Self::Float(_, span) | Self::Negative(span, _) => *span,
            Self::Name(name) => name.span(),
            Self::Binary(left, ..) => left.span(),
        }
    }
}

impl Value {
    /// Where it begins.
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Expression(expression) => expression.span(),
            Self::Sizes(sizes) => sizes.span,
            Self::Tuple(span, _) => *span,
        }
    }
}
