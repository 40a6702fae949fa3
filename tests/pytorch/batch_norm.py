"""Writes tests/pytorch/batch_norm.safetensors, for tests/layers_batch_norm.rs.

    python tests/pytorch/batch_norm.py          (torch 2.x and numpy)
"""

from torch import nn

from cases import chain, write

CASES = {
    "vector": ((5,), lambda: chain(batch_norm1=nn.BatchNorm1d(5))),
    "vector_of_two_samples": ((3,), lambda: chain(batch_norm1=nn.BatchNorm1d(3, eps=1e-2)), 2),
    "vector_of_a_whole_block": ((9,), lambda: chain(batch_norm1=nn.BatchNorm1d(9)), 16),
    "vector_of_a_block_and_one": ((4,), lambda: chain(batch_norm1=nn.BatchNorm1d(4)), 17),
    "vector_of_three_blocks": (
        (6,),
        lambda: chain(batch_norm1=nn.BatchNorm1d(6, eps=1e-3, momentum=0.3)),
        45,
    ),
    "image": ((3, 3, 4), lambda: chain(batch_norm1=nn.BatchNorm2d(3))),
    "image_of_one_sample": ((2, 3, 3), lambda: chain(batch_norm1=nn.BatchNorm2d(2)), 1),
    "image_of_one_pixel": ((17, 1, 1), lambda: chain(batch_norm1=nn.BatchNorm2d(17)), 17),
    "image_of_many_channels": ((33, 1, 2), lambda: chain(batch_norm1=nn.BatchNorm2d(33)), 3),
    "image_of_wide_rows": ((2, 1, 37), lambda: chain(batch_norm1=nn.BatchNorm2d(2)), 3),
    "image_without_affine": (
        (2, 2, 3),
        lambda: chain(batch_norm1=nn.BatchNorm2d(2, affine=False), conv1=nn.Conv2d(2, 1, 1)),
        17,
    ),
    "image_with_all_options": (
        (3, 2, 2),
        lambda: chain(
            conv1=nn.Conv2d(3, 2, 1),
            batch_norm1=nn.BatchNorm2d(2, eps=0.1, momentum=1.0, affine=False),
        ),
        5,
    ),
    "conv_norm_relu": (
        (2, 4, 4),
        lambda: chain(
            conv1=nn.Conv2d(2, 4, 3, bias=False),
            batch_norm1=nn.BatchNorm2d(4),
            relu1=nn.ReLU(),
        ),
        17,
    ),
    "two_norms": (
        (1, 5, 4),
        lambda: chain(
            conv1=nn.Conv2d(1, 3, 3),
            batch_norm1=nn.BatchNorm2d(3),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(3, 2, 2),
            batch_norm2=nn.BatchNorm2d(2, momentum=0.2),
        ),
        35,
    ),
    "norms_of_vectors": (
        (6,),
        lambda: chain(
            dense1=nn.Linear(6, 8),
            batch_norm1=nn.BatchNorm1d(8),
            tanh1=nn.Tanh(),
            dense2=nn.Linear(8, 3),
            batch_norm2=nn.BatchNorm1d(3, affine=False),
        ),
        33,
    ),
    "norm_before_conv": (
        (2, 4, 4),
        lambda: chain(batch_norm1=nn.BatchNorm2d(2), conv1=nn.Conv2d(2, 3, 2)),
        5,
    ),
    "norm_after_norm": (
        (2, 2, 2),
        lambda: chain(
            batch_norm1=nn.BatchNorm2d(2),
            relu1=nn.ReLU(),
            batch_norm2=nn.BatchNorm2d(2),
        ),
        18,
    ),
    "image_to_classes": (
        (1, 6, 6),
        lambda: chain(
            conv1=nn.Conv2d(1, 4, 3, bias=False),
            batch_norm1=nn.BatchNorm2d(4),
            relu1=nn.ReLU(),
            max_pool1=nn.MaxPool2d(2),
            flatten1=nn.Flatten(),
            dense1=nn.Linear(16, 5, bias=False),
            batch_norm2=nn.BatchNorm1d(5),
            sigmoid1=nn.Sigmoid(),
            dense2=nn.Linear(5, 3),
        ),
        18,
    ),
    "depthwise_norm": (
        (5, 4, 5),
        lambda: chain(
            depthwise_conv1=nn.Conv2d(5, 5, 3, groups=5, bias=False),
            batch_norm1=nn.BatchNorm2d(5),
            relu1=nn.ReLU(),
        ),
        17,
    ),
    "groups_norm": (
        (4, 4, 3),
        lambda: chain(conv1=nn.Conv2d(4, 6, 2, groups=2), batch_norm1=nn.BatchNorm2d(6)),
        5,
    ),
    "transposed_norm": (
        (4, 3, 2),
        lambda: chain(
            transposed_conv1=nn.ConvTranspose2d(4, 6, (3, 2), stride=2, groups=2),
            batch_norm1=nn.BatchNorm2d(6),
            tanh1=nn.Tanh(),
        ),
        5,
    ),
    "signal_norm": (
        (3, 9),
        lambda: chain(
            conv1=nn.Conv1d(3, 4, 3, bias=False),
            batch_norm1=nn.BatchNorm1d(4, affine=False),
            relu1=nn.ReLU(),
        ),
        18,
    ),
    "mean_of_norm_relu": (
        (2, 4, 5),
        lambda: chain(
            conv1=nn.Conv2d(2, 3, 2, bias=False),
            batch_norm1=nn.BatchNorm2d(3),
            relu1=nn.ReLU(),
            global_avg_pool1=nn.AdaptiveAvgPool2d(1),
            flatten1=nn.Flatten(),
            dense1=nn.Linear(3, 2),
        ),
        18,
    ),
    "mean_of_norm": (
        (3, 3, 4),
        lambda: chain(
            conv1=nn.Conv2d(3, 9, 1),
            batch_norm1=nn.BatchNorm2d(9, affine=False, eps=0.1),
            leaky_relu1=nn.LeakyReLU(0.2),
            avg_pool1=nn.AvgPool2d((3, 4)),
            conv2=nn.Conv2d(9, 2, 1),
        ),
        35,
    ),
    "mean_of_a_signal": (
        (3, 9),
        lambda: chain(
            conv1=nn.Conv1d(3, 4, 3),
            batch_norm1=nn.BatchNorm1d(4),
            relu61=nn.ReLU6(),
            adaptive_avg_pool1=nn.AdaptiveAvgPool1d(1),
        ),
        18,
    ),
    "mean_of_norm_tanh": (
        (2, 3, 3),
        lambda: chain(
            conv1=nn.Conv2d(2, 3, 1),
            batch_norm1=nn.BatchNorm2d(3),
            tanh1=nn.Tanh(),
            global_avg_pool1=nn.AdaptiveAvgPool2d(1),
            flatten1=nn.Flatten(),
        ),
        5,
    ),
    "mean_behind_the_input": (
        (2, 3, 3),
        lambda: chain(
            batch_norm1=nn.BatchNorm2d(2),
            relu1=nn.ReLU(),
            global_avg_pool1=nn.AdaptiveAvgPool2d(1),
            flatten1=nn.Flatten(),
            dense1=nn.Linear(2, 2),
        ),
        17,
    ),
    "largest_of_means": (
        (2, 3, 4),
        lambda: chain(
            conv1=nn.Conv2d(2, 3, 1),
            batch_norm1=nn.BatchNorm2d(3),
            relu1=nn.ReLU(),
            avg_pool1=nn.AvgPool2d((3, 4)),
            global_max_pool1=nn.AdaptiveMaxPool2d(1),
            flatten1=nn.Flatten(),
        ),
        5,
    ),
    "columns_norm": (
        (1, 3, 21),
        lambda: chain(conv1=nn.Conv2d(1, 2, 3, padding=1), batch_norm1=nn.BatchNorm2d(2)),
        3,
    ),
}

write(__file__, CASES)
