"""Graphs with branches: some by hand, and many drawn at random.

Writes `graphs.safetensors` as every family does, and for the drawn graphs `drawn.safetensors` and
`tests/layers_graphs/drawn.rs`, the same graphs in the words of `network!`.
"""

import pathlib
import random

import torch
from torch import nn

from cases import write

DRAWN = 64
MOST_PARAMETERS = 250


class Graph(nn.Module):
    """A network under construction: the words of `network!`, and the function that they mean."""

    def __init__(self):
        super().__init__()
        self.counts = [{}]
        self.scope = []
        self.run = []

    def name(self, word, label=None):
        counts = self.counts[-1]
        counts[word] = counts.get(word, 0) + 1
        return label or f"{word}{counts[word]}"

    def add_layer(self, word, layer, label=None):
        """Registers a layer under the name that `network!` gives it."""
        place = self
        for part in self.scope:
            if part not in place._modules:
                place.add_module(part, nn.Module())
            place = place._modules[part]
        place.add_module(self.name(word, label), layer)
        return layer

    def forward(self, x):
        for step in self.run:
            x = step(x)
        return x


class Draw:
    """Draws chains: every method gives the words, the function, and the output's shape."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.graph = Graph()

    def chain(self, shape, length, keep=False, depth=0):
        words, functions = [], []
        for _ in range(length):
            word, function, shape = self.step(shape, keep, depth)
            words.append(word)
            functions.append(function)

        def run(x):
            for function in functions:
                x = function(x)
            return x

        return " -> ".join(words), run, shape

    def step(self, shape, keep, depth):
        """`keep`: the shape must stay as it is."""
        kinds = ["conv", "activation", "activation"]
        if len(shape) == 1:
            kinds = ["dense", "activation"]
        elif not keep:
            kinds += ["pool"] if min(shape[1:]) >= 4 else []
        if depth < 2:
            kinds += ["residual", "add", "multiply"]
            if not keep:
                kinds += ["concat"]
            if depth == 0:
                kinds += ["residual", "repeat"]
        return getattr(self, self.random.choice(kinds))(shape, keep, depth)

    def activation(self, shape, keep, depth):
        words = {
            "relu": nn.ReLU(),
            "tanh": nn.Tanh(),
            "sigmoid": nn.Sigmoid(),
            "leaky_relu(slope = 0.2)": nn.LeakyReLU(0.2),
        }
        word = self.random.choice(list(words))
        self.graph.name(word.split("(")[0])
        return word, words[word], shape

    def conv(self, shape, keep, depth):
        channels = shape[0] if keep else self.random.randint(1, 5)
        window = self.random.choice([1, 3])
        stride = 1 if keep or min(shape[1:]) < 4 else self.random.choice([1, 1, 2])
        padding = window // 2
        layer = nn.Conv2d(shape[0], channels, window, stride=stride, padding=padding)
        self.graph.add_layer("conv", layer)
        options = "" if stride == 1 else f", stride = {stride}"
        if padding:
            options += f", padding = {padding}"
        sides = [(side + 2 * padding - window) // stride + 1 for side in shape[1:]]
        return f"conv<{window}x{window}>({channels}{options})", layer, (channels, *sides)

    def dense(self, shape, keep, depth):
        outputs = shape[0] if keep else self.random.randint(2, 9)
        layer = self.graph.add_layer("dense", nn.Linear(shape[0], outputs))
        return f"dense({outputs})", layer, (outputs,)

    def pool(self, shape, keep, depth):
        word, layer = self.random.choice(
            [("max_pool<2x2>", nn.MaxPool2d(2)), ("avg_pool<3x3>(stride = 1)", nn.AvgPool2d(3, 1))]
        )
        self.graph.name(word.split("<")[0])
        window, stride = (2, 2) if word.startswith("max") else (3, 1)
        sides = [(side - window) // stride + 1 for side in shape[1:]]
        if window == 2 and any(side % 2 for side in shape[1:]):
            word = f"#[allow(unread_rows, unread_columns)] {word}"
        return word, layer, (shape[0], *sides)

    def residual(self, shape, keep, depth):
        word, function, inner = self.chain(shape, self.random.randint(1, 3), keep, depth + 1)
        if inner == shape and self.random.random() < 0.7:
            self.graph.name("residual")
            return f"residual({word})", lambda x: function(x) + x, shape
        if len(inner) == 1 or inner == shape:
            other, shortcut, _ = self.chain(shape, 1, True, 2) if inner == shape else self.flat(shape, inner)
        else:
            other, shortcut = self.projection(shape, inner)
        self.graph.name("residual")
        text = f"residual({word}, shortcut = {other})"
        return text, lambda x: function(x) + shortcut(x), inner

    def flat(self, shape, wanted):
        layer = nn.Linear(shape[0], wanted[0])
        self.graph.add_layer("dense", layer)
        return f"dense({wanted[0]})", layer, wanted

    def projection(self, shape, wanted):
        """A convolution whose window covers what the chain has taken off."""
        window = [a - b + 1 for a, b in zip(shape[1:], wanted[1:])]
        layer = nn.Conv2d(shape[0], wanted[0], window)
        self.graph.add_layer("conv", layer)
        return f"conv<{window[0]}x{window[1]}>({wanted[0]})", layer

    def branches(self, shape, keep, depth, count):
        drawn = []
        for _ in range(count):
            if self.random.random() < 0.3:
                drawn.append(("identity", lambda x: x, shape))
            else:
                drawn.append(self.chain(shape, self.random.randint(1, 2), keep, depth + 1))
        return drawn

    def add(self, shape, keep, depth):
        drawn = self.branches(shape, True, depth, self.random.randint(2, 3))
        self.graph.name("add")
        text = ", ".join(word for word, _, _ in drawn)
        return f"add({text})", lambda x: sum(f(x) for _, f, _ in drawn), shape

    def concat(self, shape, keep, depth):
        drawn = self.branches(shape, True, depth, self.random.randint(2, 3))
        self.graph.name("concat")
        text = ", ".join(word for word, _, _ in drawn)
        channels = len(drawn) * shape[0]
        function = lambda x: torch.cat([f(x) for _, f, _ in drawn], 1)
        return f"concat({text})", function, (channels, *shape[1:])

    def multiply(self, shape, keep, depth):
        if len(shape) == 3 and self.random.random() < 0.6:
            self.graph.name("flatten")
            elements = shape[0] * shape[1] * shape[2]
            dense = self.graph.add_layer("dense", nn.Linear(elements, shape[0]))
            self.graph.name("sigmoid")
            self.graph.name("multiply")
            text = f"multiply(identity, flatten -> dense({shape[0]}) -> sigmoid)"
            gate = lambda x: torch.sigmoid(dense(x.flatten(1)))[:, :, None, None]
            return text, lambda x: x * gate(x), shape
        (one, f, _), (other, g, _) = self.branches(shape, True, depth, 2)
        self.graph.name("multiply")
        return f"multiply({one}, {other})", lambda x: f(x) * g(x), shape

    def repeat(self, shape, keep, depth):
        graph = self.graph
        name, count = graph.name("repeat"), self.random.randint(2, 3)
        state, functions = self.random.getstate(), []
        for index in range(count):
            # Every repetition draws the same chain, with weights of its own.
            self.random.setstate(state)
            graph.scope += [name, str(index)]
            graph.counts.append({})
            word, function, _ = self.chain(shape, 2, True, 2)
            functions.append(function)
            graph.counts.pop()
            del graph.scope[-2:]

        def run(x):
            for function in functions:
                x = function(x)
            return x

        return f"repeat<{count}>({word})", run, shape

    def network(self):
        shape = (self.random.randint(1, 4), self.random.randint(4, 8), self.random.randint(4, 8))
        start, text = shape, "x".join(map(str, shape))
        word, function, shape = self.chain(shape, self.random.randint(2, 4))
        self.graph.run.append(function)
        text += f" -> {word}"
        if self.random.random() < 0.6:
            self.graph.name("flatten")
            self.graph.run.append(nn.Flatten())
            elements = shape[0] * shape[1] * shape[2]
            word, function, shape = self.dense((elements,), False, 0)
            self.graph.run.append(function)
            text += f" -> flatten -> {word}"
        return start, text, self.graph


class Labelled(nn.Module):
    """A chain that begins from a label: the sum of what comes before and after."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 3, 3)
        self.conv2 = nn.Conv2d(3, 3, 3, padding=1)
        self.conv3 = nn.Conv2d(3, 3, 1)

    def forward(self, x):
        stem = self.stem(x)
        y = torch.relu(self.conv2(torch.tanh(stem)))
        return y + self.conv3(stem) + stem


class Square(nn.Module):
    """The product of a value with itself."""

    def __init__(self):
        super().__init__()
        self.dense1 = nn.Linear(7, 5)

    def forward(self, x):
        y = self.dense1(x)
        return y * y


class Joined(nn.Module):
    """Branches of different channels side by side, on vectors."""

    def __init__(self):
        super().__init__()
        self.dense1 = nn.Linear(18, 5)
        self.dense2 = nn.Linear(18, 17)

    def forward(self, x):
        return torch.cat([torch.tanh(self.dense1(x)), x, self.dense2(x)], 1)


class Gate(nn.Module):
    """A gate of shape Cx1x1."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(17, 17, (4, 5))

    def forward(self, x):
        return torch.relu(x * torch.sigmoid(self.conv1(x)))


BY_HAND = {
    "begins_from_a_label": ((2, 7, 6), Labelled),
    "a_value_times_itself": ((7,), Square),
    "vectors_side_by_side": ((18,), Joined),
    "gate_of_one_pixel": ((17, 4, 5), Gate),
}


def drawn():
    """Small graphs with a branch, one after another as the seeds give them."""
    seed = 0
    while True:
        shape, text, graph = Draw(seed).network()
        parameters = sum(p.numel() for p in graph.parameters())
        joins = any(word in text for word in ("residual", "add", "multiply", "concat"))
        if joins and parameters <= MOST_PARAMETERS:
            yield shape, text, graph
        seed += 1


def main():
    write(__file__, BY_HAND)
    cases, lines = {}, []
    for number, (shape, text, graph) in zip(range(DRAWN), drawn()):
        name = f"drawn_{number:02}"
        cases[name] = (shape, lambda graph=graph: graph, 1 + number % 3)
        lines.append(f"    {name}: ({text});\n")
    folder = pathlib.Path(__file__).parent
    write(folder / "drawn.py", cases)
    header = (
        "//! Graphs that were drawn at random: tests/pytorch/graphs.py wrote them, and computed the"
        " numbers.\n\n"
        "crate::harness::reference::reference_cases! { \"drawn\";\n"
    )
    path = folder.with_name("layers_graphs") / "drawn.rs"
    path.write_text(header + "".join(lines) + "}\n")


main()
