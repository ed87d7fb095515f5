"""Lesson 09: the gradients of two remedies for depth, and other layers in the experiment.

The solved file. Try the exercises first, and read the messages of `minigrad check 9`.
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
    g_sums = g * (x @ w.T > 0)
    return g + g_sums @ w, g_sums.T @ x


def residual_cases(draw):
    n, d = draw.side(5, 6), 4
    return Case((draw.array((n, d), VALUES), draw.array((d, d), VALUES)))


def rms_norm(x):
    """Each row of x divided by its root mean square: x (n, d) -> (n, d)."""
    return x / np.sqrt((x * x).mean(axis=1, keepdims=True))


def rms_norm_backward(g, x):
    """The gradient of x (n, d). g is (n, d)."""
    length = np.sqrt((x * x).mean(axis=1, keepdims=True))
    standard = x / length
    return (g - standard * (g * standard).mean(axis=1, keepdims=True)) / length


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
    flows = {name: flow(lambda h, w: h + mg.relu(h @ w.T), init) for name, init in INITIAL.items()}
    for name, (signal, gradient) in flows.items():
        print(f"{name}: signal {signal:.0e}, gradient {gradient:.0e}")
    assert flows["He"][0] > 50
    assert all(0.8 < size < 1.5 for size in flows["normal, 0.01"])
    print(
        "A residual layer adds a path with the factor 1. So all factors are larger than without it, and"
    )
    print(
        "with He's weights the signal grows by about 1.6 in each layer. Small weights are best here: with"
    )
    print(
        "0.01 both factors are near 1. With weights of 0 they are 1, but the ReLU of 0 has the gradient"
    )
    print("0, so no weight learns.")


def exercise_3():
    """Replace relu by tanh.

    Why is Glorot's initialisation suitable for tanh? What happens with weights of standard deviation 1?
    """
    flows = {name: flow(lambda h, w: mg.tanh(h @ w.T), init) for name, init in INITIAL.items()}
    for name, (signal, gradient) in flows.items():
        print(f"{name}: signal {signal:.0e}, gradient {gradient:.0e}")
    assert all(0.1 < size < 1 for size in flows["Glorot"])
    assert flows["normal, 1"][0] > 0.9
    assert flows["normal, 1"][1] > 1e3
    print(
        "tanh(x) is about x for small x. It does not halve the mean square, so the factor is s * sqrt(n),"
    )
    print(
        "and Glorot's s = sqrt(1 / n) makes it about 1. With a standard deviation of 1 most outputs are"
    )
    print(
        "near -1 or 1: the signal keeps its size. There the slope of tanh is near 0, and most gradients"
    )
    print(
        "vanish. The few units with small inputs have a slope near 1, and large weights: the gradient grows."
    )


if __name__ == "__main__":
    exercise_2()
    exercise_3()
