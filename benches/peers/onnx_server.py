"""Inference of ONNX graphs: `onnx_server.py <onnxruntime|openvino> <folder of the graphs>`."""

import sys

import numpy as np

from server import serve
from workloads import WORKLOADS

PEER, FOLDER = sys.argv[1:]


def prepare(name, task, batch, threads):
    if task == "train":
        raise NotImplementedError(f"{PEER} does not train")
    shape = (batch, *WORKLOADS[name].input)
    x = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    run = onnxruntime if PEER == "onnxruntime" else openvino
    return run(f"{FOLDER}/{name}-{batch}.onnx", x, threads)


def onnxruntime(path, x, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": x})


def openvino(path, x, threads):
    import openvino

    options = {
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,
    }
    request = openvino.Core().compile_model(path, "CPU", options).create_infer_request()
    request.set_input_tensor(openvino.Tensor(x))
    return request.infer


serve(prepare)
