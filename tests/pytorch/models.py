"""The networks of examples/models/ in PyTorch, and what they cost.

Writes models.txt, a line for each: its name, its learned parameters, its running means and variances
(which Keras counts as parameters too), and the multiply-accumulates of one sample's forward pass in
convolutions and dense layers, where a position of padding counts as any other.
"""

from math import prod
from pathlib import Path

import torch
from torch import nn


class Sum(nn.Module):
    """The outputs of all branches, added."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return sum(branch(x) for branch in self.branches)


class Concat(Sum):
    """The outputs of all branches, one behind the other."""

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


def conv(c, o, window, **options):
    """A convolution with a norm and an activation."""
    return [nn.Conv2d(c, o, window, **options), nn.BatchNorm2d(o), nn.ReLU()]


def same(c, o, window=3, **options):
    return conv(c, o, window, padding=window // 2, **options)


def half(c, o, **options):
    """TensorFlow's `same` for a window of three with stride two: a zero below and at the right."""
    return [nn.ZeroPad2d((0, 1, 0, 1)), *conv(c, o, 3, stride=2, **options)]


def resnet8():
    def down(c, o):
        branch = nn.Sequential(*half(c, o), *same(o, o)[:2])
        return [Sum(branch, nn.Conv2d(c, o, 1, stride=2)), nn.ReLU()]

    first = nn.Sequential(*same(16, 16), *same(16, 16)[:2])
    return nn.Sequential(
        *same(3, 16), Sum(nn.Identity(), first), nn.ReLU(), *down(16, 32), *down(32, 64),
        nn.AvgPool2d(8), nn.Flatten(), nn.Linear(64, 10),
    )


def resnet20():
    def unit(c, o):
        stride = 1 if c == o else 2
        first = same(c, o, stride=stride, bias=False)
        branch = nn.Sequential(*first, *same(o, o, bias=False)[:2])
        projection = nn.Sequential(*conv(c, o, 1, stride=2, bias=False)[:2])
        return [Sum(branch, nn.Identity() if c == o else projection), nn.ReLU()]

    units = [unit(c, o) for c, o in [(16, 16)] * 3 + [(16, 32)] + [(32, 32)] * 2 + [(32, 64)] + [(64, 64)] * 2]
    return nn.Sequential(
        *same(3, 16, bias=False), *[layer for unit in units for layer in unit],
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )


def ds_cnn():
    first = [nn.ZeroPad2d((1, 1, 4, 5)), *conv(1, 64, (10, 4), stride=2), nn.Dropout(0.2)]
    pairs = [layer for _ in range(4) for layer in same(64, 64, groups=64) + conv(64, 64, 1)]
    last = [nn.Dropout(0.4), nn.AvgPool2d((25, 5)), nn.Flatten(), nn.Linear(64, 12)]
    return nn.Sequential(*first, *pairs, *last)


def mobilenet():
    layers = half(3, 8)
    channels = [8, 16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256]
    halved = [32, 64, 128, 256]
    for c, o in zip(channels, channels[1:]):
        depthwise = half if o in halved and o != c else same
        layers += depthwise(c, c, groups=c) + conv(c, o, 1)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 2))


def autoencoder():
    sizes = [640] + [128] * 4 + [8] + [128] * 4
    hidden = [[nn.Linear(c, o), nn.BatchNorm1d(o), nn.ReLU()] for c, o in zip(sizes, sizes[1:])]
    return nn.Sequential(*[layer for group in hidden for layer in group], nn.Linear(128, 640))


def vgg16():
    layers, c = [], 3
    for count, o in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]:
        for _ in range(count):
            layers += same(c, o)
            c = o
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


def unet():
    def pair(c, o):
        first, second = nn.Conv2d(c, o, 3, padding="same"), nn.Conv2d(o, o, 3, padding="same")
        return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())

    inner = pair(32, 64)
    for c in [32, 16, 8]:
        deeper = nn.Sequential(nn.MaxPool2d(2), inner, nn.ConvTranspose2d(2 * c, c, 2, stride=2))
        inner = nn.Sequential(pair(c // 2 if c > 8 else 1, c), Concat(nn.Identity(), deeper), pair(2 * c, c))
    return nn.Sequential(inner, nn.Conv2d(8, 2, 1))


def signals():
    def layer(c, o, window):
        return [nn.Conv1d(c, o, window, padding="same"), nn.ReLU()]

    return nn.Sequential(
        *layer(9, 32, 7), nn.MaxPool1d(2), *layer(32, 64, 5), nn.MaxPool1d(2), *layer(64, 64, 3),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(64, 6),
    )


def plain(c, o, window):
    return nn.Sequential(nn.Conv2d(c, o, window, padding="same"), nn.ReLU())


def fire():
    return nn.Sequential(plain(96, 16, 1), Concat(plain(16, 64, 1), plain(16, 64, 3)))


def inception():
    return Concat(
        plain(192, 64, 1),
        nn.Sequential(plain(192, 96, 1), plain(96, 128, 3)),
        nn.Sequential(plain(192, 16, 1), plain(16, 32, 5)),
        nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), plain(192, 32, 1)),
    )


# By the names of the declarations, with the shapes of a sample and of its output.
MODELS = {
    "ResNet8": (resnet8, [3, 32, 32], [10]),
    "ResNet20": (resnet20, [3, 32, 32], [10]),
    "DsCnn": (ds_cnn, [1, 49, 10], [12]),
    "MobileNet": (mobilenet, [3, 96, 96], [2]),
    "Autoencoder": (autoencoder, [640], [640]),
    "Vgg16": (vgg16, [3, 32, 32], [10]),
    "UNet": (unet, [1, 64, 64], [2, 64, 64]),
    "Signals": (signals, [9, 128], [6]),
    "Fire": (fire, [96, 55, 55], [128, 55, 55]),
    "Inception": (inception, [192, 28, 28], [256, 28, 28]),
}


def macs_of(layer, inputs, output):
    """Each output is a sum over a kernel; of a transposed convolution, each input is added to one."""
    if isinstance(layer, nn.ConvTranspose2d):
        return inputs[0].numel() * prod(layer.weight.shape[1:])
    return output.numel() * prod(layer.weight.shape[1:])


def costs(model, sample, expected):
    macs = 0

    def count(layer, inputs, output):
        nonlocal macs
        macs += macs_of(layer, inputs, output)

    for layer in model.modules():
        if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            layer.register_forward_hook(count)
    with torch.no_grad():
        output = model.eval()(torch.zeros(1, *sample))
    assert list(output.shape) == [1, *expected], output.shape
    parameters = sum(p.numel() for p in model.parameters())
    running = sum(b.numel() for name, b in model.named_buffers() if "running" in name)
    return parameters, running, macs


lines = []
for name, (build, sample, expected) in MODELS.items():
    lines.append(" ".join(map(str, [name, *costs(build(), sample, expected)])) + "\n")
Path(__file__).with_suffix(".txt").write_text("".join(lines))
