"""Lesson 02: back through a computation, by hand.

Write the three walks back, then run `minigrad check tutorials/exercises/02_chain_rule.py`. Each function
works on every number of its arrays alike: write it as for one number.

More may be computed from the output of a function. How far the last result moves when this output does is
`g`: it arrives from what comes after, and is called the gradient from above, or upstream gradient. Begin with
`g` where the lesson began with 1. It is an array that belongs to somebody else, and `+=` changes an array in
place: after `a_bar = g` write `a_bar = a_bar + ...`.
"""

import numpy as np

from minigrad.domain import Case, Domain


def fork(x, w):
    """Two inputs, and `a` is used twice: by b, and by the result."""
    a = x * x
    b = a * w
    return b + a


def fork_backward(g, x, w):
    """The gradients of x and of w, each of the shape of g."""
    raise NotImplementedError(
        "return two gradients: hand g to b and to a, then what b got to a and w, and last, when a has all "
        "its parts, what a got to x, which it holds twice"
    )


def fork_cases(draw):
    return Case((draw.array((7,), Domain(-1.5, 1.5)), draw.array((7,), Domain(-1.5, 1.5))))


def neuron(x, w, b):
    """One neuron: a weighted input and a bias, squeezed between -1 and 1."""
    a = x * w + b
    return np.tanh(a)


def neuron_backward(g, x, w, b):
    """The gradients of x, of w and of b, each of the shape of g."""
    raise NotImplementedError(
        "return three gradients: the slope of tanh at a is 1 - tanh(a)^2; what a gets it hands to x, w and b"
    )


def neuron_cases(draw):
    return Case(tuple(draw.array((7,), Domain(-1.5, 1.5)) for _ in range(3)))


def ladder(x):
    """How many ways lead from x to the result?"""
    a = x * x
    b = a * x
    return a * b


def ladder_backward(g, x):
    """The gradient of x, of the shape of g; found by walking back, not from the power that it is."""
    raise NotImplementedError(
        "return one gradient: the product hands g to a and to b; b hands to a and to x; a hands to x, twice; "
        "add up all that x got"
    )


def ladder_cases(draw):
    return Case((draw.array((7,), Domain(-2.0, 2.0)),))
