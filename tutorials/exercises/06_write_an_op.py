"""Lesson 06: the gradient rules of your own ops.

Exercise 1: write the rules of the first three ops. Replace each `raise`, then run

    minigrad check 6

Exercise 3 is the fourth op, and the same command checks it. Exercise 2 is at the end of the file. `python
06_write_an_op.py` runs it.

The engine calls a rule with arrays, and with Tensors for the second derivative. So write it with +, -, *,
/, **, with methods, and with ops such as mg.exp. Do not use numpy functions.

The answers: `minigrad tutorials 6 --solution`. Next: lesson 07, `minigrad tutorials 7`.
"""

import numpy as np

import minigrad as mg
from minigrad.domain import MODEST, Case, Domain, broadcasting, elementwise


@mg.op(cases=elementwise(MODEST), rejects=[])
def log_of_square(x):
    """log(1 + x^2), element by element: a loss on which outliers have little effect"""
    return np.log1p(x**2)


@log_of_square.vjp
def log_of_square_rule(g, out, x):
    """The gradient of x, from g, which has the same shape."""
    raise NotImplementedError("return g times the slope of log(1 + x^2), by the chain rule")


def grown_cases(draw):
    return Case((draw.array((draw.side(2, 4), 5)), draw.array((5,), MODEST)))


@mg.op(cases=grown_cases, rejects=[], broadcasts=True)
def grown(start, rate):
    """start exp(rate): growth at this rate for one unit of time; one rate for each column of start"""
    return start * np.exp(rate)


def grown_rule_of_start(g, out, start, rate):
    """The gradient of start, from g; both have the shape of out."""
    raise NotImplementedError("return g times the slope of start * exp(rate) along start")


def grown_rule_of_rate(g, out, start, rate):
    """The gradient of rate, in the shape of out: the engine sums over stretched axes."""
    raise NotImplementedError("return g times the slope of start * exp(rate) along rate; use out")


grown.vjp(grown_rule_of_start, grown_rule_of_rate)


def energy_cases(draw):
    return Case((draw.array((draw.side(2, 4), 3, 2)),), {"axis": draw.integer(0, 1)})


@mg.op(cases=energy_cases, rejects=[])
def energy(x, *, axis):
    """Half the sum of x^2 over an axis"""
    return 0.5 * np.sum(x**2, axis=axis)


@energy.vjp
def energy_rule(g, out, x, axis):
    """The gradient of x, from g. g has the shape of out: the shape of x without the axis."""
    raise NotImplementedError(
        "add the missing axis to g with mg.expand_dims(g, axis=...), then multiply by the slope of x^2 / "
        "2"
    )


@mg.op(
    cases=broadcasting(Domain(-3.0, 3.0), Domain(0.5, 2.0)),
    rejects=[],
    broadcasts=True,
)
def bell(x, width):
    """exp(-(x / width)^2 / 2)"""
    return np.exp(-((x / width) ** 2) / 2)


def bell_rule_of_x(g, out, x, width):
    """Exercise 3: the gradient of x, in the shape of out.

    How many properties does `check.properties_of(bell)` have? For the op of the lesson there were nine.
    """
    raise NotImplementedError("return g times the slope of the bell curve along x; use out")


def bell_rule_of_width(g, out, x, width):
    """Exercise 3: the gradient of width, in the shape of out."""
    raise NotImplementedError("return g times the slope of the bell curve along width; use out")


bell.vjp(bell_rule_of_x, bell_rule_of_width)


def exercise_2():
    """Let `bell_cases` of the lesson draw whole numbers from 0 to 2 for the width. Run the test.

    What does it find, and which function is wrong?
    """
    print(
        "exercise 2 is not written yet: copy bell and bell_cases of the lesson, with draw.integer(0, 2)"
    )


if __name__ == "__main__":
    exercise_2()
