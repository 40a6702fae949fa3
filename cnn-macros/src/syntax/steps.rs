//! Tokens to the steps of a chain.

use proc_macro2::Delimiter;
use syn::Attribute;

use super::parse::{Parser, Recovery};
use super::{LayerSyntax, ShapeSyntax, Step};
use crate::diagnostics::{Region, Reported};

/// What stands behind an arrow.
enum Link {
    Step(Box<Step>),
    Shape(ShapeSyntax),
}

impl Parser<'_> {
    /// All that is joined by arrows, up to the end of the item.
    pub(super) fn chain(&mut self) -> (Vec<Step>, Option<ShapeSyntax>) {
        let mut steps = Vec::new();
        let mut asserted: Option<ShapeSyntax> = None;
        let mut next = self.cursor.eat_arrow();
        while let Some(arrow) = next {
            if let Some(early) = asserted.take() {
                self.fail_at(
                    early.region,
                    format!("the shape `{early}` stands inside of the chain"),
                    "a shape can only end the chain; take it out",
                );
            }
            match self.link(arrow) {
                Ok(Link::Step(step)) => steps.push(*step),
                Ok(Link::Shape(shape)) => asserted = Some(shape),
                Err(reported) => steps.push(Step::unreadable(reported)),
            }
            next = self.finish_link(steps.last_mut());
        }
        (steps, asserted)
    }

    /// Steps joined by arrows, the first without one: a branch, or the body of a block.
    pub(super) fn inner_chain(&mut self) -> Result<Vec<Step>, Reported> {
        let mut steps = Vec::new();
        loop {
            let attributes = self.attributes()?;
            steps.push(self.step(attributes)?);
            let Some(arrow) = self.cursor.eat_arrow() else {
                return Ok(steps);
            };
            let is_over = self.cursor.is_at_end()
                || self.is_at_item()
                || [',', ';']
                    .iter()
                    .any(|end| self.cursor.is_at_punct(0, *end));
            if is_over {
                return Err(self.no_layer_after(arrow));
            }
        }
    }

    /// After a link comes an arrow, the next item, or the end. A word is a step whose arrow is missing, and
    /// anything else belonged to the step before. Gives the arrow, or its place.
    fn finish_link(&mut self, last: Option<&mut Step>) -> Option<Region> {
        if self.is_at_boundary() {
            return self.cursor.eat_arrow();
        }
        let help = self.help_after_link();
        let reported = self.expected("`->` or the next network", help);
        if self.cursor.peek_ident(0).is_some() {
            return Some(self.cursor.before());
        }
        self.recover(Recovery::Link);
        if let Some(Ok(layer)) = last.map(|step| &mut step.layer) {
            layer.damage = Some(reported);
        }
        self.cursor.eat_arrow()
    }

    /// What probably was meant by something that is no arrow.
    pub(super) fn help_after_link(&self) -> &'static str {
        let at = |character| self.cursor.is_at_punct(0, character);
        if self.cursor.peek_group(0, Delimiter::Bracket).is_some() {
            return "a window stands in `<>`: `conv<3x3>(16)`";
        }
        if self.cursor.peek_group(0, Delimiter::Brace).is_some() {
            return "what a step is given stands in `( )`: `residual(conv<3x3>(16, padding = same) -> relu)`";
        }
        if at('<') {
            return "the window stands before the arguments: `conv<3x3>(16)`";
        }
        if at('#') {
            return "attributes of a step stand behind its arrow: `-> #[allow(unread_rows)] conv<3x3>(16)`";
        }
        if at(';') {
            return "a network needs no `;`, take it out";
        }
        if at(',') && (self.is_item_at(1) || self.cursor.peek(1).is_none()) {
            return "networks need no comma between them, take it out";
        }
        "steps are joined by `->`"
    }

    fn link(&mut self, arrow: Region) -> Result<Link, Reported> {
        let result = self.link_inner(arrow);
        if result.is_err() {
            self.recover(Recovery::Link);
        }
        result
    }

    fn link_inner(&mut self, arrow: Region) -> Result<Link, Reported> {
        let attributes = self.attributes()?;
        let is_shape = self.cursor.peek_literal(0).is_some()
            || self.cursor.peek_group(0, Delimiter::Bracket).is_some();
        if is_shape && attributes.is_empty() {
            return self.shape().map(Link::Shape);
        }
        if self.cursor.is_at_end() || self.is_at_item() {
            return Err(self.no_layer_after(arrow));
        }
        Ok(Link::Step(Box::new(self.step(attributes)?)))
    }

    fn no_layer_after(&mut self, arrow: Region) -> Reported {
        let help = "write a layer such as `relu`, or take the arrow out";
        self.fail_at(arrow, "no layer stands after this `->`", help)
    }

    /// `conv1: conv<5x5>(6)`
    pub(super) fn step(&mut self, attributes: Vec<Attribute>) -> Result<Step, Reported> {
        let mut label = None;
        if self.cursor.peek_ident(0).is_some() && self.cursor.is_at_colon(1) {
            label = self.cursor.eat_ident();
            self.cursor.skip();
        }
        let layer = self.layer();
        if layer.is_err() {
            self.recover(Recovery::Link);
        }
        Ok(Step {
            attributes,
            label,
            layer,
        })
    }

    fn layer(&mut self) -> Result<LayerSyntax, Reported> {
        let Some(word) = self.cursor.eat_ident() else {
            let message = format!("expected a layer, found {}", self.cursor.found());
            let is_group = self.cursor.peek_group(0, Delimiter::Parenthesis).is_some();
            let help = match () {
                () if is_group => {
                    "steps of a chain need no parentheses; a label names the step behind it alone"
                }
                () if self.cursor.is_at_punct(0, '#') => {
                    "attributes stand before the label: `#[frozen] first: conv<5x5>(6)`"
                }
                () => "a step is a layer such as `conv<5x5>(6)` or `relu`",
            };
            return Err(self.fail(message, help));
        };
        if self.cursor.is_at_path_separator(0) {
            let start = Region::from(&word);
            while self.cursor.eat_punct(':').is_some() || self.cursor.eat_ident().is_some() {}
            let region = start.to(self.cursor.before());
            let help = "write the word alone, as in `conv<5x5>(6)`";
            return Err(self.fail_at(region, "a layer is a single word, found a path", help));
        }
        let mut layer = LayerSyntax {
            region: (&word).into(),
            word,
            window: None,
            network: None,
            arguments: Vec::new(),
            damage: None,
        };
        self.window(&mut layer);
        self.arguments(&mut layer);
        layer.region = layer.region.to(self.cursor.before());
        Ok(layer)
    }
}

impl Step {
    /// A step that is known only to be there.
    pub(super) fn unreadable(reported: Reported) -> Self {
        Self {
            attributes: Vec::new(),
            label: None,
            layer: Err(reported),
        }
    }
}
