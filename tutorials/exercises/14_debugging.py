"""Lesson 14: the gradients of swish and of a leaky layer, and two more broken programs.

Exercise 1: write the two gradient functions. Replace each `raise`, then run

    minigrad check 14

Exercises 2 and 3 are at the end of the file. `python 14_debugging.py` runs them.

`g` is the upstream gradient. It has the shape of the output of the function.
"""

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
    raise NotImplementedError(
        "the derivative of a product has two terms; the derivative of sigmoid is sigmoid * (1 - sigmoid); "
        "multiply the sum of both terms by g"
    )


def leaky_layer(x, w, b):
    """A layer with a leaky ReLU: x (N, D), w (D, H), b (H,) -> (N, H)."""
    z = x @ w + b
    return np.where(z > 0, z, SLOPE * z)


def leaky_layer_backward(g, x, w, b):
    """The gradients of x, w and b: g (N, H) -> (N, D), (D, H), (H,)."""
    raise NotImplementedError(
        "first compute the gradient of z: g where z is positive, and SLOPE * g elsewhere; then compute the "
        "three gradients of x @ w + b, where b is added to every row; return (gx, gw, gb)"
    )


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
    print("exercise 2 is not written yet: train network(nn.ReLU()) with rng.permutation(labels)")


def exercise_3():
    """Give the second layer of the third program a leaky ReLU, with the same negative weights.

    Does it train? Which parameters have a gradient other than 0 now?
    """
    print(
        "exercise 3 is not written yet: train network(nn.LeakyReLU(), init=negative), print each grad"
    )


if __name__ == "__main__":
    exercise_2()
    exercise_3()
