//! Builds a layer of its options, for what may flow into it.
//!
//! *Needs* options that have been read. *Leaves* the layer for images and vectors, and the one for
//! signals, where they differ: one number is both sides of a window on an image, and its length on a
//! signal. Which of them is meant is known when the shapes are.

use crate::layers::options::{Kind, Meant, Padding, Setting, Settings, Takes};
use crate::layers::{At, Change, Fault, Layer};
use crate::shape::Shape;

/// A layer for each kind of value.
#[derive(Debug)]
pub(crate) struct Variants {
    usual: Result<Box<dyn Layer>, Fault>,
    /// Nothing if it is the usual one.
    on_signals: Option<Result<Box<dyn Layer>, Fault>>,
}

impl Variants {
    /// The layer with these options; a fault if there is none, whatever flows in.
    pub(crate) fn build(kind: &Kind, settings: &Settings) -> Result<Self, Fault> {
        let usual = match settings
            .only
            .iter()
            .find(|only| only.meant == Meant::Signal)
        {
            Some(only) => Err(sides_of_a_signal(settings, only.at)),
            None => (kind.build)(settings),
        };
        let on_signals = depends_on_rank(kind)
            .then(|| on_signals(kind, settings).and_then(|settings| (kind.build)(&settings)));
        match (usual, on_signals) {
            (Err(fault), None) => Err(fault),
            (Err(usual), Some(Err(fault))) => Err(match settings.only.first() {
                Some(only) if only.meant == Meant::Signal => fault,
                _ => usual,
            }),
            (usual, on_signals) => Ok(Self { usual, on_signals }),
        }
    }

    /// A layer that is the same whatever flows in.
    #[cfg(test)]
    pub(crate) fn of(layer: Box<dyn Layer>) -> Self {
        Self {
            usual: Ok(layer),
            on_signals: None,
        }
    }

    /// The layer for an input of this shape, or why it cannot be.
    pub(crate) fn on(&self, input: Shape) -> Result<&dyn Layer, &Fault> {
        let chosen = match (input, &self.on_signals) {
            (Shape::Signal { .. }, Some(layer)) => layer,
            _ => &self.usual,
        };
        chosen.as_ref().map(Box::as_ref)
    }

    /// [`on`](Self::on), for good.
    pub(crate) fn into_layer(self, input: Shape) -> Option<Box<dyn Layer>> {
        let chosen = match (input, self.on_signals) {
            (Shape::Signal { .. }, Some(layer)) => layer,
            _ => self.usual,
        };
        chosen.ok()
    }

    /// One of them, for questions that no shape bears on.
    pub(crate) fn any(&self) -> Option<&dyn Layer> {
        let layers = [Some(&self.usual), self.on_signals.as_ref()];
        let mut built = layers.into_iter().flatten().flatten();
        built.next().map(Box::as_ref)
    }
}

/// Whether some number of the layer means the sides of an image or the length of a signal.
fn depends_on_rank(kind: &Kind) -> bool {
    kind.has_window || kind.options.iter().any(|option| option.takes.has_sides())
}

/// The options as they are meant on an image of one row.
fn on_signals(kind: &Kind, settings: &Settings) -> Result<Settings, Fault> {
    if let Some(only) = settings.only.iter().find(|only| only.meant == Meant::Image) {
        return Err(sides_of_an_image(settings, only.at));
    }
    let flattened = settings.values.iter().map(|&(name, setting)| {
        let takes = kind.option(name).map(|option| option.takes);
        (name, in_one_row(takes, setting))
    });
    Ok(Settings {
        window: settings.window.map(|[_, length]| [1, length]),
        values: flattened.collect(),
        only: Vec::new(),
    })
}

fn in_one_row(takes: Option<Takes>, setting: Setting) -> Setting {
    match (takes, setting) {
        (Some(Takes::Margins), Setting::Sides([_, along])) => Setting::Sides([0, along]),
        (_, Setting::Sides([_, along])) => Setting::Sides([1, along]),
        (_, Setting::Padding(Padding::Sides([_, _, left, right]))) => {
            Setting::Padding(Padding::Sides([0, 0, left, right]))
        }
        (_, other) => other,
    }
}

/// The setting of a part, as far as it has sides.
fn sides_at(settings: &Settings, at: At) -> Option<Setting> {
    match at {
        At::Window => settings.window.map(Setting::Sides),
        At::Option(wanted) => {
            let found = settings.values.iter().find(|(name, _)| *name == wanted);
            found.map(|&(_, setting)| setting)
        }
        At::Layer => None,
    }
}

/// Two numbers, or the sides of an image by name, where a signal flows in.
fn sides_of_an_image(settings: &Settings, at: At) -> Fault {
    let written = |[height, width]: [usize; 2]| match height {
        0 => format!("[0, {width}]"),
        _ => format!("{height}x{width}"),
    };
    match (at, sides_at(settings, at)) {
        (At::Window, Some(Setting::Sides(sides))) => {
            let message = format!(
                "a window on a signal has one size, found `{}`",
                written(sides)
            );
            Fault::at(at, message)
                .change(Change::Window(sides[1].to_string()))
                .help("let an image flow in, with its channels first, as in `1x28x28`".to_owned())
        }
        (At::Option(name), Some(Setting::Sides(sides))) => {
            let found = written(sides);
            let message = format!("`{name}` on a signal is one number, found `{found}`");
            Fault::at(at, message).change(Change::Option(name, sides[1].to_string()))
        }
        (At::Option(name), Some(Setting::Padding(Padding::Sides([.., left, right])))) => {
            let message = format!("`{name}` on a signal has two sides, `before` and `after`");
            let proposed = format!("(before = {left}, after = {right})");
            Fault::at(at, message).change(Change::Option(name, proposed))
        }
        (at, other) => unreachable!("{at:?} is not written with sides: {other:?}"),
    }
}

/// `before` and `after` where an image flows in.
fn sides_of_a_signal(settings: &Settings, at: At) -> Fault {
    let message = "`before` and `after` are the sides of a signal, an image has four".to_owned();
    let fault = Fault::at(at, message);
    match (at, sides_at(settings, at)) {
        (At::Option(name), Some(Setting::Padding(Padding::Sides([.., left, right])))) => fault
            .change(Change::Option(
                name,
                format!("(left = {left}, right = {right})"),
            )),
        _ => fault,
    }
}
