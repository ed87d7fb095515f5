"""
Gradients of gradients: what a second backward pass can say
============================================================

A gradient is computed, so it has a graph, so it has a gradient. How often can this be repeated, what is it
good for, and what does the graph of a gradient look like? Known beforehand: backward passes (lessons 02 and
03), rules written in the words of Tensors (lesson 06), training (lesson 08).
"""

# %%
# Again and again
# ---------------
# The derivative of tanh is 1 - tanh². So the slope of tanh at 0.5 is a number, 0.79; and how
# this slope changes is another, -0.73. A backward pass finds the first. If that pass is itself recorded,
# which ``create_graph=True`` asks for, a second one finds the next.

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, optim, view
from minigrad.errors import GraphError

x = mg.Tensor(np.array(0.5), requires_grad=True)
value = mg.tanh(x)
for order in range(1, 5):
    (value,) = mg.grad(value, x, create_graph=True)
    print(f"derivative {order} of tanh at 0.5: {value.item():.6f}")

t = np.tanh(0.5)
assert abs(value.item() - 8 * t * (2 - 3 * t**2) * (1 - t**2)) < 1e-14

# %%
# The last line compares with the formula that one gets by hand, with patience: the fourth derivative of
# tanh is :math:`8 t (2 - 3 t^2)(1 - t^2)` with :math:`t = \tanh x`. It agrees to the last digits.
# Differences cannot do this: the fourth one divides by the fourth power of the step, and with that all
# rounding errors.


def fourth_difference(x, h):
    return (np.array([1, -4, 6, -4, 1]) @ np.tanh(x + h * np.arange(-2, 3))) / h**4


for h in (1e-1, 1e-2):
    off = abs(fourth_difference(0.5, h) / value.item() - 1)
    print(f"step {h:g}: the fourth difference is off by {off:.0e} of its value")
assert abs(fourth_difference(0.5, 1e-2) / value.item() - 1) < 1e-3
assert abs(fourth_difference(0.5, 1e-5) / value.item() - 1) > 0.9  # not one digit is right

# %%
# At many points at once it works too. The sum is there because a gradient is that of one number; each
# element of the sum depends on its own x alone.

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
assert abs(curves[4].data[60]) < 1e-12  # an odd function has an odd fourth derivative: 0 at 0

# %%
# The graph of a gradient
# -----------------------
# What was recorded? Here is tanh, and its derivative, drawn. The backward pass multiplies and subtracts,
# as the rule ``g * (1 - out * out)`` says, and these operations stand in the same graph as tanh itself.
# They use its result, ``y``, twice: a change of x also changes the slope of tanh, by this way.

x = mg.Tensor(0.5, requires_grad=True)
with view.trace() as t:
    y = mg.tanh(x)
    (slope,) = mg.grad(y, x, create_graph=True)
    (bend,) = mg.grad(slope, x)
assert abs(slope.item() - (1 - y.item() ** 2)) < 1e-6
assert abs(bend.item() + 2 * y.item() * slope.item()) < 1e-6
view.draw(t, values=True)

# %%
# Step by step: forwards, back, and back again. The second pass goes through the operations of the first,
# comes to ``y`` by two ways, adds what they bring, and ends with the rule of tanh once more.

view.step(t)

# %%
# Each further pass goes back through all that was recorded before it, so the graph grows: 1 operation for
# tanh, and soon hundreds. High derivatives of long programs are costly this way; first and second ones
# are what is used in practice.


def count(tensor):
    """How many operations the graph behind a Tensor has."""
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
# Without ``create_graph=True`` the gradient is a plain array of numbers. To ask for its gradient is an
# error, which says so, and not a silent zero.

(plain,) = mg.grad(mg.tanh(x), x)
try:
    mg.grad(plain, x)
except GraphError as error:
    print(error)
else:
    raise AssertionError("a gradient without a graph was differentiated")

# %%
# And not every function has a useful second derivative: relu consists of two straight lines, so its
# slope, 0 or 1, does not change with x. Its gradient is recorded too, but nothing that depends on x is in
# it. A method that needs the curvature of a network wants tanh or softplus in it.

z = mg.Tensor(np.array([-1.0, 2.0]), requires_grad=True)
(first,) = mg.grad(mg.relu(z).sum(), z, create_graph=True)
assert first.data.tolist() == [0.0, 1.0]
assert not first.requires_grad
(first,) = mg.grad(mg.softplus(z).sum(), z, create_graph=True)
assert first.requires_grad

# %%
# Newton's method
# ---------------
# Where is :math:`f(x) = x^4 - 3x^2 + x` smallest? Gradient descent goes downhill with a rate that
# somebody has to choose. Newton's method takes the parabola that has the same slope and the same
# curvature, and jumps to its lowest point: :math:`x \leftarrow x - f'(x) / f''(x)`.


def f(x):
    return x**4 - 3 * x**2 + x


def derivatives(x):
    x = mg.Tensor(np.array(x), requires_grad=True)
    (first,) = mg.grad(f(x), x, create_graph=True)
    (second,) = mg.grad(first, x)
    return first.item(), second.item()


lowest = min(np.roots([4, 0, -6, 1]).real)  # where the derivative 4 x^3 - 6 x + 1 is 0
newton, descent = [-2.0], [-2.0]
for _ in range(6):
    first, second = derivatives(newton[-1])
    newton.append(newton[-1] - first / second)
    first, _ = derivatives(descent[-1])
    descent.append(descent[-1] - 0.02 * first)
for step in range(1, 5):
    print(f"step {step}: Newton is off by {abs(newton[step] - lowest):.0e}")
assert abs(newton[6] - lowest) < 1e-14
assert abs(descent[6] - lowest) > 1e-3

# %%
# The number of right digits doubles with each step: the error of a step is about the square of that
# before it. Gradient descent gains the same share each time.
#
# With several unknowns the second derivative becomes a matrix, the *Hessian*: row i is the gradient of
# element i of the gradient. And :math:`f'/f''` becomes the solution of a linear system. All rows go back
# through the same graph, which ``retain_graph=True`` keeps for the next one (lesson 02 shows it gone).


def rosenbrock(p):
    """A curved valley, lowest at (1, 1)."""
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
print(f"Newton in the valley, after 6 steps: {p.round(6)}")
assert np.allclose(p, [1, 1], atol=1e-10)

# %%
# For a network with a million weights the Hessian would have a million rows. Its product with a vector
# ``v`` needs no matrix: it is the gradient of the number ``g @ v``, one backward pass more.

v = np.array([0.3, -0.7])
q = mg.Tensor(np.array([-1.0, 1.5]), requires_grad=True)
(g,) = mg.grad(rosenbrock(q), q, create_graph=True)
(product,) = mg.grad(g @ v, q)
_, hessian = gradient_and_hessian(rosenbrock, np.array([-1.0, 1.5]))
assert np.allclose(product.data, hessian @ v)

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
fig.suptitle("Newton's method: digits double, and a valley is crossed in leaps")
left.semilogy(np.abs(np.array(newton[:5]) - lowest), marker="o", label="Newton")
left.semilogy(np.abs(np.array(descent[:5]) - lowest), marker="s", label="gradient descent")
left.set(xlabel="step", ylabel="distance from the lowest point", xticks=range(5))
left.legend()
a, b = np.meshgrid(np.linspace(-1.5, 1.5, 121), np.linspace(-3.5, 2, 121))
right.contour(a, b, rosenbrock((a, b)), levels=[1, 10, 50, 200, 500, 1000], colors="gray")
right.plot(*np.array(path).T, marker="o", label="Newton")
right.plot(1, 1, marker="*", markersize=14, linestyle="none", label="lowest point")
right.set(xlabel="p[0]", ylabel="p[1]")
right.legend(loc="lower left")
plt.show()

# %%
# A price on the slope
# --------------------
# A network with many units, fitted to few points with noise, goes through them by sharp bends. Sharp
# bends are large slopes, and the slope with respect to the input is a gradient. So it can be put into the
# cost: the mean of the squared error, plus a price times the mean of the squared slope. To train on this
# means to differentiate a gradient with respect to the weights. This is called *double backpropagation*,
# or a gradient penalty.

rng = np.random.default_rng(3)
inputs = np.linspace(-3, 3, 13).reshape(-1, 1)
targets = np.sin(inputs) + 0.4 * rng.normal(size=inputs.shape)
between = np.linspace(-3, 3, 121).reshape(-1, 1)


def network(weights, x):
    w1, b1, w2, b2 = weights
    return mg.tanh(x @ w1 + b1) @ w2 + b2


def slopes(weights, x):
    """d network / d x at each point, recorded."""
    x = mg.Tensor(x, requires_grad=True)
    return mg.grad(network(weights, x).sum(), x, create_graph=True)[0]


def fitted(price):
    rng = np.random.default_rng(5)
    arrays = rng.normal(0, 2, (1, 40)), rng.normal(0, 2, 40), rng.normal(0, 0.3, (40, 1)), [0.0]
    weights = [mg.Tensor(np.array(a), requires_grad=True) for a in arrays]
    optimizer = optim.Adam(weights, lr=0.03)
    for _ in range(600):
        optimizer.zero_grad()
        error = ((network(weights, inputs) - targets) ** 2).mean()
        cost = error + price * (slopes(weights, between) ** 2).mean() if price else error
        cost.backward()
        optimizer.step()
    return weights, error.item()


results = {}
for price in (0.0, 0.1):
    weights, error = fitted(price)
    steep = float(np.abs(slopes(weights, between).data).max())
    away = float(np.mean((network(weights, between).data - np.sin(between)) ** 2))
    results[price] = (weights, error, steep, away)
    print(
        f"price {price}: the steepest slope is {steep:.0f}, off from the sine by {np.sqrt(away):.1f}"
    )

assert results[0.0][1] < 0.01  # without a price it goes through the points, noise and all
assert results[0.1][1] > 0.05
assert results[0.1][2] < results[0.0][2] / 2
assert results[0.1][3] < results[0.0][3]

# %%
# The steepest slope of the sine is 1. Without a price the network goes through every point, and follows
# the noise; with it, the curve is calmer, misses the points by a little, and is closer to the sine that
# they came from.

fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
ax.plot(between, np.sin(between), color="gray", linestyle="--", label="sine")
ax.plot(inputs, targets, marker="o", linestyle="none", color="gray", label="points, with noise")
for price, (weights, *_) in results.items():
    ax.plot(between, network(weights, between).data, label=f"price {price}")
ax.set(
    xlabel="x", ylabel="y", title="A price on the slope keeps a network from following the noise"
)
ax.legend()
plt.show()

# %%
# Is the gradient of such a cost right? It went through two passes, so two rules of each operation were at
# work. The check differentiates the cost by differences, which know of neither.

weights = results[0.0][0]


def cost(w1, b1, w2):
    fitted_weights = [w1, b1, w2, weights[3].detach()]
    return (slopes(fitted_weights, inputs) ** 2).mean()


report = check.gradcheck(cost, *weights[:3])
print(f"the gradient of the price: {report.verdict}")
assert report.verdict == "correct"

# %%
# Simplifications
# ---------------
# Newton's method goes to any point where the slope is 0, a highest one as well as a lowest; for networks
# it is used with care, and with the Hessian replaced by something cheaper. All that is differentiated
# here is recorded and gone through backwards; for high orders of one variable, carrying a Taylor series
# forwards is cheaper.

# %%
# Exercises
# ---------
# 1. The gradient of a gradient rule, by hand. In ``tutorials/exercises/13_gradients_of_gradients.py``
#    write the second derivative of tanh, and then the gradients of tanh's rule ``g * (1 - tanh(x)**2)``,
#    which has two inputs. ``minigrad check tutorials/exercises/13_gradients_of_gradients.py`` judges
#    them.
# 2. In the same file, the gradient of a price on the slope of a network with one hidden layer: by hand
#    what ``slopes`` and ``backward`` did above.
# 3. Start Newton's method for ``f`` at 0.3. Where does it go, and why? What is ``f''`` there?
