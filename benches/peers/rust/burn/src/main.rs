//! burn on the processor, with its backend `flex`.

#[path = "../../server.rs"]
mod server;
#[path = "../../workloads.rs"]
mod workloads;

use std::hint::black_box;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::{Device, Distribution, Int, Tensor, activation};
use server::{Case, Measure, Task, time};
use workloads::{Layer, Workload, workload};

/// The layers with parameters, each kind in order.
#[derive(Module, Debug)]
struct Net {
    convs: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
    denses: Vec<Linear>,
    pool: MaxPool2d,
}

impl Net {
    fn new(layers: &[Layer], device: &Device) -> Self {
        let pool = MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init();
        let mut net = Net {
            convs: vec![],
            norms: vec![],
            denses: vec![],
            pool,
        };
        net.add(layers, device);
        net
    }

    fn add(&mut self, layers: &[Layer], device: &Device) {
        for layer in layers {
            match layer {
                Layer::Conv(conv) => self.convs.push(conv2d(conv).init(device)),
                Layer::BatchNorm { channels } => {
                    self.norms
                        .push(BatchNormConfig::new(*channels).init(device));
                }
                Layer::Dense { inputs, outputs } => {
                    self.denses
                        .push(LinearConfig::new(*inputs, *outputs).init(device));
                }
                Layer::Residual { main, shortcut } => {
                    self.add(main, device);
                    self.add(shortcut, device);
                }
                _ => {}
            }
        }
    }
}

fn conv2d(conv: &workloads::Conv) -> Conv2dConfig {
    let padding = match conv.equal_padding() {
        [0, 0] => PaddingConfig2d::Valid,
        [rows, columns] => PaddingConfig2d::Explicit(rows, columns, rows, columns),
    };
    Conv2dConfig::new([conv.inputs, conv.outputs], conv.kernel)
        .with_stride(conv.stride)
        .with_groups(conv.groups)
        .with_padding(padding)
}

enum Value {
    Image(Tensor<4>),
    Vector(Tensor<2>),
}

/// The layers of a net that are still to come.
struct Rest<'a> {
    convs: std::slice::Iter<'a, Conv2d>,
    norms: std::slice::Iter<'a, BatchNorm>,
    denses: std::slice::Iter<'a, Linear>,
    pool: &'a MaxPool2d,
}

fn forward(net: &Net, layers: &[Layer], x: Tensor<4>) -> Value {
    let mut rest = Rest {
        convs: net.convs.iter(),
        norms: net.norms.iter(),
        denses: net.denses.iter(),
        pool: &net.pool,
    };
    rest.forward(layers, Value::Image(x))
}

impl Rest<'_> {
    fn forward(&mut self, layers: &[Layer], x: Value) -> Value {
        layers.iter().fold(x, |x, layer| self.layer(layer, x))
    }

    fn layer(&mut self, layer: &Layer, x: Value) -> Value {
        use Value::{Image, Vector};
        const PRESENT: &str = "built from the same layers";
        match (layer, x) {
            (Layer::Conv(_), Image(x)) => Image(self.convs.next().expect(PRESENT).forward(x)),
            (Layer::BatchNorm { .. }, Image(x)) => {
                Image(self.norms.next().expect(PRESENT).forward(x))
            }
            (Layer::Relu, Image(x)) => Image(activation::relu(x)),
            (Layer::Relu, Vector(x)) => Vector(activation::relu(x)),
            (Layer::Tanh, Image(x)) => Image(x.tanh()),
            (Layer::MaxPool, Image(x)) => Image(self.pool.forward(x)),
            (Layer::Flatten, Image(x)) => Vector(x.flatten(1, 3)),
            (Layer::GlobalAverage, Image(x)) => {
                Vector(x.flatten::<3>(2, 3).mean_dim(2).flatten(1, 2))
            }
            (Layer::Dense { .. }, Vector(x)) => {
                Vector(self.denses.next().expect(PRESENT).forward(x))
            }
            (Layer::Residual { main, shortcut }, Image(x)) => {
                let main = self.forward(main, Image(x.clone()));
                match (main, self.forward(shortcut, Image(x))) {
                    (Image(a), Image(b)) => Image(activation::relu(a + b)),
                    _ => unreachable!("a residual is an image"),
                }
            }
            _ => unreachable!("no workload has such a layer there"),
        }
    }
}

fn inference(workload: Workload, batch: usize, device: Device) -> Box<dyn FnMut()> {
    let net = Net::new(&workload.layers, &device);
    let x = images(&workload, batch, &device);
    Box::new(move || {
        match forward(&net, &workload.layers, x.clone()) {
            Value::Image(y) => drop(black_box(y)),
            Value::Vector(y) => drop(black_box(y)),
        }
        device.sync().expect("a processor has nothing to wait for");
    })
}

fn training(workload: Workload, batch: usize, device: Device) -> Box<dyn FnMut()> {
    let device = device.autodiff();
    let x = images(&workload, batch, &device);
    let target = images(&workload, batch, &device);
    let below = workload.classes.max(1) as f64 - 0.01;
    let classes: Tensor<1, Int> =
        Tensor::<1>::random([batch], Distribution::Uniform(0., below), &device).int();
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    let mut net = Some(Net::new(&workload.layers, &device));
    let mut optimizer = SgdConfig::new().init();
    Box::new(move || {
        let before = net.take().expect("every step puts it back");
        let loss = match forward(&before, &workload.layers, x.clone()) {
            Value::Image(y) => MseLoss::new().forward(y, target.clone(), Reduction::Mean),
            Value::Vector(y) => cross_entropy.forward(y, classes.clone()),
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &before);
        net = Some(optimizer.step(1e-4, before, gradients));
        device.sync().expect("a processor has nothing to wait for");
    })
}

fn images(workload: &Workload, batch: usize, device: &Device) -> Tensor<4> {
    let [channels, height, width] = workload.input;
    let normal = Distribution::Normal(0., 1.);
    Tensor::random([batch, channels, height, width], normal, device)
}

fn prepare(case: &Case) -> Result<Measure, String> {
    let workload = workload(&case.workload)?;
    let mut work = match case.task {
        Task::Train => training(workload, case.batch, Device::flex()),
        Task::Infer => inference(workload, case.batch, Device::flex()),
    };
    Ok(Box::new(move |length| time(length, &mut work)))
}

fn main() {
    server::serve(prepare, |_| Err("burn has no levels".to_owned()));
}
