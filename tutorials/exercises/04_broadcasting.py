"""Lesson 04: the gradients of stretched inputs.

Exercise 1: write the first three gradients. Replace each `raise`, then run

    minigrad check 4

Exercise 2 is the fourth gradient, and the same command checks it. Exercise 3 is at the end of the file.
`python 04_broadcasting.py` runs it.

`g` is the upstream gradient. A gradient has the shape of its input.

The answers: `minigrad tutorials 4 --solution`. Next: lesson 05, `minigrad tutorials 5`.
"""

from minigrad.domain import Case


def add_bias(x, b):
    """x (n, d) plus a bias b (d,), the same for every row."""
    return x + b


def add_bias_backward(g, x, b):
    """The gradients of x (n, d) and of b (d,), from g (n, d)."""
    raise NotImplementedError(
        "return two gradients: that of x, and that of b, which is used once in each row"
    )


def add_bias_cases(draw):
    n, d = draw.side(2, 5), draw.side(2, 4)
    return Case((draw.array((n, d)), draw.array((d,))))


def scale_rows(x, s):
    """Row i of x (n, d), multiplied by the number in row i of s (n, 1)."""
    return x * s


def scale_rows_backward(g, x, s):
    """The gradients of x (n, d) and of s (n, 1), from g (n, d)."""
    raise NotImplementedError(
        "return two gradients: each factor gets g times the other factor; s was stretched along its axis "
        "of length 1, and its gradient must have the shape (n, 1) again"
    )


def scale_rows_cases(draw):
    n, d = draw.side(2, 5), draw.side(2, 4)
    return Case((draw.array((n, d)), draw.array((n, 1))))


def layer(x, w, b):
    """x @ w + b, with n examples in the rows of x (n, d), weights w (d, m) and a bias b (m,)."""
    return x @ w + b


def layer_backward(g, x, w, b):
    """The gradients of x (n, d), of w (d, m) and of b (m,), from g (n, m)."""
    raise NotImplementedError(
        "return three gradients: for x and w the matrix products that have the correct shape, and for b a"
        " sum over its uses, one in each row"
    )


def layer_cases(draw):
    n, d, m = draw.side(4, 6), 3, 2  # three different lengths: a wrong product has a wrong shape
    return Case((draw.array((n, d)), draw.array((d, m)), draw.array((m,))))


def outer(a, b):
    """The outer product (n, m) of a (n,) and b (m,)."""
    return a[:, None] * b[None, :]


def outer_backward(g, a, b):
    """Exercise 2: the gradients of a (n,) and of b (m,), from g (n, m).

    Write them with `sum_to` of the lesson, and without it.
    """
    raise NotImplementedError(
        "return two gradients: each factor gets g times the other factor; a was stretched along axis 1, "
        "and b along axis 0"
    )


def outer_cases(draw):
    n, m = draw.side(2, 3), draw.side(4, 5)
    return Case((draw.array((n,)), draw.array((m,))))


def exercise_3():
    """Let `layer_backward` return `g.mean(axis=0)` for the bias, and print the report.

    When would you not notice this mistake while a network trains?
    """
    print("exercise 3 is not written yet: from minigrad import check; check.gradient(layer, ...)")


if __name__ == "__main__":
    exercise_3()
