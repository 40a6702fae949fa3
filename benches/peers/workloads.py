"""The workloads of `benches/networks/` for other libraries, and their multiply-accumulates.

A network is a list of layers, which every peer walks. Padding is the "same" of TensorFlow, with the
larger part at the end; peers that pad all sides alike use `equal_padding`, which gives the same
output shapes.
"""

import json
from dataclasses import dataclass

RELU, TANH, MAX_POOL, FLATTEN, GLOBAL_AVERAGE = (
    {"op": op} for op in ("relu", "tanh", "max_pool", "flatten", "global_average")
)


def conv(inputs, outputs, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), groups=1):
    return {
        "op": "conv",
        "inputs": inputs,
        "outputs": outputs,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "groups": groups,
    }


def conv_same(size, inputs, outputs, kernel=(3, 3), stride=(1, 1), groups=1):
    """`size` is the input's height and width."""
    padding = tuple(same(*sizes) for sizes in zip(size, kernel, stride))
    return conv(inputs, outputs, kernel, stride, padding, groups)


def same(size, kernel, stride):
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def batch_norm(channels):
    return {"op": "batch_norm", "channels": channels}


def dense(inputs, outputs):
    return {"op": "dense", "inputs": inputs, "outputs": outputs}


def lenet5():
    return [
        conv(1, 6, (5, 5)), RELU, MAX_POOL,
        conv(6, 16, (5, 5)), RELU, MAX_POOL,
        FLATTEN, dense(256, 120), RELU, dense(120, 84), RELU, dense(84, 10),
    ]  # fmt: skip


def seednet():
    return [conv_same((256, 256), 1, 1), TANH] * 2


def cifar_vgg():
    return [
        conv_same((32, 32), 3, 32), RELU, conv_same((32, 32), 32, 32), RELU, MAX_POOL,
        conv_same((16, 16), 32, 64), RELU, conv_same((16, 16), 64, 64), RELU, MAX_POOL,
        conv_same((8, 8), 64, 128), RELU, MAX_POOL,
        FLATTEN, dense(2048, 128), RELU, dense(128, 10),
    ]  # fmt: skip


def resnet8():
    def block(size, inputs, outputs, stride):
        halved = (size // stride, size // stride)
        main = [
            conv_same((size, size), inputs, outputs, stride=(stride, stride)),
            batch_norm(outputs), RELU,
            conv_same(halved, outputs, outputs), batch_norm(outputs),
        ]  # fmt: skip
        shortcut = [conv_same((size, size), inputs, outputs, (1, 1), (stride, stride))]
        return {"op": "residual", "main": main, "shortcut": shortcut if stride > 1 else []}

    return [
        conv_same((32, 32), 3, 16), batch_norm(16), RELU,
        block(32, 16, 16, 1), block(32, 16, 32, 2), block(16, 32, 64, 2),
        GLOBAL_AVERAGE, dense(64, 10),
    ]  # fmt: skip


def dscnn():
    layers = [conv_same((49, 10), 1, 64, (10, 4), (2, 2)), batch_norm(64), RELU]
    for _ in range(4):
        layers += [
            conv_same((25, 5), 64, 64, groups=64), batch_norm(64), RELU,
            conv_same((25, 5), 64, 64, (1, 1)), batch_norm(64), RELU,
        ]  # fmt: skip
    return layers + [GLOBAL_AVERAGE, dense(64, 12)]


def tiny():
    """Like the first example of SimpleChains.jl, 218 parameters; samples are flat."""
    return [FLATTEN, dense(24, 8), TANH, dense(8, 2)]


@dataclass
class Workload:
    layers: list
    input: tuple
    """Channels, height, width."""
    classes: int
    """0: the target is like the output, and the loss the mean squared error."""
    train_batches: tuple = (128,)
    infer_batches: tuple = (1, 128)
    peers: tuple = ()
    """The families that are compared with, if not all."""

    def takes(self, family):
        return family in ("cnn", *self.peers) or not self.peers

    def batches(self, task):
        return self.train_batches if task == "train" else self.infer_batches


TASKS = ("train", "infer")

WORKLOADS = {
    "lenet5": Workload(lenet5(), (1, 28, 28), 10),
    "seednet": Workload(seednet(), (1, 256, 256), 0, (1, 8), (1, 8)),
    "cifar_vgg": Workload(cifar_vgg(), (3, 32, 32), 10),
    "resnet8": Workload(resnet8(), (3, 32, 32), 10),
    "dscnn": Workload(dscnn(), (1, 49, 10), 12),
    "tiny": Workload(tiny(), (24, 1, 1), 0, (200,), (1, 200), ("PyTorch",)),
}


def equal_padding(layer):
    return tuple(max(sides) for sides in layer["padding"])


def macs(workload, task):
    """Dense multiply-accumulates of a sample: every output counts all taps of its kernel.

    Training adds the gradients by the weights, and by the input of every layer but the first.
    """
    counts = []
    walk(workload.layers, workload.input, counts)
    forward = sum(counts)
    return forward if task == "infer" else 3 * forward - counts[0]


def walk(layers, shape, counts):
    """Adds the multiply-accumulates of every layer to `counts`; returns the output's shape."""
    channels, height, width = shape
    for layer in layers:
        op = layer["op"]
        if op == "conv":
            sizes = zip((height, width), layer["padding"], layer["kernel"], layer["stride"])
            height, width = ((n + sum(pad) - k) // s + 1 for n, pad, k, s in sizes)
            taps = layer["inputs"] // layer["groups"] * layer["kernel"][0] * layer["kernel"][1]
            channels = layer["outputs"]
            counts.append(channels * height * width * taps)
        elif op == "dense":
            assert layer["inputs"] == channels * height * width, layer
            counts.append(layer["inputs"] * layer["outputs"])
            channels, height, width = layer["outputs"], 1, 1
        elif op == "max_pool":
            height, width = height // 2, width // 2
        elif op == "global_average":
            height = width = 1
        elif op == "residual":
            walk(layer["shortcut"], (channels, height, width), counts)
            channels, height, width = walk(layer["main"], (channels, height, width), counts)
    return channels, height, width


def write(path):
    """For the Rust peers."""
    fields = {
        name: {"input": w.input, "classes": w.classes, "layers": w.layers}
        for name, w in WORKLOADS.items()
        if not w.peers
    }
    path.write_text(json.dumps(fields))
