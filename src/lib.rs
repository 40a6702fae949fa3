//! facade

#![forbid(unsafe_code)]
#![no_std]

pub use cnn_runtime::*;

/// Declares networks.
#[macro_export]
macro_rules! network {
    ($($declaration:tt)*) => {
        $crate::__private::network! { $crate; $($declaration)* }
    };
}

/// What a program that declares and trains networks needs: `use cnn::prelude::*;`.
pub mod prelude {
    pub use crate::network;
    pub use cnn_runtime::clip::Clip;
    pub use cnn_runtime::data::Dataset;
    #[cfg(feature = "std")]
    pub use cnn_runtime::data::InMemory;
    #[cfg(feature = "data")]
    pub use cnn_runtime::data::{Digits, Mnist};
    #[cfg(feature = "std")]
    pub use cnn_runtime::gradcheck::gradcheck;
    pub use cnn_runtime::loss::{Loss, MeanSquaredError, SoftmaxCrossEntropy};
    pub use cnn_runtime::optim::{Adam, Optimizer, Sgd};
    pub use cnn_runtime::schedule::{Constant, Cosine, Schedule};
    #[cfg(feature = "std")]
    pub use cnn_runtime::train::{Progress, Trainer};
    pub use cnn_runtime::{Chw, Class, Flat, Network, Shape, Values};
    #[cfg(feature = "std")]
    pub use cnn_runtime::{NetworkExt, predict::argmax};
}

/// What generated code refers to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use cnn_macros::network;
    pub use cnn_runtime::init::initialize;
    pub use cnn_runtime::simd::{Scalar, Simd, Vector};
    pub use cnn_runtime::*;
    pub use core;
    pub use core::clone::Clone;
    pub use core::convert::From;
    pub use core::fmt;
    pub use core::primitive::{f32, f64, u64};
    pub use typenum;
}
