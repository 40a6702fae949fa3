//! Networks from papers, a file each.
//!
//! They stand here once: the example shows what they cost, and `tests/optimized/` runs them and compares
//! their numbers with those of PyTorch.

mod autoencoder;
mod ds_cnn;
mod fire;
mod inception;
mod mobilenet;
mod resnet20;
mod resnet8;
mod signals;
mod unet;
mod vgg16;

use cnn::Spec;

pub(crate) use autoencoder::Autoencoder;
pub(crate) use ds_cnn::DsCnn;
pub(crate) use fire::Fire;
pub(crate) use inception::Inception;
pub(crate) use mobilenet::MobileNet;
pub(crate) use resnet8::ResNet8;
pub(crate) use resnet20::ResNet20;
pub(crate) use signals::Signals;
pub(crate) use unet::UNet;
pub(crate) use vgg16::Vgg16;

/// What every one of them is: layers, parameters, work, memory.
pub(crate) const SPECS: [&Spec; 10] = [
    <ResNet8>::SPEC,
    <ResNet20>::SPEC,
    <DsCnn>::SPEC,
    <MobileNet>::SPEC,
    <Autoencoder>::SPEC,
    <Vgg16>::SPEC,
    <UNet>::SPEC,
    <Signals>::SPEC,
    <Fire>::SPEC,
    <Inception>::SPEC,
];
