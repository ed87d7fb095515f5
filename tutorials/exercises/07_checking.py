"""Lesson 07: three gradients, each with a difficulty: a mean, a tie, and a row that is used twice.

Exercise 1: write the three gradients. Replace each `raise`, then run

    minigrad check 7

Exercises 2 and 3 are at the end of the file. `python 07_checking.py` runs them.

`g` is the upstream gradient. A gradient has the shape of its input.

The answers: `minigrad tutorials 7 --solution`. Next: lesson 08, `minigrad tutorials 8`.
"""

import numpy as np

from minigrad import check
from minigrad.domain import Case


def centred(x):
    """x (n, d) minus the mean of each row."""
    return x - np.mean(x, axis=1, keepdims=True)


def centred_backward(g, x):
    """The gradient of x (n, d), from g (n, d)."""
    raise NotImplementedError(
        "return the gradient of x: each element of a row goes into its own output, and through the mean "
        "into all outputs of its row"
    )


def centred_cases(draw):
    return Case((draw.array((draw.side(2, 5), 4)),))


def largest(x):
    """The largest number of each row of x (n, d): n numbers."""
    return x.max(axis=1)


def largest_backward(g, x):
    """The gradient of x (n, d), from g (n,). At a tie one of the largest numbers gets all of it."""
    raise NotImplementedError(
        "return (n, d): g at the index of the largest number of each row, and 0 elsewhere; np.argmax "
        "returns one index at a tie"
    )


def largest_cases(draw):
    return Case((draw.array((draw.side(3, 5), 4)),))


def looked_up(table, rows):
    """The rows of table (n, d) with these numbers, integers (m,). A row may be used several times."""
    return table[rows]


def looked_up_backward(g, table, rows):
    """The gradient of table (n, d), from g (m, d)."""
    raise NotImplementedError(
        "return (n, d): each row of the table gets the sum over all its uses; np.add.at adds correctly "
        "for an index that is repeated"
    )


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


GRADIENTS = [
    ("bias", lambda x, b: x + b, lambda g, x, b: (g, g.mean(axis=0)), (X, B)),
    ("tanh", np.tanh, lambda g, x: g * (1 - x**2), (X,)),
    ("softmax", softmax, lambda g, z: g * softmax(z) * (1 - softmax(z)), (X,)),
    ("cumsum", lambda x: x.cumsum(axis=1), lambda g, x: g.cumsum(axis=1), (X,)),
    ("table", lambda table: table[WORDS], rows_of_table, (X,)),
    ("standardise", standardise, lambda g, x: g / np.sqrt(x.var(axis=0) + 1e-5), (X,)),
    ("dropout", lambda x: x * MASK / 0.7, lambda g, x: g * MASK, (X,)),
    ("relu", relu, lambda g, x: np.multiply(g, x > 0, out=g), (X,)),
    ("cross-entropy", cross_entropy, lambda z: p_minus_y(z), (X[:, :3],)),
    ("penalty", penalised, lambda w: X.T @ p_minus_y(X @ w) / 6, (W,)),
]


def exercise_2():
    """Correct the ten gradients, the third element of each entry, until every verdict is "correct"."""
    print("exercise 2 is not written yet: correct the gradients in GRADIENTS")
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
    print("exercise 3 is not written yet: print check_with_ones(f, backward, X)")


if __name__ == "__main__":
    exercise_2()
    exercise_3()
