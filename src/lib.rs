#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use cnn_runtime::*;

/// What a program that declares and trains networks needs: `use cnn::prelude::*;`.
pub mod prelude {
    pub use crate::network;
    pub use cnn_runtime::{Chw, Class, Flat, Network, Shape, Values};
    pub use cnn_runtime::data::Dataset;
}

/// What generated code refers to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use cnn_macros::network;
    pub use cnn_runtime::simd::{Scalar, Simd, Vector};
    pub use cnn_runtime::*;
    pub use core;
    pub use core::clone::Clone;
    pub use core::convert::From;
    pub use core::fmt;
    pub use typenum;
}
