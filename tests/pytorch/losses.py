"""Writes the losses and gradients that PyTorch computes, as `losses.safetensors`, for tests/losses.rs.

For every case the file holds, under `<case>/…`:

    output      float32: [n][element], the outputs of a network
    target      float32: classes, classes per pixel, or values
    loss        float64
    gradient    float64: of the loss by the outputs

All is computed in float64 from numbers that float32 holds exactly.
"""

import pathlib

import torch
from cases import save
from torch.nn import functional

FLAT_WEIGHTS = torch.tensor([0.5, 2.0, 1.0, 0.0, 4.0], dtype=torch.float64)
PIXEL_WEIGHTS = torch.tensor([0.25, 1.0, 3.0], dtype=torch.float64)


def cross_entropy(shape, batch, ignored_labels=(), **options):
    """Classes below the channels, and some of `ignored_labels`."""

    def draw():
        output = torch.randn(batch, *shape) * 3
        labels = torch.tensor(list(range(shape[0])) + list(ignored_labels))
        chosen = torch.randint(len(labels), (batch, *shape[1:]))
        return output, labels[chosen]

    return draw, lambda output, target: functional.cross_entropy(output, target.long(), **options)


def values(shape, batch, loss, scale=3.0):
    def draw():
        return torch.randn(batch, *shape) * scale, torch.randn(batch, *shape) * 2

    return draw, loss


def binary(shape, batch, hard, positive_weight=None, scale=3.0):
    def draw():
        target = torch.rand(batch, *shape)
        return torch.randn(batch, *shape) * scale, target.round() if hard else target

    weight = None if positive_weight is None else torch.tensor(positive_weight, dtype=torch.float64)
    loss = functional.binary_cross_entropy_with_logits
    return draw, lambda output, target: loss(output, target, pos_weight=weight)


def huber(delta):
    return lambda output, target: functional.huber_loss(output, target, delta=delta)


CASES = {
    "class_of_one": cross_entropy([5], 1),
    "class_of_a_block": cross_entropy([5], 16),
    "class_of_three_blocks": cross_entropy([5], 45),
    "class_smoothed": cross_entropy([5], 17, label_smoothing=0.1),
    "class_smoothed_wholly": cross_entropy([5], 17, label_smoothing=1.0),
    "class_weighted": cross_entropy([5], 45, weight=FLAT_WEIGHTS),
    "class_weighted_and_smoothed": cross_entropy([5], 17, weight=FLAT_WEIGHTS, label_smoothing=0.2),
    "class_ignored": cross_entropy([5], 17, ignore_index=2),
    "class_with_all_options": cross_entropy(
        [5], 45, [99], weight=FLAT_WEIGHTS, label_smoothing=0.3, ignore_index=99
    ),
    "pixels_of_one": cross_entropy([3, 4, 5], 1),
    "pixels_of_two_blocks": cross_entropy([3, 2, 3], 17),
    "pixels_smoothed": cross_entropy([3, 2, 3], 16, label_smoothing=0.1),
    "pixels_weighted": cross_entropy([3, 2, 3], 17, weight=PIXEL_WEIGHTS),
    "pixels_ignored": cross_entropy([3, 2, 3], 17, [255, 255], ignore_index=255),
    "pixels_ignored_class": cross_entropy([3, 2, 3], 17, ignore_index=1),
    "pixels_ignored_and_smoothed": cross_entropy(
        [3, 2, 3], 17, [255], ignore_index=255, label_smoothing=0.1
    ),
    "pixels_with_all_options": cross_entropy(
        [3, 2, 3], 45, [255], weight=PIXEL_WEIGHTS, label_smoothing=0.3, ignore_index=255
    ),
    "binary_hard": binary([6], 17, True),
    "binary_soft": binary([6], 16, False),
    "binary_large_logits": binary([6], 17, True, scale=40.0),
    "binary_weighted": binary([6], 45, True, positive_weight=3.0),
    "binary_image_weighted": binary([2, 3, 4], 17, False, positive_weight=0.25),
    "squares": values([6], 17, functional.mse_loss),
    "squares_of_an_image": values([2, 3, 4], 45, functional.mse_loss),
    "absolute": values([6], 1, functional.l1_loss),
    "absolute_of_an_image": values([2, 3, 4], 17, functional.l1_loss),
    "huber": values([6], 17, huber(1.0)),
    "huber_small_delta": values([6], 45, huber(0.3)),
    "huber_of_an_image": values([2, 3, 4], 17, huber(2.5)),
    "binary_weighted_by_label": binary([4], 45, True, positive_weight=[3.0, 0.5, 1.0, 7.0]),
    "binary_weighted_by_channel": binary(
        [2, 3, 4], 17, False, positive_weight=[[[3.0]], [[0.5]]]
    ),
    "signal_classes": cross_entropy([3, 5], 17),
    "signal_classes_with_all_options": cross_entropy(
        [3, 5], 45, [255], weight=PIXEL_WEIGHTS, label_smoothing=0.3, ignore_index=255
    ),
    "binary_signal_weighted": binary([2, 5], 17, True, positive_weight=[[3.0], [0.5]]),
}


def case(seed, draw, loss):
    torch.manual_seed(seed)
    output, target = draw()
    wide = output.double().requires_grad_()
    value = loss(wide, target.double())
    value.backward()
    return {
        "output": output.numpy(),
        "target": target.float().numpy(),
        "loss": value.detach().reshape(1).numpy(),
        "gradient": wide.grad.numpy(),
    }


def main():
    torch.set_num_threads(1)
    tensors = {}
    for seed, (name, (draw, loss)) in enumerate(CASES.items()):
        found = case(seed, draw, loss)
        tensors |= {f"{name}/{key}": value for key, value in found.items()}
    path = pathlib.Path(__file__).with_suffix(".safetensors")
    save(path, tensors)
    print(f"{path.name}: {len(CASES)} cases, {path.stat().st_size} bytes")


main()
