"""The measured cells, and what the report asks of them."""

import json
from dataclasses import dataclass
from statistics import median

from goals import PARTS, factor_goal
from workloads import TASKS, WORKLOADS, macs

OURS = "cnn"


@dataclass
class Cell:
    workload: str
    task: str
    batch: int
    threads: int
    peaks: dict
    """GFLOP/s of one core by level."""
    sides: dict
    command: str
    commit: str = ""
    date: str = ""
    """Of the measurement; empty in records from before they had them."""
    earlier: object = None
    """The measurement of the same cell before this one."""

    @property
    def key(self):
        return self.workload, self.task, self.batch

    def goal(self):
        """How many times as fast as the best peer it shall be; nothing if there is no goal."""
        return factor_goal(*self.key, self.threads)

    def us(self, name):
        """Median of the rounds, in microseconds per sample; nothing if the side failed."""
        rounds = self.sides.get(name, {}).get("us")
        return median(rounds) if rounds else None

    def spread(self, name):
        """The range of the rounds as a part of their median."""
        rounds = self.sides[name]["us"]
        return (max(rounds) - min(rounds)) / median(rounds)

    def measured(self):
        """Names, the fastest first."""
        return sorted((name for name in self.sides if self.us(name)), key=self.us)

    def failed(self):
        return {name: side["error"] for name, side in self.sides.items() if "error" in side}

    def best_peer(self):
        return next((name for name in self.measured() if family(name) != OURS), None)

    def factor(self, level):
        """How many times as long as ours the best peer takes: median, least, greatest by rounds."""
        ours, peer = self.sides.get(f"{OURS} {level}", {}), self.best_peer()
        if "us" not in ours or peer is None:
            return None
        pairs = zip(self.sides[peer]["us"], ours["us"])
        rounds = [theirs / mine for theirs, mine in pairs]
        return self.us(peer) / self.us(f"{OURS} {level}"), min(rounds), max(rounds)

    def share(self, name, level):
        """Of the FMA peak of the level on all threads, by dense multiply-accumulates."""
        if level not in self.peaks or name is None or not self.us(name):
            return None
        return self.peak_us(level) / self.us(name)

    def peak_us(self, level):
        operations = 2 * macs(WORKLOADS[self.workload], self.task)
        return 1e-3 * operations / (self.peaks[level] * self.threads)


def levels(cells):
    """The levels with goals that the machine has, the widest first."""
    return [level for level in PARTS if any(level in cell.peaks for cell in cells)]


def family(name):
    """Without the mode: `PyTorch eager nhwc` is of `PyTorch`."""
    return "ONNX Runtime" if name.startswith("ONNX") else name.split()[0]


def read(path):
    """The cells in the order of the workloads; of those measured twice the later."""
    cells = {}
    with open(path) as file:
        for line in file:
            cell = Cell(**json.loads(line))
            cell.earlier = cells.get((cell.key, cell.threads))
            cells[cell.key, cell.threads] = cell
    order = list(WORKLOADS)
    return sorted(
        cells.values(),
        key=lambda cell: (
            order.index(cell.workload),
            TASKS.index(cell.task),
            cell.batch,
            cell.threads,
        ),
    )
