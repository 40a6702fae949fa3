//! What steps of training leave behind, beside what PyTorch has left.

use cnn::prelude::*;
use cnn::simd::Level;
use cnn::train::TrainingStep;

use super::reference::{Stored, Weighted};
use super::{Precision, assert_close};

/// The rate of `tests/pytorch/cases.py`.
const RATE: f64 = 0.01;

/// As [`reference_cases`](super::reference::reference_cases), with a second test of each case: what steps leave.
#[allow(unused_macros)]
macro_rules! training_cases {
    ($family:literal; $($name:ident: ($($declaration:tt)*);)*) => {
        $(
            mod $name {
                cnn::network! { Net: $($declaration)* }

                #[test]
                fn equals_pytorch() {
                    $crate::harness::reference::check(&Net::new(1), $family, stringify!($name));
                }

                #[test]
                fn steps_equal_pytorch() -> cnn::Result<()> {
                    let net = Net::new(1).to_f64();
                    $crate::harness::steps::check_steps(&net, $family, stringify!($name))
                }
            }
        )*

        #[test]
        fn every_stored_case_is_compared() {
            $crate::harness::reference::check_names($family, &[$(stringify!($name)),*]);
        }
    };
}

// Not every binary that has this module has cases.
#[allow(unused_imports)]
pub(crate) use training_cases;

/// Compares what one and five steps leave behind with PyTorch, on every level, and their bits on one
/// to three threads with each other.
pub(crate) fn check_steps<N, I>(net: &N, family: &str, name: &str) -> cnn::Result<()>
where
    N: Network<Scalar = f64, Input = I> + Clone + cnn::Accepts<I>,
    I: Shape,
{
    let stored = Stored::load(family, name);
    let samples = stored.rows("input", I::ELEMENTS);
    let weights = stored.rows("d_output", N::Output::ELEMENTS);
    let data = InMemory::<I, Values<N::Output>>::from_values(samples.concat(), weights.concat())?;
    let trained = |level: Level, threads: usize, count: usize| -> cnn::Result<Vec<f64>> {
        let mut net = net.clone();
        let initial = stored.values::<N>("initial");
        net.values_mut().copy_from_slice(&initial);
        let sgd = Sgd::new(RATE);
        let mut step = TrainingStep::new(&net, Weighted, sgd, samples.len(), level)?;
        let batch: Vec<usize> = (0..samples.len()).collect();
        step.with_threads(threads, &mut net, &data, |crew| {
            (0..count).try_for_each(|_| crew.step(&batch).map(drop))
        })?;
        Ok(net.values().to_vec())
    };
    for level in Level::available() {
        for count in [1, 5] {
            let expected = stored.joined_values::<N>(&format!("after{count}"));
            let found = trained(level, 1, count)?;
            let what = format!("{name} after {count} steps on {level:?}");
            assert_close(Precision::Double, &found, &expected, &what);
        }
    }
    let one = trained(Level::detect(), 1, 5)?;
    for threads in [2, 3] {
        assert_eq!(
            trained(Level::detect(), threads, 5)?,
            one,
            "{threads} threads"
        );
    }
    Ok(())
}
