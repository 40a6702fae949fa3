//! Why a layer cannot be, in parts: the passes put them together to a message.

/// Why a layer cannot be: what is wrong, where, and what would mend it.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) at: At,
    /// One line: lower case, no full stop, the numbers in it.
    pub(crate) message: String,
    /// What stands beside the carets under the drawn chain.
    pub(crate) note: Option<String>,
    /// Each alone would mend it.
    pub(crate) changes: Vec<Change>,
    /// Advice that is no change of an option.
    pub(crate) help: Option<String>,
}

/// The part of a layer that is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// All of it.
    Layer,
    Window,
    /// An option, by its name; all of the layer if it was not written.
    Option(&'static str),
}

/// A change of how a layer is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Window(String),
    Option(&'static str, String),
}

impl Fault {
    pub(crate) fn at(at: At, message: String) -> Self {
        Self {
            at,
            message,
            note: None,
            changes: Vec::new(),
            help: None,
        }
    }

    pub(crate) fn note(mut self, note: String) -> Self {
        self.note = Some(note);
        self
    }

    pub(crate) fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    pub(crate) fn help(mut self, help: String) -> Self {
        self.help = Some(help);
        self
    }
}
