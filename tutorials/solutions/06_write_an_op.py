"""Lesson 06: the gradient rules of three ops.

The rules, written. Look here after you have tried. A rule is run on arrays,
and on Tensors for the second derivative: write it with +, -, *, /, **, with methods, and with ops such as
mg.exp.
"""

import numpy as np

import minigrad as mg
from minigrad.domain import MODEST, Case, elementwise


@mg.op(cases=elementwise(MODEST), rejects=[])
def log_of_square(x):
    """log(1 + x^2), element by element: a loss that does not care much about outliers"""
    return np.log1p(x**2)


@log_of_square.vjp
def log_of_square_rule(g, out, x):
    """The gradient of x, from g, which has its shape."""
    return g * 2 * x / (1 + x**2)


def grown_cases(draw):
    return Case((draw.array((draw.side(2, 4), 5)), draw.array((5,), MODEST)))


@mg.op(cases=grown_cases, rejects=[], broadcasts=True)
def grown(start, rate):
    """start exp(rate): what has grown at this rate for a unit of time; a rate for each column of start"""
    return start * np.exp(rate)


def grown_rule_of_start(g, out, start, rate):
    """The gradient of start, from g; both have the shape of out."""
    return g * mg.exp(rate)


def grown_rule_of_rate(g, out, start, rate):
    """The gradient of rate, in the shape of out: the engine sums over what was stretched."""
    return g * out


grown.vjp(grown_rule_of_start, grown_rule_of_rate)


def energy_cases(draw):
    return Case((draw.array((draw.side(2, 4), 3, 2)),), {"axis": draw.integer(0, 1)})


@mg.op(cases=energy_cases, rejects=[])
def energy(x, *, axis):
    """Half the sum of x^2 over an axis"""
    return 0.5 * np.sum(x**2, axis=axis)


@energy.vjp
def energy_rule(g, out, x, axis):
    """The gradient of x, from g, which has the shape of out: that of x without the axis."""
    return mg.expand_dims(g, axis=axis) * x
