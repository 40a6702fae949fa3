//! The gradient check: are a network's gradients the derivatives of its loss?
//!
//! It runs the generated code itself, in `f64`, and compares `backward` with central differences of
//! `forward`, for parameters and input. It knows no layer, and does not look at the analytic
//! gradient to decide what to compare: a wrong gradient cannot make itself be skipped.

mod difference;
mod evaluate;
mod fault;
mod point;
mod report;

pub use fault::CheckFault;
pub use report::{Entry, GradientFault, Report, TensorReport};

use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::element::BlockElement;
use crate::hyperparameter::{HyperparameterFault, not_negative, positive};
use crate::loss::Loss;
use crate::network::Network;
use crate::shape::Shape;
use crate::simd::{Kernel, Level, Scalar, Simd};
use crate::spec::Spec;
use crate::target::Target;
use difference::Derivative;
use evaluate::Evaluation;
use point::{Place, Point};

/// What a sample of a loss is trained towards.
type TargetOf<'t, N, L> = <<L as Loss<<N as Network>::Output>>::Target as Target>::Ref<'t>;

/// Checks the gradients of `net` under `loss` with the defaults of [`GradientCheck`].
///
/// `samples` and `targets` are one batch of any size above 0; a few samples are enough. Parameters of frozen
/// layers have no gradients, and no row in the report.
///
/// # Errors
/// As [`GradientCheck::run`].
pub fn gradcheck<N: Network, L: Loss<N::Output>>(
    net: &N,
    loss: &L,
    samples: &[&[f32]],
    targets: &[TargetOf<'_, N, L>],
) -> Result<Report, CheckFault> {
    GradientCheck::new().run(net, loss, samples, targets)
}

/// How gradients are checked.
///
/// ```
/// use cnn_runtime::gradcheck::GradientCheck;
///
/// let check = GradientCheck::new().seed(7).max_entries_per_tensor(50);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GradientCheck {
    seed: u64,
    max_entries_per_tensor: usize,
    step: f64,
    tolerance: f64,
    jitter: f64,
    level: Level,
}

impl Default for GradientCheck {
    fn default() -> Self {
        Self::new()
    }
}

impl GradientCheck {
    /// 256 entries per tensor, a first step of 1e-4, a tolerance of 1e-5, a jitter of 1e-3, the
    /// fastest level.
    #[must_use]
    pub fn new() -> Self {
        Self {
            seed: 0,
            max_entries_per_tensor: 256,
            step: 1e-4,
            tolerance: 1e-5,
            jitter: 1e-3,
            level: Level::detect(),
        }
    }

    /// The seed by which entries of large tensors are chosen, and the jitter is drawn.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many entries of a tensor are compared at most, at least 1; others are left out.
    #[must_use]
    pub const fn max_entries_per_tensor(mut self, entries: usize) -> Self {
        self.max_entries_per_tensor = if entries == 0 { 1 } else { entries };
        self
    }

    /// The first and largest step by which a number is moved. Where the loss is not smooth within
    /// it, a tenth and a hundredth of it are tried.
    #[must_use]
    pub const fn step(mut self, step: f64) -> Self {
        self.step = step;
        self
    }

    /// The largest relative error of a right gradient.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// By how much, at most, every parameter and input is moved at random before the check.
    ///
    /// Exact zeros and equal neighbours, such as zero biases on the empty border of an image, put
    /// `relu` and `max_pool` on their kinks, where there is no derivative to compare with. What is
    /// checked is the code, so a nearby point serves as well. 0 checks the very point.
    #[must_use]
    pub const fn jitter(mut self, jitter: f64) -> Self {
        self.jitter = jitter;
        self
    }

    /// The vector level whose code is checked.
    #[must_use]
    pub const fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Checks the gradients of `net` under `loss` on one batch.
    ///
    /// # Errors
    /// If the batch is empty or too small for a layer, samples and targets differ in number, one does
    /// not fit the network, something is infinite or NaN, or the numbers of the check or the loss make no
    /// sense.
    pub fn run<N: Network, L: Loss<N::Output>>(
        &self,
        net: &N,
        loss: &L,
        samples: &[&[f32]],
        targets: &[TargetOf<'_, N, L>],
    ) -> Result<Report, CheckFault> {
        self.validate()?;
        loss.validate()?;
        let comparison = Comparison {
            check: self,
            net,
            loss,
            samples,
            targets,
        };
        comparison.check_network()?;
        comparison.check_batch()?;
        if loss.total_weight(targets.iter().copied()) == 0.0 {
            return Err(CheckFault::NothingCounts);
        }
        Ok(self.level.run(comparison))
    }

    fn validate(&self) -> Result<(), HyperparameterFault> {
        positive("step", self.step, "write for example `.step(1e-4)`")?;
        let help = "write for example `.tolerance(1e-5)`";
        positive("tolerance", self.tolerance, help)?;
        let help = "write for example `.jitter(1e-3)`, or 0 to check the very point";
        not_negative("jitter", self.jitter, help)
    }

    /// The entries of a tensor of `len` elements to compare: all, or a sample by the seed.
    fn entries(&self, tensor: usize, len: usize) -> Vec<usize> {
        if len <= self.max_entries_per_tensor {
            return (0..len).collect();
        }
        let mut random = self.random(tensor as u64);
        let mut chosen = BTreeSet::new();
        while chosen.len() < self.max_entries_per_tensor {
            chosen.insert((random.next_u64() % len as u64) as usize);
        }
        chosen.into_iter().collect()
    }

    /// Moves a point with so many parameters at random.
    fn move_at_random<E: BlockElement<Scalar = f64>>(
        &self,
        point: &mut Point<E>,
        parameters: usize,
    ) {
        /// The stream of the jitter; tensors have the streams of their numbers.
        const JITTER: u64 = u64::MAX;
        point.jitter(parameters, self.jitter, &mut self.random(JITTER));
    }

    /// The generator of one purpose.
    fn random(&self, stream: u64) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(stream);
        random
    }
}

/// One check, to be run on a level.
struct Comparison<'a, 't, N: Network, L: Loss<N::Output>> {
    check: &'a GradientCheck,
    net: &'a N,
    loss: &'a L,
    samples: &'a [&'a [f32]],
    targets: &'a [TargetOf<'t, N, L>],
}

impl<N: Network, L: Loss<N::Output>> Kernel for Comparison<'_, '_, N, L> {
    type Output = Report;

    fn run<S: Simd>(self, simd: S) -> Report {
        let (spec, values) = (N::SPEC, self.net.values());
        let mut point = Point::new(values, self.samples, spec.training.input.len());
        let parameters = spec.parameter_count + spec.frozen_count;
        self.check.move_at_random(&mut point, parameters);
        let mut evaluation = Evaluation::<N, L, S>::new(simd, self.loss, self.targets, point);
        let gradients = evaluation.gradients();
        let mut measurement = Measurement {
            check: self.check,
            scale: gradients.scale(),
            gradients,
            loss: &mut |place, distance| evaluation.loss_after_moving(place, distance),
        };
        let shape = [&[self.samples.len()], N::Input::SIZES].concat();
        let tensors = measurement.tensors(spec, &shape);
        Report::new(spec.name, self.check.tolerance, tensors)
    }
}

impl<N: Network, L: Loss<N::Output>> Comparison<'_, '_, N, L> {
    /// Whether the network has not diverged.
    fn check_network(&self) -> Result<(), CheckFault> {
        for tensor in N::SPEC.tensors() {
            let values = &self.net.values()[tensor.range()];
            if let Some(element) = values.iter().position(|x| !x.is_finite()) {
                return Err(CheckFault::Value {
                    tensor: tensor.name,
                    element,
                    found: values[element].to_f64(),
                });
            }
        }
        Ok(())
    }

    /// Whether the batch fits the network and the loss.
    fn check_batch(&self) -> Result<(), CheckFault> {
        let (samples, targets) = (self.samples.len(), self.targets.len());
        if samples == 0 {
            return Err(CheckFault::NoSamples);
        }
        if samples != targets {
            return Err(CheckFault::Counts { samples, targets });
        }
        if let Some((least, layer)) = N::SPEC.least_batch()
            && samples < least
        {
            return Err(CheckFault::BatchTooSmall {
                layer,
                found: samples,
                least,
            });
        }
        for (n, (sample, &target)) in self.samples.iter().zip(self.targets).enumerate() {
            let (found, expected) = (sample.len(), N::Input::ELEMENTS);
            if found != expected {
                return Err(CheckFault::SampleLength {
                    sample: n,
                    found,
                    expected,
                });
            }
            if let Some(element) = sample.iter().position(|x| !x.is_finite()) {
                return Err(CheckFault::SampleValue {
                    sample: n,
                    element,
                    found: sample[element],
                });
            }
            self.loss
                .check(target)
                .map_err(|fault| CheckFault::Target { sample: n, fault })?;
        }
        Ok(())
    }
}

/// Analytic gradients, and a loss to measure them by.
struct Measurement<'a, E> {
    check: &'a GradientCheck,
    gradients: Point<E>,
    /// [`Point::scale`] of them, with which rounding is compared.
    scale: f64,
    /// What of the loss depends on the number at a place, after that was moved by a distance.
    loss: &'a mut dyn FnMut(Place, f64) -> f64,
}

impl<E: BlockElement<Scalar = f64>> Measurement<'_, E> {
    /// A report for each tensor of learned parameters and for the input, whose first size is the batch.
    fn tensors(&mut self, spec: &Spec, input: &[usize]) -> Vec<TensorReport> {
        let mut reports = Vec::new();
        for (number, tensor) in spec.learned().enumerate() {
            let mut report = TensorReport::new(tensor.name.to_string(), tensor.shape.to_vec());
            for entry in self.check.entries(number, tensor.len) {
                let place = Place::Parameter(tensor.offset + entry);
                self.compare(place, entry, &mut report);
            }
            reports.push(report);
        }

        let elements: usize = input[1..].iter().product();
        let mut report = TensorReport::new("input".to_string(), input.to_vec());
        for entry in self.check.entries(reports.len(), input[0] * elements) {
            let place = Place::Input {
                sample: entry / elements,
                element: entry % elements,
            };
            self.compare(place, entry, &mut report);
        }
        reports.push(report);
        reports
    }

    /// Compares one entry and notes the outcome.
    fn compare(&mut self, place: Place, entry: usize, report: &mut TensorReport) {
        /// With more noise than this share of the network's largest gradient, an agreement says nothing:
        /// a thousandth is below what a mistake in a formula makes, and far above the default's 1e-10.
        const KNOWN: f64 = 1e-3;
        let GradientCheck {
            step, tolerance, ..
        } = *self.check;
        let analytic = self.gradients.at(place);
        let mut loss = |distance| (self.loss)(place, distance);
        match difference::derivative(step, tolerance, &mut loss) {
            Derivative::Kink => report.skip(),
            Derivative::Smooth { value, noise }
                if noise > KNOWN * self.scale && (analytic - value).abs() <= noise =>
            {
                report.lose();
            }
            Derivative::Smooth { value, noise } => {
                report.compare(entry, analytic, value, noise, tolerance);
            }
        }
    }
}
