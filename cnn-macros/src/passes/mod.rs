//! The passes, in the order in which they run.

pub(crate) mod fuse;
pub(crate) mod infer;
pub(crate) mod plan;
pub(crate) mod resolve;

pub(crate) mod arena;
pub(crate) mod constants;
pub(crate) mod functions;
