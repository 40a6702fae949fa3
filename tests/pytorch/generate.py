"""Writes what PyTorch computes for the networks of tests/optimized/pytorch.rs, one file per network.

    python tests/pytorch/generate.py            (torch 2.x and numpy; takes half a minute)

Every network stands here as `torch.nn.Sequential`, and there in the words of `network!`, under the
same name. A file `<name>.safetensors` beside this script holds, for one fixed batch:

    input, target               float32, int64 for classes
    initial/<parameter>         float32: where training begins
    output, loss                float64, as everything below
    gradient/<parameter>        of the loss, averaged over the batch
    gradient/input
    sgd/<parameter>             after 20 steps of SGD on the batch
    adam/<parameter>            after 20 steps of Adam on the batch

All of it is computed in float64 from numbers that float32 holds exactly. The script computes it in
float32 too, and tries seeds until both agree within a third of the tolerance of the tests: then no
number hangs on rounding (a relu input near zero, an Adam step along a gradient of pure noise), and
a float32 run can be compared with the float64 numbers.
"""

import copy
import json
import pathlib
import struct

import numpy
import torch
from torch import nn

STEPS = 20
# A third of the tolerance in single precision of tests/harness/mod.rs.
AGREEMENT = 1e-5 / 3


class Same(nn.ZeroPad2d):
    """`padding = same`: as in `padding="same"` of PyTorch, the odd row or column comes last."""

    def __init__(self, height, width):
        top, left = (height - 1) // 2, (width - 1) // 2
        super().__init__((left, width - 1 - left, top, height - 1 - top))


def chain(*layers):
    return nn.Sequential(*layers)


CROSS_ENTROPY = nn.CrossEntropyLoss()
SQUARED_ERROR = nn.MSELoss()
PLAIN = dict(lr=0.1)
MOMENTUM = dict(lr=0.05, momentum=0.9)
NESTEROV = dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-3)

# name: (input shape, batch, network, loss, options of SGD, options of Adam)
ADAM = dict(lr=1e-2)
DECAY = dict(lr=1e-2, betas=(0.8, 0.99), weight_decay=1e-2)
NETWORKS = {
    "conv_basic": ((1, 6, 6), 3, lambda: chain(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4),
    ), CROSS_ENTROPY, PLAIN, ADAM),
    "conv_stride": ((2, 9, 8), 16, lambda: chain(
        nn.Conv2d(2, 4, 3, stride=2), nn.Tanh(),
    ), SQUARED_ERROR, MOMENTUM, ADAM),
    "conv_same": ((3, 5, 7), 1, lambda: chain(
        nn.Conv2d(3, 5, 3, padding="same"), nn.Sigmoid(),
    ), SQUARED_ERROR, NESTEROV, DECAY),
    "conv_same_even": ((2, 6, 5), 19, lambda: chain(
        Same(2, 4), nn.Conv2d(2, 3, (2, 4)), nn.LeakyReLU(0.1),
    ), SQUARED_ERROR, PLAIN, ADAM),
    "conv_padding": ((1, 5, 5), 16, lambda: chain(
        nn.Conv2d(1, 4, 3, padding=2), nn.ReLU(), nn.Flatten(), nn.Linear(196, 3),
    ), CROSS_ENTROPY, MOMENTUM, DECAY),
    "conv_padding_by_side": ((2, 4, 6), 3, lambda: chain(
        nn.Conv2d(2, 3, (3, 5), stride=(1, 2), padding=(1, 2)), nn.Tanh(),
    ), SQUARED_ERROR, NESTEROV, ADAM),
    "conv_without_bias": ((1, 8, 10), 16, lambda: chain(
        nn.Conv2d(1, 3, 5, bias=False), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(18, 4, bias=False),
    ), CROSS_ENTROPY, PLAIN, ADAM),
    "conv_one_by_one": ((5, 4, 4), 19, lambda: chain(
        nn.Conv2d(5, 7, 1), nn.ReLU(), nn.Conv2d(7, 3, 1),
    ), SQUARED_ERROR, MOMENTUM, ADAM),
    "conv_whole_input": ((2, 5, 4), 33, lambda: chain(
        nn.Conv2d(2, 6, (5, 4)), nn.Flatten(),
    ), CROSS_ENTROPY, NESTEROV, ADAM),
    "dense_only": ((7,), 33, lambda: chain(
        nn.Linear(7, 9), nn.Tanh(), nn.Linear(9, 3),
    ), CROSS_ENTROPY, PLAIN, DECAY),
    "dense_without_bias": ((12,), 16, lambda: chain(
        nn.Linear(12, 5, bias=False), nn.Sigmoid(), nn.Linear(5, 4),
    ), SQUARED_ERROR, MOMENTUM, ADAM),
    "max_pool_overlapping": ((2, 9, 9), 16, lambda: chain(
        nn.Conv2d(2, 4, 3), nn.ReLU(), nn.MaxPool2d(3, stride=2), nn.Flatten(), nn.Linear(36, 5),
    ), CROSS_ENTROPY, PLAIN, ADAM),
    "max_pool_padded": ((1, 8, 7), 19, lambda: chain(
        nn.Conv2d(1, 5, 3), nn.MaxPool2d((3, 2), stride=(2, 1), padding=1), nn.Tanh(),
    ), SQUARED_ERROR, MOMENTUM, ADAM),
    "avg_pool_overlapping": ((3, 7, 6), 3, lambda: chain(
        nn.Conv2d(3, 3, 2), nn.LeakyReLU(0.01), nn.AvgPool2d((3, 2), stride=(1, 2)), nn.Flatten(),
        nn.Linear(24, 3),
    ), CROSS_ENTROPY, NESTEROV, ADAM),
    "avg_pool_padded": ((2, 6, 6), 16, lambda: chain(
        nn.Conv2d(2, 3, 3, padding=1), nn.Sigmoid(), nn.AvgPool2d(3, stride=2, padding=1),
    ), SQUARED_ERROR, PLAIN, ADAM),
    "channels_of_eight": ((8, 6, 6), 3, lambda: chain(
        nn.Conv2d(8, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 8, 2),
        nn.ReLU(), nn.Flatten(), nn.Linear(32, 10),
    ), CROSS_ENTROPY, MOMENTUM, ADAM),
    "lenet_small": ((1, 14, 14), 16, lambda: chain(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 20), nn.ReLU(), nn.Linear(20, 12), nn.ReLU(),
        nn.Linear(12, 10),
    ), CROSS_ENTROPY, MOMENTUM, ADAM),
    "two_filters": ((1, 12, 14), 3, lambda: chain(
        nn.Conv2d(1, 1, 3, padding="same"), nn.Tanh(),
        nn.Conv2d(1, 1, 3, padding="same"), nn.Tanh(),
    ), SQUARED_ERROR, PLAIN, ADAM),
    "deep": ((3, 8, 8), 19, lambda: chain(
        nn.Conv2d(3, 6, 3, padding="same"), nn.Tanh(), nn.Conv2d(6, 6, 3, stride=2, padding=1),
        nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 9, 2), nn.Tanh(), nn.Flatten(),
        nn.Linear(9, 7), nn.LeakyReLU(0.1), nn.Linear(7, 3),
    ), CROSS_ENTROPY, NESTEROV, ADAM),
}


def names(network):
    """The keys of the parameters as `network!` numbers them: conv1.weight, dense1.bias."""
    counts = {"conv": 0, "dense": 0}
    found = {}
    for position, layer in enumerate(network):
        kind = {nn.Conv2d: "conv", nn.Linear: "dense"}.get(type(layer))
        if kind:
            counts[kind] += 1
            for key, _ in layer.named_parameters():
                found[f"{position}.{key}"] = f"{kind}{counts[kind]}.{key}"
    return found


def parameters(network):
    keys = names(network)
    return {keys[key]: value for key, value in network.named_parameters()}


def trained(network, optimizer, loss, batch, target):
    """The parameters after STEPS steps, of a copy."""
    network = copy.deepcopy(network)
    optimizer = optimizer(network.parameters())
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(network(batch), target).backward()
        optimizer.step()
    return parameters(network)


def results(network, loss, sgd, adam, batch, target):
    """Everything that is compared, in the precision of the arguments."""
    batch = batch.clone().requires_grad_()
    network.zero_grad()
    output = network(batch)
    value = loss(output, target)
    value.backward()
    found = {"output": output, "loss": value.reshape(1), "gradient/input": batch.grad}
    for key, parameter in parameters(network).items():
        found[f"gradient/{key}"] = parameter.grad
    batch = batch.detach()
    descent = trained(network, lambda p: torch.optim.SGD(p, **sgd), loss, batch, target)
    moments = trained(network, lambda p: torch.optim.Adam(p, **adam), loss, batch, target)
    for key in parameters(network):
        found[f"sgd/{key}"] = descent[key]
        found[f"adam/{key}"] = moments[key]
    return {key: value.detach().double().numpy() for key, value in found.items()}


def disagreement(single, double):
    """The largest distance between two sets of results, relative to a tensor's largest element."""
    return max(
        numpy.abs(single[key] - double[key]).max() / numpy.abs(double[key]).max() for key in double
    )


def case(seed, shape, size, network, loss, sgd, adam):
    """The tensors of a file by one seed, and how far float32 is off."""
    torch.manual_seed(seed)
    network = network()
    batch = torch.randn(size, *shape)
    output = network(batch)
    if loss is CROSS_ENTROPY:
        target = torch.randint(output.shape[1], (size,))
        wide_target = target
    else:
        target = torch.rand(output.shape) * 1.6 - 0.8
        wide_target = target.double()
    stored = {"input": batch.numpy(), "target": target.numpy()}
    for key, parameter in parameters(network).items():
        stored[f"initial/{key}"] = parameter.detach().clone().numpy()
    single = results(network, loss, sgd, adam, batch, target)
    double = results(network.double(), loss, sgd, adam, batch.double(), wide_target)
    return stored | double, disagreement(single, double)


def save(path, tensors):
    """Writes a safetensors file: the header's length, the header, the numbers."""
    kinds = {"float32": "F32", "float64": "F64", "int64": "I64"}
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


def main():
    torch.set_num_threads(1)
    for name, arguments in NETWORKS.items():
        for seed in range(1000):
            tensors, distance = case(seed, *arguments)
            if distance <= AGREEMENT:
                break
        else:
            raise SystemExit(f"{name}: float32 is too far from float64 for every seed")
        path = pathlib.Path(__file__).with_name(f"{name}.safetensors")
        save(path, tensors)
        print(f"{name}: seed {seed}, float32 off by {distance:.1e}, {path.stat().st_size} bytes")


main()
