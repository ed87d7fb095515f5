"""What is written for the exercises of lesson 06, and is wrong.

The names that are not defined here are those of the solved file.
"""

# ruff: noqa: F821

from tests.tutorials.mistake import Mistake

MISTAKES = [
    Mistake("log_of_square_rule", lambda g, out, x: g / (1 + x**2), "a power of x is 1 too low"),
    Mistake("log_of_square_rule", lambda g, out, x: g * x / (1 + x**2), "half the correct one"),
    Mistake(
        "log_of_square_rule",
        lambda g, out, x: 2 * x / (1 + x**2),
        "ignores the gradient that arrives",
    ),
    Mistake(
        "log_of_square_rule",
        lambda g, out, x: g * 2 * x / np.exp(out),
        "mg.exp(x), not np.exp(x)",
    ),
    Mistake(
        "grown_rule_of_start",
        lambda g, out, start, rate: g * out,
        "the output stands where the derivative belongs",
    ),
    Mistake(
        "grown_rule_of_start",
        lambda g, out, start, rate: g * np.exp(rate),
        "mg.exp(x), not np.exp(x)",
    ),
    Mistake(
        "grown_rule_of_rate",
        lambda g, out, start, rate: g * mg.exp(rate),
        "lacks the factor start, before the sum",
    ),
    Mistake(
        "grown_rule_of_rate",
        lambda g, out, start, rate: (g * out).mean(axis=0),
        "mean over axis 0 was taken where the sum belongs",
    ),
    Mistake(
        "energy_rule",
        lambda g, out, x, axis: g * x,
        "failed on a gradient of shape (4, 2): operands could not be broadcast",
    ),
    Mistake(
        "energy_rule",
        lambda g, out, x, axis: mg.expand_dims(g, axis=-1) * x,
        "could not be broadcast together with shapes (4,2,1) (4,3,2)",
    ),
    Mistake(
        "energy_rule",
        lambda g, out, x, axis: mg.expand_dims(g, axis=axis) * x / x.shape[axis],
        "is 3 times too small",
    ),
    Mistake(
        "energy_rule",
        lambda g, out, x, axis: mg.expand_dims(g, axis=axis) * 2 * x,
        "twice the correct one",
    ),
    Mistake(
        "energy_rule",
        lambda g, out, x, axis: mg.expand_dims(g * out, axis=axis),
        "returned shape (4, 1, 2), but the input has shape (4, 3, 2)",
    ),
    Mistake(
        "bell_rule_of_x", lambda g, out, x, width: g * out * x / width**2, "of x has the wrong sign"
    ),
    Mistake(
        "bell_rule_of_width",
        lambda g, out, x, width: g * out * x**2 / width**2,
        "of width is multiplied with the input once too often",
    ),
    Mistake(
        "bell_rule_of_width",
        lambda g, out, x, width: -g * out * x**2 / width**3,
        "of width has the wrong sign",
    ),
]
