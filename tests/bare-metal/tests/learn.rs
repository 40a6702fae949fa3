//! The device learns, on the machine that compiles it.

use std::sync::{Mutex, PoisonError};

use bare_metal::{Device, Pictures};
use cnn::prelude::*;

static DEVICE: Mutex<Device> = Mutex::new(Device::ZERO);

/// A bright row, whose place is the kind, somewhere else in every picture.
fn picture(index: usize) -> [f32; 64] {
    let (kind, shift) = (index % 3, index / 3 % 2);
    core::array::from_fn(|at| f32::from(at / 8 == 3 * kind + shift))
}

#[test]
fn a_device_without_an_allocator_learns_pictures_by_heart() {
    let mut device = DEVICE.lock().unwrap_or_else(PoisonError::into_inner);
    device.start(1);
    assert!(device.net().conv1().weight()[3][0][2][2] != 0.0);

    let pictures: [_; 6] = core::array::from_fn(picture);
    let samples = pictures.each_ref().map(|picture| &picture[..]);
    let kinds = [0, 1, 2, 0, 1, 2];
    let first = device.learn(&samples, &kinds).loss;
    for _ in 0..100 {
        device.learn(&samples, &kinds);
    }
    let last = device.learn(&samples, &kinds);
    assert!(last.loss < 0.1 * first, "{first} {last:?}");
    assert_eq!(last.correct, 6);
    for (picture, kind) in pictures.iter().zip(kinds) {
        assert_eq!(device.kind(picture), Some(kind));
    }
}

#[test]
fn a_network_shows_itself_without_an_allocator() {
    let net = Pictures::ZERO;
    assert!(format!("{net:?}").starts_with("Pictures: 1x8x8 -> 3\n"));
    assert_eq!(format!("{net:?}"), net.summary().to_string());
}
