//! The steps of a block with the arguments of one use in place of its parameters.
//!
//! *Needs* steps as written, and a value for every parameter. *Leaves* the same steps without the
//! parameters' names. A value keeps the place where it was written, so a mistake in it is shown there.

use std::collections::HashMap;

use quote::ToTokens as _;
use syn::Attribute;

use crate::syntax::{Argument, Expression, LayerSyntax, NetworkPath, Sides, Step, Value};

/// What the parameters of a block stand for, by their names.
pub(crate) type Bindings = HashMap<String, Value>;

/// Puts the values of `bindings` where their names stand.
pub(crate) fn substitute(steps: &[Step], bindings: &Bindings) -> Vec<Step> {
    let one = |step| in_chain(step, bindings);
    steps.iter().flat_map(one).collect()
}

/// A step that is nothing but the name of a parameter stands for the steps of its chain, each with the
/// attributes before the name.
fn in_chain(step: &Step, bindings: &Bindings) -> Vec<Step> {
    let word = step.layer.as_ref().ok().filter(|layer| {
        step.label.is_none() && layer.window.is_none() && layer.arguments.is_empty()
    });
    let bound = word.and_then(|layer| bindings.get(&layer.word.to_string()));
    let mut steps = match bound {
        Some(Value::Chain(steps, _)) => steps.clone(),
        Some(Value::Expression(Expression::Name(word))) => vec![Step::of_word(word)],
        _ => return vec![in_step(step, bindings)],
    };
    for inner in &mut steps {
        // What a step says itself it need not be told.
        let own: Vec<String> = inner.attributes.iter().map(written).collect();
        let others = step.attributes.iter();
        let others = others.filter(|attribute| !own.contains(&written(attribute)));
        inner.attributes.extend(others.cloned());
    }
    steps
}

fn written(attribute: &Attribute) -> String {
    attribute.to_token_stream().to_string()
}

fn in_step(step: &Step, bindings: &Bindings) -> Step {
    Step {
        attributes: step.attributes.clone(),
        label: step.label.clone(),
        layer: match &step.layer {
            Ok(layer) => Ok(in_layer(layer, bindings)),
            Err(reported) => Err(*reported),
        },
    }
}

fn in_layer(layer: &LayerSyntax, bindings: &Bindings) -> LayerSyntax {
    let (window, network) = (layer.window.as_ref(), layer.network.as_ref());
    LayerSyntax {
        word: layer.word.clone(),
        window: window.map(|window| in_sides(window, bindings)),
        network: network.map(|path| in_path(path, bindings)),
        arguments: in_arguments(&layer.arguments, bindings),
        region: layer.region,
        damage: layer.damage,
    }
}

fn in_arguments(arguments: &[Argument], bindings: &Bindings) -> Vec<Argument> {
    let argument = |argument: &Argument| Argument {
        key: argument.key.clone(),
        value: in_value(&argument.value, bindings),
        region: argument.region,
    };
    arguments.iter().map(argument).collect()
}

fn in_value(value: &Value, bindings: &Bindings) -> Value {
    match value {
        Value::Expression(Expression::Name(name)) => match bindings.get(&name.to_string()) {
            Some(bound) => bound.clone(),
            None => value.clone(),
        },
        Value::Expression(expression) => Value::Expression(in_expression(expression, bindings)),
        Value::Sides(sides) => Value::Sides(in_sides(sides, bindings)),
        Value::Tuple(arguments, region) => Value::Tuple(in_arguments(arguments, bindings), *region),
        Value::Chain(steps, region) => Value::Chain(substitute(steps, bindings), *region),
        Value::Elided(region) => Value::Elided(*region),
    }
}

/// A parameter may be the name of a network.
fn in_path(path: &NetworkPath, bindings: &Bindings) -> NetworkPath {
    let bound = path
        .single()
        .and_then(|name| bindings.get(&name.to_string()));
    match bound {
        Some(Value::Expression(Expression::Name(name))) => NetworkPath::of_name(name),
        _ => path.clone(),
    }
}

/// A single name may stand for both sides.
fn in_sides(sides: &Sides, bindings: &Bindings) -> Sides {
    if let [Expression::Name(name)] = sides.sizes.as_slice()
        && let Some(Value::Sides(bound)) = bindings.get(&name.to_string())
    {
        return bound.clone();
    }
    let sizes = sides.sizes.iter();
    Sides {
        sizes: sizes.map(|size| in_expression(size, bindings)).collect(),
        region: sides.region,
    }
}

fn in_expression(expression: &Expression, bindings: &Bindings) -> Expression {
    match expression {
        Expression::Integer(..) | Expression::Float(..) => expression.clone(),
        Expression::Name(name) => match bindings.get(&name.to_string()) {
            Some(Value::Expression(bound)) => bound.clone(),
            _ => expression.clone(),
        },
        Expression::Negative(inner, region) => {
            Expression::Negative(Box::new(in_expression(inner, bindings)), *region)
        }
        Expression::Parenthesized(inner, region) => {
            Expression::Parenthesized(Box::new(in_expression(inner, bindings)), *region)
        }
        Expression::Operators(first, rest) => {
            let rest = rest.iter();
            Expression::Operators(
                Box::new(operand(first, bindings)),
                rest.map(|(operator, next)| (*operator, operand(next, bindings)))
                    .collect(),
            )
        }
    }
}

/// A part of a larger expression, which stands where the expression does.
fn operand(part: &Expression, bindings: &Bindings) -> Expression {
    match part {
        Expression::Name(name) if bindings.contains_key(&name.to_string()) => {
            Expression::Parenthesized(Box::new(in_expression(part, bindings)), name.into())
        }
        _ => in_expression(part, bindings),
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostics::testing::find;

    /// The layers of a network that uses the block `piece`, as they could have been written.
    fn layers(chain: &str, block: &str) -> Vec<String> {
        let findings = find(&format!("A: 8x16x16 -> {chain}  block {block};"));
        let nodes = findings.outlines[0].draft.nodes.iter();
        let syntax = nodes.map(|node| node.syntax.as_ref().expect("every step is readable"));
        syntax.map(ToString::to_string).collect()
    }

    #[test]
    fn an_argument_in_a_larger_expression_stays_a_whole() {
        let block = "piece(N) = conv<N>(2 * N) -> conv<1x1>(N)";
        assert_eq!(
            layers("piece(1 + 2)", block),
            ["conv<1 + 2>(2 * (1 + 2))", "conv<1x1>(1 + 2)"]
        );
    }

    #[test]
    fn a_chain_and_both_sides_of_a_window_can_be_arguments() {
        let block = "piece(Layers, Window) = Layers -> max_pool<Window>";
        assert_eq!(
            layers("piece(relu -> tanh, 2x4)", block),
            ["relu", "tanh", "max_pool<2x4>"]
        );
    }
}
