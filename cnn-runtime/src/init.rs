//! The values that parameters begin with, from a seed.
//!
//! Every tensor draws from its own stream of the generator (ChaCha8), so its values depend on the
//! seed, its place in `SPEC.parameters` and its length, never on other tensors. Values are drawn
//! in `f64` by software alone, so that a seed gives the same network on every machine.

use core::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::simd::Scalar;
use crate::spec::{Activation, Role, Spec};

/// How the weights of a layer are drawn.
///
/// `fan_in` is the number of inputs that reach one output (`i · kh · kw` for a convolution),
/// `fan_out` the number of outputs that one input reaches. Normal values are not truncated.
///
/// | | normal: standard deviation | uniform: in `−bound..bound` | for |
/// |---|---|---|---|
/// | He | `√(2 / fan_in)` | `√(6 / fan_in)` | `relu` and its relatives |
/// | Glorot | `√(2 / (fan_in + fan_out))` | `√(6 / (fan_in + fan_out))` | `tanh`, `sigmoid` |
/// | LeCun | `√(1 / fan_in)` | `√(3 / fan_in)` | no activation, `selu` |
///
/// Sources: K. He et al., *Delving Deep into Rectifiers*, 2015, equation 10; X. Glorot, Y. Bengio,
/// *Understanding the difficulty of training deep feedforward neural networks*, 2010, equation 16;
/// Y. LeCun et al., *Efficient BackProp*, 1998, section 4.6.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initialization {
    /// Normal with variance `2 / fan_in`.
    HeNormal,
    /// Uniform with variance `2 / fan_in`.
    HeUniform,
    /// Normal with variance `2 / (fan_in + fan_out)`.
    GlorotNormal,
    /// Uniform with variance `2 / (fan_in + fan_out)`.
    GlorotUniform,
    /// Normal with variance `1 / fan_in`.
    LeCunNormal,
    /// Uniform with variance `1 / fan_in`.
    LeCunUniform,
    /// All zero. A network whose weights are all zero cannot learn; this is for tests.
    Zeros,
    /// All equal.
    Constant(f64),
}

impl Initialization {
    /// The usual choice before an activation: He normal for `relu` and relatives, Glorot uniform
    /// for `tanh` and `sigmoid`, LeCun normal for none.
    #[must_use]
    pub const fn before(activation: Activation) -> Self {
        match activation {
            Activation::Rectifier => Self::HeNormal,
            Activation::Saturating => Self::GlorotUniform,
            Activation::Linear => Self::LeCunNormal,
        }
    }

    /// Fills one tensor with values of stream `stream` of the generator `seed`.
    ///
    /// What is no weight has no fan: the random kinds make biases and means zero, variances one, and a
    /// factor what it begins with.
    pub fn fill<T: Scalar>(self, role: Role, seed: u64, stream: u64, values: &mut [T]) {
        match self.distribution(role) {
            Distribution::Constant(value) => values.fill(T::from_f64(value)),
            Distribution::Normal(deviation) => {
                let mut source = Source::new(seed, stream);
                for pair in values.chunks_mut(2) {
                    let normal = source.normal_pair();
                    for (value, standard) in pair.iter_mut().zip(normal) {
                        *value = T::from_f64(deviation * standard);
                    }
                }
            }
            Distribution::Uniform(bound) => {
                let mut source = Source::new(seed, stream);
                for value in values {
                    *value = T::from_f64(bound * (2.0 * source.unit() - 1.0));
                }
            }
        }
    }

    fn distribution(self, role: Role) -> Distribution {
        use Distribution::{Constant, Normal, Uniform};
        let (fan_in, fan_out) = match (self, role) {
            (Self::Zeros, _) => return Constant(0.0),
            (Self::Constant(value), _) => return Constant(value),
            (_, Role::Bias | Role::RunningMean | Role::BatchCount) => return Constant(0.0),
            (_, Role::RunningVariance) => return Constant(1.0),
            (_, Role::Factor { initial }) => return Constant(initial),
            (
                _,
                Role::Weight {
                    fan_in, fan_out, ..
                },
            ) => (fan_in as f64, fan_out as f64),
        };
        match self {
            Self::HeNormal => Normal(libm::sqrt(2.0 / fan_in)),
            Self::HeUniform => Uniform(libm::sqrt(6.0 / fan_in)),
            Self::GlorotNormal => Normal(libm::sqrt(2.0 / (fan_in + fan_out))),
            Self::GlorotUniform => Uniform(libm::sqrt(6.0 / (fan_in + fan_out))),
            Self::LeCunNormal => Normal(libm::sqrt(1.0 / fan_in)),
            Self::LeCunUniform => Uniform(libm::sqrt(3.0 / fan_in)),
            Self::Zeros | Self::Constant(_) => unreachable!("constants have returned above"),
        }
    }
}

/// Initializes all values of a network: weights as [`Initialization::before`] says, biases zero, factors
/// as their role says, running statistics as they begin.
///
/// `values` has `spec.value_count()` elements, which are overwritten.
pub fn initialize<T: Scalar>(spec: &Spec, seed: u64, values: &mut [T]) {
    for (stream, tensor) in spec.tensors().enumerate() {
        let initialization = match tensor.role {
            Role::Weight { activation, .. } => Initialization::before(activation),
            // What is no weight has one beginning, whatever the kind.
            _ => Initialization::before(Activation::Linear),
        };
        let values = &mut values[tensor.range()];
        initialization.fill(tensor.role, seed, stream as u64, values);
    }
}

/// Gives the running statistics of a network the values with which they begin.
///
/// `values` has `spec.value_count()` elements, of which the parameters are left as they are.
pub fn initialize_statistics<T: Scalar>(spec: &Spec, values: &mut [T]) {
    for tensor in spec.statistics {
        Initialization::before(Activation::Linear).fill(
            tensor.role,
            0,
            0,
            &mut values[tensor.range()],
        );
    }
}

/// Initializes all weights by `initialization`, biases and factors as [`initialize`] does. Those of frozen
/// layers are not among `parameters`, and stay as they are.
///
/// `parameters` has `spec.parameter_count` elements, which are overwritten.
pub fn initialize_with<T: Scalar>(
    spec: &Spec,
    initialization: Initialization,
    seed: u64,
    parameters: &mut [T],
) {
    for (stream, tensor) in spec.parameters.iter().enumerate() {
        if !spec.is_learned(tensor) {
            continue;
        }
        let initialization = match tensor.role {
            Role::Weight { .. } => initialization,
            _ => Initialization::before(Activation::Linear),
        };
        let values = &mut parameters[tensor.range()];
        initialization.fill(tensor.role, seed, stream as u64, values);
    }
}

/// What a tensor's values are drawn from.
enum Distribution {
    Constant(f64),
    /// By standard deviation, around zero.
    Normal(f64),
    /// In `−bound..bound`.
    Uniform(f64),
}

/// One stream of random numbers.
struct Source(ChaCha8Rng);

impl Source {
    fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// Uniform in `0..1`, with 53 random bits.
    fn unit(&mut self) -> f64 {
        const SCALE: f64 = 1.0 / (1u64 << 53) as f64;
        (self.0.next_u64() >> 11) as f64 * SCALE
    }

    /// Two independent standard normal values (G. Box, M. Muller, 1958).
    fn normal_pair(&mut self) -> [f64; 2] {
        // 1 − u lies in 0..=1 without 0, where the logarithm is finite.
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        let angle = TAU * self.unit();
        [radius * libm::cos(angle), radius * libm::sin(angle)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    const WEIGHT: Role = Role::Weight {
        fan_in: 50,
        fan_out: 150,
        activation: Activation::Rectifier,
    };

    fn drawn(initialization: Initialization) -> Vec<f64> {
        let mut values = vec![0.0; 100_001];
        initialization.fill(WEIGHT, 42, 3, &mut values);
        values
    }

    #[test]
    fn mean_and_variance_are_those_of_the_formula() {
        use Initialization::*;
        let cases = [
            (HeNormal, 2.0 / 50.0),
            (HeUniform, 2.0 / 50.0),
            (GlorotNormal, 2.0 / 200.0),
            (GlorotUniform, 2.0 / 200.0),
            (LeCunNormal, 1.0 / 50.0),
            (LeCunUniform, 1.0 / 50.0),
        ];
        for (initialization, variance) in cases {
            let values = drawn(initialization);
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let square = values.iter().map(|x| x * x).sum::<f64>() / n;
            // Five standard errors of the mean, and of the variance of a normal value.
            let bound = 5.0 * (variance / n).sqrt();
            assert!(mean.abs() < bound, "{initialization:?}: mean {mean}");
            let error = (square / variance - 1.0).abs();
            assert!(
                error < 5.0 * (2.0 / n).sqrt(),
                "{initialization:?}: {error}"
            );
        }
    }

    #[test]
    fn uniform_values_stay_inside_their_bound_and_come_close_to_it() {
        let cases = [
            (Initialization::HeUniform, (6.0f64 / 50.0).sqrt()),
            (Initialization::GlorotUniform, (6.0f64 / 200.0).sqrt()),
            (Initialization::LeCunUniform, (3.0f64 / 50.0).sqrt()),
        ];
        for (initialization, bound) in cases {
            let largest = drawn(initialization)
                .into_iter()
                .fold(0.0, |largest: f64, x| largest.max(x.abs()));
            assert!(largest <= bound && largest > 0.999 * bound, "{largest}");
        }
    }

    #[test]
    fn a_seed_gives_the_same_values_and_another_seed_or_stream_others() {
        let fill = |seed, stream, len| {
            let mut values = vec![0.0f32; len];
            Initialization::HeNormal.fill(WEIGHT, seed, stream, &mut values);
            values
        };
        assert_eq!(fill(1, 0, 9), fill(1, 0, 9));
        assert_eq!(fill(1, 0, 9)[..7], fill(1, 0, 7));
        assert_ne!(fill(1, 0, 9), fill(2, 0, 9));
        assert_ne!(fill(1, 0, 9), fill(1, 1, 9));
    }

    #[test]
    fn biases_begin_at_zero_and_constants_are_constant() {
        let mut bias = vec![7.0f32; 5];
        Initialization::HeNormal.fill(Role::Bias, 1, 0, &mut bias);
        assert_eq!(bias, [0.0; 5]);
        Initialization::Constant(0.25).fill(WEIGHT, 1, 0, &mut bias);
        assert_eq!(bias, [0.25; 5]);
    }

    #[test]
    fn factors_begin_with_their_own_number() {
        let mut slopes = vec![7.0f32; 3];
        Initialization::GlorotUniform.fill(Role::Factor { initial: 0.25 }, 1, 0, &mut slopes);
        assert_eq!(slopes, [0.25; 3]);
        Initialization::Zeros.fill(Role::Factor { initial: 0.25 }, 1, 0, &mut slopes);
        assert_eq!(slopes, [0.0; 3]);
    }

    #[test]
    fn single_precision_values_are_the_rounded_double_precision_ones() {
        let (mut single, mut double) = (vec![0.0f32; 99], vec![0.0f64; 99]);
        Initialization::GlorotUniform.fill(WEIGHT, 5, 2, &mut single);
        Initialization::GlorotUniform.fill(WEIGHT, 5, 2, &mut double);
        assert!(single.iter().zip(&double).all(|(&s, &d)| s == d as f32));
    }
}
