"""How much a second thread gains: our training steps with one thread and with two, by turns."""

import json
from dataclasses import dataclass
from itertools import product
from statistics import median

from goals import PARTS, SECOND_THREAD
from measure import command, write_about
from places import locked
from process import Failed, Process
from sides import all_sides

BATCHES = (8, 16, 32, 64, 128)


@dataclass
class Scaling:
    """The rounds of a batch with one thread and with two, in microseconds per sample."""

    workload: str
    batch: int
    level: str
    one: list
    two: list
    command: str
    commit: str
    date: str

    @property
    def key(self):
        return self.workload, self.batch, self.level

    def factor(self):
        """How many times as long one thread takes: median, least, greatest by rounds."""
        rounds = [one / two for one, two in zip(self.one, self.two)]
        return median(rounds), min(rounds), max(rounds)

    def goal(self):
        """The same on every level."""
        return SECOND_THREAD.get((self.workload, self.batch))


def measure_scaling(scratch, ours, options):
    """Every round goes through all batches, so that a slow minute of the machine meets each in one round."""
    moment = write_about(scratch) | {"command": command(options)}
    for side in all_sides(scratch, ours):
        if side.level not in PARTS:
            continue
        found = {cell: ([], []) for cell in product(options.workloads, BATCHES)}
        with open(scratch.folder / "stderr.log", "a") as log:
            crews = Process(side, 1, log), Process(side, 2, log)
            try:
                for number, (cell, us) in product(range(options.rounds), found.items()):
                    with locked(options.lock):
                        measure_round(crews, (*cell, side.level), number, options.seconds, us)
            except Failed as error:
                print(f"{side.name}: {error}", flush=True)
                continue
            finally:
                for crew in crews:
                    crew.stop()
        with open(scratch.scaling, "a") as file:
            for (workload, batch), (one, two) in found.items():
                record = Scaling(workload, batch, side.level, one, two, **moment)
                print("{} {}, {}: {:.2f}".format(*record.key, record.factor()[0]), flush=True)
                file.write(json.dumps(vars(record)) + "\n")


def measure_round(crews, cell, number, seconds, us):
    workload, batch, level = cell
    # Which of the two comes first changes from round to round.
    for index in (number % 2, 1 - number % 2):
        crews[index].ask(f"prepare {workload} train {batch} {index + 1} {level}")
        us[index].append(crews[index].ask(f"measure {seconds}")["us"])


def read_scaling(path):
    """By workload, batch and level; of those measured twice the later."""
    if not path.exists():
        return {}
    with open(path) as file:
        found = (Scaling(**json.loads(line)) for line in file)
        return {scaling.key: scaling for scaling in found}
