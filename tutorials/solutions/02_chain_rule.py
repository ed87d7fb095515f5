"""Lesson 02: walk backwards through a computation, by hand.

The solved file. Try the exercises first, and read the messages of `minigrad check 2`.
"""

import itertools

import numpy as np

from minigrad.domain import Case, Domain


def fork(x, w):
    """Two inputs. `a` is used twice: by b, and by the result."""
    a = x * x
    b = a * w
    return b + a


def fork_backward(g, x, w):
    """The gradients of x and of w, each in the shape of g."""
    a = x * x
    b_bar, a_bar = g, g  # b + a
    a_bar = a_bar + w * b_bar  # b = a * w
    w_bar = a * b_bar
    x_bar = x * a_bar + x * a_bar  # a = x * x
    return x_bar, w_bar


def fork_cases(draw):
    return Case((draw.array((7,), Domain(-1.5, 1.5)), draw.array((7,), Domain(-1.5, 1.5))))


def neuron(x, w, b):
    """One neuron: tanh of a weighted input and a bias."""
    a = x * w + b
    return np.tanh(a)


def neuron_backward(g, x, w, b):
    """The gradients of x, of w and of b, each in the shape of g."""
    a_bar = (1 - np.tanh(x * w + b) ** 2) * g
    return w * a_bar, x * a_bar, a_bar


def neuron_cases(draw):
    return Case(tuple(draw.array((7,), Domain(-1.5, 1.5)) for _ in range(3)))


def ladder(x):
    """The fifth power of x, with two intermediate results. There are 5 paths from x to the result."""
    a = x * x
    b = a * x
    return a * b


def ladder_backward(g, x):
    """The gradient of x, in the shape of g. Find it with a walk backwards, not from the formula x^5."""
    a = x * x
    b = a * x
    a_bar, b_bar = b * g, a * g  # a * b
    a_bar = a_bar + x * b_bar  # b = a * x
    x_bar = a * b_bar
    return x_bar + x * a_bar + x * a_bar  # a = x * x


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
    graph = {"y": [("s", 3.0), ("x", 1.0)], "s": [("x", 1.0), ("w", 1.0)]}
    users = {"y": "", "s": "y", "x": "ys", "w": "s"}
    allowed, correct = 0, 0
    for order in itertools.permutations("ysxw"):
        allowed += all(order.index(u) < order.index(name) for name in order for u in users[name])
        bar = walk(graph, order)
        correct += (bar["x"], bar["w"]) == (4.0, 3.0)  # y = x² + w x: the slopes are 2 x + w and x
    assert (allowed, correct) == (2, 12)
    print("2 of the 24 orders are allowed: y s x w and y s w x. 12 orders return the correct")
    print("gradients: all in which y is visited before s. The leaves x and w have no inputs, so")
    print("it is not important when they are visited. If s is visited before y, its gradient is")
    print("still 0. Then the gradient of w is 0, and that of x is only the direct contribution of")
    print("y, 1.")


def exercise_3():
    """Without `zero_grad` x swings to both sides of 0. Why does x turn back at all?

    Print x and the sum of all gradients so far, for each update, and look at their signs.
    """
    x, total = 3.0, 0.0
    positions = [x]
    for update in range(1, 13):
        total += 2 * x  # the gradient of x², added to all gradients before it
        x -= 0.2 * total
        positions.append(x)
        print(f"update {update:2}: x = {x:6.3f}, sum of gradients = {total:6.3f}")
    assert min(positions) < -2
    assert positions[-1] > min(positions)
    print("x moves down while the sum is positive. It passes 0, because the sum is still positive")
    print("there. But for x < 0 each new gradient, 2 x, is negative. So the sum becomes smaller,")
    print("then negative, and x moves up again. The sum is like the velocity of a pendulum, and")
    print("the gradient is like its force.")


if __name__ == "__main__":
    exercise_2()
    exercise_3()
