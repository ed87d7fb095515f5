"""
Batch normalisation, one node at a time
=======================================

What is the gradient of batch normalisation? It shifts and scales its input with the mean and the variance of
the batch. So each output depends on all examples of the batch, and three paths lead from each input to the
loss. This lesson derives the gradients of :math:`\\beta`, :math:`\\gamma`, :math:`\\hat x`,
:math:`\\sigma^2`, :math:`\\mu` and :math:`x`, as theory exercises of courses ask for them. First we compute
them in numbers, then as a formula. We also find two errors in a printed solution.

You know why a gradient is summed over a broadcast axis (lesson 04), how to check a gradient (lesson 07), and
why networks use batch normalisation (lesson 09).
"""

# %%
# Five numbers
# ------------
# Take five examples, each with one number: 2, 4, 5, 6, 8. Their mean is 5. The differences from the mean
# are -3, -1, 0, 1, 3. The mean of their squares is 4. It is called the *variance*, and its root, 2, is the
# standard deviation. Divide the differences by 2: the results have mean 0 and variance 1. Then two
# parameters give them the mean and the size that the network needs: :math:`\gamma = 3` scales, and
# :math:`\beta = 1` shifts.

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
# A small :math:`\epsilon` is added to the variance. Without it, a column of equal numbers would be divided
# by zero. Here we choose :math:`\epsilon = 0` to get round numbers. In the formulas we write
# :math:`\sigma^2 + \epsilon`.
#
# The definition of the op
# ------------------------
# ``batch_norm`` is a *fused* op. It is defined as a composition of other ops, but computed by faster code.
# In a picture it is one box. With ``open`` the picture shows the definition. A loss ``f`` is computed from
# ``y``. We need only one thing of the loss: its gradient ``g`` with respect to ``y``.

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
# The picture shows how often each value is used. Two arrows leave ``X``, to the mean and to the difference.
# Three arrows leave ``centred``: two to its square, and one to ``Y``. If several arrows leave a value, its
# gradient is the sum of several contributions.
#
# Backwards, node by node
# -----------------------
# **β** is added to all five outputs. So its gradient is the sum of their gradients:
#
# .. math:: \frac{\partial f}{\partial \beta} = \sum_i \frac{\partial f}{\partial y_i}

f_beta = g.sum(axis=0)
print("∂f/∂β =", f_beta[0])
assert f_beta == BETA.grad.data

# %%
# **γ** multiplies all five :math:`\hat x_i`. The derivative of :math:`y_i` with respect to it is
# :math:`\hat x_i`:
#
# .. math:: \frac{\partial f}{\partial \gamma} = \sum_i \frac{\partial f}{\partial y_i} \hat x_i

f_gamma = (g * x_hat).sum(axis=0)
print("∂f/∂γ =", f_gamma[0])
assert f_gamma == GAMMA.grad.data

# %%
# **x̂**: each :math:`\hat x_i` is used once, in :math:`y_i`, and multiplied by γ. So there is no sum:
#
# .. math:: \frac{\partial f}{\partial \hat x_i} = \frac{\partial f}{\partial y_i} \gamma

f_x_hat = g * gamma
print("∂f/∂x̂ =", *f_x_hat.ravel())

# %%
# **σ²** is used in all five :math:`\hat x_i = (x_i - \mu)(\sigma^2 + \epsilon)^{-1/2}`. The derivative of
# the power -1/2 is -1/2 times the power -3/2. The five contributions are added:
#
# .. math::
#
#    \frac{\partial f}{\partial \sigma^2}
#    = \sum_i \frac{\partial f}{\partial \hat x_i} (x_i - \mu)
#    \left( -\tfrac{1}{2} \right) (\sigma^2 + \epsilon)^{-3/2}

f_variance = (f_x_hat * (x - mu) * -0.5 * variance**-1.5).sum(axis=0)
print("∂f/∂σ² =", f_variance[0])

# %%
# **μ** is subtracted from all five inputs, and it is also used in the variance. So two paths lead from it
# to f. On the second path, the derivative of :math:`(x_i - \mu)^2 / m` with respect to :math:`\mu` is
# :math:`-2 (x_i - \mu) / m`. The sum of these derivatives is 0, since the differences from a mean add up to
# zero. So the second path contributes 0.
#
# .. math::
#
#    \frac{\partial f}{\partial \mu}
#    = \sum_i \frac{\partial f}{\partial \hat x_i} \frac{-1}{\sqrt{\sigma^2 + \epsilon}}
#    + \frac{\partial f}{\partial \sigma^2} \underbrace{\sum_i \frac{-2 (x_i - \mu)}{m}}_{0}

directly = (-f_x_hat / sigma).sum(axis=0)
through_variance = f_variance * -2 / m * (x - mu).sum(axis=0)
f_mu = directly + through_variance
print(f"∂f/∂μ = {directly[0]} + {through_variance[0]:.0f}")
assert through_variance == 0

# %%
# **x**: three paths lead from :math:`x_i` to f. The first leads directly to :math:`\hat x_i`, the second
# through the variance, and the third through the mean.
#
# .. math::
#
#    \frac{\partial f}{\partial x_i}
#    = \frac{\partial f}{\partial \hat x_i} \frac{1}{\sqrt{\sigma^2 + \epsilon}}
#    + \frac{\partial f}{\partial \sigma^2} \frac{2 (x_i - \mu)}{m}
#    + \frac{\partial f}{\partial \mu} \frac{1}{m}

direct = f_x_hat / sigma
by_variance = f_variance * 2 * (x - mu) / m
by_mean = np.full_like(x, f_mu / m)
f_x = direct + by_variance + by_mean
print("∂f/∂x =", *(f"{value:.3f}" for value in f_x.ravel()))
assert np.abs(f_x - X.grad.data).max() < 1e-15

fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
for k, (part, color, label) in enumerate(
    [
        (direct, "#0072B2", "direct"),
        (by_variance, "#D55E00", "through the variance"),
        (by_mean, "#009E73", "through the mean"),
        (f_x, "#777777", "sum: the gradient"),
    ]
):
    ax.bar(np.arange(m) + 0.2 * k - 0.3, part.ravel(), 0.19, color=color, label=label)
ax.axhline(0, color="#777777", lw=0.8)
ax.set(
    title="The gradients along three paths, and their sum",
    ylabel="gradient",
    ylim=(-4, 7.5),
)
ax.set_xticks(range(m), [f"x = {value:.0f}" for value in x.ravel()])
ax.legend(ncols=2)
plt.show()

# %%
# In the picture, ``mean`` has the gradient -7.5 and ``variance`` has -0.9375. ``X`` has the gradients of
# the grey bars. There is no :math:`\hat x` in the picture: the definition multiplies by γ first, and
# divides afterwards. So we write the formulas ourselves, with Tensors. ``mg.grad`` returns the gradient of
# any node. All six gradients are equal to those that we computed by hand.

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
# These are the same computations as steps, with every number. The op is opened, so the steps lead backwards
# through its definition. Find the two steps that add a contribution to an earlier one. Find also the step
# that adds five gradients. It is needed because one mean was subtracted from five numbers.

view.step(trace, open="batch_norm")

# %%
# The closed form
# ---------------
# Insert the gradients of the variance and of the mean into the gradient of x, and simplify. The result is
# one line with two averages over the batch:
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
# The meaning of the formula
# --------------------------
# The formula subtracts two components from g: its average, and the component parallel to :math:`\hat x`.
# Why? Add 1 to all five numbers: their mean grows by 1 too, and the output does not change. Double their
# differences from the mean: the standard deviation doubles too, and the output does not change. So the
# slope along these two directions is 0. The gradient has no component along them.

assert abs(f_x.sum()) < 1e-14
assert abs((f_x * x_hat).sum()) < 1e-14
assert np.array_equal(mg.batch_norm(x + 1, gamma, beta, eps=0.0), y)
assert np.array_equal(mg.batch_norm(2 * x, gamma, beta, eps=0.0), y)

# %%
# This has two surprising consequences. First, the gradient of x is 0 if the upstream gradient is 1
# everywhere. An example is ``batch_norm(x).sum()``: this sum is the same for every x. So do not check batch
# normalisation with an upstream gradient of ones. Every multiple of the correct gradient would pass.

ones = np.ones_like(x)
assert np.abs(closed_form(ones, x, gamma, beta)[0]).max() < 1e-15

# %%
# Second, a batch of two different numbers always becomes -1 and 1. So its gradient is almost 0. It is not
# exactly 0, because of :math:`\epsilon`.

pair = np.array([[2.0], [7.0]])
print("a batch of two:", *mg.batch_norm(pair, np.ones(1), np.zeros(1), eps=0.0).ravel())
assert np.abs(closed_form(np.array([[1.0], [5.0]]), pair, gamma, beta)[0]).max() < 1e-4

# %%
# A printed solution
# ------------------
# A report for a course contains this derivation. Its six formulas are correct. Then they are combined, and
# the last line has two errors. The sums over the batch are missing. And the path through the mean is divided
# by :math:`\sqrt{(\sigma^2 + \epsilon)^3}` instead of :math:`\sqrt{\sigma^2 + \epsilon}`:
#
# .. math::
#
#    \frac{\partial f}{\partial y_i} \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}
#    + \frac{\partial f}{\partial y_i} \gamma
#    \frac{-1}{2} \frac{(x_i - \mu)}{\sqrt{(\sigma^2 + \epsilon)^3}} \frac{2}{m} (x_i - \mu)
#    + \frac{1}{m} \frac{\partial f}{\partial y_i} \gamma \frac{-1}{\sqrt{(\sigma^2 + \epsilon)^3}}
#
# Do the errors matter? We check the formula with both errors, with each of them alone, and with none.


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
    print(f"{'with' if sums else 'without'} the sums, power {power}/2: {report.verdict}")
    assert report.passed == (sums and power == 1)

# %%
# The report uses the index i twice: for the example whose gradient is computed, and as the index of a sum.
# Two letters, i and j, would have prevented the error. In a program the sum is also easy to forget. numpy
# does not raise an error, since the shapes fit without the sum too. A check finds the mistake.
#
# The running statistics
# ----------------------
# After training, the class of an image must not depend on the other images of the batch. So the layer keeps
# a *running* mean and variance during training, and uses these afterwards. They start at 0 and 1. Each
# batch moves them a tenth of the way to its own mean and variance. The mean of our batch is 5. The squares
# of the differences from it add up to 20. For the variance of the batch, 20 is divided by 5. For the
# running variance, it is divided by 4, which gives 5. The reason: the five numbers are closer to their own
# mean than to the true mean. So with a division by 5 the variance would be too small on average.

layer = nn.BatchNorm1d(1, dtype=np.float64)
in_training = layer(mg.Tensor(x))

print(f"running mean {layer.running_mean.item():.2f}, variance {layer.running_var.item():.2f}")
assert abs(layer.running_mean.item() - (0.9 * 0 + 0.1 * 5)) < 1e-12
assert abs(layer.running_var.item() - (0.9 * 1 + 0.1 * 5)) < 1e-12

# %%
# In evaluation the output of an example is the same in every batch. In training it depends on the other
# examples.

layer.eval()
alone, in_a_batch = layer(mg.Tensor(x[:1])), layer(mg.Tensor(x))
assert abs(alone.item() - in_a_batch.data[0, 0]) < 1e-12

layer.train()
others = layer(mg.Tensor(np.array([[2.0], [0.0], [1.0], [0.5], [3.0]])))
print(f"the 2 in two different batches: {in_training.data[0, 0]:.2f} and {others.data[0, 0]:.2f}")
assert abs(in_training.data[0, 0] - others.data[0, 0]) > 1

# %%
# How fast do the running statistics become correct? After k batches the running mean has moved :math:`1 -
# 0.9^k` of the way: 65 % after 10 batches, 99 % after 44. If a network is evaluated after a few updates,
# its running statistics are still wrong. With ``momentum=None`` all batches have the same weight. Then the
# statistics are correct from the first batch on, but they follow later changes slowly.

slow, plain = nn.BatchNorm1d(1), nn.BatchNorm1d(1, momentum=None)
paths = {slow: [], plain: []}
for _ in range(60):
    batch = mg.Tensor(rng.normal(5, 2, (100, 1)).astype(np.float32))
    for norm, path in paths.items():
        norm(batch)
        path.append(norm.running_mean.item())

fig, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
ax.plot(range(1, 61), paths[slow], "#0072B2", label="a tenth of the way for each batch")
ax.plot(range(1, 61), paths[plain], "#D55E00", ls="--", label="all batches with the same weight")
ax.axhline(5, color="#777777", lw=1)
ax.set(title="The running mean moves from 0 to the true mean, 5", xlabel="batches")
ax.set_ylabel("running mean")
ax.legend()
plt.show()

print(f"running mean after 10 batches: {paths[slow][9]:.1f} and {paths[plain][9]:.1f}")
assert abs(paths[slow][9] / 5 - (1 - 0.9**10)) < 0.05
assert abs(paths[slow][-1] - 5) < 0.5

# %%
# In evaluation the mean and the variance are constants. Only the direct path remains, and the gradient of x
# is :math:`g \gamma / \sqrt{\sigma^2 + \epsilon}`.

layer.eval()
X.grad = None
(layer(X) * g).sum().backward()
assert np.abs(X.grad.data - g / np.sqrt(layer.running_var.data + 1e-5)).max() < 1e-15

# %%
# Simplifications
# ---------------
# - Each example had one number. With more numbers, each column is normalised separately. With images, all
#   pixels of a channel are one column. The formulas are the same, only the axes of the means differ.
# - This lesson does not explain why batch normalisation helps. Lesson 09 measures that it does.
#
# Exercises
# ---------
# ``minigrad tutorials 10 --exercise`` copies the exercise file into your folder.
#
# 1. Write the backward pass of batch normalisation in training and in evaluation. Do not look at the closed
#    form. ``minigrad check 10`` checks both.
# 2. In the same file, write the backward pass of *layer norm*, which normalises each row. Why can
#    :math:`\gamma` not be factored out of the bracket here?
# 3. In the same file, remove ``g.mean(axis=0)`` from the closed form. What does the check report?
#
# The answers are in ``tutorials/solutions/10_batch_norm.py``. ``minigrad tutorials 10 --solution`` copies
# them. Next: lesson 11, convolution (``minigrad tutorials 11``).
