"""Lesson 09: the gradients of two remedies for depth, and other layers in the experiment.

Exercise 1: write the two gradient functions. Replace each `raise`, then run

    minigrad check 9

Exercises 2 and 3 are at the end of the file. `python 09_depth.py` runs them.

`g` is the upstream gradient. It has the shape of the output of the function.
"""

import functools

import numpy as np

import minigrad as mg
from minigrad import nn
from minigrad.domain import Case, Domain

VALUES = Domain(-2.0, 2.0)


def residual(x, w):
    """A residual layer, x + relu(x @ w.T): x (n, d), w (d, d) -> (n, d)."""
    return x + np.maximum(0, x @ w.T)


def residual_backward(g, x, w):
    """The gradients of x (n, d) and w (d, d). g is (n, d)."""
    raise NotImplementedError(
        "return two gradients, of x and w; there are two paths from x to the output, through the layer and "
        "around it, and their gradients are added"
    )


def residual_cases(draw):
    n, d = draw.side(5, 6), 4
    return Case((draw.array((n, d), VALUES), draw.array((d, d), VALUES)))


def rms_norm(x):
    """Each row of x divided by its root mean square: x (n, d) -> (n, d)."""
    return x / np.sqrt((x * x).mean(axis=1, keepdims=True))


def rms_norm_backward(g, x):
    """The gradient of x (n, d). g is (n, d)."""
    raise NotImplementedError(
        "return the gradient of x; each number of a row has two paths to the output: directly, and through "
        "the root mean square, which depends on all numbers of the row"
    )


def rms_norm_cases(draw):
    return Case((draw.array((draw.side(3, 4), 5), VALUES),))


# ---- exercises 2 and 3 ----

N = 200
INITIAL = {
    "zero": nn.init.zeros,
    "normal, 0.01": functools.partial(nn.init.normal, std=0.01),
    "normal, 1": functools.partial(nn.init.normal, std=1.0),
    "Glorot": nn.init.xavier_normal,
    "He": nn.init.kaiming_normal,
}


def rms(a):
    return float(np.sqrt(np.mean(np.square(a, dtype=np.float64))))


def flow(layer, init):
    """The rms of the signal after ten layers, and the rms of the gradient at the input.

    `layer(h, w)` computes the next h. The input and the upstream gradient have the rms 1.
    """
    rng = np.random.default_rng(9)
    first = h = mg.Tensor(rng.normal(size=(500, N)).astype(np.float32), requires_grad=True)
    for _ in range(10):
        h = layer(h, mg.Tensor(init((N, N), rng)))
    h.backward(rng.normal(size=h.shape).astype(np.float32))
    return rms(h.data), rms(first.grad.data)


def relu_layer(h, w):
    """The layer of the lesson."""
    return mg.relu(h @ w.T)


def exercise_2():
    """Make the layer residual: h + relu(h @ w.T).

    How large are the factors now? Which of the five initialisations is the best?
    """
    print(
        "exercise 2 is not written yet: call flow with a residual layer, for each init of INITIAL"
    )


def exercise_3():
    """Replace relu by tanh.

    Why is Glorot's initialisation suitable for tanh? What happens with weights of standard deviation 1?
    """
    print("exercise 3 is not written yet: call flow with a tanh layer, for each init of INITIAL")


if __name__ == "__main__":
    exercise_2()
    exercise_3()
