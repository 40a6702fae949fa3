//! Training steps in blocks of one sample and of sixteen, of networks about which the model is in doubt: three
//! convolutions with functions between them, by channels and sides.

use cnn::data::InMemory;
use cnn::loss::{Loss, MeanSquaredError};
use cnn::optim::Sgd;
use cnn::simd::Level;
use cnn::train::TrainingStep;
use cnn::{Accepts, Network, Shape, Spec, Values};

use crate::repeat::noise;
use crate::turns::{Work, seconds};

/// Samples of a step.
pub(crate) const BATCH: usize = 64;

/// A network in blocks of one sample, and of sixteen.
pub(crate) struct Case {
    /// Its sizes, which are those of all its values.
    pub(crate) name: &'static str,
    /// As the model has it.
    pub(crate) spec: &'static Spec,
    pub(crate) works: [Work; 2],
}

macro_rules! cases {
    ($($Name:ident { $channels:tt of $input:tt })*) => {
        // A module is called as its network.
        $(#[allow(non_snake_case)]
        mod $Name {
            cnn::network! {
                pub(crate) Chosen: $input
                    -> conv<3x3>($channels, padding = same) -> tanh
                    -> conv<3x3>($channels, padding = same) -> tanh
                    -> conv<3x3>($channels, padding = same)

                #[avoid_layout(samples)]
                pub(crate) One: $input -> net<Chosen>($input)

                #[avoid_layout(columns)]
                pub(crate) Sixteen: $input -> net<Chosen>($input)
            }
        })*

        /// In the order of the file.
        pub(crate) fn all() -> Vec<Case> {
            vec![$(Case {
                name: stringify!($input),
                spec: $Name::Chosen::SPEC,
                works: [|level| time($Name::One::new(1), level), |level| time($Name::Sixteen::new(1), level)],
            }),*]
        }
    };
}

cases! {
    OneOf32 { 1 of 1x32x32 }
    OneOf128 { 1 of 1x128x128 }
    OneOf256 { 1 of 1x256x256 }
    TwoOf128 { 2 of 2x128x128 }
    TwoOf256 { 2 of 2x256x256 }
    FourOf128 { 4 of 4x128x128 }
    FourOf256 { 4 of 4x256x256 }
    EightOf64 { 8 of 8x64x64 }
    EightOf128 { 8 of 8x128x128 }
    SixteenOf64 { 16 of 16x64x64 }
    SixteenOf128 { 16 of 16x128x128 }
}

fn time<N, I>(mut net: N, level: Level) -> f64
where
    I: Shape,
    N: Network<Scalar = f32, Input = I> + Accepts<I>,
    MeanSquaredError: Loss<N::Output, Target = Values<N::Output>>,
{
    let [inputs, targets] = [I::ELEMENTS, N::Output::ELEMENTS].map(|size| noise(BATCH * size));
    let data = InMemory::<I, Values<N::Output>>::from_values(inputs, targets);
    let data = data.expect("noise is finite and of the shapes' sizes");
    let indices: Vec<usize> = (0..BATCH).collect();
    let mut step = TrainingStep::new(&net, MeanSquaredError, Sgd::new(1e-4), BATCH, level)
        .expect("batch and rate are above zero");
    let seconds = step.with_threads(1, &mut net, &data, |crew| {
        let mut step = || {
            crew.step(&indices).expect("a small rate does not diverge");
        };
        Ok(seconds(&mut step))
    });
    seconds.expect("there is a thread")
}
