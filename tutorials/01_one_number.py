"""
One number: how far does the result move?
=========================================

A function takes a number and returns a result. If the number moves a little, how far does the result move?
Training a network asks this question about each of its weights. Here we ask it about one number, and find
the answer by moving that number. A smaller move gives a better answer, but only up to a point.

You need to know what a function in Python is, and nothing else.
"""

# %%
# A square
# --------
# A square has sides of length 3, and so its area is 9. Make the sides a little longer by a *step*. Then
# divide the change of the area by the step.

import matplotlib.pyplot as plt
import numpy as np

from minigrad import Tensor, check, view


def square(x):
    return x * x


for step in [1.0, 0.1, 0.01, 0.001]:
    moved = square(3.0 + step) - square(3.0)
    print(f"step {step:<5}  the area moves by {moved:.6f}: {moved / step:.3f} times the step")
    assert abs(moved / step - 6) < 1.001 * step

# %%
# The smaller the step, the closer the answer is to 6. The reason: the square grows by two strips and a
# small corner. Each strip has the area 3 times the step, so the strips give the number 6. The corner has
# the area step times step. It becomes negligible when the step is small.
#
# The number 6 is the *derivative* of the area at 3, or its *slope*. The slope depends on x: at 5 it is 10,
# and at x it is 2x.

assert round((square(5.001) - square(5.0)) / 0.001) == 10

# %%
# Using the slope
# ---------------
# The slope gives a forecast. If x moves by a small amount, the area moves by about the slope times that
# amount. The forecast for a side of 3.02 is 9 + 6 · 0.02.

forecast = 9 + 6 * 0.02
print(f"forecast {forecast:.4f}, true area {square(3.02):.4f}")
assert abs(forecast - square(3.02)) < 0.001

# %%
# To make a result *smaller*, move x against the slope: to the left if the slope is positive, to the right
# if it is negative. Repeat this, and x approaches the place where the result is smallest. A network learns
# in the same way: the result is its error, and x is one of its weights.

x = 3.0
for _ in range(5):
    x = x - 0.25 * 2 * x  # against a quarter of the slope
    print(f"x = {x:.4f}, area {square(x):.4f}")
assert square(x) < 0.01

# %%
# Steps to both sides
# -------------------
# A cube grows in a similar way: it gets a thin plate on three of its faces. Each face has the area x², so
# the slope is 3x². There is a pattern: 2x for x², 3x² for x³. The exponent becomes a factor, and then the
# exponent is reduced by 1: xⁿ has the slope n xⁿ⁻¹.
#
# Finding a slope by moving x a little is called *wiggling* in these lessons. There are two ways to do it. A
# *forward difference* moves x to one side. A *central difference* moves x to both sides, and divides by the
# whole distance. The slope of the cube at 1.1 is 3 · 1.1² = 3.63. How large is the error of each
# difference?


def cube(x):
    return x * x * x


def forward_difference(f, x, step):
    return (f(x + step) - f(x)) / step


def central_difference(f, x, step):
    return (f(x + step) - f(x - step)) / (2 * step)


for step in [0.1, 0.01, 0.001]:
    one_side = forward_difference(cube, 1.1, step) - 3.63
    both_sides = central_difference(cube, 1.1, step) - 3.63
    print(f"step {step:<5}  error {one_side:.6f} to one side, {both_sides:.6f} to both sides")
    assert both_sides < one_side / 20

# %%
# With a step ten times smaller, the first error is ten times smaller, and the second one *a hundred* times
# smaller. The curve bends in the same way on both sides of x, so the two errors cancel. For this reason
# checks of derivatives use the central difference.
#
# The remaining error is called *truncation*. It is there because the step is not infinitely small. For this
# cube it is exactly the square of the step.

assert abs(central_difference(cube, 1.1, 0.01) - 3.63 - 0.01**2) < 1e-9

# %%
# Smaller is not better
# ---------------------
# Can we make the step so small that the error disappears?

for step in [1e-3, 1e-5, 1e-7, 1e-9, 1e-11, 1e-13, 1e-15]:
    error = abs(central_difference(cube, 1.1, step) - 3.63)
    print(f"step {step:.0e}  error {error:.0e}")
assert abs(central_difference(cube, 1.1, 1e-5) - 3.63) < 1e-9
assert abs(central_difference(cube, 1.1, 1e-15) - 3.63) > 0.1

# %%
# At a step of 1e-5 about ten digits are correct. At 1e-15 not even two digits are correct. Look at the two
# numbers that are subtracted:

ahead, behind = cube(1.1 + 1e-10), cube(1.1 - 1e-10)
print(f"  {ahead:.16f}\n- {behind:.16f}\n= {ahead - behind:.16f}")
assert abs(ahead - behind) < 1e-9

# %%
# A computer keeps about 16 digits of a number. These two numbers are almost equal: their difference begins
# with nine zeros after the point. Only seven digits remain, and the last one is rounded. Dividing by the
# small step makes this rounding error large. It is called *round-off*, and its size is about 1e-16 divided
# by the step.
#
# So there are two errors. A smaller step reduces truncation, and increases round-off. The next figure shows
# both. On its axes each tick is ten times the tick before, and the curve of the error is a V. (A script
# opens a window for the figure. Close it to continue.)

steps = 2.0 ** -np.arange(1, 50)
errors = np.array([abs(central_difference(cube, 1.1, step) - 3.63) for step in steps.tolist()])

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
ax.loglog(
    steps, errors, "o", color="#0072B2", markersize=4, label="error of the central difference"
)
ax.loglog(steps, steps**2, "-.", color="#009E73", label="truncation: step²")
ax.loglog(steps, 1.1e-16 / steps, "--", color="#D55E00", label="round-off: 1e-16 / step")
ax.set(title="The V curve of a cube's slope", xlabel="step", ylabel="error", ylim=(1e-13, 10))
ax.legend(frameon=False)
plt.show()

# %%
# On the right arm of the V the error is the square of the step. On the left arm the points are near the
# line of round-off, but they are scattered. The best step is where the arms meet: between 1e-6 and 1e-5,
# for numbers of about 1.
#
# Both axes are logarithmic, so the arms are straight lines, and their slopes are exponents: 2 for the right
# arm, since its error is step².

right_arm = np.polyfit(np.log(steps[:10]), np.log(errors[:10]), 1)[0]
print(f"the slope of the right arm: {right_arm:.2f}")
assert abs(right_arm - 2) < 0.01
assert 1e-7 < steps[np.argmin(errors)] < 1e-4

# %%
# Half as many digits
# -------------------
# Networks compute with numbers of 7 digits (``float32``), since these are faster. Then round-off is much
# larger, and the best difference has 5 correct digits, not 10. For this reason slopes are checked with 16
# digits (``float64``), even if the network uses 7.

single = np.float32(1.1)
errors_32 = [
    abs(central_difference(cube, single, step) - 3 * single * single)
    for step in np.float32(2.0) ** -np.arange(1, 20, dtype=np.float32)
]
print(f"smallest error with 7 digits: {min(errors_32):.0e}, with 16 digits: {min(errors):.0e}")
assert min(errors_32) > 1000 * min(errors)

# %%
# A corner
# --------
# Not every function has a slope everywhere. ``abs`` has the slope -1 on the left of 0, and the slope 1 on
# the right. At 0 it has no slope. Such a place is called a *kink*, and the functions in networks have many
# kinks. A step to one side returns one of the two slopes. The central difference returns their mean,
# without any warning.

on_the_right = forward_difference(abs, 0.0, 0.001)
on_the_left = forward_difference(abs, 0.0, -0.001)
central = central_difference(abs, 0.0, 0.001)
print(f"right of 0: {on_the_right:.0f}, left of 0: {on_the_left:.0f}, central: {central:.0f}")
assert (on_the_right, on_the_left, central) == (1, -1, 0)

# %%
# A check that uses the whole V
# -----------------------------
# Suppose that you found a derivative by hand. Is it correct? ``check.derivative`` does not use one step. It
# uses the whole V. If the derivative is correct, the error follows the V. If it is wrong, the error stops
# falling: the difference between your derivative and the slope remains, for every step. So you need not
# choose a step or a tolerance.


def cube_derivative(x):
    return 3 * x * x


def slightly_wrong_derivative(x):
    return 3.00001 * x * x


first = check.derivative(cube, cube_derivative, 1.1)
second = check.derivative(cube, slightly_wrong_derivative, 1.1)
print(f"3 x² is {first.verdict}, and 3.00001 x² is {second.verdict}")
assert first.verdict == "correct"
assert second.verdict == "wrong"

# %%
# minigrad can find a slope without wiggling. A ``Tensor`` is a number that remembers how it was computed.
# From this it computes the slope, with all digits. The next lesson explains how. The next picture shows
# what the Tensor remembers. (A notebook and the website show it. A script does not.)

with view.trace() as trace:
    x = Tensor(1.5, requires_grad=True)
    volume = cube(x)
    volume.backward()

print(f"the slope of the cube at 1.5 is {x.grad.item()}")
assert x.grad.item() == 3 * 1.5**2

view.draw(trace, values=True, grads=True)

# %%
# The next page shows the computation, one step at a time: first forwards to the volume, then backwards to
# the slope.

view.step(trace)

# %%
# Simplifications
# ---------------
# - ``x + step`` is rounded too, so the true step differs a little from ``step``. A step that is a power of
#   two avoids most of this error.
# - minigrad's check divides by the true step. It measures the rounding error, and it combines several steps
#   to cancel truncation (lesson 07 and ``minigrad/check/oracle.py``).
# - Numbers like 1e9 or 1e-9 need other steps, in proportion to their size.

# %%
# Exercises
# ---------
# 1. ``minigrad tutorials 1 --exercise`` copies the file ``01_one_number.py`` into your folder. It has three
#    functions of one number. Find a formula for the derivative of each, on paper. Wiggling helps you to
#    guess it. Write the formulas into the file. ``minigrad check 1`` then tells you whether they are
#    correct. It sees errors in the tenth digit, so a numerical derivative is not accepted as an answer.
# 2. Draw the V curve of ``forward_difference``. Find the slope of its right arm, and the step at which the
#    arms meet.
# 3. Where do the arms meet for the cube at x = 1000? Predict first: which of the two arms moves, and in
#    which direction?
#
# Exercises 2 and 3 have their place at the end of the file. The answers to all three are in
# ``tutorials/solutions/01_one_number.py``, and ``minigrad tutorials 1 --solution`` copies this file. Next:
# lesson 02, the chain rule (``minigrad tutorials 2``).
