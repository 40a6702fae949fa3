//! Where inference takes one sample from, and where it leaves the result.

use crate::passes::plan::Place;
use crate::passes::testing::planned;

/// Whether the sample is read, and the result written, where the caller has them.
fn is_with_caller(declaration: &str) -> [bool; 2] {
    let single = planned(declaration).single;
    let bindings = single.calls.iter().flat_map(|call| &call.bindings);
    let places: Vec<&Place> = bindings.map(|binding| &binding.place).collect();
    let is_bound = [&Place::Sample, &Place::Result].map(|place| places.contains(&place));
    assert_eq!(is_bound, [single.input.is_none(), single.output.is_none()]);
    is_bound
}

#[test]
fn images_and_whole_registers_stay_with_the_caller() {
    for declaration in [
        "A: 1x5x7 -> max_pool<2x2>",
        "A: 2x8x8 -> conv<3x3>(2) -> relu",
        "A: 16 -> tanh",
        "A: 16 -> dropout(0.5) -> dense(32)",
    ] {
        assert_eq!(is_with_caller(declaration), [true; 2], "{declaration}");
    }
}

#[test]
fn what_is_stored_with_padding_is_copied() {
    assert_eq!(is_with_caller("A: 16 -> dense(10)"), [true, false]);
    assert_eq!(is_with_caller("A: 10 -> dense(16)"), [false, true]);
}

#[test]
fn a_sample_that_is_the_result_is_copied() {
    assert_eq!(is_with_caller("A: 16 -> dropout(0.5)"), [false; 2]);
}
