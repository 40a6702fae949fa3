//! What a layer declares of itself: its word, its window, its options, each with kind and default.
//!
//! From these tables come the reading of arguments, the "did you mean" and the documentation.

use std::fmt::{self, Display, Formatter};

use super::{At, Fault, Layer};
use crate::shape::Shape;

/// The entry of a layer in the registry.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The word of the language, which is also the stem of automatic names: `conv`.
    pub(crate) word: &'static str,
    /// One line for the documentation, `src/layers/` of the facade, which a test keeps true.
    #[cfg_attr(not(test), allow(dead_code))]
    pub(crate) doc: &'static str,
    /// What other libraries call it.
    pub(crate) other_names: &'static [&'static str],
    /// Whether a window stands in `<>` behind the word.
    pub(crate) has_window: bool,
    /// What flows in.
    pub(crate) takes: Rank,
    /// What flows out.
    pub(crate) gives: Rank,
    /// The first may be given without its name.
    pub(crate) options: &'static [OptionSpec],
    /// Makes the layer of options that have been read.
    pub(crate) build: fn(&Settings) -> Result<Box<dyn Layer>, Fault>,
}

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// As an input: whatever it is. As an output: what flows in.
    Any,
    /// Channels, and one or two sizes behind them: an image or a signal. As an output: which of them
    /// flows in.
    Spatial,
    /// Channels, height, width.
    Image,
    /// Channels, length.
    Signal,
    /// A vector.
    Flat,
    /// As an output: what the layer is told.
    Stated,
}

/// What helps those who wrote a size, as other libraries want it, where an option of another kind stands.
pub(super) const SIZES_FLOW_IN: &str = "take it out, if it is a size: sizes are those that flow in";

/// One option of a layer.
#[derive(Debug)]
pub(crate) struct OptionSpec {
    pub(crate) name: &'static str,
    /// What other libraries call it.
    pub(crate) other_names: &'static [&'static str],
    pub(crate) takes: Takes,
    pub(crate) presence: Presence,
    /// One line for the documentation.
    pub(crate) doc: &'static str,
}

/// What an option is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// A whole number of at least 1.
    Count,
    /// One or two whole numbers of at least 1.
    Sides,
    /// One or two whole numbers of at least 0, the same on opposite sides.
    Margins,
    /// A number.
    Number,
    /// `true` or `false`.
    Switch,
    /// `same`, `valid`, one or two numbers, or each side by name.
    Padding,
    /// Chains, whose outputs the layer joins.
    Branches,
    /// One or two numbers of at least 0, or each side by name.
    BySide,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A shape.
    Shape,
}

/// What alone a part of a layer can be meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Only {
    pub(crate) at: At,
    pub(crate) meant: Meant,
}

/// By how sides were written: `3x3` and `(top = 1)` are an image's, `(before = 1)` a signal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meant {
    Image,
    Signal,
}

/// Whether an option must be given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Presence {
    /// It must, for example with this value.
    Required(&'static str),
    /// It has a default.
    Default(Setting),
    /// The layer finds a value if there is none: `the window`.
    Computed(&'static str),
}

/// The value of an option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Setting {
    Count(usize),
    /// Height, width.
    Sides([usize; 2]),
    Number(f64),
    Switch(bool),
    Padding(Padding),
    Word(&'static str),
    Shape(Shape),
}

/// How much is put around an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Padding {
    /// None.
    Valid,
    /// As much as keeps height and width.
    Same,
    /// Top, bottom, left, right.
    Sides([usize; 4]),
}

/// The options of one layer, read, with defaults filled in.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) window: Option<[usize; 2]>,
    pub(crate) values: Vec<(&'static str, Setting)>,
    /// The parts that do not suit both images and signals.
    pub(crate) only: Vec<Only>,
}

/// Every getter asks for what the layer's own table promises.
impl Settings {
    fn get(&self, name: &str) -> Option<Setting> {
        let found = self.values.iter().find(|(option, _)| *option == name);
        found.map(|&(_, setting)| setting)
    }

    pub(crate) fn window(&self) -> [usize; 2] {
        self.window.expect("the layer's table asks for a window")
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        match self.get(name) {
            Some(Setting::Count(count)) => count,
            other => unreachable!("the table has no count `{name}`: {other:?}"),
        }
    }

    /// Nothing if the option was left to the layer.
    pub(crate) fn sides(&self, name: &str) -> Option<[usize; 2]> {
        match self.get(name) {
            Some(Setting::Sides(sides)) => Some(sides),
            None => None,
            other => unreachable!("the table has no sides `{name}`: {other:?}"),
        }
    }

    pub(crate) fn number(&self, name: &str) -> f64 {
        match self.get(name) {
            Some(Setting::Number(number)) => number,
            other => unreachable!("the table has no number `{name}`: {other:?}"),
        }
    }

    pub(crate) fn switch(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Setting::Switch(on)) => on,
            other => unreachable!("the table has no switch `{name}`: {other:?}"),
        }
    }

    pub(crate) fn word(&self, name: &str) -> &'static str {
        match self.get(name) {
            Some(Setting::Word(word)) => word,
            other => unreachable!("the table has no word `{name}`: {other:?}"),
        }
    }

    pub(crate) fn shape(&self, name: &str) -> Shape {
        match self.get(name) {
            Some(Setting::Shape(shape)) => shape,
            other => unreachable!("the table has no shape `{name}`: {other:?}"),
        }
    }

    pub(crate) fn padding(&self, name: &str) -> Padding {
        match self.get(name) {
            Some(Setting::Padding(padding)) => padding,
            other => unreachable!("the table has no padding `{name}`: {other:?}"),
        }
    }
}

/// As messages and the documentation say it.
impl Display for Takes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Word(words) => return f.write_str(&alternatives(words)),
            Self::Count => "a whole number",
            Self::Sides | Self::Margins => "a whole number or two, as in `1x2`",
            Self::Number => "a number",
            Self::Switch => "`true` or `false`",
            Self::Branches => "chains, without the name",
            Self::Padding => "`same`, `valid`, a whole number, or two, as in `1x2`",
            Self::BySide => "a whole number, two, as in `1x2`, or each side by name",
            Self::Shape => "a shape, as in `4x3x3`",
        })
    }
}

/// `` `zeros`, `reflect` or `circular` ``
fn alternatives(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => quoted.concat(),
    }
}

impl Display for Presence {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required(_) => f.write_str("required"),
            Self::Default(setting) => write!(f, "`{setting}`"),
            Self::Computed(from) => f.write_str(from),
        }
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Sides([height, width]) if height == width => height.fmt(f),
            // `0x2` would be a hexadecimal number.
            Self::Sides([0, width]) => write!(f, "[0, {width}]"),
            Self::Sides([height, width]) => write!(f, "{height}x{width}"),
            Self::Number(number) => number.fmt(f),
            Self::Switch(on) => on.fmt(f),
            Self::Word(word) => f.write_str(word),
            Self::Shape(shape) => shape.fmt(f),
            Self::Padding(Padding::Valid) => f.write_str("valid"),
            Self::Padding(Padding::Same) => f.write_str("same"),
            Self::Padding(Padding::Sides([top, bottom, left, right])) => {
                write!(
                    f,
                    "(top = {top}, bottom = {bottom}, left = {left}, right = {right})"
                )
            }
        }
    }
}

impl Rank {
    /// Whether a layer that takes this can be given a value of the rank `found`, as far as is known.
    pub(crate) fn takes(self, found: Self) -> bool {
        match (self, found) {
            (Self::Any | Self::Stated, _) | (_, Self::Any | Self::Stated) => true,
            (Self::Image | Self::Signal | Self::Spatial, Self::Spatial) => true,
            (Self::Spatial, Self::Image | Self::Signal) => true,
            (taken, found) => taken == found,
        }
    }
}

/// As messages say what a layer takes: `takes a flat input`.
impl Display for Rank {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any | Self::Stated => "anything",
            Self::Spatial => "an image or a signal",
            Self::Image => "an image",
            Self::Signal => "a signal",
            Self::Flat => "a flat input",
        })
    }
}

impl Takes {
    /// Whether its numbers are sides, of which an image has two and a signal one.
    pub(crate) fn has_sides(self) -> bool {
        matches!(
            self,
            Self::Sides | Self::Margins | Self::Padding | Self::BySide
        )
    }
}

impl Kind {
    /// Whether the layer reads the outputs of several chains.
    pub(crate) fn joins_branches(&self) -> bool {
        let mut options = self.options.iter();
        options.any(|option| option.takes == Takes::Branches)
    }

    /// The option called `name`.
    pub(crate) fn option(&self, name: &str) -> Option<&'static OptionSpec> {
        self.options.iter().find(|option| option.name == name)
    }
}
