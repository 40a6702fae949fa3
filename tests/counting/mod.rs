//! An allocator that counts how often it is asked for memory: by the whole process, and by each thread.

// An allocator is unsafe code by nature; no other file of the workspace has any.
#![allow(unsafe_code)]
// Every test binary compiles its own copy and uses a part of it.
#![allow(dead_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The system's allocator, which counts.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Its initial value is a constant and it drops nothing, so that using it allocates nothing.
    static ALLOCATIONS_HERE: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every method hands its arguments to the system's allocator as they are, whose contract
// is the same.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        ALLOCATIONS_HERE.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`, which is the system's too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` with this layout, by `alloc` above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations the process makes while `action` runs.
pub(crate) fn allocations(action: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    action();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

/// How many allocations `action` makes on this thread, and what it returns.
pub(crate) fn allocations_here<R>(action: impl FnOnce() -> R) -> (usize, R) {
    let before = ALLOCATIONS_HERE.get();
    let result = action();
    (ALLOCATIONS_HERE.get() - before, result)
}
