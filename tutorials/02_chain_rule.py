"""
The chain rule, on a graph
==========================

A number moves. Others are computed from it, and others from those. How can a single walk backwards tell,
for every number at once, how much the result depends on it? This walk is called *backpropagation*. Four
details of it surprise almost everyone: the order of the walk, the sum of gradients, gradients that add up
over several calls (``zero_grad``), and a graph that is deleted after use. This lesson shows each detail,
and the mistake that belongs to it.

You know what a slope is, and how to find one by wiggling (lesson 01).
"""

# %%
# Slopes multiply
# ---------------
# Think of three gears: ``a`` turns 3 times as far as ``x``, and ``b`` is the square of ``a``. Move x from 2
# by a small step, and see how far the others move.


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
# ``a`` moves 3 times as far as x, and b moves 12 times as far as a. So b moves 36 times as far as x. Slopes
# along a path are *multiplied*.

assert round((b_moved - b) / step, 2) == 3 * 12

# %%
# Paths add up
# ------------
# Most numbers are used more than once. The next function is the example for the whole lesson: ``a`` is used
# twice by ``b``, and once by ``y``.


def f(x, w):
    a = x * w
    b = a * a
    y = b + a
    return y


# %%
# Move ``a`` a little, at a = -6. This has two effects on y. Directly, y moves 1 time as far as a. Through
# b, y moves -12 times as far as a, because b moves 2 a = -12 times as far as a, and y moves as far as b.
# Together y moves -11 times as far as a. Slopes of different paths are *added*.

a = 3.0 * -2.0
slope = ((a + step) ** 2 + (a + step) - (a**2 + a)) / step
print(f"y moves {slope:.2f} times as far as a")
assert round(slope, 2) == 1 + 2 * a == -11

# %%
# These two rules are the *chain rule*: multiply the slopes along each path, and add the products of all
# paths.
#
# Backwards, by hand
# ------------------
# First compute forwards, to know the values. Then walk backwards. Start with y, which moves exactly as far
# as itself. At each line ask: how much of the gradient does each of its inputs get? The name ``a_bar``
# means "how far y moves when a moves". It is called the *gradient* of a.

x, w = 3.0, -2.0
a = x * w
b = a * a
y = b + a

y_bar = 1.0

# y = b + a: each input of a sum gets the gradient of the sum
b_bar = 1 * y_bar
a_bar = 1 * y_bar

# b = a * a: each factor gets the other factor, times the gradient of the product
a_bar = a_bar + a * b_bar
a_bar = a_bar + a * b_bar

# a = x * w
x_bar = w * a_bar
w_bar = x * a_bar

print(f"a = {a}, b = {b}, y = {y}")
print(f"b_bar = {b_bar}, a_bar = {a_bar}, x_bar = {x_bar}, w_bar = {w_bar}")
assert (a_bar, x_bar, w_bar) == (-11.0, 22.0, -33.0)

# %%
# Wiggle x and w to both sides, and compare:

by_x = (f(x + step, w) - f(x - step, w)) / (2 * step)
by_w = (f(x, w + step) - f(x, w - step)) / (2 * step)
print(f"by wiggling: {by_x:.3f} and {by_w:.3f}")
assert round(by_x, 3) == x_bar
assert round(by_w, 3) == w_bar

# %%
# One walk backwards found both slopes. Wiggling must compute y twice for each input. If y takes one second,
# and a network has a million weights, wiggling takes 2 million seconds: more than three weeks.
#
# Three more words are used in all lessons. The gradient of the result of an operation is the *upstream
# gradient* of that operation. The operation computes from it one *contribution* for each of its inputs. The
# contributions to one number are *accumulated*: they are added up.
#
# minigrad walks in the same way
# ------------------------------
# A ``Tensor`` is a number, or an array of numbers, that remembers how it was computed: by which operation
# (*op*), and from which inputs. ``requires_grad=True`` asks for the gradient of a Tensor. ``backward``
# walks backwards, and stores each gradient in ``grad``, which is a Tensor too. ``.data`` is the numpy array
# in a Tensor. ``.item()`` is its number, if it has only one.

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
# The picture is the *graph* of the computation. Each arrow is one use of a number, so two arrows lead from
# a to b. Values are computed from left to right. The gradient of each value is below it, and gradients are
# computed from right to left.
#
# The next page shows the same walk, one step at a time. Click through it, or press the arrow keys.

view.step(trace)

# %%
# Each result has a *node*, which remembers the op and its inputs. The op knows its *gradient rules*, one
# for each input. A rule computes the contribution to that input from the upstream gradient, the result and
# the inputs.

a = x * w
b = a * a
y = b + a
assert b.node.op is mg.OPS["mul"]
assert b.node.inputs[0] is b.node.inputs[1] is a

upstream, result = 10, 35
contributions = [rule(upstream, result, 5, 7) for rule in mg.OPS["mul"].rules]
print(f"the upstream gradient of 5 * 7 is {upstream}: the contributions are {contributions}")
assert contributions == [70, 50]

# %%
# Why is the order important?
# ---------------------------
# Write the graph as a table: for each number its inputs, and the slope along each arrow. Then the whole
# walk is a short loop, and we can choose the order in which it visits the numbers.

GRAPH = {
    "y": [("b", 1.0), ("a", 1.0)],
    "b": [("a", -6.0), ("a", -6.0)],
    "a": [("x", -2.0), ("w", 3.0)],
}


def walk(order):
    bar = {"y": 1.0, "b": 0.0, "a": 0.0, "x": 0.0, "w": 0.0}
    for name in order:
        for source, slope in GRAPH[name]:
            bar[source] += slope * bar[name]
    return bar


print("y, b, a:", walk("yba"))
print("y, a, b:", walk("yab"))
assert walk("yba")["x"] == 22
assert walk("yab")["x"] == -2

# %%
# The second order looks natural: a is an input of y, so visit a directly after y. But then a is visited
# *before* b has added its contributions to the gradient of a. These contributions never reach x and w. The
# gradients are wrong, and there is no error message.
#
# So the rule is: **visit a number only after all numbers that use it.** The order of the computation, in
# which every number comes after its inputs, is called a *topological order*. The walk needs the reverse of
# it. minigrad gives each result a serial number, larger than the serial numbers of its inputs. The walk
# visits the numbers by falling serial number.

assert y.node.serial > b.node.serial > a.node.serial

# %%
# Could we visit a number several times, once for each contribution? The gradients would be correct, but the
# walk would take too long. In a chain where each number is used twice by the next one, the number of paths
# doubles with every line.


def paths(n):
    """The number of paths through a chain of n additions, each of a number to itself."""
    return 1 if n == 0 else 2 * paths(n - 1)


number = start = mg.Tensor(1.0, requires_grad=True)
for _ in range(60):
    number = number + number
number.backward()

print(f"60 additions, {paths(60):.3g} paths, slope {start.grad.item():.3g}")
assert start.grad.item() == paths(60) == 2**60

# %%
# Each number is visited once, when its gradient is complete. So the walk computes 120 contributions, and
# not one for each of the 2**60 paths. This makes backpropagation fast.
#
# Why ``+=``, and not ``=``?
# --------------------------
# With ``=`` each contribution replaces the one before it. Only the last contribution remains.


def walk_with_a_bug(order):
    bar = {"y": 1.0, "b": 0.0, "a": 0.0, "x": 0.0, "w": 0.0}
    for name in order:
        for source, slope in GRAPH[name]:
            bar[source] = slope * bar[name]
    return bar


print("with =:", walk_with_a_bug("yba"))
assert walk_with_a_bug("yba")["x"] == 12  # the gradient of a is only its last contribution, -6

# %%
# This bug has no effect in a program that uses every number only once. So it is often found late.
#
# Why ``zero_grad``?
# ------------------
# The sum continues over several calls. A second ``backward`` adds its gradient to ``x.grad``. This is
# useful: x may be used in two computations, and a batch that is too large can be split. If you want to
# start from zero, you must say so.

x = mg.Tensor(3.0, requires_grad=True)
(x * x).backward()
(2 * x).backward()
print(f"x² and 2 x have slopes 6 and 2, and x.grad is {x.grad.item()}")
assert x.grad.item() == 6 + 2

x.grad = None
(2 * x).backward()
assert x.grad.item() == 2

# %%
# If you forget ``x.grad = None`` in training, each update uses the sum of all gradients so far. Here x
# should move to 0, the minimum of x².

positions = {}
for start_from_zero in [True, False]:
    x = mg.Tensor(3.0, requires_grad=True)
    path = [x.item()]
    for _ in range(12):
        if start_from_zero:
            x.grad = None
        (x * x).backward()
        x.data = x.data - 0.2 * x.grad.data
        path.append(x.item())
    positions[start_from_zero] = path
    print(f"x.grad = None before each update: {start_from_zero!s:5}  x ends at {path[-1]:.3f}")
assert abs(positions[True][-1]) < 0.01
assert abs(positions[False][-1]) > 0.5

# %%
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
ax.plot(
    positions[True], "o-", color="#0072B2", markersize=4, label="x.grad = None before each update"
)
ax.plot(positions[False], "s--", color="#D55E00", markersize=4, label="never: gradients add up")
ax.axhline(0, color="#777777", linewidth=0.8)
ax.set(title="Twelve updates on x²", xlabel="update", ylabel="x")
ax.legend(frameon=False)
plt.show()

# %%
# ``optimizer.zero_grad()`` does this for all weights of a network.
#
# Why does a second ``backward`` fail?
# ------------------------------------
# The slope of a product is the other factor. So the graph stores the values of the forward computation.
# They need most of the memory when a network trains. ``backward`` deletes each stored value after using it,
# to save memory.

x = mg.Tensor(3.0, requires_grad=True)
y = x * x
y.backward()
try:
    y.backward()
except mg.errors.GraphError as error:
    print(error)
assert y.node.released

# %%
# Can a graph have a circle?
# --------------------------
# ``x = x * x`` looks like a circle. But ``=`` only gives the *name* x to a new number. The old number still
# exists: it is the input of the new one. Every number is computed from numbers that exist already. So a
# graph of computed numbers never has a circle, and there is always a topological order.

x = first = mg.Tensor(2.0, requires_grad=True)
x = x * x
x = x * x
x.backward()
print(f"2 squared twice: {x.item()}, slope {first.grad.item()}")
assert first.grad.item() == 4 * 2.0**3

# %%
# Why backwards?
# --------------
# The walk could also go forwards: start at x with 1, and compute for each number how far it moves when x
# moves. One forward walk gives the slopes of all outputs along one *input*. One backward walk gives the
# slopes of one *output* along all inputs. Training has one output, the loss, and very many inputs, the
# weights. So it walks backwards.

many = mg.Tensor([0.5] * 10_000, requires_grad=True)
(many * many).sum().backward()
print(f"one walk, {many.grad.size:,} slopes, each {many.grad.data[0]}")
assert (many.grad.data == 1.0).all()

# %%
# Simplifications
# ---------------
# - Here y was one number. If y is an array, ``backward`` needs the upstream gradient of each element.
# - The slopes and the order of ``walk`` were given. The next lesson computes both, in 60 lines.
# - Only *leaves* keep a ``grad``: Tensors that were given and not computed. The gradient of a computed
#   Tensor is deleted after use.

# %%
# Exercises
# ---------
# 1. ``minigrad tutorials 2 --exercise`` copies the file ``02_chain_rule.py`` into your folder. It has three
#    functions with one or two intermediate results. Walk backwards through each of them by hand, and write
#    down the gradients. ``minigrad check 2`` tells you whether they are correct. If not, it names the input
#    whose gradient is wrong, and often the mistake.
# 2. Write ``GRAPH`` for ``y = (x + w) * x``. A walk must visit each number after all numbers that use it.
#    How many orders of y, the sum, x and w are allowed? Try the others as well.
# 3. ``x.grad`` without ``zero_grad`` is the sum of all gradients so far. In the figure above x swings to
#    both sides of 0. Why does x turn back at all?
#
# Exercises 2 and 3 have their place at the end of the file. The answers to all three are in
# ``tutorials/solutions/02_chain_rule.py``, and ``minigrad tutorials 2 --solution`` copies this file. Next:
# lesson 03, an engine in sixty lines (``minigrad tutorials 3``).
