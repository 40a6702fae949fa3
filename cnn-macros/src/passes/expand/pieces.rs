//! Pieces that are declared elsewhere: blocks, and networks inside of networks.

use proc_macro2::Ident;

use super::Expansion;
use crate::diagnostics::{Reported, closest};
use crate::graph::{End, Expectation, ValueId};
use crate::passes::mentions::uses;
use crate::passes::substitute::{Bindings, substitute};
use crate::syntax::{Argument, BlockItem, Expression, LayerSyntax, ShapeSyntax, Step, Value};

/// How deep blocks may use each other.
const MAX_OPEN: usize = 64;

impl Expansion<'_, '_> {
    /// The use of a block.
    pub(super) fn block(
        &mut self,
        step: &Step,
        layer: &LayerSyntax,
        input: ValueId,
    ) -> Result<ValueId, Reported> {
        self.no_window(layer)?;
        let name = layer.word.to_string();
        self.library.used.insert(name.clone());
        let block = self.library.blocks[&name].clone();
        if let [
            Step {
                layer: Err(reported),
                ..
            },
        ] = block.steps[..]
        {
            return Err(reported);
        }
        let bindings = self.bindings(&block, layer)?;
        self.enter(&layer.word)?;
        let steps = substitute(&block.steps, &bindings);
        // Chains that blocks hand on to blocks can double at every one of them.
        self.count(written_steps(&steps), (&layer.word).into());
        self.open_scope(step.label.as_ref());
        let value = self.chain(&steps, input);
        self.close_scope(step.label.as_ref());
        self.open.pop();
        self.remember(step, value);
        Ok(value)
    }

    /// The arguments of a block by the names of its parameters.
    fn bindings(&mut self, block: &BlockItem, layer: &LayerSyntax) -> Result<Bindings, Reported> {
        let form = || {
            let names: Vec<String> = block.parameters.iter().map(Ident::to_string).collect();
            match names.is_empty() {
                true => format!("the block is used as `{}`", block.name),
                false => format!(
                    "the block is used as `{}({})`",
                    block.name,
                    names.join(", ")
                ),
            }
        };
        let mut bindings = Bindings::new();
        for (position, argument) in layer.arguments.iter().enumerate() {
            let parameter = match &argument.key {
                Some(key) => block.parameters.iter().find(|name| *name == key),
                None => block.parameters.get(position),
            };
            let Some(parameter) = parameter else {
                let message = format!("the block `{}` has no place for `{argument}`", block.name);
                return Err(self.fail(argument.region, message, form()));
            };
            self.check_use(block, parameter, &argument.value)?;
            let name = parameter.to_string();
            if bindings.insert(name, argument.value.clone()).is_some() {
                let message = format!("`{parameter}` is given twice");
                return Err(self.fail(argument.region, message, form()));
            }
        }
        let is_missing = |name: &&Ident| !bindings.contains_key(&name.to_string());
        if let Some(missing) = block.parameters.iter().find(is_missing) {
            let message = format!("the block `{}` needs `{missing}`", block.name);
            return Err(self.lacks(layer, (&layer.word).into(), message, form()));
        }
        Ok(bindings)
    }

    /// Reports a value that is not what the block uses its parameter as.
    fn check_use(
        &mut self,
        block: &BlockItem,
        parameter: &Ident,
        value: &Value,
    ) -> Result<(), Reported> {
        let uses = uses(&block.steps, &parameter.to_string());
        let Some((what, example)) = uses.iter().find_map(|used| used.misfit(value)) else {
            return Ok(());
        };
        let message = format!(
            "the block `{}` uses `{parameter}` as {what}, found `{value}`",
            block.name
        );
        let help = format!("write {what}, for example `{example}`");
        Err(self.fail(value.region(), message, help))
    }

    /// Notes that a block or network is being expanded; it may not contain itself.
    fn enter(&mut self, name: &Ident) -> Result<(), Reported> {
        let text = name.to_string();
        if self.open.contains(&text) {
            let message = format!("`{text}` contains itself");
            let help = "take it out; `repeat<2>(…)` repeats layers".to_owned();
            return Err(self.fail(name.into(), message, help));
        }
        if self.open.len() == MAX_OPEN {
            let message = format!("more than {MAX_OPEN} blocks use each other here");
            return Err(self.fail(name.into(), message, "use fewer of them".to_owned()));
        }
        self.open.push(text);
        Ok(())
    }

    /// `net<Other>(64x4x4)`: another network of the declaration, and the shape of its output.
    pub(super) fn net(
        &mut self,
        step: &Step,
        layer: &LayerSyntax,
        input: ValueId,
    ) -> Result<ValueId, Reported> {
        let form = "write `net<Backbone>(64x4x4)`: the network, and the shape of its output";
        let Some([Expression::Name(name)]) = layer.window.as_ref().map(|w| &w.sizes[..]) else {
            let message = "`net` needs the name of a network in `<>`";
            return Err(self.lacks(layer, (&layer.word).into(), message, form));
        };
        let shape = match &layer.arguments[..] {
            [
                Argument {
                    key: None, value, ..
                },
            ] => shape_of(value),
            _ => None,
        };
        let Some(shape) = shape else {
            let message = "`net` needs the shape of the network's output";
            return Err(self.lacks(layer, (&layer.word).into(), message, form));
        };
        let Some(other) = self.library.networks.get(&name.to_string()).cloned() else {
            return Err(self.unknown_network(name));
        };
        self.enter(name)?;
        if let Ok(declared) = &other.input
            && let Ok(wanted) = self.values.shape(declared)
        {
            let what = format!("`{name}` takes {wanted}");
            self.expectations.push(Expectation {
                value: input,
                shape: wanted,
                region: name.into(),
                what,
                end: End::Input,
            });
        }
        let scope = self.scope().scope_name(step.label.as_ref(), "net");
        self.open_named(&scope);
        let steps = other.steps.iter();
        let output = steps.fold(input, |value, step| self.step(step, value));
        self.close();
        self.open.pop();
        let wanted = self.values.shape(&shape)?;
        self.expectations.push(Expectation {
            value: output,
            shape: wanted,
            region: shape.region,
            what: format!("the output is written as {wanted}"),
            end: End::Output,
        });
        self.remember(step, output);
        Ok(output)
    }

    fn unknown_network(&mut self, name: &Ident) -> Reported {
        let text = name.to_string();
        let message = format!("no network of this `network!` is called `{text}`");
        let known = self.library.networks.keys().map(String::as_str);
        let help = match closest(&text, known) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "declare it in the same `network!`; `cnn::compose` joins two networks \
                     from different places for inference"
                .to_owned(),
        };
        self.fail(name.into(), message, help)
    }
}

/// A value read as a shape: `64x4x4`, `[C, 4, 4]`, `10`.
fn shape_of(value: &Value) -> Option<ShapeSyntax> {
    match value {
        Value::Sides(sides) => Some(ShapeSyntax {
            sizes: sides.sizes.clone(),
            region: sides.region,
        }),
        Value::Expression(expression) => Some(ShapeSyntax {
            sizes: vec![expression.clone()],
            region: expression.region(),
        }),
        _ => None,
    }
}

/// How many steps are written in some steps, those in their arguments too.
fn written_steps(steps: &[Step]) -> usize {
    let in_value = |argument: &Argument| match &argument.value {
        Value::Chain(steps, _) => written_steps(steps),
        _ => 0,
    };
    let in_step = |step: &Step| {
        let layer = step.layer.as_ref();
        1 + layer.map_or(0, |layer| layer.arguments.iter().map(in_value).sum())
    };
    steps.iter().map(in_step).sum()
}
