"""
Tensors and broadcasting
========================

A bias of 2 numbers is added to a 3 x 2 matrix. The upstream gradient has 6 numbers, but the gradient of the
bias must have 2. Why is the gradient of the bias a sum, and over which axes? And how much do the shapes
alone tell us about the gradient of a matrix product?

You know the chain rule on a graph of numbers. You know that a number that is used twice gets two
contributions, which are added (lesson 02). In this lesson a number is used many times at once.
"""

# %%
# One number, three uses
# ----------------------
# Three examples have the scores ``x``, and one bias ``b`` is added to each of them. The loss is a weighted
# sum of the results. Wiggle the bias, and see how far the loss moves.

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
print(f"the slope of the loss along the bias: {slope}")
assert slope == 1.5

# %%
# The loss moves 0.5 times as far as the first result, -1 times as far as the second, and 2 times as far as
# the third. The bias moves all three results at once, so its slope is the sum of the three. This is the
# rule of lesson 02: a number that is used three times gets three contributions, and they are added.

assert slope == weights[0] + weights[1] + weights[2]

# %%
# In ``x + b`` numpy *stretches* the bias: it computes as if there were three copies of it. This is called
# *broadcasting*. numpy does not make copies. The distance in memory between two elements of the stretched
# array (its *stride*) is 0 bytes, so the three elements are the same number.

copies = np.broadcast_to(np.array(10.0), (3,))
print(f"{copies}, strides {copies.strides}")
assert copies.strides == (0,)

# %%
# Which axes?
# -----------
# numpy compares two shapes from the right. It stretches an axis that has length 1, and adds an axis that is
# missing on the left. So there are two cases:
#
# 1. The axis was **missing** in the input: sum over it, and remove it.
# 2. The axis had **length 1** in the input: sum over it, and keep it with length 1.


def sum_to(g, shape):
    """The gradient of an input with this shape, from the gradient `g` of the stretched input."""
    missing = g.ndim - len(shape)
    g = g.sum(axis=tuple(range(missing)))
    stretched = tuple(k for k, n in enumerate(shape) if n == 1 and g.shape[k] > 1)
    return g.sum(axis=stretched, keepdims=True)


# %%
# Let ``x`` have the shape (3, 2), and let ``g`` be the upstream gradient of ``x + b``. It has 6 numbers. If
# b is a row of 2 biases, its gradient is the sum of each column of ``g``. If b is a column of 3 biases, its
# gradient is the sum of each row.

g = np.array([[1.0, -2.0], [3.0, 0.5], [-1.0, 4.0]])

print("row of 2:      ", sum_to(g, (2,)))
print("column of 3:   ", sum_to(g, (3, 1)).ravel())
print("a single number:", sum_to(g, ()))
assert sum_to(g, (2,)).tolist() == [3.0, 2.5]
assert sum_to(g, (3, 1)).tolist() == [[-1.0], [3.5], [3.0]]
assert sum_to(g, (1, 2)).tolist() == [[3.0, 2.5]]
assert sum_to(g, ()) == g.sum() == 5.5

# %%
# Is ``sum_to`` correct for other pairs of shapes? ``check.gradient`` needs a function and its backward
# function. It wiggles the inputs as we did, with many steps. Lesson 07 explains how much its verdict
# proves.


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
# Stretching is a matrix, and summing is its transpose
# ----------------------------------------------------
# Stretching is linear, so it can be written as a matrix of zeros and ones. This matrix times the 2 numbers
# of a row gives the 6 numbers of the stretched array. For every linear function the gradient is computed
# with the *transposed* matrix. The matrix of stretching copies numbers, and its transpose adds them.

stretch = np.stack([np.broadcast_to(unit, (3, 2)).ravel() for unit in np.eye(2)], axis=1)
assert stretch.shape == (6, 2)
assert np.array_equal(stretch.T @ g.ravel(), sum_to(g, (2,)))

# %%
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.6), layout="constrained", width_ratios=(1, 2))
fig.suptitle("Stretching a row to 3 rows is a matrix; its gradient uses the transpose")
parts = [(axes[0], stretch, "forward: copies"), (axes[1], stretch.T, "backward: sums")]
for ax, matrix, title in parts:
    ax.imshow(matrix, cmap="Blues", vmin=0, vmax=1.6)
    for (i, j), value in np.ndenumerate(matrix):
        ax.text(j, i, f"{value:.0f}", ha="center", va="center", color="black")
    ax.set(title=title, xticks=[], yticks=[])
axes[0].set(xlabel="2 biases", ylabel="6 elements of the result")
axes[1].set(xlabel="6 elements of the gradient", ylabel="2 biases")
plt.show()

# %%
# The opposite is true for ``sum``: its gradient is *stretched*. A sum moves as far as each of its elements,
# so all elements get the same contribution.

table = mg.Tensor(g, requires_grad=True)
mg.sum(table, axis=0).backward(np.array([10.0, 20.0]))
print(table.grad.data.tolist())
assert table.grad.data.tolist() == [[10.0, 20.0]] * 3

# %%
# In minigrad
# -----------
# The engine of minigrad applies ``sum_to`` in one place, for all ops. The gradient rules of ``+`` return
# the upstream gradient unchanged. So the rule for the bias returns 6 numbers. The engine knows that the
# bias has 2 numbers, and sums.

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
# In the graph of this run the gradient of ``shifted`` has 3 rows, and the gradient of ``bias`` has one.

view.draw(trace, values=True, grads=True)

# %%
# The next page shows the same run, one step at a time. Look for the step that sums over the stretched axis.

view.step(trace)

# %%
# The trap of (N, 1) and (N,)
# ---------------------------
# Sometimes broadcasting happens by mistake. Here a network returns a column of 4 predictions, with shape
# (4, 1). The targets are an array of shape (4,). Their difference has the shape (4, 4): each prediction is
# compared with each target.

predictions, targets = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([1.0, 2.0, 3.0, 4.0])
mean_of_squares = ((predictions - targets) ** 2).mean()
print(f"shape {(predictions - targets).shape}, mean of squares {mean_of_squares}")
assert mean_of_squares == 2.5  # all predictions are equal to their targets: it should be 0


def squared(predictions):
    return ((predictions - targets) ** 2).mean()


def squared_gradient(predictions):
    return sum_to(2 * (predictions - targets) / 16, predictions.shape)


# %%
# A gradient check cannot find this mistake: the gradient is correct, but it is the gradient of a wrong
# function. For this reason the losses of minigrad raise an error when the shapes differ.

assert check.loss_gradient(squared, squared_gradient, predictions).verdict == "correct"

try:
    mg.mse_loss(mg.Tensor(predictions), mg.Tensor(targets))
except mg.errors.ShapeError as error:
    print(error)

# %%
# A matrix product, from shapes alone
# -----------------------------------
# Let ``y = x @ w``, where x has the shape (4, 3) and w has the shape (3, 2). The upstream gradient ``g``
# has the shape of y, (4, 2). What is the gradient of x? Each element of y is a sum of products of an
# element of x and an element of w. The slope of such a product along x is the element of w. So the gradient
# of x must be a matrix product of g and w, perhaps transposed, and its shape must be (4, 3). Try all of
# them:

x, w = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
g = rng.normal(size=(4, 2))


def products_of_shape(shape, g, name, m):
    """The products of g and a matrix m, each unchanged or transposed, that have this shape."""
    factors = {
        f"g @ {name}": (g, m),
        f"g @ {name}.T": (g, m.T),
        f"g.T @ {name}": (g.T, m),
        f"g.T @ {name}.T": (g.T, m.T),
        f"{name} @ g": (m, g),
        f"{name} @ g.T": (m, g.T),
        f"{name}.T @ g": (m.T, g),
        f"{name}.T @ g.T": (m.T, g.T),
    }
    found = {}
    for formula, (a, b) in factors.items():
        if a.shape[1] == b.shape[0] and (a.shape[0], b.shape[1]) == shape:
            found[formula] = a @ b
    return found


print("for x:", *products_of_shape(x.shape, g, "w", w))
print("for w:", *products_of_shape(w.shape, g, "x", x))
assert list(products_of_shape(x.shape, g, "w", w)) == ["g @ w.T"]
assert list(products_of_shape(w.shape, g, "x", x)) == ["x.T @ g"]

# %%
# Only one product fits each shape, so the shapes alone give the answer. This works only if the lengths are
# different. If all lengths are 3, all eight products have the correct shape, and seven of them are wrong.
# So test your own rules with lengths that are all different.

square_w, square_g = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
candidates = products_of_shape((3, 3), square_g, "w", square_w)
correct = []
for formula, product in candidates.items():
    if np.allclose(product, square_g @ square_w.T):
        correct.append(formula)
print(f"if all lengths are 3: {len(candidates)} candidates, and the correct one is {correct[0]}")
assert len(candidates) == 8
assert correct == ["g @ w.T"]

# %%
# Moving one element shows the reason. ``x[1, 2]`` is used only in row 1 of y, once in each column. There it
# is multiplied by row 2 of w. Its gradient is the sum over these uses: ``g[1] @ w[2]``. The weight
# ``w[2, 0]`` is used only in column 0 of y, once for each example. Its gradient is the sum over the
# examples, the rows of x: ``x[:, 2] @ g[:, 0]``.


def moved(shape, index, product):
    """The change of each element of the product when one element of this factor moves by 1.

    The product is linear in each factor, so a step of 1 gives the slope exactly.
    """
    unit = np.zeros(shape)
    unit[index] = 1.0
    return product(unit)


by_x = moved(x.shape, (1, 2), lambda unit: unit @ w)
by_w = moved(w.shape, (2, 0), lambda unit: x @ unit)
assert np.allclose(by_x[1], w[2])
assert np.allclose(by_w[:, 0], x[:, 2])
assert np.isclose((g * by_x).sum(), (g @ w.T)[1, 2])
assert np.isclose((g * by_w).sum(), (x.T @ g)[2, 0])

fig, axes = plt.subplots(1, 2, figsize=(6.5, 4.2), layout="constrained")
fig.suptitle("Which elements of y = x @ w move?")
parts = [
    (axes[0], by_x, "x[1, 2] moves row 1,\nby row 2 of w"),
    (axes[1], by_w, "w[2, 0] moves column 0,\nby column 2 of x"),
]
for ax, change, title in parts:
    largest = 2 * np.abs(change).max()
    ax.imshow(change, cmap="RdBu", vmin=-largest, vmax=largest)
    for (i, j), value in np.ndenumerate(change):
        ax.text(j, i, f"{value:.2f}" if value else "0", ha="center", va="center")
    ax.set(title=title, xlabel="column of y", ylabel="row of y", xticks=range(2), yticks=range(4))
plt.show()

# %%
# A layer
# -------
# Now we have all three gradients of ``x @ w + b``. Weights and bias are used once for each example. So the
# gradient of w is also a sum over the batch: it is the sum of one outer product for each example.


def layer(x, w, b):
    return x @ w + b


def layer_backward(g, x, w, b):
    return g @ w.T, x.T @ g, g.sum(axis=0)


report = check.gradient(layer, layer_backward, x, w, rng.normal(size=2))
print(f"x @ w + b: {report.verdict}")
assert report.verdict == "correct"
assert np.allclose(x.T @ g, sum(np.outer(x[i], g[i]) for i in range(4)))

# %%
# Simplifications
# ---------------
# - A matrix product may have vectors as factors, or stacks of matrices as in (N, 4, 3) @ (3, 2). Then the
#   leading axes are stretched. ``minigrad/ops/linalg.py`` has these rules, and the engine sums over the
#   leading axes as it does here.
# - The ``sum_to`` of minigrad has the same name, and it is in ``minigrad/contributions.py``.

# %%
# Exercises
# ---------
# 1. ``minigrad tutorials 4 --exercise`` copies the file ``04_broadcasting.py`` into your folder. It has a
#    bias, a scale for each row, and the layer above, without their gradients. Write the gradients, then run
#    ``minigrad check 4``.
# 2. ``a[:, None] * b[None, :]`` is an outer product. Over which axis is the gradient of a summed, and over
#    which the gradient of b? Write both gradients with ``sum_to``, and without it.
# 3. Let ``layer_backward`` return ``g.mean(axis=0)`` for the bias, and print the report. When would you not
#    notice this mistake while a network trains?
#
# Exercises 2 and 3 have their place at the end of the file. The answers to all three are in
# ``tutorials/solutions/04_broadcasting.py``, and ``minigrad tutorials 4 --solution`` copies this file.
# Next: lesson 05, softmax and cross-entropy (``minigrad tutorials 5``).
