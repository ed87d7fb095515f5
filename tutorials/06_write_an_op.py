"""
Writing an operation
====================

Your network needs a function that minigrad does not have. What must you write for a new function, so that
minigrad can compute its gradient? How can you test that your gradient rule is correct for all shapes, and
not only for one? And why does the same rule also give the second derivative, and the tenth?

You know how gradients are computed backwards through a graph of operations (lesson 02). You know that the
engine sums over stretched axes (lesson 04).
"""

# %%
# A function and its slope
# ------------------------
# The bell curve :math:`e^{-x^2 / 2 w^2}` with the width w is 1 at x = 0. It is nearly 0 if x is several
# widths away. Networks use it to measure whether a point is near another one. Let the width be 1, and
# wiggle x at 1, where the curve has the height 0.607.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, view
from minigrad.domain import NONZERO, Case, Domain, Reject, broadcasting


def height(x):
    return np.exp(-(x**2) / 2)


h = 2.0**-10
slope = (height(1 + h) - height(1 - h)) / (2 * h)
print(f"height {height(1.0):.3f}, slope {slope:.3f}")
assert np.isclose(slope, -height(1.0), atol=1e-6)

# %%
# The slope is -x times the height. This follows from the chain rule: the slope of the exponential is the
# exponential itself, and its argument -x²/2 has the slope -x. For a width w the slope is -x y / w², where y
# is the height.

# %%
# The forward function
# --------------------
# An op is a numpy function with a decorator. Its arrays are positional arguments, and its parameters are
# keyword arguments. The decorator needs two things:
#
# - ``cases`` is a function that makes one valid call at random. Tests use it to call your op, since they do
#   not know which inputs are allowed.
# - ``rejects`` is a list of calls that must raise an error. Each one has words that the error message must
#   contain.


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
# Now you can call ``bell``. With arrays it is still a numpy function. With Tensors the call is recorded,
# and there is a graph. ``backward`` fails, because ``bell`` does not have a gradient rule yet.

x = mg.Tensor([0.5, 1.0, -2.0], requires_grad=True)
print(bell(x.data).round(3), bell(x).node.op)

try:
    bell(x).sum().backward()
except mg.errors.GradientError as error:
    print(error)

# %%
# The gradient rule
# -----------------
# ``vjp`` adds gradient rules to an op, one for each input. A rule is a function of four things: the
# upstream gradient ``g``, the result ``out`` of the forward function, the inputs, and all parameters. It
# returns the contribution to its input. With ``out`` the rule need not compute the exponential again.
#
# The name means *vector-Jacobian product*. The Jacobian is the matrix of the slopes of all outputs along
# all inputs (lesson 05), and a rule multiplies the upstream gradient by it.

bell.vjp(lambda g, out, x, width: -g * out * x / width**2)

x.grad = None
bell(x, width=2.0).sum().backward()
print("x.grad:", x.grad.data.round(4))
assert np.allclose(x.grad.data, -x.data / 4 * bell(x.data, width=2.0))

# %%
# Is the rule correct?
# --------------------
# One call at one point proves little. ``check.property()`` makes a *test* from an op. The test draws many
# cases at random, and checks several properties that must hold for every op. (It needs the package
# hypothesis: ``pip install 'minigrad-edu[check]'``. In a test file for pytest you only write
# ``test_bell = check.property()(bell)``.)

test_bell = check.property(max_examples=20)(bell)
test_bell()

for name in check.properties_of(bell):
    print("-", name)
assert len(check.properties_of(bell)) == 9

# %%
# These nine properties were checked, and you did not write any of them. Can this test fail? To find out,
# plant a bug: the rule with the wrong sign.

correct_rule = bell.rules[0]
bell.vjp(lambda g, out, x, width: g * out * x / width**2)
causes = []
try:
    test_bell()
except mg.errors.WrongGradientError as error:
    causes = [error.__notes__[0], *error.report.causes]
bell.vjp(correct_rule)

print(*causes, sep="\n")
assert "wrong sign" in causes[-1]

# %%
# The second derivative needs no new rule
# ---------------------------------------
# The rule is a formula of ``*``, ``/``, ``**`` and ``-``. Both arrays and Tensors have these operators.
# With ``create_graph=True`` the engine calls your rule with *Tensors*. Then the gradient itself is
# recorded, and we can compute its gradient. ``mg.grad(y, x)`` returns the gradient that ``backward`` would
# store in ``x.grad``.
#
# Each derivative of the bell curve is the curve times a polynomial: -x, x² - 1, -x³ + 3x, and so on. Apart
# from the sign, these are the Hermite polynomials, which numpy knows. So we can test the derivatives.

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
# For this reason a rule must not use numpy functions. The rule below returns the correct gradient for
# arrays. But it calls ``np.exp``, and the engine cannot record a numpy function. So the second derivative
# fails.

bell.vjp(lambda g, out, x, width: -g * np.exp(-((x / width) ** 2) / 2) * x / width**2)
try:
    (slope,) = mg.grad(bell(x).sum(), x, create_graph=True)
except mg.errors.GradientError as error:
    print(str(error).splitlines()[-1].strip())
bell.vjp(correct_rule)
assert mg.grad(bell(x).sum(), x, create_graph=True)[0].requires_grad

# %%
# Two inputs
# ----------
# The distance of the point (x, y) from the origin has two inputs, so it needs two rules.
# ``broadcasts=True`` means that the inputs may have different shapes. The engine then sums over stretched
# axes, as in lesson 04. The rules need not do it.
#
# The distance has a kink at the origin, as ``abs`` has at 0. So the cases must avoid 0: ``NONZERO`` draws
# random values, some very near 0, but never 0 itself.


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
# The next computation uses both ops: how near are two points to three places? ``x`` and ``y`` are columns
# for the two points, and the places are rows. So the distances are a 2 x 3 matrix.

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
# The step page reads your rule, and shows it with the names and numbers of this run. Go to the step in
# which ``bell`` contributes to the gradient of ``far``.

view.step(trace)

# %%
# Is the gradient of this whole function correct? It is, if all rules are correct, since the engine combines
# them with the chain rule. ``check.gradcheck`` checks the first derivative of a function of Tensors, and
# ``check.gradgradcheck`` the second one.


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
# - Some rules need an intermediate result of the forward function, or they must be fast. Such an op is
#   *fused*, and it is written twice: as a composition of other ops, and as a fast pair of numpy functions.
#   The first version tests the second one (lesson 10 shows one).
# - An input that does not have a derivative, such as labels, gets ``None`` instead of a rule.
# - An op has only one output.
# - ``minigrad check file.py:bell`` checks the same properties in a shell.

# %%
# Exercises
# ---------
# 1. ``minigrad tutorials 6 --exercise`` copies the file ``06_write_an_op.py`` into your folder. It has
#    three ops without their gradient rules. Write the rules, then run ``minigrad check 6``.
# 2. Let ``bell_cases`` draw whole numbers from 0 to 2 for the width, with ``draw.integer(0, 2)``. Run the
#    test. What does it find, and which function is wrong?
# 3. Write ``bell`` with two inputs, ``bell(x, width)``, and a rule for each. Then the width can be learned
#    as well. How many more properties are checked now?
#
# Exercises 2 and 3 have their place at the end of the file. The answers to all three are in
# ``tutorials/solutions/06_write_an_op.py``, and ``minigrad tutorials 6 --solution`` copies this file. Next:
# lesson 07, checking a gradient (``minigrad tutorials 7``).
