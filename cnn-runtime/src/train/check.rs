//! Checks of the data before anything is computed with them.

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::shape::Shape;
use crate::simd::Level;
use crate::target::Target;
use crate::vectors::Vectors as _;

/// What messages call data that belong to no training.
pub(super) const GIVEN: &str = "given";

/// Whether the loss's own numbers make sense, and every sample and every target of the `set` ("training",
/// "test") can be used.
pub(super) fn check_data<O, L, D>(set: &'static str, level: Level, loss: &L, data: &D) -> Result<()>
where
    O: Shape,
    L: Loss<O>,
    D: Dataset<Target = L::Target>,
{
    loss.validate()?;
    if data.is_empty() {
        return Err(Error::EmptyDataset { set });
    }
    for sample in 0..data.len() {
        check_sample::<D::Sample>(set, level, sample, data.sample(sample))?;
        check_target::<O, L>(set, loss, sample, data.target(sample))?;
    }
    let targets = (0..data.len()).map(|sample| data.target(sample));
    match loss.total_weight(targets) > 0.0 {
        true => Ok(()),
        false => Err(Error::NothingCounts { set }),
    }
}

/// Whether network and loss can take the samples and targets of one batch. Values that are not finite are
/// left to the sentry.
pub(super) fn check_batch<I, O, L>(
    loss: &L,
    samples: &[&[f32]],
    targets: &[<L::Target as Target>::Ref<'_>],
) -> Result<()>
where
    I: Shape,
    O: Shape,
    L: Loss<O>,
{
    for (index, (sample, &target)) in samples.iter().zip(targets).enumerate() {
        check_length::<I>(GIVEN, index, sample)?;
        check_target::<O, L>(GIVEN, loss, index, target)?;
    }
    Ok(())
}

fn check_target<O: Shape, L: Loss<O>>(
    set: &'static str,
    loss: &L,
    sample: usize,
    target: <L::Target as Target>::Ref<'_>,
) -> Result<()> {
    let fault = |fault| Error::Target { set, sample, fault };
    loss.check(target).map_err(fault)
}

fn check_length<I: Shape>(set: &'static str, sample: usize, values: &[f32]) -> Result<()> {
    let (found, expected) = (values.len(), I::ELEMENTS);
    match found == expected {
        true => Ok(()),
        false => Err(Error::SampleLength {
            set,
            sample,
            found,
            expected,
        }),
    }
}

fn check_sample<I: Shape>(
    set: &'static str,
    level: Level,
    sample: usize,
    values: &[f32],
) -> Result<()> {
    check_length::<I>(set, sample, values)?;
    if f32::all_finite(level, values) {
        return Ok(());
    }
    match values.iter().position(|value| !value.is_finite()) {
        Some(element) => Err(Error::SampleValue {
            set,
            sample,
            element,
            found: values[element],
        }),
        None => Ok(()),
    }
}
