"""The picture of the report: bars per workload and task on one thread, sides beside each other."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

from results import OURS, family, levels

# Text stays text, and the same cells give the same file.
plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "peers"})

COLOURS = {
    "cnn avx512": "#b2182b",
    "cnn avx2": "#ef8a62",
    "PyTorch": "#ee9b00",
    "JAX": "#5e9b3b",
    "ONNX Runtime": "#2166ac",
    "OpenVINO": "#67a9cf",
    "candle": "#8c6bb1",
    "burn": "#878787",
    "tract": "#bdbdbd",
}
WIDTH = 0.8 / len(COLOURS)
NAMES = {"avx512": "AVX-512", "avx2": "AVX2"}


def draw(cells, path):
    widest = levels(cells)[0]
    figure, panels = plt.subplots(2, 1, figsize=(13, 9), layout="constrained")
    for panel, (task, name) in zip(panels, (("train", "Training step"), ("infer", "Inference"))):
        chosen = [cell for cell in cells if cell.task == task and cell.threads == 1]
        chosen = [cell for cell in chosen if cell.best_peer()]
        for place, cell in enumerate(chosen):
            group(panel, place, cell, widest)
        panel.set_title(f"{name} on one thread; numbers are microseconds per sample")
        panel.set_ylabel("time, best peer = 1")
        panel.set_yscale("log")
        panel.axhline(1, color="black", linewidth=0.6)
        labels = [f"{cell.workload}\nbatch {cell.batch}" for cell in chosen]
        panel.set_xticks(range(len(chosen)), labels)
        panel.margins(x=0.02, y=0.15)
        panel.spines[["top", "right"]].set_visible(False)
    shown = [label for label in COLOURS if any(fastest(cell, label) for cell in cells)]
    bars = [plt.Rectangle((0, 0), 1, 1, color=COLOURS[label]) for label in shown]
    line = plt.Line2D([], [], color="black", linestyle=":", linewidth=1.6)
    names = [*shown, f"dense work at the FMA peak ({NAMES[widest]})"]
    figure.legend([*bars, line], names, loc="outside lower center", ncols=5, frameon=False)
    figure.savefig(path, metadata={"Date": None})


def group(panel, place, cell, level):
    """The fastest mode of every family, and the time that the dense work takes at the peak."""
    unit = cell.us(cell.best_peer())
    bars = [(fastest(cell, label), colour) for label, colour in COLOURS.items()]
    bars = [(us, colour) for us, colour in bars if us]
    for number, (us, colour) in enumerate(bars):
        x = place + (number - (len(bars) - 1) / 2) * WIDTH
        panel.bar(x, us / unit, WIDTH, color=colour)
        text = f" {us:.3g}" if us < 1000 else f" {us:.0f}"
        panel.text(x, us / unit, text, rotation=90, ha="center", va="bottom", fontsize=6.5)
    if level in cell.peaks:
        peak = cell.peak_us(level) / unit
        half = (len(bars) + 1) / 2 * WIDTH
        ends = (place - half, place + half)
        panel.plot(ends, (peak, peak), color="black", linestyle=":", linewidth=1.6)


def fastest(cell, label):
    if label.startswith(OURS):
        return cell.us(label)
    return next((cell.us(name) for name in cell.measured() if family(name) == label), None)
