//! Large networks live on the heap: none of their vectors ever stands on the stack.

use std::thread;

use cnn::prelude::*;
use cnn::simd::Level;
use cnn::train::TrainingStep;

network! {
    Large: 1x32x32 -> flatten -> dense(8192) -> relu -> dense(256) -> relu -> dense(10)
    LeNet5: 1x28x28
        -> conv<5x5>(6) -> relu -> max_pool<2x2>
        -> conv<5x5>(16) -> relu -> max_pool<2x2>
        -> flatten
        -> dense(120) -> relu -> dense(84) -> relu -> dense(10)
    /// A second of sound, whose rows have ten thousands of columns.
    Sound: 4x44100
        -> depthwise_conv<9>(padding = same)
        -> max_pool<4>
        -> depthwise_conv<3>(padding = same)
        -> global_avg_pool -> flatten -> dense(2)
}

/// What threads have by default.
const STACK: usize = 2 << 20;

/// Runs `action` on a thread whose stack would not hold the vectors of a large network.
fn on_a_default_stack(action: fn() -> cnn::Result<()>) -> cnn::Result<()> {
    let builder = thread::Builder::new().stack_size(STACK);
    let thread = builder.spawn(action).expect("a thread can be started");
    thread.join().expect("the thread does not panic")
}

#[test]
fn ten_million_parameters_train_on_a_default_stack() -> cnn::Result<()> {
    on_a_default_stack(|| {
        assert!(Large::<f32>::SPEC.parameter_count > 10_000_000);
        let mut net = Large::new(1);
        let image = [0.5; 1024];
        let before = net.predict(&image);
        let (sgd, level) = (Sgd::new(1e-3), Level::detect());
        let mut step = TrainingStep::new(&net, SoftmaxCrossEntropy, sgd, 1, level)?;
        step.run(&mut net, &[&image], &[3])?;
        assert_ne!(net.freeze().predict(&image), before);
        Ok(())
    })
}

#[test]
fn lenet_5_is_made_on_a_default_stack() -> cnn::Result<()> {
    on_a_default_stack(|| {
        let net = LeNet5::new(1);
        assert_eq!(net.to_f64().clone().predict(&[0.5; 784]).len(), 10);
        Ok(())
    })
}

#[test]
fn long_rows_are_trained_and_pooled_on_a_default_stack() -> cnn::Result<()> {
    on_a_default_stack(|| {
        let mut net = Sound::new(1);
        let sound = vec![0.5; 4 * 44_100];
        let before = net.predict(&sound);
        let (sgd, level) = (Sgd::new(1e-3), Level::detect());
        let mut step = TrainingStep::new(&net, SoftmaxCrossEntropy, sgd, 1, level)?;
        step.run(&mut net, &[&sound], &[1])?;
        assert_ne!(net.freeze().predict(&sound), before);
        Ok(())
    })
}
