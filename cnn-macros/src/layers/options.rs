//! The options of a layer: their table, and typed access to what was written.

use proc_macro2::Span;

use crate::diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use crate::passes::constants::{Constants, Number};
use crate::syntax::numbers::as_word;
use crate::syntax::{Argument, Expression, Sizes, Step, Value};

use super::Layer;

/// A word of the language: what may be written after it, and how it becomes a layer.
///
/// The parser, the "did you mean" and the table in the documentation are made from it.
pub(crate) struct Word {
    pub(crate) word: &'static str,
    /// One sentence for the documentation.
    pub(crate) doc: &'static str,
    pub(crate) window: WindowRule,
    pub(crate) options: &'static [Opt],
    /// Reads the options; `None` after a mistake, which was reported.
    pub(crate) build: fn(&mut Options<'_>) -> Option<Box<dyn Layer>>,
}

/// Whether a word takes a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WindowRule {
    Required,
    None,
}

/// One option of a word.
pub(crate) struct Opt {
    pub(crate) name: &'static str,
    /// As it is written; `None` if the option must be given.
    pub(crate) default: Option<&'static str>,
    pub(crate) doc: &'static str,
}

/// What was written after a word, while it is read.
pub(crate) struct Options<'a> {
    word: &'static Word,
    step: &'a Step,
    constants: &'a Constants,
    diagnostics: &'a mut Diagnostics,
    failed: bool,
}

/// A number and where it was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<'a> Options<'a> {
    /// Checks that every argument is an option of the word, at most once.
    pub(crate) fn new(
        word: &'static Word,
        step: &'a Step,
        constants: &'a Constants,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        let mut options = Self {
            word,
            step,
            constants,
            diagnostics,
            failed: false,
        };
        options.check_window();
        options.check_keys();
        options
    }

    /// Whether everything could be read so far.
    pub(crate) fn succeeded(&self) -> bool {
        !self.failed
    }

    /// Where the word stands.
    pub(crate) fn word_span(&self) -> Span {
        self.step.word.span()
    }

    /// What was written before and after the first option, to propose another value of it.
    pub(crate) fn around_first(&self) -> [String; 2] {
        let source = &self.step.source;
        let start = source.find('(').map_or(source.len(), |at| at + 1);
        let end = source[start..]
            .find([',', ')'])
            .map_or(source.len(), |at| start + at);
        let keyed = source[start..end].find('=').map_or(0, |at| at + 2);
        [
            source[..(start + keyed).min(end)].to_owned(),
            source[end..].to_owned(),
        ]
    }

    /// Reports a mistake.
    pub(crate) fn fail(&mut self, diagnostic: Diagnostic) {
        self.failed = true;
        self.diagnostics.error(diagnostic);
    }

    fn check_window(&mut self) {
        let word = self.word.word;
        match (&self.step.window, self.word.window) {
            (Some(window), WindowRule::None) => {
                let span = window.span;
                self.fail(
                    Diagnostic::new(span, format!("`{word}` takes no window"))
                        .help(format!("write `{word}` without `<…>`")),
                );
            }
            (None, WindowRule::Required) => {
                let span = self.step.word.span();
                self.fail(
                    Diagnostic::new(span, format!("`{word}` needs a window"))
                        .help(format!("write `{word}<3x3>…`")),
                );
            }
            _ => {}
        }
    }

    fn check_keys(&mut self) {
        let (step, word) = (self.step, self.word);
        let mut seen: Vec<String> = Vec::new();
        for (position, argument) in step.arguments.iter().enumerate() {
            let Some(key) = &argument.key else {
                self.check_position(position, argument);
                continue;
            };
            let name = key.to_string();
            if !word.options.iter().any(|option| option.name == name) {
                let names = word.options.iter().map(|option| option.name);
                let help = match word.options.is_empty() {
                    true => format!("`{}` takes no options", word.word),
                    false => did_you_mean(&name, &format!("`{}` takes", word.word), names),
                };
                let message = format!("`{}` has no option `{name}`", word.word);
                self.fail(Diagnostic::new(key.span(), message).help(help));
            } else if seen.contains(&name) {
                self.fail(Diagnostic::new(
                    key.span(),
                    format!("`{name}` is given twice"),
                ));
            }
            seen.push(name);
        }
    }

    /// Only the first option may stand without its name.
    fn check_position(&mut self, position: usize, argument: &Argument) {
        let word = self.word.word;
        let names: Vec<&str> = self.word.options.iter().map(|option| option.name).collect();
        let (message, help) = match (position, names.first()) {
            (0, Some(_)) => return,
            (_, None) => {
                (format!("`{word}` takes no options"), format!("write `{word}` without them"))
            }
            (_, Some(first)) => (
                format!("only `{first}` may stand without its name"),
                format!("write the option's name before it: {}", names.join(", ")),
            ),
        };
        self.fail(Diagnostic::new(argument.value.span(), message).help(help));
    }

    fn find(&self, name: &str) -> Option<&'a Value> {
        let first = self.word.options.first().is_some_and(|option| option.name == name);
        let arguments = &self.step.arguments;
        arguments
            .iter()
            .enumerate()
            .find(|(position, argument)| match &argument.key {
                Some(key) => key == name,
                None => first && *position == 0,
            })
            .map(|(_, argument)| &argument.value)
    }

    /// The window, one number meaning both sides.
    pub(crate) fn window(&mut self) -> Option<Spanned<[usize; 2]>> {
        let window = self.step.window.as_ref()?;
        self.pair_of(window, "a window")
    }

    fn pair_of(&mut self, sizes: &Sizes, what: &str) -> Option<Spanned<[usize; 2]>> {
        let read: Vec<usize> = sizes
            .sizes
            .iter()
            .map_while(|size| self.count_of(size, what, 1))
            .collect();
        let span = sizes.span;
        let value = match (read.as_slice(), sizes.sizes.len()) {
            (&[both], 1) => [both, both],
            (&[height, width], 2) => [height, width],
            (_, 1 | 2) => return None,
            (_, count) => {
                let message = format!("{what} has two sides, found {count}");
                self.fail(Diagnostic::new(span, message).help("write height x width, as in `3x3`"));
                return None;
            }
        };
        Some(Spanned { value, span })
    }

    /// A whole number, at least `least`.
    fn count_of(&mut self, expression: &Expression, what: &str, least: usize) -> Option<usize> {
        let number = self.evaluate(expression)?;
        let span = expression.span();
        let fault = match number {
            Number::Integer(value) => match usize::try_from(value) {
                Ok(value) if value > MOST => format!("{what} of {value} is too large"),
                Ok(value) if value >= least => return Some(value),
                _ => format!("{what} must be at least {least}, found {value}"),
            },
            Number::Float(value) => format!("{what} must be a whole number, found {value}"),
        };
        self.fail(Diagnostic::new(span, fault));
        None
    }

    fn evaluate(&mut self, expression: &Expression) -> Option<Number> {
        match self.constants.evaluate(expression) {
            Ok(number) => Some(number),
            Err(diagnostic) => {
                self.fail(diagnostic);
                None
            }
        }
    }

    /// A whole number that must be given.
    pub(crate) fn count(&mut self, name: &'static str) -> Option<Spanned<usize>> {
        let what = format!("`{name}`");
        match self.find(name) {
            Some(Value::Expression(expression)) => {
                let value = self.count_of(expression, &what, 1)?;
                Some(Spanned {
                    value,
                    span: expression.span(),
                })
            }
            Some(other) => self.wrong_kind(name, other, "one whole number"),
            None => {
                let (span, word) = (self.step.arguments_span, &self.step.word);
                let message = format!("`{word}` needs `{name}`");
                let start = self.step.source.split('(').next().unwrap_or_default();
                let help = format!("write `{start}(8)`");
                self.fail(Diagnostic::new(span, message).help(help));
                None
            }
        }
    }

    fn wrong_kind<T>(&mut self, name: &str, value: &Value, expected: &str) -> Option<T> {
        let message = format!("`{name}` takes {expected}");
        self.fail(Diagnostic::new(value.span(), message));
        None
    }

    /// One number or `HxW`, each at least `least`.
    pub(crate) fn pair(
        &mut self,
        name: &'static str,
        least: usize,
        default: [usize; 2],
    ) -> Option<Spanned<[usize; 2]>> {
        let what = format!("`{name}`");
        let Some(value) = self.find(name) else {
            return Some(Spanned {
                value: default,
                span: self.word_span(),
            });
        };
        let sizes = match value {
            Value::Expression(expression) => vec![expression],
            Value::Sizes(sizes) if sizes.sizes.len() <= 2 => sizes.sizes.iter().collect(),
            other => return self.wrong_kind(name, other, "one number or two, as in `2x2`"),
        };
        let span = value.span();
        let read: Option<Vec<usize>> = sizes
            .iter()
            .map(|size| self.count_of(size, &what, least))
            .collect();
        let read = read?;
        let value = [*read.first()?, *read.last()?];
        Some(Spanned { value, span })
    }

    /// The word that an option is, if it is one of `words`.
    pub(crate) fn word(&self, name: &str, words: &[&str]) -> Option<(String, Span)> {
        match self.find(name) {
            Some(Value::Expression(expression)) => {
                let word = as_word(expression)?;
                let text = word.to_string();
                let known = words.contains(&text.as_str()) || !self.constants.contains(&text);
                known.then(|| (text, word.span()))
            }
            _ => None,
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &'static str, default: bool) -> Option<bool> {
        if self.find(name).is_none() {
            return Some(default);
        }
        match self.word(name, &["true", "false"]) {
            Some((word, _)) if word == "true" => Some(true),
            Some((word, _)) if word == "false" => Some(false),
            _ => {
                let span = self.find(name).map_or(self.word_span(), Value::span);
                self.fail(Diagnostic::new(
                    span,
                    format!("`{name}` is `true` or `false`"),
                ));
                None
            }
        }
    }

    /// A number that need not be whole.
    pub(crate) fn number(&mut self, name: &'static str, default: f64) -> Option<Spanned<f64>> {
        match self.find(name) {
            None => Some(Spanned {
                value: default,
                span: self.word_span(),
            }),
            Some(Value::Expression(expression)) => {
                let value = match self.evaluate(expression)? {
                    Number::Integer(value) => value as f64,
                    Number::Float(value) => value,
                };
                Some(Spanned {
                    value,
                    span: expression.span(),
                })
            }
            Some(other) => self.wrong_kind(name, other, "one number"),
        }
    }
}

/// Counts beyond this are mistakes: a tensor of so many rows would not fit a 32-bit machine.
const MOST: usize = 1 << 31;
