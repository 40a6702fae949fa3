//! Where the classes of a target and the weights of classes are, for each shape of output.

use super::TargetFault;
use crate::hyperparameter::{HyperparameterFault, not_negative};
use crate::shape::{Chw, Cl, Flat, Shape};
use crate::target::{Class, ClassMap, Target};

/// An output of one logit per class: flat, or an image or a signal with one channel per class.
///
/// A trait, and not the types, so that another output can be refused in words.
#[diagnostic::on_unimplemented(
    message = "the loss `SoftmaxCrossEntropy` takes one logit per class, not `{Self}`",
    label = "this network's output is `{Self}`",
    note = "let the network end with `-> flatten -> dense(…)`, with one output per class, or with an \
            image or a signal of one channel per class"
)]
pub trait Logits: Shape {
    /// A class, or one per pixel; the classes of a signal's positions are a map of one row.
    type Target: Target;
    /// How many classes there are.
    const CLASSES: usize;
    /// How many predictions a sample has. The logit of class `k` at a position is element
    /// `k · POSITIONS + position` of the output.
    const POSITIONS: usize;

    /// How many positions a target has.
    fn positions(target: <Self::Target as Target>::Ref<'_>) -> usize;
    /// The class at one of them.
    fn class(target: <Self::Target as Target>::Ref<'_>, position: usize) -> usize;
    /// What to say of a class that is out of range.
    fn fault(target: <Self::Target as Target>::Ref<'_>, position: usize) -> TargetFault;
}

impl<const K: usize> Logits for Flat<K> {
    type Target = Class;
    const CLASSES: usize = K;
    const POSITIONS: usize = 1;

    #[inline(always)]
    fn positions(_class: usize) -> usize {
        1
    }
    #[inline(always)]
    fn class(class: usize, _position: usize) -> usize {
        class
    }
    fn fault(found: usize, _position: usize) -> TargetFault {
        TargetFault::Class { found, classes: K }
    }
}

impl<const C: usize, const H: usize, const W: usize> Logits for Chw<C, H, W> {
    type Target = ClassMap<H, W>;
    const CLASSES: usize = C;
    const POSITIONS: usize = H * W;

    #[inline(always)]
    fn positions(classes: &[u16]) -> usize {
        classes.len()
    }
    #[inline(always)]
    fn class(classes: &[u16], position: usize) -> usize {
        usize::from(classes[position])
    }
    fn fault(classes: &[u16], position: usize) -> TargetFault {
        TargetFault::PixelClass {
            pixel: [position / W, position % W],
            found: usize::from(classes[position]),
            classes: C,
        }
    }
}

/// As an image of one row.
impl<const C: usize, const L: usize> Logits for Cl<C, L> {
    type Target = ClassMap<1, L>;
    const CLASSES: usize = C;
    const POSITIONS: usize = L;

    #[inline(always)]
    fn positions(classes: &[u16]) -> usize {
        Chw::<C, 1, L>::positions(classes)
    }
    #[inline(always)]
    fn class(classes: &[u16], position: usize) -> usize {
        Chw::<C, 1, L>::class(classes, position)
    }
    fn fault(classes: &[u16], position: usize) -> TargetFault {
        Chw::<C, 1, L>::fault(classes, position)
    }
}

/// How much each class of an output counts: all the same, or an array with one number per class.
#[diagnostic::on_unimplemented(
    message = "class weights `{Self}` do not fit the network's output `{Output}`",
    label = "the output has another number of classes",
    note = "give one weight per class: as many as the output has elements, or channels if it is an image or a \
            signal"
)]
pub trait ClassWeights<Output: Logits>: Copy + Send + Sync {
    /// The weight of a class below `Output::CLASSES`.
    fn of(&self, class: usize) -> f64;

    /// Whether all weights make sense.
    ///
    /// # Errors
    /// The first weight that does not.
    fn validate(&self) -> Result<(), HyperparameterFault> {
        let help =
            "give every class a weight, 0 if it does not count, as in `.class_weights([1.0, 2.5])`";
        (0..Output::CLASSES).try_for_each(|class| {
            not_negative("weight of class", self.of(class), help).map_err(|fault| {
                HyperparameterFault {
                    index: Some(class),
                    ..fault
                }
            })
        })
    }
}

/// All classes count the same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EqualWeights;

impl<Output: Logits> ClassWeights<Output> for EqualWeights {
    #[inline(always)]
    fn of(&self, _class: usize) -> f64 {
        1.0
    }
    fn validate(&self) -> Result<(), HyperparameterFault> {
        Ok(())
    }
}

impl<const K: usize> ClassWeights<Flat<K>> for [f64; K] {
    #[inline(always)]
    fn of(&self, class: usize) -> f64 {
        self[class]
    }
}

impl<const C: usize, const H: usize, const W: usize> ClassWeights<Chw<C, H, W>> for [f64; C] {
    #[inline(always)]
    fn of(&self, class: usize) -> f64 {
        self[class]
    }
}

impl<const C: usize, const L: usize> ClassWeights<Cl<C, L>> for [f64; C] {
    #[inline(always)]
    fn of(&self, class: usize) -> f64 {
        self[class]
    }
}
