//! Cheat-sheets: how a network, and its training, are written here by those who know another library.
//!
//! - [`pytorch`]: modules, functions, losses, optimizers, the training loop, files
//! - [`keras`]: layers, `padding="same"`, the order of elements, weights, `compile` and `fit`
//!
//! What another library has and these pages do not name, this one does not have. The modules hold
//! documentation and nothing else.

#[doc = include_str!("coming_from/pytorch.md")]
#[doc(alias = "torch")]
pub mod pytorch {}

#[doc = include_str!("coming_from/keras.md")]
#[doc(alias = "tensorflow")]
pub mod keras {}
