//! A second thread helps with batches of a single block, and does not change a bit.

use cnn::prelude::*;
use cnn::train::group_count;
use cnn::{Accepts, Offer};

network! {
    /// Layers that are worth helping with, and those that are not.
    Broad: 1x28x28
        -> conv<3x3>(16, padding = same) -> relu
        -> repeat<6>(residual(conv<3x3>(16, padding = same) -> relu))
        -> max_pool<4x4> -> flatten -> dropout(0.1) -> dense(10)
    /// Its steps have several phases.
    Normal: 1x28x28
        -> conv<3x3>(16, padding = same, bias = false) -> batch_norm -> relu
        -> repeat<3>(conv<3x3>(16, padding = same, bias = false) -> batch_norm -> relu)
        -> max_pool<4x4> -> flatten -> dense(10)
}

/// Trains on batches of a single block with one thread and with several.
fn compare<N>(new: fn(u64) -> N) -> cnn::Result<()>
where
    N: Accepts<Chw<1, 28, 28>, Scalar = f32, Output = Flat<10>>,
{
    // As `train/helper.rs` asks.
    let is_worthwhile =
        |offer: &Offer| 16 * offer.macs > 6_000_000 && offer.macs > 30 * offer.len as u64;
    let offers = N::SPEC.training.offers.iter();
    assert!(offers.filter(|offer| is_worthwhile(offer)).count() >= 3);
    for batch in [5, 16] {
        assert_eq!(group_count(batch, N::SPEC), 1);
        let samples = (0..3 * batch * 784).map(|at| (at * 7 % 23) as f32 / 23.0);
        let samples: Vec<f32> = samples.collect();
        let classes: Vec<usize> = (0..3 * batch).map(|n| n % 10).collect();
        let data: InMemory<Chw<1, 28, 28>, Class> = InMemory::from_classes(samples, classes, 10)?;
        let train = |threads| -> cnn::Result<Vec<u32>> {
            let mut net = new(7);
            let trainer = Trainer::new(SoftmaxCrossEntropy, Sgd::new(0.05).momentum(0.9));
            let trainer = trainer
                .progress(Progress::Silent)
                .epochs(10)
                .batch_size(batch)
                .threads(threads);
            trainer.fit(&mut net, &data, None)?;
            Ok(net.values().iter().map(|value| value.to_bits()).collect())
        };
        let one = train(1)?;
        for threads in [2, 3, 2, 2] {
            assert!(train(threads)? == one, "batch {batch}, {threads} threads");
        }
    }
    Ok(())
}

#[test]
fn a_block_has_the_same_bits_with_a_helper() -> cnn::Result<()> {
    compare(Broad::new)
}

#[test]
fn a_block_of_several_phases_has_the_same_bits_with_a_helper() -> cnn::Result<()> {
    compare(Normal::new)
}
