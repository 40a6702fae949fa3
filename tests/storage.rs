//! Networks inside of their own value: what they compute is what networks on the heap compute.

use std::sync::{Mutex, PoisonError};

use cnn::infer::predict_with;
use cnn::optim::Step;
use cnn::prelude::*;
use cnn::simd::{Kernel, Level, Simd};
use cnn::train::block::{Block, Memory, train_block};
use cnn::{BlockElement, Draw, InlineBuffer, Pass};

network! {
    Small: 2x6x6
        -> conv1: conv<3x3>(3, padding = same) -> relu -> max_pool<2x2>
        -> flatten -> dense(5) -> tanh -> logits: dense(3)
    Normal: 2x3x3 -> #[allow(useless_bias)] conv<1x1>(4) -> batch_norm(affine = false) -> flatten -> batch_norm
    Plain: 1x4x4 -> avg_pool<2x2> -> flatten
}

/// A network that is there before the program begins.
static SHARED: Mutex<Small<f32, Inline>> = Mutex::new(Small::ZERO);

const PARAMETERS: usize = Small::SPEC.parameter_count;
const SAMPLES: usize = 5;

fn sample(index: usize) -> [f32; 72] {
    core::array::from_fn(|at| ((index * 31 + at * 7) % 19) as f32 / 9.0 - 1.0)
}

/// One step of training on one block, with all of its memory in arrays.
struct TrainStep<'a, N>(&'a mut N);

impl<N: Network<Scalar = f32, Output = Flat<3>>> Kernel for TrainStep<'_, N> {
    type Output = f64;
    fn run<S: Simd>(self, simd: S) -> f64 {
        let samples: [_; SAMPLES] = core::array::from_fn(sample);
        let samples = samples.each_ref().map(|sample| &sample[..]);
        let block = Block {
            samples: &samples,
            targets: &[0, 1, 2, 1, 0],
            total_weight: SAMPLES as f64,
        };
        let mut gradients = InlineBuffer::<f32, PARAMETERS>::ZERO;
        let memory = Memory {
            values: self.0.values(),
            gradients: &mut gradients,
            arena: &mut [N::Element::ZEROS; Small::SPEC.training.len],
        };
        let pass = Pass::new(&Small::SPEC.training, SAMPLES, 0, Draw::default());
        let loss = train_block::<N, _, _, _>(simd, &SoftmaxCrossEntropy, block, &pass, memory);
        let step = Step {
            number: 1,
            rate_factor: 1.0,
            parameters: self.0.parameters_mut(),
            gradients: &gradients,
            state: &mut [0.0; 2 * PARAMETERS],
        };
        Adam::new(0.01).step(simd, step);
        loss.loss
    }
}

/// The same as `net.predict(input)`, in arrays.
fn predict<N: Network<Scalar = f32>>(net: &N, input: &[f32]) -> [f32; 3] {
    let (mut packed, mut output) = ([0.0; Small::SPEC.packed], [0.0; 3]);
    N::pack(net.values(), &mut packed);
    let mut arena = [0.0; Small::SPEC.single.len];
    predict_with::<N>(&packed, &mut arena, input, &mut output);
    output
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn inline_and_heap_networks_have_the_same_bits_from_the_first_step_to_the_prediction() {
    let mut on_heap = Small::new(7);
    let mut inline = Small::ZERO;
    assert!(inline.parameters().iter().all(|&value| value == 0.0));
    inline.init(7);
    assert_eq!(bits(inline.parameters()), bits(on_heap.parameters()));
    assert_eq!(inline.conv1().weight(), on_heap.conv1().weight());

    let before = bits(inline.parameters());
    for level in Level::available() {
        let losses = [
            level.run(TrainStep(&mut on_heap)),
            level.run(TrainStep(&mut inline)),
        ];
        assert_eq!(losses[0].to_bits(), losses[1].to_bits(), "{level:?}");
        assert_eq!(bits(inline.parameters()), bits(on_heap.parameters()));
    }
    assert_ne!(bits(inline.parameters()), before);

    let input = &sample(11);
    let expected = bits(&on_heap.predict(input));
    assert_eq!(bits(&predict(&on_heap, input)), expected);
    assert_eq!(bits(&predict(&inline, input)), expected);
    assert_eq!(bits(&inline.freeze().predict(input)), expected);
}

#[test]
fn running_statistics_begin_the_same_wherever_they_are() {
    let (inline, on_heap) = (Normal::ZERO, Normal::zeroed());
    assert_eq!(bits(inline.values()), bits(on_heap.values()));
    assert_eq!(
        inline.statistics()[..9],
        [0., 0., 0., 0., 1., 1., 1., 1., 0.]
    );
    let mut drawn = inline.clone();
    drawn.values_mut().fill(7.0);
    drawn.init(3);
    assert_eq!(bits(drawn.values()), bits(Normal::new(3).values()));
    assert_eq!(drawn.statistics(), inline.statistics());
}

#[test]
fn init_overwrites_what_was_there() {
    let mut net = Small::zeroed();
    net.parameters_mut().fill(7.0);
    net.init(3);
    assert_eq!(bits(net.parameters()), bits(Small::new(3).parameters()));
}

#[test]
fn a_network_can_stand_in_a_static() {
    let mut net = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    net.init(1);
    net.logits_mut().bias()[2] = 100.0;
    assert_eq!(argmax(&net.predict(&sample(0))), Some(2));
}

#[test]
fn an_inline_network_is_its_parameters_and_begins_on_a_cache_line() {
    const LINE: usize = 64;
    let size = size_of::<Small<f32, Inline>>();
    assert_eq!(size, (4 * PARAMETERS).next_multiple_of(LINE));
    assert_eq!(align_of::<Small<f32, Inline>>(), LINE);
}

#[test]
fn a_network_without_parameters_needs_no_storage() {
    assert_eq!(size_of::<Plain<f32, Inline>>(), 0);
    let mut net: Plain<f32, Inline> = Plain::ZERO;
    net.init(1);
    assert_eq!(net.predict(&[2.0; 16]), Plain::new(1).predict(&[2.0; 16]));
}

#[test]
fn the_trainer_takes_an_inline_network() -> cnn::Result<()> {
    let samples: Vec<f32> = (0..SAMPLES).flat_map(sample).collect();
    let data = InMemory::<Chw<2, 6, 6>, _>::from_classes(samples, vec![0, 1, 2, 1, 0], 3)?;
    let (mut on_heap, mut inline) = (Small::new(1), Small::ZERO);
    inline.init(1);
    let trainer = || {
        let trainer = Trainer::new(SoftmaxCrossEntropy, Sgd::new(0.1)).batch_size(2);
        trainer.epochs(2).progress(Progress::Silent)
    };
    trainer().fit(&mut on_heap, &data, None)?;
    trainer().fit(&mut inline, &data, None)?;
    assert_eq!(bits(inline.parameters()), bits(on_heap.parameters()));
    Ok(())
}
