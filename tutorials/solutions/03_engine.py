"""Lesson 03: the gradient rules of a division, of the sigmoid and of a power.

The solved file. Try the exercises first, and read the messages of `minigrad check 3`.
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
    return g / y, -g * x / y**2


def divide_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)), draw.array((7,), Domain(0.5, 2.0))))


def sigmoid(x):
    """1 / (1 + exp(-x)): a number between 0 and 1."""
    return 1 / (1 + np.exp(-x))


def sigmoid_backward(g, x):
    """The contribution to x, in the shape of g."""
    y = sigmoid(x)
    return g * y * (1 - y)


def sigmoid_cases(draw):
    return Case((draw.array((7,), Domain(-3.0, 3.0)),))


def power(x, y):
    """x to the power of y, for positive x."""
    return x**y


def power_backward(g, x, y):
    """The contributions to x and to y, each in the shape of g."""
    return g * y * x ** (y - 1), g * x**y * np.log(x)


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

    def stable(x):
        """The sigmoid without overflow: exp gets only numbers that are not positive."""
        return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))

    def composed(x):
        return div(1.0, add(1.0, exp(mul(-1.0, x))))

    one_op = op(stable, lambda g, out, x: g * out * (1 - out))
    a, b = Number(3.0), Number(3.0)
    backward(one_op(a))
    backward(composed(b))
    assert math.isclose(a.grad, b.grad, rel_tol=1e-9)
    print(f"At 3 both slopes are {a.grad:.4f}.")
    a = Number(-1000.0)
    backward(one_op(a))
    assert a.grad == 0.0
    try:
        composed(Number(-1000.0))
    except OverflowError as error:
        print(f"At -1000 the formula fails: exp(1000) is larger than the largest float ({error}).")
        print(f"One op can choose another formula for negative x. Its slope at -1000 is {a.grad},")
        print("and the true slope is smaller than the smallest float.")
    else:
        raise AssertionError("exp(1000) should overflow")


def exercise_3():
    """Change `backward`: let it collect the gradients in `number.grad` of every number.

    Call it twice for y = a * a + a with a = x * w, at x = 3 and w = -2. In the lesson x.grad was 22 after one
    walk, and 44 after two. Which one is different now, and why is the first walk still correct?
    """

    def backward_in_numbers(result):
        result.grad = 1.0
        for number in sorted(computed_from(result), key=lambda x: x.serial, reverse=True):
            values = [x.value for x in number.inputs]
            for x, rule in zip(number.inputs, number.rules):
                x.grad += rule(number.grad, number.value, *values)

    x, w = Number(3.0), Number(-2.0)
    a = mul(x, w)
    y = add(mul(a, a), a)
    backward_in_numbers(y)
    assert x.grad == 22.0
    backward_in_numbers(y)
    assert x.grad == 90.0
    print("After the first walk x.grad is 22, as before. After the second walk it is")
    print(f"{x.grad:.0f}, and not 44. The assert of the second walk fails. The first walk is")
    print("correct, because every grad is 0 when it starts. It leaves gradients in a and in the")
    print("product. The second walk adds to them, so the contributions to x are too large.")


if __name__ == "__main__":
    exercise_2()
    exercise_3()
