"""What is written for the exercises of lesson 05, and is wrong.

The names that are not defined here are those of the solved file.
"""

# ruff: noqa: F821

import numpy as np

from tests.tutorials.mistake import Mistake


def over_everything(g, z):
    p = softmax(z)
    return p * (g - (g * p).sum())


def wrong_sign(g, z):
    p = softmax(z)
    return p * ((g * p).sum(axis=1, keepdims=True) - g)


def one_hot(z, labels):
    return np.eye(z.shape[1])[labels]


MISTAKES = [
    Mistake(
        "softmax_backward",
        lambda g, z: g * softmax(z),
        "and the sum over the other elements is missing",
    ),
    Mistake(
        "softmax_backward",
        lambda g, z: g * softmax(z) * (1 - softmax(z)),
        "the terms between elements, off the diagonal of the Jacobian, are missing",
    ),
    Mistake("softmax_backward", over_everything, "where axis=1 belongs"),
    Mistake("softmax_backward", wrong_sign, "your gradient has the wrong sign"),
    Mistake("log_sum_exp_backward", lambda g, z: softmax(z), "ignores the gradient that arrives"),
    Mistake(
        "log_sum_exp_backward",
        lambda g, z: g * softmax(z),
        "raised ValueError: operands could not be broadcast together with shapes",
    ),
    Mistake(
        "log_sum_exp_backward",
        lambda g, z: g[:, np.newaxis] * softmax(z) / z.shape[1],
        "times too small",
    ),
    Mistake(
        "cross_entropy_gradient",
        lambda z, labels: softmax(z) - one_hot(z, labels),
        "times too large: the division by it, of a mean, was forgotten",
    ),
    Mistake(
        "cross_entropy_gradient",
        lambda z, labels: (one_hot(z, labels) - softmax(z)) / len(z),
        "your gradient has the wrong sign",
    ),
    Mistake(
        "cross_entropy_gradient",
        lambda z, labels: (softmax(z) - one_hot(z, labels)) / z.size,
        "is 3 times too small",
    ),
    Mistake(
        "cross_entropy_gradient",
        lambda z, labels: softmax(z) / len(z),
        "more only, of 18 elements, and correct at all others",
    ),
    Mistake(
        "sigmoid_derivative", lambda z: sigmoid(z), "the output stands where the derivative belongs"
    ),
    Mistake(
        "sigmoid_derivative", lambda z: z * (1 - z), "the input stands where the output belongs"
    ),
    Mistake(
        "sigmoid_derivative",
        lambda z: sigmoid(z) * (sigmoid(z) - 1),
        "your derivative has the wrong sign",
    ),
    Mistake(
        "tempered_gradient",
        lambda t, z, labels: (
            -(cross_entropy_gradient(z / t, labels) * z).sum() / t,
            cross_entropy_gradient(z / t, labels) / t,
        ),
        "of t is multiplied with the input once too often",
    ),
    Mistake(
        "tempered_gradient",
        lambda t, z, labels: (
            (cross_entropy_gradient(z / t, labels) * z).sum() / t**2,
            cross_entropy_gradient(z / t, labels) / t,
        ),
        "of t has the wrong sign",
    ),
    Mistake(
        "tempered_gradient",
        lambda t, z, labels: -(cross_entropy_gradient(z / t, labels) * z).sum() / t**2,
        "needed: a tuple of 2 gradients",
    ),
]
