//! The numeric derivative of a function of one number, and whether there is one.

/// What differences of the loss say about its derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Derivative {
    /// The derivative, and how far rounding alone can have moved it. NaN where the loss is not
    /// finite, so that the comparison fails.
    Smooth { value: f64, noise: f64 },
    /// Left and right derivative differ however small the step: there is no derivative.
    Kink,
}

/// The derivative of `f` at 0.
///
/// A step is accepted where two tests of smoothness hold. With the one-sided slopes `L(h)` and
/// `R(h)` and the central one `D(h) = (L + R) / 2`:
///
/// - `D(h) = D(h/2)`. A smooth `f` gives `O(h²)`; a bend at a distance below `h` does not cancel.
/// - `R(h) − L(h) = 2 · (R(h/2) − L(h/2))`. For a smooth `f` both sides are `h·f″`, up to `O(h³)`;
///   where the slope jumps by `J` at 0 itself, they are `J` and `2J`.
///
/// A jump at the distance `x·h` fails the first by `J·x/2` (for `x < ½`) and the second by
/// `J·|3x − 1|`, which do not vanish together; it moves `D(h/2)` by `J·(1 − 2x)/2`, at most 1.5 times
/// the larger of the two. They may therefore fail by half of the tolerance.
///
/// A bend near 0 is left outside by a smaller step; the smallest one decides.
pub(super) fn derivative(step: f64, tolerance: f64, f: &mut dyn FnMut(f64) -> f64) -> Derivative {
    /// The steps tried, as shares of the first.
    const SHARES: [f64; 3] = [1.0, 0.1, 0.01];
    /// Units in the last place by which the values of `f` may be off: some rounding for each layer.
    const ROUNDING: f64 = 64.0;

    let center = f(0.0);
    for h in SHARES.map(|share| share * step) {
        let [left, half_left, half_right, right] = [-h, -h / 2.0, h / 2.0, h].map(&mut *f);
        let noise = ROUNDING * f64::EPSILON * center.abs().max(1.0) / h;
        let value = (half_right - half_left) / h;
        let central = (right - left) / (2.0 * h);
        if !(value.is_finite() && central.is_finite()) {
            let value = f64::NAN;
            return Derivative::Smooth { value, noise };
        }
        let bend = (right - 2.0 * center + left) / h;
        let half_bend = (half_right - 2.0 * center + half_left) / (h / 2.0);
        let roughness = (central - value).abs().max((bend - 2.0 * half_bend).abs());
        if roughness <= 0.5 * (tolerance * value.abs()).max(noise) {
            return Derivative::Smooth { value, noise };
        }
    }
    Derivative::Kink
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: f64 = 1e-4;
    const TOLERANCE: f64 = 1e-5;

    fn slope(mut f: impl FnMut(f64) -> f64) -> Option<f64> {
        match derivative(STEP, TOLERANCE, &mut f) {
            Derivative::Smooth { value, .. } => Some(value),
            Derivative::Kink => None,
        }
    }

    #[test]
    fn smooth_functions_have_their_derivative() {
        let near = |found: Option<f64>, expected: f64| {
            let found = found.expect("the function is smooth");
            assert!((found - expected).abs() <= 1e-7, "{found} {expected}");
        };
        near(slope(|t| libm::sin(1.0 + t)), libm::cos(1.0));
        near(slope(|t| libm::exp(3.0 * t)), 3.0);
        near(slope(|t| 1e3 * t * t), 0.0);
        near(slope(|_| 2.3), 0.0);
    }

    #[test]
    fn a_kink_at_the_point_has_no_derivative() {
        assert_eq!(slope(|t| t.max(0.0)), None);
        assert_eq!(slope(f64::abs), None);
        assert_eq!(slope(|t| 5.0 * t + 1e-3 * t.abs()), None);
    }

    #[test]
    fn a_kink_nearby_is_left_outside_by_a_smaller_step() {
        for distance in [0.1, 0.3, 2.0 / 7.0, 1.0 / 3.0, 0.5, 0.9, 0.99, 1.5] {
            let found = slope(|t| 2.0 * t + (t - distance * STEP).max(0.0));
            let found = found.expect("it is smooth within a hundredth of the step");
            assert!(
                (found - 2.0).abs() <= 2.0 * TOLERANCE,
                "{distance}: {found}"
            );
        }
    }

    #[test]
    fn a_kink_at_any_distance_never_moves_the_derivative_by_more_than_the_tolerance() {
        for i in 0..10_000 {
            let distance = f64::from(i) * 1e-8;
            let found = slope(|t| 2.0 * t + (t - distance).max(0.0));
            let error = found.map_or(0.0, |found| (found - 2.0).abs());
            assert!(error <= 3.0 * TOLERANCE, "{distance:e}: {error:e}");
        }
    }

    #[test]
    fn a_function_that_is_not_finite_is_compared_and_fails() {
        assert!(slope(|_| f64::NAN).is_some_and(f64::is_nan));
        assert!(slope(|t| 1.0 / t.max(0.0)).is_some_and(f64::is_nan));
    }
}
