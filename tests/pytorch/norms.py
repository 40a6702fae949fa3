"""Writes the cases of `tests/layers_norms.rs`: python tests/pytorch/norms.py"""

from torch import nn

from cases import chain, write


def instance_norm(channels):
    return nn.InstanceNorm2d(channels, affine=True)


CASES = {
    "layer_norm_of_a_vector": ((17,), lambda: chain(layer_norm1=nn.LayerNorm(17))),
    "layer_norm_of_two_elements": ((2,), lambda: chain(layer_norm1=nn.LayerNorm(2))),
    "layer_norm_of_an_image": ((3, 2, 3), lambda: chain(layer_norm1=nn.LayerNorm((3, 2, 3)))),
    "layer_norm_of_a_wide_image": ((2, 2, 17), lambda: chain(layer_norm1=nn.LayerNorm((2, 2, 17)))),
    "layer_norm_without_weights": ((3, 3, 4), lambda: chain(
        layer_norm1=nn.LayerNorm((3, 3, 4), elementwise_affine=False),
    )),
    "layer_norm_with_a_large_epsilon": ((9,), lambda: chain(layer_norm1=nn.LayerNorm(9, eps=0.5))),
    "layer_norm_between_dense_layers": ((5,), lambda: chain(
        dense1=nn.Linear(5, 19), layer_norm1=nn.LayerNorm(19), relu1=nn.ReLU(), dense2=nn.Linear(19, 3),
    ), 17),
    "layer_norm_of_many_channels": ((2, 3, 3), lambda: chain(
        conv1=nn.Conv2d(2, 17, 2), layer_norm1=nn.LayerNorm((17, 2, 2)), conv2=nn.Conv2d(17, 16, 1),
    )),
    "layer_norm_of_sixteen_channels": ((3, 3, 3), lambda: chain(
        conv1=nn.Conv2d(3, 16, 2), layer_norm1=nn.LayerNorm((16, 2, 2), elementwise_affine=False),
        gelu1=nn.GELU(), conv2=nn.Conv2d(16, 16, 1),
    )),
    "group_norm_of_an_image": ((4, 2, 3), lambda: chain(group_norm1=nn.GroupNorm(2, 4))),
    "group_norm_of_one_group": ((3, 3, 3), lambda: chain(group_norm1=nn.GroupNorm(1, 3))),
    "group_norm_of_each_channel": ((3, 2, 9), lambda: chain(group_norm1=nn.GroupNorm(3, 3))),
    "group_norm_of_a_vector": ((12,), lambda: chain(group_norm1=nn.GroupNorm(3, 12))),
    "group_norm_of_a_long_vector": ((7,), lambda: chain(
        dense1=nn.Linear(7, 34), group_norm1=nn.GroupNorm(2, 34), tanh1=nn.Tanh(),
    ), 17),
    "group_norm_without_weights": ((6, 2, 2), lambda: chain(
        group_norm1=nn.GroupNorm(3, 6, affine=False),
    )),
    "group_norm_of_many_channels": ((3, 3, 3), lambda: chain(
        conv1=nn.Conv2d(3, 18, 2), group_norm1=nn.GroupNorm(6, 18), relu1=nn.ReLU(),
        conv2=nn.Conv2d(18, 16, 1),
    )),
    "group_norm_with_epsilon": ((4, 3, 3), lambda: chain(
        conv1=nn.Conv2d(4, 16, 1), group_norm1=nn.GroupNorm(4, 16, eps=1e-3, affine=False),
        silu1=nn.SiLU(), conv2=nn.Conv2d(16, 16, 1),
    )),
    "instance_norm_of_an_image": ((3, 2, 3), lambda: chain(instance_norm1=nn.InstanceNorm2d(3))),
    "instance_norm_of_a_row": ((2, 1, 19), lambda: chain(instance_norm1=instance_norm(2))),
    "instance_norm_of_one_channel": ((1, 4, 4), lambda: chain(
        conv1=nn.Conv2d(1, 1, 3), instance_norm1=instance_norm(1), tanh1=nn.Tanh(),
    )),
    "instance_norm_of_many_channels": ((2, 3, 4), lambda: chain(
        conv1=nn.Conv2d(2, 17, 2), instance_norm1=instance_norm(17), relu1=nn.ReLU(),
        conv2=nn.Conv2d(17, 16, 1),
    ), 17),
    "instance_norm_without_weights": ((2, 4, 5), lambda: chain(
        conv1=nn.Conv2d(2, 16, 2), instance_norm1=nn.InstanceNorm2d(16, eps=1e-2),
        conv2=nn.Conv2d(16, 16, 1),
    )),
    "norms_in_a_row": ((4, 3, 6), lambda: chain(
        layer_norm1=nn.LayerNorm((4, 3, 6)), conv1=nn.Conv2d(4, 8, 2),
        group_norm1=nn.GroupNorm(2, 8), elu1=nn.ELU(), instance_norm1=nn.InstanceNorm2d(8),
    )),
}

# Two samples are enough where little is summed up over them.
write(__file__, {name: case if len(case) > 2 else (*case, 2) for name, case in CASES.items()})
