//! tract: inference of the ONNX graphs in the folder that the first argument names.

#[path = "../../server.rs"]
mod server;

use std::hint::black_box;

use server::{Case, Measure, Task, time};
use tract_onnx::prelude::*;

fn inference(case: &Case) -> TractResult<Box<dyn FnMut()>> {
    let folder = std::env::args().nth(1).unwrap_or_default();
    let path = format!("{folder}/{}-{}.onnx", case.workload, case.batch);
    let model = tract_onnx::onnx().model_for_path(path)?.into_optimized()?;
    let shape: Vec<usize> = model
        .input_fact(0)?
        .shape
        .as_concrete()
        .unwrap_or(&[])
        .to_vec();
    let model = model.into_runnable()?;
    let elements: usize = shape.iter().product();
    let noise: Vec<f32> = (0..elements).map(|i| (i as f32 * 12.9898).sin()).collect();
    let x: TValue = Tensor::from_shape(&shape, &noise)?.into_tvalue();
    model.run(tvec!(x.clone()))?;
    Ok(Box::new(move || {
        black_box(model.run(tvec!(x.clone())).expect("it ran before"));
    }))
}

fn prepare(case: &Case) -> Result<Measure, String> {
    if case.task == Task::Train {
        return Err("tract does not train".to_owned());
    }
    if case.threads > 1 {
        return Err("tract runs on one thread".to_owned());
    }
    let mut work = inference(case).map_err(|error| format!("{error:?}"))?;
    Ok(Box::new(move |length| time(length, &mut work)))
}

fn main() {
    server::serve(prepare, |_| Err("tract has no levels".to_owned()));
}
