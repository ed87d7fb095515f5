"""
The chain rule, on a graph
==========================

A number moves. Others are computed from it, and others from those. How can one walk back through a
computation find how far the result moves with each number in it, for all of them at once? This walk is called
*backpropagation*. It has four surprising details: an order, a sum, a sum that goes on too long, and a graph
that is gone afterwards. They have been asked about so often that here each one is shown going wrong.

You know what a slope is, and how to find one by wiggling (lesson 01).
"""

# %%
# Slopes multiply
# ---------------
# Three gears: ``a`` turns 3 times as far as ``x``, and ``b`` is the square of ``a``. Move x from 2 by a
# little, and see how far the others move.


def gears(x):
    a = 3 * x
    b = a * a
    return a, b


step = 2.0**-20
(a, b), (a_moved, b_moved) = gears(2.0), gears(2.0 + step)
print(f"a moves {(a_moved - a) / step:.2f} times as far as x")
print(f"b moves {(b_moved - b) / (a_moved - a):.2f} times as far as a")
print(f"b moves {(b_moved - b) / step:.2f} times as far as x")

# %%
# 3 times as far, and then 12 times as far as that: 36 times. Slopes along a path are *multiplied*.

assert round((b_moved - b) / step, 2) == 3 * 12

# %%
# Ways add up
# -----------
# Now a number that is used more than once, as most numbers are. This is the example for the whole lesson:
# ``a`` goes into ``b``, twice, and into ``y`` as well.


def f(x, w):
    a = x * w
    b = a * a
    y = b + a
    return y


# %%
# Move ``a`` a little, from -6. It moves y directly, 1 time as far. And it moves b, by 2 a = -12 times as far,
# which moves y by as much. Together that is -11. What arrives by different ways is *added*.

a = 3.0 * -2.0
slope = ((a + step) ** 2 + (a + step) - (a**2 + a)) / step
print(f"y moves {slope:.2f} times as far as a")
assert round(slope, 2) == 1 + 2 * a == -11

# %%
# These two sentences are the *chain rule*: multiply along each way, and add up over all ways.
#
# Backwards, by hand
# ------------------
# First forwards, to have the values. Then backwards: start with y, which moves exactly as far as itself, and
# ask at each line what it hands to its inputs. The name ``a_bar`` stands for "how far y moves when a does".

x, w = 3.0, -2.0
a = x * w
b = a * a
y = b + a

y_bar = 1.0

b_bar = 1 * y_bar  # y = b + a: a sum hands on what it got, to both
a_bar = 1 * y_bar

a_bar += a * b_bar  # b = a * a: a product hands to each factor the other one, times what it got
a_bar += a * b_bar

x_bar = w * a_bar  # a = x * w
w_bar = x * a_bar

print(f"a = {a}, b = {b}, y = {y}")
print(f"b_bar = {b_bar}, a_bar = {a_bar}, x_bar = {x_bar}, w_bar = {w_bar}")
assert (a_bar, x_bar, w_bar) == (-11.0, 22.0, -33.0)

# %%
# Right? Wiggle, to both sides:

by_x = (f(x + step, w) - f(x - step, w)) / (2 * step)
by_w = (f(x, w + step) - f(x, w - step)) / (2 * step)
print(f"by wiggling: {by_x:.3f} and {by_w:.3f}")
assert round(by_x, 3) == x_bar
assert round(by_w, 3) == w_bar

# %%
# One walk back gave both slopes. How far y moves with x is called the *gradient* of x: a slope again, the
# name for one of many. Wiggling has to compute y anew, twice, for each of them. If y takes a second, and a
# network has a million weights, that is 2 million seconds, or three weeks.
#
# minigrad walks the same way
# ---------------------------
# A ``Tensor`` is a number (or many) that remembers how it was made: the operation, called *op*, and its
# inputs. ``requires_grad=True`` marks those whose gradient is wanted. ``backward`` walks back, and leaves it
# in their ``grad``, a Tensor again. ``.data`` is the numpy array in a Tensor, and ``.item()`` the number, if
# there is only one.

import minigrad as mg
from minigrad import view

with view.trace() as trace:
    x = mg.Tensor(3.0, requires_grad=True)
    w = mg.Tensor(-2.0, requires_grad=True)
    a = x * w
    b = a * a
    y = b + a
    y.backward()

print(f"x.grad = {x.grad.item()}, w.grad = {w.grad.item()}")
assert (x.grad.item(), w.grad.item()) == (x_bar, w_bar)

view.draw(trace, values=True, grads=True)

# %%
# Every arrow of this *graph* is a use of a number, so two arrows go from a to b. Values flow to the right;
# under each value stands its gradient, which flowed to the left. Click through it, or press the arrow keys:
# one step for every line of the walk above.

view.step(trace)

# %%
# What is remembered is the op and its inputs, in a *node*. The op knows its *gradient rules*, one for each
# input: what to hand on, given what arrived, the result, and the inputs.

a = x * w
b = a * a
y = b + a
assert b.node.op is mg.OPS["mul"]
assert b.node.inputs[0] is b.node.inputs[1] is a

arrived, result = 10, 35
handed_on = [rule(arrived, result, 5, 7) for rule in mg.OPS["mul"].rules]
print(f"5 times 7 got {arrived}, and hands on {handed_on}")
assert handed_on == [70, 50]

# %%
# Why in that order?
# ------------------
# Write the graph down: for each number its inputs, with the slope along each. Then the whole walk is two
# lines, and we can choose in which order to visit the numbers.

GRAPH = {
    "y": [("b", 1.0), ("a", 1.0)],
    "b": [("a", -6.0), ("a", -6.0)],
    "a": [("x", -2.0), ("w", 3.0)],
}


def walk(order):
    bar = dict.fromkeys("ybaxw", 0.0) | {"y": 1.0}
    for name in order:
        for source, slope in GRAPH[name]:
            bar[source] += slope * bar[name]
    return bar


print("y, b, a:", walk("yba"))
print("y, a, b:", walk("yab"))
assert walk("yba")["x"] == 22
assert walk("yab")["x"] == -2

# %%
# The second order looks natural: y's inputs are b and a, so visit a right after y. But then a
# hands on what it has *before* b has added its part, and x and w never hear of it. The answer is wrong, and
# nothing complains. So the rule: **a number hands on only after everything that uses it has handed on.** An
# order like this is called *topological*. There is an easy one: the newest number first, since whatever uses
# a number is made after it. minigrad gives every result a serial number, and walks them downwards.

assert y.node.serial > b.node.serial > a.node.serial

# %%
# Could ``a`` hand on twice, each time what has newly arrived? That is right, and hopeless. In a chain where
# every number is used twice by the next one, the ways double with every line.


def ways(n):
    """How many messages are sent if each one is passed on as soon as it arrives."""
    return 1 if n == 0 else 2 * ways(n - 1)


number = start = mg.Tensor(1.0, requires_grad=True)
for _ in range(60):
    number = number + number
number.backward()

print(f"60 additions, {ways(60):.3g} ways, slope {start.grad.item():.3g}")
assert start.grad.item() == ways(60) == 2**60

# %%
# Waiting until all has arrived turns 2**60 messages into 120. That is all that makes backpropagation fast.
#
# Why ``+=``, and not ``=``?
# --------------------------
# With ``=`` every part that arrives overwrites the one before it, and the last one wins.


def walk_with_a_bug(order):
    bar = dict.fromkeys("ybaxw", 0.0) | {"y": 1.0}
    for name in order:
        for source, slope in GRAPH[name]:
            bar[source] = slope * bar[name]
    return bar


print("with =:", walk_with_a_bug("yba"))
assert walk_with_a_bug("yba")["x"] == 12  # a got -6 from its last use alone

# %%
# In a program without a number that is used twice this bug has no effect, so it lives long.
#
# Why ``zero_grad``?
# ------------------
# The sum goes on. A second ``backward`` adds to ``x.grad`` what it finds, for x may have been used in two
# computations, and a batch of images may be too large to be done at once. Who wants a new sum has to say so.

x = mg.Tensor(3.0, requires_grad=True)
(x * x).backward()
(2 * x).backward()
print(f"x² and 2 x have slopes 6 and 2, and x.grad is {x.grad.item()}")
assert x.grad.item() == 6 + 2

x.grad = None
(2 * x).backward()
assert x.grad.item() == 2

# %%
# Forget it while you walk downhill, and old slopes push on. The valley of x² is at 0.

positions = {}
for remember_to_forget in [True, False]:
    x = mg.Tensor(3.0, requires_grad=True)
    path = [x.item()]
    for _ in range(12):
        if remember_to_forget:
            x.grad = None
        (x * x).backward()
        x.data = x.data - 0.2 * x.grad.data
        path.append(x.item())
    positions[remember_to_forget] = path
    print(f"x.grad = None each time: {remember_to_forget!s:5}  x ends at {path[-1]:.3f}")
assert abs(positions[True][-1]) < 0.01
assert abs(positions[False][-1]) > 0.5

# %%
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
ax.plot(
    positions[True], "o-", color="#0072B2", markersize=4, label="x.grad = None before each step"
)
ax.plot(positions[False], "s--", color="#D55E00", markersize=4, label="never: slopes pile up")
ax.axhline(0, color="#777777", linewidth=0.8)
ax.set(title="Twelve steps down the valley of x²", xlabel="step", ylabel="x")
ax.legend(frameon=False)
plt.show()

# %%
# With layers and an optimiser, ``optimizer.zero_grad()`` does this for all weights.
#
# Why does a second ``backward`` fail?
# ------------------------------------
# The slope of a product is the other factor, so the graph keeps all values from the way forwards. This is
# what fills the memory when a network trains. The walk lets go of each as it passes.

x = mg.Tensor(3.0, requires_grad=True)
y = x * x
y.backward()
try:
    y.backward()
except mg.errors.GraphError as error:
    print(error)
assert y.node.released

# %%
# Can there be a circle?
# ----------------------
# ``x = x * x`` looks like one. But Python's ``=`` moves a *name*. The old number is still there, one step
# further back, and the new one is made from it. A graph of computed numbers never has a circle, since
# nothing is made from what is made later. That is why an order always exists.

x = first = mg.Tensor(2.0, requires_grad=True)
x = x * x
x = x * x
x.backward()
print(f"twice squared: {x.item()}, slope {first.grad.item()}")
assert first.grad.item() == 4 * 2.0**3

# %%
# Why backwards?
# --------------
# One could also go forwards: start at x with 1, and carry along how far each number moves when x does. That
# takes one walk for each *input*, and gives all outputs. Backwards takes one walk for each *output*, and
# gives all inputs. Training asks about one output, the loss, and very many inputs, the weights.

many = mg.Tensor([0.5] * 10_000, requires_grad=True)
(many * many).sum().backward()
print(f"one walk, {many.grad.size:,} slopes, each {many.grad.data[0]}")
assert (many.grad.data == 1.0).all()

# %%
# What was simplified
# -------------------
# y was one number. If it is many, ``backward`` needs to be told how far the loss moves with each of them.
# ``walk`` was given its slopes; where they come from, and the order, is the next lesson, in 60 lines. What
# arrives at a number in a computation is dropped when it has been handed on: only *leaves*, which were given
# and not computed, keep a ``grad``.

# %%
# Exercises
# ---------
# 1. ``tutorials/exercises/02_chain_rule.py`` has three functions with an intermediate result or two. Walk
#    back through each by hand. ``minigrad check tutorials/exercises/02_chain_rule.py`` says whether you
#    arrived, and names the way that you forgot.
# 2. Write ``GRAPH`` for ``y = (x + w) * x``. How many orders are topological? Try the others.
# 3. ``x.grad`` without ``zero_grad`` is the sum of all slopes so far. In the picture above x swings like a
#    pendulum. Why does it come back at all?
