"""
Gradients of gradients: what a second backward pass computes
============================================================

A gradient is computed, so it has a graph, and this graph has a gradient too. How often can this be
repeated, and how is it used? What is in the graph of a gradient?

You know backward passes (lessons 02 and 03), gradient rules that are written with Tensors (lesson 06), and
training (lesson 08).
"""

# %%
# Again and again
# ---------------
# The derivative of tanh is 1 - tanh². At 0.5 it is 0.79. The derivative of this derivative is -0.73. One
# backward pass computes the first derivative. With ``create_graph=True`` the backward pass is recorded too.
# Then another backward pass computes the second derivative.

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, optim, view

x = mg.Tensor(np.array(0.5), requires_grad=True)
value = mg.tanh(x)
for order in range(1, 5):
    (value,) = mg.grad(value, x, create_graph=True)
    print(f"derivative {order} of tanh at 0.5: {value.item():.6f}")

t = np.tanh(0.5)
assert abs(value.item() - 8 * t * (2 - 3 * t**2) * (1 - t**2)) < 1e-14

# %%
# By hand, the fourth derivative of tanh is :math:`8 t (2 - 3 t^2)(1 - t^2)` with :math:`t = \tanh x`. The
# last line checks that the result agrees with it to 14 digits. A difference quotient is much less precise.
# A fourth difference is divided by the fourth power of the step, and this makes the rounding errors very
# large.


def fourth_difference(x, h):
    return (np.array([1, -4, 6, -4, 1]) @ np.tanh(x + h * np.arange(-2, 3))) / h**4


for h in (1e-1, 1e-2):
    error = abs(fourth_difference(0.5, h) / value.item() - 1)
    print(f"step {h:g}: the relative error of the fourth difference is {error:.0e}")
assert abs(fourth_difference(0.5, 1e-2) / value.item() - 1) < 1e-3
assert abs(fourth_difference(0.5, 1e-6) / value.item() - 1) > 0.9  # no digit is correct

# %%
# The same works for many points. ``mg.grad`` needs one number, so we take the sum. Each term of the sum
# depends on one x only. So the gradient of the sum contains the derivative at each point.

xs = mg.Tensor(np.linspace(-3, 3, 121), requires_grad=True)
curves = [mg.tanh(xs)]
for _ in range(4):
    curves.append(mg.grad(curves[-1].sum(), xs, create_graph=True)[0])

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
for order, curve in enumerate(curves):
    ax.plot(xs.data, curve.data, label="tanh" if order == 0 else f"derivative {order}")
ax.set(xlabel="x", ylabel="value", title="tanh and its first four derivatives")
ax.legend()
plt.show()
assert abs(curves[4].data[60]) < 1e-12  # like tanh, its fourth derivative is odd: 0 at 0

# %%
# The graph of a gradient
# -----------------------
# The picture shows the graph of tanh and of its derivative. The gradient rule of tanh is
# ``g * (1 - out * out)``. Its operations are in the same graph as tanh. They use the result ``y`` twice. So
# the derivative depends on x through ``y``.

x = mg.Tensor(0.5, requires_grad=True)
with view.trace() as t:
    y = mg.tanh(x)
    (slope,) = mg.grad(y, x, create_graph=True)
    (curvature,) = mg.grad(slope, x)
assert abs(slope.item() - (1 - y.item() ** 2)) < 1e-6
assert abs(curvature.item() + 2 * y.item() * slope.item()) < 1e-6
view.draw(t, values=True)

# %%
# The steps show three passes: forwards, backwards, and backwards again. The second backward pass goes
# through the operations of the first. Two paths lead to ``y``, and their gradients are added. At the end it
# uses the rule of tanh again.

view.step(t)

# %%
# Each backward pass goes through all operations that were recorded before it. So the graph grows: from 1
# operation for tanh to 49 for its fourth derivative. High derivatives of long programs are slow. In
# practice mostly first and second derivatives are used.


def count(tensor):
    """The number of operations in the graph of a Tensor."""
    seen, waiting = set(), [tensor.node]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [each.node for each in node.inputs if isinstance(each, mg.Tensor)]
    return len(seen)


sizes = [count(curve) for curve in curves]
print("operations:", *sizes)
assert sizes[0] == 1
assert all(b > a for a, b in pairwise(sizes))

# %%
# Without ``create_graph=True`` the gradient has no graph. If you ask for its gradient, minigrad raises an
# error. It does not return 0.

(plain,) = mg.grad(mg.tanh(x), x)
try:
    mg.grad(plain, x)
except mg.errors.GraphError as error:
    print(error)
else:
    raise AssertionError("a gradient without a graph was differentiated")

# %%
# Not every function has a useful second derivative. ReLU consists of two straight lines: its slope is 0 or
# 1, and its second derivative is 0. So the gradient of ReLU does not depend on x. A method that needs
# second derivatives of a network works better with tanh or softplus.

z = mg.Tensor(np.array([-1.0, 2.0]), requires_grad=True)
(first,) = mg.grad(mg.relu(z).sum(), z, create_graph=True)
assert first.data.tolist() == [0.0, 1.0]
assert not first.requires_grad
(first,) = mg.grad(mg.softplus(z).sum(), z, create_graph=True)
assert first.requires_grad

# %%
# Newton's method
# ---------------
# At which x is :math:`f(x) = x^4 - 3x^2 + x` smallest? Gradient descent needs a learning rate, which you
# must choose. Newton's method does not. It replaces f by the parabola with the same first and second
# derivative at x, and moves to the point where the slope of the parabola is 0:
# :math:`x \leftarrow x - f'(x) / f''(x)`.


def f(x):
    return x**4 - 3 * x**2 + x


def derivatives(x):
    x = mg.Tensor(np.array(x), requires_grad=True)
    (first,) = mg.grad(f(x), x, create_graph=True)
    (second,) = mg.grad(first, x)
    return first.item(), second.item()


minimum = min(np.roots([4, 0, -6, 1]).real)  # the derivative 4 x^3 - 6 x + 1 is 0 there
newton, descent = [-2.0], [-2.0]
for _ in range(6):
    first, second = derivatives(newton[-1])
    newton.append(newton[-1] - first / second)
    first, _ = derivatives(descent[-1])
    descent.append(descent[-1] - 0.02 * first)
for step in range(1, 5):
    print(f"step {step}: the error of Newton's method is {abs(newton[step] - minimum):.0e}")
assert abs(newton[6] - minimum) < 1e-13
assert abs(descent[6] - minimum) > 1e-3

# %%
# The error of each step is about the square of the error before it. So the number of correct digits
# doubles. Gradient descent multiplies the error by about the same factor in each step.
#
# With several variables the second derivative is a matrix, the *Hessian*. Its row i is the gradient of
# element i of the gradient. The quotient :math:`f'/f''` becomes the solution d of the linear system
# :math:`H d = g`, with the Hessian H and the gradient g. Each row of H needs a backward pass through the
# same graph. ``retain_graph=True`` keeps the graph for the next row (lesson 02).


def rosenbrock(p):
    """A curved valley with its minimum at (1, 1)."""
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def gradient_and_hessian(f, p):
    p = mg.Tensor(p, requires_grad=True)
    (g,) = mg.grad(f(p), p, create_graph=True)
    rows = [mg.grad(g[i], p, retain_graph=True)[0].data for i in range(len(p))]
    return g.data, np.array(rows)


p, path = np.array([-1.0, 1.5]), [np.array([-1.0, 1.5])]
for _ in range(6):
    g, hessian = gradient_and_hessian(rosenbrock, p)
    assert np.allclose(hessian, hessian.T)
    p = p - np.linalg.solve(hessian, g)
    path.append(p)
print(f"Newton's method in the valley, after 6 steps: {p[0]:.4f}, {p[1]:.4f}")
assert np.allclose(p, [1, 1], atol=1e-8)

# %%
# For a network with a million weights, the Hessian would have a million rows. But the product of the
# Hessian and a vector ``v`` can be computed without the matrix. It is the gradient of the number ``g @ v``.
# This needs only one more backward pass.

v = np.array([0.3, -0.7])
q = mg.Tensor(np.array([-1.0, 1.5]), requires_grad=True)
(g,) = mg.grad(rosenbrock(q), q, create_graph=True)
(product,) = mg.grad(g @ v, q)
_, hessian = gradient_and_hessian(rosenbrock, np.array([-1.0, 1.5]))
assert np.allclose(product.data, hessian @ v)

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
fig.suptitle("Newton's method for one variable, and in a curved valley")
left.semilogy(np.abs(np.array(newton[:5]) - minimum), marker="o", label="Newton")
left.semilogy(np.abs(np.array(descent[:5]) - minimum), marker="s", label="gradient descent")
left.set(xlabel="step", ylabel="distance from the minimum", xticks=range(5))
left.legend()
a, b = np.meshgrid(np.linspace(-1.5, 1.5, 121), np.linspace(-3.5, 2, 121))
right.contour(a, b, rosenbrock((a, b)), levels=[1, 10, 50, 200, 500, 1000], colors="gray")
right.plot(*np.array(path).T, marker="o", label="Newton")
right.plot(1, 1, marker="*", markersize=14, linestyle="none", label="minimum")
right.set(xlabel="p[0]", ylabel="p[1]")
right.legend(loc="lower left")
plt.show()

# %%
# A penalty for the slope
# -----------------------
# Fit a network with many units to a few points with noise. It goes through all points, and has large slopes
# between them. The slope with respect to the input is a gradient. So we can add a penalty to the cost: the
# mean of the squared error, plus a factor times the mean of the squared slope. Training then needs the
# gradient of a gradient with respect to the weights. This is called *double backpropagation*, and the
# penalty is called a *gradient penalty*.

rng = np.random.default_rng(3)
inputs = np.linspace(-3, 3, 13).reshape(-1, 1)
targets = np.sin(inputs) + 0.4 * rng.normal(size=inputs.shape)
between = np.linspace(-3, 3, 121).reshape(-1, 1)


def network(weights, x):
    w1, b1, w2, b2 = weights
    return mg.tanh(x @ w1 + b1) @ w2 + b2


def slopes(weights, x):
    """d network / d x at each point, with its graph."""
    x = mg.Tensor(x, requires_grad=True)
    return mg.grad(network(weights, x).sum(), x, create_graph=True)[0]


def fit(penalty):
    rng = np.random.default_rng(5)
    arrays = rng.normal(0, 2, (1, 40)), rng.normal(0, 2, 40), rng.normal(0, 0.3, (40, 1)), [0.0]
    weights = [mg.Tensor(np.array(a), requires_grad=True) for a in arrays]
    optimizer = optim.Adam(weights, lr=0.03)
    for _ in range(600):
        optimizer.zero_grad()
        error = ((network(weights, inputs) - targets) ** 2).mean()
        cost = error + penalty * (slopes(weights, between) ** 2).mean() if penalty else error
        cost.backward()
        optimizer.step()
    return weights, error.item()


results = {}
for penalty in (0.0, 0.1):
    weights, error = fit(penalty)
    steepest = float(np.abs(slopes(weights, between).data).max())
    distance = float(np.sqrt(np.mean((network(weights, between).data - np.sin(between)) ** 2)))
    results[penalty] = (weights, error, steepest, distance)
    print(f"penalty {penalty}: largest slope {steepest:.1f}, distance from the sine {distance:.1f}")

assert results[0.0][1] < 0.01  # without a penalty it goes through the points with their noise
assert results[0.1][1] > 0.05
assert results[0.1][2] < results[0.0][2] / 1.5
assert results[0.1][3] < results[0.0][3]

# %%
# The largest slope of the sine is 1. Without a penalty the network goes through every point and follows the
# noise. With the penalty the curve has smaller slopes and does not go through all points. It is closer to
# the sine, from which the points were made.

fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
ax.plot(between, np.sin(between), color="gray", linestyle="--", label="sine")
ax.plot(inputs, targets, marker="o", linestyle="none", color="gray", label="points, with noise")
for penalty, (weights, *_) in results.items():
    ax.plot(between, network(weights, between).data, label=f"penalty {penalty}")
ax.set(
    xlabel="x", ylabel="y", title="With a penalty for the slope, the network follows the noise less"
)
ax.legend()
plt.show()

# %%
# Is the gradient of the penalty correct? It was computed by two backward passes. The check compares it with
# differences of the penalty. These need only the first backward pass, which computes the slopes.

weights = results[0.0][0]


def slope_penalty(w1, b1, w2):
    return (slopes([w1, b1, w2, weights[3].detach()], inputs) ** 2).mean()


report = check.gradcheck(slope_penalty, *weights[:3])
print(f"the gradient of the penalty: {report.verdict}")
assert report.verdict == "correct"

# %%
# Simplifications
# ---------------
# Newton's method moves to any point with slope 0: a minimum, a maximum or a saddle. For networks it is used
# with care, and the Hessian is replaced by an approximation. This lesson uses only backward passes. High
# derivatives with respect to one variable can be computed faster, as a Taylor series in a forward pass.

# %%
# Exercises
# ---------
# ``minigrad tutorials 13 --exercise`` copies the exercise file into your folder.
#
# 1. Write the second derivative of tanh by hand. Then write the gradients of the gradient rule of tanh,
#    ``g * (1 - tanh(x)**2)``, which has two inputs. ``minigrad check 13`` checks them.
# 2. In the same file, write the gradient of a penalty for the slope of a network with one hidden layer. Do
#    by hand what ``slopes`` and ``backward`` did above.
# 3. Start Newton's method for ``f`` at 0.3. To which point does it move, and why? What is ``f''`` there?
#
# The answers are in ``tutorials/solutions/13_gradients_of_gradients.py``.
# ``minigrad tutorials 13 --solution`` copies them. Next: lesson 14, networks that do not train
# (``minigrad tutorials 14``).
