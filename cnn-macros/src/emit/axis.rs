//! A window that slides along one axis: which taps are legal where.

use std::ops::Range;

/// One axis of a sliding window, with its padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Positions of the input, without padding.
    pub(crate) input: usize,
    /// Positions of the output.
    pub(crate) output: usize,
    /// How many taps the window has.
    pub(crate) window: usize,
    pub(crate) stride: usize,
    /// From one tap to the next.
    pub(crate) dilation: usize,
    /// Padding before the first position of the input.
    pub(crate) before: usize,
}

impl Axis {
    /// The taps that meet the input at output position `p`.
    pub(crate) fn taps(&self, p: usize) -> Range<usize> {
        let first = p * self.stride;
        let start = self.before.saturating_sub(first).div_ceil(self.dilation);
        let end = (self.input + self.before)
            .saturating_sub(first)
            .div_ceil(self.dilation)
            .min(self.window);
        start.min(end)..end
    }

    /// The output positions at which every tap meets the input.
    pub(crate) fn interior(&self) -> Range<usize> {
        let whole = |p: &usize| self.taps(*p) == (0..self.window);
        let first = (0..self.output).find(whole).unwrap_or(self.output);
        let end = (first..self.output)
            .find(|p| !whole(p))
            .unwrap_or(self.output);
        first..end
    }

    /// Whether some tap somewhere falls on padding.
    pub(crate) fn is_padded(&self) -> bool {
        self.interior() != (0..self.output)
    }

    /// How many positions one window lies on, gaps included.
    pub(crate) fn reach(&self) -> usize {
        self.dilation * (self.window - 1) + 1
    }

    /// How many positions all windows lie on, padding included.
    pub(crate) fn width(&self) -> usize {
        self.stride * (self.output - 1) + self.reach()
    }

    /// The axis of the convolution from the output back to the input, if it can be one: from each position
    /// the window reaches as far, the other way.
    pub(crate) fn turned(&self) -> Option<Self> {
        let turned = Self {
            input: self.output,
            output: self.input,
            before: (self.reach() - 1).checked_sub(self.before)?,
            ..*self
        };
        (self.stride == 1).then_some(turned)
    }

    /// The input positions that are `residue` modulo the stride, counted with the padding.
    ///
    /// A tap reaches them if its distance from the first tap is `residue` modulo the stride too.
    pub(crate) fn residue(&self, residue: usize) -> Residue {
        let reaches = |tap: &usize| tap * self.dilation % self.stride == residue;
        let first_tap = (0..self.window).find(reaches);
        let shared = gcd(self.stride, self.dilation);
        let first = (residue + self.stride - self.before % self.stride) % self.stride;
        let tap = first_tap.unwrap_or(0);
        let tap_step = self.stride / shared;
        Residue {
            first,
            count: self.input.saturating_sub(first).div_ceil(self.stride),
            tap,
            tap_step,
            taps: first_tap.map_or(0, |tap| (self.window - tap).div_ceil(tap_step)),
            base: (first + self.before) / self.stride,
            // The distance of the first tap and the position are equal modulo the stride.
            late: tap * self.dilation / self.stride,
            step: self.dilation / shared,
        }
    }
}

fn gcd(a: usize, b: usize) -> usize {
    match b {
        0 => a,
        _ => gcd(b, a % b),
    }
}

/// The input positions `first + stride · t` of an axis, `t` in `0..count`.
///
/// Position `t` receives from output position `base + t − (late + step · m)` through the tap
/// `tap + tap_step · m`, where `m` counts the taps that reach these positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Residue {
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// The first of the taps that reach these positions.
    pub(crate) tap: usize,
    pub(crate) tap_step: usize,
    /// How many taps reach these positions.
    pub(crate) taps: usize,
    pub(crate) base: usize,
    /// How many positions the first of these taps lies behind the window's first; not 0 only with
    /// a dilation.
    pub(crate) late: usize,
    /// How many positions each further tap lies behind the one before.
    pub(crate) step: usize,
}

impl Residue {
    /// The positions `t` that receive from every tap, for an axis of `output` output positions.
    pub(crate) fn interior(&self, output: usize) -> Range<usize> {
        if self.taps == 0 {
            return 0..self.count;
        }
        let last = self.late + (self.taps - 1) * self.step;
        let first = last.saturating_sub(self.base).min(self.count);
        let end = (output + self.late)
            .saturating_sub(self.base)
            .min(self.count);
        first..end.max(first)
    }

    /// The taps `m` that position `t` receives from.
    #[cfg(test)]
    fn legal(&self, t: usize, output: usize) -> Range<usize> {
        let reach = (self.base + t + 1).saturating_sub(self.late);
        let start = reach.saturating_sub(output).div_ceil(self.step);
        let end = reach.div_ceil(self.step).min(self.taps);
        start.min(end)..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every small axis, also with padding wider than the window.
    fn axes() -> impl Iterator<Item = Axis> {
        let sizes = |(input, window)| {
            (1..5).flat_map(move |stride| {
                (1..5).map(move |dilation| [input, window, stride, dilation])
            })
        };
        let padding = |[input, window, stride, dilation]: [usize; 4]| {
            (0..4)
                .flat_map(move |before| (0..3).map(move |after| (before, after)))
                .filter_map(move |(before, after)| {
                    let room = (input + before + after).checked_sub(dilation * (window - 1) + 1)?;
                    let output = room / stride + 1;
                    Some(Axis {
                        input,
                        output,
                        window,
                        stride,
                        dilation,
                        before,
                    })
                })
        };
        let windows = (1..8usize).flat_map(|input| (1..5).map(move |window| (input, window)));
        windows.flat_map(sizes).flat_map(padding)
    }

    #[test]
    fn taps_are_those_that_meet_the_input() {
        for axis in axes() {
            for p in 0..axis.output {
                let naive: Vec<usize> = (0..axis.window)
                    .filter(|k| {
                        let position = p * axis.stride + k * axis.dilation;
                        (axis.before..axis.before + axis.input).contains(&position)
                    })
                    .collect();
                assert_eq!(axis.taps(p).collect::<Vec<_>>(), naive, "{axis:?} at {p}");
            }
        }
    }

    #[test]
    fn residues_cover_every_input_position_and_tap_once() {
        for axis in axes() {
            let mut pairs = Vec::new();
            for r in 0..axis.stride {
                let residue = axis.residue(r);
                for t in 0..residue.count {
                    let source = |m: usize| {
                        let behind = residue.late + m * residue.step;
                        let source = (residue.base + t).checked_sub(behind);
                        source.filter(|&q| q < axis.output)
                    };
                    let legal: Vec<usize> =
                        (0..residue.taps).filter(|&m| source(m).is_some()).collect();
                    let range = residue.legal(t, axis.output);
                    assert_eq!(range.collect::<Vec<_>>(), legal, "{axis:?} {r} {t}");
                    assert_eq!(
                        residue.interior(axis.output).contains(&t),
                        legal.len() == residue.taps,
                        "{axis:?} {r} {t}"
                    );
                    for (m, q) in legal.into_iter().filter_map(|m| Some((m, source(m)?))) {
                        let tap = residue.tap + residue.tap_step * m;
                        pairs.push((residue.first + axis.stride * t, tap, q));
                    }
                }
            }
            let mut naive = Vec::new();
            for q in 0..axis.output {
                for k in axis.taps(q) {
                    naive.push((q * axis.stride + k * axis.dilation - axis.before, k, q));
                }
            }
            pairs.sort_unstable();
            naive.sort_unstable();
            assert_eq!(pairs, naive, "{axis:?}");
        }
    }
}
