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
    moment = write_about(scratch)
    for side in all_sides(scratch, ours):
        if side.level not in PARTS:
            continue
        with open(scratch.folder / "stderr.log", "a") as log:
            crews = Process(side, 1, log), Process(side, 2, log)
            for workload, batch in product(options.workloads, BATCHES):
                try:
                    with locked(options.lock):
                        one, two = by_turns(crews, workload, batch, side.level, options)
                except Failed as error:
                    print(f"{side.name}, {workload} {batch}: {error}", flush=True)
                    break
                words = command(options)
                record = Scaling(workload, batch, side.level, one, two, words, **moment)
                print("{} {}, {}: {:.2f}".format(*record.key, record.factor()[0]), flush=True)
                with open(scratch.scaling, "a") as file:
                    file.write(json.dumps(vars(record)) + "\n")
            for crew in crews:
                crew.stop()


def by_turns(crews, workload, batch, level, options):
    for threads, crew in enumerate(crews, 1):
        crew.ask(f"prepare {workload} train {batch} {threads} {level}")
    us = [], []
    for number in range(options.rounds):
        # Which of the two comes first changes from round to round.
        for threads in (number % 2, 1 - number % 2):
            us[threads].append(crews[threads].ask(f"measure {options.seconds}")["us"])
    return us


def read_scaling(path):
    """By workload, batch and level; of those measured twice the later."""
    if not path.exists():
        return {}
    with open(path) as file:
        found = (Scaling(**json.loads(line)) for line in file)
        return {scaling.key: scaling for scaling in found}
