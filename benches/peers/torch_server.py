"""PyTorch: `torch_server.py <eager|compile> <nchw|nhwc> <threads>`."""

import os
import sys

import torch
import torch.nn.functional as F
from torch import nn

from server import serve
from workloads import WORKLOADS, equal_padding

MODE, LAYOUT, THREADS = sys.argv[1:]


class Residual(nn.Module):
    def __init__(self, main, shortcut):
        super().__init__()
        self.main, self.shortcut = network(main), network(shortcut)

    def forward(self, x):
        return F.relu(self.main(x) + self.shortcut(x))


class GlobalAverage(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def conv(layer):
    return nn.Conv2d(
        layer["inputs"],
        layer["outputs"],
        layer["kernel"],
        layer["stride"],
        equal_padding(layer),
        groups=layer["groups"],
    )


MODULES = {
    "conv": conv,
    "batch_norm": lambda layer: nn.BatchNorm2d(layer["channels"]),
    "relu": lambda _: nn.ReLU(),
    "tanh": lambda _: nn.Tanh(),
    "max_pool": lambda _: nn.MaxPool2d(2),
    "flatten": lambda _: nn.Flatten(),
    "global_average": lambda _: GlobalAverage(),
    "dense": lambda layer: nn.Linear(layer["inputs"], layer["outputs"]),
    "residual": lambda layer: Residual(layer["main"], layer["shortcut"]),
}


def network(layers):
    return nn.Sequential(*(MODULES[layer["op"]](layer) for layer in layers))


def prepare(name, task, batch, threads):
    workload = WORKLOADS[name]
    net, x = network(workload.layers), torch.randn(batch, *workload.input)
    if LAYOUT == "nhwc":
        net = net.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    if MODE == "compile":
        from torch._inductor import config

        torch._dynamo.reset()
        config.freezing = task == "infer"
    return training(net, x, workload) if task == "train" else inference(net, x)


def training(net, x, workload):
    if workload.classes:
        target, loss = torch.randint(0, workload.classes, (len(x),)), F.cross_entropy
    else:
        with torch.no_grad():
            target, loss = torch.rand_like(net(x)), F.mse_loss
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4, foreach=True)

    def forward(x, target):
        return loss(net(x), target)

    if MODE == "compile":
        forward = torch.compile(forward, dynamic=False)

    def step():
        optimizer.zero_grad(set_to_none=True)
        forward(x, target).backward()
        optimizer.step()

    return step


def inference(net, x):
    net.eval()
    guard = torch.inference_mode
    if MODE == "compile":
        net, guard = torch.compile(net, dynamic=False), torch.no_grad

    def infer():
        with guard():
            net(x)

    return infer


torch.set_num_threads(int(THREADS))
torch.set_num_interop_threads(1)
torch.manual_seed(0)
serve(prepare)
os._exit(0)  # Without waiting for the threads of the compiler.
