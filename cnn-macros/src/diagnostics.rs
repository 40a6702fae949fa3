//! Mistakes and warnings: collected while the passes run, rendered at the end.
//!
//! A mistake says what is wrong, where, and under `help:` what would mend it. It becomes a
//! `compile_error!` at the user's tokens; a warning becomes the use of a deprecated item there, which
//! is the one warning with a place of our choice that stable Rust has.

mod suggest;
#[cfg(test)]
pub(crate) mod testing;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

pub(crate) use suggest::{closest, list};

/// A stretch of the source, from the start of its first token to the end of its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    first: Span,
    last: Span,
}

impl Region {
    /// From the start of this region to the end of `last`.
    pub(crate) fn to(self, last: Self) -> Self {
        Self {
            first: self.first,
            last: last.last,
        }
    }

    /// What tells two regions apart: spans cannot be compared, but their places can be printed.
    pub(crate) fn place(&self) -> String {
        format!("{:?} {:?}", self.first, self.last)
    }

    /// Where all of `tokens` stand, or `otherwise` if there are none.
    pub(crate) fn of(tokens: impl ToTokens, otherwise: Self) -> Self {
        let mut spans = tokens
            .into_token_stream()
            .into_iter()
            .map(|token| token.span());
        let Some(first) = spans.next() else {
            return otherwise;
        };
        Self {
            first,
            last: spans.last().unwrap_or(first),
        }
    }
}

impl From<Span> for Region {
    fn from(span: Span) -> Self {
        Self {
            first: span,
            last: span,
        }
    }
}

impl From<&Ident> for Region {
    fn from(ident: &Ident) -> Self {
        ident.span().into()
    }
}

/// The proof that a mistake has been reported; whoever receives it stays silent about what follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reported;

/// One mistake or warning.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    region: Region,
    message: String,
    drawing: Option<String>,
    help: Option<String>,
}

impl Diagnostic {
    /// `message` is one line: lower case, no full stop, the numbers in it.
    pub(crate) fn new(region: impl Into<Region>, message: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            message: message.into(),
            drawing: None,
            help: None,
        }
    }

    /// What would mend it, as text to paste.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// [`help`](Self::help), where there may be none.
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// The chain up to the fault.
    pub(crate) fn drawing(mut self, drawing: String) -> Self {
        self.drawing = Some(drawing);
        self
    }

    /// What tells two mistakes apart.
    fn identity(&self) -> (&str, String) {
        (&self.message, self.region.place())
    }

    /// The whole text, several lines.
    fn text(&self) -> String {
        let mut text = self.message.clone();
        if let Some(drawing) = &self.drawing {
            text = format!("{text}\n{drawing}");
        }
        if let Some(help) = &self.help {
            text = format!("{text}\nhelp: {help}");
        }
        text
    }

    /// `::core::compile_error! { … }`, without a semicolon: rustc underlines from the first token
    /// to the last.
    fn compile_error(&self) -> TokenStream {
        let text = self.text();
        let path = quote_spanned!(self.region.first=> ::core::compile_error!);
        let message = quote_spanned!(self.region.last=> { #text });
        quote!(#path #message)
    }
}

/// All that was found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    errors: Vec<Diagnostic>,
    warnings: Vec<(&'static str, Diagnostic)>,
    /// Something is wrong that another macro call tells.
    is_told_elsewhere: bool,
}

impl Diagnostics {
    /// Keeps a mistake; one in a block that is used twice is the same mistake.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        let is_same = |known: &Diagnostic| known.identity() == diagnostic.identity();
        if !self.errors.iter().any(is_same) {
            self.errors.push(diagnostic);
        }
        Reported
    }

    /// Keeps a warning called `name`.
    pub(crate) fn warn(&mut self, name: &'static str, diagnostic: Diagnostic) {
        let is_same = |(_, known): &(_, Diagnostic)| known.identity() == diagnostic.identity();
        if !self.warnings.iter().any(is_same) {
            self.warnings.push((name, diagnostic));
        }
    }

    /// A network cannot be made because of a mistake that is told where it stands, in another `network!`.
    pub(crate) fn reported_elsewhere(&mut self) -> Reported {
        self.is_told_elsewhere = true;
        Reported
    }

    /// Whether there was any mistake.
    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty() || self.is_told_elsewhere
    }

    /// Forgets everything: the same tokens will be read again.
    pub(crate) fn forget(mut self) {
        self.errors.clear();
    }

    /// Everything as items.
    pub(crate) fn render(mut self) -> TokenStream {
        let errors = std::mem::take(&mut self.errors);
        let errors = errors.iter().map(Diagnostic::compile_error);
        let warnings = std::mem::take(&mut self.warnings);
        let warnings = warnings
            .iter()
            .map(|(name, diagnostic)| warning(name, diagnostic));
        quote!(#(#errors)* #(#warnings)*)
    }
}

/// The use of a deprecated item at the user's place.
fn warning(name: &str, diagnostic: &Diagnostic) -> TokenStream {
    let note = diagnostic.text();
    let declared = Ident::new(name, Span::call_site());
    let used = Ident::new(name, diagnostic.region.first);
    quote! {
        const _: () = {
            #[deprecated(note = #note)]
            #[allow(non_upper_case_globals)]
            const #declared: () = ();
            #used
        };
    }
}

/// A mistake that nobody read is a mistake that the user would not have seen.
#[cfg(test)]
impl Drop for Diagnostics {
    fn drop(&mut self) {
        assert!(
            self.errors.is_empty() || std::thread::panicking(),
            "these mistakes were never read: {:#?}",
            self.errors
        );
    }
}
