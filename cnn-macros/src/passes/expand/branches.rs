//! Branches of a graph: `identity`, `residual`, `add` and its like, `repeat`.

use super::Expansion;
use crate::diagnostics::Reported;
use crate::graph::ValueId;
use crate::layers::SUM;
use crate::layers::options::{Kind, Settings};
use crate::passes::bind::Places;
use crate::passes::names::Purpose;
use crate::passes::variants::Variants;
use crate::syntax::{Argument, Expression, LayerSyntax, Step, Value};

impl Expansion<'_, '_> {
    /// `identity`: the value itself.
    pub(super) fn identity(
        &mut self,
        step: &Step,
        layer: &LayerSyntax,
        input: ValueId,
    ) -> Result<ValueId, Reported> {
        if let Some(label) = &step.label {
            let purpose = match self.said.allowed.iter().any(|lint| lint == "unused_label") {
                true => Purpose::Name,
                false => Purpose::Start,
            };
            self.scope().label(label, input, purpose);
        }
        match layer.window.is_none() && layer.arguments.is_empty() {
            true => Ok(input),
            false => {
                let message = format!("`identity` takes nothing, found `{layer}`");
                Err(self.fail(layer.region, message, "write `identity`".to_owned()))
            }
        }
    }

    /// `residual(chain, shortcut = chain)`: the sum of both, where the shortcut may be the input.
    pub(super) fn residual(
        &mut self,
        step: &Step,
        layer: &LayerSyntax,
        input: ValueId,
    ) -> Result<ValueId, Reported> {
        const FORM: &str = "write `residual(conv<3x3>(16, padding = same) -> relu)`";
        self.no_window(layer)?;
        let (mut branch, mut shortcut) = (None, None);
        for argument in &layer.arguments {
            let place = match &argument.key {
                None => &mut branch,
                Some(key) if key == "shortcut" => &mut shortcut,
                Some(key) => {
                    let message = format!("`residual` has no option `{key}`");
                    let help = "its options are a chain and `shortcut`".to_owned();
                    return Err(self.fail(key.into(), message, help));
                }
            };
            if place.replace(argument).is_some() {
                let message = "`residual` adds one chain to its shortcut, found another".to_owned();
                let help = "write `add(…, …)` for more branches".to_owned();
                return Err(self.fail(argument.region, message, help));
            }
        }
        let Some(branch) = branch else {
            let message = "`residual` needs the chain that is added to its input";
            return Err(self.lacks(layer, (&layer.word).into(), message, FORM));
        };
        let branches = [Some(branch), shortcut];
        self.joined(step, layer, SUM, input, &branches)
    }

    /// `add(chain, …)` and its like: one node that reads the output of every branch.
    pub(super) fn join(
        &mut self,
        step: &Step,
        layer: &LayerSyntax,
        kind: &'static Kind,
        input: ValueId,
    ) -> Result<ValueId, Reported> {
        let word = kind.word;
        self.no_window(layer)?;
        if let Some(key) = layer.arguments.iter().find_map(|a| a.key.as_ref()) {
            let message = format!("`{word}` has no option `{key}`");
            let help = format!("its branches have no names: `{word}(identity, relu)`");
            return Err(self.fail(key.into(), message, help));
        }
        if layer.arguments.len() < 2 {
            let found = layer.arguments.len();
            let message = format!("`{word}` needs at least two branches, found {found}");
            let help = match layer.arguments.first() {
                Some(one) => format!("write `{word}({one}, identity)`"),
                None => format!("write `{word}(identity, relu)`"),
            };
            return Err(self.lacks(layer, layer.region, message, help));
        }
        let branches: Vec<_> = layer.arguments.iter().map(Some).collect();
        self.joined(step, layer, kind, input, &branches)
    }

    /// The node that joins branches; one that is missing is the input itself.
    fn joined(
        &mut self,
        step: &Step,
        layer: &LayerSyntax,
        kind: &'static Kind,
        input: ValueId,
        branches: &[Option<&Argument>],
    ) -> Result<ValueId, Reported> {
        self.open_scope(step.label.as_ref());
        let mut inputs = Vec::new();
        let mut outcome = Ok(());
        for branch in branches {
            match branch.map(|branch| self.branch(branch)) {
                None => inputs.push(input),
                Some(Ok(steps)) => {
                    let end = self.chain(&steps, input);
                    inputs.push(end);
                }
                Some(Err(reported)) => outcome = Err(reported),
            }
        }
        self.close_scope(step.label.as_ref());
        outcome?;
        layer.damage.map_or(Ok(()), Err)?;
        let places = Places {
            word: (&layer.word).into(),
            window: None,
            options: Vec::new(),
        };
        let built = Variants::build(kind, &Settings::default());
        let built = built.expect("a layer that joins branches has no options");
        let syntax = LayerSyntax {
            arguments: elided(layer),
            ..layer.clone()
        };
        Ok(self.node(step, Some(syntax), Some(kind), Ok((built, places)), inputs))
    }

    /// An argument as a chain; a single word is one too.
    fn branch(&mut self, argument: &Argument) -> Result<Vec<Step>, Reported> {
        match &argument.value {
            Value::Chain(steps, _) => Ok(steps.clone()),
            Value::Expression(Expression::Name(word)) => Ok(vec![Step::of_word(word)]),
            other => {
                let message = format!("expected a chain of layers, found `{other}`");
                let help = "a branch is written `conv<3x3>(16) -> relu`, or `identity`".to_owned();
                Err(self.fail(other.region(), message, help))
            }
        }
    }

    pub(super) fn no_window(&mut self, layer: &LayerSyntax) -> Result<(), Reported> {
        let Some(window) = &layer.window else {
            return Ok(());
        };
        let message = format!("`{}` has no window, found `<{window}>`", layer.word);
        let bare = LayerSyntax {
            window: None,
            arguments: elided(layer),
            ..layer.clone()
        };
        Err(self.fail(window.region, message, format!("write `{bare}`")))
    }

    /// `repeat<3>(chain)`: the chain three times, each with weights of its own.
    pub(super) fn repeat(
        &mut self,
        step: &Step,
        layer: &LayerSyntax,
        input: ValueId,
    ) -> Result<ValueId, Reported> {
        const FORM: &str = "write `repeat<3>(conv<3x3>(16, padding = same) -> relu)`";
        let count = match layer.window.as_ref().map(|window| &window.sizes[..]) {
            Some([count]) => self.values.whole("the number of repetitions", count, 1)?,
            _ => {
                let message = "`repeat` needs the number of repetitions in `<>`";
                return Err(self.lacks(layer, (&layer.word).into(), message, FORM));
            }
        };
        let [Argument { key: None, .. }] = &layer.arguments[..] else {
            let message = "`repeat` takes one chain";
            return Err(self.lacks(layer, layer.region, message, FORM));
        };
        let steps = self.branch(&layer.arguments[0])?;
        let name = self.scope().scope_name(step.label.as_ref(), "repeat");
        let mut value = input;
        for index in 0..count {
            // A turn may be nothing but a label, which is no step.
            self.count(1, (&layer.word).into());
            self.open_named(&format!("{name}.{index}"));
            value = self.chain(&steps, value);
            self.close();
            if self.is_full {
                break;
            }
        }
        self.remember(step, value);
        Ok(value)
    }
}

/// `…` for the chains of a layer.
fn elided(layer: &LayerSyntax) -> Vec<Argument> {
    let value = Value::Elided(layer.region);
    let region = layer.region;
    vec![Argument {
        key: None,
        value,
        region,
    }]
}
