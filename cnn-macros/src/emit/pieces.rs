//! The labelled pieces of a network as a tree: `body.0.inner.conv1` is a layer in three of them.
//!
//! What is written of the layers is not its subject.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use proc_macro2::{Ident, Span};
use quote::format_ident;

/// The section of a network's vector in which a tensor is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Learned,
    Frozen,
}

impl Section {
    /// What slices of it are called.
    pub(super) fn name(self) -> Ident {
        match self {
            Self::Learned => format_ident!("parameters"),
            Self::Frozen => format_ident!("frozen"),
        }
    }
}

/// A piece of a network with what is known of each of its layers; the network itself has no name.
pub(super) struct Piece<L> {
    /// `stage1.0`.
    pub(super) path: String,
    pub(super) span: Span,
    /// Its places in the network's vector: one in each section in which it has tensors.
    pub(super) ranges: BTreeMap<Section, Range<usize>>,
    pub(super) layers: Vec<L>,
    pub(super) pieces: Vec<Piece<L>>,
    /// Where each of the pieces is, by its own name.
    places: HashMap<String, usize>,
}

/// A layer on its way to its piece.
pub(super) struct Entry<L> {
    pub(super) span: Span,
    /// Its place in the network's vector.
    pub(super) section: Section,
    pub(super) range: Range<usize>,
    pub(super) layer: L,
}

impl<L> Piece<L> {
    /// A network without layers.
    pub(super) fn root() -> Self {
        Self::new(String::new(), Span::call_site())
    }

    fn new(path: String, span: Span) -> Self {
        Self {
            path,
            span,
            ranges: BTreeMap::new(),
            layers: Vec::new(),
            pieces: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Puts a layer where its name says, `segments` being the parts between the dots.
    pub(super) fn insert(&mut self, segments: &[&str], entry: Entry<L>) {
        let range = self.ranges.entry(entry.section);
        range.or_insert(entry.range.clone()).end = entry.range.end;
        let (Some(first), true) = (segments.first(), segments.len() > 1) else {
            self.layers.push(entry.layer);
            return;
        };
        let known = self.places.get(*first).copied();
        let index = known.unwrap_or_else(|| {
            let path = match self.path.is_empty() {
                true => (*first).to_owned(),
                false => format!("{}.{first}", self.path),
            };
            self.places.insert((*first).to_owned(), self.pieces.len());
            self.pieces.push(Self::new(path, entry.span));
            self.pieces.len() - 1
        });
        self.pieces[index].insert(&segments[1..], entry);
    }

    /// `stage1` of `body.stage1`.
    pub(super) fn own_name(&self) -> &str {
        own_name(&self.path)
    }

    /// Whether it is a turn of a repetition.
    pub(super) fn is_turn(&self) -> bool {
        self.own_name().parse::<usize>().is_ok()
    }

    /// Whether it is a repetition, whose pieces are numbered.
    pub(super) fn is_numbered(&self) -> bool {
        !self.pieces.is_empty() && self.pieces.iter().all(Self::is_turn)
    }

    /// The type for reading, and the one for changing.
    pub(super) fn types(&self) -> [Ident; 2] {
        let name = self.path.replace('.', "_");
        ["", "Mut"].map(|end| format_ident!("Piece_{name}{end}"))
    }
}

/// `conv1` of `stage1.conv1`.
pub(super) fn own_name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}
