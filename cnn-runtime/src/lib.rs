//! What is the same for every network of the crate `cnn`.
//!
//! The core — vectors, views, losses, optimizers — needs neither `std` nor an allocator; the
//! features `alloc` and `std` add buffers, data, files, threads and the trainer.

#![forbid(unsafe_code)]
#![no_std]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod arena;
#[cfg(feature = "alloc")]
pub mod blocks;
#[cfg(feature = "alloc")]
mod buffer;
#[cfg(feature = "checkpoint")]
pub mod checkpoint;
pub mod clip;
#[cfg(feature = "alloc")]
pub mod compose;
pub mod data;
mod element;
mod elementwise;
#[cfg(feature = "std")]
mod error;
#[cfg(feature = "checkpoint")]
mod files;
#[cfg(feature = "alloc")]
pub mod gradcheck;
mod hyperparameter;
pub mod infer;
pub mod init;
mod inlined;
mod lanes;
pub mod loss;
mod mask;
pub mod math;
mod methods;
pub mod micro;
mod network;
mod offer;
pub mod optim;
#[cfg(feature = "std")]
pub mod parallel;
mod pass;
#[cfg(feature = "alloc")]
pub mod predict;
mod reduce;
pub mod sample;
mod scalar;
pub mod schedule;
pub mod sentry;
mod shape;
pub mod simd;
mod spec;
mod storage;
mod summary;
mod target;
mod tensors;
#[cfg(test)]
mod toy;
pub mod train;
mod vectors;
pub mod views;
pub mod winograd;

pub use arena::Arena;
#[cfg(feature = "alloc")]
pub use buffer::Buffer;
pub use element::BlockElement;
#[cfg(feature = "std")]
pub use error::{Error, Result};
pub use hyperparameter::HyperparameterFault;
pub use lanes::{BLOCK, FEW, Lanes, gather, scatter};
pub use mask::Mask;
pub use methods::NetworkExt;
pub use network::{Accepts, Becomes, Follows, InputGradient, IsInput, Network, Probe};
pub use offer::Offer;
pub use pass::{Draw, Pass};
pub use shape::{Chw, Cl, Flat, Shape, Sizes};
pub use spec::{
    Activation, InferenceArena, LayerSpec, ParameterSpec, Reduction, Role, Rule, Running,
    SampleArena, Spec, TrainingArena,
};
pub use storage::{Heap, Inline, InlineBuffer, Storage};
pub use summary::Summary;
pub use target::{Class, ClassMap, IsTarget, Target, Values};
#[doc(hidden)]
pub use tensors::{Undeclared, not_declared};
pub use tensors::{Weight, WeightAndBias, WeightAndBiasMut, WeightMut};
