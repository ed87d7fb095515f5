"""
Batch normalisation, one node at a time
=======================================

Batch normalisation shifts and scales what flows through a network, with a mean and a variance that the
batch itself has. So every example depends on every other, and the way back has three branches. This lesson
derives it as a theory exercise of a course asks for it: the gradient at :math:`\\beta`, :math:`\\gamma`,
:math:`\\hat x`, :math:`\\sigma^2`, :math:`\\mu` and :math:`x`, first in numbers, then as a formula. It
finds two slips in a printed solution.

Known beforehand: why a gradient is summed where something was broadcast (lesson 04), how a gradient is
checked (lesson 07), and what batch normalisation is for (lesson 09).
"""

# %%
# Five numbers
# ------------
# Five examples, each with one number: 2, 4, 5, 6, 8. Their mean is 5. What is left without it is -3, -1, 0,
# 1, 3, whose squares have the mean 4: the *variance*, and 2 is the standard deviation. Divided by it, the
# numbers have mean 0 and variance 1. Then two parameters make of that whatever is needed:
# :math:`\gamma = 3` scales it, and :math:`\beta = 1` shifts it.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, nn, view

x = np.array([[2.0], [4.0], [5.0], [6.0], [8.0]])
gamma, beta = np.array([3.0]), np.array([1.0])
m = len(x)

mu = x.mean(axis=0)
variance = ((x - mu) ** 2).mean(axis=0)
sigma = np.sqrt(variance)
x_hat = (x - mu) / sigma
y = gamma * x_hat + beta

print(f"μ = {mu[0]:.0f}, σ² = {variance[0]:.0f}")
print("x̂ =", *x_hat.ravel())
print("y =", *y.ravel())
assert x_hat.ravel().tolist() == [-1.5, -0.5, 0.0, 0.5, 1.5]
assert np.array_equal(mg.batch_norm(x, gamma, beta, eps=0.0), y)

# %%
# A small :math:`\epsilon` is added to the variance, so that a column of equal numbers is not divided by 0.
# Here it is 0 for the sake of round numbers; in the formulas it stands beside :math:`\sigma^2` everywhere.
#
# The op, opened
# --------------
# ``batch_norm`` is a *fused* op: one op that is stated as a composition of others, and computed faster than
# that. In a picture it is one box, and with ``open`` it shows its definition. Some loss ``f`` comes after
# it, and all we need to know of the loss is the gradient ``g`` that it sends to ``y``.

g = np.array([[1.0], [0.0], [2.0], [-1.0], [3.0]])

X = mg.Tensor(x, requires_grad=True)
GAMMA = mg.Tensor(gamma, requires_grad=True)
BETA = mg.Tensor(beta, requires_grad=True)

with view.trace() as trace:
    Y = mg.batch_norm(X, GAMMA, BETA, eps=0.0)
    f = (Y * g).sum()
    f.backward()

view.draw(trace, open="batch_norm", values=True, grads=True)

# %%
# Two things can be read off the picture before anything is computed. Two arrows leave ``X``: it is used in
# the mean, and in the difference. Three leave ``centred``: two into its own square, and one on to ``Y``.
# Where several arrows leave, several gradients come back, and they are added.
#
# The way back, node by node
# --------------------------
# **β** is added to all five outputs. A change of it changes them all by as much:
#
# .. math:: \frac{\partial f}{\partial \beta} = \sum_i \frac{\partial f}{\partial y_i}

f_beta = g.sum(axis=0)
print("f/β =", f_beta[0])
assert f_beta == BETA.grad.data

# %%
# **γ** multiplies all five. A change of it changes :math:`y_i` by :math:`\hat x_i` times as much:
#
# .. math:: \frac{\partial f}{\partial \gamma} = \sum_i \frac{\partial f}{\partial y_i} \hat x_i

f_gamma = (g * x_hat).sum(axis=0)
print("f/γ =", f_gamma[0])
assert f_gamma == GAMMA.grad.data

# %%
# **x̂** is multiplied by γ, each for itself, and nothing is summed:
#
# .. math:: \frac{\partial f}{\partial \hat x_i} = \frac{\partial f}{\partial y_i} \gamma

f_x_hat = g * gamma
print("f/x̂ =", *f_x_hat.ravel())

# %%
# **σ²** is one number that all five were divided by. :math:`\hat x_i = (x_i - \mu)(\sigma^2 +
# \epsilon)^{-1/2}`, and the power -1/2 has the derivative -1/2 times the power -3/2. All five contribute:
#
# .. math::
#
#    \frac{\partial f}{\partial \sigma^2}
#    = \sum_i \frac{\partial f}{\partial \hat x_i} (x_i - \mu)
#    \left( -\tfrac{1}{2} \right) (\sigma^2 + \epsilon)^{-3/2}

f_variance = (f_x_hat * (x - mu) * -0.5 * variance**-1.5).sum(axis=0)
print("f/σ² =", f_variance[0])

# %%
# **μ** is subtracted from all five, and it is also in the variance. So there are two ways from it to f. On
# the second, the derivative of :math:`(x_i - \mu)^2 / m` by :math:`\mu` is :math:`-2 (x_i - \mu) / m`, and
# their sum is 0, for that is what a mean is: the differences from it cancel. The second way is there, and
# nothing comes along it.
#
# .. math::
#
#    \frac{\partial f}{\partial \mu}
#    = \sum_i \frac{\partial f}{\partial \hat x_i} \frac{-1}{\sqrt{\sigma^2 + \epsilon}}
#    + \frac{\partial f}{\partial \sigma^2} \underbrace{\sum_i \frac{-2 (x_i - \mu)}{m}}_{0}

directly = (-f_x_hat / sigma).sum(axis=0)
through_variance = f_variance * -2 / m * (x - mu).sum(axis=0)
f_mu = directly + through_variance
print(f"f/μ = {directly[0]} + {through_variance[0]:.0f}")
assert through_variance == 0

# %%
# **x** at last. Three ways lead from :math:`x_i` to f: straight on into its own :math:`\hat x_i`; into the
# variance, of which it is a part; and into the mean, of which it is one m-th.
#
# .. math::
#
#    \frac{\partial f}{\partial x_i}
#    = \frac{\partial f}{\partial \hat x_i} \frac{1}{\sqrt{\sigma^2 + \epsilon}}
#    + \frac{\partial f}{\partial \sigma^2} \frac{2 (x_i - \mu)}{m}
#    + \frac{\partial f}{\partial \mu} \frac{1}{m}

straight_on = f_x_hat / sigma
by_variance = f_variance * 2 * (x - mu) / m
by_mean = np.full_like(x, f_mu / m)
f_x = straight_on + by_variance + by_mean
print("f/x =", *(f"{value:.3f}" for value in f_x.ravel()))
assert np.abs(f_x - X.grad.data).max() < 1e-15

fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for k, (part, color, label) in enumerate(
    [
        (straight_on, "#0072B2", "straight on"),
        (by_variance, "#D55E00", "through the variance"),
        (by_mean, "#009E73", "through the mean"),
        (f_x, "#777777", "sum: the gradient"),
    ]
):
    ax.bar(np.arange(m) + 0.2 * k - 0.3, part.ravel(), 0.19, color=color, label=label)
ax.axhline(0, color="#777777", lw=0.8)
ax.set(
    title="Three ways from each number to the loss, and their sum",
    ylabel="gradient",
    ylim=(-4, 7.5),
)
ax.set_xticks(range(m), [f"x = {value:.0f}" for value in x.ravel()])
ax.legend(ncols=2)
plt.show()

# %%
# In the picture, ``mean`` and ``variance`` have the gradients -7.5 and -0.9375, and ``X`` has those of the
# grey bars. One number is missing there, that of :math:`\hat x`, for the definition multiplies with γ first
# and divides then. Stated in one's own ops it is a node as well, and minigrad can be asked for the gradient
# at any node: all six are those that were found by hand.

MU = X.mean(axis=0)
VARIANCE = ((X - MU) ** 2).mean(axis=0)
X_HAT = (X - MU) / VARIANCE**0.5
f = ((GAMMA * X_HAT + BETA) * g).sum()

by_hand = {"β": f_beta, "γ": f_gamma, "x̂": f_x_hat, "σ²": f_variance, "μ": f_mu, "x": f_x}
nodes = BETA, GAMMA, X_HAT, VARIANCE, MU, X
for name, found in zip(by_hand, mg.grad(f, nodes)):
    assert np.abs(found.data - by_hand[name]).max() < 1e-14, name

# %%
# Step by step
# ------------
# The same walk, with every number: the op is opened, and its definition is gone through backwards, one rule
# after the other. Look for the two steps at which something is added to what came before, and for the step
# at which five gradients become one, since one mean had been subtracted from five numbers.

view.step(trace, open="batch_norm")

# %%
# The closed form
# ---------------
# Put together and tidied up, the three ways are one line. Nothing is left of the variance's gradient and
# the mean's but two averages over the batch:
#
# .. math::
#
#    \frac{\partial f}{\partial x} = \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}
#    \left( g - \overline{g} - \hat x \, \overline{g \hat x} \right)


def normalise(x, gamma, beta):
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5) + beta


def closed_form(g, x, gamma, beta):
    inverse = 1 / np.sqrt(x.var(axis=0) + 1e-5)
    x_hat = (x - x.mean(axis=0)) * inverse
    g_x = gamma * inverse * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))
    return g_x, (g * x_hat).sum(axis=0), g.sum(axis=0)


rng = np.random.default_rng(10)
batch = rng.normal(2, 3, (6, 3)), rng.normal(size=3), rng.normal(size=3)
report = check.gradient(normalise, closed_form, *batch)
print(f"closed form: {report.verdict}")
assert report.passed

# %%
# What it says
# ------------
# The average of the gradient is taken away from it, and so is what is parallel to :math:`\hat x`. Why? If
# all five numbers grow by 1, their mean grows by 1, and the output stays what it was. If their distances
# from the mean are doubled, so is the deviation, and the output stays again. A change that changes nothing
# has the slope 0. So the gradient has no part in these two directions.

assert abs(f_x.sum()) < 1e-14
assert abs((f_x * x_hat).sum()) < 1e-14
assert np.array_equal(mg.batch_norm(x + 1, gamma, beta, eps=0.0), y)
assert np.array_equal(mg.batch_norm(2 * x, gamma, beta, eps=0.0), y)

# %%
# Two consequences surprise people. If the gradient that arrives is 1 everywhere, as in
# ``batch_norm(x).sum()``, nothing comes back: that sum is the same for every x. A check with ones finds
# nothing on both sides, and every multiple of the right gradient passes it.

ones = np.ones_like(x)
assert np.abs(closed_form(ones, x, gamma, beta)[0]).max() < 1e-15

# %%
# And a batch of two always becomes -1 and 1, whatever the numbers were, so no gradient comes back at all, but
# for the little that :math:`\epsilon` leaves.

pair = np.array([[2.0], [7.0]])
print("a batch of two:", *mg.batch_norm(pair, np.ones(1), np.zeros(1), eps=0.0).ravel())
assert np.abs(closed_form(np.array([[1.0], [5.0]]), pair, gamma, beta)[0]).max() < 1e-4

# %%
# A printed solution
# ------------------
# The report of a course that this derivation is taken from has every one of the six formulas right, and
# then puts them together. In its last line the sums over the batch are gone, and the way through the mean
# has :math:`\sqrt{(\sigma^2 + \epsilon)^3}` below the line, where :math:`\sqrt{\sigma^2 + \epsilon}` was a
# few lines before:
#
# .. math::
#
#    \frac{\partial f}{\partial y_i} \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}
#    + \frac{\partial f}{\partial y_i} \gamma
#    \frac{-1}{2} \frac{(x_i - \mu)}{\sqrt{(\sigma^2 + \epsilon)^3}} \frac{2}{m} (x_i - \mu)
#    + \frac{1}{m} \frac{\partial f}{\partial y_i} \gamma \frac{-1}{\sqrt{(\sigma^2 + \epsilon)^3}}
#
# Does it matter? A check answers, for each of the slips alone and for both.


def printed(sums, power):
    def gradient(g, x, gamma, beta):
        over_batch = (lambda a: a.sum(axis=0)) if sums else (lambda a: a)
        s, centred, m = np.sqrt(x.var(axis=0) + 1e-5), x - x.mean(axis=0), len(x)
        f_variance = over_batch(g * gamma * -0.5 * centred / s**3)
        f_mu = over_batch(g * gamma * -1 / s**power)
        g_x = g * gamma / s + f_variance * 2 / m * centred + f_mu / m
        return (g_x, *closed_form(g, x, gamma, beta)[1:])

    return gradient


for sums, power in ((False, 3), (True, 3), (False, 1), (True, 1)):
    report = check.gradient(normalise, printed(sums, power), *batch)
    print(f"sums {'there' if sums else 'gone'}, power {power}/2: {report.verdict}")
    assert report.passed == (sums and power == 1)

# %%
# The same index i stood for the example whose gradient is asked, and for the one that a sum runs over. Two
# letters, i and j, would have kept them apart. In a program the sum is forgotten as easily, and numpy does
# not complain, for without it the shapes still fit. It takes a check to see it.
#
# The running statistics
# ----------------------
# When the network is used, there may be one image only, and its class must not depend on who else is in the
# batch. So the layer keeps a *running* mean and variance while it is trained, and uses these afterwards. They
# start at 0 and 1, and each batch moves them a tenth of the way to its own. Our batch has the mean 5. The sum
# of its squares is 20, which was divided by 5 for the variance of the batch. For the running one it is
# divided by one less, 4, since numbers lie closer to their own mean than to the true one. That gives 5.

layer = nn.BatchNorm1d(1, dtype=np.float64)
trained = layer(mg.Tensor(x))

print(f"running mean {layer.running_mean.item():.2f}, variance {layer.running_var.item():.2f}")
assert abs(layer.running_mean.item() - (0.9 * 0 + 0.1 * 5)) < 1e-12
assert abs(layer.running_var.item() - (0.9 * 1 + 0.1 * 5)) < 1e-12

# %%
# Afterwards each example is on its own: a batch of one gives what the same example gives among others.
# While training, the neighbours matter.

layer.eval()
alone, among = layer(mg.Tensor(x[:1])), layer(mg.Tensor(x))
assert alone.item() == among.data[0, 0]

layer.train()
others = layer(mg.Tensor(np.array([[2.0], [0.0], [1.0], [0.5], [3.0]])))
print(f"the 2, among other numbers: {trained.data[0, 0]:.2f} and {others.data[0, 0]:.2f}")
assert abs(trained.data[0, 0] - others.data[0, 0]) > 1

# %%
# How long until they are right? Each batch pulls by a tenth, so after k batches :math:`1 - 0.9^k` of the
# way is gone: 65 % after 10, 99 % after 44. A network that is judged after a few updates is judged with
# wrong statistics. With ``momentum=None`` all batches count alike, which is right at once and follows no
# change.

slow, plain = nn.BatchNorm1d(1), nn.BatchNorm1d(1, momentum=None)
paths = {slow: [], plain: []}
for _ in range(60):
    batch = mg.Tensor(rng.normal(5, 2, (100, 1)).astype(np.float32))
    for norm, path in paths.items():
        norm(batch)
        path.append(norm.running_mean.item())

fig, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
ax.plot(range(1, 61), paths[slow], "#0072B2", label="a tenth of each batch")
ax.plot(range(1, 61), paths[plain], "#D55E00", ls="--", label="all batches alike")
ax.axhline(5, color="#777777", lw=1)
ax.set(title="The running mean on its way from 0 to the true mean, 5", xlabel="batches")
ax.set_ylabel("running mean")
ax.legend()
plt.show()

print(f"after 10 batches: {paths[slow][9]:.1f}, and {paths[plain][9]:.1f}")
assert abs(paths[slow][9] / 5 - (1 - 0.9**10)) < 0.05
assert abs(paths[slow][-1] - 5) < 0.5

# %%
# In evaluation the mean and the variance are constants. Two of the three ways are gone, and what is left of
# the gradient is :math:`g \gamma / \sqrt{\sigma^2 + \epsilon}`.

layer.eval()
X.grad = None
(layer(X) * g).sum().backward()
assert np.abs(X.grad.data - g / np.sqrt(layer.running_var.data + 1e-5)).max() < 1e-15

# %%
# Simplifications
# ---------------
# - One number for each example. With more, each column is treated for itself; with images, all pixels of a
#   channel are one column. The formulas do not change, only the axes of the means.
# - Why batch normalisation helps was not asked. Lesson 09 measures that it does.
#
# Exercises
# ---------
# 1. Write the backward pass yourself, in training and in evaluation, without looking at the closed form:
#    ``minigrad check tutorials/exercises/10_batch_norm.py``
# 2. The same file asks for *layer norm*, which takes the mean over the row. Why does :math:`\gamma` no
#    longer stand before the bracket?
# 3. Leave ``g.mean(axis=0)`` out of ``closed_form``, and let ``check.gradient`` say what is missing.
