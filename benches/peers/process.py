"""A side's process: pinned, asked a line, answering a line."""

import json
import os
import selectors
import subprocess


class Failed(Exception):
    """The answer is an error, or there is none."""


class Process:
    def __init__(self, side, threads, log):
        cores = "0" if threads == 1 else f"0-{threads - 1}"
        names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS", "CANDLE_NUM_THREADS")
        settings = {name: str(threads) for name in names} | side.settings
        command = [str(part).replace("{threads}", str(threads)) for part in side.command]
        self.name = side.name
        self.process = subprocess.Popen(
            ["taskset", "-c", cores, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | settings,
        )

    def ask(self, line, timeout=240):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except OSError:
            raise Failed(f"the process ended with {self.process.wait()}") from None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                self.stop()
                raise Failed(f"no answer in {timeout} s to: {line}")
        answer = self.process.stdout.readline()
        if not answer:
            raise Failed(f"the process ended with {self.process.wait()} at: {line}")
        answer = json.loads(answer)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer

    def stop(self):
        self.process.kill()
        self.process.wait()
