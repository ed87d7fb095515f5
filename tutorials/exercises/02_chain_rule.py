"""Lesson 02: walk backwards through a computation, by hand.

Exercise 1: write the three backward functions. Replace each `raise`, then run

    minigrad check 2

Exercises 2 and 3 are at the end of the file. `python 02_chain_rule.py` runs them.

`g` is the upstream gradient: how far the final result moves when the output of the function moves. In the
lesson the walk began with 1, here it begins with `g`. `g` is an array that belongs to the caller, and `+=`
would change it. So write `a_bar = a_bar + ...`, as the lesson does.

The check calls each function with arrays. Write the formulas as for one number: numpy applies them to every
number of the arrays.

The answers: `minigrad tutorials 2 --solution`. Next: lesson 03, `minigrad tutorials 3`.
"""

import numpy as np

from minigrad.domain import Case, Domain


def fork(x, w):
    """Two inputs. `a` is used twice: by b, and by the result."""
    a = x * x
    b = a * w
    return b + a


def fork_backward(g, x, w):
    """The gradients of x and of w, each in the shape of g."""
    raise NotImplementedError(
        "return two gradients: first compute the contributions of the sum to b and a, then those of b "
        "to a and w. Then the gradient of a is complete, and it has two contributions to x."
    )


def fork_cases(draw):
    return Case((draw.array((7,), Domain(-1.5, 1.5)), draw.array((7,), Domain(-1.5, 1.5))))


def neuron(x, w, b):
    """One neuron: tanh of a weighted input and a bias."""
    a = x * w + b
    return np.tanh(a)


def neuron_backward(g, x, w, b):
    """The gradients of x, of w and of b, each in the shape of g."""
    raise NotImplementedError(
        "return three gradients: the slope of tanh at a is 1 - tanh(a)^2; then compute the contributions "
        "of a to x, w and b"
    )


def neuron_cases(draw):
    return Case(tuple(draw.array((7,), Domain(-1.5, 1.5)) for _ in range(3)))


def ladder(x):
    """The fifth power of x, with two intermediate results. There are 5 paths from x to the result."""
    a = x * x
    b = a * x
    return a * b


def ladder_backward(g, x):
    """The gradient of x, in the shape of g. Find it with a walk backwards, not from the formula x^5."""
    raise NotImplementedError(
        "return one gradient: the product contributes to a and b, b contributes to a and x, and a "
        "contributes to x twice; add all contributions to x"
    )


def ladder_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))


# ---- exercises 2 and 3 ----


def walk(graph, order):
    """The gradient of each number, if the walk visits the numbers in this order."""
    bar = {"y": 1.0, "s": 0.0, "x": 0.0, "w": 0.0}
    for name in order:
        for source, slope in graph.get(name, []):
            bar[source] += slope * bar[name]
    return bar


def exercise_2():
    """Write the graph of y = (x + w) * x at x = 3 and w = -2, and call the sum s.

    In how many of the 24 orders of y, s, x and w is each number visited after all numbers that use it? What
    does `walk` return for the other orders?
    """
    print('exercise 2 is not written yet: fill in {"y": [("s", ...), ("x", ...)], "s": [...]}')


def exercise_3():
    """Without `zero_grad` x swings to both sides of 0. Why does x turn back at all?

    Print x and the sum of all gradients so far, for each update, and look at their signs.
    """
    print("exercise 3 is not written yet: repeat the updates of the lesson, without x.grad = None")


if __name__ == "__main__":
    exercise_2()
    exercise_3()
