"""Lesson 14: the gradients of swish and of a leaky layer, and two more broken programs.

The solved file. Try the exercises first, and read the messages of `minigrad check 14`.
"""

from functools import partial

import numpy as np

import minigrad as mg
from minigrad import data, nn, optim
from minigrad.domain import Case

SLOPE = 0.1
"""Slope of the leaky ReLU for negative numbers."""


def sigmoid(x):
    """1 / (1 + e^-x), element by element."""
    return 1 / (1 + np.exp(-x))


def swish(x):
    """x times sigmoid(x), element by element: x -> the shape of x."""
    return x * sigmoid(x)


def swish_backward(g, x):
    """The gradient of x: g, x of one shape -> that shape."""
    s = sigmoid(x)
    return g * (s + x * s * (1 - s))


def leaky_layer(x, w, b):
    """A layer with a leaky ReLU: x (N, D), w (D, H), b (H,) -> (N, H)."""
    z = x @ w + b
    return np.where(z > 0, z, SLOPE * z)


def leaky_layer_backward(g, x, w, b):
    """The gradients of x, w and b: g (N, H) -> (N, D), (D, H), (H,)."""
    gz = np.where(x @ w + b > 0, g, SLOPE * g)
    return gz @ w.T, x.T @ gz, gz.sum(axis=0)


# The inputs for the check. Do not change these functions.


def swish_cases(draw):
    return Case((draw.generator().uniform(-3, 3, (draw.integer(2, 4), 5)),))


def leaky_layer_cases(draw):
    n, h, rng = draw.integer(5, 6), draw.integer(2, 3), draw.generator()
    return Case((rng.normal(size=(n, 4)), rng.normal(size=(4, h)), rng.normal(size=h)))


# ---- exercises 2 and 3 ----


def glyphs(count):
    """The first images, as rows of 784 numbers, and their labels."""
    training, _ = data.load("glyphs")
    return training.inputs[:count].reshape(count, 784), training.targets[:count]


def network(activation, init=nn.init.kaiming_normal):
    """The network of the lesson. `activation` is the module after the second layer."""
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(784, 64, rng=rng),
        nn.ReLU(),
        nn.Linear(64, 32, rng=rng, init=init),
        activation,
        nn.Linear(32, 10, rng=rng),
    )


def train(model, images, labels, updates=200):
    """The loss of each update."""
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    rng, losses = np.random.default_rng(1), []
    for _ in range(updates):
        batch = rng.integers(0, len(images), 50)
        optimizer.zero_grad()
        cost = mg.cross_entropy(model(mg.Tensor(images[batch])), labels[batch])
        cost.backward()
        optimizer.step()
        losses.append(cost.item())
    return losses


def exercise_2():
    """Shuffle the labels, but not the images, and train.

    How does the loss change? Can the network memorise ten images? Which of the five points at the end of the
    lesson finds the mistake?
    """
    images, labels = glyphs(600)
    shuffled = np.random.default_rng(2).permutation(labels)
    correct = np.mean(train(network(nn.ReLU()), images, labels)[-50:])
    wrong = np.mean(train(network(nn.ReLU()), images, shuffled)[-50:])
    ten = train(network(nn.ReLU()), images[:10], shuffled[:10], updates=300)[-1]
    assert correct + 0.4 < wrong < 2.2
    assert ten < 0.05
    print(
        "The loss falls, but much more slowly than with the correct labels: the network memorises"
    )
    print(
        "wrong labels. It also memorises ten images, and the initial loss is correct. The graph, the"
    )
    print(
        "gradients and the checks show no mistake. Only a look at images with their labels finds it."
    )


def exercise_3():
    """Give the second layer of the third program a leaky ReLU, with the same negative weights.

    Does it train? Which parameters have a gradient other than 0 now?
    """
    images, labels = glyphs(600)
    negative = partial(nn.init.uniform, low=-0.3, high=0.0)
    model = network(nn.LeakyReLU(), init=negative)
    assert np.mean(train(model, images, labels)[-50:]) > 2.1
    model = network(nn.LeakyReLU(), init=negative)
    mg.cross_entropy(model(mg.Tensor(images[:50])), labels[:50]).backward()
    sizes = {name: np.sqrt(np.mean(p.grad.data**2)) for name, p in model.named_parameters()}
    assert all(size > 0 for size in sizes.values())
    assert all(
        sizes[f"{layer}.{kind}"] < sizes["4.bias"] / 50
        for layer in (0, 2)
        for kind in ("weight", "bias")
    )
    print(
        "Each gradient differs from 0, so the units are not dead. But the slope of the leaky ReLU is"
    )
    print(
        "0.01 for negative numbers. So the gradients of the first two layers are more than 50 times"
    )
    print("smaller than that of the last bias. The loss hardly falls in 200 updates.")


if __name__ == "__main__":
    exercise_2()
    exercise_3()
