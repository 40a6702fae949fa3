//! What the steps of a network may use: the blocks and networks of the declaration, and networks that
//! were fetched from elsewhere.

use std::collections::{HashMap, HashSet};

use proc_macro2::Ident;

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::foreign::Fetched;
use crate::layers::{STRUCTURE, kind};
use crate::passes::attributes::{Before, allowed};
use crate::passes::constants::Constants;
use crate::passes::mentions::uses;
use crate::syntax::{BlockItem, NetworkItem, NetworkPath};

/// All blocks and networks by their names, and which blocks were used.
pub(crate) struct Library {
    pub(super) blocks: HashMap<String, BlockItem>,
    pub(super) networks: HashMap<String, NetworkItem>,
    pub(super) used: HashSet<String>,
    /// Networks of other places, by the paths that lead to them from here.
    pub(super) fetched: HashMap<String, Foreign>,
    /// Networks of other places that have not been fetched yet.
    pub(crate) missing: Vec<NetworkPath>,
}

/// A network of another place, among the names of its own declaration.
pub(crate) struct Foreign {
    pub(super) name: String,
    pub(super) library: Library,
    pub(super) constants: Constants,
}

impl Foreign {
    fn new(fetched: Fetched, diagnostics: &mut Diagnostics) -> Self {
        let declaration = fetched.declaration;
        let constants = Constants::new(declaration.constants, diagnostics);
        let mut library = Library::new(declaration.blocks, &declaration.networks, diagnostics);
        library.fetch(fetched.fetched, diagnostics);
        Self {
            name: fetched.name,
            library,
            constants,
        }
    }
}

impl Library {
    /// Takes all pieces, and reports blocks whose name is taken.
    pub(crate) fn new(
        items: Vec<BlockItem>,
        networks: &[NetworkItem],
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut blocks = HashMap::new();
        for block in items {
            let name = block.name.to_string();
            if kind(&name).is_some() || STRUCTURE.contains(&name.as_str()) {
                let message = format!("the block `{name}` has the word of a layer as its name");
                let help = format!("write `block {name}_1`");
                diagnostics.report(Diagnostic::new(&block.name, message).help(help));
                continue;
            }
            let place = block.name.clone();
            if blocks.insert(name.clone(), block).is_some() {
                let message = format!("the block `{name}` is declared twice");
                diagnostics.report(Diagnostic::new(&place, message).help("rename one of them"));
            }
        }
        let networks = networks.iter();
        let networks = networks.map(|item| (item.name.to_string(), item.clone()));
        Self {
            blocks,
            networks: networks.collect(),
            used: HashSet::new(),
            fetched: HashMap::new(),
            missing: Vec::new(),
        }
    }

    /// Takes networks of other places.
    pub(crate) fn fetch(&mut self, fetched: Vec<Fetched>, diagnostics: &mut Diagnostics) {
        for network in fetched {
            let path = network.path.clone();
            self.fetched
                .insert(path, Foreign::new(network, diagnostics));
        }
    }

    pub(super) fn is_block(&self, word: &str) -> bool {
        self.blocks.contains_key(word)
    }

    /// Warns of blocks that no network uses, and of parameters that their own block does not.
    pub(crate) fn finish(self, diagnostics: &mut Diagnostics) {
        let mut blocks: Vec<&BlockItem> = self.blocks.values().collect();
        blocks.sort_by_key(|block| block.name.to_string());
        for block in blocks {
            let lints = allowed(&block.attributes, Before::Item, diagnostics);
            // What has a mistake may have been meant as the use that is missing.
            if diagnostics.has_errors() {
                continue;
            }
            let name = &block.name;
            if !self.used.contains(&name.to_string()) {
                let message = format!("the block `{name}` is never used");
                warn(
                    "unused_block",
                    Diagnostic::new(name, message),
                    &lints,
                    diagnostics,
                );
                continue;
            }
            let is_unused = |name: &&Ident| uses(&block.steps, &name.to_string()).is_empty();
            for parameter in block.parameters.iter().filter(is_unused) {
                let message = format!("the block `{name}` never uses its parameter `{parameter}`");
                let diagnostic = Diagnostic::new(parameter, message);
                warn("unused_parameter", diagnostic, &lints, diagnostics);
            }
        }
    }
}

/// Keeps a warning of something unused, unless `allowed` has its name.
fn warn(
    lint: &'static str,
    diagnostic: Diagnostic,
    allowed: &[String],
    diagnostics: &mut Diagnostics,
) {
    if allowed.iter().any(|allowed| allowed == lint) {
        return;
    }
    let help = format!("take it out, or accept it with `#[allow({lint})]`");
    diagnostics.warn(lint, diagnostic.help(help));
}
