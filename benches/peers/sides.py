"""The sides of the comparison: which process is started for each."""

from dataclasses import dataclass, field
from itertools import product

from places import HERE

TRAIN, INFER = ("train",), ("infer",)
BOTH = TRAIN + INFER

# glibc keeps freed memory instead of returning it, which saves page faults on large activations.
KEEP_MEMORY = {
    "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=4294967295"
    ":glibc.malloc.trim_threshold=17179869184:glibc.malloc.top_pad=268435456"
}


@dataclass
class Side:
    family: str
    mode: str
    command: list
    """`{threads}` stands for their number."""
    tasks: tuple = BOTH
    settings: dict = field(default_factory=dict)
    level: str = "any"

    @property
    def name(self):
        return f"{self.family} {self.mode}".strip()


def all_sides(scratch, ours):
    sides = [Side("cnn", level, [ours], level=level) for level in ("avx512", "avx2", "portable")]
    return sides + torch(scratch) + others(scratch)


def torch(scratch):
    server = [scratch.python("torch"), HERE / "torch_server.py"]
    cache = {"TORCHINDUCTOR_CACHE_DIR": str(scratch.folder / "inductor")}
    sides = []
    for mode, layout in product(("eager", "compile"), ("nchw", "nhwc")):
        command = [*server, mode, layout, "{threads}"]
        for name, memory in ((f"{mode} {layout}", {}), (f"{mode} {layout} keep", KEEP_MEMORY)):
            sides.append(Side("PyTorch", name, command, settings=cache | memory))
    return sides


def others(scratch):
    jax = [scratch.python("jax"), HERE / "jax_server.py"]
    onnx = [scratch.python("onnx"), HERE / "onnx_server.py"]
    rust = scratch.rust_peer
    return [
        Side("JAX", "nhwc", [*jax, "nhwc", "{threads}"]),
        Side("JAX", "nchw", [*jax, "nchw", "{threads}"]),
        Side("ONNX Runtime", "", [*onnx, "onnxruntime", scratch.graphs], INFER),
        Side("OpenVINO", "", [*onnx, "openvino", scratch.graphs], INFER),
        Side("candle", "", [rust("candle"), scratch.workloads]),
        Side("burn", "", [rust("burn"), scratch.workloads]),
        Side("tract", "", [rust("tract"), scratch.graphs], INFER),
    ]


def chosen(sides, names):
    """Those of which a family or a name is asked for; all without names. Ours is always there."""
    if not names:
        return sides
    wanted = {name.lower() for name in names}
    return [
        side
        for side in sides
        if side.family == "cnn" or wanted & {side.family.lower(), side.name.lower()}
    ]
