//! What the thread of a batch's only block offers to another.
//!
//! A block is computed by one thread, layer by layer. While that goes on to the gradient by a layer's input, a second
//! one computes the gradient by its parameters, from a copy of what that needs.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::vec::Vec;

use crate::buffer::Buffer;
use crate::lanes::{BLOCK, FEW};
use crate::network::{Network, Probe};
use crate::offer::Offer;
use crate::simd::{Kernel, Level, Scalar, Simd};
use crate::spec::TrainingArena;
use crate::train::arenas::{ArenaOf, Arenas, ElementOf, is_of_few, may_be_of_few};
use crate::train::signal::Signal;
use crate::train::threads::lock;

/// How many calls wait for the second thread, or are computed by it. With one, ResNet-8's batch of 16 took 0.92 of
/// a single thread's time, with two or three 0.86, with four 0.77, with eight 0.85 (AMD EPYC, 2026-11-30).
const DESKS: usize = 4;

/// The multiply–accumulates of sixteen samples from which on a call is worth waking the second thread and waiting
/// for it: a tenth of a millisecond on one core. LeNet-5, whose largest has four millions, loses as much as it gains.
const LEAST_MACS: u64 = 6_000_000;

/// The multiply–accumulates of a sample for each element that is copied, from which on a copy pays: with 30,
/// ResNet-8's batch of 16 took 0.79 of the time, with 60 0.77, with 100 0.90, with 140 0.98 (AMD EPYC, 2026-11-30).
const LEAST_MACS_PER_ELEMENT: u64 = 30;

/// Whether a call is worth handing over.
fn is_worthwhile<N: Network>(offer: &Offer) -> bool {
    let of_block = N::SPEC.training.samples as u64 * offer.macs;
    of_block >= LEAST_MACS && offer.macs >= LEAST_MACS_PER_ELEMENT * offer.copied() as u64
}

/// The calls of a network that are.
fn worthwhile<N: Network>() -> impl Iterator<Item = &'static Offer> {
    let offers = N::SPEC.training.offers.iter();
    offers.filter(|offer| is_worthwhile::<N>(offer))
}

/// What the thread of a block hands over, and what becomes of it.
///
/// A call for which no desk is free is computed where it is, and so are those that the second thread has not begun
/// when the backward pass ends. Whoever computes it adds its sums to zeros: the gradients have the same bits.
pub(super) struct Offers<N: Network> {
    desks: [Desk<N>; DESKS],
    done: Mutex<Done<N::Scalar>>,
    /// Whether calls are handed over: from the first of a step to the end of its backward pass.
    is_open: AtomicBool,
}

/// What the calls of a step are computed with and from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a, T> {
    pub(super) level: Level,
    pub(super) values: &'a [T],
    /// Of the block.
    pub(super) samples: usize,
}

/// A place for one call.
struct Desk<N: Network> {
    /// [`FREE`](Self::FREE), [`BUSY`](Self::BUSY), or the number of the call that waits.
    call: AtomicUsize,
    /// Of the arena of the block what the call reads.
    copy: Mutex<Arenas<N>>,
}

/// What the second thread has computed in a step.
struct Done<T> {
    gradients: Buffer<T>,
    calls: Vec<usize>,
}

impl<N: Network> Desk<N> {
    const FREE: usize = usize::MAX;
    const BUSY: usize = usize::MAX - 1;

    fn new(level: Level, places: &TrainingArena) -> Self {
        let lengths = worthwhile::<N>().map(|offer| offer.len);
        let copy = Arenas::new(level, places, lengths.max().unwrap_or(0));
        Self {
            call: AtomicUsize::new(Self::FREE),
            copy: Mutex::new(copy),
        }
    }

    fn is_free(&self) -> bool {
        self.call.load(Ordering::Acquire) == Self::FREE
    }

    fn waits(&self) -> bool {
        self.call.load(Ordering::Acquire) < Self::BUSY
    }

    /// The call that waits here, for the thread that is the first to ask.
    fn claim(&self) -> Option<usize> {
        let claim = |call| (call < Self::BUSY).then_some(Self::BUSY);
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        self.call.fetch_update(success, failure, claim).ok()
    }

    /// Computes the call of that number, which has been claimed.
    fn compute(&self, call: usize, from: Source<'_, N::Scalar>, gradients: &mut [N::Scalar]) {
        let Arenas { whole, few } = &mut *lock(&self.copy);
        let values = from.values;
        if const { may_be_of_few::<N>() } && is_of_few::<N>(from.level, from.samples) {
            from.level.run_few(WeightGradient::<N, FEW> {
                call,
                values,
                gradients,
                arena: few,
            });
        } else {
            from.level.run(WeightGradient::<N, BLOCK> {
                call,
                values,
                gradients,
                arena: whole,
            });
        }
        self.call.store(Self::FREE, Ordering::Release);
    }
}

impl<N: Network> Offers<N> {
    /// Whether batches of so many samples are one block, with something to hand over that is worth it.
    pub(super) fn are_of_use(places: &TrainingArena, batch_size: usize) -> bool {
        places.blocks(batch_size) == 1 && worthwhile::<N>().next().is_some()
    }

    pub(super) fn new(level: Level, places: &TrainingArena) -> Self {
        Self {
            desks: core::array::from_fn(|_| Desk::new(level, places)),
            done: Mutex::new(Done {
                gradients: Buffer::zeroed(N::SPEC.parameter_count),
                calls: Vec::with_capacity(worthwhile::<N>().count()),
            }),
            is_open: AtomicBool::new(false),
        }
    }

    /// Main thread: by which a backward pass hands its calls over.
    pub(super) fn offering<'a>(&'a self, signal: &'a Signal) -> Offering<'a, N> {
        Offering {
            offers: self,
            signal,
        }
    }

    /// Main thread, after the backward pass: computes what still waits, waits for the rest, and puts into
    /// `gradients` what has been computed elsewhere.
    pub(super) fn settle(
        &self,
        signal: &Signal,
        from: Source<'_, N::Scalar>,
        gradients: &mut [N::Scalar],
    ) {
        if !self.is_open.swap(false, Ordering::AcqRel) {
            return;
        }
        signal.wake();
        for desk in &self.desks {
            if let Some(call) = desk.claim() {
                desk.compute(call, from, gradients);
            }
        }
        signal.wait_for_workers();
        let done = &mut *lock(&self.done);
        for call in done.calls.drain(..) {
            for range in N::SPEC.training.offers[call].gradients {
                gradients[range.clone()].copy_from_slice(&done.gradients[range.clone()]);
            }
        }
    }

    /// Second thread: computes what is handed over until the backward pass ends.
    pub(super) fn serve(&self, signal: &Signal, from: Source<'_, N::Scalar>) {
        let done = &mut *lock(&self.done);
        loop {
            let is_open = || self.is_open.load(Ordering::Acquire);
            signal.wait_for(|| self.desks.iter().any(Desk::waits) || !is_open());
            let claimed = |desk| Some((desk, Desk::claim(desk)?));
            let Some((desk, call)) = self.desks.iter().find_map(claimed) else {
                return;
            };
            for range in N::SPEC.training.offers[call].gradients {
                done.gradients[range.clone()].fill(N::Scalar::ZERO);
            }
            desk.compute(call, from, &mut done.gradients);
            done.calls.push(call);
        }
    }
}

/// Hands over what the second thread may have the time for.
pub(super) struct Offering<'a, N: Network> {
    offers: &'a Offers<N>,
    signal: &'a Signal,
}

impl<N: Network> Clone for Offering<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Network> Copy for Offering<'_, N> {}

/// The probe that does, of a block of so many samples.
pub(super) struct Probing<'a, N: Network, const SAMPLES: usize>(pub(super) Offering<'a, N>);

impl<N: Network, const SAMPLES: usize> Probe<ElementOf<N, SAMPLES>> for Probing<'_, N, SAMPLES>
where
    Arenas<N>: ArenaOf<N, SAMPLES>,
{
    fn value(&mut self, _layer: usize, _values: &[ElementOf<N, SAMPLES>]) {}
    fn gradient(&mut self, _layer: usize, _gradients: &[ElementOf<N, SAMPLES>]) {}

    fn take(
        &mut self,
        call: usize,
        kept: &[ElementOf<N, SAMPLES>],
        shared: &[ElementOf<N, SAMPLES>],
    ) -> bool {
        let Offering { offers, signal } = self.0;
        let offer = &N::SPEC.training.offers[call];
        if !is_worthwhile::<N>(offer) {
            return false;
        }
        let Some(desk) = offers.desks.iter().find(|desk| desk.is_free()) else {
            return false;
        };
        offer.copy(kept, shared, lock(&desk.copy).arena());
        desk.call.store(call, Ordering::Release);
        // The round begins with the first call, for a thread that waits long falls asleep.
        match offers.is_open.swap(true, Ordering::AcqRel) {
            true => signal.wake(),
            false => signal.start(),
        }
        true
    }
}

struct WeightGradient<'a, N: Network, const SAMPLES: usize> {
    call: usize,
    values: &'a [N::Scalar],
    gradients: &'a mut [N::Scalar],
    arena: &'a mut [ElementOf<N, SAMPLES>],
}

impl<N: Network, const SAMPLES: usize> Kernel for WeightGradient<'_, N, SAMPLES> {
    type Output = ();

    fn run<S: Simd>(self, simd: S) {
        let (values, gradients) = (self.values, self.gradients);
        N::weight_gradient::<_, S, SAMPLES>(simd, self.call, values, gradients, self.arena);
    }
}
