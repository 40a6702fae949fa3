//! Numbers of a declaration: `5x5`, `28`, `[K, K]`, `2 * (N + 1)`.

use proc_macro2::{Delimiter, Ident, Literal, Span, TokenTree};

use super::tokens::Tokens;
use super::{Expression, Sizes};
use crate::diagnostics::Diagnostic;

/// Reads a window, a shape or a pair: numbers with `x` between, or brackets.
///
/// `end` tells whether the list is over, so that `5 x 5` is recognized as one thing.
pub(super) fn sizes(tokens: &mut Tokens, example: &str) -> Result<Sizes, Diagnostic> {
    if let Some(group) = tokens.take_group(Delimiter::Bracket) {
        return bracketed(&group, example);
    }
    let span = tokens.span();
    let Some(TokenTree::Literal(literal)) = tokens.peek().cloned() else {
        return Err(no_sizes(tokens, example));
    };
    tokens.next();
    let sizes = dimensions(&literal)?;
    reject_spaced(tokens, &literal)?;
    let sizes = sizes
        .into_iter()
        .map(|size| Expression::Integer(size, span))
        .collect();
    Ok(Sizes { span, sizes })
}

fn bracketed(group: &proc_macro2::Group, example: &str) -> Result<Sizes, Diagnostic> {
    let mut inner = Tokens::new(group.stream(), group.span());
    let mut sizes = Vec::new();
    while !inner.is_empty() {
        sizes.push(expression(&mut inner)?);
        if !inner.take_punct(',') && !inner.is_empty() {
            return Err(Diagnostic::new(
                inner.span(),
                "expected `,` between the sizes",
            ));
        }
    }
    if sizes.is_empty() {
        return Err(
            Diagnostic::new(group.span(), "expected sizes inside the brackets")
                .help(format!("write {example}")),
        );
    }
    Ok(Sizes {
        span: group.span(),
        sizes,
    })
}

fn no_sizes(tokens: &Tokens, example: &str) -> Diagnostic {
    if let Some(TokenTree::Ident(name)) = tokens.peek() {
        return Diagnostic::new(name.span(), format!("expected a size, found `{name}`")).help(
            format!("write {example}; a constant stands in brackets: `[{name}, {name}]`"),
        );
    }
    if tokens.is_punct('-') && !tokens.is_arrow() {
        return Diagnostic::new(tokens.span(), "a size cannot be negative")
            .help(format!("write {example}"));
    }
    Diagnostic::new(tokens.span(), "expected a size").help(format!("write {example}"))
}

/// `5 x 5`, `5 x5`, `5 * 5`: meant as `5x5`.
fn reject_spaced(tokens: &Tokens, first: &Literal) -> Result<(), Diagnostic> {
    let spaced = match tokens.peek() {
        Some(TokenTree::Ident(name)) => {
            let name = name.to_string();
            let tail = name.strip_prefix(['x', 'X']);
            tail.is_some_and(|tail| tail.chars().all(|c| c.is_ascii_digit() || c == 'x'))
        }
        Some(TokenTree::Punct(punct)) => punct.as_char() == '*',
        _ => false,
    };
    if !spaced {
        return Ok(());
    }
    Err(Diagnostic::new(
        tokens.span(),
        "sizes are written as one word, without spaces or `*`",
    )
    .help(format!("write `{first}x{first}`")))
}

/// The numbers of `1x28x28`, which reaches a macro as a literal with a suffix.
fn dimensions(literal: &Literal) -> Result<Vec<i64>, Diagnostic> {
    let text = literal.to_string();
    let fault = |message: String| Diagnostic::new(literal.span(), message);
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("0x") || lower.starts_with("0b") || lower.starts_with("0o") {
        return Err(fault(format!(
            "`{text}` is read as one number in another base, not as sizes"
        ))
        .help("write the two numbers in brackets, as in `[0, 2]`"));
    }
    if text.starts_with(['"', '\'', 'b', 'r', 'c']) {
        return Err(fault(format!("expected a size, found the text {text}")));
    }
    if text.contains('X') {
        return Err(
            fault("sizes are joined by a small `x`".to_owned()).help(format!("write `{}`", lower))
        );
    }
    text.split('x')
        .map(|part| dimension(part, &text).map_err(&fault))
        .collect()
}

fn dimension(part: &str, whole: &str) -> Result<i64, String> {
    let digits = part.replace('_', "");
    if digits.is_empty() {
        return Err(format!("a number is missing in `{whole}`"));
    }
    if let Some(wrong) = digits.chars().find(|c| !c.is_ascii_digit()) {
        return Err(match wrong {
            '.' | 'e' | 'E' => format!("`{whole}` is not made of whole numbers"),
            _ => format!("`{part}` in `{whole}` is not a whole number"),
        });
    }
    digits
        .parse()
        .map_err(|_| format!("`{part}` in `{whole}` is too large"))
}

/// Reads arithmetic on numbers and names, with the usual precedence.
pub(super) fn expression(tokens: &mut Tokens) -> Result<Expression, Diagnostic> {
    let mut left = term(tokens)?;
    while let Some(operator) = operator(tokens, ['+', '-']) {
        let right = term(tokens)?;
        left = Expression::Binary(Box::new(left), operator, Box::new(right));
    }
    Ok(left)
}

fn term(tokens: &mut Tokens) -> Result<Expression, Diagnostic> {
    let mut left = atom(tokens)?;
    while let Some(operator) = operator(tokens, ['*', '/']) {
        let right = atom(tokens)?;
        left = Expression::Binary(Box::new(left), operator, Box::new(right));
    }
    Ok(left)
}

fn operator(tokens: &mut Tokens, wanted: [char; 2]) -> Option<char> {
    if tokens.is_arrow() {
        return None;
    }
    wanted
        .into_iter()
        .find(|&operator| tokens.take_punct(operator))
}

fn atom(tokens: &mut Tokens) -> Result<Expression, Diagnostic> {
    let span = tokens.span();
    if tokens.is_path() {
        return Err(Diagnostic::new(
            span,
            "a Rust path cannot be used here: the macro runs before \
                                          it has a value",
        )
        .help("declare the number inside the macro: `const NAME = 3;`"));
    }
    if tokens.is_punct('-') && !tokens.is_arrow() {
        tokens.next();
        return Ok(Expression::Negative(span, Box::new(atom(tokens)?)));
    }
    if let Some(group) = tokens.take_group(Delimiter::Parenthesis) {
        let mut inner = Tokens::new(group.stream(), group.span());
        let value = expression(&mut inner)?;
        return match inner.is_empty() {
            true => Ok(value),
            false => Err(Diagnostic::new(inner.span(), "expected an operator or `)`")),
        };
    }
    if let Some(name) = tokens.take_ident() {
        return Ok(Expression::Name(name));
    }
    match tokens.peek().cloned() {
        Some(TokenTree::Literal(literal)) => {
            tokens.next();
            number(&literal)
        }
        Some(other) => Err(Diagnostic::new(
            span,
            format!("expected a value, found `{other}`"),
        )),
        None => Err(Diagnostic::new(span, "expected a value")),
    }
}

fn number(literal: &Literal) -> Result<Expression, Diagnostic> {
    let (text, span) = (literal.to_string().replace('_', ""), literal.span());
    if let Ok(value) = text.parse::<i64>() {
        return Ok(Expression::Integer(value, span));
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit());
    if numeric
        && text.contains(['.', 'e'])
        && let Ok(value) = text.parse::<f64>()
        && value.is_finite()
    {
        return Ok(Expression::Float(value, span));
    }
    let message = match numeric && text.bytes().all(|b| b.is_ascii_digit()) {
        true => format!("`{text}` is too large"),
        false => format!("`{text}` is not a number of this language"),
    };
    Err(Diagnostic::new(span, message)
        .help("write a whole number such as `6` or a decimal such as `0.1`"))
}

/// A number without arithmetic, for places that take `AxB` as well.
pub(super) fn is_pair(tokens: &Tokens) -> bool {
    match tokens.peek() {
        Some(TokenTree::Literal(literal)) => {
            let text = literal.to_string();
            let after = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
            text.len() != after.len() && after.starts_with(['x', 'X'])
        }
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Bracket,
        _ => false,
    }
}

/// A name where a word such as `same` may stand.
pub(crate) fn as_word(expression: &Expression) -> Option<&Ident> {
    match expression {
        Expression::Name(name) => Some(name),
        _ => None,
    }
}

/// The place of a missing thing: after everything that was read.
pub(super) fn here(tokens: &Tokens) -> Span {
    tokens.span()
}
