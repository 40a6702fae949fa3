//! Tokens to syntax tree.
//!
//! *Needs* the tokens of the user. *Leaves* a [`Program`] with everything that could be read; what
//! could not is reported, and reading goes on at the next `->`.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use syn::parse::Parser;
use syn::{Attribute, Visibility};

use super::numbers::{expression, is_pair, sizes};
use super::tokens::Tokens;
use super::{Argument, Constant, Network, Program, Sizes, Step, Value};
use crate::diagnostics::{Diagnostic, Diagnostics};

type Result<T> = std::result::Result<T, Diagnostic>;

/// Reads everything inside `network! { … }`.
pub(crate) fn parse(input: TokenStream, diagnostics: &mut Diagnostics) -> Program {
    let mut tokens = Tokens::new(input, Span::call_site());
    let mut program = Program::default();
    if tokens.is_empty() {
        diagnostics.error(
            Diagnostic::new(Span::call_site(), "no network is declared")
                .help("write `Name: 1x28x28 -> conv<3x3>(8) -> relu -> flatten -> dense(10)`"),
        );
    }
    while !tokens.is_empty() {
        let before = tokens.position();
        if let Err(diagnostic) = item(&mut tokens, &mut program, diagnostics) {
            diagnostics.error(diagnostic);
            tokens.recover();
            while tokens.take_arrow() || tokens.take_punct(';') {
                tokens.recover();
            }
        }
        if tokens.position() == before {
            tokens.next();
        }
    }
    program
}

fn item(tokens: &mut Tokens, program: &mut Program, diagnostics: &mut Diagnostics) -> Result<()> {
    let attributes = attributes(tokens)?;
    if tokens.is_word("const") {
        program.constants.push(constant(tokens)?);
        return Ok(());
    }
    if tokens.is_word("block") {
        return Err(
            Diagnostic::new(tokens.span(), "`block` is not supported yet")
                .help("write the steps where they are used"),
        );
    }
    let visibility = visibility(tokens)?;
    let Some(name) = tokens.take_ident() else {
        let message = if tokens.is_empty() {
            "expected the name of a network"
        } else {
            "expected a network, such as `Name: 1x28x28 -> …`"
        };
        return Err(Diagnostic::new(tokens.span(), message));
    };
    if !tokens.take_punct(':') {
        return Err(
            Diagnostic::new(tokens.span(), format!("expected `:` after `{name}`")).help(format!(
                "write `{name}: 1x28x28 -> …`, with the shape of a sample"
            )),
        );
    }
    program
        .networks
        .push(network(tokens, attributes, visibility, name, diagnostics));
    Ok(())
}

fn constant(tokens: &mut Tokens) -> Result<Constant> {
    tokens.next();
    let Some(name) = tokens.take_ident() else {
        return Err(
            Diagnostic::new(tokens.span(), "expected the name of the constant")
                .help("write `const NAME = 3;`"),
        );
    };
    if tokens.is_punct(':') {
        return Err(
            Diagnostic::new(tokens.span(), "a constant has no type here")
                .help(format!("write `const {name} = 3;`")),
        );
    }
    if !tokens.take_punct('=') {
        return Err(
            Diagnostic::new(tokens.span(), format!("expected `=` after `{name}`"))
                .help(format!("write `const {name} = 3;`")),
        );
    }
    let value = expression(tokens)?;
    if !tokens.take_punct(';') {
        return Err(Diagnostic::new(
            tokens.span(),
            "expected `;` after the constant",
        ));
    }
    Ok(Constant { name, value })
}

fn network(
    tokens: &mut Tokens,
    attributes: Vec<Attribute>,
    visibility: Visibility,
    name: Ident,
    diagnostics: &mut Diagnostics,
) -> Network {
    let mut network = Network {
        attributes,
        visibility,
        name,
        input: None,
        steps: Vec::new(),
        output: None,
        complete: true,
    };
    match sizes(tokens, "`1x28x28` (channels x height x width) or `10`") {
        Ok(input) => network.input = Some(input),
        Err(diagnostic) => fail(tokens, &mut network, diagnostic, diagnostics),
    }
    if !tokens.is_arrow() && network.complete {
        let diagnostic = Diagnostic::new(tokens.span(), "expected `->` and a first step")
            .help(format!("write `{}: … -> dense(10)`", network.name));
        fail(tokens, &mut network, diagnostic, diagnostics);
    }
    while tokens.take_arrow() {
        if let Err(diagnostic) = link(tokens, &mut network) {
            fail(tokens, &mut network, diagnostic, diagnostics);
        } else if !tokens.is_arrow() && !ends_item(tokens) {
            let diagnostic = Diagnostic::new(tokens.span(), "expected `->` before the next step");
            fail(tokens, &mut network, diagnostic, diagnostics);
        }
    }
    tokens.take_punct(';');
    network
}

/// Reports, and goes to the next step.
fn fail(
    tokens: &mut Tokens,
    network: &mut Network,
    diagnostic: Diagnostic,
    diagnostics: &mut Diagnostics,
) {
    diagnostics.error(diagnostic);
    network.complete = false;
    tokens.recover();
}

/// Whether what follows belongs to the next item.
fn ends_item(tokens: &Tokens) -> bool {
    tokens.is_empty()
        || tokens.is_punct(';')
        || tokens.is_punct('#')
        || tokens.is_word("pub")
        || tokens.is_word("const")
        || tokens.is_word("block")
        || tokens.is_name_and_colon()
}

/// One link of the chain: a step, or the shape at the end.
fn link(tokens: &mut Tokens, network: &mut Network) -> Result<()> {
    if let Some(output) = &network.output {
        return Err(Diagnostic::new(
            output.span,
            "a shape can only stand at the end of a network",
        )
        .help("remove it, or the steps after it"));
    }
    let is_number = !tokens.is_ident() && !tokens.is_punct('#');
    if is_number && !tokens.is_empty() {
        network.output = Some(sizes(tokens, "a step such as `relu`, or the final shape")?);
        return Ok(());
    }
    network.steps.push(step(tokens)?);
    Ok(())
}

fn step(tokens: &mut Tokens) -> Result<Step> {
    let allowed = allowed(attributes(tokens)?)?;
    let label = match tokens.is_name_and_colon() {
        true => {
            let label = tokens.take_ident();
            tokens.take_punct(':');
            label
        }
        false => None,
    };
    let start = tokens.position();
    let Some(word) = tokens.take_ident() else {
        return Err(
            Diagnostic::new(tokens.span(), "expected a layer after `->`")
                .help("write a step such as `relu` or `dense(10)`, or remove the arrow"),
        );
    };
    let window = window(tokens, &word)?;
    let group = tokens.take_group(Delimiter::Parenthesis);
    let arguments = match &group {
        Some(group) => arguments(group)?,
        None => Vec::new(),
    };
    Ok(Step {
        allowed,
        label,
        arguments_span: group.as_ref().map_or(word.span(), Group::span),
        source: tokens.text(start, tokens.position()),
        word,
        window,
        arguments,
    })
}

fn window(tokens: &mut Tokens, word: &Ident) -> Result<Option<Sizes>> {
    if !tokens.take_punct('<') {
        return Ok(None);
    }
    let example = format!("`{word}<3x3>`");
    let window = sizes(tokens, &example)?;
    if !tokens.take_punct('>') {
        return Err(
            Diagnostic::new(tokens.span(), "expected `>` after the window")
                .help(format!("write {example}")),
        );
    }
    Ok(Some(window))
}

fn arguments(group: &Group) -> Result<Vec<Argument>> {
    let mut tokens = Tokens::new(group.stream(), group.span());
    let mut arguments = Vec::new();
    while !tokens.is_empty() {
        arguments.push(argument(&mut tokens)?);
        if !tokens.take_punct(',') && !tokens.is_empty() {
            return Err(Diagnostic::new(
                tokens.span(),
                "expected `,` between the options",
            ));
        }
    }
    Ok(arguments)
}

fn argument(tokens: &mut Tokens) -> Result<Argument> {
    let key = match tokens.is_key() {
        true => {
            let key = tokens.take_ident();
            tokens.take_punct('=');
            key
        }
        false => None,
    };
    if tokens.is_arrow() {
        return Err(Diagnostic::new(
            tokens.span(),
            "a chain cannot be an option of this layer",
        ));
    }
    let value = match tokens.peek() {
        _ if is_pair(tokens) => Value::Sizes(sizes(tokens, "two sizes such as `2x2`")?),
        Some(proc_macro2::TokenTree::Group(group)) if is_tuple(group) => {
            let group = group.clone();
            tokens.next();
            Value::Tuple(group.span(), arguments(&group)?)
        }
        _ => Value::Expression(expression(tokens)?),
    };
    Ok(Argument { key, value })
}

/// `(a, b)` and `(top = 1)` are tuples, `(a + b)` is arithmetic.
fn is_tuple(group: &Group) -> bool {
    let lists = |tree: proc_macro2::TokenTree| matches!(tree, proc_macro2::TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | '='));
    group.delimiter() == Delimiter::Parenthesis && group.stream().into_iter().any(lists)
}

/// The attributes before an item or a step.
fn attributes(tokens: &mut Tokens) -> Result<Vec<Attribute>> {
    let mut stream = TokenStream::new();
    while tokens.is_punct('#') {
        stream.extend(tokens.next());
        let Some(group) = tokens.take_group(Delimiter::Bracket) else {
            return Err(Diagnostic::new(
                tokens.span(),
                "expected an attribute such as `#[allow(…)]`",
            ));
        };
        stream.extend([proc_macro2::TokenTree::Group(group)]);
    }
    Attribute::parse_outer
        .parse2(stream)
        .map_err(|error| Diagnostic::new(error.span(), error.to_string()))
}

/// The names in the `#[allow(…)]` attributes of a step.
fn allowed(attributes: Vec<Attribute>) -> Result<Vec<Ident>> {
    let mut names = Vec::new();
    for attribute in attributes {
        let path = attribute.path();
        if !path.is_ident("allow") {
            let span = path
                .segments
                .first()
                .map_or(Span::call_site(), |s| s.ident.span());
            return Err(
                Diagnostic::new(span, "a step takes no attribute but `#[allow(…)]`")
                    .help("documentation belongs before the network"),
            );
        }
        attribute
            .parse_nested_meta(|meta| {
                names.extend(meta.path.get_ident().cloned());
                Ok(())
            })
            .map_err(|error| Diagnostic::new(error.span(), error.to_string()))?;
    }
    Ok(names)
}

fn visibility(tokens: &mut Tokens) -> Result<Visibility> {
    let mut stream = TokenStream::new();
    if tokens.is_word("pub") {
        stream.extend(tokens.next());
        if let Some(group) = tokens.take_group(Delimiter::Parenthesis) {
            stream.extend([proc_macro2::TokenTree::Group(group)]);
        }
    }
    syn::parse2(stream).map_err(|error| Diagnostic::new(error.span(), error.to_string()))
}
