"""Writes what PyTorch computes for a family of small networks, as one file.

A family is a Python file beside this one, which calls `write`; the Rust test of the same family reads
the result (see tests/harness/reference.rs). For every case the file holds, under `<case>/…`:

    input, d_output             float32: the batch, and the weights of the outputs in the loss
    initial/<parameter>         float32
    output                      float64, as everything below
    gradient/<parameter>        of Σ d_output · output over the batch, unless the parameter is frozen
    gradient/input

and of a network with running statistics, which belong to its parameters under `initial`, or of a family that
asks for it:

    inference                   the output in inference, by the initial statistics
    after1, after5              parameters and statistics after so many steps of SGD with RATE

All is computed in float64 from numbers that float32 holds exactly. The submodules of a network are
named as `network!` names its layers (`conv1`, `prelu1`), so that `named_parameters` gives the keys.
"""

import collections
import copy
import json
import pathlib
import struct

import numpy
import torch
from torch import nn

BATCH = 3
RATE = 0.01


def chain(**layers):
    """Layers one after another, under the names that `network!` gives them."""
    return nn.Sequential(collections.OrderedDict(layers))


def results(network, batch, weights):
    """What is compared, in double precision."""
    network = network.double()
    batch = batch.double().requires_grad_()
    output = network(batch)
    (output * weights.double()).sum().backward()
    found = {"output": output, "gradient/input": batch.grad}
    for key, parameter in network.named_parameters():
        if parameter.requires_grad:
            found[f"gradient/{key}"] = parameter.grad
    return {key: value.detach().numpy() for key, value in found.items()}


def steps(network, batch, weights, count):
    """All parameters and then all running statistics, after some steps on the same batch."""
    network = copy.deepcopy(network).double()
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)
    for _ in range(count):
        optimizer.zero_grad()
        (network(batch.double()) * weights.double()).sum().backward()
        optimizer.step()
    values = [*network.parameters(), *network.buffers()]
    values = torch.cat([value.detach().double().flatten() for value in values])
    return {f"after{count}": values.numpy()}


def of_training(network, batch, weights):
    """What is stored beyond the rest where training changes more than one step shows."""
    initial = {
        f"initial/{key}": value.clone().float().numpy() for key, value in network.named_buffers()
    }
    with torch.no_grad():
        inference = copy.deepcopy(network).double().eval()(batch.double())
    found = {"inference": inference.numpy()}
    return initial | found | steps(network, batch, weights, 1) | steps(network, batch, weights, 5)


def spread(network):
    """Random values for parameters and statistics that PyTorch begins with constants."""
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.rand_like(parameter) * 0.5 - 0.25)
        for buffer in network.buffers():
            if buffer.dim() == 1:
                buffer.add_(torch.rand_like(buffer) * 0.5 - 0.25)


def case(seed, shape, network, size, with_steps):
    torch.manual_seed(seed)
    network = network()
    spread(network)
    batch = torch.randn(size, *shape)
    with torch.no_grad():
        weights = torch.rand(copy.deepcopy(network)(batch).shape) * 2 - 1
    stored = {"input": batch.numpy(), "d_output": weights.numpy()}
    for key, parameter in network.named_parameters():
        stored[f"initial/{key}"] = parameter.detach().clone().numpy()
    if with_steps or list(network.buffers()):
        stored |= of_training(network, batch, weights)
    return stored | results(network, batch, weights)


def save(path, tensors):
    """Writes a safetensors file: the header's length, the header, the numbers."""
    kinds = {"float32": "F32", "float64": "F64"}
    header, data = {}, b""
    for key, tensor in tensors.items():
        content = numpy.ascontiguousarray(tensor).tobytes()
        header[key] = {
            "dtype": kinds[str(tensor.dtype)],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(content)],
        }
        data += content
    text = json.dumps(header).encode()
    # Numbers begin at a multiple of eight bytes.
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write(script, cases, with_steps=False):
    """Writes the family of `script` (`__file__`): `cases` is name: (input shape, network[, batch])."""
    torch.set_num_threads(1)
    tensors = {}
    for seed, (name, (shape, network, *size)) in enumerate(cases.items()):
        found = case(seed, shape, network, *(size or [BATCH]), with_steps)
        tensors |= {f"{name}/{key}": value for key, value in found.items()}
    path = pathlib.Path(script).with_suffix(".safetensors")
    save(path, tensors)
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size} bytes")
