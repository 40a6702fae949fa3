//! Networks inside of networks: those of the same declaration, and those that were fetched.
//!
//! A fetched network is expanded among the constants, blocks and networks of its own declaration, which
//! take the place of the user's meanwhile. It was checked where it is declared, so its warnings are not
//! told again.

use std::mem::{replace, swap};

use super::{Expansion, Foreign};
use crate::diagnostics::{Reported, closest};
use crate::graph::{End, Expectation, ValueId};
use crate::syntax::{Argument, LayerSyntax, NetworkItem, NetworkPath, ShapeSyntax, Step, Value};

impl Expansion<'_, '_> {
    /// `net<Other>(64x4x4)`: another network, and the shape of its output.
    pub(super) fn net(
        &mut self,
        step: &Step,
        layer: &LayerSyntax,
        input: ValueId,
    ) -> Result<ValueId, Reported> {
        let (path, shape) = self.parts_of_net(layer)?;
        let own = path.single().map(ToString::to_string);
        let own = own.and_then(|name| self.library.networks.get(&name).cloned());
        let outcome = match own {
            Some(item) => self.inline(step, path, &item, input),
            None => self.foreign(step, path, input),
        };
        let wanted = self.values.shape(&shape)?;
        let is_known = outcome.is_ok();
        let output = outcome.unwrap_or_else(|_| self.poison(step, input));
        self.expectations.push(Expectation {
            value: output,
            shape: wanted,
            region: shape.region,
            what: format!("the output is written as {wanted}"),
            end: End::Output,
        });
        if is_known {
            self.remember(step, output);
        }
        Ok(output)
    }

    /// The path and the shape of `net<Backbone>(64x4x4)`.
    fn parts_of_net<'s>(
        &mut self,
        layer: &'s LayerSyntax,
    ) -> Result<(&'s NetworkPath, ShapeSyntax), Reported> {
        let shape = match &layer.arguments[..] {
            [
                Argument {
                    key: None, value, ..
                },
            ] => shape_of(value),
            _ => None,
        };
        let message = match (&layer.network, shape) {
            (Some(path), Some(shape)) => return Ok((path, shape)),
            // What stands there instead was reported.
            _ if layer.damage.is_some() => return Err(Reported),
            (None, _) => "`net` needs the name of a network in `<>`",
            (_, None) => "`net` needs the shape of the network's output",
        };
        let form = "write `net<Backbone>(64x4x4)`: the network, and the shape of its output";
        Err(self.lacks(layer, (&layer.word).into(), message, form))
    }

    /// The steps of a network, with names of their own.
    fn inline(
        &mut self,
        step: &Step,
        path: &NetworkPath,
        other: &NetworkItem,
        input: ValueId,
    ) -> Result<ValueId, Reported> {
        self.enter(&other.name, path.region)?;
        let first = self.nodes.len();
        let declared = match &other.input {
            Ok(shape) => self.values.shape(shape),
            Err(reported) => Err(*reported),
        };
        // Before those of the networks inside.
        let index = self.expectations.len();
        if let Ok(wanted) = declared {
            self.expectations.push(Expectation {
                value: input,
                shape: wanted,
                region: path.region,
                what: format!("`{path}` takes {wanted}"),
                end: End::Input { inside: 0..0 },
            });
        }
        let scope = self.scope().scope_name(step.label.as_ref(), "net");
        self.open_named(&scope);
        let steps = other.steps.iter();
        let output = steps.fold(input, |value, step| self.step(step, value));
        self.close();
        self.open.pop();
        if declared.is_ok() {
            let inside = first..self.nodes.len();
            self.expectations[index].end = End::Input { inside };
        }
        Ok(output)
    }

    /// A network that was fetched, or a note that it is to be.
    fn foreign(
        &mut self,
        step: &Step,
        path: &NetworkPath,
        input: ValueId,
    ) -> Result<ValueId, Reported> {
        let key = path.to_string();
        let Some(mut other) = self.library.fetched.remove(&key) else {
            return Err(self.missing(path));
        };
        self.exchange(&mut other);
        let home = replace(&mut self.home, self.open.len());
        let output = match self.library.networks.get(&other.name).cloned() {
            Some(item) => self.inline(step, path, &item, input),
            None => Err(self.values.diagnostics.reported_elsewhere()),
        };
        self.home = home;
        self.exchange(&mut other);
        self.library.fetched.insert(key, other);
        output
    }

    /// Puts the names of another declaration in place of the ones that are known, or back.
    fn exchange(&mut self, other: &mut Foreign) {
        swap(self.library, &mut other.library);
        swap(self.values.constants, &mut other.constants);
    }

    /// Whether the steps that are being read are those of a fetched network.
    pub(super) fn is_abroad(&self) -> bool {
        self.home > 0
    }

    /// A network that is not known here: a slip, or one of another place.
    fn missing(&mut self, path: &NetworkPath) -> Reported {
        if let Some(known) = self.nearest(path) {
            let message = format!("no network of this `network!` is called `{path}`");
            let help = format!(
                "did you mean `{known}`? One of another place is written with its path, \
                 `self::{path}`"
            );
            return self.fail(path.region, message, help);
        }
        if self.is_abroad() {
            let message = format!("the network `{path}` was not handed on");
            return self.fail(path.region, message, "use one version of `cnn`".to_owned());
        }
        self.library.missing.push(path.clone());
        Reported
    }

    /// The network of this declaration that was probably meant.
    fn nearest(&self, path: &NetworkPath) -> Option<String> {
        /// Of shorter names, any two are near to each other.
        const SHORTEST: usize = 3;
        let name = path.single()?.to_string();
        if name.chars().count() < SHORTEST {
            return None;
        }
        let letters = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
        let known = self.library.networks.keys().map(String::as_str);
        let may_be_meant = |known: &&str| {
            let is_open = self.open.iter().any(|open| open == known);
            // `Stage1` is no slip for `Stage2`.
            !is_open && letters(known) != letters(&name)
        };
        closest(&name, known.filter(may_be_meant)).map(str::to_owned)
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
