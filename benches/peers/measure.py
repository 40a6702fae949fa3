"""Measures cells, all sides of a cell alternately, and appends each cell to the results."""

import json
import platform
import statistics
import subprocess
import tomllib
from datetime import date

from goals import LEAST_BATCH_ON_TWO_THREADS
from places import HERE, PYTHON_PEERS, RUST_PEERS, locked
from process import Failed, Process
from sides import all_sides, chosen
from workloads import WORKLOADS

# A peer that is so many times slower than the fastest has one round only: no goal depends on it.
FAR_BEHIND = 4


def measure(scratch, ours, options):
    moment = write_about(scratch)
    sides = chosen(all_sides(scratch, ours), options.peers)
    for threads in options.threads:
        crew = Crew(sides, threads, scratch)
        for cell in cells_of(options.workloads, options.tasks, threads, options.batches):
            with locked(options.lock):
                record = crew.measure(cell, options)
            with open(scratch.results, "a") as file:
                file.write(json.dumps(record | moment) + "\n")
        crew.stop()


def cells_of(workloads, tasks, threads, batches=()):
    """Of the batches that are asked for, or of each workload's own."""
    for workload in workloads:
        for task in tasks:
            for batch in batches or WORKLOADS[workload].batches(task):
                if threads == 1 or batch >= LEAST_BATCH_ON_TWO_THREADS:
                    cell = {"workload": workload, "task": task, "batch": batch}
                    yield cell | {"threads": threads}


class Crew:
    """The processes for one number of threads, started when they are first asked."""

    def __init__(self, sides, threads, scratch):
        self.sides, self.threads = sides, threads
        self.processes = {}
        self.log = open(scratch.folder / "stderr.log", "a")

    def process(self, side):
        running = self.processes.get(side.name)
        if running is None or running.process.poll() is not None:
            running = self.processes[side.name] = Process(side, self.threads, self.log)
        return running

    def stop(self):
        for process in self.processes.values():
            process.stop()
        self.log.close()

    def measure(self, cell, options):
        print("{workload} {task} {batch}, threads: {threads}".format(**cell), flush=True)
        takes = WORKLOADS[cell["workload"]].takes
        sides = [side for side in self.sides if cell["task"] in side.tasks and takes(side.family)]
        peaks, results = {}, {}
        for side in sides:
            results[side.name] = {"us": [], "least": [], "p99": []}
            try:
                if side.family == "cnn":
                    peaks[side.level] = self.process(side).ask(f"peak {side.level}")["gflops"]
                self.prepare(side, cell)
            except (Failed, OSError) as error:
                results[side.name] = {"error": str(error)}
        for number in range(options.rounds):
            start = number % len(sides)
            for side in sides[start:] + sides[:start]:
                if "error" not in results[side.name]:
                    self.round(side, options.seconds, results)
            if number == 0:
                sides = without_far_behind(sides, results)
        show(results)
        return cell | {"peaks": peaks, "sides": results, "command": command(options)}

    def prepare(self, side, cell):
        words = "{workload} {task} {batch} {threads}".format(**cell)
        self.process(side).ask(f"prepare {words} {side.level}")

    def round(self, side, seconds, results):
        try:
            answer = self.process(side).ask(f"measure {seconds}")
            for key, values in results[side.name].items():
                values.append(answer[key])
        except Failed as error:
            results[side.name] = {"error": str(error)}


def without_far_behind(sides, results):
    us = {side.name: median(results[side.name]) for side in sides}
    rivals = [us[side.name] for side in sides if side.family != "cnn"]
    far = FAR_BEHIND * min(rivals, default=0)
    return [side for side in sides if side.family == "cnn" or us[side.name] <= far]


def command(options):
    """What repeats this measurement, without the places of this machine."""
    words = ["benches/peers/run.py", options.command]
    for name in ("workloads", "tasks", "threads", "batches"):
        if values := getattr(options, name, None):
            words += [f"--{name}", ",".join(map(str, values))]
    words += ["--rounds", str(options.rounds), "--seconds", str(options.seconds)]
    peers = getattr(options, "peers", None)
    return " ".join(words + (["--peers", f"'{','.join(peers)}'"] if peers else []))


def show(results):
    for name, result in sorted(results.items(), key=lambda item: median(item[1])):
        text = result.get("error") or f"{median(result):.2f} us"
        print(f"    {name:<28} {text}", flush=True)


def median(result):
    return statistics.median(result.get("us") or [float("inf")])


def write_about(scratch):
    """Writes what the report says of the machine and of versions; returns when and of what it is."""
    about = {
        "date": str(date.today()),
        "commit": output("git", "describe", "--always", "--dirty"),
        "cpu": output("lscpu"),
        "system": " ".join([platform.system(), platform.machine(), *platform.libc_ver()]),
        "rustc": output("rustc", "--version"),
        "python": platform.python_version(),
        "packages": {peer: packages(scratch, peer) for peer in PYTHON_PEERS},
        "crates": {peer: crates(peer) for peer in RUST_PEERS},
    }
    scratch.about.write_text(json.dumps(about, indent=1))
    return {key: about[key] for key in ("commit", "date")}


def packages(scratch, peer):
    """What is installed of that which the peer's requirements name."""
    required = (HERE / f"requirements-{peer}.txt").read_text().splitlines()
    names = tuple(line.split("==")[0] + "==" for line in required)
    installed = output(scratch.python(peer), "-m", "pip", "freeze").splitlines()
    return [line.replace("==", " ") for line in installed if line.startswith(names)]


def crates(peer):
    with open(HERE / "rust" / peer / "Cargo.toml", "rb") as file:
        dependencies = tomllib.load(file)["dependencies"]
    versions = {
        name: d["version"] if isinstance(d, dict) else d for name, d in dependencies.items()
    }
    exact = {name: version for name, version in versions.items() if version.startswith("=")}
    return [f"{name} {version.removeprefix('=')}" for name, version in exact.items()]


def output(*command):
    try:
        return subprocess.run(
            [str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        return f"unknown ({error})"
