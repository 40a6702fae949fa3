"""Installs the Python peers, builds the Rust peers and our process, writes graphs and workloads."""

import json
import os
import subprocess
import sys

import workloads
from places import HERE, PYTHON_PEERS, RUST_PEERS, WORKSPACE, locked


def setup(scratch, lock):
    """What fails is said and left out; the other peers can be measured all the same."""
    scratch.folder.mkdir(parents=True, exist_ok=True)
    workloads.write(scratch.workloads)
    failed = [peer for peer in PYTHON_PEERS if not attempt(peer, install, scratch, peer)]
    with locked(lock):
        graphs = HERE / "onnx_export.py"
        if not attempt("graphs", run, scratch.python("onnx"), graphs, scratch.graphs):
            failed.append("graphs")
    for peer in RUST_PEERS:
        with locked(lock):
            if not attempt(peer, build, scratch, peer):
                failed.append(peer)
    with locked(lock):
        build_ours()
    if failed:
        sys.exit(f"these peers failed, and will be missing: {', '.join(failed)}")


def attempt(name, work, *arguments):
    """Whether it worked; if not, says why."""
    print(f"== {name}", flush=True)
    try:
        work(*arguments)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{name} failed: {error}", file=sys.stderr)
        return False
    return True


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


def install(scratch, peer):
    if not scratch.python(peer).exists():
        run(sys.executable, "-m", "venv", scratch.python(peer).parent.parent)
    requirements = HERE / f"requirements-{peer}.txt"
    run(scratch.python(peer), "-m", "pip", "install", "--quiet", "-r", requirements)


def build(scratch, peer):
    settings = {"CARGO_TARGET_DIR": str(scratch.rust), "RUSTFLAGS": "-C target-cpu=native"}
    features = ["--features", "avx512"] if peer == "burn" and has_avx512() else []
    command = ["cargo", "build", "--release", *features]
    run(*command, cwd=HERE / "rust" / peer, env=os.environ | settings)


def has_avx512():
    with open("/proc/cpuinfo") as file:
        return "avx512f" in file.read()


def build_ours():
    """Builds our process as a user's release would be, and returns its path."""
    command = ["cargo", "bench", "--bench", "peers", "--no-run", "--message-format=json"]
    built = subprocess.run(command, cwd=WORKSPACE, check=True, stdout=subprocess.PIPE, text=True)
    messages = [json.loads(line) for line in built.stdout.splitlines() if line.startswith("{")]
    return next(m["executable"] for m in messages if m.get("executable"))
