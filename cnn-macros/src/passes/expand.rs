//! Turns chains into nodes: branches, blocks, repetitions and networks inside of networks.
//!
//! *Needs* the steps of a network, and the blocks and networks that they may use. *Leaves* nodes in
//! topological order, each with a name and its inputs. What shapes they have is not known yet.

mod branches;
mod labels;
mod library;
mod networks;
mod pieces;
#[cfg(test)]
mod tests;

use proc_macro2::{Ident, Span};

use super::attributes::{
    Before, all_but_documentation, allowed, documentation, frozen, says_what_is_trained,
};
use super::bind::{Places, bind};
use super::names::{Names, Purpose};
use super::remedy::explain;
use super::values::Values;
use super::variants::Variants;
use crate::diagnostics::{Diagnostic, Region, Reported, closest, list};
use crate::graph::{DraftNode, Expectation, Freeze, ValueId};
use crate::layers::options::Kind;
use crate::layers::{KINDS, LINTS, STRUCTURE, kind};
use crate::syntax::{LayerSyntax, NetworkItem, Step};

pub(crate) use library::{Foreign, Library};

/// The nodes of one network, as far as its steps have been read.
pub(crate) struct Expansion<'a, 'v> {
    library: &'a mut Library,
    values: &'a mut Values<'v>,
    pub(crate) nodes: Vec<DraftNode>,
    pub(crate) expectations: Vec<Expectation>,
    pub(crate) freezes: Vec<Freeze>,
    /// What the attributes of the step that is being read say, and those of the steps around it.
    said: Said,
    /// Labelled pieces that are open, the network itself first.
    scopes: Vec<Names>,
    /// Blocks and networks that are being expanded.
    open: Vec<String>,
    /// How many of them are not of the declaration whose steps are being read.
    home: usize,
    /// Steps that were read so far, those of every turn and every use of a block.
    steps: usize,
    /// There are too many layers or steps, which has been reported.
    is_full: bool,
}

/// What attributes say of a step and all that is in it.
#[derive(Clone, Default)]
struct Said {
    allowed: Vec<String>,
    is_frozen: bool,
}

/// More layers than any network has, and few enough to compile.
const MAX_NODES: usize = 10_000;

/// More steps than so many layers can be written with. Steps such as `identity` make no layer, so
/// without a limit of their own they could be repeated without end.
const MAX_STEPS: usize = 100_000;

impl<'a, 'v> Expansion<'a, 'v> {
    /// Expands the steps of a network, and gives its output.
    pub(crate) fn run(
        library: &'a mut Library,
        values: &'a mut Values<'v>,
        item: &NetworkItem,
    ) -> (Self, ValueId) {
        let mut expansion = Self {
            library,
            values,
            nodes: Vec::new(),
            expectations: Vec::new(),
            freezes: Vec::new(),
            said: Said::default(),
            scopes: vec![Names::default()],
            open: vec![item.name.to_string()],
            home: 0,
            steps: 0,
            is_full: false,
        };
        let steps = item.steps.iter();
        let output = steps.fold(ValueId::INPUT, |value, step| expansion.step(step, value));
        expansion.close();
        (expansion, output)
    }

    fn fail(&mut self, region: Region, message: String, help: String) -> Reported {
        let diagnostic = Diagnostic::new(region, message).help(help);
        self.values.diagnostics.report(diagnostic)
    }

    /// Reports what a layer lacks, unless part of it could not be read, which may have been that.
    fn lacks(
        &mut self,
        layer: &LayerSyntax,
        region: Region,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Reported {
        layer
            .damage
            .unwrap_or_else(|| self.fail(region, message.into(), help.into()))
    }

    /// Counts steps that are about to be read.
    fn count(&mut self, steps: usize, place: Region) {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS && !self.is_full {
            self.is_full = true;
            let message = format!("the network has more than {MAX_STEPS} steps up to this one");
            let help = "repeat less, or declare several networks".to_owned();
            self.fail(place, message, help);
        }
    }

    fn scope(&mut self) -> &mut Names {
        let last = self.scopes.len() - 1;
        &mut self.scopes[last]
    }

    fn close(&mut self) {
        if let Some(names) = self.scopes.pop()
            && !self.is_abroad()
        {
            let is_block = |word: &str| self.library.is_block(word);
            names.finish(is_block, self.values.diagnostics);
        }
    }

    /// Steps one after another, of which the first may be the label to begin from.
    fn chain(&mut self, steps: &[Step], input: ValueId) -> ValueId {
        let (start, rest) = match steps.split_first() {
            Some((first, rest)) => match self.label(first) {
                Some(value) => (value, rest),
                None => (input, steps),
            },
            None => (input, steps),
        };
        rest.iter()
            .fold(start, |value, step| self.step(step, value))
    }

    /// The value that a step which is nothing but a label stands for.
    fn label(&mut self, step: &Step) -> Option<ValueId> {
        let Ok(layer) = &step.layer else { return None };
        let is_bare = layer.window.is_none()
            && layer.network.is_none()
            && layer.arguments.is_empty()
            && step.label.is_none();
        let word = layer.word.to_string();
        if !is_bare || self.is_word(&word) {
            return None;
        }
        let mut scopes = self.scopes.iter_mut().rev();
        let value = scopes.find_map(|scope| scope.read(&word))?;
        for region in all_but_documentation(&step.attributes) {
            let message = format!(
                "`{word}` stands for a value here and not for a step, so it has no attributes"
            );
            let help =
                "write them before the step itself, or before one that follows here".to_owned();
            self.fail(region, message, help);
        }
        Some(value)
    }

    fn is_word(&self, word: &str) -> bool {
        kind(word).is_some() || STRUCTURE.contains(&word) || self.library.is_block(word)
    }

    /// The value behind a step; what its attributes say holds for all that is in it.
    fn step(&mut self, step: &Step, input: ValueId) -> ValueId {
        if self.is_full {
            return input;
        }
        let (around, first) = (self.said.clone(), self.nodes.len());
        let frozen = frozen(&step.attributes, self.values.diagnostics);
        self.said.is_frozen |= frozen.is_some();
        if !self.is_abroad() {
            let allowed = allowed(&step.attributes, Before::Step, self.values.diagnostics);
            self.said.allowed.extend(allowed);
        }
        let value = self.bare(step, input);
        self.said = around;
        if let Some(region) = frozen.filter(|_| !self.is_abroad()) {
            let nodes = first..self.nodes.len();
            self.freezes.push(Freeze { nodes, region });
        }
        value
    }

    /// The value behind a step without attributes.
    fn bare(&mut self, step: &Step, input: ValueId) -> ValueId {
        let Ok(layer) = &step.layer else {
            return self.poison(step, input);
        };
        self.count(1, (&layer.word).into());
        if self.is_full {
            return input;
        }
        let word = layer.word.to_string();
        let outcome = match word.as_str() {
            "identity" => self.identity(step, layer, input),
            "residual" => self.residual(step, layer, input),
            "repeat" => self.repeat(step, layer, input),
            "net" => self.net(step, layer, input),
            _ if self.library.is_block(&word) => self.block(step, layer, input),
            _ => match self.kind_of(layer) {
                Ok(kind) if kind.joins_branches() => self.join(step, layer, kind, input),
                Ok(kind) => return self.layer(step, layer, kind, input),
                Err(reported) => Err(reported),
            },
        };
        outcome.unwrap_or_else(|_| self.poison(step, input))
    }

    /// Gives the label of a piece to its output.
    fn remember(&mut self, step: &Step, value: ValueId) {
        if let Some(label) = &step.label {
            self.scope().label(label, value, Purpose::Name);
        }
    }

    /// A layer with one input.
    fn layer(
        &mut self,
        step: &Step,
        syntax: &LayerSyntax,
        kind: &'static Kind,
        input: ValueId,
    ) -> ValueId {
        let layer = self.built(kind, syntax);
        self.node(step, Some(syntax.clone()), Some(kind), layer, vec![input])
    }

    fn built(
        &mut self,
        kind: &'static Kind,
        syntax: &LayerSyntax,
    ) -> Result<(Variants, Places), Reported> {
        let bound = bind(kind, syntax, self.values)?;
        match Variants::build(kind, &bound.settings) {
            Ok(layer) => Ok((layer, bound.places)),
            Err(fault) => {
                let diagnostic = explain(&fault, kind, syntax, &bound.places);
                Err(self.values.diagnostics.report(diagnostic))
            }
        }
    }

    /// A step that has a mistake, so that what comes after it is still read.
    fn poison(&mut self, step: &Step, input: ValueId) -> ValueId {
        let syntax = step.layer.as_ref().ok().cloned();
        self.node(step, syntax, None, Err(Reported), vec![input])
    }

    fn node(
        &mut self,
        step: &Step,
        syntax: Option<LayerSyntax>,
        kind: Option<&'static Kind>,
        layer: Result<(Variants, Places), Reported>,
        inputs: Vec<ValueId>,
    ) -> ValueId {
        let value = ValueId(self.nodes.len() + 1);
        let word_span = syntax.as_ref().map(|syntax| syntax.word.span());
        let label_span = step.label.as_ref().map(Ident::span);
        let name_span = label_span.or(word_span).unwrap_or_else(Span::call_site);
        let word = syntax.as_ref().map(|syntax| syntax.word.to_string());
        let name = self
            .scope()
            .name(step.label.as_ref(), word.as_deref(), value);
        let allowed = match self.is_abroad() {
            true => LINTS.iter().map(|&lint| lint.to_owned()).collect(),
            false => self.said.allowed.clone(),
        };
        self.nodes.push(DraftNode {
            name,
            name_span,
            has_label: step.label.is_some(),
            docs: documentation(&step.attributes),
            allowed,
            is_frozen: self.said.is_frozen,
            inputs,
            syntax,
            kind,
            layer,
        });
        if self.nodes.len() > MAX_NODES && !self.is_full {
            self.is_full = true;
            let message = format!("the network has more than {MAX_NODES} layers up to this one");
            let help = "repeat less, or declare several networks".to_owned();
            self.fail(name_span.into(), message, help);
        }
        value
    }

    /// A labelled piece has names of its own, any other those of where it stands.
    fn open_scope(&mut self, label: Option<&Ident>) {
        if let Some(label) = label {
            self.open_named(&label.to_string());
        }
    }

    fn open_named(&mut self, name: &str) {
        let inner = self.scope().inner(name);
        self.scopes.push(inner);
    }

    fn close_scope(&mut self, label: Option<&Ident>) {
        if label.is_some() {
            self.close();
        }
    }

    /// The layer of a word, or what else the word may have been.
    fn kind_of(&mut self, syntax: &LayerSyntax) -> Result<&'static Kind, Reported> {
        let word = syntax.word.to_string();
        if let Some(kind) = kind(&word) {
            return Ok(kind);
        }
        if let Some((message, help)) = self.label_out_of_place(&word) {
            return Err(self.fail((&syntax.word).into(), message, help));
        }
        let help = if says_what_is_trained(&word) {
            "write `#[frozen]` before a layer that is not trained: `#[frozen] conv<5x5>(6)`"
                .to_owned()
        } else if let Some(meant) = self.meant(&word) {
            format!("did you mean {meant}?")
        } else {
            let words = KINDS.iter().map(|kind| kind.word);
            format!("the layers are {}", list(words))
        };
        let message = format!("unknown layer `{word}`");
        Err(self.fail((&syntax.word).into(), message, help))
    }

    /// The layer that other libraries call `word`, or the word or label that is nearest.
    fn meant(&self, word: &str) -> Option<String> {
        let lower = word.to_lowercase();
        let is_other_name = |kind: &&&Kind| kind.other_names.contains(&lower.as_str());
        if let Some(kind) = KINDS.iter().find(is_other_name) {
            return Some(format!("`{}`", kind.word));
        }
        let words = KINDS.iter().map(|kind| kind.word);
        let blocks = self.library.blocks.keys().map(String::as_str);
        let all = words.chain(STRUCTURE.iter().copied()).chain(blocks);
        if let Some(word) = closest(word, all) {
            return Some(format!("`{word}`"));
        }
        let labels: Vec<String> = self.scopes.iter().flat_map(Names::labels).collect();
        closest(word, labels.iter().map(String::as_str)).map(|label| format!("the label `{label}`"))
    }
}
