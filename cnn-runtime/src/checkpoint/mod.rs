//! Parameters as safetensors files, under PyTorch's names and in its layouts.
//!
//! A tensor is named after the layer's label, `conv1.weight`, and its elements are `f32`. A file
//! that PyTorch's side wrote for the same network loads, and the other way round:
//!
//! ```python
//! from safetensors.torch import load_file, save_file
//! model.load_state_dict(load_file("lenet5.safetensors"))
//! ```
//!
//! Loading changes the network only if every tensor fits and holds finite numbers, those of a variance at least
//! 0. Every bit of them is kept but those of denormal numbers. Those, nearer to zero than 1.2e-38, become zero, as in
//! a step of training: most processors are many times slower with them, and a network whose weights decayed
//! elsewhere may be full of them.
//! Saving replaces a file only by a complete one.

mod fault;
mod store;

pub(crate) use fault::list;
pub use fault::{TensorFault, ValueFault};
pub use store::{from_bytes, load, save, to_bytes};

#[cfg(test)]
mod tests;
