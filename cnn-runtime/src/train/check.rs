//! Checks of the data before anything is computed with them.

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::sentry::all_finite;
use crate::shape::Shape;
use crate::simd::{Kernel, Level, Simd};

/// Whether the loss's own numbers make sense, and every sample and every target of the `set` ("training", "test") can be used.
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
        loss.check(data.target(sample))
            .map_err(|fault| Error::Target { set, sample, fault })?;
    }
    let targets = (0..data.len()).map(|sample| data.target(sample));
    match loss.total_weight(targets) > 0.0 {
        true => Ok(()),
        false => Err(Error::NothingCounts { set }),
    }
}

fn check_sample<I: Shape>(
    set: &'static str,
    level: Level,
    sample: usize,
    values: &[f32],
) -> Result<()> {
    if values.len() != I::ELEMENTS {
        return Err(Error::SampleLength {
            set,
            sample,
            found: values.len(),
            expected: I::ELEMENTS,
        });
    }
    if level.run(AllFinite(values)) {
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

struct AllFinite<'a>(&'a [f32]);

impl Kernel for AllFinite<'_> {
    type Output = bool;
    fn run<S: Simd>(self, simd: S) -> bool {
        all_finite(simd, self.0)
    }
}
