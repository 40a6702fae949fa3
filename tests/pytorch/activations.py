"""Writes the cases of `tests/layers_activations.rs`: python tests/pytorch/activations.py"""

import torch
from torch import nn

from cases import chain, write


class HardSigmoid(nn.Module):
    """As nn.Hardsigmoid, whose gradient holds 1/6 in single precision even for double inputs."""

    def forward(self, x):
        return nn.functional.relu6(x + 3) / 6


def steep(layer):
    """Weights that reach the parts of an activation far from zero."""
    with torch.no_grad():
        layer.weight.mul_(8)
    return layer


CASES = {
    "relu6_of_a_vector": ((9,), lambda: chain(dense1=steep(nn.Linear(9, 33)), relu61=nn.ReLU6())),
    "relu6_of_an_image": ((2, 3, 5), lambda: chain(
        conv1=steep(nn.Conv2d(2, 3, 2)), relu61=nn.ReLU6(), conv2=nn.Conv2d(3, 1, 1),
    )),
    "prelu_of_an_image": ((3, 2, 5), lambda: chain(prelu1=nn.PReLU(3))),
    "prelu_of_a_wide_image": ((2, 3, 19), lambda: chain(prelu1=nn.PReLU(2))),
    "prelu_of_many_channels": ((5, 3, 4), lambda: chain(
        conv1=nn.Conv2d(5, 17, 2), prelu1=nn.PReLU(17), conv2=nn.Conv2d(17, 3, 1),
    )),
    "prelu_of_a_vector": ((7,), lambda: chain(dense1=nn.Linear(7, 19), prelu1=nn.PReLU(19)), 17),
    "prelu_shared": ((3, 4, 5), lambda: chain(
        conv1=nn.Conv2d(3, 16, 2), prelu1=nn.PReLU(), conv2=nn.Conv2d(16, 2, 2),
    )),
    "prelu_shared_by_a_vector": ((5,), lambda: chain(prelu1=nn.PReLU())),
    "prelu_shared_by_a_wide_image": ((2, 4, 17), lambda: chain(prelu1=nn.PReLU())),
    "elu_of_an_image": ((2, 3, 5), lambda: chain(elu1=nn.ELU())),
    "elu_with_alpha": ((9,), lambda: chain(dense1=nn.Linear(9, 17), elu1=nn.ELU(0.3))),
    "elu_without_a_negative_part": ((9,), lambda: chain(elu1=nn.ELU(0.0))),
    "selu_of_an_image": ((3, 4, 4), lambda: chain(conv1=nn.Conv2d(3, 4, 3), selu1=nn.SELU())),
    "selu_of_a_vector": ((31,), lambda: chain(selu1=nn.SELU())),
    "gelu_of_an_image": ((2, 3, 5), lambda: chain(gelu1=nn.GELU())),
    "gelu_between_convolutions": ((2, 4, 18), lambda: chain(
        conv1=nn.Conv2d(2, 3, 2), gelu1=nn.GELU(), conv2=nn.Conv2d(3, 2, 2), gelu2=nn.GELU(),
    )),
    "gelu_between_dense_layers": ((5,), lambda: chain(
        dense1=steep(nn.Linear(5, 18)), gelu1=nn.GELU(), dense2=nn.Linear(18, 3),
    )),
    "gelu_approximate_of_an_image": ((2, 3, 17), lambda: chain(gelu1=nn.GELU(approximate="tanh"))),
    "gelu_approximate_behind_dense": ((4,), lambda: chain(
        dense1=steep(nn.Linear(4, 9)), gelu1=nn.GELU(approximate="tanh"),
    )),
    "silu_of_an_image": ((2, 3, 5), lambda: chain(silu1=nn.SiLU())),
    "silu_behind_a_convolution": ((1, 5, 5), lambda: chain(
        conv1=steep(nn.Conv2d(1, 8, 2)), silu1=nn.SiLU(), conv2=nn.Conv2d(8, 1, 2),
    )),
    "mish_of_an_image": ((2, 3, 5), lambda: chain(mish1=nn.Mish())),
    "mish_behind_dense": ((6,), lambda: chain(dense1=steep(nn.Linear(6, 16)), mish1=nn.Mish())),
    "hard_sigmoid_of_an_image": ((2, 3, 6), lambda: chain(
        conv1=steep(nn.Conv2d(2, 3, 1)), hard_sigmoid1=HardSigmoid(),
    )),
    "hard_sigmoid_of_a_vector": ((33,), lambda: chain(hard_sigmoid1=HardSigmoid())),
    "hard_swish_of_an_image": ((2, 3, 17), lambda: chain(hard_swish1=nn.Hardswish())),
    "hard_swish_behind_a_convolution": ((2, 4, 4), lambda: chain(
        conv1=steep(nn.Conv2d(2, 9, 3)), hard_swish1=nn.Hardswish(),
    )),
    "softplus_of_an_image": ((2, 3, 5), lambda: chain(softplus1=nn.Softplus())),
    "softplus_with_beta": ((6,), lambda: chain(dense1=steep(nn.Linear(6, 7)), softplus1=nn.Softplus(2.5))),
    "softmax_of_a_vector": ((10,), lambda: chain(softmax1=nn.Softmax(1))),
    "softmax_of_a_long_vector": ((13,), lambda: chain(
        dense1=nn.Linear(13, 35), softmax1=nn.Softmax(1), dense2=nn.Linear(35, 2),
    )),
    "softmax_of_one_element": ((1,), lambda: chain(softmax1=nn.Softmax(1))),
    "softmax_of_pixels": ((3, 2, 3), lambda: chain(softmax1=nn.Softmax(1))),
    "softmax_of_many_pixels": ((3, 3, 7), lambda: chain(softmax1=nn.Softmax(1))),
    "softmax_of_many_channels": ((2, 3, 3), lambda: chain(
        conv1=nn.Conv2d(2, 17, 2), softmax1=nn.Softmax(1),
    )),
    "log_softmax_of_a_vector": ((16,), lambda: chain(log_softmax1=nn.LogSoftmax(1))),
    "log_softmax_of_a_classifier": ((9,), lambda: chain(
        dense1=nn.Linear(9, 20), relu1=nn.ReLU(), dense2=nn.Linear(20, 5), log_softmax1=nn.LogSoftmax(1),
    ), 17),
    "log_softmax_of_pixels": ((4, 2, 9), lambda: chain(
        conv1=nn.Conv2d(4, 3, 1), log_softmax1=nn.LogSoftmax(1),
    )),
    "log_softmax_of_many_channels": ((18, 1, 2), lambda: chain(log_softmax1=nn.LogSoftmax(1))),
}

# Two samples are enough where nothing is summed up over them.
write(__file__, {name: case if len(case) > 2 else (*case, 2) for name, case in CASES.items()})
