"""Lesson 06: the gradient rules of your own ops.

The solved file. Try the exercises first, and read the messages of `minigrad check 6`.
"""

import numpy as np

import minigrad as mg
from minigrad import check
from minigrad.domain import MODEST, Case, Domain, broadcasting, elementwise


@mg.op(cases=elementwise(MODEST), rejects=[])
def log_of_square(x):
    """log(1 + x^2), element by element: a loss on which outliers have little effect"""
    return np.log1p(x**2)


@log_of_square.vjp
def log_of_square_rule(g, out, x):
    """The gradient of x, from g, which has the same shape."""
    return g * 2 * x / (1 + x**2)


def grown_cases(draw):
    return Case((draw.array((draw.side(2, 4), 5)), draw.array((5,), MODEST)))


@mg.op(cases=grown_cases, rejects=[], broadcasts=True)
def grown(start, rate):
    """start exp(rate): growth at this rate for one unit of time; one rate for each column of start"""
    return start * np.exp(rate)


def grown_rule_of_start(g, out, start, rate):
    """The gradient of start, from g; both have the shape of out."""
    return g * mg.exp(rate)


def grown_rule_of_rate(g, out, start, rate):
    """The gradient of rate, in the shape of out: the engine sums over stretched axes."""
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
    """The gradient of x, from g. g has the shape of out: the shape of x without the axis."""
    return mg.expand_dims(g, axis=axis) * x


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
    # Ten properties. The new one is that broadcasting has the same gradients as an expanded copy.
    return -g * out * x / width**2


def bell_rule_of_width(g, out, x, width):
    """Exercise 3: the gradient of width, in the shape of out."""
    return g * out * x**2 / width**3


bell.vjp(bell_rule_of_x, bell_rule_of_width)


def exercise_2():
    """Let `bell_cases` of the lesson draw whole numbers from 0 to 2 for the width. Run the test.

    What does it find, and which function is wrong?
    """

    def cases(draw):
        return Case((draw.array((3,)),), {"width": draw.integer(0, 2)})

    @mg.op(cases=cases, rejects=[])
    def whole_bell(x, *, width):
        """exp(-(x / width)^2 / 2)"""
        if width <= 0:
            raise ValueError(f"the width must be positive, and it is {width}")
        return np.exp(-((x / width) ** 2) / 2)

    whole_bell.vjp(lambda g, out, x, width: -g * out * x / width**2)
    try:
        check.property(max_examples=50)(whole_bell)()
    except ValueError as error:
        print("The test finds an error:", str(error).splitlines()[0])
    else:
        raise AssertionError("width 0 should be drawn")
    print("The op is correct, because it must refuse the width 0. The function with the cases is")
    print("wrong: it may only make valid calls. A call that must raise an error belongs in")
    print("rejects.")


if __name__ == "__main__":
    exercise_2()
