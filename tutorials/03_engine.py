"""
An engine in sixty lines
========================

In the last lesson the graph was written by hand, with a slope along each arrow. How can numbers remember
how they were computed, so that nobody has to write the graph? In this lesson we build an engine. It records
a computation while it runs, and then walks backwards through it. The engine has sixty lines, and it trains
a small network. At the end we look for each part of it in minigrad.

You know the chain rule on a graph. You know why the order is important, and why contributions are added
(lesson 02).
"""

# %%
# A number that remembers
# -----------------------
# What must a number remember, so that we can walk back? It must remember how it was computed: its inputs,
# and one *gradient rule* for each input. It also needs a serial number, so that we can find the order.
# Nothing else is necessary.

import math
from itertools import count

serials = count()


class Number:
    """A number, and how it was computed. A number that was given has no inputs."""

    def __init__(self, value, inputs=(), rules=()):
        self.value = value
        self.inputs = inputs
        self.rules = rules
        self.serial = next(serials)
        self.grad = 0.0


# %%
# An operation
# ------------
# An *op* is a function with one gradient rule for each input. The rule gets the upstream gradient ``g``,
# and returns the contribution to its input (lesson 02). It may use the result, ``out``, and the inputs. A
# call of an op computes the value, and records how it was computed.


def op(forward, *rules):
    """Make a function of Numbers, from a function of floats and a gradient rule for each input."""

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
print(f"3 times 5 is {fifteen.value}, computed from {[x.value for x in fifteen.inputs]}")
assert fifteen.inputs == [three, five]
assert [rule(1.0, 15.0, 3.0, 5.0) for rule in fifteen.rules] == [5.0, 3.0]

# %%
# The other ops are made in the same way. Each one needs two or three formulas, which you find in a table of
# derivatives. Some rules are shorter with ``out``: the slope of exp is exp itself, and the slope of tanh is
# 1 - tanh². ``relu`` keeps positive numbers, with the slope 1. It returns 0 for all others, with the slope
# 0.

add = op(lambda x, y: x + y, lambda g, out, x, y: g, lambda g, out, x, y: g)
sub = op(lambda x, y: x - y, lambda g, out, x, y: g, lambda g, out, x, y: -g)
div = op(lambda x, y: x / y, lambda g, out, x, y: g / y, lambda g, out, x, y: -g * out / y)
exp = op(lambda x: math.exp(x), lambda g, out, x: g * out)
tanh = op(lambda x: math.tanh(x), lambda g, out, x: g * (1 - out * out))
relu = op(lambda x: max(x, 0.0), lambda g, out, x: g * (x > 0))

# %%
# A Python class can define what ``+`` does with its objects: ``x + y`` calls ``x.__add__(y)``. In ``2 * x``
# only the right operand is a Number. Then Python calls ``x.__rmul__(2)``, where the operands are exchanged.


def right_sub(right, left):
    return sub(left, right)


def right_div(right, left):
    return div(left, right)


Number.__add__ = Number.__radd__ = add
Number.__sub__, Number.__rsub__ = sub, right_sub
Number.__mul__ = Number.__rmul__ = mul
Number.__truediv__, Number.__rtruediv__ = div, right_div

x = Number(2.0)
y = 1 - x / 8
assert y.value == 0.75
assert [i.value for i in y.inputs] == [1.0, 0.25]

# %%
# The walk backwards
# ------------------
# First collect all numbers that the result was computed from. Each number must be collected only once. A
# function that calls itself would be simple here, but Python limits the depth of such calls, and a graph
# can be deeper. So we use a list of numbers that are waiting.
#
# Then visit the numbers by falling serial number. The gradient of each number is complete when it is
# visited. Compute the contributions to its inputs with the rules, and *add* them.


def computed_from(result):
    """The result, and all numbers that it was computed from."""
    found, waiting = {result}, [result]
    while waiting:
        for x in waiting.pop().inputs:
            if x not in found:
                found.add(x)
                waiting.append(x)
    return found


def backward(result):
    """Add to the grad of every given number how far the result moves when this number moves."""
    numbers = sorted(computed_from(result), key=lambda x: x.serial, reverse=True)
    gradients = dict.fromkeys(numbers, 0.0)
    gradients[result] = 1.0
    for number in numbers:
        g = gradients[number]
        values = [x.value for x in number.inputs]
        for x, rule in zip(number.inputs, number.rules):
            gradients[x] += rule(g, number.value, *values)
        if not number.inputs:
            number.grad += g


# %%
# The engine is complete. Test it with the example of the last lesson, where the gradients were 22 and -33:

x, w = Number(3.0), Number(-2.0)
a = x * w
b = a * a
y = b + a
backward(y)
print(f"x.grad = {x.grad}, w.grad = {w.grad}")
assert (x.grad, w.grad) == (22.0, -33.0)

# %%
# A second walk adds exactly the same gradients again. This is correct only because ``backward`` collects
# them in a dictionary of its own. If it collected them in the numbers, the second walk would start with the
# gradients of the first one.

backward(y)
assert (x.grad, w.grad) == (44.0, -66.0)

# %%
# Is the engine correct?
# ----------------------
# Wiggling does not use the engine, so it can test the engine. We test it with random programs. Each program
# has twenty steps. Each step takes two of the numbers so far, at random, and computes a new one with one of
# five formulas. A program runs with Numbers, and also with floats, for wiggling.

import numpy as np


def program(steps, numbers, tanh):
    """The last number that the steps compute from the given numbers."""
    numbers = list(numbers)
    for formula, i, j in steps:
        x, y = numbers[i], numbers[j]
        results = [x + y, x - y, x * y, x / (2 + tanh(y)), tanh(x)]
        numbers.append(results[formula])
    return tanh(numbers[-1])


def random_steps(rng):
    return [(rng.integers(5), rng.integers(n), rng.integers(n)) for n in range(3, 23)]


def slopes_by_engine(steps, point):
    """The slopes along the three inputs, computed by the engine."""
    inputs = [Number(value) for value in point]
    backward(program(steps, inputs, tanh))
    return np.array([x.grad for x in inputs])


def slopes_by_wiggling(steps, point, h=1e-5):
    """The slopes along the three inputs, computed by central differences."""
    slopes = []
    for unit in np.eye(3):
        ahead = program(steps, point + h * unit, math.tanh)
        behind = program(steps, point - h * unit, math.tanh)
        slopes.append((ahead - behind) / (2 * h))
    return np.array(slopes)


def error_of_engine(steps, point):
    """The largest difference between engine and wiggling, relative to the slopes."""
    expected = slopes_by_wiggling(steps, point)
    size = max(1.0, np.abs(expected).max())
    return np.abs(slopes_by_engine(steps, point) - expected).max() / size


rng = np.random.default_rng(3)
programs = [(random_steps(rng), rng.uniform(-1, 1, 3)) for _ in range(100)]
wrong = sum(error_of_engine(steps, point) > 1e-5 for steps, point in programs)
print(f"the engine is wrong in {wrong} of 100 random programs")
assert wrong == 0

# %%
# Can this test fail? To find out, plant a bug: a division rule with the minus sign missing.

wrong_div = op(lambda x, y: x / y, lambda g, out, x, y: g / y, lambda g, out, x, y: g * out / y)
Number.__truediv__ = wrong_div
wrong = sum(error_of_engine(steps, point) > 1e-5 for steps, point in programs)
Number.__truediv__ = div
assert wrong > 20
print("with a bug in the division it is wrong in more than 20 of them")

# %%
# The engine also works for a long computation, here of ten thousand steps in a chain.

start = number = Number(1.0)
for _ in range(10_000):
    number = number + number * 1e-4
backward(number)
print(f"the slope through 10,000 products and sums: {start.grad:.3f}")
assert abs(start.grad - math.e) < 0.001

# %%
# It learns
# ---------
# *Exclusive or* is a function of two inputs that are 0 or 1. It returns 1 if they are different, and -1 if
# they are equal. No weighted sum of the inputs can do this. So the network has a *layer* of four *neurons*
# between inputs and output. A neuron multiplies each input by a weight, and adds the products. It also adds
# a number of its own, its *bias*. Then it applies tanh to the sum.
#
# One number says how wrong the network is: the *loss*. Here it is the sum of the squared errors of the
# outputs. Training repeats an *update*, which moves every weight against its slope.

rng = np.random.default_rng(0)
hidden = [[Number(v) for v in rng.uniform(-1, 1, 3).tolist()] for _ in range(4)]
last = [Number(v) for v in rng.uniform(-1, 1, 5).tolist()]
weights = [w for neuron in [*hidden, last] for w in neuron]

examples = [((0.0, 0.0), -1.0), ((0.0, 1.0), 1.0), ((1.0, 0.0), 1.0), ((1.0, 1.0), -1.0)]


def network(hidden, last, x, y, tanh):
    layer = [tanh(neuron[0] * x + neuron[1] * y + neuron[2]) for neuron in hidden]
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

hidden_values = [[w.value for w in neuron] for neuron in hidden]
last_values = [w.value for w in last]
xs, ys = np.meshgrid(np.linspace(-0.4, 1.4, 60), np.linspace(-0.4, 1.4, 60))
outputs = network(hidden_values, last_values, xs, ys, np.tanh)

fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
fig.suptitle("Seventeen weights learn the exclusive or")
left.semilogy(losses, color="#0072B2")
left.set(xlabel="update", ylabel="loss")
image = right.imshow(outputs, cmap="RdBu", vmin=-1, vmax=1, extent=2 * (-0.4, 1.4), origin="lower")
for (x, y), target in examples:
    right.plot(x, y, "o" if target > 0 else "s", color="black", markersize=8)
right.set(xlabel="first input", ylabel="second input", title="circles: 1, squares: -1")
fig.colorbar(image, ax=right, label="output")
plt.show()

# %%
# Find each part in minigrad
# --------------------------
# Now compute the same network with Tensors, and with new random weights. The function ``loss_of`` remains
# unchanged, because it uses only what Numbers and Tensors have in common. All 17 slopes agree.

import minigrad as mg
from minigrad import view

for w in weights:
    w.value, w.grad = rng.uniform(-1, 1), 0.0
backward(loss_of(hidden, last, tanh))

tensors = [mg.Tensor(np.float64(w.value), requires_grad=True) for w in weights]
hidden_tensors = [tensors[0:3], tensors[3:6], tensors[6:9], tensors[9:12]]
last_tensors = tensors[12:]
loss_of(hidden_tensors, last_tensors, mg.tanh).backward()

ours, theirs = [w.grad for w in weights], [t.grad.item() for t in tensors]
print(f"17 slopes agree: {np.allclose(ours, theirs, rtol=1e-9)}")
assert np.allclose(ours, theirs, rtol=1e-9)

# %%
# The slopes of all random programs agree, too:

for steps, point in programs:
    inputs = [mg.Tensor(value, requires_grad=True) for value in point]
    program(steps, inputs, mg.tanh).backward()
    theirs = np.array([0.0 if x.grad is None else x.grad.item() for x in inputs])
    assert np.allclose(slopes_by_engine(steps, point), theirs, rtol=1e-9, atol=1e-9)

# %%
# An op of minigrad is also a function with a gradient rule for each input. Its rules are called in the same
# way as ours. ``OPS`` is the register of all ops. Lesson 06 explains how to add one.

product = mg.OPS["mul"]
print(f"{product.usage()} has {len(product.rules)} rules")
assert [rule(1.0, 15.0, 3.0, 5.0) for rule in product.rules] == [5.0, 3.0]
assert mg.OPS["tanh"].rules[0](1.0, 0.5, math.atanh(0.5)) == 1 - 0.5**2

# %%
# A Tensor stores the same things as our Number, but in its *node*: the op, the inputs and the serial
# number. A Tensor that was given has no node.

x, w = mg.Tensor(3.0, requires_grad=True), mg.Tensor(-2.0, requires_grad=True)
a = x * w
assert x.node is None
assert a.node.op is product
assert a.node.inputs == (x, w)
assert (a * a).node.serial > a.node.serial

# %%
# The walk is ``backpropagate`` in ``minigrad/backward.py``. It visits nodes by falling serial number, and
# it collects gradients in a dictionary, as ours does. The next picture shows one neuron that minigrad has
# recorded. Below it you can click through the walk.

with view.trace() as trace:
    x, y = mg.Tensor(1.0), mg.Tensor(0.5)
    w, v, b = (mg.Tensor(value, requires_grad=True) for value in (0.5, -1.0, 0.25))
    neuron = mg.tanh(w * x + v * y + b)
    neuron.backward()

view.draw(trace, values=True, grads=True)

# %%
view.step(trace)

# %%
# Simplifications
# ---------------
# - The numbers of minigrad are arrays. Then a rule must work for all shapes, and the gradient of a number
#   that was used for many elements is a sum (lesson 04).
# - Our engine keeps every graph. minigrad frees each node after its visit, and a second walk raises an
#   error.
# - Our rules compute with floats. If they computed with Numbers, the walk itself would be recorded, and we
#   could walk backwards through it. This gives second derivatives (lessons 06 and 13).
# - If an op fails here, the error message is Python's. minigrad names the op, the shapes and the remedy.

# %%
# Exercises
# ---------
# 1. ``minigrad tutorials 3 --exercise`` copies the file ``03_engine.py`` into your folder. It has the
#    division, whose rules were given above without a reason, and two ops that our engine does not have.
#    Find their rules. ``minigrad check 3`` tells you whether they are correct.
# 2. Add ``sigmoid`` to the engine twice: as one op with one rule, and as a formula of ``exp`` and ``/``. Do
#    the slopes agree at 3? Do they agree at -1000?
# 3. Change ``backward``: let it collect the gradients in ``number.grad`` of every number, and not in a
#    dictionary. Which ``assert`` fails then, and why is the first walk still correct?
#
# Exercises 2 and 3 have their place at the end of the file. The answers to all three are in
# ``tutorials/solutions/03_engine.py``, and ``minigrad tutorials 3 --solution`` copies this file. Next:
# lesson 04, tensors and broadcasting (``minigrad tutorials 4``).
