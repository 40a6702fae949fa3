//! Seconds of each kernel of a network of one layer, without trainer and loss.

use std::hint::black_box;
use std::marker::PhantomData;

use cnn::simd::{Kernel, Level, Simd, Vector};
use cnn::{Arena, BLOCK, BlockElement, Draw, InputGradient, Network, Pass, Shape};

use crate::repeat::{self, median, noise};

/// Of a block, and of one sample.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seconds {
    pub(crate) forward: f64,
    /// What a step takes longer if the gradient by the input is asked for.
    pub(crate) input_gradient: f64,
    /// With the gradient of the function behind the layer.
    pub(crate) weight_gradient: f64,
    pub(crate) single: f64,
}

/// Times all of a network's kernels on a level.
pub(crate) fn time<N: Network>(level: Level) -> Seconds {
    level.run(Timing::<N>(PhantomData))
}

struct Timing<N>(PhantomData<N>);

impl<N: Network> Kernel for Timing<N> {
    type Output = Seconds;

    fn run<S: Simd>(self, simd: S) -> Seconds {
        // Not compiled for a level that is not measured.
        if const { <S::F32 as Vector<f32, S>>::LANES < 8 } {
            return Seconds::default();
        }
        let spec = N::SPEC;
        let values = noise(spec.value_count());
        let mut gradients = vec![0.0; spec.parameter_count];
        // The networks have one layer, and no norm among them: one phase.
        let mut kept = vec![N::Element::<f32, BLOCK>::default(); spec.training.len];
        fill(&mut kept[spec.training.input.clone()]);
        let pass = Pass::new(&spec.training, BLOCK, 0, Draw::default());
        let forward = seconds(|| {
            let arena = Arena::of_one_phase(&mut kept);
            N::forward::<f32, S, BLOCK>(simd, &pass, &values, arena, &mut ());
        });
        let mut backward = |wanted| {
            seconds(|| {
                // A function's gradient is multiplied in place, and would fade.
                fill(&mut kept[spec.training.d_output.clone()]);
                N::backward::<f32, S, BLOCK>(
                    simd,
                    &pass,
                    &values,
                    &mut gradients,
                    Arena::of_one_phase(&mut kept),
                    wanted,
                    &mut (),
                );
            })
        };
        let weight_gradient = backward(InputGradient::Skip);
        let both = backward(InputGradient::Compute);
        let mut deltas = vec![N::Element::<f32, BLOCK>::default(); spec.training.d_output.len()];
        let filling = seconds(|| fill(black_box(&mut deltas)));

        let mut packed = vec![0.0; spec.packed];
        N::pack(&values, &mut packed);
        let mut arena = noise(spec.single.len);
        let sample = noise(N::Input::ELEMENTS);
        let mut result = noise(N::Output::ELEMENTS);
        let single = seconds(|| {
            N::infer_single(simd, &packed, &mut arena, black_box(&sample), &mut result);
        });
        Seconds {
            forward,
            input_gradient: (both - weight_gradient).max(0.0),
            weight_gradient: (weight_gradient - filling).max(0.0),
            single,
        }
    }
}

/// Numbers of both signs, of which none is small.
fn fill<E: BlockElement<Scalar = f32>>(elements: &mut [E]) {
    for (index, element) in elements.iter_mut().enumerate() {
        let samples = element.samples_mut();
        samples.fill(if index % 3 == 0 { -0.5 } else { 0.25 });
    }
}

/// The median of some runs, each long enough for the clock.
fn seconds(mut work: impl FnMut()) -> f64 {
    const RUNS: usize = 5;
    let runs = (0..RUNS).map(|_| repeat::seconds(1e-3, &mut work));
    median(runs.collect())
}
