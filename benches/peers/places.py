"""Where things are: this folder, the workspace, and what is below the scratch folder."""

import fcntl
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKSPACE = HERE.parent.parent

PYTHON_PEERS = ("torch", "jax", "onnx")
RUST_PEERS = ("candle", "burn", "tract")


class Scratch:
    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.graphs = self.folder / "graphs"
        self.workloads = self.folder / "workloads.json"
        self.rust = self.folder / "rust"
        self.results = self.folder / "results.jsonl"
        self.scaling = self.folder / "scaling.jsonl"
        self.about = self.folder / "about.json"

    def python(self, peer):
        return self.folder / f"venv-{peer}" / "bin" / "python"

    def rust_peer(self, peer):
        return self.rust / "release" / f"peer-{peer}"


class Report:
    """Where the results of a machine are written: those of a named one beside the others."""

    def __init__(self, machine=""):
        suffix = f"-{machine}" if machine else ""
        self.text = WORKSPACE / "benches" / f"RESULTS{suffix}.md"
        self.picture = WORKSPACE / "benches" / f"peers{suffix}.svg"


@contextmanager
def locked(path):
    """Holds a lock on a file that others on the machine know, if there is one."""
    if path is None:
        yield
        return
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
