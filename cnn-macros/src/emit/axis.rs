//! A window that slides along one axis: which taps are legal where.

use std::ops::Range;

/// One axis of a sliding window, with its padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Positions of the input, without padding.
    pub(crate) input: usize,
    /// Positions of the output.
    pub(crate) output: usize,
    pub(crate) window: usize,
    pub(crate) stride: usize,
    /// Padding before the first position of the input.
    pub(crate) before: usize,
}

impl Axis {
    /// The taps that meet the input at output position `p`.
    pub(crate) fn taps(&self, p: usize) -> Range<usize> {
        let start = self.before.saturating_sub(p * self.stride);
        let end = (self.input + self.before)
            .saturating_sub(p * self.stride)
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

    /// The input positions that are `residue` modulo the stride, counted with the padding.
    ///
    /// They receive the gradient of the taps `residue + stride · m`, and of no others.
    pub(crate) fn residue(&self, residue: usize) -> Residue {
        let first = (residue + self.stride - self.before % self.stride) % self.stride;
        Residue {
            first,
            count: self.input.saturating_sub(first).div_ceil(self.stride),
            taps: self.window.saturating_sub(residue).div_ceil(self.stride),
            base: (first + self.before) / self.stride,
        }
    }
}

/// The input positions `first + stride · t` of an axis, `t` in `0..count`.
///
/// Position `t` receives from output position `base + t − m` through its tap number `m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Residue {
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// How many taps reach these positions.
    pub(crate) taps: usize,
    pub(crate) base: usize,
}

impl Residue {
    /// The positions `t` that receive from every tap, for an axis of `output` output positions.
    pub(crate) fn interior(&self, output: usize) -> Range<usize> {
        if self.taps == 0 {
            return 0..self.count;
        }
        let first = (self.taps - 1).saturating_sub(self.base).min(self.count);
        let end = output.saturating_sub(self.base).min(self.count);
        first..end.max(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every small axis, also with padding wider than the window.
    fn axes() -> impl Iterator<Item = Axis> {
        (1..7usize).flat_map(|input| {
            (1..5).flat_map(move |window| {
                (1..4).flat_map(move |stride| {
                    (0..4).flat_map(move |before| {
                        (0..3).filter_map(move |after| {
                            let room = (input + before + after).checked_sub(window)?;
                            let output = room / stride + 1;
                            Some(Axis {
                                input,
                                output,
                                window,
                                stride,
                                before,
                            })
                        })
                    })
                })
            })
        })
    }

    #[test]
    fn taps_are_those_that_meet_the_input() {
        for axis in axes() {
            for p in 0..axis.output {
                let naive: Vec<usize> = (0..axis.window)
                    .filter(|k| {
                        let position = p * axis.stride + k;
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
                    let legal = (0..residue.taps).filter(|&m| {
                        (residue.base + t)
                            .checked_sub(m)
                            .is_some_and(|q| q < axis.output)
                    });
                    for m in legal {
                        let tap = r + axis.stride * m;
                        pairs.push((residue.first + axis.stride * t, tap, residue.base + t - m));
                    }
                    let whole = (0..residue.taps).all(|m| {
                        (residue.base + t)
                            .checked_sub(m)
                            .is_some_and(|q| q < axis.output)
                    });
                    assert_eq!(
                        residue.interior(axis.output).contains(&t),
                        whole,
                        "{axis:?} {r} {t}"
                    );
                }
            }
            let mut naive = Vec::new();
            for q in 0..axis.output {
                for k in axis.taps(q) {
                    naive.push((q * axis.stride + k - axis.before, k, q));
                }
            }
            pairs.sort_unstable();
            naive.sort_unstable();
            assert_eq!(pairs, naive, "{axis:?}");
        }
    }
}
