"""What is written for the exercises of lesson 04, and is wrong."""

from tests.tutorials.mistake import Mistake

NO_SUM = "the sum over axis 0 is missing"
MEAN = "the mean over axis {} was taken where the sum belongs"

MISTAKES = [
    Mistake("add_bias_backward", lambda g, x, b: (g, g), NO_SUM),
    Mistake("add_bias_backward", lambda g, x, b: (g, g[0]), NO_SUM),
    Mistake("add_bias_backward", lambda g, x, b: (g, g.mean(axis=0)), MEAN.format(0)),
    Mistake(
        "add_bias_backward",
        lambda g, x, b: (g, g.sum(axis=0, keepdims=True)),
        "it is correct but for its shape",
    ),
    Mistake("add_bias_backward", lambda g, x, b: g, "a tuple of 2 gradients, those of x, b"),
    Mistake(
        "scale_rows_backward", lambda g, x, s: (g * s, g * x), "the sum over axis 1 is missing"
    ),
    Mistake(
        "scale_rows_backward",
        lambda g, x, s: (g * s, (g * x).sum(axis=1)),
        "it is correct but for its shape: return g.reshape",
    ),
    Mistake(
        "scale_rows_backward",
        lambda g, x, s: (g * s, (g * x).mean(axis=1, keepdims=True)),
        MEAN.format(1),
    ),
    Mistake(
        "scale_rows_backward",
        lambda g, x, s: (g, (g * x).sum(axis=1, keepdims=True)),
        "passed on as it is: the inner derivative is missing",
    ),
    Mistake(
        "layer_backward", lambda g, x, w, b: (g @ w.T, g.T @ x, g.sum(axis=0)), "return its .T"
    ),
    Mistake(
        "layer_backward",
        lambda g, x, w, b: (g @ w, x.T @ g, g.sum(axis=0)),
        "raised ValueError: matmul",
    ),
    Mistake(
        "layer_backward",
        lambda g, x, w, b: (g @ w.T, x.T @ g / len(x), g.sum(axis=0)),
        "too small: it is divided by it once too often",
    ),
    Mistake("layer_backward", lambda g, x, w, b: (g @ w.T, x.T @ g, g), NO_SUM),
    Mistake(
        "outer_backward",
        lambda g, a, b: (g * b, g * a[:, None]),
        "gradient of a has shape (3, 5), and a has shape (3,)",
    ),
    Mistake(
        "outer_backward",
        lambda g, a, b: ((g * b).mean(axis=1), (g * a[:, None]).sum(axis=0)),
        "of a is the number of elements of b (5) times too small",
    ),
    Mistake(
        "outer_backward",
        lambda g, a, b: (g.sum(axis=1), g.sum(axis=0)),
        "of a lacks the factor b",
    ),
    Mistake("outer_backward", lambda g, a, b: (g @ a, b @ g), "raised ValueError: matmul"),
]
