"""Pools; see cases.py, and tests/layers_pooling.rs for the same cases."""

from torch import nn

from cases import chain, write


def whole(pool):
    """A pool over all of each channel, as a vector."""
    return nn.Sequential(pool, nn.Flatten())


def behind(*modules):
    """Layers of which the first convolution has parameters."""
    names = ["conv1" if isinstance(module, nn.Conv2d) else f"step{k}" for k, module in enumerate(modules)]
    return chain(**dict(zip(names, modules)))


class TwoReaders(nn.Module):
    """What a pool behind a convolution gives is read twice."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(2, 3, 2, padding=1), nn.Conv2d(3, 3, 1)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.conv1(x).relu(), 2)
        return x + self.conv2(x)


CASES = {
    "max_with_a_remainder": ([3, 7, 5], lambda: nn.MaxPool2d(2)),
    "max_overlapping": ([2, 9, 11], lambda: nn.MaxPool2d(3, stride=2)),
    "max_padded_by_side": (
        [2, 4, 6],
        lambda: nn.MaxPool2d((2, 4), stride=(2, 1), padding=(0, 2)),
    ),
    "max_of_the_whole_input": ([3, 4, 5], lambda: nn.MaxPool2d((4, 5))),
    "max_of_wide_lines": (
        [1, 7, 33],
        lambda: nn.MaxPool2d((3, 2), stride=(2, 1), padding=1),
    ),
    "max_in_channels": (
        [2, 6, 5],
        lambda: chain(conv1=nn.Conv2d(2, 17, 1), pool=nn.MaxPool2d(3, stride=1, padding=1)),
    ),
    "max_behind_conv": ([2, 11, 8], lambda: behind(nn.Conv2d(2, 7, (3, 2)), nn.ReLU(), nn.MaxPool2d(2))),
    "max_behind_padded_conv": (
        [1, 8, 14],
        lambda: behind(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU6(), nn.MaxPool2d(2)),
    ),
    "max_behind_conv_padded_by_side": (
        [3, 7, 9],
        lambda: behind(nn.Conv2d(3, 5, (3, 4), padding=(2, 1)), nn.ReLU(), nn.MaxPool2d((3, 2))),
    ),
    "max_behind_strided_conv": (
        [3, 13, 17],
        lambda: behind(nn.Conv2d(3, 13, 3, stride=2, padding=1), nn.MaxPool2d((2, 3))),
    ),
    "max_behind_groups": (
        [4, 9, 9],
        lambda: behind(
            nn.Conv2d(4, 10, 2, groups=2, dilation=2), nn.LeakyReLU(0.2), nn.MaxPool2d((1, 3))
        ),
    ),
    "max_behind_depthwise_conv": (
        [5, 8, 8],
        lambda: behind(nn.Conv2d(5, 5, 3, padding=1, groups=5), nn.ReLU(), nn.MaxPool2d(4)),
    ),
    "max_behind_a_rim": (
        [2, 6, 8],
        lambda: behind(
            nn.Conv2d(2, 25, 5, padding=2, padding_mode="reflect"), nn.Tanh(), nn.MaxPool2d(2)
        ),
    ),
    "max_behind_conv_without_bias": (
        [3, 6, 12],
        lambda: behind(nn.Conv2d(3, 17, 1, bias=False), nn.ReLU(), nn.MaxPool2d((6, 1))),
    ),
    "max_behind_wide_kernels": (
        [2, 8, 15],
        lambda: behind(nn.Conv2d(2, 3, (4, 8)), nn.ReLU(), nn.MaxPool2d(2)),
    ),
    "max_behind_groups_without_padding": (
        [4, 7, 9],
        lambda: behind(nn.Conv2d(4, 6, (2, 3), groups=2), nn.Sigmoid(), nn.MaxPool2d(2)),
    ),
    "max_behind_much_padding": (
        [1, 4, 20],
        lambda: behind(nn.Conv2d(1, 2, 2, padding=5), nn.MaxPool2d(2), nn.ReLU6()),
    ),
    "max_of_single_results": ([2, 3, 4], lambda: behind(nn.Conv2d(2, 3, 2), nn.MaxPool2d(1))),
    "max_of_wide_windows": ([1, 4, 35], lambda: behind(nn.Conv2d(1, 2, 1), nn.MaxPool2d((1, 16)))),
    "max_of_two_readers": ([2, 9, 6], lambda: TwoReaders()),
    "max_behind_conv_by_winograd": (
        [12, 7, 11],
        lambda: behind(nn.Conv2d(12, 13, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
    ),
    "max_behind_conv_by_winograd_and_elu": (
        [11, 8, 13],
        lambda: behind(nn.Conv2d(11, 12, 3, bias=False), nn.ELU(), nn.MaxPool2d((3, 4))),
    ),
    "max_behind_windows_of_five": (
        [8, 6, 7],
        lambda: behind(nn.Conv2d(8, 17, 5, padding=2), nn.MaxPool2d((3, 2)), nn.ReLU()),
    ),
    "max_behind_a_rest_of_one": (
        [9, 6, 9],
        lambda: behind(nn.Conv2d(9, 18, 3, padding=1), nn.ReLU(), nn.MaxPool2d((2, 4))),
    ),
    "max_behind_conv_of_a_signal": (
        [2, 41],
        lambda: chain(
            conv1=nn.Conv1d(2, 9, 5, padding=1),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool1d(2),
            conv2=nn.Conv1d(9, 3, 4),
            pool2=nn.MaxPool1d(4),
        ),
    ),
    "average_padded": ([2, 6, 7], lambda: nn.AvgPool2d(3, stride=2, padding=1)),
    "average_without_padding": (
        [2, 6, 7],
        lambda: nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False),
    ),
    "average_without_padding_of_wide_lines": (
        [1, 5, 37],
        lambda: nn.AvgPool2d((3, 5), stride=2, padding=(1, 2), count_include_pad=False),
    ),
    "average_without_padding_in_channels": (
        [2, 6, 6],
        lambda: chain(
            conv1=nn.Conv2d(2, 16, 1),
            pool=nn.AvgPool2d(2, stride=1, padding=1, count_include_pad=False),
        ),
    ),
    "average_without_any_padding": ([3, 5, 4], lambda: nn.AvgPool2d(2, stride=1)),
    "global_average_of_few_channels": ([3, 5, 7], lambda: whole(nn.AdaptiveAvgPool2d(1))),
    "global_average_of_single_pixels": ([8, 1, 1], lambda: whole(nn.AdaptiveAvgPool2d(1))),
    "global_average_in_channels": (
        [2, 6, 5],
        lambda: chain(
            conv1=nn.Conv2d(2, 17, 3),
            pool=whole(nn.AdaptiveAvgPool2d(1)),
            dense1=nn.Linear(17, 3),
        ),
    ),
    "global_average_of_a_signal": ([3, 19], lambda: whole(nn.AdaptiveAvgPool1d(1))),
    "global_maximum_of_few_channels": ([3, 5, 7], lambda: whole(nn.AdaptiveMaxPool2d(1))),
    "global_maximum_of_less_than_a_register": (
        [2, 1, 3],
        lambda: whole(nn.AdaptiveMaxPool2d(1)),
    ),
    "global_maximum_in_channels": (
        [2, 6, 5],
        lambda: chain(
            conv1=nn.Conv2d(2, 17, 3),
            relu1=nn.ReLU(),
            pool=whole(nn.AdaptiveMaxPool2d(1)),
            dense1=nn.Linear(17, 3),
        ),
    ),
    "global_maximum_of_a_signal": ([3, 37], lambda: whole(nn.AdaptiveMaxPool1d(1))),
    "adaptive_that_divides": ([3, 6, 8], lambda: nn.AdaptiveAvgPool2d((3, 2))),
    "adaptive_overlapping": ([2, 7, 5], lambda: nn.AdaptiveAvgPool2d((3, 4))),
    "adaptive_to_more_pixels": ([2, 3, 2], lambda: nn.AdaptiveAvgPool2d((5, 4))),
    "adaptive_to_one_pixel": ([4, 5, 3], lambda: nn.AdaptiveAvgPool2d(1)),
    "adaptive_in_channels": (
        [2, 8, 8],
        lambda: chain(conv1=nn.Conv2d(2, 16, 3), pool=nn.AdaptiveAvgPool2d((4, 5))),
    ),
    "adaptive_of_a_signal": ([3, 10], lambda: nn.AdaptiveAvgPool1d(4)),
}

# Two samples, for the size of the file.
write(__file__, {name: (*case, 2) for name, case in CASES.items()})
