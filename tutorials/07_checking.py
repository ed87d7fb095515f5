"""
Is your gradient correct?
=========================

You wrote a gradient by hand, in numpy. It has the correct shape, and the network trains a little. How can
you find out whether the gradient is correct? How small an error can a check find? And if the gradient is
wrong, where is the bug?

You know how to find a slope by wiggling, and why a smaller step is not always better (lesson 01). The check
takes plain numpy functions. Only the last section uses Tensors.
"""

# %%
# A function and its backward function
# ------------------------------------
# Most courses use this convention: ``f(x, ...)`` returns an array. ``f_backward(g, x, ...)`` gets the
# upstream gradient ``g``, in the shape of that array. It returns one gradient for each input.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, view
from minigrad.domain import elementwise


def layer(x, w, b):
    return np.tanh(x @ w + b)


def layer_backward(g, x, w, b):
    slope = g * (1 - layer(x, w, b) ** 2)
    return slope @ w.T, x.T @ slope, slope.sum(axis=0)


rng = np.random.default_rng(7)
x, w, b = rng.normal(size=(6, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
report = check.gradient(layer, layer_backward, x, w, b)
epsilons = report.trials[0].sweep.steps
print(f"layer: {report.verdict}, checked with {epsilons.size} steps")
assert report.verdict == "correct"

# %%
# ``print(report)`` shows the details: the element with the largest error, the number of digits that agree,
# and the samples. You need not choose a tolerance or a step. (The step is called *epsilon* in gradient
# checking.) The check uses many steps, from 1/2 down to 2^-44.
#
# The check knows how the error of a central difference depends on epsilon: truncation is proportional to
# epsilon squared, and round-off is proportional to 1 / epsilon. Together they make the V of lesson 01. The
# curve of a wrong gradient is different. It cannot fall below the error of the gradient, so it becomes flat
# there.
#
# The next cell draws three curves for the element ``w[0, 0]``: for the correct gradient, and for two
# gradients of w with a relative error of 1e-6 and of 1e-3.


def off_by(factor):
    def backward(g, x, w, b):
        gx, gw, gb = layer_backward(g, x, w, b)
        return gx, gw * (1 + factor), gb

    return backward


def errors_of(backward, g):
    """The difference between the slope of (g * layer) along w[0, 0] and the gradient."""
    unit = np.zeros_like(w)
    unit[0, 0] = 1.0
    gradient = backward(g, x, w, b)[1][0, 0]
    errors = []
    for epsilon in epsilons:
        ahead, behind = layer(x, w + epsilon * unit, b), layer(x, w - epsilon * unit, b)
        slope = (g * (ahead - behind)).sum() / (2 * epsilon)
        errors.append(abs(slope - gradient))
    return np.array(errors)


g = rng.normal(size=(6, 3))
curves = {
    "correct": (layer_backward, "#009E73"),
    "off by 1e-6": (off_by(1e-6), "#0072B2"),
    "off by 1e-3": (off_by(1e-3), "#D55E00"),
}
fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
for name, (backward, colour) in curves.items():
    errors = errors_of(backward, g)
    visible = errors > 0  # a logarithmic axis has no place for 0
    ax.loglog(epsilons[visible], errors[visible], "o", ms=4, color=colour, label=name)
ax.set(
    title="The curve of a wrong gradient is flat at its error",
    xlabel="epsilon",
    ylabel="|central difference - gradient|",
)
ax.legend()
plt.show()

# %%
# How much does a pass prove?
# ---------------------------
# The *resolution* of a check is the smallest relative error that it can find. If a gradient passes, it has
# no error that is larger than the resolution. To test this, plant smaller and smaller errors.

for factor in (1e-2, 1e-4, 1e-6, 1e-8, 1e-14):
    found = check.gradient(layer, off_by(factor), x, w, b)
    print(f"wrong by {factor:g}: {found.verdict}")
    assert found.verdict == ("wrong" if factor > 1e-9 else "correct")
assert 1e-14 < report.resolution < 1e-9

# %%
# Many checks tolerate a relative error of 1e-3. Such a check finds only the first of these errors.

# %%
# The trap of ones
# ----------------
# Many checks that are written by hand use the sum of the output as the loss, because it is one number. Then
# the upstream gradient is an array of ones. The next function is such a check. Below it are three wrong
# gradients: a softmax whose gradient is always 0, a transpose whose backward function only reshapes, and a
# shift that is repeated instead of reversed.


def check_with_ones(f, backward, x, h=1e-5):
    claimed = backward(np.ones_like(f(x)), x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        slope = (f(x + step).sum() - f(x - step).sum()) / (2 * h)
        if abs(slope - claimed[index]) > 1e-6:
            return "wrong"
    return "correct"


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


wrong = {
    "softmax with gradient 0": (softmax, lambda g, z: np.zeros_like(z)),
    "reshape instead of transpose": (lambda x: x.T, lambda g, x: g.reshape(x.shape)),
    "shift repeated": (lambda x: np.roll(x, 1, axis=1), lambda g, x: np.roll(g, 1, axis=1)),
}
for name, (f, backward) in wrong.items():
    with_ones = check_with_ones(f, backward, x)
    with_random = check.gradient(f, backward, x).verdict
    print(f"{name}: with ones {with_ones}, with random numbers {with_random}")
    assert (with_ones, with_random) == ("correct", "wrong")

# %%
# The sum of a softmax is always 1, for all logits. So with ones its gradient really is 0. And an array of
# ones does not change when it is transposed, reshaped or shifted. So the upstream gradient of a check must
# be random numbers, of both signs.

# %%
# Kinks
# -----
# ReLU has a kink at 0: its slope is 0 on the left and 1 on the right. The central difference returns 1/2.
# Each number from 0 to 1 is called a *subgradient* there, and a gradient may return any of them. The check
# detects the kink, and tests whether your gradient is a subgradient. If it is one, the verdict is "kink".
#
# The maximum of several numbers has a kink at a *tie*, where two of them are the largest. There the
# gradient may go to either one. It is wrong to give all of it to both.


def relu(x):
    return np.maximum(x, 0)


def relu_with_slope(slope):
    """The backward function of ReLU, with this slope at 0."""

    def backward(g, x):
        return g * np.where(x == 0, slope, x > 0)

    return backward


at_zero = np.array([0.0, 1.5, -0.5])
for slope, verdict in [(0.0, "kink"), (1.0, "kink"), (3.0, "wrong")]:
    found = check.gradient(relu, relu_with_slope(slope), at_zero)
    print(f"slope {slope:.0f} at 0: {found.verdict}")
    assert found.verdict == verdict

# %%
# Near a kink, a check with one fixed epsilon steps across the kink. Then it calls a correct gradient wrong.
# The check of minigrad also has smaller steps, which stay on one side. These steps decide.

near = np.array([[1e-7, -1e-7, 1.0]])
with_one = check_with_ones(relu, relu_with_slope(0.0), near)
with_all = check.gradient(relu, relu_with_slope(0.0), near).verdict
print(f"near the kink: {with_one} with one epsilon, {with_all} with many")
assert (with_one, with_all) == ("wrong", "correct")

# %%
# Ten bugs
# --------
# Each of the next ten gradients has a bug that people have really written. Do not read the cell after it
# yet: first find as many bugs as you can.

label = np.array([0, 2, 1, 1, 0, 2])
words = np.array([0, 2, 2, 5, 1, 0])  # rows 0 and 2 of the table are used twice
mask = np.array([1.0, 0.0, 1.0, 1.0])


def standardise(x):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)


def looked_up(g, table):
    gradient = np.zeros_like(table)
    gradient[words] = g
    return gradient


def cross_entropy(z):
    return -np.log(softmax(z)[np.arange(6), label]).mean()


def penalised(w):
    return cross_entropy(x @ w) + 0.05 * (w**2).sum()


def p_minus_y(z):
    return softmax(z) - np.eye(3)[label]


BUGS = [
    (lambda x, b: x + b, lambda g, x, b: (g, g.mean(axis=0)), (x, rng.normal(size=4))),
    (np.tanh, lambda g, x: g * (1 - x**2), (x,)),
    (softmax, lambda g, z: g * softmax(z) * (1 - softmax(z)), (x,)),
    (lambda x: x.cumsum(axis=1), lambda g, x: g.cumsum(axis=1), (x,)),
    (lambda table: table[words], looked_up, (x,)),
    (standardise, lambda g, x: g / np.sqrt(x.var(axis=0) + 1e-5), (x,)),
    (lambda x: x * mask / 0.7, lambda g, x: g * mask, (x,)),
    (relu, lambda g, x: np.multiply(g, x > 0, out=g), (x,)),
    (cross_entropy, lambda z: p_minus_y(z), (x[:, :3],)),
    (penalised, lambda w: x.T @ p_minus_y(x @ w) / 6, (w,)),
]

# %%
# The check knows common bugs. For each one it computes the gradient that this bug would give, and compares
# it with yours. It names a bug only if all elements agree, for three different random inputs.

WORDS = ["mean", "1 - y^2", "off the diagonal", "cumsum", "+="]
WORDS += ["constants", "0.7 times", "in place", "division", "L2 penalty"]
for number, ((f, backward, inputs), word) in enumerate(zip(BUGS, WORDS), 1):
    if f in (cross_entropy, penalised):  # these return a loss: one number
        found = check.loss_gradient(f, backward, *inputs)
    else:
        found = check.gradient(f, backward, *inputs)
    message = found.fault or found.causes[0]
    print(f"{number}. {message}")
    assert found.verdict == "wrong"
    assert word in message

# %%
# The check does not have a name for every bug. Then it shows only the wrong elements, and ``print(report)``
# ends with the smallest example that it found, as a program that you can run. A gradient may also have two
# bugs. So check it again after you have corrected the first one.

# %%
# Which rule is it?
# -----------------
# In a long computation one wrong rule makes many gradients wrong. A check of the whole computation does not
# tell which rule is wrong. ``view.step(trace, check=True)`` checks each op separately, at the values of
# this run. It marks the first wrong rule that the backward pass reaches. The next op has a bug in its rule.


@mg.op(cases=elementwise(), rejects=[])
def rounded_abs(x):
    """sqrt(1 + x^2)"""
    return np.sqrt(1 + x**2)


rounded_abs.vjp(lambda g, out, x: g * x / (1 + x**2))

with view.trace() as trace:
    examples = mg.Tensor(x)
    weights = mg.Tensor(w, requires_grad=True)
    scores = mg.tanh(examples @ weights)
    difference = scores - 0.5
    distance = rounded_abs(difference)
    loss = distance.mean()
    loss.backward()

steps = view.step(trace, check=True)
first = steps.checks.first_wrong
print("first wrong rule:", steps.checks.labels[first])
print(*steps.checks.reports[first].causes)
assert steps.checks.labels[first] == "rounded_abs (distance)"

# %%
view.draw(trace)

# %%
# The title of each step shows the verdict on its rule.

steps

# %%
# Simplifications
# ---------------
# - For an input with hundreds of elements, the check moves all elements together, along random directions.
#   The report tells how likely it is that an error is not found.
# - A float32 function is checked in float64, because the formula is the same. The report tells separately
#   whether float32 is precise enough.
# - A pass is evidence only for the inputs that were tried. ``check.property`` (lesson 06) searches for the
#   inputs with the largest error.

# %%
# Exercises
# ---------
# 1. ``minigrad tutorials 7 --exercise`` copies the file ``07_checking.py`` into your folder. It has three
#    functions without their gradients. Each gradient has one of the difficulties of this lesson. Write the
#    gradients, then run ``minigrad check 7``.
# 2. Correct the ten bugs, one after the other, until every verdict is "correct".
# 3. Find a wrong gradient of your own that ``check_with_ones`` accepts for every x.
#
# Exercises 2 and 3 have their place at the end of the file. The answers to all three are in
# ``tutorials/solutions/07_checking.py``, and ``minigrad tutorials 7 --solution`` copies this file. Next:
# lesson 08, a network with two layers (``minigrad tutorials 8``).
