//! Values for options: numbers, sides, words.
//!
//! *Needs* a value as written, and what the option takes. *Leaves* a [`Setting`] that is in range.

use proc_macro2::Ident;

use super::constants::{Constants, Number};
use crate::diagnostics::{Diagnostic, Diagnostics, Region, Reported, closest};
use crate::layers::options::{OptionSpec, Padding, Setting, Takes};
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

    /// A shape: one size is flat, three are an image.
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
            [channels, length] => {
                let message = format!(
                    "shapes of two sizes, signals, are not supported yet, found `{syntax}`"
                );
                let help = format!("an image of one row is `{channels}x1x{length}`");
                return self.fail(syntax.region, message, Some(help));
            }
            _ => {
                let message = format!(
                    "a shape has one size or three, found {} in `{syntax}`",
                    sizes.len()
                );
                let help =
                    "an image is written channels x height x width, `1x28x28`; a flat shape `10`";
                return self.fail(syntax.region, message, Some(help.to_owned()));
            }
        };
        match shape.checked_elements() {
            Some(_) => Ok(shape),
            None => self.fail(
                syntax.region,
                format!("the shape `{shape}` has more than {LIMIT} elements"),
                None,
            ),
        }
    }

    /// A window: one number is both sides.
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
    fn whole(
        &mut self,
        what: &str,
        expression: &Expression,
        least: i64,
    ) -> Result<usize, Reported> {
        let region = expression.region();
        let value = match self.constants.evaluate(expression, self.diagnostics)? {
            Number::Integer(value) => value,
            found @ Number::Float(value) => {
                let help = (value.fract() == 0.0 && value >= least as f64 && value < LIMIT as f64)
                    .then(|| format!("write `{value}`"));
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
                None,
            );
        }
        match usize::try_from(value) {
            Ok(value) if value <= LIMIT => Ok(value),
            _ => self.fail(
                region,
                format!("{what} is at most {LIMIT}, found {value}"),
                None,
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
            (_, Value::Expression(Expression::Name(word))) if self.is_word(word) => {
                self.word(option, word)
            }
            (Takes::Count, Value::Expression(number)) => {
                self.whole(&what, number, 1).map(Setting::Count)
            }
            (Takes::Number, Value::Expression(number)) => {
                let number = self.constants.evaluate(number, self.diagnostics)?;
                Ok(Setting::Number(number.to_float()))
            }
            (Takes::Sides | Takes::Margins | Takes::Padding, Value::Expression(number)) => {
                let sides = Sides {
                    sizes: vec![number.clone()],
                    region: number.region(),
                };
                self.sides(option, &sides)
            }
            (Takes::Sides | Takes::Margins | Takes::Padding, Value::Sides(sides)) => {
                self.sides(option, sides)
            }
            (Takes::Padding, Value::Tuple(arguments, _)) => self.padding_by_name(arguments),
            (Takes::Switch, Value::Expression(Expression::Integer(value @ (0 | 1), region))) => {
                let message = format!("{what} is {}, found {value}", option.takes);
                let help = format!("write `{} = {}`", option.name, *value == 1);
                self.fail(*region, message, Some(help))
            }
            _ => self.wrong_kind(option, value),
        }
    }

    fn wrong_kind<T>(&mut self, option: &OptionSpec, value: &Value) -> Result<T, Reported> {
        let message = format!("`{}` is {}, found `{value}`", option.name, option.takes);
        self.fail(value.region(), message, None)
    }

    fn sides(&mut self, option: &OptionSpec, sides: &Sides) -> Result<Setting, Reported> {
        let what = format!("`{}`", option.name);
        let least = i64::from(option.takes == Takes::Sides);
        let [height, width] = self.two(&what, sides, least)?;
        Ok(match option.takes {
            Takes::Padding => Setting::Padding(Padding::Sides([height, height, width, width])),
            _ => Setting::Sides([height, width]),
        })
    }

    /// A name that is no constant is a word; one in capitals was meant as a constant.
    fn is_word(&self, name: &Ident) -> bool {
        let text = name.to_string();
        !self.constants.contains(&text) && text.chars().any(char::is_lowercase)
    }

    fn word(&mut self, option: &OptionSpec, word: &Ident) -> Result<Setting, Reported> {
        let text = word.to_string();
        let words = match option.takes {
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
                .map(|&word| (word, Setting::Word(word)))
                .collect(),
            _ => Vec::new(),
        };
        if let Some((_, setting)) = words.iter().find(|(known, _)| *known == text) {
            return Ok(*setting);
        }
        let message = format!("`{}` is {}, found `{text}`", option.name, option.takes);
        let help = closest(&text, words.iter().map(|(known, _)| *known))
            .map(|known| format!("did you mean `{known}`?"));
        self.fail(word.into(), message, help)
    }

    /// `(top = 0, bottom = 1, left = 0, right = 1)`, of which any may be left out.
    fn padding_by_name(&mut self, arguments: &[Argument]) -> Result<Setting, Reported> {
        const NAMES: [&str; 4] = ["top", "bottom", "left", "right"];
        let mut sides = [None; 4];
        for argument in arguments {
            let key = argument.key.as_ref().map(Ident::to_string);
            let named = key.and_then(|key| NAMES.iter().position(|name| *name == key));
            let (Some(index), Value::Expression(number)) = (named, &argument.value) else {
                let message = format!("expected a side and its number, found `{argument}`");
                let help = "write `(top = 0, bottom = 1, left = 0, right = 1)`".to_owned();
                return self.fail(argument.region, message, Some(help));
            };
            if sides[index].is_some() {
                let message = format!("`{}` is given twice", NAMES[index]);
                return self.fail(argument.region, message, None);
            }
            sides[index] = Some(self.whole(&format!("`{}`", NAMES[index]), number, 0)?);
        }
        Ok(Setting::Padding(Padding::Sides(
            sides.map(|side| side.unwrap_or(0)),
        )))
    }
}
