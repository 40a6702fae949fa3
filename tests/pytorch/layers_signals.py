"""Layers on signals; see cases.py, and tests/layers_signals.rs for the same cases."""

from torch import nn

from cases import chain, write


def before(before, after):
    """Zeros before and after a signal."""
    return nn.ConstantPad1d((before, after), 0.0)


write(
    __file__,
    {
        "conv_of_one_position": ([1, 1], lambda: chain(conv1=nn.Conv1d(1, 1, 1))),
        "conv_of_the_whole_signal": ([3, 7], lambda: chain(conv1=nn.Conv1d(3, 2, 7))),
        "conv_of_odd_channels": ([3, 11], lambda: chain(conv1=nn.Conv1d(3, 17, 4, bias=False))),
        "conv_of_sixteen_channels": (
            [16, 9],
            lambda: chain(conv1=nn.Conv1d(16, 8, 3, padding="same"), relu1=nn.ReLU()),
        ),
        "conv_of_a_long_signal": (
            [1, 43],
            lambda: chain(conv1=nn.Conv1d(1, 3, 5, padding="same"), tanh1=nn.Tanh()),
        ),
        "conv_with_a_stride_and_a_remainder": (
            [2, 20],
            lambda: chain(conv1=nn.Conv1d(2, 4, 3, stride=2, padding=1)),
        ),
        "conv_same_even": ([2, 18], lambda: chain(conv1=nn.Conv1d(2, 3, 4, padding="same"))),
        "conv_padding_by_side": (
            [2, 10],
            lambda: chain(zeros=before(0, 1), conv1=nn.Conv1d(2, 3, 3, stride=2)),
        ),
        "conv_padding_before": (
            [2, 10],
            lambda: chain(zeros=before(4, 0), conv1=nn.Conv1d(2, 3, 5)),
        ),
        "maximum": ([3, 19], lambda: nn.MaxPool1d(2)),
        "maximum_overlapping": ([2, 37], lambda: nn.MaxPool1d(5, stride=2, padding=2)),
        "maximum_in_channels": (
            [2, 13],
            lambda: chain(conv1=nn.Conv1d(2, 17, 3), max_pool1=nn.MaxPool1d(3, stride=1)),
        ),
        "average": ([2, 12], lambda: nn.AvgPool1d(3, stride=2)),
        "average_padded": (
            [8, 13],
            lambda: chain(conv1=nn.Conv1d(8, 16, 2), avg_pool1=nn.AvgPool1d(3, padding=1)),
        ),
        "activations": (
            [3, 21],
            lambda: chain(a=nn.LeakyReLU(0.1), conv1=nn.Conv1d(3, 5, 1), b=nn.Sigmoid()),
        ),
        "classifier": (
            [2, 40],
            lambda: chain(
                conv1=nn.Conv1d(2, 6, 5),
                relu1=nn.ReLU(),
                max_pool1=nn.MaxPool1d(2),
                conv2=nn.Conv1d(6, 16, 3),
                relu2=nn.ReLU(),
                max_pool2=nn.MaxPool1d(2),
                flatten1=nn.Flatten(),
                dense1=nn.Linear(128, 3),
            ),
        ),
        "dilated": ([2, 20], lambda: chain(conv1=nn.Conv1d(2, 4, 3, dilation=3))),
        "grouped": ([6, 13], lambda: chain(conv1=nn.Conv1d(6, 9, 3, groups=3, padding=1))),
        "reflected": (
            [2, 11],
            lambda: chain(conv1=nn.Conv1d(2, 3, 5, padding=2, padding_mode="reflect")),
        ),
        "replicated": (
            [2, 9],
            lambda: chain(
                conv1=nn.Conv1d(2, 5, 4, stride=2, padding=3, padding_mode="replicate")
            ),
        ),
        "circular": (
            [3, 10],
            lambda: chain(
                conv1=nn.Conv1d(3, 4, 3, dilation=2, padding=2, padding_mode="circular")
            ),
        ),
        "depthwise": (
            [5, 12],
            lambda: chain(depthwise_conv1=nn.Conv1d(5, 10, 3, groups=5, padding="same")),
        ),
        "transposed": (
            [3, 7],
            lambda: chain(
                transposed_conv1=nn.ConvTranspose1d(
                    3, 5, 4, stride=3, padding=1, output_padding=1
                )
            ),
        ),
        "instance_norm": (
            [3, 17],
            lambda: chain(conv1=nn.Conv1d(3, 5, 3), instance_norm1=nn.InstanceNorm1d(5)),
        ),
        "instance_norm_affine": (
            [5, 4],
            lambda: chain(instance_norm1=nn.InstanceNorm1d(5, affine=True)),
        ),
        "group_norm": (
            [2, 12],
            lambda: chain(conv1=nn.Conv1d(2, 6, 3), group_norm1=nn.GroupNorm(3, 6)),
        ),
        "layer_norm": ([4, 9], lambda: chain(layer_norm1=nn.LayerNorm([4, 9]))),
    },
)
