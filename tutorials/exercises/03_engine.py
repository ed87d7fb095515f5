"""Lesson 03: the gradient rules of a division, of the sigmoid and of a power.

Exercise 1: write the three rules. Replace each `raise`, then run

    minigrad check 3

Exercises 2 and 3 are at the end of the file. `python 03_engine.py` runs them.

`g` is the upstream gradient, as in the lesson. The functions get arrays. Write the formulas as for one
number: numpy applies them to every number of the arrays.

The answers: `minigrad tutorials 3 --solution`. Next: lesson 04, `minigrad tutorials 4`.
"""

import math
from itertools import count

import numpy as np

from minigrad.domain import Case, Domain


def divide(x, y):
    """x / y"""
    return x / y


def divide_backward(g, x, y):
    """The contributions to x and to y, each in the shape of g."""
    raise NotImplementedError(
        "return two gradients: x / y is x times 1 / y, and lesson 01 found the slope of 1 / y"
    )


def divide_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)), draw.array((7,), Domain(0.5, 2.0))))


def sigmoid(x):
    """1 / (1 + exp(-x)): a number between 0 and 1."""
    return 1 / (1 + np.exp(-x))


def sigmoid_backward(g, x):
    """The contribution to x, in the shape of g."""
    raise NotImplementedError(
        "return one gradient: walk backwards through 1 / (1 + exp(-x)), one operation at a time; with y ="
        " sigmoid(x) the result is short"
    )


def sigmoid_cases(draw):
    return Case((draw.array((7,), Domain(-3.0, 3.0)),))


def power(x, y):
    """x to the power of y, for positive x."""
    return x**y


def power_backward(g, x, y):
    """The contributions to x and to y, each in the shape of g."""
    raise NotImplementedError(
        "return two gradients: for x use the rule of x^n; for y write x^y as exp(y log(x)), and walk "
        "backwards through that"
    )


def power_cases(draw):
    return Case((draw.array((7,), Domain(0.5, 2.0)), draw.array((7,), Domain(-2.0, 3.0))))


# ---- exercises 2 and 3: the engine of the lesson ----

serials = count()


class Number:
    """A number, and how it was computed. A number that was given has no inputs."""

    def __init__(self, value, inputs=(), rules=()):
        self.value = value
        self.inputs = inputs
        self.rules = rules
        self.serial = next(serials)
        self.grad = 0.0


def op(forward, *rules):
    """Make a function of Numbers, from a function of floats and a gradient rule for each input."""

    def apply(*inputs):
        inputs = [x if isinstance(x, Number) else Number(x) for x in inputs]
        return Number(forward(*(x.value for x in inputs)), inputs, rules)

    return apply


add = op(lambda x, y: x + y, lambda g, out, x, y: g, lambda g, out, x, y: g)
mul = op(lambda x, y: x * y, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)
div = op(lambda x, y: x / y, lambda g, out, x, y: g / y, lambda g, out, x, y: -g * out / y)
exp = op(lambda x: math.exp(x), lambda g, out, x: g * out)


def computed_from(result):
    """The result, and all numbers that it was computed from."""
    found, waiting = {result}, [result]
    while waiting:
        for x in waiting.pop().inputs:
            if x not in found:
                found.add(x)
                waiting.append(x)
    return found


def backward(result):
    """Add to the grad of every given number how far the result moves when this number moves."""
    numbers = sorted(computed_from(result), key=lambda x: x.serial, reverse=True)
    gradients = dict.fromkeys(numbers, 0.0)
    gradients[result] = 1.0
    for number in numbers:
        g = gradients[number]
        values = [x.value for x in number.inputs]
        for x, rule in zip(number.inputs, number.rules):
            gradients[x] += rule(g, number.value, *values)
        if not number.inputs:
            number.grad += g


def exercise_2():
    """Write the sigmoid as one op with one rule, and as a formula of `exp`, `add`, `mul` and `div`.

    Do the slopes agree at 3? Do they agree at -1000?
    """
    print("exercise 2 is not written yet: one_op = op(lambda x: ..., lambda g, out, x: ...)")


def exercise_3():
    """Change `backward`: let it collect the gradients in `number.grad` of every number.

    Call it twice for y = a * a + a with a = x * w, at x = 3 and w = -2. In the lesson x.grad was 22 after one
    walk, and 44 after two. Which one is different now, and why is the first walk still correct?
    """
    print(
        "exercise 3 is not written yet: copy backward, and write number.grad for gradients[number]"
    )


if __name__ == "__main__":
    exercise_2()
    exercise_3()
