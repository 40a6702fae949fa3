//! Inference of many samples on several threads.

use core::fmt;

use std::string::ToString;
use std::vec::Vec;

use rayon_core::{ThreadPool, ThreadPoolBuilder, join};

use crate::error::{Error, Result};
use crate::lanes::BLOCK;
use crate::network::Network;
use crate::predict::{Frozen, Memory, Weights, assert_batch};
use crate::shape::Shape;
use crate::train::host::possible_threads;

/// A frozen network on several threads, which wait between batches: one batch is cut into as many parts.
///
/// Outputs have the same bits for any number of threads.
///
/// ```
/// # fn predict<N: cnn_runtime::Network<Scalar = f32>>(net: &N, inputs: &[&[f32]]) -> cnn_runtime::Result<()> {
/// use cnn_runtime::predict::Frozen;
///
/// let mut frozen = Frozen::new(net).on_threads(2)?;
/// let mut outputs = vec![0.0; inputs.len() * 10];
/// frozen.predict_batch(inputs, &mut outputs);
/// # Ok(())
/// # }
/// ```
pub struct Parallel<N: Network> {
    weights: Weights<N>,
    /// Of each thread.
    memories: Vec<Memory<N>>,
    /// The threads, if there are more than the caller's.
    pool: Option<ThreadPool>,
}

impl<N: Network> Frozen<N> {
    /// The same network on `threads` threads, which are started here and stopped when it is dropped. On
    /// WebAssembly without shared memory there is one.
    ///
    /// # Errors
    /// Zero threads, and threads that the system does not give.
    pub fn on_threads(self, threads: usize) -> Result<Parallel<N>> {
        if threads == 0 {
            return Err(Error::Zero {
                name: "number of threads",
                example: ".on_threads(2)",
            });
        }
        let threads = possible_threads(threads);
        let pool = match threads {
            1 => None,
            _ => Some(
                ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .thread_name(|index| std::format!("inference {index}"))
                    .build()
                    .map_err(|error| Error::Threads {
                        threads,
                        reason: error.to_string(),
                    })?,
            ),
        };
        let mut memories = Vec::from([self.memory]);
        memories.resize_with(threads, Memory::new);
        Ok(Parallel {
            weights: self.weights,
            memories,
            pool,
        })
    }
}

impl<N: Network> Parallel<N> {
    /// The outputs for any number of samples, one after another. Only the queue of the threads allocates, a
    /// little once in many calls.
    ///
    /// Samples are computed as [`Frozen::predict_batch`] does, sixteen or one at a time.
    ///
    /// # Panics
    /// If an input has another length than `N::Input` has elements, or `outputs` another than the
    /// inputs times the elements of `N::Output`.
    #[track_caller]
    pub fn predict_batch(&mut self, inputs: &[&[f32]], outputs: &mut [N::Scalar]) {
        assert_batch::<N>(inputs, outputs);
        let (weights, memories) = (&self.weights, &mut self.memories[..]);
        match &self.pool {
            Some(pool) => pool.install(|| share(weights, memories, inputs, outputs)),
            None => weights.batch(&mut memories[0], inputs, outputs),
        }
    }
}

/// Cuts the samples into a part for each memory, between blocks: which samples share a block does not
/// depend on the number of threads. Samples too few for a block are apart anyway.
fn share<N: Network>(
    weights: &Weights<N>,
    memories: &mut [Memory<N>],
    inputs: &[&[f32]],
    outputs: &mut [N::Scalar],
) {
    let is_one_by_one = usize::min(inputs.len(), BLOCK) < N::SPEC.least_block;
    let unit = if is_one_by_one { 1 } else { BLOCK };
    let (threads, units) = (memories.len(), inputs.len().div_ceil(unit));
    if threads == 1 || units < 2 {
        return weights.batch(&mut memories[0], inputs, outputs);
    }
    let half = threads / 2;
    // At least one, so that no thread waits while another has two.
    let before = usize::max(units * half / threads, 1) * unit;
    let (memories, other_memories) = memories.split_at_mut(half);
    let (inputs, other_inputs) = inputs.split_at(before);
    let (outputs, other_outputs) = outputs.split_at_mut(before * N::Output::ELEMENTS);
    join(
        || share(weights, memories, inputs, outputs),
        || share(weights, other_memories, other_inputs, other_outputs),
    );
}

impl<N: Network> fmt::Debug for Parallel<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, threads) = (N::SPEC.name, self.memories.len());
        write!(
            f,
            "Parallel {name} on {threads} threads for {:?}",
            self.weights.level
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::Level;
    use crate::toy::Toy;
    use std::vec;

    #[test]
    fn the_number_of_threads_changes_no_bit_on_any_level() {
        let net = Toy::<f32>::new(1);
        for level in Level::available() {
            for count in [0, 1, 2, 3, 8, 16, 17, 31, 33, 70, 128] {
                let samples: Vec<[f32; 4]> = (0..count)
                    .map(|n| core::array::from_fn(|i| ((n * 5 + i * 3) % 7) as f32 - 3.0))
                    .collect();
                let inputs: Vec<&[f32]> = samples.iter().map(|s| &s[..]).collect();
                let mut expected = vec![0.0; count * 3];
                let frozen = || Frozen::new(&net).with_level(level);
                frozen().predict_batch(&inputs, &mut expected);
                for threads in [1, 2, 3, 5] {
                    let mut outputs = vec![f32::NAN; count * 3];
                    let mut parallel = frozen().on_threads(threads).expect("threads");
                    parallel.predict_batch(&inputs, &mut outputs);
                    assert_eq!(
                        outputs, expected,
                        "{count} samples, {threads} threads, {level:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn no_threads_are_refused() {
        let error = Frozen::new(&Toy::<f32>::new(1))
            .on_threads(0)
            .expect_err("zero");
        assert!(error.to_string().contains("thread"), "{error}");
    }
}
