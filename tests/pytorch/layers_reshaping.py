"""Layers that move elements or mix neighbours; see cases.py, and tests/layers_reshaping.rs for the
same cases."""

from torch import nn

from cases import chain, write


class Reshape(nn.Module):
    def __init__(self, *sizes):
        super().__init__()
        self.sizes = sizes

    def forward(self, batch):
        return batch.reshape(-1, *self.sizes)


def crop(*sides):
    """Left, right, top, bottom."""
    return nn.ZeroPad2d([-side for side in sides])


def bilinear(*factors):
    return nn.Upsample(scale_factor=factors, mode="bilinear", align_corners=False)


CASES = {
    "vector_as_an_image": ([36], lambda: chain(a=Reshape(4, 3, 3), conv1=nn.Conv2d(4, 3, 2))),
    "image_as_another_image": (
        [4, 3, 6],
        lambda: chain(a=Reshape(2, 6, 6), conv1=nn.Conv2d(2, 2, 3)),
    ),
    "image_as_a_signal": ([3, 4, 5], lambda: chain(a=Reshape(3, 20), conv1=nn.Conv1d(3, 2, 3))),
    "signal_as_a_vector": (
        [3, 8],
        lambda: chain(conv1=nn.Conv1d(3, 5, 2), a=Reshape(35), dense1=nn.Linear(35, 2)),
    ),
    "channels_as_pixels": (
        [1, 6, 6],
        lambda: chain(
            conv1=nn.Conv2d(1, 16, 3), b=nn.ReLU(), a=Reshape(4, 8, 8), conv2=nn.Conv2d(4, 2, 3)
        ),
    ),
    "vector_as_a_signal_and_back": (
        [12],
        lambda: chain(
            dense1=nn.Linear(12, 10),
            a=Reshape(2, 5),
            conv1=nn.Conv1d(2, 3, 2),
            b=nn.Flatten(),
        ),
    ),
    "nothing_but_a_shape": ([12], lambda: Reshape(2, 2, 3)),
    "pad_every_side": ([2, 3, 4], lambda: nn.ZeroPad2d(1)),
    "pad_rows_and_columns": ([3, 2, 3], lambda: nn.ConstantPad2d((2, 2, 0, 0), 0.5)),
    "pad_by_side": ([2, 3, 4], lambda: nn.ConstantPad2d((1, 3, 2, 0), -1.0)),
    "pad_in_channels": (
        [2, 4, 3],
        lambda: chain(conv1=nn.Conv2d(2, 17, 1), a=nn.ZeroPad2d((0, 2, 1, 0))),
    ),
    "pad_before_a_conv": (
        [3, 8, 8],
        lambda: chain(a=nn.ZeroPad2d((0, 1, 0, 1)), conv1=nn.Conv2d(3, 4, 3, stride=2)),
    ),
    "pad_a_signal": (
        [3, 5],
        lambda: chain(a=nn.ConstantPad1d((3, 0), 0.25), conv1=nn.Conv1d(3, 2, 3)),
    ),
    "crop_every_side": ([2, 5, 6], lambda: crop(1, 1, 1, 1)),
    "crop_by_side": ([3, 6, 7], lambda: crop(4, 0, 1, 3)),
    "crop_to_one_pixel": ([1, 3, 5], lambda: crop(2, 2, 1, 1)),
    "crop_in_channels": (
        [2, 6, 5],
        lambda: chain(conv1=nn.Conv2d(2, 16, 3), a=crop(1, 0, 0, 2), conv2=nn.Conv2d(16, 2, 1)),
    ),
    "crop_a_signal": ([3, 9], lambda: nn.ConstantPad1d((-2, -1), 0.0)),
    "nearest": ([3, 4, 5], lambda: nn.Upsample(scale_factor=2)),
    "nearest_by_side": (
        [2, 3, 4],
        lambda: chain(a=nn.Upsample(scale_factor=(1, 3)), conv1=nn.Conv2d(2, 2, 2)),
    ),
    "nearest_in_channels": (
        [1, 4, 4],
        lambda: chain(
            conv1=nn.Conv2d(1, 17, 2), a=nn.Upsample(scale_factor=2), conv2=nn.Conv2d(17, 2, 3)
        ),
    ),
    "nearest_of_a_signal": ([2, 7], lambda: nn.Upsample(scale_factor=3)),
    "bilinear": ([3, 4, 5], lambda: bilinear(2, 2)),
    "bilinear_by_side": ([2, 3, 4], lambda: bilinear(3, 2)),
    "bilinear_of_one_pixel": ([2, 1, 1], lambda: bilinear(4, 3)),
    "bilinear_of_a_row": (
        [1, 1, 6],
        lambda: chain(a=bilinear(2, 5), conv1=nn.Conv2d(1, 2, (2, 3))),
    ),
    "bilinear_in_channels": (
        [1, 5, 4],
        lambda: chain(conv1=nn.Conv2d(1, 17, 2), b=nn.Tanh(), a=bilinear(2, 2)),
    ),
    "linear": (
        [2, 6],
        lambda: nn.Upsample(scale_factor=4, mode="linear", align_corners=False),
    ),
    "pixel_shuffle": ([8, 2, 3], lambda: nn.PixelShuffle(2)),
    "pixel_shuffle_by_three": (
        [9, 2, 2],
        lambda: chain(a=nn.PixelShuffle(3), conv1=nn.Conv2d(1, 2, 2)),
    ),
    "pixel_shuffle_in_channels": (
        [1, 4, 4],
        lambda: chain(conv1=nn.Conv2d(1, 16, 3), a=nn.PixelShuffle(4)),
    ),
    "autoencoder": (
        [1, 8, 8],
        lambda: chain(
            conv1=nn.Conv2d(1, 4, 3, padding="same"),
            a=nn.ReLU(),
            b=nn.MaxPool2d(2),
            c=bilinear(2, 2),
            conv2=nn.Conv2d(4, 1, 3, padding="same"),
            d=nn.Sigmoid(),
        ),
    ),
}

# Two samples, for the size of the file.
write(__file__, {name: (*case, 2) for name, case in CASES.items()})
