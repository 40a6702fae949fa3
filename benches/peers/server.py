"""The loop of a peer's process: commands from standard input, answers in JSON on standard output.

The timing is that of `rust/server.rs`, line by line.
"""

import json
import math
import os
import sys
import time

# A chunk is long beside the resolution of the clock; calls before the measurement make caches and
# branch predictors know the work again; what chunks leave of the time is for single calls.
CHUNK = 0.010
WARM = 0.030
CHUNKS_PART = 0.75


def times(work, seconds, batch):
    """Repeats `work` for about so long, but at least twice: microseconds per sample."""

    def call(count):
        start = time.perf_counter()
        for _ in range(count):
            work()
        return (time.perf_counter() - start) / count

    start = time.perf_counter()
    fastest = call(1)
    while time.perf_counter() - start < WARM:
        fastest = min(fastest, call(1))
    count = math.ceil(CHUNK / fastest)
    start = time.perf_counter()
    chunks = [call(count)]
    while time.perf_counter() - start < CHUNKS_PART * seconds:
        chunks.append(call(count))
    calls = []
    while time.perf_counter() - start < seconds:
        calls.append(call(1))
    chunks.sort()
    calls.sort()
    slow = calls[len(calls) * 99 // 100] if calls else chunks[-1]
    us = 1e6 / batch
    return {"us": us * chunks[len(chunks) // 2], "least": us * chunks[0], "p99": us * slow}


def serve(prepare):
    """`prepare(workload, task, batch, threads)` returns the work to repeat.

    Whatever a library prints goes to standard error.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    work, batch = None, 0
    for line in sys.stdin:
        try:
            command, *words = line.split()
            if command == "prepare":
                work, batch = None, int(words[2])
                work = prepare(words[0], words[1], batch, int(words[3]))
                # The first calls compile.
                work()
                work()
                answer = {"ok": True, **times(work, 0, batch)}
            elif command == "measure":
                answer = times(work, float(words[0]), batch)
            else:
                answer = {"error": f"unknown command: {command}"}
        except Exception as error:  # What fails is a result too.
            reason = (str(error).strip().splitlines() or [""])[0]
            answer = {"error": f"{type(error).__name__}: {reason}"[:300]}
        print(json.dumps(answer), file=answers, flush=True)
