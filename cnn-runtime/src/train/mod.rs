//! Training: from one block of samples up to the whole run.
//!
//! Each file stands on those before it: [`block`] (forward, loss and backward on many samples, or one;
//! core), `arenas` (memory for blocks of sixteen samples and of few), `groups` (how a batch is cut and its
//! gradients are merged), `phases` (what is merged in between where a layer looks at the whole batch),
//! `offers` (what the thread of a single block leaves to another), `compute` (what every thread does),
//! [`step`] (a batch and the update), [`crew`] (the same on several threads) with `trial` (whether these are
//! faster), [`trainer`] (epochs). `locate` finds where values stopped being finite; `host` is what the
//! system gives, a clock and threads; [`progress`] is the only module of the runtime that prints, with the
//! `bar` that it draws.

pub mod block;

#[cfg(feature = "std")]
mod arenas;
#[cfg(feature = "std")]
mod bar;
#[cfg(feature = "std")]
mod batch;
#[cfg(feature = "std")]
mod check;
#[cfg(feature = "std")]
mod compute;
#[cfg(feature = "std")]
pub mod crew;
#[cfg(feature = "std")]
pub mod evaluate;
#[cfg(feature = "std")]
mod for_loss;
#[cfg(feature = "std")]
mod groups;
#[cfg(feature = "std")]
pub mod history;
#[cfg(feature = "std")]
pub(crate) mod host;
#[cfg(feature = "std")]
mod locate;
#[cfg(feature = "std")]
mod offers;
#[cfg(feature = "std")]
mod order;
#[cfg(feature = "std")]
mod phases;
#[cfg(feature = "std")]
pub mod progress;
#[cfg(feature = "std")]
mod signal;
#[cfg(feature = "std")]
pub mod step;
#[cfg(all(test, feature = "std"))]
mod tests;
#[cfg(feature = "std")]
mod threads;
#[cfg(feature = "std")]
pub mod trainer;
#[cfg(feature = "std")]
mod trial;

#[cfg(feature = "std")]
pub use crew::Crew;
#[cfg(feature = "std")]
pub use evaluate::{Evaluation, evaluate};
#[cfg(feature = "std")]
pub use groups::group_count;
#[cfg(feature = "std")]
pub use history::{Epoch, History};
#[cfg(feature = "std")]
pub use progress::Progress;
#[cfg(feature = "std")]
pub use step::TrainingStep;
#[cfg(feature = "std")]
pub use trainer::Trainer;
