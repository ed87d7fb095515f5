"""What is written for the exercises of lesson 08, and is wrong."""

import numpy as np

from tests.tutorials.mistake import Mistake

LAMBDA = 0.01


def hidden_layer(x, w, b):
    return np.maximum(0, x @ w.T + b)


def hidden_layer_backward(g, x, w, b):
    g_sums = g * (hidden_layer(x, w, b) > 0)
    return g_sums @ w, g_sums.T @ x, g_sums.sum(axis=0)


# ---- the layer ----


def without_relu(g, x, w, b):
    return g @ w, g.T @ x, g.sum(axis=0)


def mean_of_the_batch(g, x, w, b):
    g = g * (hidden_layer(x, w, b) > 0)
    return g @ w, g.T @ x, g.mean(axis=0)


def transposed(g, x, w, b):
    g = g * (hidden_layer(x, w, b) > 0)
    return g @ w, x.T @ g, g.sum(axis=0)


def copies(g, x, w, b):
    g = g * (hidden_layer(x, w, b) > 0)
    return g @ w, g.T @ x, g


def in_another_order(g, x, w, b):
    g = g * (hidden_layer(x, w, b) > 0)
    return g.T @ x, g @ w, g.sum(axis=0)


# ---- the network ----


def straight_through(g, x, w1, b1, w2, b2):
    hidden = hidden_layer(x, w1, b1)
    return (*hidden_layer_backward(g, x, w1, b1), g.T @ hidden, g.sum(axis=0))


def first_layer_only(g, x, w1, b1, w2, b2):
    return hidden_layer_backward(g @ w2, x, w1, b1)


def ones_for_g(g, x, w1, b1, w2, b2):
    hidden, ones = hidden_layer(x, w1, b1), np.ones_like(g)
    return (*hidden_layer_backward(ones @ w2, x, w1, b1), ones.T @ hidden, ones.sum(axis=0))


def mean_at_the_end(g, x, w1, b1, w2, b2):
    hidden = hidden_layer(x, w1, b1)
    return (*hidden_layer_backward(g @ w2, x, w1, b1), g.T @ hidden / len(x), g.mean(axis=0))


# ---- the cost ----


def at_the_labels(logits, labels):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) - np.eye(logits.shape[1])[labels]


def without_the_mean(logits, labels, w1, w2):
    return at_the_labels(logits, labels), 2 * LAMBDA * w1, 2 * LAMBDA * w2


def without_the_2(logits, labels, w1, w2):
    return at_the_labels(logits, labels) / len(logits), LAMBDA * w1, LAMBDA * w2


def without_the_penalty(logits, labels, w1, w2):
    return at_the_labels(logits, labels) / len(logits), 0 * w1, 0 * w2


def answer_less_probabilities(logits, labels, w1, w2):
    return -at_the_labels(logits, labels) / len(logits), 2 * LAMBDA * w1, 2 * LAMBDA * w2


def penalty_of_a_mean(logits, labels, w1, w2):
    n = len(logits)
    return at_the_labels(logits, labels) / n, 2 * LAMBDA * w1 / n, 2 * LAMBDA * w2 / n


def answer_forgotten(logits, labels, w1, w2):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) / len(logits), 2 * LAMBDA * w1, 2 * LAMBDA * w2


def gradient_by_the_labels(logits, labels, w1, w2):
    return at_the_labels(logits, labels) / len(logits), 0 * labels, 2 * LAMBDA * w1, 2 * LAMBDA * w2


MISTAKES = [
    Mistake(
        "hidden_layer_backward",
        without_relu,
        "lets the gradient pass where the output is 0: a ReLU is closed there, and its mask is missing",
    ),
    Mistake(
        "hidden_layer_backward",
        mean_of_the_batch,
        "gradient of b is the correct one divided by 6: the mean over axis 0 was taken where the sum belongs",
    ),
    Mistake("hidden_layer_backward", transposed, "it is transposed: return its .T"),
    Mistake("hidden_layer_backward", copies, "the sum over axis 0 is missing"),
    Mistake(
        "hidden_layer_backward",
        in_another_order,
        "returned the gradients in another order than that of the inputs",
    ),
    Mistake("network_backward", straight_through, "raised ValueError: operands could not be"),
    Mistake("network_backward", first_layer_only, "returned 3 gradients, and network has 5 inputs"),
    Mistake("network_backward", ones_for_g, "ignores the gradient that arrives"),
    Mistake("network_backward", mean_at_the_end, "a mean stands in the place of a sum"),
    Mistake("cost_gradient", without_the_mean, "the division by it, of a mean, was forgotten"),
    Mistake("cost_gradient", without_the_2, "the 2 from the derivative of a square is missing"),
    Mistake("cost_gradient", without_the_penalty, "is 0, as if f did not depend on the input"),
    Mistake("cost_gradient", answer_less_probabilities, "has the wrong sign"),
    Mistake(
        "cost_gradient", penalty_of_a_mean, "times too small: it is divided by it once too often"
    ),
    Mistake("cost_gradient", answer_forgotten, "correct at all others"),
    Mistake("cost_gradient", gradient_by_the_labels, "returned 4 gradients, and cost has 3 inputs"),
]
