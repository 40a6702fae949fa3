"""JAX: `jax_server.py <nhwc|nchw> <threads>`, everything under `jit`.

XLA makes as many threads as the process may use processors. Max pooling is a reshape and a maximum
in NHWC, where that is faster than `reduce_window`, and `reduce_window` in NCHW.
"""

import os
import sys
from functools import partial

# Read by JAX when it is imported.
LAYOUT, THREADS = sys.argv[1:]
if THREADS == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from server import serve
from workloads import WORKLOADS

NHWC = LAYOUT == "nhwc"
SPACE = (1, 2) if NHWC else (2, 3)
DIMENSIONS = ("NHWC", "HWIO", "NHWC") if NHWC else ("NCHW", "OIHW", "NCHW")
random = np.random.default_rng(0)


def uniform(shape, fan_in):
    return random.uniform(-(fan_in**-0.5), fan_in**-0.5, shape).astype(np.float32)


def initial(layers):
    """Parameters and running statistics, a pair for each layer."""
    pairs = [initial_of(layer) for layer in layers]
    return [parameters for parameters, _ in pairs], [statistics for _, statistics in pairs]


def initial_of(layer):
    op = layer["op"]
    if op == "conv":
        inputs = layer["inputs"] // layer["groups"]
        fan_in = inputs * layer["kernel"][0] * layer["kernel"][1]
        shape = (*layer["kernel"], inputs, layer["outputs"])
        shape = shape if NHWC else (layer["outputs"], inputs, *layer["kernel"])
        return (uniform(shape, fan_in), uniform((layer["outputs"],), fan_in)), ()
    if op == "dense":
        inputs, outputs = layer["inputs"], layer["outputs"]
        return (uniform((inputs, outputs), inputs), uniform((outputs,), inputs)), ()
    if op == "batch_norm":
        ones, zeros = (f(layer["channels"], np.float32) for f in (np.ones, np.zeros))
        return (ones, zeros), (zeros, ones)
    if op == "residual":
        main, shortcut = initial(layer["main"]), initial(layer["shortcut"])
        return (main[0], shortcut[0]), (main[1], shortcut[1])
    return (), ()


def per_channel(values):
    return values if NHWC else values[:, None, None]


def conv(layer, weight, bias, x):
    y = lax.conv_general_dilated(
        x,
        weight,
        layer["stride"],
        layer["padding"],
        dimension_numbers=DIMENSIONS,
        feature_group_count=layer["groups"],
    )
    return y + per_channel(bias)


def batch_norm(scale, shift, statistics, x, training):
    mean, variance = statistics
    if training:
        axes = (0, *SPACE)
        mean, variance = x.mean(axes), x.var(axes)
        pairs = zip(statistics, (mean, variance))
        statistics = tuple(0.9 * old + 0.1 * new for old, new in pairs)
    factor = scale * lax.rsqrt(variance + 1e-5)
    return x * per_channel(factor) + per_channel(shift - mean * factor), statistics


def max_pool(x):
    if NHWC:
        n, h, w, c = x.shape
        return x.reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))
    window = (1, 1, 2, 2)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


def apply(layers, parameters, statistics, x, training):
    """The output, and the new running statistics."""
    updated = []
    for layer, p, s in zip(layers, parameters, statistics):
        op = layer["op"]
        if op == "conv":
            x = conv(layer, *p, x)
        elif op == "batch_norm":
            x, s = batch_norm(*p, s, x, training)
        elif op == "relu":
            x = jax.nn.relu(x)
        elif op == "tanh":
            x = jnp.tanh(x)
        elif op == "max_pool":
            x = max_pool(x)
        elif op == "flatten":
            x = x.reshape(x.shape[0], -1)
        elif op == "global_average":
            x = x.mean(SPACE)
        elif op == "dense":
            x = x @ p[0] + p[1]
        elif op == "residual":
            main, s0 = apply(layer["main"], p[0], s[0], x, training)
            shortcut, s1 = apply(layer["shortcut"], p[1], s[1], x, training)
            x, s = jax.nn.relu(main + shortcut), (s0, s1)
        updated.append(s)
    return x, updated


def loss(output, target):
    if output.ndim == 4:
        return jnp.mean((output - target) ** 2)
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(output), target[:, None], 1))


def prepare(name, task, batch, threads):
    workload = WORKLOADS[name]
    c, h, w = workload.input
    shape = (batch, h, w, c) if NHWC else (batch, c, h, w)
    x = jnp.asarray(random.standard_normal(shape, dtype=np.float32))
    state = jax.tree.map(jnp.asarray, initial(workload.layers))
    if task == "train":
        classes = workload.classes
        target = random.integers(0, classes, batch) if classes else random.random(shape, np.float32)
        return training(workload.layers, state, x, jnp.asarray(target))
    # Weights are constants of the compiled function.
    infer = jax.jit(lambda x: apply(workload.layers, *state, x, False)[0])
    return lambda: infer(x).block_until_ready()


def training(layers, state, x, target):
    @partial(jax.jit, donate_argnums=(0, 1))
    def step(parameters, statistics, x, target):
        def forward(parameters):
            output, updated = apply(layers, parameters, statistics, x, True)
            return loss(output, target), updated

        (value, updated), gradients = jax.value_and_grad(forward, has_aux=True)(parameters)
        parameters = jax.tree.map(lambda p, d: p - 1e-4 * d, parameters, gradients)
        return parameters, updated, value

    def run():
        nonlocal state
        *state, value = step(*state, x, target)
        value.block_until_ready()

    return run


serve(prepare)
