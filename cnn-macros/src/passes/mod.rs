//! The passes, in the order in which they run, and below them what they share.

pub(crate) mod frozen;
pub(crate) mod fuse;
pub(crate) mod infer;
mod kernels;
pub(crate) mod layout;
pub(crate) mod lint;
mod offers;
mod packing;
mod place;
pub(crate) mod plan;
mod recompute;
pub(crate) mod resolve;
mod schedule;
mod verify;

pub(crate) mod arena;
pub(crate) mod attributes;
pub(crate) mod bind;
pub(crate) mod constants;
mod expand;
pub(crate) mod flow;
pub(crate) mod functions;
pub(crate) mod mentions;
pub(crate) mod names;
pub(crate) mod network_attributes;
pub(crate) mod remedy;
mod substitute;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod values;
pub(crate) mod variants;
pub(crate) mod vector;
