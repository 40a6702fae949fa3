//! Reads the window and the arguments of a layer against its table.
//!
//! *Needs* a layer as written, and its entry in the registry. *Leaves* its options with defaults
//! filled in, and where each was written.

#[cfg(test)]
mod tests;

use proc_macro2::Ident;

use super::attributes::says_what_is_trained;
use super::remedy::with_change;
use super::values::Values;
use crate::diagnostics::{Diagnostic, Region, Reported, closest, list};
use crate::layers::options::{Kind, Meant, Only, OptionSpec, Presence, Settings, Takes};
use crate::layers::{At, Change};
use crate::syntax::{Argument, Expression, LayerSyntax, Value};

/// The options of a layer.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) settings: Settings,
    pub(crate) places: Places,
}

/// Where the parts of a layer were written.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) word: Region,
    pub(crate) window: Option<Region>,
    pub(crate) options: Vec<(&'static str, Region)>,
}

impl Places {
    /// Where a part was written, or else the layer's word.
    pub(crate) fn region(&self, at: At) -> Region {
        let found = match at {
            At::Layer => None,
            At::Window => self.window,
            At::Option(name) => {
                let written = self.options.iter().find(|(option, _)| *option == name);
                written.map(|&(_, region)| region)
            }
        };
        found.unwrap_or(self.word)
    }
}

/// Reads all that `layer` was given.
pub(crate) fn bind(
    kind: &'static Kind,
    layer: &LayerSyntax,
    values: &mut Values<'_>,
) -> Result<Bound, Reported> {
    let mut binder = Binder {
        kind,
        layer,
        values,
        settings: Settings::default(),
        places: Places {
            word: (&layer.word).into(),
            window: layer.window.as_ref().map(|window| window.region),
            options: Vec::new(),
        },
        outcome: layer.damage.map_or(Ok(()), Err),
    };
    let stray = binder.window();
    let arguments = layer.arguments.iter().enumerate();
    let others = arguments.filter(|(position, _)| stray != Some(*position));
    for (position, (_, argument)) in others.enumerate() {
        binder.argument(position, argument);
    }
    binder.complete();
    binder.outcome.map(|()| Bound {
        settings: binder.settings,
        places: binder.places,
    })
}

struct Binder<'a, 'b> {
    kind: &'static Kind,
    layer: &'a LayerSyntax,
    values: &'a mut Values<'b>,
    settings: Settings,
    places: Places,
    outcome: Result<(), Reported>,
}

impl Binder<'_, '_> {
    fn fail(&mut self, diagnostic: Diagnostic) {
        self.outcome = Err(self.values.diagnostics.report(diagnostic));
    }

    /// The window, or the argument that it was written as.
    fn window(&mut self) -> Option<usize> {
        let word = self.kind.word;
        match (&self.layer.window, self.kind.has_window) {
            (Some(window), true) if window.sizes.is_empty() => {
                let change = Change::Window("3x3".to_owned());
                let help = format!("write `{}`", with_change(self.layer, self.kind, &change));
                self.fail(Diagnostic::new(window.region, "this window is empty").help(help));
            }
            (Some(window), true) => match self.values.window(window) {
                Ok(sides) => {
                    self.settings.window = Some(sides);
                    self.note_sides(At::Window, &Value::Sides(window.clone()));
                }
                Err(reported) => self.outcome = Err(reported),
            },
            (Some(window), false) => {
                let message = format!("`{word}` has no window, found `<{window}>`");
                let help = match self.kind.options.first().map(|first| first.takes) {
                    Some(Takes::Shape) if !window.sizes.is_empty() => {
                        format!("write `{word}({window})`")
                    }
                    _ => format!("write `{}`", self.without_window()),
                };
                self.fail(Diagnostic::new(window.region, message).help(help));
            }
            (None, true) => {
                let stray = self.stray_window();
                if self.layer.damage.is_none() {
                    self.missing_window(stray);
                }
                return stray;
            }
            (None, false) => {}
        }
        None
    }

    /// Notes if sides are written as only an image, or only a signal, has them.
    fn note_sides(&mut self, at: At, value: &Value) {
        let named = |arguments: &[Argument], names: [&str; 2]| {
            let mut keys = arguments
                .iter()
                .filter_map(|argument| argument.key.as_ref());
            keys.any(|key| names.iter().any(|name| key == name))
        };
        let meant = match value {
            Value::Sides(sides) if sides.sizes.len() == 2 => Meant::Image,
            Value::Tuple(sides, _) if named(sides, ["top", "bottom"]) => Meant::Image,
            Value::Tuple(sides, _) if named(sides, ["before", "after"]) => Meant::Signal,
            _ => return,
        };
        self.settings.only.push(Only { at, meant });
    }

    fn without_window(&self) -> LayerSyntax {
        LayerSyntax {
            window: None,
            ..self.layer.clone()
        }
    }

    fn missing_window(&mut self, stray: Option<usize>) {
        let word = self.kind.word;
        let mut mended = self.layer.clone();
        let window = stray.map(|stray| as_window(&mended.arguments.remove(stray).value));
        let mended = mended.to_string();
        let rest = &mended[word.len()..];
        let help = match window {
            Some(window) => format!("write `{word}<{window}>{rest}`"),
            None => format!("write it behind the word: `{word}<3x3>{rest}`"),
        };
        let message = format!("`{word}` needs a window");
        self.fail(Diagnostic::new(&self.layer.word, message).help(help));
    }

    /// The argument that the window was written as.
    fn stray_window(&self) -> Option<usize> {
        let is_window = |argument: &Argument| match &argument.key {
            Some(key) => is_called_window(&key.to_string()),
            None => matches!(argument.value, Value::Sides(_)),
        };
        let named = self.layer.arguments.iter().position(is_window);
        named.or_else(|| self.stray_number())
    }

    /// Where one number without a name stands more than the layer must have, the one that is the window:
    /// the first of `max_pool(3, 2)`, which needs none, and the last of `conv(16, 3)`.
    fn stray_number(&self) -> Option<usize> {
        let is_required = |option: &&OptionSpec| matches!(option.presence, Presence::Required(_));
        let required = self.kind.options.iter().filter(is_required).count();
        let arguments = self.layer.arguments.iter();
        let numbers = arguments.take_while(|argument| {
            let is_number =
                matches!(&argument.value, Value::Expression(number) if is_literal(number));
            argument.key.is_none() && is_number
        });
        match (required, numbers.count()) {
            (0, 1..) => Some(0),
            (required, count) if count == required + 1 => Some(required),
            _ => None,
        }
    }

    fn argument(&mut self, position: usize, argument: &Argument) {
        let Some(option) = self.option_of(position, argument) else {
            return;
        };
        if self
            .places
            .options
            .iter()
            .any(|(name, _)| *name == option.name)
        {
            let message = format!("`{}` is given twice", option.name);
            self.fail(Diagnostic::new(argument.region, message).help("take one of them out"));
            return;
        }
        self.places
            .options
            .push((option.name, argument.value.region()));
        match self.values.setting(option, &argument.value) {
            Ok(setting) => {
                self.settings.values.push((option.name, setting));
                if option.takes.has_sides() {
                    self.note_sides(At::Option(option.name), &argument.value);
                }
            }
            Err(reported) => self.outcome = Err(reported),
        }
    }

    /// The option that an argument sets, by name or by position.
    fn option_of(&mut self, position: usize, argument: &Argument) -> Option<&'static OptionSpec> {
        let options = self.kind.options;
        match &argument.key {
            Some(key) => {
                let found = self.kind.option(&key.to_string());
                if found.is_none() {
                    self.unknown_option(key);
                }
                found
            }
            None if position == 0 && !options.is_empty() => Some(&options[0]),
            None => {
                self.stray_argument(argument);
                None
            }
        }
    }

    fn unknown_option(&mut self, key: &Ident) {
        let word = self.kind.word;
        let text = key.to_string();
        let message = format!("`{word}` has no option `{text}`");
        let meant = self
            .kind
            .options
            .iter()
            .find(|option| option.other_names.contains(&text.as_str()));
        let names = || self.kind.options.iter().map(|option| option.name);
        let help = match meant
            .map(|option| option.name)
            .or_else(|| closest(&text, names()))
        {
            _ if self.kind.has_window && is_called_window(&text) => {
                format!("the window stands in `<>`, `{word}<3x3>`")
            }
            _ if says_what_is_trained(&text) => {
                format!(
                    "layers are trained unless `#[frozen]` stands before them: `#[frozen] {word}`"
                )
            }
            Some(name) => format!("did you mean `{name}`?"),
            None if self.kind.options.is_empty() => format!("`{word}` has no options"),
            None => format!("the options of `{word}` are {}", list(names())),
        };
        self.fail(Diagnostic::new(key, message).help(help));
    }

    /// An argument without a name, where no option stands.
    fn stray_argument(&mut self, argument: &Argument) {
        let word = self.kind.word;
        let value = &argument.value;
        if let Some(option) = self.option_without_value(value) {
            let message = format!("`{option}` needs a value");
            let help = format!("write `{option} = …`");
            self.fail(Diagnostic::new(argument.region, message).help(help));
            return;
        }
        let (message, help) = match self.kind.options {
            [] => (
                format!("`{word}` takes no options, found `{value}`"),
                format!("write `{word}`"),
            ),
            [first, rest @ ..] => {
                let next = rest.first().unwrap_or(first).name;
                let first = first.name;
                (
                    format!("only `{first}` may stand without its name, found `{value}`"),
                    format!("write `{next} = {value}`"),
                )
            }
        };
        self.fail(Diagnostic::new(argument.region, message).help(help));
    }

    /// The option that a value is only the name of, or that is written as a call: `padding(1)`.
    fn option_without_value(&self, value: &Value) -> Option<&'static str> {
        let text = value.to_string();
        let name = text.split('(').next()?;
        self.kind.option(name).map(|option| option.name)
    }

    /// Fills in defaults, and reports what is missing.
    fn complete(&mut self) {
        for option in self.kind.options {
            if self
                .places
                .options
                .iter()
                .any(|(name, _)| *name == option.name)
            {
                continue;
            }
            match option.presence {
                Presence::Default(setting) => self.settings.values.push((option.name, setting)),
                Presence::Computed(_) => {}
                Presence::Required(example) if self.outcome.is_ok() => {
                    self.missing_option(option, example);
                }
                // It may be what was misspelt.
                Presence::Required(_) => {}
            }
        }
    }

    fn missing_option(&mut self, option: &OptionSpec, example: &str) {
        let word = self.kind.word;
        let name = option.name;
        let mut written = self.layer.to_string();
        match written.strip_suffix(')').map(str::to_owned) {
            Some(open) => {
                written = format!(
                    "{}({example}, {}",
                    self.head(),
                    &open[self.head().len() + 1..]
                )
            }
            None => written = format!("{written}({example}"),
        }
        let message = format!("`{word}` needs `{name}`, the {}", option.doc);
        self.fail(Diagnostic::new(&self.layer.word, message).help(format!("write `{written})`")));
    }

    /// The layer without its arguments.
    fn head(&self) -> String {
        let bare = LayerSyntax {
            arguments: Vec::new(),
            ..self.layer.clone()
        };
        bare.to_string()
    }
}

/// What other libraries call a window that they take as an option.
fn is_called_window(name: &str) -> bool {
    ["window", "kernel", "kernel_size", "size"].contains(&name)
}

fn is_literal(number: &Expression) -> bool {
    number.to_string().parse::<usize>().is_ok()
}

/// A value as it would stand in `<>`: `3` as `3x3`, `(3, 5)` as `3x5`.
fn as_window(value: &Value) -> String {
    match value {
        Value::Expression(size) if is_literal(size) => format!("{size}x{size}"),
        Value::Tuple(sides, _) if sides.iter().all(|side| side.key.is_none()) => {
            let sides: Vec<String> = sides.iter().map(ToString::to_string).collect();
            sides.join("x")
        }
        _ => value.to_string(),
    }
}
