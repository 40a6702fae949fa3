"""Writes every workload as ONNX graphs of fixed batches: `onnx_export.py <folder>`.

Batch norms are nodes of their own; the runtimes fold them.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from workloads import WORKLOADS

ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "flatten": "Flatten"}


class Graph:
    def __init__(self):
        self.nodes, self.weights = [], []
        self.random = np.random.default_rng(0)

    def weight(self, values):
        name = f"w{len(self.weights)}"
        values = np.ascontiguousarray(values, np.float32)
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def uniform(self, shape, fan_in):
        return self.weight(self.random.uniform(-(fan_in**-0.5), fan_in**-0.5, shape))

    def node(self, op, inputs, **attributes):
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **attributes))
        return name

    def conv(self, layer, x):
        inputs, kernel = layer["inputs"] // layer["groups"], layer["kernel"]
        fan_in = inputs * kernel[0] * kernel[1]
        weight = self.uniform((layer["outputs"], inputs, *kernel), fan_in)
        bias = self.uniform((layer["outputs"],), fan_in)
        (top, bottom), (left, right) = layer["padding"]
        return self.node(
            "Conv",
            [x, weight, bias],
            kernel_shape=kernel,
            strides=layer["stride"],
            pads=[top, left, bottom, right],
            group=layer["groups"],
        )

    def batch_norm(self, layer, x):
        c = layer["channels"]
        scale, variance = (self.weight(self.random.uniform(0.5, 1.5, c)) for _ in range(2))
        shift, mean = (self.weight(self.random.normal(size=c)) for _ in range(2))
        return self.node("BatchNormalization", [x, scale, shift, mean, variance])

    def dense(self, layer, x):
        inputs, outputs = layer["inputs"], layer["outputs"]
        weight, bias = (self.uniform(s, inputs) for s in ((outputs, inputs), (outputs,)))
        return self.node("Gemm", [x, weight, bias], transB=1)

    def walk(self, layers, x):
        for layer in layers:
            op = layer["op"]
            if op in ACTIVATIONS:
                x = self.node(ACTIVATIONS[op], [x])
            elif op == "max_pool":
                x = self.node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2])
            elif op == "global_average":
                x = self.node("Flatten", [self.node("GlobalAveragePool", [x])])
            elif op == "residual":
                branches = [self.walk(layer["main"], x), self.walk(layer["shortcut"], x)]
                x = self.node("Relu", [self.node("Add", branches)])
            else:
                x = getattr(self, op)(layer, x)
        return x


def export(name, batch, path):
    workload, graph = WORKLOADS[name], Graph()
    output = graph.walk(workload.layers, "x")
    shape = [batch, *workload.input]
    made = helper.make_graph(
        graph.nodes,
        name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        graph.weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    model = onnx.shape_inference.infer_shapes(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, workload in WORKLOADS.items():
        for batch in workload.infer_batches if not workload.peers else ():
            export(name, batch, folder / f"{name}-{batch}.onnx")
