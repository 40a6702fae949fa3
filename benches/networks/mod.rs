//! The workloads of the benchmarks, as `benches/peers/workloads.py` has them for other libraries.

mod chain;
mod cifar_vgg;
mod dscnn;
mod lenet5;
#[path = "../../examples/models/networks/resnet8.rs"]
mod resnet8;
mod seednet;

pub(crate) use chain::Chain;
pub(crate) use cifar_vgg::CifarVgg;
pub(crate) use dscnn::DsCnn;
pub(crate) use lenet5::LeNet5;
pub(crate) use resnet8::ResNet8;
pub(crate) use seednet::SeedNet;
