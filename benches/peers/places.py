"""Where things are: this folder, the workspace, and what is below the scratch folder."""

import fcntl
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORKSPACE = HERE.parent.parent
RESULTS = WORKSPACE / "benches" / "RESULTS.md"
PICTURE = WORKSPACE / "benches" / "peers.svg"

PYTHON_PEERS = ("torch", "jax", "onnx")
RUST_PEERS = ("candle", "burn", "tract")


class Scratch:
    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.graphs = self.folder / "graphs"
        self.workloads = self.folder / "workloads.json"
        self.rust = self.folder / "rust"
        self.results = self.folder / "results.jsonl"
        self.about = self.folder / "about.json"

    def python(self, peer):
        return self.folder / f"venv-{peer}" / "bin" / "python"

    def rust_peer(self, peer):
        return self.rust / "release" / f"peer-{peer}"


@contextmanager
def locked(path):
    """Holds a lock on a file that others on the machine know, if there is one."""
    if path is None:
        yield
        return
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
