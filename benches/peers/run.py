#!/usr/bin/env python3
"""Compares `cnn` with other libraries: `run.py setup`, `measure`, `scale`, `report`.

README.md beside this file says what each does.
"""

import argparse
from pathlib import Path

from measure import measure
from places import HERE, WORKSPACE, Scratch, locked
from scaling import measure_scaling
from setup import build_ours, run, setup
from workloads import TASKS, WORKLOADS


def main():
    options = arguments().parse_args()
    scratch = Scratch(options.scratch)
    if options.command == "setup":
        setup(scratch, options.lock)
    elif options.command == "report":
        # In the environment that has matplotlib.
        run(scratch.python("onnx"), HERE / "report.py", scratch.folder, options.machine)
    else:
        with locked(options.lock):
            ours = build_ours()
        {"measure": measure, "scale": measure_scaling}[options.command](scratch, ours, options)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scratch", type=Path, default=WORKSPACE / "target" / "peers")
    parser.add_argument("--lock", type=Path, help="a file to lock during each build and each cell")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="install and build everything")
    report = commands.add_parser("report", help="write benches/RESULTS.md and benches/peers.svg")
    report.add_argument("--machine", default="", help="its name, for files of their own")
    measuring = commands.add_parser("measure", help="measure cells, all sides alternately")
    scaling = commands.add_parser("scale", help="measure one thread and two of ours alternately")
    for command in (measuring, scaling):
        command.add_argument("--workloads", type=words(WORKLOADS), default=list(WORKLOADS))
        command.add_argument("--rounds", type=int, default=5)
        command.add_argument("--seconds", type=float, default=0.5, help="of one round of one side")
    measuring.add_argument("--tasks", type=words(TASKS), default=list(TASKS))
    measuring.add_argument("--threads", type=numbers, default=[1, 2])
    measuring.add_argument("--batches", type=numbers, default=[], help="in place of the workload's")
    measuring.add_argument(
        "--peers", type=lambda text: text.split(","), default=[], help="families or names of sides"
    )
    return parser


def words(known):
    def parse(text):
        unknown = set(text.split(",")) - set(known)
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
        return text.split(",")

    return parse


def numbers(text):
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    main()
