//! The passes, in the order in which they run.

pub(crate) mod arena;
pub(crate) mod functions;
pub(crate) mod fuse;
pub(crate) mod plan;
