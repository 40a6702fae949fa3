//! Which threads work on a step.

use std::sync::Mutex;
use std::thread::{self, ThreadId};
use std::vec::Vec;

use super::Points;
use crate::data::Dataset;
use crate::error::Result;
use crate::loss::SoftmaxCrossEntropy;
use crate::optim::Sgd;
use crate::shape::Flat;
use crate::simd::Level;
use crate::target::Class;
use crate::toy::Toy;
use crate::train::TrainingStep;

/// Points that note who reads them.
struct Watched(Points, Mutex<Vec<ThreadId>>);

impl Dataset for Watched {
    type Sample = Flat<4>;
    type Target = Class;
    fn len(&self) -> usize {
        self.0.len()
    }
    fn sample(&self, index: usize) -> &[f32] {
        let mut readers = self.1.lock().expect("no reader panics");
        readers.push(thread::current().id());
        self.0.sample(index)
    }
    fn target(&self, index: usize) -> usize {
        self.0.target(index)
    }
}

/// Four steps are shared, four are not, and then what was faster is done.
#[test]
fn steps_of_little_work_are_tried_on_one_thread() -> Result<()> {
    let data = Watched(Points::new(64), Mutex::default());
    let indices: Vec<usize> = (0..data.len()).collect();
    let mut net = Toy::<f32>::new(1);
    let sgd = Sgd::new(0.1);
    let mut step = TrainingStep::new(&net, SoftmaxCrossEntropy, sgd, 64, Level::detect())?;
    let readers = step.with_threads(2, &mut net, &data, |crew| {
        let mut readers = Vec::new();
        for _ in 0..8 {
            crew.step(&indices)?;
            readers.push(core::mem::take(
                &mut *data.1.lock().expect("no reader panics"),
            ));
        }
        Ok(readers)
    })?;
    for (number, readers) in readers.iter().enumerate() {
        assert_eq!(readers.len(), 64, "step {number}");
        let alone = readers.iter().all(|&id| id == thread::current().id());
        assert!(
            alone || number < 4,
            "another thread has worked on step {number}"
        );
    }
    Ok(())
}
