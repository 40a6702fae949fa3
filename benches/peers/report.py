"""Writes `benches/RESULTS.md` and `benches/peers.svg`: `report.py <scratch folder> [machine]`."""

import json
import math
import re
import sys
from statistics import median

from goals import PARTS, SHARES, SMALL_BATCHES, factor_goal
from measure import cells_of
from picture import draw
from places import Report, Scratch
from results import OURS, levels, read
from scaling import BATCHES, read_scaling
from workloads import TASKS, WORKLOADS

INTRODUCTION = """# `cnn` beside other libraries

Written by `benches/peers/run.py report`; [benches/peers/README.md](peers/README.md) says how to repeat
it and what is timed. All times are microseconds per sample, medians of rounds in which all sides of a
cell take turns; the spread is the range of the rounds in per cent of the median. A factor is the time
of the best peer divided by ours, its range that of the rounds; a goal is met or missed "barely" where
the rounds lie on both sides of it. A share of the FMA peak counts 2 operations for each dense
multiply-accumulate, against the peak of the level measured in the same minute; more than 100 % means
that work was saved.

![Time per sample relative to the best peer]({picture})
"""


def main():
    scratch, report = Scratch(sys.argv[1]), Report(*sys.argv[2:])
    cells = read(scratch.results)
    about = json.loads(scratch.about.read_text())
    introduction = INTRODUCTION.format(picture=report.picture.name)
    parts = [introduction, goals(cells), repeated(cells), shares(cells)]
    parts += [second_thread(read_scaling(scratch.scaling), levels(cells)), machine(cells, about)]
    parts += [workload(name, cells) for name in WORKLOADS]
    parts += [failures(cells), missing(cells), versions(about)]
    report.text.write_text("\n".join(parts))
    draw(cells, report.picture)


def table(head, rows):
    """The first column is text, the others are numbers."""
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def title(cell):
    return f"{cell.workload} {cell.task}, batch {cell.batch}, {threads(cell.threads)}"


def threads(count):
    return "1 thread" if count == 1 else f"{count} threads"


def met(is_met):
    return "met" if is_met else "**missed**"


def hundredths(value):
    """Rounded down, so that what misses a goal does not look like it."""
    return f"{math.floor(100 * value) / 100:.2f}"


def digits(us):
    """Hundredths, and three digits of what is shorter."""
    return f"{us:.2f}" if us >= 1 else f"{us:.3g}"


def goals(cells):
    rows, offered = [], levels(cells)
    for cell in cells:
        goal, peer = cell.goal(), cell.best_peer()
        if goal and peer:
            row = [title(cell), f"{peer}: {cell.us(peer):.1f}"]
            for level in offered:
                row += factor(cell, level, goal * PARTS[level])
            rows.append(row)
    columns = (name for level in offered for name in (level, "factor", "goal", ""))
    head = ["workload", "best peer", *columns]
    return "## Goals\n\n" + table(head, rows)


def factor(cell, level, goal):
    found = cell.factor(level)
    if found is None:
        return ["-", "-", f"{goal:.2f}", "**not offered**"]
    ours = cell.us(f"{OURS} {level}")
    return [digits(ours), with_range(found), f"{goal:.2f}", verdict(found, goal)]


def with_range(found):
    return "{} ({}–{})".format(*map(hundredths, found))


def verdict(found, goal):
    value, least, greatest = found
    return met(value >= goal) + (", barely" if least < goal <= greatest else "")


def repeated(cells):
    """The factors of goals that were measured before, so that nothing is chosen unseen."""
    rows, widest = [], levels(cells)[0]
    for cell in cells:
        runs = []
        earlier = cell.earlier if cell.goal() else None
        while earlier is not None:
            found = earlier.factor(widest)
            runs.append(f"{hundredths(found[0])} to {earlier.best_peer()}" if found else "-")
            earlier = earlier.earlier
        if runs:
            rows.append([title(cell), "; ".join(runs)])
    head = ["measured before, also at earlier commits", f"factor of {widest}, the latest first"]
    return table(head, rows) if rows else ""


def shares(cells):
    rows, offered = [], levels(cells)
    for cell in cells:
        peer = cell.best_peer()
        theirs = cell.share(peer, offered[0])
        row = [title(cell), *(share(cell, level) for level in offered)]
        rows.append([*row, f"{100 * theirs:.1f} % ({peer})" if theirs else "-"])
    head = ["workload", *(f"{OURS}, of {level}" for level in offered)]
    head.append(f"best peer, of {offered[0]}")
    return "## Share of the FMA peak\n\n" + table(head, rows)


def share(cell, level):
    part = cell.share(f"{OURS} {level}", level)
    if part is None:
        return "-"
    text = f"{100 * part:.1f} %"
    goal = SHARES.get(cell.key, {}).get(level)
    if goal is None or cell.threads > 1:
        return text
    return f"{text}, goal {100 * goal:.0f} %: {met(part >= goal)}"


def second_thread(scalings, offered):
    """How many times as fast two threads are."""
    if not scalings:
        return "## A second thread\n\nNot measured.\n"
    rows = []
    for workload in WORKLOADS:
        for level in offered:
            found = [scalings.get((workload, batch, level)) for batch in BATCHES]
            if any(found):
                rows.append([f"{workload} train, {level}", *map(gained, found)])
    moments = dict.fromkeys(
        f"`{found.command}`; {found.date}, commit {found.commit}" for found in scalings.values()
    )
    text = (
        "Training steps of one thread and of two take turns: the time of one thread divided by that of\n"
        "two, median and range of rounds that are minutes apart. A batch is cut into blocks of sixteen\n"
        "samples (of eight where it has at most eight, or sixteen on AVX2 and on Zen 4; of one for `seednet`), of\n"
        "which a thread computes whole ones. Of a single one a second thread computes gradients by weights.\n\n"
        f"{'; '.join(moments)}.\n\n"
    )
    head = ["", *(f"batch {batch}" for batch in BATCHES)]
    return "## A second thread\n\n" + text + table(head, rows)


def gained(scaling):
    if scaling is None:
        return "-"
    found, goal = scaling.factor(), scaling.goal()
    text = with_range(found)
    return text if goal is None else f"{text}, goal {goal}: {verdict(found, goal)}"


def machine(cells, about):
    facts = dict(re.findall(r"^([\w() ]+):\s+(.*)$", about["cpu"], re.MULTILINE))
    rows = []
    for level in (*levels(cells), "portable"):
        peaks = [cell.peaks[level] for cell in cells if level in cell.peaks]
        numbers = median(peaks), min(peaks), max(peaks)
        rows.append([level, *(f"{number:.1f}" for number in numbers)])
    names = ("Model name", "CPU family", "Model", "CPU(s)")
    cpu = "{}, family {}, model {}; {} cores".format(*(facts.get(name) for name in names))
    measured = dict.fromkeys(cell.command for cell in cells)
    commands = ["benches/peers/run.py setup", *measured, "benches/peers/run.py report"]
    last = about["date"], about["commit"]
    moments = dict.fromkeys((cell.date, cell.commit) if cell.commit else last for cell in cells)
    lines = [
        *(f"- {date}, commit {commit}" for date, commit in moments),
        f"- {cpu}; {about['system']}",
        f"- {about['rustc']}; Python {about['python']}",
        "- commands:",
        *(f"  - `{command}`" for command in commands),
    ]
    head = ["FMA peak of one core, GFLOP/s", "median of cells", "least", "greatest"]
    return "## Machine\n\n" + "\n".join(lines) + "\n\n" + table(head, rows)


def workload(name, cells):
    parts = [f"## {name}\n"]
    for cell in cells:
        if cell.workload == name:
            what = "Training step" if cell.task == "train" else "Inference"
            parts += [f"{what}, batch {cell.batch}, {threads(cell.threads)}:\n", times(cell)]
    return "\n".join(parts)


def times(cell):
    best = cell.us(cell.best_peer()) if cell.best_peer() else None
    rows = []
    for name in cell.measured():
        us, side = cell.us(name), cell.sides[name]
        count = len(side["us"])
        spread = f"{100 * cell.spread(name):.0f} %" if count > 1 else "one round"
        bold = "**" if name.startswith(OURS) else ""
        # Elsewhere a round has too few calls for a hundredth of them.
        p99 = digits(median(side["p99"])) if cell.task == "infer" and cell.batch == 1 else "–"
        ratio = f"{us / best:.2f}" if best else "-"
        numbers = [digits(us), spread, digits(min(side["least"])), p99, ratio]
        rows.append([f"{bold}{name}{bold}", *numbers])
    return table(["", "median", "spread", "least", "p99 of calls", "to the best peer"], rows)


def failures(cells):
    places = {}
    for cell in cells:
        for name, error in cell.failed().items():
            places.setdefault((name, error), []).append(title(cell))
    names = {}
    for (name, error), where in places.items():
        names.setdefault((error, "; ".join(where)), []).append(name)
    lines = [f"- {', '.join(who)}: {error} ({where})" for (error, where), who in names.items()]
    return "## What failed or is not offered\n\n" + ("\n".join(lines) or "Nothing.") + "\n"


def missing(cells):
    """What a whole measurement has and this one has not."""
    measured = {(*cell.key, cell.threads) for cell in cells}
    every = [tuple(cell.values()) for count in (1, 2) for cell in cells_of(WORKLOADS, TASKS, count)]
    small = cells_of(WORKLOADS, ["train"], 2, SMALL_BATCHES)
    every += [key for key in (tuple(cell.values()) for cell in small) if factor_goal(*key)]
    every = dict.fromkeys(every)
    lines = [
        f"- {name} {task}, batch {batch}, {threads(count)}"
        for name, task, batch, count in every
        if (name, task, batch, count) not in measured
    ]
    return "## What was not measured\n\n" + ("\n".join(lines) or "Nothing.") + "\n"


def versions(about):
    lists = [*about["packages"].values(), *about["crates"].values()]
    lines = [f"- {', '.join(names)}" for names in lists]
    return "## Versions\n\n" + "\n".join(lines) + "\n"


main()
