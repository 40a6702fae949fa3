//! Collects what is wrong with a declaration, and says how to mend it.
//!
//! Every pass adds to the same [`Diagnostics`] and goes on, so that one compile reports every
//! independent mistake. A diagnostic is what is wrong, where, and a help that can be pasted.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// A mistake, at the smallest token at fault.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    pub(crate) span: Span,
    /// Lower case, no full stop, with the numbers.
    pub(crate) message: String,
    /// How to mend it, as text that can be pasted.
    pub(crate) help: Option<String>,
    /// The drawn chain up to the fault.
    pub(crate) flow: Option<String>,
}

/// A warning that `#[allow(name)]` before a step silences.
#[derive(Clone, Debug)]
pub(crate) struct Warning {
    pub(crate) name: &'static str,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// Everything found so far.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    errors: Vec<Diagnostic>,
    warnings: Vec<Warning>,
}

impl Diagnostic {
    /// A mistake without a help.
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
            flow: None,
        }
    }

    /// Adds how to mend it.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a help if there is one.
    #[must_use]
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    fn text(&self) -> String {
        let mut text = self.message.clone();
        if let Some(flow) = &self.flow {
            text.push('\n');
            text.push_str(flow);
        }
        if let Some(help) = &self.help {
            text.push_str("\nhelp: ");
            text.push_str(help);
        }
        text
    }
}

impl Diagnostics {
    /// Adds a mistake.
    pub(crate) fn error(&mut self, diagnostic: Diagnostic) {
        self.errors.push(diagnostic);
    }

    /// Adds a warning.
    pub(crate) fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    /// How many mistakes were found so far.
    pub(crate) fn error_count(&self) -> usize {
        self.errors.len()
    }

    /// Errors and warnings as items, each at its place.
    pub(crate) fn emit(&self) -> TokenStream {
        let errors = self.errors.iter().map(|error| {
            let text = error.text();
            quote_spanned!(error.span=> ::core::compile_error! { #text })
        });
        let warnings = self.warnings.iter().map(Warning::emit);
        quote! { #(#errors)* #(#warnings)* }
    }

    /// The mistakes, for tests.
    #[cfg(test)]
    pub(crate) fn errors(&self) -> &[Diagnostic] {
        &self.errors
    }

    /// The warnings, for tests.
    #[cfg(test)]
    pub(crate) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

impl Warning {
    /// Stable Rust lets a macro warn only through a deprecated item that is used at a span.
    fn emit(&self) -> TokenStream {
        let name = Ident::new(self.name, self.span);
        let declared = Ident::new(self.name, Span::call_site());
        let help = self
            .help
            .as_ref()
            .map(|help| format!("\nhelp: {help}"))
            .unwrap_or_default();
        let note = format!(
            "{}{help}\nhelp: `#[allow({})]` before the step silences this",
            self.message, self.name
        );
        quote! {
            const _: () = {
                #[deprecated(note = #note)]
                #[allow(non_upper_case_globals)]
                const #declared: () = ();
                #name
            };
        }
    }
}

/// The candidate that is most like `word`, if one is like it at all.
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    /// Below this Jaro–Winkler similarity a suggestion confuses more than it helps.
    const SIMILAR: f64 = 0.8;
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// `did you mean \`relu\`?`, or the whole list where nothing is close.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    match closest(word, candidates.clone()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => {
            let all: Vec<String> = candidates
                .into_iter()
                .map(|candidate| format!("`{candidate}`"))
                .collect();
            format!("{what}: {}", all.join(", "))
        }
    }
}
