"""Writes tests/pytorch/frozen.safetensors, for tests/frozen.rs.

    python tests/pytorch/frozen.py          (torch 2.x and numpy)

A frozen layer is `requires_grad_(False).eval()`: no gradient is taken by its parameters, and a norm over
the batch takes its running statistics and leaves them as they are.
"""

import torch
from torch import nn

from cases import chain, write


def frozen(module):
    """A module that training leaves as it is."""
    return module.requires_grad_(False).eval()


class Residual(nn.Module):
    """`residual(conv1 -> batch_norm1)`, frozen or behind what is."""

    def __init__(self, conv1, batch_norm1):
        super().__init__()
        self.conv1 = conv1
        self.batch_norm1 = batch_norm1

    def forward(self, x):
        return x + self.batch_norm1(self.conv1(x))


class Branches(nn.Module):
    """`concat(conv1 -> relu, conv2)`, of which the second branch is frozen."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 3, 3, padding=1)
        self.relu1 = nn.ReLU()
        self.conv2 = frozen(nn.Conv2d(2, 2, 3, padding=1))
        self.conv3 = nn.Conv2d(5, 2, 2)

    def forward(self, x):
        first = self.relu1(self.conv1(x))
        return self.conv3(torch.cat([first, self.conv2(x)], dim=1))


class Dropped(nn.Module):
    """`residual(dropout -> conv2)` between two convolutions, where the dropout is frozen."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 3, 1)
        self.dropout1 = frozen(nn.Dropout(0.5))
        self.conv2 = nn.Conv2d(3, 3, 3, padding=1)
        self.conv3 = nn.Conv2d(3, 2, 2)

    def forward(self, x):
        x = self.conv1(x)
        return self.conv3(x + self.conv2(self.dropout1(x)))


CASES = {
    "below": (
        (2, 6, 7),
        lambda: chain(
            conv1=frozen(nn.Conv2d(2, 3, 3)),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(3, 4, 3),
        ),
        17,
    ),
    "between": (
        (2, 7, 7),
        lambda: chain(
            conv1=nn.Conv2d(2, 3, 3),
            relu1=nn.ReLU(),
            conv2=frozen(nn.Conv2d(3, 4, 3)),
            relu2=nn.ReLU(),
            conv3=nn.Conv2d(4, 2, 2),
        ),
        17,
    ),
    "on_top": (
        (5,),
        lambda: chain(
            dense1=nn.Linear(5, 6), tanh1=nn.Tanh(), dense2=frozen(nn.Linear(6, 3))
        ),
        5,
    ),
    "with_a_pool": (
        (1, 12, 12),
        lambda: chain(
            conv1=nn.Conv2d(1, 3, 3),
            conv2=frozen(nn.Conv2d(3, 4, 3)),
            relu1=nn.ReLU(),
            max_pool1=nn.MaxPool2d(2),
            flatten1=nn.Flatten(),
            dense1=nn.Linear(64, 3),
        ),
        17,
    ),
    "with_a_large_window_and_a_pool": (
        (2, 8, 9),
        lambda: chain(
            conv1=nn.Conv2d(2, 3, 1),
            conv2=frozen(nn.Conv2d(3, 4, (3, 4), padding=(1, 2))),
            relu1=nn.ReLU(),
            max_pool1=nn.MaxPool2d(2),
            conv3=nn.Conv2d(4, 2, 2),
        ),
        5,
    ),
    "below_a_pool": (
        (1, 8, 8),
        lambda: chain(
            conv1=frozen(nn.Conv2d(1, 4, 3, padding=1)),
            relu1=nn.ReLU(),
            max_pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(4, 3, 3),
        ),
        17,
    ),
    "of_many_channels": (
        (8, 6, 6),
        lambda: chain(
            conv1=nn.Conv2d(8, 8, 3, padding=1),
            relu1=nn.ReLU(),
            conv2=frozen(nn.Conv2d(8, 16, 3, padding=1)),
            relu2=nn.ReLU(),
            conv3=nn.Conv2d(16, 4, 1),
        ),
    ),
    "reflected": (
        (2, 5, 6),
        lambda: chain(
            conv1=nn.Conv2d(2, 2, 1),
            conv2=frozen(nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect")),
            conv3=nn.Conv2d(3, 2, 2),
        ),
    ),
    "depthwise_and_transposed": (
        (3, 5, 5),
        lambda: chain(
            conv1=nn.Conv2d(3, 4, 1),
            depthwise_conv1=frozen(nn.Conv2d(4, 4, 3, padding=1, groups=4)),
            transposed_conv1=frozen(nn.ConvTranspose2d(4, 2, 2, stride=2)),
            conv2=nn.Conv2d(2, 2, 3),
        ),
    ),
    "of_a_signal": (
        (3, 12),
        lambda: chain(
            conv1=nn.Conv1d(3, 4, 3),
            conv2=frozen(nn.Conv1d(4, 5, 3)),
            tanh1=nn.Tanh(),
            conv3=nn.Conv1d(5, 2, 2),
        ),
        17,
    ),
    "slopes_and_norms": (
        (4, 5, 6),
        lambda: chain(
            conv1=nn.Conv2d(4, 4, 3),
            prelu1=frozen(nn.PReLU(4)),
            group_norm1=frozen(nn.GroupNorm(2, 4)),
            conv2=nn.Conv2d(4, 3, 2),
        ),
        17,
    ),
    "dropouts": (
        (2, 5, 5),
        lambda: chain(
            conv1=nn.Conv2d(2, 4, 3),
            spatial_dropout1=frozen(nn.Dropout2d(0.5)),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(4, 3, 2),
            dropout1=frozen(nn.Dropout(0.5)),
            tanh1=nn.Tanh(),
            conv3=nn.Conv2d(3, 2, 2),
        ),
        17,
    ),
    "dropout_of_the_input": (
        (6,),
        lambda: chain(dropout1=frozen(nn.Dropout(0.5)), dense1=nn.Linear(6, 4)),
    ),
    "dropout_beside_its_input": ((2, 4, 4), Dropped, 17),
    "batch_norm": (
        (3, 4, 4),
        lambda: chain(
            conv1=nn.Conv2d(3, 4, 2),
            batch_norm1=frozen(nn.BatchNorm2d(4)),
            conv2=nn.Conv2d(4, 2, 2),
        ),
        17,
    ),
    "batch_norm_relu": (
        (2, 5, 5),
        lambda: chain(
            conv1=nn.Conv2d(2, 4, 3, bias=False),
            batch_norm1=frozen(nn.BatchNorm2d(4)),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(4, 3, 2),
        ),
        17,
    ),
    "batch_norm_tanh_of_one_sample": (
        (6,),
        lambda: chain(
            dense1=nn.Linear(6, 5),
            batch_norm1=frozen(nn.BatchNorm1d(5, affine=False)),
            tanh1=nn.Tanh(),
            dense2=nn.Linear(5, 3),
        ),
        1,
    ),
    "batch_norm_first": (
        (2, 4, 3),
        lambda: chain(
            batch_norm1=frozen(nn.BatchNorm2d(2, eps=1e-3)), relu1=nn.ReLU(), conv1=nn.Conv2d(2, 3, 2)
        ),
    ),
    "batch_norm_and_means": (
        (2, 5, 5),
        lambda: chain(
            conv1=nn.Conv2d(2, 4, 3, bias=False),
            batch_norm1=frozen(nn.BatchNorm2d(4)),
            relu1=nn.ReLU(),
            global_avg_pool1=nn.AdaptiveAvgPool2d(1),
            flatten1=nn.Flatten(),
            dense1=nn.Linear(4, 3),
        ),
        17,
    ),
    "means_of_batch_norm": (
        (2, 4, 3),
        lambda: chain(
            conv1=nn.Conv2d(2, 3, 1),
            batch_norm1=frozen(nn.BatchNorm2d(3)),
            avg_pool1=nn.AvgPool2d((4, 3)),
        ),
        5,
    ),
    "one_norm_of_two": (
        (1, 6, 6),
        lambda: chain(
            conv1=nn.Conv2d(1, 3, 3, bias=False),
            batch_norm1=nn.BatchNorm2d(3),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(3, 4, 2, bias=False),
            batch_norm2=frozen(nn.BatchNorm2d(4)),
            relu2=nn.ReLU(),
            conv3=nn.Conv2d(4, 2, 2),
        ),
        18,
    ),
    "other_norm_of_two": (
        (1, 6, 6),
        lambda: chain(
            conv1=frozen(nn.Conv2d(1, 3, 3, bias=False)),
            batch_norm1=frozen(nn.BatchNorm2d(3)),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(3, 4, 2, bias=False),
            batch_norm2=nn.BatchNorm2d(4, affine=False),
            relu2=nn.ReLU(),
            conv3=nn.Conv2d(4, 2, 2),
        ),
        18,
    ),
    "residual": (
        (3, 4, 5),
        lambda: chain(
            conv1=nn.Conv2d(3, 4, 1),
            body=Residual(
                frozen(nn.Conv2d(4, 4, 3, padding=1, bias=False)), frozen(nn.BatchNorm2d(4))
            ),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(4, 2, 2),
        ),
        17,
    ),
    "below_a_residual": (
        (3, 4, 5),
        lambda: chain(
            conv1=frozen(nn.Conv2d(3, 4, 1)),
            body=Residual(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)),
            relu1=nn.ReLU(),
            conv2=frozen(nn.Conv2d(4, 2, 2)),
        ),
        17,
    ),
    "one_branch": ((2, 4, 4), Branches, 17),
}

write(__file__, CASES, with_steps=True)
