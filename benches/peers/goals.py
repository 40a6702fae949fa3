"""The goals that the project has set itself, as factors to the best peer."""

# Best peer's time divided by ours, with AVX-512, on one thread and on two.
FACTORS = {
    ("lenet5", "train", 128): 4.0,
    ("lenet5", "infer", 1): 3.0,
    ("lenet5", "infer", 128): 1.8,
    ("seednet", "train", 1): 10.0,
    ("seednet", "train", 8): 10.0,
    ("seednet", "infer", 1): 1.5,
    ("dscnn", "train", 128): 2.5,
    ("dscnn", "infer", 1): 1.3,
    ("resnet8", "train", 128): 1.6,
    ("resnet8", "infer", 1): 1.2,
    ("cifar_vgg", "train", 128): 1.5,
    ("cifar_vgg", "infer", 1): 1.2,
    ("tiny", "train", 200): 10.0,
}

# Two threads are measured from this batch on.
LEAST_BATCH_ON_TWO_THREADS = 8

# On two threads training in these batches has the goal of that in a batch of 128, where there is one.
SMALL_BATCHES = (8, 16, 32)


def factor_goal(workload, task, batch, threads):
    """How many times as fast as the best peer; None if there is no goal."""
    goal = FACTORS.get((workload, task, batch))
    if goal is None and task == "train" and threads > 1 and batch in SMALL_BATCHES:
        return FACTORS.get((workload, task, 128))
    return goal


# What each level shall reach of these factors, the widest first.
PARTS = {"avx512": 1.0, "avx2": 0.8}

# Shares of the FMA peak on one thread.
SHARES = {("lenet5", "train", 128): {"avx512": 0.90, "avx2": 0.78}}

# Time of one thread divided by that of two, on each level.
SECOND_THREAD = {("lenet5", 32): 1.4, ("lenet5", 128): 1.8}
