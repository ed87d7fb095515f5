"""
Tensors and broadcasting
========================

A bias of 2 numbers is added to a table of 3 rows. Its gradient must have 2 numbers again, and what arrives
from above has 6. Why is the gradient *summed*, and over which axes? And how much of the gradient of a
matrix product can be read from the shapes alone?

You know the chain rule on a graph of numbers, and why a number that is used twice gets the sum of two
contributions (lesson 02). Here a number is used many times at once.
"""

# %%
# One number, three uses
# ----------------------
# Three examples have the scores ``x``, and one bias ``b`` is added to all of them. The loss weighs what
# comes out. Wiggle the bias, and see how far the loss moves.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, view

x = np.array([1.0, 2.0, 3.0])
weights = np.array([0.5, -1.0, 2.0])


def loss_of(b):
    return (weights * (x + b)).sum()


wiggle = 2.0**-10
slope = (loss_of(10.0 + wiggle) - loss_of(10.0 - wiggle)) / (2 * wiggle)
print(f"the slope of the loss by the bias: {slope}")
assert slope == 1.5

# %%
# The first score alone would move the loss by 0.5, the second by -1, the third by 2. The bias moves all
# three at once, so the slope is their sum. This is the rule of lesson 02: a value that is used three times
# gets three contributions, and they are added.

assert slope == weights[0] + weights[1] + weights[2]

# %%
# ``x + b`` stretched the bias: numpy acts as if there were three copies of it. This is called
# *broadcasting*. No copy is made: the step from one element of the stretched array to the next is 0 bytes,
# so the three elements are one and the same number.

copies = np.broadcast_to(np.array(10.0), (3,))
print(f"{copies}, strides {copies.strides}")
assert copies.strides == (0,)

# %%
# Which axes?
# -----------
# Two shapes are compared from the right. An axis is stretched where it has length 1, or where it is missing
# on the left. So there are two cases:
#
# 1. The axis was **missing**: sum over it, and it is gone again.
# 2. The axis had **length 1**: sum over it, and keep it, with length 1.


def sum_to(g, shape):
    """The gradient of an input of this shape, from the gradient of what it was stretched to."""
    missing = g.ndim - len(shape)
    g = g.sum(axis=tuple(range(missing)))
    stretched = tuple(k for k, n in enumerate(shape) if n == 1 and g.shape[k] > 1)
    return g.sum(axis=stretched, keepdims=True)


# %%
# ``g`` is the gradient that arrives from above: it says how far the loss moves with each of the 6 sums. A
# row of biases gets the sums of the columns, a column of biases the sums of the rows.

g = np.array([[1.0, -2.0], [3.0, 0.5], [-1.0, 4.0]])

print("row of 2:      ", sum_to(g, (2,)))
print("column of 3:   ", sum_to(g, (3, 1)).ravel())
print("a single number:", sum_to(g, ()))
assert sum_to(g, (2,)).tolist() == [3.0, 2.5]
assert sum_to(g, (3, 1)).tolist() == [[-1.0], [3.5], [3.0]]
assert sum_to(g, (1, 2)).tolist() == [[3.0, 2.5]]
assert sum_to(g, ()) == g.sum() == 5.5

# %%
# Is it right for every pair of shapes? ``check.gradient`` wiggles each element, as we did, at many sizes of
# the wiggle, and it needs nothing but the two functions. Lesson 07 says what its verdict is worth.


def product(a, b):
    return a * b


def product_backward(g, a, b):
    return sum_to(g * b, a.shape), sum_to(g * a, b.shape)


rng = np.random.default_rng(4)
for left, right in [((3, 2), (2,)), ((3, 1), (1, 2)), ((2, 3, 4), (3, 1)), ((), (3, 2))]:
    a, b = rng.normal(size=left), rng.normal(size=right)
    report = check.gradient(product, product_backward, a, b)
    print(f"{left!s:10} * {right!s:7} {report.verdict}")
    assert report.verdict == "correct"

# %%
# Stretching and summing are one matrix
# -------------------------------------
# Stretching is linear: it is a matrix of zeros and ones, that takes the 2 numbers of a row to the 6 numbers
# of the table. The gradient goes back through the *transposed* matrix, as it does for every linear map. And
# the transpose of copying is adding.

stretch = np.stack([np.broadcast_to(unit, (3, 2)).ravel() for unit in np.eye(2)], axis=1)
assert stretch.shape == (6, 2)
assert np.array_equal(stretch.T @ g.ravel(), sum_to(g, (2,)))

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.6), layout="constrained", width_ratios=(1, 2))
fig.suptitle("A row of 2 is stretched to 3 rows; the gradient goes back through the transpose")
for ax, matrix, title in [
    (axes[0], stretch, "forward: copies"),
    (axes[1], stretch.T, "backward: sums"),
]:
    ax.imshow(matrix, cmap="Blues", vmin=0, vmax=1.6)
    for (i, j), value in np.ndenumerate(matrix):
        ax.text(j, i, f"{value:.0f}", ha="center", va="center", color="black")
    ax.set(title=title, xticks=[], yticks=[])
axes[0].set(xlabel="2 biases", ylabel="6 elements of the table")
axes[1].set(xlabel="6 elements of the gradient", ylabel="2 biases")
plt.show()

# %%
# The same the other way round: the gradient of ``sum`` *stretches*. Every element of a sum moves it as far
# as every other, so each of them gets the same number.

table = mg.Tensor(g, requires_grad=True)
mg.sum(table, axis=0).backward(np.array([10.0, 20.0]))
print(table.grad.data.tolist())
assert table.grad.data.tolist() == [[10.0, 20.0]] * 3

# %%
# In minigrad
# -----------
# The engine does this in one place for all ops. The gradient rule of ``+`` is only "what arrives is passed
# on": on its own it gives the bias 6 numbers. The engine sees that the input has 2, and sums.

with view.trace() as trace:
    scores = mg.Tensor([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]])
    bias = mg.Tensor([0.5, -0.5], requires_grad=True)
    shifted = scores + bias
    loss = (shifted * g).sum()
    loss.backward()

rule = mg.OPS["add"].rules[1]
assert rule(g, shifted.data, scores.data, bias.data).shape == (3, 2)
assert bias.grad.shape == (2,)
print(f"bias.grad: {bias.grad.data}")
assert bias.grad.data.tolist() == [3.0, 2.5]

# %%
# The graph of this run: the gradient of the sum has 3 rows, that of the bias has one.

view.draw(trace, values=True, grads=True)

# %%
# And step by step. Look for the step at which the sum over the stretched axis is taken.

view.step(trace)

# %%
# The trap of (N, 1) and (N,)
# ---------------------------
# Broadcasting also works where nobody wanted it. A network returns a column of 4 predictions, the targets
# are 4 numbers in a row. Their difference is a table: every prediction is compared with every target.

predictions, targets = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([1.0, 2.0, 3.0, 4.0])
print((predictions - targets).shape, "mean of squares:", ((predictions - targets) ** 2).mean())
assert ((predictions - targets) ** 2).mean() == 2.5  # the predictions are perfect: it should be 0


def squared(predictions):
    return ((predictions - targets) ** 2).mean()


def squared_gradient(predictions):
    return sum_to(2 * (predictions - targets) / 16, predictions.shape)


# %%
# No gradient check can find this: the gradient is the right one, of the wrong function. That is why
# minigrad's losses refuse to broadcast.

assert check.loss_gradient(squared, squared_gradient, predictions).verdict == "correct"

try:
    mg.mse_loss(mg.Tensor(predictions), mg.Tensor(targets))
except mg.errors.ShapeError as error:
    print(error)

# %%
# A matrix product, from shapes alone
# -----------------------------------
# ``y = x @ w`` with x (4, 3) and w (3, 2). The gradient ``g`` has the shape of y, (4, 2). What is the
# gradient of x? Each element of y is a sum of products, of one x and one w each. Its slope along that x is
# that w. So the gradient of x is a product of g and w, and its shape must be (4, 3). Try all of them:

x, w = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
g = rng.normal(size=(4, 2))


def products_of_shape(shape, left, right):
    """The products of two named matrices, each as it is or transposed, that have this shape."""
    found = {}
    for (a, m), (b, n) in [(left, right), (right, left)]:
        for a_name, p in [(a, m), (a + ".T", m.T)]:
            for b_name, q in [(b, n), (b + ".T", n.T)]:
                if p.shape[1] == q.shape[0] and (p.shape[0], q.shape[1]) == shape:
                    found[f"{a_name} @ {b_name}"] = p @ q
    return found


print("for x:", *products_of_shape(x.shape, ("g", g), ("w", w)))
print("for w:", *products_of_shape(w.shape, ("g", g), ("x", x)))
assert list(products_of_shape(x.shape, ("g", g), ("w", w))) == ["g @ w.T"]
assert list(products_of_shape(w.shape, ("g", g), ("x", x))) == ["x.T @ g"]

# %%
# One candidate each: shapes alone have answered. They can do so only where the lengths are different. Where
# all are 3, every product of the two fits, and seven of the eight are wrong. So try a rule of your own on
# sizes that are all different.

square_w, square_g = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
candidates = products_of_shape((3, 3), ("g", square_g), ("w", square_w))
right = [
    name for name, product in candidates.items() if np.allclose(product, square_g @ square_w.T)
]
print(f"with 3 everywhere: {len(candidates)} candidates, and the right one is {right[0]}")
assert len(candidates) == 8
assert right == ["g @ w.T"]

# %%
# Why it is so can be seen by moving one element. ``x[1, 2]`` is used in row 1 of y alone, once for every
# column, and is multiplied with row 2 of w. Its gradient is the sum over those uses: ``g[1] @ w[2]``. The
# weight ``w[2, 0]`` is used in column 0 alone, once for every example: its gradient is the sum over the
# batch, ``x[:, 2] @ g[:, 0]``.


def moved(inputs, index, other):
    """How far each element of the product moves when one element of `inputs` does."""
    unit = np.zeros_like(inputs)
    unit[index] = 1.0
    return other(unit) - other(0 * unit)  # linear: a step of 1 is as good as a small one


by_x = moved(x, (1, 2), lambda x: x @ w)
by_w = moved(w, (2, 0), lambda w: x @ w)
assert np.allclose(by_x[1], w[2])
assert np.allclose(by_w[:, 0], x[:, 2])
assert np.isclose((g * by_x).sum(), (g @ w.T)[1, 2])
assert np.isclose((g * by_w).sum(), (x.T @ g)[2, 0])

fig, axes = plt.subplots(1, 2, figsize=(6.5, 4.2), layout="constrained")
fig.suptitle("Which elements of y = x @ w move?")
for ax, change, title in [
    (axes[0], by_x, "x[1, 2] moves row 1,\nby row 2 of w"),
    (axes[1], by_w, "w[2, 0] moves column 0,\nby column 2 of x"),
]:
    largest = 2 * np.abs(change).max()
    ax.imshow(change, cmap="RdBu", vmin=-largest, vmax=largest)
    for (i, j), value in np.ndenumerate(change):
        ax.text(j, i, f"{value:.2f}" if value else "0", ha="center", va="center")
    ax.set(title=title, xlabel="column of y", ylabel="row of y", xticks=range(2), yticks=range(4))
plt.show()

# %%
# A layer
# -------
# Now ``x @ w + b`` with all three gradients. The weights are used once for every example, as the bias is:
# the gradient of w is a sum over the batch as well, of one outer product for each example.


def layer(x, w, b):
    return x @ w + b


def layer_backward(g, x, w, b):
    return g @ w.T, x.T @ g, g.sum(axis=0)


report = check.gradient(layer, layer_backward, x, w, rng.normal(size=2))
print(f"x @ w + b: {report.verdict}")
assert report.verdict == "correct"
assert np.allclose(x.T @ g, sum(np.outer(x[i], g[i]) for i in range(4)))

# %%
# What was simplified
# -------------------
# Products of vectors, and of stacks of matrices as in (N, 4, 3) @ (3, 2), where the leading axes broadcast:
# ``minigrad/ops/linalg.py`` has the rules, and the engine sums over the leading axes as it does here.
# ``sum_to`` is in ``minigrad/autodiff.py``, under the same name.

# %%
# Exercises
# ---------
# 1. ``tutorials/exercises/04_broadcasting.py`` has a bias, a scale for each row, and the layer above,
#    without their gradients. Write them, then run ``minigrad check tutorials/exercises/04_broadcasting.py``.
# 2. ``a[:, None] * b[None, :]`` is an outer product. Which axis is summed for a, and which for b? Write it
#    with ``sum_to``, and without.
# 3. Let ``layer_backward`` return ``g.mean(axis=0)`` for the bias, and print the report. When would you not
#    notice that mistake while a network trains?
