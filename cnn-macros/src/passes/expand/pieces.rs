//! Blocks: pieces that are declared once and expanded where they are used.

use proc_macro2::Ident;

use super::Expansion;
use crate::diagnostics::{Region, Reported};
use crate::graph::ValueId;
use crate::passes::mentions::uses;
use crate::passes::substitute::{Bindings, substitute};
use crate::syntax::{Argument, BlockItem, LayerSyntax, Step, Value};

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
        self.enter(&layer.word, (&layer.word).into())?;
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
    pub(super) fn enter(&mut self, name: &Ident, place: Region) -> Result<(), Reported> {
        let text = name.to_string();
        if self.open[self.home..].contains(&text) {
            let message = format!("`{text}` contains itself");
            let help = "take it out; `repeat<2>(…)` repeats layers".to_owned();
            return Err(self.fail(place, message, help));
        }
        if self.open.len() == MAX_OPEN {
            let message = format!("more than {MAX_OPEN} blocks or networks use each other here");
            return Err(self.fail(place, message, "use fewer of them".to_owned()));
        }
        self.open.push(text);
        Ok(())
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
