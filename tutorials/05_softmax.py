"""
Softmax and cross-entropy
=========================

A network gives three scores for an image: cat 2, dog 1, bird -1. How do scores become probabilities, and
probabilities a loss? Why does the formula of the textbook give ``nan`` on a computer, and why is the
gradient, after a page of algebra, nothing but p - y?

You know the chain rule (lesson 02) and why a gradient is summed where a value was used several times
(lesson 04).
"""

# %%
# From scores to probabilities
# ----------------------------
# Make the scores positive with ``exp``, and divide by their sum.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, view

scores = np.array([2.0, 1.0, -1.0])
p = np.exp(scores) / np.exp(scores).sum()
print(f"p = {p.round(3)}, their sum is {p.sum():.1f}")
assert p.round(3).tolist() == [0.705, 0.259, 0.035]

# %%
# This is *softmax*, and the scores are called *logits*. A difference of 1 between two logits is a factor of
# e between their probabilities. Only differences count: add 100 to all of them, and p is the same.

assert np.isclose(p[0] / p[1], np.e)


def naive_softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


assert np.allclose(naive_softmax(scores + 100), p)

# %%
# The first overflow
# ------------------
# The largest float64 is about 1.8e308, and exp(710) is beyond it. Then softmax divides infinity by infinity.

with np.errstate(all="ignore"):
    print("naive: ", naive_softmax(scores + 1000))
    assert np.isnan(naive_softmax(scores + 1000)).all()

# %%
# Only differences count, so subtract the largest logit first. What is left is 0 or less, so ``exp`` is 1 or
# less, and the sum is at least 1. Nothing overflows.


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


print("stable:", softmax(scores + 1000).round(3))
assert np.allclose(softmax(scores + 1000), p)

# %%
# A loss
# ------
# The image is a dog, and the network gave that 0.259. The loss is *how surprised* it is: -log 0.259. A sure
# and right answer costs nearly 0. A network that knows nothing says 1/3 for each of three classes, and costs
# log 3. This is the *cross-entropy*; for ten classes a network should begin near log 10 = 2.303.

label = 1
print(f"loss: {-np.log(p[label]):.3f}, of a network that knows nothing: {np.log(3):.3f}")
assert round(-np.log(p[label]), 3) == 1.349
assert np.isclose(-np.log(softmax(np.zeros(10)))[0], np.log(10))

# %%
# The second overflow
# -------------------
# Now let the network be sure, and wrong: the right class is 800 behind. The stable softmax rounds its
# probability to 0, and log 0 is minus infinity. The answer should be 800.

wrong = np.array([0.0, 800.0])
with np.errstate(divide="ignore"):
    print("-log of softmax:", -np.log(softmax(wrong))[0])
    assert np.isinf(-np.log(softmax(wrong))[0])

# %%
# The mistake is to compute p, and take the logarithm back. Do it on paper instead:
#
# .. math:: -\log \frac{e^{z_y}}{\sum_k e^{z_k}} = \log \sum_k e^{z_k} - z_y
#
# The first term is called *log-sum-exp*. It takes the largest logit m out of the sum, and what is left in
# the logarithm lies between 1 and the number of classes:
#
# .. math:: \log \sum_k e^{z_k} = m + \log \sum_k e^{z_k - m}


def log_sum_exp(z):
    m = z.max(axis=-1, keepdims=True)
    return m[..., 0] + np.log(np.exp(z - m).sum(axis=-1))


def cross_entropy(z, label):
    return log_sum_exp(z) - z[..., label]


print("log-sum-exp:    ", cross_entropy(wrong, 0))
assert cross_entropy(wrong, 0) == 800.0
assert np.isclose(cross_entropy(scores, label), -np.log(p[label]))

# %%
# In float32, which networks use, all this happens much earlier: exp overflows at 89, and a probability is 0
# at 104. Here is the loss of two logits, 0 for the right class and z for the other. Where a line ends, its
# formula has become infinite or ``nan``.

z = np.linspace(-20, 140, 161, dtype=np.float32)
pair = np.stack([np.zeros_like(z), z], axis=-1)
with np.errstate(all="ignore"):
    losses = {
        "exp(z) / sum, then log": -np.log(naive_softmax(pair)[:, 0]),
        "largest logit subtracted, then log": -np.log(softmax(pair)[:, 0]),
        "log-sum-exp": cross_entropy(pair, 0),
    }
last = {name: float(z[np.isfinite(loss)][-1]) for name, loss in losses.items()}
first, second, third = last.values()
print(f"without the subtraction it ends at {first:.0f}")
assert (first, third) == (88.0, 140.0)
assert 87.0 <= second <= 104.0  # some processors round the smallest numbers to 0

fig, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
for (name, loss), width, colour in zip(
    losses.items(), (2.5, 6, 12), ("#D55E00", "#56B4E9", "#BBBBBB")
):
    ax.plot(z[np.isfinite(loss)], loss[np.isfinite(loss)], lw=width, color=colour, label=name)
    if not np.isfinite(loss).all():
        ax.plot(last[name], loss[np.isfinite(loss)][-1], "x", color=colour, ms=12, mew=3)
for line in ax.lines:
    line.set_zorder(2 + 10 / line.get_linewidth())
ax.set(
    title="Three formulas for one loss, in float32",
    xlabel="logit of the wrong class (the right one has 0)",
    ylabel="cross-entropy",
)
ax.legend()
plt.show()

# %%
# The gradient
# ------------
# Wiggle each logit of the first example, the dog.


def wiggled(f, z, h=2.0**-12):
    return np.array([(f(z + h * unit) - f(z - h * unit)) / (2 * h) for unit in np.eye(z.size)])


slopes = wiggled(lambda z: cross_entropy(z, label), scores)
print("slopes:", slopes.round(3))
print("p:     ", p.round(3))
assert slopes.round(3).tolist() == [0.705, -0.741, 0.035]

# %%
# The slopes are the probabilities, but for the right class, which is 1 less: 0.259 - 1 = -0.741. With y =
# (0, 1, 0), the *one-hot* label, the gradient is **p - y**. Why? The loss is a log-sum-exp less one logit.
# The slope of the logit is y. The slope of the log-sum-exp is softmax itself, by the chain rule: the slope of
# exp is exp, and that of log at s is 1 / s:
#
# .. math:: \frac{\partial}{\partial z_k} \log \sum_j e^{z_j} = \frac{e^{z_k}}{\sum_j e^{z_j}} = p_k

assert np.allclose(slopes, p - np.eye(3)[label])
assert np.allclose(wiggled(log_sum_exp, scores), p)

# %%
# Read it as a force. Each wrong class is pushed down by the probability it was given, and the right class is
# pulled up by what it lacks. The forces add up to 0, because only differences of logits count. A network
# that is sure and wrong feels the largest force, and it is never more than 1.

examples = {
    "sure and right": np.array([0.0, 4.0, -1.0]),
    "not sure": scores,
    "sure and wrong": np.array([4.0, -1.0, 0.0]),
}
fig, axes = plt.subplots(1, 3, figsize=(8, 3.2), layout="constrained", sharey=True)
fig.suptitle("The gradient of the logits is p - y (the right class is dog)")
for ax, (name, z) in zip(axes, examples.items()):
    force = softmax(z) - np.eye(3)[label]
    ax.bar(["cat", "dog", "bird"], softmax(z), color="#56B4E9", width=0.8, label="p")
    ax.bar(["cat", "dog", "bird"], force, color="#D55E00", width=0.4, label="p - y")
    ax.axhline(0, color="#777777", lw=1)
    ax.set(title=f"{name}: loss {cross_entropy(z, label):.2f}")
    assert np.isclose(force.sum(), 0)
    assert np.abs(force).max() < 1
axes[0].set_ylabel("probability, or slope")
axes[0].legend(loc="lower left")
plt.show()

# %%
# The long way
# ------------
# One can also go through the two steps by themselves. The logarithm sends ``-y / p`` to the probabilities.
# And softmax? Each probability depends on *every* logit. Let logit j grow: it is above the line in
# :math:`p_j`, which moves by :math:`p_j`, and in the sum below the line of each :math:`p_k`, which moves by
# :math:`-p_k p_j`. Multiply each with the gradient :math:`g_k` that arrives at it, and add up:
#
# .. math:: p_j g_j - \sum_k g_k p_k p_j = p_j \left( g_j - \sum_k g_k p_k \right)
#
# The sum is forgotten most often. (The table of the slopes of all outputs along all inputs is the *Jacobian*.
# Its entries off the diagonal, where k is not j, come from the sum alone.)


def softmax_backward(g, z):
    p = softmax(z)
    return p * (g - (g * p).sum(axis=-1, keepdims=True))


y = np.eye(3)[label]
assert np.allclose(softmax_backward(-y / p, scores), p - y)
report = check.gradient(softmax, softmax_backward, np.stack([scores, [0.3, -0.5, 0.1]]))
print("softmax:", report.verdict)
assert report.verdict == "correct"

forgotten = check.gradient(softmax, lambda g, z: g * softmax(z), scores[np.newaxis])
print("without the sum:", *forgotten.causes, sep="\n  ")
assert "the sum over the other elements is missing" in forgotten.causes[0]

# %%
# On paper the p of the first step cancels with the p of the second. On a computer p may be 0, and 0 times
# infinity is ``nan``. So libraries make *one* op of the two, with the logits as its input and p - y as its
# rule. Give your loss the logits, never the probabilities.

with np.errstate(all="ignore"):
    y = np.array([1.0, 0.0])
    print("two steps:", softmax_backward(-y / softmax(wrong), wrong))
    print("one step: ", softmax(wrong) - y)
    assert np.isnan(softmax_backward(-y / softmax(wrong), wrong)).all()
    assert (softmax(wrong) - y).tolist() == [-1.0, 1.0]

# %%
# In minigrad
# -----------
# ``cross_entropy`` takes logits for many examples, and the label of each. It is the *mean* over the
# examples, so the gradient of each is (p - y) / N.

with view.trace() as trace:
    logits = mg.Tensor([[2.0, 1.0, -1.0], [0.0, 800.0, 0.0]], requires_grad=True)
    labels = np.array([1, 0])
    loss = mg.cross_entropy(logits, labels)
    loss.backward()

print(f"loss {loss.item():.2f}, gradient:\n{logits.grad.data.round(3)}")
assert np.allclose(logits.grad.data, (softmax(logits.data) - np.eye(3)[labels]) / 2, atol=1e-6)

# %%
# It is a *fused* op: a fast pair of functions, and a definition in terms of other ops. ``open`` draws the
# definition: log-softmax, then the logarithm at the label.

view.draw(trace, values=True, grads=True, open="cross_entropy")

# %%
# Step through it as one op. Its rule is the last formula before ``logits.grad``. (The button Quiz asks you
# for each gradient before it is shown.)

view.step(trace)

# %%
# The division by N is easily lost when a loss is written by hand. The checker knows this mistake.


def mean_loss(z):
    return (log_sum_exp(z) - z[np.arange(4), [0, 2, 1, 2]]).mean()


report = check.loss_gradient(
    mean_loss,
    lambda z: softmax(z) - np.eye(3)[[0, 2, 1, 2]],
    np.random.default_rng(5).normal(size=(4, 3)),
)
print(f"{report.verdict}: {report.causes[0]}")
assert report.verdict == "wrong"
assert "the division by it, of a mean, was forgotten" in report.causes[0]

# %%
# Simplifications
# ---------------
# Two classes need only one logit: softmax becomes the sigmoid, and the gradient is p - y again
# (``binary_cross_entropy_with_logits``). Labels may also be probabilities themselves; p - y holds for those
# too. ``minigrad/ops/losses.py`` refuses labels that are out of range, or one-hot rows where it needs
# numbers.

# %%
# Exercises
# ---------
# 1. ``tutorials/exercises/05_softmax.py`` has softmax, log-sum-exp and the mean cross-entropy without their
#    gradients. Write them, then run ``minigrad check tutorials/exercises/05_softmax.py``.
# 2. The sigmoid of z is the softmax of (z, 0). Derive its slope p (1 - p) from ``softmax_backward``.
# 3. Divide all logits by a temperature T before softmax. What becomes of p for a very small and a very large
#    T, and what is the gradient of the loss by T? Check yours with ``check.loss_gradient``.
