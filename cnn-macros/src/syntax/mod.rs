//! The language as a tree of its own, with the places of everything; no meaning yet.

mod args;
mod cursor;
mod display;
mod expression;
mod literal;
mod parse;
mod path;
mod steps;
#[cfg(test)]
mod tests;

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Visibility};

use crate::diagnostics::{Region, Reported};

pub(crate) use parse::parse;

/// All that stands in one `network!`.
#[derive(Default)]
pub(crate) struct Declaration {
    pub(crate) networks: Vec<NetworkItem>,
    pub(crate) constants: Vec<ConstantItem>,
    pub(crate) blocks: Vec<BlockItem>,
    /// The items as they were written, to be handed on to another `network!`.
    pub(crate) sources: Vec<Source>,
}

/// The tokens of an item, without its attributes.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) tokens: TokenStream,
}

/// `pub LeNet5: 1x28x28 -> … -> 10`
#[derive(Clone)]
pub(crate) struct NetworkItem {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) input: Result<ShapeSyntax, Reported>,
    pub(crate) steps: Vec<Step>,
    /// The shape that ends the chain.
    pub(crate) asserted: Option<ShapeSyntax>,
}

/// `const CLASSES = 10;`
#[derive(Clone)]
pub(crate) struct ConstantItem {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) value: Result<Expression, Reported>,
}

/// `block stem(C, K) = conv<K>(C) -> relu;`
#[derive(Clone)]
pub(crate) struct BlockItem {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) parameters: Vec<Ident>,
    pub(crate) steps: Vec<Step>,
}

/// `1x28x28`, `[CHANNELS, 28, 28]`, `10`
#[derive(Clone, Debug)]
pub(crate) struct ShapeSyntax {
    pub(crate) sizes: Vec<Expression>,
    pub(crate) region: Region,
}

/// `#[allow(unread_rows)] conv1: conv<5x5>(6)`
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) label: Option<Ident>,
    pub(crate) layer: Result<LayerSyntax, Reported>,
}

impl Step {
    /// A layer that is a single word.
    pub(crate) fn of_word(word: &Ident) -> Self {
        Self {
            attributes: Vec::new(),
            label: None,
            layer: Ok(LayerSyntax {
                word: word.clone(),
                window: None,
                network: None,
                arguments: Vec::new(),
                region: word.into(),
                damage: None,
            }),
        }
    }
}

/// `conv<5x5>(6, padding = same)`
#[derive(Clone)]
pub(crate) struct LayerSyntax {
    pub(crate) word: Ident,
    pub(crate) window: Option<Sides>,
    /// What stands in the window of `net`.
    pub(crate) network: Option<NetworkPath>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) region: Region,
    /// Part of it could not be read, which has been reported.
    pub(crate) damage: Option<Reported>,
}

/// `Backbone`, `backbone::Backbone`
#[derive(Clone)]
pub(crate) struct NetworkPath {
    pub(crate) tokens: TokenStream,
    /// The last part.
    pub(crate) name: Ident,
    pub(crate) region: Region,
}

/// `5x5`, `[K, K]`, `3`
#[derive(Clone, Debug)]
pub(crate) struct Sides {
    pub(crate) sizes: Vec<Expression>,
    pub(crate) region: Region,
}

/// `6`, `padding = same`
#[derive(Clone)]
pub(crate) struct Argument {
    pub(crate) key: Option<Ident>,
    pub(crate) value: Value,
    pub(crate) region: Region,
}

/// What an argument may be.
#[derive(Clone)]
pub(crate) enum Value {
    /// A number, or a single word, which is a constant or a word such as `same`.
    Expression(Expression),
    /// `1x2`, `[A, B]`
    Sides(Sides),
    /// `(top = 0, bottom = 1)`
    Tuple(Vec<Argument>, Region),
    /// `conv<3x3>(8) -> relu`
    Chain(Vec<Step>, Region),
    /// Chains that became branches of the graph, shown as `…`.
    Elided(Region),
}

impl Value {
    pub(crate) fn region(&self) -> Region {
        match self {
            Self::Expression(expression) => expression.region(),
            Self::Sides(sides) => sides.region,
            Self::Tuple(_, region) | Self::Chain(_, region) | Self::Elided(region) => *region,
        }
    }
}

/// A number, perhaps to be computed.
///
/// Operators of one precedence lie in one list, so that the tree is only as deep as its parentheses.
#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Integer(u64, Region),
    Float(f64, Region),
    Name(Ident),
    Negative(Box<Expression>, Region),
    /// The first operand, and each operator with the operand behind it.
    Operators(Box<Expression>, Vec<(Operator, Expression)>),
    Parenthesized(Box<Expression>, Region),
}

/// `+ - * /`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Expression {
    pub(crate) fn region(&self) -> Region {
        match self {
            Self::Integer(_, region)
            | Self::Float(_, region)
            | Self::Negative(_, region)
            | Self::Parenthesized(_, region) => *region,
            Self::Name(name) => name.into(),
            Self::Operators(first, rest) => {
                let last = rest
                    .last()
                    .map_or(first.region(), |(_, last)| last.region());
                first.region().to(last)
            }
        }
    }
}
