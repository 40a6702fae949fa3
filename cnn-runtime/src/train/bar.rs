//! A bar that grows with the steps of an epoch.
//!
//! Without the feature `progress`, and on WebAssembly, where there is no terminal, it is never seen.

#[cfg(not(all(feature = "progress", not(target_family = "wasm"))))]
pub(super) use absent::Bar;
#[cfg(all(feature = "progress", not(target_family = "wasm")))]
pub(super) use drawn::Bar;

#[cfg(all(feature = "progress", not(target_family = "wasm")))]
mod drawn {
    use std::format;

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    use crate::train::Progress;

    /// A bar on the standard error stream, if that is a terminal.
    pub(in crate::train) struct Bar(ProgressBar);

    impl Bar {
        /// A bar of that many steps; only `Progress::Auto` draws it.
        pub(in crate::train) fn new(progress: Progress, steps: usize) -> Self {
            let target = match progress {
                Progress::Auto => ProgressDrawTarget::stderr(),
                _ => ProgressDrawTarget::hidden(),
            };
            let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
            let template = "{prefix} {wide_bar} {pos}/{len} steps, {eta} left";
            let style = ProgressStyle::with_template(template);
            Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
        }

        /// Begins an epoch, counted from one.
        pub(in crate::train) fn begin(&self, epoch: usize, epochs: usize) {
            self.0.reset();
            self.0.set_prefix(format!("epoch {epoch}/{epochs}"));
        }

        /// Grows by a step.
        pub(in crate::train) fn step(&self) {
            self.0.inc(1);
        }

        /// Makes room for the line of the epoch.
        pub(in crate::train) fn end(&self) {
            self.0.finish_and_clear();
        }
    }
}

#[cfg(not(all(feature = "progress", not(target_family = "wasm"))))]
mod absent {
    use crate::train::Progress;

    /// No bar.
    pub(in crate::train) struct Bar;

    impl Bar {
        pub(in crate::train) fn new(_progress: Progress, _steps: usize) -> Self {
            Self
        }

        pub(in crate::train) fn begin(&self, _epoch: usize, _epochs: usize) {}

        pub(in crate::train) fn step(&self) {}

        pub(in crate::train) fn end(&self) {}
    }
}
