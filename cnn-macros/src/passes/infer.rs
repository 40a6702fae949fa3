//! Finds the shape of every value.
//!
//! *Needs* a [`Draft`]. *Leaves* an [`Outline`], which is a
//! [`ShapedGraph`](crate::graph::ShapedGraph) if there were no mistakes. Behind a fault an
//! [`Estimate`] goes on, so that what follows from the fault is silent and what does not is
//! reported.

#[cfg(test)]
mod tests;

use super::flow::Flow;
use super::lint::warn;
use super::remedy::{explain, with_change};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::graph::{Draft, DraftNode, End, Estimate, Expectation, Outline, ValueId};
use crate::layers::options::{Kind, Rank};
use crate::layers::{At, Fault, Layer, Parameter};
use crate::shape::{LIMIT, Shape, checked_product};

/// Infers all shapes of a network.
pub(crate) fn infer(draft: Draft, diagnostics: &mut Diagnostics) -> Outline {
    let mut inference = Inference {
        estimates: vec![draft.input.map_or(Estimate::Unknown, Estimate::Known)],
        parameters: Vec::new(),
        count: 0,
        draft: &draft,
        diagnostics,
    };
    for index in 0..draft.nodes.len() {
        inference.node(index);
    }
    let output = inference.output();
    let Inference {
        estimates,
        parameters,
        ..
    } = inference;
    Outline {
        draft,
        estimates,
        parameters,
        output,
    }
}

struct Inference<'a> {
    draft: &'a Draft,
    estimates: Vec<Estimate>,
    parameters: Vec<Option<Vec<Parameter>>>,
    /// How many parameters there are so far.
    count: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Inference<'_> {
    fn node(&mut self, index: usize) {
        let node = &self.draft.nodes[index];
        let inputs = node
            .inputs
            .iter()
            .map(|&input| self.seen(input, index, &self.draft.expectations));
        let inputs: Vec<Estimate> = inputs.collect();
        let shapes: Option<Vec<Shape>> = inputs.iter().map(|input| input.shape()).collect();
        let estimate = self.estimate(index, &inputs, shapes.as_deref());
        self.estimates.push(estimate);
        let parameters = match (&node.layer, shapes) {
            (Ok((variants, _)), Some(shapes)) if accepts(node, &inputs) => {
                let layer = variants.on(shapes[0]).ok();
                layer.and_then(|layer| self.parameters_of(index, layer, &shapes))
            }
            _ => None,
        };
        self.parameters.push(parameters);
    }

    /// What a node is given. Inside of another network, whose shapes are right for the input that it
    /// declares, that is this input, though another may flow in.
    fn seen(&self, value: ValueId, node: usize, expectations: &[Expectation]) -> Estimate {
        let mut expectations = expectations.iter().rev();
        let declared = expectations.find(|e| e.value == value && e.end.is_input_of(node));
        declared.map_or(self.estimates[value.0], |e| Estimate::Known(e.shape))
    }

    /// What was written of a value of which nothing else is known.
    fn written(&self, value: ValueId) -> Estimate {
        let mut expectations = self.draft.expectations.iter();
        let written = expectations.find(|e| e.value == value && e.end == End::Output);
        written.map_or(Estimate::Unknown, |e| Estimate::Known(e.shape))
    }

    /// The shape behind a node; `shapes` are those of its inputs, if all are known.
    fn estimate(
        &mut self,
        index: usize,
        inputs: &[Estimate],
        shapes: Option<&[Shape]>,
    ) -> Estimate {
        let node = &self.draft.nodes[index];
        let Some(kind) = node.kind else {
            return self.written(ValueId(index + 1));
        };
        if let Some(fault) = inputs
            .iter()
            .find_map(|&input| rank_fault(kind, node, input))
        {
            self.report(index, &fault);
            return behind_fault(kind, node, Estimate::Unknown);
        }
        let (Ok((variants, _)), Some(shapes)) = (&node.layer, shapes) else {
            return behind_fault(kind, node, inputs[0]);
        };
        let layer = variants.on(shapes[0]).map_err(Clone::clone);
        let fault = match layer.and_then(|layer| Ok((layer, layer.output(shapes)?))) {
            Ok((layer, output)) if output.checked_elements().is_some() => {
                self.lints(index, layer, shapes);
                return Estimate::Known(output);
            }
            Ok((_, output)) => {
                let message = format!("the output {output} has more than {LIMIT} elements");
                Fault::at(At::Layer, message)
                    .help("make the layer smaller, or what flows into it".to_owned())
            }
            Err(fault) => fault,
        };
        self.report(index, &fault);
        behind_fault(kind, node, inputs[0])
    }

    /// The parameters, if they are not too many.
    fn parameters_of(
        &mut self,
        index: usize,
        layer: &dyn Layer,
        inputs: &[Shape],
    ) -> Option<Vec<Parameter>> {
        let is_too_large = |output: Shape| output.checked_elements().is_none();
        if layer.output(inputs).is_ok_and(is_too_large) {
            return None;
        }
        let mut parameters = layer.parameters(inputs);
        if let Shape::Signal { .. } = inputs[0] {
            parameters = parameters.into_iter().map(Parameter::of_signal).collect();
        }
        let total = parameters.iter().try_fold(self.count, |total, parameter| {
            let total = total.checked_add(checked_product(&parameter.shape)?)?;
            (total <= LIMIT).then_some(total)
        });
        match total {
            Some(total) => {
                self.count = total;
                Some(parameters)
            }
            None => {
                let message =
                    format!("the network has more than {LIMIT} parameters up to this layer");
                let help = "make the layer smaller, or what flows into it".to_owned();
                self.report(index, &Fault::at(At::Layer, message).help(help));
                None
            }
        }
    }

    fn report(&mut self, index: usize, fault: &Fault) {
        let node = &self.draft.nodes[index];
        let (Some(kind), Some(syntax)) = (node.kind, &node.syntax) else {
            return;
        };
        let diagnostic = match &node.layer {
            Ok((_, places)) => explain(fault, kind, syntax, places),
            Err(_) => Diagnostic::new(&syntax.word, &fault.message).maybe_help(fault.help.clone()),
        };
        let flow = Flow::up_to(self.draft, &self.estimates, index);
        let drawing = flow.draw(fault.note.as_deref().unwrap_or_default());
        self.diagnostics.report(diagnostic.drawing(drawing));
    }

    fn lints(&mut self, index: usize, layer: &dyn Layer, inputs: &[Shape]) {
        for lint in layer.lints(inputs) {
            warn(&self.draft.nodes[index], lint, self.diagnostics);
        }
    }

    /// Compares values inside with the shapes that were written of them.
    fn expectations(&mut self) {
        let mut first_fault = None;
        let all = &self.draft.expectations;
        for (index, expectation) in all.iter().enumerate() {
            if first_fault.is_some_and(|fault| expectation.value > fault) {
                // It may follow from the first one.
                continue;
            }
            let found = match &expectation.end {
                End::Output => self.estimates[expectation.value.0],
                // A network inside of one whose input is wrong is not to blame.
                End::Input { inside } => self.seen(expectation.value, inside.start, &all[..index]),
            };
            if let Some(found) = found.shape()
                && found != expectation.shape
            {
                first_fault = Some(expectation.value);
                let message = format!("{}, found {found}", expectation.what);
                let flow = Flow::to_value(self.draft, &self.estimates, expectation.value);
                let drawing = flow.draw(&format!("is {found}"));
                let help = match &expectation.end {
                    End::Input { .. } => {
                        format!("let what stands before it end with {}", expectation.shape)
                    }
                    End::Output => format!("write `{found}`"),
                };
                let diagnostic = Diagnostic::new(expectation.region, message).drawing(drawing);
                self.diagnostics.report(diagnostic.help(help));
            }
        }
    }

    /// The output, after it was compared with the shape that ends the declaration.
    fn output(&mut self) -> Estimate {
        self.expectations();
        let output = self.estimates[self.draft.output.0];
        let Some((Ok(wanted), region)) = self.draft.asserted else {
            return output;
        };
        let Estimate::Known(found) = output else {
            return output;
        };
        if found == wanted {
            return output;
        }
        let flow = Flow::of_all(self.draft, &self.estimates);
        let drawing = flow.draw_end(&wanted.to_string(), &format!("is {found}"));
        let message = format!("the network ends with {found}, not with {wanted}");
        let help = self.help_for_output(found, wanted);
        let diagnostic = Diagnostic::new(region, message).drawing(drawing).help(help);
        self.diagnostics.report(diagnostic);
        Estimate::Unknown
    }

    /// The change of a layer that makes the output fit, or the shape that is true.
    fn help_for_output(&self, found: Shape, wanted: Shape) -> String {
        let truth = format!("end the chain with `-> {found}`");
        match self.fitting_layer(wanted) {
            Some(layer) => format!("write `{layer}`, or {truth}"),
            None => match (found, wanted) {
                (Shape::Image { .. } | Shape::Signal { .. }, Shape::Flat(length))
                    if found.checked_elements() == Some(length) =>
                {
                    format!("add `-> flatten`, or {truth}")
                }
                (Shape::Image { .. } | Shape::Signal { .. }, Shape::Flat(length)) => {
                    format!("add `-> flatten -> dense({length})`, or {truth}")
                }
                _ => truth,
            },
        }
    }

    /// The last layer that sets the size, changed so that the output is `wanted`.
    fn fitting_layer(&self, wanted: Shape) -> Option<String> {
        for node in self.draft.nodes.iter().rev() {
            let input = self.estimates[node.inputs[0].0].shape();
            let (kind, syntax) = (node.kind?, node.syntax.as_ref()?);
            let variants = &node.layer.as_ref().ok()?.0;
            let layer = match input {
                Some(shape) => variants.on(shape).ok()?,
                None => variants.any()?,
            };
            if let Some(change) = layer.fit(input, wanted) {
                return Some(with_change(syntax, kind, &change));
            }
            if kind.gives != Rank::Any {
                return None;
            }
        }
        None
    }
}

/// Whether a layer takes values of these kinds.
fn accepts(node: &DraftNode, inputs: &[Estimate]) -> bool {
    let takes = |kind: &Kind| {
        inputs
            .iter()
            .all(|&input| rank_fault(kind, node, input).is_none())
    };
    node.kind.is_some_and(takes)
}

/// An image where a vector is needed, or the reverse.
fn rank_fault(kind: &Kind, node: &DraftNode, input: Estimate) -> Option<Fault> {
    let found = rank(input)?;
    if kind.takes.takes(found) {
        return None;
    }
    let (word, taken) = (kind.word, kind.takes);
    let what = match input.shape() {
        Some(shape) => the_shape(shape),
        None if found == Rank::Flat => "a flat shape".to_owned(),
        None => found.to_string(),
    };
    let source = node
        .syntax
        .as_ref()
        .map_or_else(|| word.to_owned(), ToString::to_string);
    let help = match (taken, found, input.shape()) {
        (Rank::Flat, ..) => format!("write `flatten -> {source}`"),
        (_, Rank::Signal, Some(Shape::Signal { channels, length })) => {
            format!("write `reshape({channels}x1x{length}) -> {source}`")
        }
        _ => format!("move `{word}` before the layer that made its input flat"),
    };
    let message = format!("`{word}` takes {taken}, found {what}");
    let fault = Fault::at(At::Layer, message).note(format!("needs {taken}"));
    Some(fault.help(help))
}

/// `the image 1x28x28`
fn the_shape(shape: Shape) -> String {
    let kind = match shape {
        Shape::Image { .. } => "image",
        Shape::Signal { .. } => "signal",
        Shape::Flat(_) => "flat shape",
    };
    format!("the {kind} {shape}")
}

fn rank(estimate: Estimate) -> Option<Rank> {
    match estimate {
        Estimate::Known(Shape::Image { .. }) | Estimate::SomeImage => Some(Rank::Image),
        Estimate::Known(Shape::Signal { .. }) | Estimate::SomeSignal => Some(Rank::Signal),
        Estimate::Known(Shape::Flat(_)) | Estimate::SomeFlat => Some(Rank::Flat),
        Estimate::SomeSpatial => Some(Rank::Spatial),
        Estimate::Unknown => None,
    }
}

/// What is known behind a layer that has a fault, or whose input has.
fn behind_fault(kind: &Kind, node: &DraftNode, input: Estimate) -> Estimate {
    let layer = node.layer.as_ref().ok();
    let layer = layer.and_then(|(variants, _)| variants.any());
    if let Some(shape) = layer.and_then(Layer::constant_output) {
        return Estimate::Known(shape);
    }
    match kind.gives {
        Rank::Spatial => match rank(input) {
            Some(Rank::Image) => Estimate::SomeImage,
            Some(Rank::Signal) => Estimate::SomeSignal,
            _ => Estimate::SomeSpatial,
        },
        Rank::Image => Estimate::SomeImage,
        Rank::Signal => Estimate::SomeSignal,
        Rank::Flat => Estimate::SomeFlat,
        Rank::Any => input,
        Rank::Stated => Estimate::Unknown,
    }
}
