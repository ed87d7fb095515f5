"""Lesson 07: three gradients, each with a difficulty: a mean, a tie, and a row that is used twice.

The solved file. Try the exercises first, and read the messages of `minigrad check 7`.
"""

import numpy as np

from minigrad import check
from minigrad.domain import Case


def centred(x):
    """x (n, d) minus the mean of each row."""
    return x - np.mean(x, axis=1, keepdims=True)


def centred_backward(g, x):
    """The gradient of x (n, d), from g (n, d)."""
    return g - g.mean(axis=1, keepdims=True)


def centred_cases(draw):
    return Case((draw.array((draw.side(2, 5), 4)),))


def largest(x):
    """The largest number of each row of x (n, d): n numbers."""
    return x.max(axis=1)


def largest_backward(g, x):
    """The gradient of x (n, d), from g (n,). At a tie one of the largest numbers gets all of it."""
    gradient = np.zeros_like(x)
    gradient[np.arange(len(x)), x.argmax(axis=1)] = g
    return gradient


def largest_cases(draw):
    return Case((draw.array((draw.side(3, 5), 4)),))


def looked_up(table, rows):
    """The rows of table (n, d) with these numbers, integers (m,). A row may be used several times."""
    return table[rows]


def looked_up_backward(g, table, rows):
    """The gradient of table (n, d), from g (m, d)."""
    gradient = np.zeros_like(table)
    np.add.at(gradient, rows, g)
    return gradient


def looked_up_cases(draw):
    return Case((draw.array((5, 2)), draw.generator().integers(0, 5, 8)))


# ---- exercise 2: ten bugs ----

RNG = np.random.default_rng(7)
X, W, B = RNG.normal(size=(6, 4)), RNG.normal(size=(4, 3)), RNG.normal(size=4)
LABELS = np.array([0, 2, 1, 1, 0, 2])
WORDS = np.array([0, 2, 2, 5, 1, 0])
MASK = np.array([1.0, 0.0, 1.0, 1.0])


def relu(x):
    return np.maximum(x, 0)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def standardise(x):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)


def cross_entropy(z):
    return -np.log(softmax(z)[np.arange(6), LABELS]).mean()


def penalised(w):
    return cross_entropy(X @ w) + 0.05 * (w**2).sum()


def p_minus_y(z):
    return softmax(z) - np.eye(3)[LABELS]


def rows_of_table(g, table):
    gradient = np.zeros_like(table)
    gradient[WORDS] = g
    return gradient


def all_rows_of_table(g, table):
    """As `rows_of_table`, but without its bug."""
    gradient = np.zeros_like(table)
    np.add.at(gradient, WORDS, g)
    return gradient


def softmax_rule(g, z):
    p = softmax(z)
    return p * (g - (g * p).sum(axis=1, keepdims=True))


def standardise_rule(g, x):
    y = standardise(x)
    through_mean, through_variance = g.mean(axis=0), y * (g * y).mean(axis=0)
    return (g - through_mean - through_variance) / np.sqrt(x.var(axis=0) + 1e-5)


def reversed_cumsum(g, x):
    return g[:, ::-1].cumsum(axis=1)[:, ::-1]


GRADIENTS = [
    ("bias", lambda x, b: x + b, lambda g, x, b: (g, g.sum(axis=0)), (X, B)),
    ("tanh", np.tanh, lambda g, x: g * (1 - np.tanh(x) ** 2), (X,)),
    ("softmax", softmax, softmax_rule, (X,)),
    ("cumsum", lambda x: x.cumsum(axis=1), reversed_cumsum, (X,)),
    ("table", lambda table: table[WORDS], all_rows_of_table, (X,)),
    ("standardise", standardise, standardise_rule, (X,)),
    ("dropout", lambda x: x * MASK / 0.7, lambda g, x: g * MASK / 0.7, (X,)),
    ("relu", relu, lambda g, x: g * (x > 0), (X,)),
    ("cross-entropy", cross_entropy, lambda z: p_minus_y(z) / 6, (X[:, :3],)),
    ("penalty", penalised, lambda w: X.T @ p_minus_y(X @ w) / 6 + 0.1 * w, (W,)),
]


def exercise_2():
    """Correct the ten gradients, the third element of each entry, until every verdict is "correct"."""
    print("The ten corrections: the sum instead of the mean; tanh(x) instead of x; the slopes")
    print("outside the diagonal; cumsum in reverse; np.add.at; the paths through mean and")
    print("variance; the factor 1 / 0.7; a new array instead of g; the division by 6; the term")
    print("0.1 w.")
    for name, f, backward, inputs in GRADIENTS:
        judge = check.loss_gradient if f in (cross_entropy, penalised) else check.gradient
        print(f"{name:15}{judge(f, backward, *inputs).verdict}")


# ---- exercise 3 ----


def check_with_ones(f, backward, x, h=1e-5):
    claimed = backward(np.ones_like(f(x)), x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        slope = (f(x + step).sum() - f(x - step).sum()) / (2 * h)
        if abs(slope - claimed[index]) > 1e-6:
            return "wrong"
    return "correct"


def exercise_3():
    """Find a wrong gradient of your own that `check_with_ones` accepts for every x."""
    f, backward = np.square, lambda g, x: 2 * x
    with_ones, with_random = check_with_ones(f, backward, X), check.gradient(f, backward, X).verdict
    assert (with_ones, with_random) == ("correct", "wrong")
    print(f"The gradient 2 x of x² ignores the upstream gradient. With ones it is {with_ones},")
    print(f"because g is 1 everywhere. With random numbers it is {with_random}.")


if __name__ == "__main__":
    exercise_2()
    exercise_3()
