//! Values for options: numbers, sides, words.
//!
//! *Needs* a value as written, and what the option takes. *Leaves* a [`Setting`] that is in range.

use proc_macro2::Ident;

use super::constants::{Constants, Number};
use crate::diagnostics::{Diagnostic, Diagnostics, Region, Reported, closest};
use crate::layers::options::{OptionSpec, Padding, Presence, Setting, Takes};
use crate::shape::{LIMIT, Shape};
use crate::syntax::{Argument, Expression, ShapeSyntax, Sides, Value};

/// Reads values, with the constants that they may name.
pub(crate) struct Values<'a> {
    pub(crate) constants: &'a mut Constants,
    pub(crate) diagnostics: &'a mut Diagnostics,
}

impl Values<'_> {
    fn fail<T>(
        &mut self,
        region: Region,
        message: String,
        help: Option<String>,
    ) -> Result<T, Reported> {
        let diagnostic = Diagnostic::new(region, message).maybe_help(help);
        Err(self.diagnostics.report(diagnostic))
    }

    /// A shape: one size is flat, two are a signal, three an image.
    pub(crate) fn shape(&mut self, syntax: &ShapeSyntax) -> Result<Shape, Reported> {
        let mut sizes = Vec::new();
        for size in &syntax.sizes {
            sizes.push(self.whole("every size of a shape", size, 1)?);
        }
        let shape = match sizes[..] {
            [length] => Shape::Flat(length),
            [channels, height, width] => Shape::Image {
                channels,
                height,
                width,
            },
            [channels, length] => Shape::Signal { channels, length },
            _ => {
                let message = format!(
                    "a shape has one to three sizes, found {} in `{syntax}`",
                    sizes.len()
                );
                let help = "an image is written channels x height x width, `1x28x28`; a signal \
                            channels x length, `16x100`; a flat shape `10`";
                return self.fail(syntax.region, message, Some(help.to_owned()));
            }
        };
        match shape.checked_elements() {
            Some(_) => Ok(shape),
            None => self.fail(
                syntax.region,
                format!("the shape `{shape}` has more than {LIMIT} elements"),
                Some("make one of its sizes smaller".to_owned()),
            ),
        }
    }

    /// A window: one number is both sides, or the length of a signal's.
    pub(crate) fn window(&mut self, sides: &Sides) -> Result<[usize; 2], Reported> {
        self.two("every side of a window", sides, 1)
    }

    fn two(&mut self, what: &str, sides: &Sides, least: i64) -> Result<[usize; 2], Reported> {
        match &sides.sizes[..] {
            [both] => {
                let both = self.whole(what, both, least)?;
                Ok([both, both])
            }
            [height, width] => {
                let height = self.whole(what, height, least);
                let width = self.whole(what, width, least);
                Ok([height?, width?])
            }
            sizes => {
                let message = format!(
                    "expected one or two sizes, found {} in `{sides}`",
                    sizes.len()
                );
                self.fail(
                    sides.region,
                    message,
                    Some("two sizes are height x width".to_owned()),
                )
            }
        }
    }

    /// A whole number in range.
    pub(crate) fn whole(
        &mut self,
        what: &str,
        expression: &Expression,
        least: i64,
    ) -> Result<usize, Reported> {
        let region = expression.region();
        let value = match self.constants.evaluate(expression, self.diagnostics)? {
            Number::Integer(value) => value,
            found @ Number::Float(value) => {
                let help = near_whole(value, least);
                return self.fail(
                    region,
                    format!("{what} is a whole number, found {found}"),
                    help,
                );
            }
        };
        if value < least {
            return self.fail(
                region,
                format!("{what} is at least {least}, found {value}"),
                Some(format!("write `{least}` or more")),
            );
        }
        match usize::try_from(value) {
            Ok(value) if value <= LIMIT => Ok(value),
            _ => self.fail(
                region,
                format!("{what} is at most {LIMIT}, found {value}"),
                Some(format!("write `{LIMIT}` or less")),
            ),
        }
    }

    /// The value of an option.
    pub(crate) fn setting(
        &mut self,
        option: &OptionSpec,
        value: &Value,
    ) -> Result<Setting, Reported> {
        let what = format!("`{}`", option.name);
        match (option.takes, value) {
            (_, Value::Expression(Expression::Name(word))) if self.is_word(option, word) => {
                self.word(option, word)
            }
            (Takes::Count, Value::Expression(number)) => {
                self.whole(&what, number, 1).map(Setting::Count)
            }
            (Takes::Number, Value::Expression(number)) => {
                self.number(&what, number).map(Setting::Number)
            }
            (Takes::Shape, Value::Expression(length)) => {
                self.shape_of(vec![length.clone()], length.region())
            }
            (Takes::Shape, Value::Sides(sides)) => self.shape_of(sides.sizes.clone(), sides.region),
            (takes, Value::Expression(number)) if takes.has_sides() => {
                let sides = Sides {
                    sizes: vec![number.clone()],
                    region: number.region(),
                };
                self.sides(option, &sides)
            }
            (takes, Value::Sides(sides)) if takes.has_sides() => self.sides(option, sides),
            (Takes::Padding | Takes::BySide, Value::Tuple(arguments, _)) => {
                self.padding_by_name(arguments)
            }
            (Takes::Switch, Value::Expression(Expression::Integer(value @ (0 | 1), region))) => {
                let message = format!("{what} is {}, found {value}", option.takes);
                let help = format!("write `{} = {}`", option.name, *value == 1);
                self.fail(*region, message, Some(help))
            }
            _ => self.wrong_kind(option, value),
        }
    }

    /// A number that single precision can hold.
    fn number(&mut self, what: &str, expression: &Expression) -> Result<f64, Reported> {
        let number = self.constants.evaluate(expression, self.diagnostics)?;
        let value = number.to_float();
        let (least, most) = (f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX));
        if value == 0.0 || (least..=most).contains(&value.abs()) {
            return Ok(value);
        }
        let message = format!("{what} does not fit into single precision, found {number}");
        let help = "its numbers are 0 and, with either sign, 1.2e-38 to 3.4e38".to_owned();
        self.fail(expression.region(), message, Some(help))
    }

    fn shape_of(&mut self, sizes: Vec<Expression>, region: Region) -> Result<Setting, Reported> {
        self.shape(&ShapeSyntax { sizes, region })
            .map(Setting::Shape)
    }

    fn wrong_kind<T>(&mut self, option: &OptionSpec, value: &Value) -> Result<T, Reported> {
        let message = format!("`{}` is {}, found `{value}`", option.name, option.takes);
        self.fail(value.region(), message, how_to_write(option))
    }

    fn sides(&mut self, option: &OptionSpec, sides: &Sides) -> Result<Setting, Reported> {
        let what = format!("`{}`", option.name);
        let least = i64::from(option.takes == Takes::Sides);
        let [height, width] = self.two(&what, sides, least)?;
        Ok(match option.takes {
            Takes::Padding | Takes::BySide => {
                Setting::Padding(Padding::Sides([height, height, width, width]))
            }
            _ => Setting::Sides([height, width]),
        })
    }

    /// A word of the option is one whatever constants are called. Else a name that is no constant is a
    /// word; one in capitals was meant as a constant.
    fn is_word(&self, option: &OptionSpec, name: &Ident) -> bool {
        let text = name.to_string();
        let is_known = words(option.takes).iter().any(|(known, _)| *known == text);
        is_known || (!self.constants.contains(&text) && text.chars().any(char::is_lowercase))
    }

    fn word(&mut self, option: &OptionSpec, word: &Ident) -> Result<Setting, Reported> {
        let text = word.to_string();
        let words = words(option.takes);
        if let Some((_, setting)) = words.iter().find(|(known, _)| *known == text) {
            return Ok(*setting);
        }
        let message = format!("`{}` is {}, found `{text}`", option.name, option.takes);
        let help = closest(&text, words.iter().map(|(known, _)| *known))
            .map(|known| format!("did you mean `{known}`?"))
            .or_else(|| how_to_write(option));
        self.fail(word.into(), message, help)
    }

    /// `(top = 0, bottom = 1, left = 0, right = 1)`, of which any may be left out; `left` and `right`
    /// of a signal are also `before` and `after`.
    fn padding_by_name(&mut self, arguments: &[Argument]) -> Result<Setting, Reported> {
        const NAMES: [&[&str]; 4] = [
            &["top"],
            &["bottom"],
            &["left", "before"],
            &["right", "after"],
        ];
        let mut sides = [None; 4];
        for argument in arguments {
            let key = argument.key.as_ref().map(Ident::to_string);
            let side = key.as_deref().unwrap_or_default();
            let named = NAMES.iter().position(|names| names.contains(&side));
            let (Some(index), Value::Expression(number)) = (named, &argument.value) else {
                let message = format!("expected a side and its number, found `{argument}`");
                let help = "write `(top = 0, bottom = 1, left = 0, right = 1)`, or \
                            `(before = 0, after = 1)` of a signal";
                return self.fail(argument.region, message, Some(help.to_owned()));
            };
            if sides[index].is_some() {
                let message = format!("`{side}` is given twice");
                let help = "take one of them out".to_owned();
                return self.fail(argument.region, message, Some(help));
            }
            sides[index] = Some(self.whole(&format!("`{side}`"), number, 0)?);
        }
        Ok(Setting::Padding(Padding::Sides(
            sides.map(|side| side.unwrap_or(0)),
        )))
    }
}

/// The words that an option knows, with their meaning.
fn words(takes: Takes) -> Vec<(&'static str, Setting)> {
    match takes {
        Takes::Switch => vec![
            ("true", Setting::Switch(true)),
            ("false", Setting::Switch(false)),
        ],
        Takes::Padding => vec![
            ("same", Setting::Padding(Padding::Same)),
            ("valid", Setting::Padding(Padding::Valid)),
        ],
        Takes::Word(words) => words
            .iter()
            .map(|word| (*word, Setting::Word(word)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The whole numbers around a fraction, as far as they are in range.
fn near_whole(value: f64, least: i64) -> Option<String> {
    let is_fit = |near: f64| near >= least as f64 && near <= LIMIT as f64;
    match [value.floor(), value.ceil()] {
        [low, high] if is_fit(low) && is_fit(high) && low != high => {
            Some(format!("write `{low}` or `{high}`"))
        }
        [_, high] if is_fit(high) => Some(format!("write `{high}`")),
        _ => None,
    }
}

/// A value that an option takes, and what a number is for, with its range.
fn how_to_write(option: &OptionSpec) -> Option<String> {
    let (name, doc) = (option.name, option.doc);
    let example = match (option.takes, option.presence) {
        (Takes::Word(_) | Takes::Switch | Takes::Branches, _) => return None,
        (_, Presence::Required(example)) => example.to_owned(),
        (_, Presence::Default(setting)) => format!("{name} = {setting}"),
        (_, Presence::Computed(_)) => format!("{name} = 2"),
    };
    Some(match option.takes {
        Takes::Number => format!("write for example `{example}`; `{name}`: {doc}"),
        _ => format!("write for example `{example}`"),
    })
}
