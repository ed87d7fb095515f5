"""
Writing an operation
====================

Your network needs a function that minigrad does not have. What do you have to say about it, so that gradients
flow through it? How do you know that what you said is right, for all shapes, and not for one alone?
And why do you get the second derivative, and the tenth, without saying anything more?

You know how a graph of operations sends gradients back (lesson 02), and that the engine sums over what was
stretched (lesson 04).
"""

# %%
# A function and its slope
# ------------------------
# The bell curve :math:`e^{-x^2 / 2 w^2}` is 1 in the middle and nearly 0 a few widths away. Networks use it
# to say "near this point". Wiggle x at 1, where the curve is 0.607 high.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, view
from minigrad.check import properties
from minigrad.check.recorded import OpFunction
from minigrad.domain import NONZERO, Case, Domain, Reject, broadcasting


def height(x):
    return np.exp(-(x**2) / 2)


h = 2.0**-10
slope = (height(1 + h) - height(1 - h)) / (2 * h)
print(f"height {height(1.0):.3f}, slope {slope:.3f}")
assert np.isclose(slope, -height(1.0), atol=1e-6)

# %%
# The slope is minus x times the height itself. That is the chain rule: the exponential has itself for a
# slope, and inside of it is -x²/2, with the slope -x. With a width it is -x y / w².

# %%
# The forward function
# --------------------
# An op is a numpy function with a decorator. Arrays go in by position, parameters by keyword. The decorator
# asks for two things:
#
# - ``cases``: a function that draws one valid call. It is how others find out where your function may be
#   evaluated: the tests call your op without knowing what it is.
# - ``rejects``: calls that must raise an error, with words that the message must contain.


def bell_cases(draw):
    x = draw.array(draw.shape(), Domain(-3.0, 3.0))  # any shape, values from -3 to 3
    return Case((x,), {"width": draw.number(0.5, 2.0)})


no_width = Reject(ValueError, "width must be positive", (np.zeros(2),), {"width": 0.0})


@mg.op(cases=bell_cases, rejects=[no_width])
def bell(x, *, width=1.0):
    """exp(-(x / width)^2 / 2)"""
    if width <= 0:
        raise ValueError(f"bell: the width must be positive, and it is {width}")
    return np.exp(-((x / width) ** 2) / 2)


# %%
# It can be called. On arrays it is the numpy function that it was. On Tensors it is recorded: there is a
# graph. Going back through it fails, because nobody has said how.

x = mg.Tensor([0.5, 1.0, -2.0], requires_grad=True)
print(bell(x.data).round(3), bell(x).node.op)

try:
    bell(x).sum().backward()
except mg.errors.GradientError as error:
    print(error)

# %%
# The gradient rule
# -----------------
# One rule for each input, given to the op with ``vjp`` (vector-Jacobian product, the name for what a rule
# computes: the gradient that arrives, times the slopes). It is called with ``g``, the gradient that arrives
# from above, with ``out``, what the forward function returned, with the inputs, and with all parameters. It
# returns the gradient of its input. Here ``out`` saves us the exponential.

bell.vjp(lambda g, out, x, width: -g * out * x / width**2)

x.grad = None
bell(x, width=2.0).sum().backward()
print("x.grad:", x.grad.data.round(4))
assert np.allclose(x.grad.data, -x.data / 4 * bell(x.data, width=2.0))

# %%
# Is it right?
# ------------
# One call at one point says little. ``check.property()`` makes a *test* of an op. It draws cases, many of
# them, and at each it asks for everything that is true of every op. (It needs the package hypothesis:
# ``pip install 'minigrad-edu[check]'``. In a file of tests, ``test_bell = check.property()(bell)`` is all,
# and pytest runs it.)

test_bell = check.property(max_examples=20)(bell)
test_bell()

asked = properties.of(OpFunction(bell))
for holds in asked:
    print("-", holds.__name__.replace("_", " "))
assert len(asked) == 9

# %%
# Nine properties, and you wrote none of them. Now plant a bug, and see the test fail: here is the rule with
# the sign forgotten. A test that has never failed has not been tested.


right, causes = bell.rules[0], ["it passed"]
bell.vjp(lambda g, out, x, width: g * out * x / width**2)
try:
    test_bell()
except mg.errors.WrongGradientError as error:
    causes = [error.__notes__[0], *error.report.causes]
bell.vjp(right)

print(*causes, sep="\n")
assert "wrong sign" in causes[-1]

# %%
# The second derivative, for free
# -------------------------------
# The rule is a formula of ``*``, ``/``, ``**`` and ``-``. Arrays know these, and Tensors do. With
# ``create_graph=True`` the engine runs your rule on *Tensors*, so the gradient is itself recorded, and one
# can go back through it. ``mg.grad(y, x)`` returns the gradient that ``backward`` would leave in ``x.grad``.
# The derivatives of the bell curve are the curve times a polynomial. The polynomials are Hermite's: -x,
# x² - 1, -x³ + 3x, and so on.

x = mg.Tensor(np.linspace(-4, 4, 161), requires_grad=True)
derivatives = [bell(x)]
for _ in range(4):
    (slope,) = mg.grad(derivatives[-1].sum(), x, create_graph=True)
    derivatives.append(slope)

for n, derivative in enumerate(derivatives):
    hermite = np.polynomial.hermite_e.HermiteE.basis(n)(x.data)
    assert np.allclose(derivative.data, (-1) ** n * hermite * bell(x.data))
print(f"the fourth derivative at 0 is {derivatives[4].data[80]:.1f}")

fig, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
for n, colour in enumerate(("#777777", "#0072B2", "#D55E00", "#009E73", "#CC79A7")):
    ax.plot(x.data, derivatives[n].data, color=colour, lw=3 if n == 0 else 1.8, label=f"{n}")
ax.set(title="The bell curve and its derivatives, from one rule", xlabel="x", ylabel="derivative")
ax.legend(title="order")
plt.show()

# %%
# This is why a rule is not written with numpy's functions. The rule below is right, and its first derivative
# passes. It computes the exponential once more, with ``np.exp``, and a Tensor does not go through that.

bell.vjp(lambda g, out, x, width: -g * np.exp(-((x / width) ** 2) / 2) * x / width**2)
try:
    (slope,) = mg.grad(bell(x).sum(), x, create_graph=True)
except mg.errors.GradientError as error:
    print(str(error).splitlines()[-1].strip())
bell.vjp(right)
assert mg.grad(bell(x).sum(), x, create_graph=True)[0].requires_grad

# %%
# Two inputs
# ----------
# The distance of the point (x, y) from the origin has two inputs, so it has two rules. ``broadcasts=True``
# says that the inputs may have different shapes, and the engine does the sums of lesson 04: the rules do not
# mention them. At the origin the distance has a kink, as ``abs`` has at 0. ``NONZERO`` draws values close to
# 0, but never 0.


@mg.op(cases=broadcasting(NONZERO, NONZERO), rejects=[], broadcasts=True)
def distance(x, y):
    """sqrt(x^2 + y^2)"""
    return np.sqrt(x * x + y * y)


distance.vjp(
    lambda g, out, x, y: g * x / out,
    lambda g, out, x, y: g * y / out,
)

check.property(max_examples=20)(distance)()

# %%
# Both ops in a computation: how near are two points to three places? ``x`` and ``y`` are columns of two, the
# places are rows of three, and the distances are a table.

places_x, places_y = np.array([1.0, 2.0, -1.0]), np.array([3.0, 0.0, 0.5])

with view.trace() as trace:
    x = mg.Tensor([[0.0], [1.0]], requires_grad=True)
    y = mg.Tensor([[1.0], [2.0]], requires_grad=True)
    across, up = x - places_x, y - places_y
    far = distance(across, up)
    near = bell(far, width=2.0)
    score = near.sum()
    score.backward()

print(f"score {score.item():.3f}, d score / dx = {x.grad.data.ravel().round(3)}")
assert x.grad.shape == (2, 1)
view.draw(trace, values=True, grads=True)

# %%
# The step-through reads your rule, and shows it with the names and the numbers of this run. Go to the step
# where ``bell`` sends a gradient to ``far``.

view.step(trace)

# %%
# Is the gradient of this whole function right, too? It is, if every rule is: the chain rule puts them
# together and adds no mistake of its own. ``check.gradgradcheck`` asks the same of the second derivative.


def score_of(x, y):
    return bell(distance(x - places_x, y - places_y), width=2.0).sum()


first = check.gradcheck(score_of, x, y)
second = check.gradgradcheck(score_of, x, y)
print(f"first derivative: {first.verdict}, second: {second.verdict}")
assert first
assert second

# %%
# Simplifications
# ---------------
# An op whose rule needs what was computed on the way, or has to be fast, is *fused*: it is stated twice, as
# a composition of other ops and as a fast pair of numpy functions, and the first is the test of the second
# (lesson 10 opens one). An input without a derivative, as labels are, gets the rule ``None``. An op has one
# output. ``minigrad check file.py:bell`` asks the same properties in a shell.

# %%
# Exercises
# ---------
# 1. ``tutorials/exercises/06_write_an_op.py`` has three ops without their rules. Write them, then run
#    ``minigrad check tutorials/exercises/06_write_an_op.py``.
# 2. Let ``bell_cases`` draw widths from 0 to 2. Run the test a few times. What does it find?
# 3. Write ``bell`` with two inputs, so that the width is learned as well: ``bell(x, width)``, with a rule
#    for each. How many properties more are asked of it?
