"""
An engine in sixty lines
========================

In the last lesson somebody had to write down the graph, with a slope along each arrow. How can the numbers do
that themselves? We build an engine that records a computation while it happens, and walks back through it. It
takes sixty lines, and trains a small network. Then we look for each of its parts in minigrad, and find it.

You know the chain rule on a graph, and why its order matters and its parts are added (lesson 02).
"""

# %%
# A number that remembers
# -----------------------
# What must be known of a number, to walk back through it? How it was made: from which inputs, and by which
# *rules*, one for each input. And its age, to find the order. Nothing else.

import math
from itertools import count

ages = count()


class Number:
    """A number, and how it was made; one that was given and not computed has no inputs."""

    def __init__(self, value, inputs=(), rules=()):
        self.value = value
        self.inputs = inputs
        self.rules = rules
        self.age = next(ages)
        self.grad = 0.0


# %%
# An operation
# ------------
# An *op* is a function with a rule for each input. A rule answers the question of the last lesson: if ``g``
# arrives at the result, what is handed on to this input? It may look at the result, ``out``, and at the
# inputs. Calling an op computes the value, and records.


def op(forward, *rules):
    """A function of Numbers, from one of floats and a gradient rule for each input."""

    def apply(*inputs):
        inputs = [x if isinstance(x, Number) else Number(x) for x in inputs]
        return Number(forward(*(x.value for x in inputs)), inputs, rules)

    return apply


mul = op(
    lambda x, y: x * y,
    lambda g, out, x, y: g * y,
    lambda g, out, x, y: g * x,
)

three, five = Number(3.0), Number(5.0)
fifteen = mul(three, five)
print(f"3 times 5 is {fifteen.value}, made from {[x.value for x in fifteen.inputs]}")
assert fifteen.inputs == [three, five]
assert [rule(1.0, 15.0, 3.0, 5.0) for rule in fifteen.rules] == [5.0, 3.0]

# %%
# More of them. Each is two or three formulas that one finds in a table of derivatives. Some are shorter with
# ``out``: the slope of exp is exp itself, that of tanh is 1 - tanh². ``relu`` keeps what is positive, with
# the slope 1, and makes a 0 of the rest, with the slope 0.

add = op(lambda x, y: x + y, lambda g, out, x, y: g, lambda g, out, x, y: g)
sub = op(lambda x, y: x - y, lambda g, out, x, y: g, lambda g, out, x, y: -g)
div = op(lambda x, y: x / y, lambda g, out, x, y: g / y, lambda g, out, x, y: -g * out / y)
exp = op(lambda x: math.exp(x), lambda g, out, x: g * out)
tanh = op(lambda x: math.tanh(x), lambda g, out, x: g * (1 - out * out))
relu = op(lambda x: max(x, 0.0), lambda g, out, x: g * (x > 0))

# %%
# Python lets a class say what ``+`` means. When only the right side is a Number, as in ``2 * x``, Python asks
# for ``__rmul__``, with the two sides exchanged.

for name, function in [("add", add), ("sub", sub), ("mul", mul), ("truediv", div)]:
    setattr(Number, f"__{name}__", function)
    setattr(Number, f"__r{name}__", lambda right, left, function=function: function(left, right))

x = Number(2.0)
y = 1 - x / 8
assert y.value == 0.75
assert [i.value for i in y.inputs] == [1.0, 0.25]

# %%
# The walk back
# -------------
# First find all that the result was made from. No number may be found twice, and no function may call
# itself, for a graph can be deeper than Python allows calls to be nested. Then go from the newest to the
# oldest. At each number everything has arrived when its turn comes. Hand on to the inputs, by their rules,
# and *add*.


def everything_behind(result):
    found, waiting = {result}, [result]
    while waiting:
        for x in waiting.pop().inputs:
            if x not in found:
                found.add(x)
                waiting.append(x)
    return found


def backward(result):
    """Add to the grad of every given number how far the result moves when it does."""
    numbers = sorted(everything_behind(result), key=lambda x: x.age, reverse=True)
    arrived = dict.fromkeys(numbers, 0.0)
    arrived[result] = 1.0
    for number in numbers:
        g, values = arrived[number], [x.value for x in number.inputs]
        for x, rule in zip(number.inputs, number.rules):
            arrived[x] += rule(g, number.value, *values)
        if not number.inputs:
            number.grad += g


# %%
# That is the engine. The example of the last lesson, where the answers were 22 and -33:

x, w = Number(3.0), Number(-2.0)
a = x * w
b = a * a
y = b + a
backward(y)
print(f"x.grad = {x.grad}, w.grad = {w.grad}")
assert (x.grad, w.grad) == (22.0, -33.0)

# %%
# A second walk adds exactly as much again. That is so because what arrives is kept in ``arrived`` and not in
# the numbers: an engine that leaves it in ``a`` sends it on once more the next time.

backward(y)
assert (x.grad, w.grad) == (44.0, -66.0)

# %%
# Does it hold?
# -------------
# Wiggling needs no engine, so it can judge one. Here are programs that nobody wrote: twenty times over, two
# of the numbers so far are drawn at random, and one of five things is done with them. A program takes
# floats, to be wiggled, as well as Numbers.

import numpy as np


def program(steps, numbers, tanh):
    """The last of the numbers that the steps make of the given ones."""
    numbers = list(numbers)
    for k, i, j in steps:
        x, y = numbers[i], numbers[j]
        numbers.append([x + y, x - y, x * y, x / (2 + tanh(y)), tanh(x)][k])
    return tanh(numbers[-1])


def random_steps(rng):
    return [(rng.integers(5), rng.integers(n), rng.integers(n)) for n in range(3, 23)]


def slopes_of(steps, point):
    """The slopes along the three inputs, as the engine finds them."""
    inputs = [Number(value) for value in point]
    backward(program(steps, inputs, tanh))
    return np.array([x.grad for x in inputs])


def wiggled(steps, point, h=1e-5):
    moved = [program(steps, point + h * unit, math.tanh) for unit in [*np.eye(3), *-np.eye(3)]]
    return (np.array(moved[:3]) - np.array(moved[3:])) / (2 * h)


def off(steps, point):
    """How far the engine is from wiggling, relative to the slopes."""
    by_wiggling = wiggled(steps, point)
    return np.max(np.abs(slopes_of(steps, point) - by_wiggling)) / max(
        1.0, np.abs(by_wiggling).max()
    )


rng = np.random.default_rng(3)
programs = [(random_steps(rng), rng.uniform(-1, 1, 3)) for _ in range(100)]
wrong = sum(off(*each) > 1e-6 for each in programs)
print(f"wrong in {wrong} of 100 random programs")
assert wrong == 0

# %%
# A test that cannot fail proves nothing. So plant a bug: a division that forgets its minus.

right = Number.__truediv__
Number.__truediv__ = op(
    lambda x, y: x / y, lambda g, out, x, y: g / y, lambda g, out, x, y: g * out / y
)
wrong = sum(off(*each) > 1e-6 for each in programs)
Number.__truediv__ = right
print(f"with a bug in the division: wrong in {wrong} of 100")
assert wrong > 20

# %%
# It is deep enough as well: ten thousand operations, one after the other.

start = number = Number(1.0)
for _ in range(10_000):
    number = number + number * 1e-4
backward(number)
print(f"the slope through 10,000 products and sums: {start.grad:.3f}")
assert abs(start.grad - math.e) < 0.001

# %%
# It learns
# ---------
# Exclusive or: 1 if the two inputs are different, and -1 if they are the same. No weighted sum can do that.
# So there is a *layer* in between, of four *neurons*. A neuron multiplies each input with a weight, adds them
# up and a number of its own, its *bias*, and puts the sum through tanh. How wrong the network is, is one
# number, the *loss*: here the sum of the squares of what each output is off. Each step moves every weight
# against its slope.

rng = np.random.default_rng(0)
hidden = [[Number(v) for v in rng.uniform(-1, 1, 3).tolist()] for _ in range(4)]
last = [Number(v) for v in rng.uniform(-1, 1, 5).tolist()]
weights = [*(w for row in hidden for w in row), *last]

examples = [((0.0, 0.0), -1.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), -1.0)]


def network(hidden, last, x, y, tanh):
    layer = [tanh(row[0] * x + row[1] * y + row[2]) for row in hidden]
    return tanh(sum((w * h for w, h in zip(last, layer)), last[4]))


def loss_of(hidden, last, tanh):
    errors = [network(hidden, last, x, y, tanh) - target for (x, y), target in examples]
    return sum(e * e for e in errors)


losses = []
for _ in range(500):
    loss = loss_of(hidden, last, tanh)
    for w in weights:
        w.grad = 0.0
    backward(loss)
    for w in weights:
        w.value -= 0.05 * w.grad
    losses.append(loss.value)

outputs = [network(hidden, last, x, y, tanh).value for (x, y), _ in examples]
print(f"loss {losses[0]:.1f}, then {losses[-1]:.2f}; outputs {[round(out, 1) for out in outputs]}")
assert losses[-1] < 0.1
assert all(out * target > 0.8 for out, (_, target) in zip(outputs, examples))

# %%
import matplotlib.pyplot as plt

values = [[w.value for w in row] for row in hidden], [w.value for w in last]
xs, ys = np.meshgrid(np.linspace(-0.4, 1.4, 60), np.linspace(-0.4, 1.4, 60))
outputs = network(*values, xs, ys, np.tanh)

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
fig.suptitle("Seventeen weights learn the exclusive or")
left.semilogy(losses, color="#0072B2")
left.set(xlabel="step", ylabel="loss")
shown = right.imshow(outputs, cmap="RdBu", vmin=-1, vmax=1, extent=2 * (-0.4, 1.4), origin="lower")
for (x, y), target in examples:
    right.plot(x, y, "o" if target > 0 else "s", color="black", markersize=8)
right.set(xlabel="first input", ylabel="second input", title="circles: 1, squares: -1")
fig.colorbar(shown, ax=right, label="output")
plt.show()

# %%
# Find each part in minigrad
# --------------------------
# The same network, in Tensors, with new random weights. The function ``loss_of`` need not be changed: it uses
# what Numbers and Tensors share. All 17 slopes agree.

import minigrad as mg
from minigrad import view

for w in weights:
    w.value, w.grad = rng.uniform(-1, 1), 0.0
backward(loss_of(hidden, last, tanh))

tensors = [mg.Tensor(np.float64(w.value), requires_grad=True) for w in weights]
inside, outside = [tensors[k : k + 3] for k in range(0, 12, 3)], tensors[12:]
loss_of(inside, outside, mg.tanh).backward()

ours, theirs = [w.grad for w in weights], [t.grad.item() for t in tensors]
print(f"17 slopes agree: {np.allclose(ours, theirs, rtol=1e-12)}")
assert np.allclose(ours, theirs, rtol=1e-12)

# %%
# And so they do in all the random programs:

for steps, point in programs:
    inputs = [mg.Tensor(value, requires_grad=True) for value in point]
    program(steps, inputs, mg.tanh).backward()
    theirs = np.array([0.0 if x.grad is None else x.grad.item() for x in inputs])
    assert np.allclose(slopes_of(steps, point), theirs, rtol=1e-10, atol=1e-12)

# %%
# An op of minigrad is a function with a rule for each input beneath it, called as ours are. ``OPS`` is the
# register of all of them. How to add one is lesson 06.

product = mg.OPS["mul"]
print(f"{product.usage()} has {len(product.rules)} rules")
assert [rule(1.0, 15.0, 3.0, 5.0) for rule in product.rules] == [5.0, 3.0]
assert mg.OPS["tanh"].rules[0](1.0, 0.5, math.atanh(0.5)) == 1 - 0.5**2

# %%
# What our Number keeps, a Tensor keeps in its *node*: op, inputs, and the age, which is called ``serial``. A
# Tensor that was given has no node.

x, w = mg.Tensor(3.0, requires_grad=True), mg.Tensor(-2.0, requires_grad=True)
a = x * w
assert x.node is None
assert a.node.op is product
assert a.node.inputs == (x, w)
assert (a * a).node.serial > a.node.serial

# %%
# The walk back is ``propagate`` in ``minigrad/autodiff.py``: newest first, gradients in a dictionary, no
# function that calls itself. One neuron, recorded by it, and the walk to click through:

with view.trace() as trace:
    x, y = mg.Tensor(1.0), mg.Tensor(0.5)
    w, v, b = (mg.Tensor(value, requires_grad=True) for value in (0.5, -1.0, 0.25))
    neuron = mg.tanh(w * x + v * y + b)
    neuron.backward()

view.draw(trace, values=True, grads=True)

# %%
view.step(trace)

# %%
# What was simplified
# -------------------
# - minigrad's numbers are arrays of many. Then a rule meets shapes, and a sum where a number was stretched
#   (lesson 04).
# - Ours never lets go of a graph. minigrad frees each node as the walk passes, and says so if one wants to
#   pass twice.
# - Our rules compute with floats. If they computed with Numbers, the walk back would be recorded too, and one
#   could walk back through the walk back: that gives second derivatives (lessons 06 and 13).
# - An op that fails here says whatever Python says. minigrad says which op, on which shapes, and the remedy.

# %%
# Exercises
# ---------
# 1. ``tutorials/exercises/03_engine.py`` has the division, whose rule above was only stated, and two ops that
#    the engine lacks. Find their rules. ``minigrad check tutorials/exercises/03_engine.py`` judges them.
# 2. Add ``sigmoid`` to the engine, once as one op with one rule, and once put together from ``exp`` and
#    ``/``. Do the slopes agree at 3? And at -1000?
# 3. Let ``backward`` keep what arrives in ``number.grad`` of every number, in the place of ``arrived``. Which
#    assert fails, and why does the first walk not notice?
