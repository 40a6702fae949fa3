//! candle on the processor: training with its SGD, inference without recording a graph.

#[path = "../../server.rs"]
mod server;
#[path = "../../workloads.rs"]
mod workloads;

use candle_core::{DType, Device, Module, ModuleT, Result, Tensor};
use candle_nn::{
    BatchNorm, Conv2d, Conv2dConfig, Init, Linear, Optimizer, SGD, VarBuilder, VarMap,
};
use server::{Case, Measure, Task, time};
use workloads::{Layer, Workload, workload};

enum Node {
    /// What is padded before, because `Conv2d` pads all sides alike.
    Conv(Conv2d, [[usize; 2]; 2]),
    BatchNorm(BatchNorm),
    Relu,
    Tanh,
    MaxPool,
    Flatten,
    GlobalAverage,
    Dense(Linear),
    Residual(Vec<Node>, Vec<Node>),
}

fn conv(conv: &workloads::Conv, vars: &VarBuilder) -> Result<Node> {
    let bound = conv.bound();
    let init = Init::Uniform {
        lo: -bound,
        up: bound,
    };
    let [height, width] = conv.kernel;
    let shape = (conv.outputs, conv.inputs / conv.groups, height, width);
    let weight = vars.get_with_hints(shape, "weight", init)?;
    let bias = vars.get_with_hints(conv.outputs, "bias", init)?;
    let [rows, columns] = conv.equal_padding();
    let (padding, before) = if rows == columns {
        (rows, [[0; 2]; 2])
    } else {
        (0, conv.padding)
    };
    let config = Conv2dConfig {
        padding,
        stride: conv.stride[0],
        groups: conv.groups,
        ..Default::default()
    };
    Ok(Node::Conv(Conv2d::new(weight, Some(bias), config), before))
}

fn build(layers: &[Layer], vars: VarBuilder) -> Result<Vec<Node>> {
    let nodes = layers.iter().enumerate().map(|(number, layer)| {
        let vars = vars.pp(number.to_string());
        Ok(match layer {
            Layer::Conv(layer) => conv(layer, &vars)?,
            Layer::BatchNorm { channels } => {
                Node::BatchNorm(candle_nn::batch_norm(*channels, 1e-5, vars)?)
            }
            Layer::Relu => Node::Relu,
            Layer::Tanh => Node::Tanh,
            Layer::MaxPool => Node::MaxPool,
            Layer::Flatten => Node::Flatten,
            Layer::GlobalAverage => Node::GlobalAverage,
            Layer::Dense { inputs, outputs } => {
                Node::Dense(candle_nn::linear(*inputs, *outputs, vars)?)
            }
            Layer::Residual { main, shortcut } => Node::Residual(
                build(main, vars.pp("main"))?,
                build(shortcut, vars.pp("shortcut"))?,
            ),
        })
    });
    nodes.collect()
}

fn forward(nodes: &[Node], x: &Tensor, training: bool) -> Result<Tensor> {
    let mut x = x.clone();
    for node in nodes {
        x = match node {
            Node::Conv(conv, [[top, bottom], [left, right]]) => {
                let x = x.pad_with_zeros(2, *top, *bottom)?;
                conv.forward(&x.pad_with_zeros(3, *left, *right)?)?
            }
            Node::BatchNorm(norm) => norm.forward_t(&x, training)?,
            Node::Relu => x.relu()?,
            Node::Tanh => x.tanh()?,
            Node::MaxPool => x.max_pool2d(2)?,
            Node::Flatten => x.flatten_from(1)?,
            Node::GlobalAverage => x.mean((2, 3))?,
            Node::Dense(dense) => dense.forward(&x)?,
            Node::Residual(main, shortcut) => {
                (forward(main, &x, training)? + forward(shortcut, &x, training)?)?.relu()?
            }
        };
    }
    Ok(x)
}

fn training(workload: &Workload, x: Tensor) -> Result<Box<dyn FnMut()>> {
    let vars = VarMap::new();
    let net = build(
        &workload.layers,
        VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu),
    )?;
    let classes = workload.classes;
    let target = if classes > 0 {
        let numbers = Tensor::rand(0f32, classes as f32, x.dim(0)?, &Device::Cpu)?;
        numbers.floor()?.to_dtype(DType::U32)?
    } else {
        x.rand_like(0., 1.)?
    };
    let mut optimizer = SGD::new(vars.all_vars(), 1e-4)?;
    let mut step = move || {
        let output = forward(&net, &x, true)?;
        let loss = if classes > 0 {
            candle_nn::loss::cross_entropy(&output, &target)?
        } else {
            candle_nn::loss::mse(&output, &target)?
        };
        optimizer.backward_step(&loss)?;
        loss.to_scalar::<f32>()
    };
    Ok(Box::new(move || {
        step().expect("it ran before");
    }))
}

fn inference(workload: &Workload, x: Tensor) -> Result<Box<dyn FnMut()>> {
    let vars = VarMap::new();
    build(
        &workload.layers,
        VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu),
    )?;
    let vars = vars.data().lock().expect("nobody panicked with it");
    // Detached from their variables, so that no graph is recorded.
    let tensors = vars
        .iter()
        .map(|(name, var)| (name.clone(), var.as_detached_tensor()))
        .collect();
    let net = build(
        &workload.layers,
        VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu),
    )?;
    Ok(Box::new(move || {
        drop(forward(&net, &x, false).expect("it ran before"))
    }))
}

fn prepare(case: &Case) -> std::result::Result<Measure, String> {
    let workload = workload(&case.workload)?;
    let work = || {
        let [channels, height, width] = workload.input;
        let x = Tensor::randn(
            0f32,
            1.,
            (case.batch, channels, height, width),
            &Device::Cpu,
        )?;
        match case.task {
            Task::Train => training(&workload, x),
            Task::Infer => inference(&workload, x),
        }
    };
    let mut work = work().map_err(|error| error.to_string())?;
    Ok(Box::new(move |length| time(length, &mut work)))
}

fn main() {
    server::serve(prepare, |_| Err("candle has no levels".to_owned()));
}
