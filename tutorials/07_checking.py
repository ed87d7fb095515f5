"""
Is your gradient right?
=======================

You wrote a gradient by hand, in numpy. It has the right shape, and the network trains, a little. Is the
gradient right? Which error could a check have seen, and which not? And if it is wrong: what is the bug?

You know how to find a slope by wiggling, and why a smaller wiggle is not always better (lesson 01). Until the
last section nothing here needs minigrad's Tensors: the checker takes your functions as they are.
"""

# %%
# A function and its backward
# ---------------------------
# The convention is that of every course: ``f(x, ...)`` returns an array, and ``f_backward(g, x, ...)`` takes
# the gradient that arrives from above, in the shape of the output, and returns one gradient for each input.

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
print(f"layer: {report.verdict}, with {report.trials[0].sweep.steps.size} sizes of the wiggle")
assert report.verdict == "correct"
assert report.trials[0].sweep.steps.size == 44

# %%
# ``print(report)`` shows the rest: the worst element, to how many digits it agrees, what was tried. You
# chose no tolerance, and no step, which is called *epsilon* where gradients are checked. The check took 44 of
# them, from 1/2 down to 2^-44, and knows what the error of a central difference looks like at each: it falls
# with epsilon squared, then rounding takes over, and it grows with 1 / epsilon. That is the V of lesson 01.
#
# A wrong gradient has another curve. Here the gradient of w is wrong by one part in a thousand, and by one
# in a million. The V cannot go below the mistake: it levels off.


def off_by(factor):
    def backward(g, x, w, b):
        gx, gw, gb = layer_backward(g, x, w, b)
        return gx, gw * (1 + factor), gb

    return backward


curves = {"correct": layer_backward, "off by 1e-6": off_by(1e-6), "off by 1e-3": off_by(1e-3)}
fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
for (name, backward), colour in zip(curves.items(), ("#009E73", "#0072B2", "#D55E00")):
    found = check.gradient(layer, backward, x, w, b)
    of_w = next(t for t in found.trials if t.place == 1 and t.index == (0, 0))
    epsilon, _, difference, _ = of_w.curve()
    seen = np.abs(difference) > 0
    ax.loglog(epsilon[seen], np.abs(difference[seen]), "o", ms=4, color=colour, label=name)
ax.set(
    title="A wrong gradient levels off at its error",
    xlabel="epsilon",
    ylabel="|central difference - gradient|",
)
ax.legend()
plt.show()

# %%
# What a pass is worth
# --------------------
# The *resolution* of a check is the smallest relative error that it could have seen. A pass means: no error
# larger than that. Plant smaller and smaller errors, and see when it stops seeing them.

for factor in (1e-2, 1e-4, 1e-6, 1e-8, 1e-14):
    found = check.gradient(layer, off_by(factor), x, w, b)
    print(f"wrong by {factor:g}: {found.verdict}")
    assert found.verdict == ("wrong" if factor > 1e-10 else "correct")
assert 1e-14 < report.resolution < 1e-10

# %%
# A check that tolerates a relative error of 1e-3, as many do, passes all of these but the first.

# %%
# The trap of ones
# ----------------
# Many checks written by hand sum the output, so that it is one number, and compare with ``backward(ones)``.
# Here is one. Then three wrong gradients: the softmax that sends back nothing, a transpose that is undone by
# a reshape, and a shift that is not undone but done again.


def check_with_ones(f, backward, x, h=1e-5):
    claimed = backward(np.ones_like(f(x)), x)
    for place in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[place] = h
        if abs((f(x + unit).sum() - f(x - unit).sum()) / (2 * h) - claimed[place]) > 1e-6:
            return "wrong"
    return "correct"


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


wrong = {
    "softmax sends 0": (softmax, lambda g, z: np.zeros_like(z)),
    "reshape for transpose": (lambda x: x.T, lambda g, x: g.reshape(x.shape)),
    "shift done twice": (lambda x: np.roll(x, 1, axis=1), lambda g, x: np.roll(g, 1, axis=1)),
}
for name, (f, backward) in wrong.items():
    with_ones, found = check_with_ones(f, backward, x), check.gradient(f, backward, x)
    print(f"{name}: with ones {with_ones}, with random numbers {found.verdict}")
    assert (with_ones, found.verdict) == ("correct", "wrong")

# %%
# The sum of a softmax is 1 whatever the logits are, so with ones its gradient *is* 0. And ones look the same
# transposed, reshaped or shifted. So what arrives from above must be random numbers, of both signs.

# %%
# Kinks
# -----
# ReLU has no slope at 0: it is 0 on one side and 1 on the other. The central difference says 1/2, which is
# neither. Any number between the two slopes is a *subgradient*, and may be used. The check sees the kink,
# and asks whether yours lies between. The largest of several numbers has a kink too, at a *tie*: where two
# of them are the largest, either one may be given the gradient, but not each of them all of it.


def relu(x):
    return np.maximum(x, 0)


at_zero = np.array([0.0, 1.5, -0.5])
for slope in (0.0, 1.0, 3.0):
    backward = lambda g, x, slope=slope: g * np.where(x == 0, slope, x > 0)
    print(f"slope {slope:.0f} at 0: {check.gradient(relu, backward, at_zero).verdict}")
assert check.gradient(relu, lambda g, x: g * (x > 0), at_zero)
assert not check.gradient(relu, lambda g, x: g * np.where(x == 0, 3.0, x > 0), at_zero)

# %%
# Close to a kink a fixed epsilon jumps over it, and a right gradient is called wrong. The smaller steps of
# the sweep do not reach the kink, and they decide.

near = np.array([[1e-7, -1e-7, 1.0]])
print("near the kink:", check_with_ones(relu, lambda g, x: g * (x > 0), near), "with one epsilon,",
      check.gradient(relu, lambda g, x: g * (x > 0), near).verdict, "with all")  # fmt: skip
assert check_with_ones(relu, lambda g, x: g * (x > 0), near) == "wrong"
assert check.gradient(relu, lambda g, x: g * (x > 0), near).verdict == "correct"

# %%
# Ten bugs
# --------
# Here are ten gradients, and each has a bug. All of them were written by somebody. Cover the next cell, and
# find as many as you can.

label = np.array([0, 2, 1, 1, 0, 2])
words = np.array(
    [0, 2, 2, 5, 1, 0]
)  # the third row of the table is looked up twice, and so is the first
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
# The check tries the mistakes that people make, one after the other: what would the gradient be, if this
# were the bug? A name is given only if it predicts every element, on three draws of fresh numbers.

NAMES = [
    "mean",
    "1 - y^2",
    "off the diagonal",
    "cumsum",
    "+=",
    "constants",
    "0.7 times",
    "in place",
]
NAMES += ["division", "L2 penalty"]
for number, ((f, backward, inputs), word) in enumerate(zip(BUGS, NAMES), 1):
    ask = check.loss_gradient if f in (cross_entropy, penalised) else check.gradient
    found = ask(f, backward, *inputs)
    said = found.fault or found.causes[0]
    print(f"{number}. {said}")
    assert found.verdict == "wrong"
    assert word in said

# %%
# How good is it at this? Of the bugs that it has no name for it says only where they are, with the smallest
# example it could find, as a program to run: ``print(report)`` ends with that. And what is named may still
# have a second bug behind it. Mend, and check again.

# %%
# Which rule is it?
# -----------------
# In a long computation a wrong rule spoils every gradient behind it. A check of the whole says *that*
# something is wrong. ``view.step(trace, check=True)`` asks each op alone, at the values it was used at, and
# marks the first wrong one on the way back. Here is an op of our own with a bug in its rule.


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
print("first wrong rule:", steps.checks.labels[steps.checks.first_wrong])
print(*steps.checks.reports[steps.checks.first_wrong].causes)
assert steps.checks.labels[steps.checks.first_wrong] == "rounded_abs (distance)"

# %%
view.draw(trace)

# %%
# The marks are in the titles of the steps.

steps

# %%
# Simplifications
# ---------------
# Inputs with hundreds of elements are followed along random directions, and not one by one: the report says
# how likely it is that an error hides from all of them. A float32 function is checked in float64, since that
# is a question about the formula; whether float32 is precise enough is another one, and the report answers
# it apart. A pass is evidence at the points that were tried. ``check.property`` (lesson 06) looks for the
# worst ones.

# %%
# Exercises
# ---------
# 1. ``tutorials/exercises/07_checking.py`` has three functions without their gradients, and each has a trap
#    of this lesson in it. Write them, then run ``minigrad check tutorials/exercises/07_checking.py``.
# 2. Mend the ten bugs, one after the other, until every verdict is "correct".
# 3. Find a wrong gradient of your own that ``check_with_ones`` accepts for every x.
