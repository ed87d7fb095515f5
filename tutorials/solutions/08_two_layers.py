"""Lesson 08: the backward pass of a network with two layers, and the gradient of its cost.

The solved file. Try the exercises first, and read the messages of `minigrad check 8`.
"""

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import data, nn, optim
from minigrad.domain import Case, Domain

LAMBDA = 0.01
UNIT = Domain(-2.0, 2.0)


def hidden_layer(x, w, b):
    """The hidden units (n, h) of n examples: x (n, d), w (h, d), b (h,)."""
    return np.maximum(0, x @ w.T + b)


def hidden_layer_backward(g, x, w, b):
    """Exercise 1: the gradients of x (n, d), w (h, d) and b (h,). g is (n, h)."""
    g_sums = g * (x @ w.T + b > 0)
    return g_sums @ w, g_sums.T @ x, g_sums.sum(axis=0)


def hidden_layer_cases(draw):
    n, d, h = draw.side(5, 6), 4, 3  # all different, so that only one product of matrices fits
    return Case((draw.array((n, d), UNIT), draw.array((h, d), UNIT), draw.array((h,), UNIT)))


def network(x, w1, b1, w2, b2):
    """The logits (n, c) of n examples: x (n, d), w1 (h, d), b1 (h,), w2 (c, h), b2 (c,)."""
    return hidden_layer(x, w1, b1) @ w2.T + b2


def network_backward(g, x, w1, b1, w2, b2):
    """Exercise 1: the gradients of x, w1, b1, w2 and b2, each in the shape of its input. g is (n, c)."""
    hidden = hidden_layer(x, w1, b1)
    return (*hidden_layer_backward(g @ w2, x, w1, b1), g.T @ hidden, g.sum(axis=0))


def network_cases(draw):
    n, d, h, c = draw.side(5, 6), 4, 3, 2
    x, w1, b1 = draw.array((n, d), UNIT), draw.array((h, d), UNIT), draw.array((h,), UNIT)
    return Case((x, w1, b1, draw.array((c, h), UNIT), draw.array((c,), UNIT)))


def cost(logits, labels, w1, w2):
    """The mean cross-entropy of the logits (n, c), plus LAMBDA times the sum of all squared weights.

    labels (n,) are integers; w1 and w2 are matrices.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(len(logits)), labels].mean()
    return loss + LAMBDA * (np.sum(w1**2) + np.sum(w2**2))


def cost_gradient(logits, labels, w1, w2):
    """Exercise 2: the gradients of logits (n, c), w1 and w2. The labels are integers: they have none."""
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    g = e / e.sum(axis=1, keepdims=True)
    g[np.arange(len(logits)), labels] -= 1
    return g / len(logits), 2 * LAMBDA * w1, 2 * LAMBDA * w2


def cost_cases(draw):
    n, c = draw.side(5, 6), 4
    labels = draw.generator().integers(0, c, n)
    w1, w2 = draw.array((3, 2), UNIT), draw.array((c, 3), UNIT)
    return Case((draw.array((n, c), UNIT), labels, w1, w2))


# ---- exercise 3 ----


def digits():
    """The training set of the lesson: 2,000 rows of 784 numbers, and their labels."""
    everything, _ = data.load("glyphs")
    training, _ = data.fixed_split(everything, [2000, 10000])
    standardise = data.Standardise.fit(training.inputs, per="feature")
    return standardise(training.inputs).reshape(-1, 784), training.targets


def costs_with(n_s, updates=480):
    """The cost of each update. The learning rate rises in n_s updates, and falls in n_s updates."""
    images, labels = digits()
    rng = np.random.default_rng(8)
    model = nn.Sequential(nn.Linear(784, 50, rng=rng), nn.ReLU(), nn.Linear(50, 10, rng=rng))
    penalty = optim.L2(model.parameters(), LAMBDA)
    optimizer = optim.SGD(model.parameters())
    schedule = optim.Cyclical(1e-5, 1e-1, n_s)
    costs = []
    for step in range(updates):
        batch = rng.integers(0, len(images), 100)
        optimizer.param_groups[0]["lr"] = schedule(step)
        optimizer.zero_grad()
        total = mg.cross_entropy(model(mg.Tensor(images[batch])), labels[batch]) + penalty()
        total.backward()
        optimizer.step()
        costs.append(total.item())
    return costs


def exercise_3():
    """Train with n_s = 30, 120 and 240, for 480 updates. How do the curves differ?

    Count the flat parts of each curve, and compare the final costs.
    """
    curves = {n_s: costs_with(n_s) for n_s in (30, 120, 240)}
    _, ax = plt.subplots()
    for n_s, costs in curves.items():
        ax.plot(costs, label=f"n_s = {n_s}")
    ax.set(title="Cycles of three lengths", xlabel="update", ylabel="cost of a batch")
    ax.legend()
    plt.show()
    final = [np.mean(costs[-10:]) for costs in curves.values()]
    early = [np.mean(costs[50:70]) for costs in curves.values()]
    assert max(final) - min(final) < 0.2
    assert early[2] > early[0] + 0.2
    print(
        "The curve is flat where the rate is near 0: after 2 * n_s updates. That happens eight times,"
    )
    print(
        "twice or once. A short cycle reaches its large rates early, so its cost falls earlier. The mean"
    )
    print("rate is the same for all three, and the final costs are nearly equal.")


if __name__ == "__main__":
    exercise_3()
