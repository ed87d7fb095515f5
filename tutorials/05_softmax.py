"""
Softmax and cross-entropy
=========================

A network computes three scores for an image: cat 2, dog 1, bird -1. How do scores become probabilities, and
how do probabilities become a loss? Why does the formula of the textbook return ``nan`` on a computer? And
why is the gradient, after a page of algebra, only p - y?

You know the chain rule (lesson 02). You know why contributions are added when a value is used several times
(lesson 04).
"""

# %%
# From scores to probabilities
# ----------------------------
# First make the scores positive with ``exp``. Then divide by their sum.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, view

scores = np.array([2.0, 1.0, -1.0])
p = np.exp(scores) / np.exp(scores).sum()
print(f"p = {p.round(3)}, their sum is {p.sum():.1f}")
assert p.round(3).tolist() == [0.705, 0.259, 0.035]

# %%
# This function is called *softmax*, and the scores are called *logits*. If two logits differ by 1, their
# probabilities differ by a factor of e. Only differences are important: add 100 to all logits, and p does
# not change.

assert np.isclose(p[0] / p[1], np.e)


def naive_softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


assert np.allclose(naive_softmax(scores + 100), p)

# %%
# The first overflow
# ------------------
# The largest float64 is about 1.8e308. exp(710) is larger, so it *overflows*: the result is infinity. Then
# softmax divides infinity by infinity, which is ``nan``.

with np.errstate(all="ignore"):
    print("naive: ", naive_softmax(scores + 1000))
    assert np.isnan(naive_softmax(scores + 1000)).all()

# %%
# Only differences are important, so we can subtract the largest logit first. Then all logits are 0 or
# negative. Their ``exp`` is at most 1, and the sum is at least 1. Nothing overflows.


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


print("stable:", softmax(scores + 1000).round(3))
assert np.allclose(softmax(scores + 1000), p)

# %%
# A loss
# ------
# The image shows a dog, and the network gave this class the probability 0.259. The loss is -log 0.259. This
# is the *cross-entropy*. It is near 0 if the probability of the correct class is near 1.
#
# A network that knows nothing gives 1/3 to each of three classes, and its loss is log 3. With ten classes,
# the loss of a new network should be near log 10 = 2.303.

label = 1
print(f"loss: {-np.log(p[label]):.3f}, loss of a network that knows nothing: {np.log(3):.3f}")
assert round(-np.log(p[label]), 3) == 1.349
assert np.isclose(-np.log(softmax(np.zeros(10)))[0], np.log(10))

# %%
# The second overflow
# -------------------
# Now suppose that the network is sure and wrong: the logit of the correct class is 800 below the other
# logit. The stable softmax rounds its probability to 0, and log 0 is minus infinity. The loss should be
# 800.

wrong = np.array([0.0, 800.0])
with np.errstate(divide="ignore"):
    print("-log of softmax:", -np.log(softmax(wrong))[0])
    assert np.isinf(-np.log(softmax(wrong))[0])

# %%
# The mistake is to compute ``exp`` first, and then its inverse, the logarithm. Simplify the formula on
# paper instead:
#
# .. math:: -\log \frac{e^{z_y}}{\sum_k e^{z_k}} = \log \sum_k e^{z_k} - z_y
#
# The first term is called *log-sum-exp*. We can move the largest logit m out of the sum. The new sum is
# between 1 and the number of classes, so its logarithm is safe:
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
# Most networks use float32. In float32 exp(89) overflows already, and exp(-104) becomes 0. The next figure
# shows the loss for two logits: 0 for the correct class, and z for the other one. A line ends where its
# formula becomes infinite or ``nan``.

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
print(f"log-sum-exp is finite up to z = {third:.0f}, and the others are not")
assert 86 <= first <= 89  # some processors round the smallest numbers to 0
assert 86 <= second <= 105
assert third == 140

fig, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
styles = {
    "log-sum-exp": {"color": "#BBBBBB", "lw": 12},  # the widest line first, below the others
    "largest logit subtracted, then log": {"color": "#56B4E9", "lw": 6},
    "exp(z) / sum, then log": {"color": "#D55E00", "lw": 2.5},
}
for name, style in styles.items():
    finite = np.isfinite(losses[name])
    ax.plot(z[finite], losses[name][finite], label=name, **style)
    if not finite.all():
        end = losses[name][finite][-1]
        ax.plot(last[name], end, "x", color=style["color"], ms=12, mew=3)
ax.set(
    title="Three formulas for one loss, in float32",
    xlabel="logit of the wrong class (the correct one has 0)",
    ylabel="cross-entropy",
)
ax.legend()
plt.show()

# %%
# The gradient
# ------------
# Wiggle each logit of the first example, the image of a dog.


def wiggled(f, z, h=2.0**-12):
    return np.array([(f(z + h * unit) - f(z - h * unit)) / (2 * h) for unit in np.eye(z.size)])


slopes = wiggled(lambda z: cross_entropy(z, label), scores)
print("slopes:", slopes.round(3))
print("p:     ", p.round(3))
assert slopes.round(3).tolist() == [0.705, -0.741, 0.035]

# %%
# For the two wrong classes the slope is the probability. For the correct class it is the probability minus
# 1: 0.259 - 1 = -0.741. Let y = (0, 1, 0) be the *one-hot* label: 1 for the correct class, 0 for the
# others. Then the gradient is **p - y**.
#
# Why? The loss is a log-sum-exp minus the logit of the correct class. The slope of this logit is y. The
# slope of the log-sum-exp is softmax itself. This follows from the chain rule, since the slope of exp is
# exp, and the slope of log at s is 1 / s:
#
# .. math:: \frac{\partial}{\partial z_k} \log \sum_j e^{z_j} = \frac{e^{z_k}}{\sum_j e^{z_j}} = p_k

assert np.allclose(slopes, p - np.eye(3)[label])
assert np.allclose(wiggled(log_sum_exp, scores), p)

# %%
# An update moves each logit against its slope. So the logit of a wrong class falls, in proportion to its
# probability p. The logit of the correct class rises, in proportion to 1 - p. The slopes add up to 0,
# because only differences of logits are important. They are largest for a network that is sure and wrong,
# and each slope is between -1 and 1.

examples = {
    "sure and correct": np.array([0.0, 4.0, -1.0]),
    "not sure": scores,
    "sure and wrong": np.array([4.0, -1.0, 0.0]),
}
fig, axes = plt.subplots(1, 3, figsize=(8, 3.2), layout="constrained", sharey=True)
fig.suptitle("The gradient of the logits is p - y (the correct class is dog)")
for ax, (name, z) in zip(axes, examples.items()):
    gradient = softmax(z) - np.eye(3)[label]
    ax.bar(["cat", "dog", "bird"], softmax(z), color="#56B4E9", width=0.8, label="p")
    ax.bar(["cat", "dog", "bird"], gradient, color="#D55E00", width=0.4, label="p - y")
    ax.axhline(0, color="#777777", lw=1)
    ax.set(title=f"{name}: loss {cross_entropy(z, label):.2f}")
    assert np.isclose(gradient.sum(), 0)
    assert np.abs(gradient).max() < 1
axes[0].set_ylabel("probability, or slope")
axes[0].legend(loc="lower left")
plt.show()

# %%
# Softmax by itself
# -----------------
# We can also walk backwards through the two steps, one at a time. The rule of the logarithm gives the
# gradient ``-y / p`` of the probabilities. What is the rule of softmax?
#
# Each probability depends on *every* logit. Suppose that logit j grows. It has two effects. In :math:`p_j`
# the numerator grows: the slope of this effect is :math:`p_j`. In every :math:`p_k` the denominator grows,
# since it is the sum: the slope of this effect is :math:`-p_k p_j`. Multiply each slope by the upstream
# gradient :math:`g_k` of its probability, and add:
#
# .. math:: p_j g_j - \sum_k g_k p_k p_j = p_j \left( g_j - \sum_k g_k p_k \right)
#
# The most common mistake is to forget the sum. The sum contains the slopes of each probability along the
# logits of the *other* classes. (The matrix of the slopes of all outputs along all inputs is called the
# *Jacobian*. In the Jacobian these slopes are outside the diagonal.)


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
# On paper the p in ``-y / p`` and the p of softmax cancel. On a computer p may be 0, and 0 times infinity
# is ``nan``. So libraries use *one* op for both steps. Its input is the logits, and its rule is p - y.
# Always call such a loss with the logits, not with probabilities.

with np.errstate(all="ignore"):
    y = np.array([1.0, 0.0])
    print("two steps:", softmax_backward(-y / softmax(wrong), wrong))
    print("one step: ", softmax(wrong) - y)
    assert np.isnan(softmax_backward(-y / softmax(wrong), wrong)).all()
    assert (softmax(wrong) - y).tolist() == [-1.0, 1.0]

# %%
# In minigrad
# -----------
# ``cross_entropy`` takes the logits of many examples, and their labels. It returns the *mean* over the N
# examples, so the gradient of each example is (p - y) / N.

with view.trace() as trace:
    logits = mg.Tensor([[2.0, 1.0, -1.0], [0.0, 800.0, 0.0]], requires_grad=True)
    labels = np.array([1, 0])
    loss = mg.cross_entropy(logits, labels)
    loss.backward()

print(f"loss {loss.item():.2f}, gradient:\n{logits.grad.data.round(3)}")
assert np.allclose(logits.grad.data, (softmax(logits.data) - np.eye(3)[labels]) / 2, atol=1e-6)

# %%
# This op is *fused*: it has a fast pair of functions, and also a definition that is composed of other ops.
# With ``open=`` the picture shows the definition: log-softmax, and then the element at the label.

view.draw(trace, values=True, grads=True, open="cross_entropy")

# %%
# The step page shows it as one op. Its rule is the last formula before ``logits.grad``. (The button Quiz
# asks you for each gradient before it is shown.)

view.step(trace)

# %%
# In a loss that is written by hand the division by N is often forgotten. The check knows this mistake.


def mean_loss(z):
    return (log_sum_exp(z) - z[np.arange(4), labels]).mean()


def mean_loss_gradient(z):
    return softmax(z) - np.eye(3)[labels]  # the division by 4 is missing


labels = np.array([0, 2, 1, 2])
z = np.random.default_rng(5).normal(size=(4, 3))
report = check.loss_gradient(mean_loss, mean_loss_gradient, z)
print(f"{report.verdict}: {report.causes[0]}")
assert report.verdict == "wrong"
assert "the division by it, of a mean, was forgotten" in report.causes[0]

# %%
# Simplifications
# ---------------
# - Two classes need only one logit. Then softmax becomes the sigmoid, and the gradient is p - y again
#   (``binary_cross_entropy_with_logits``).
# - Labels may also be probabilities. The gradient is p - y for them, too.
# - ``minigrad/ops/losses.py`` raises an error for labels that are out of range, and for one-hot rows where
#   it needs class numbers.

# %%
# Exercises
# ---------
# 1. ``minigrad tutorials 5 --exercise`` copies the file ``05_softmax.py`` into your folder. It has softmax,
#    log-sum-exp and the mean cross-entropy without their gradients. Write them, then run
#    ``minigrad check 5``.
# 2. The sigmoid of z is the first probability of the softmax of (z, 0). Derive its slope p (1 - p) from
#    ``softmax_backward``.
# 3. Divide all logits by a temperature T before softmax. How does p look for a very small T, and for a very
#    large T? Find the gradient of the loss along T.
#
# Exercises 2 and 3 have their place at the end of the file. The answers to all three are in
# ``tutorials/solutions/05_softmax.py``, and ``minigrad tutorials 5 --solution`` copies this file. Next:
# lesson 06, writing an operation (``minigrad tutorials 6``).
