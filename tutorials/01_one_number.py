"""
One number: how far does the result move?
=========================================

One number goes into a function, another one comes out. If the first moves a little, how far does the second
move? This is the only question that training a network asks, a million times over. Here it is asked of one
number, and answered in the most honest way: by moving it. Then comes a surprise. To move it less gives a
better answer, but only up to a point.

You know what a function in Python is. Nothing else is needed.
"""

# %%
# A square
# --------
# A square has sides of length 3, and so an area of 9. Make the sides a little longer, and divide how far
# the area moved by how far the side moved.

import matplotlib.pyplot as plt
import numpy as np

from minigrad import Tensor, check, view


def square(x):
    return x * x


for step in [1.0, 0.1, 0.01, 0.001]:
    moved = square(3.0 + step) - square(3.0)
    print(f"step {step:<5}  the area moves {moved:.6f}, that is {moved / step:.3f} times as far")
    assert abs(moved / step - 6) < 1.001 * step

# %%
# The smaller the step, the closer the answer is to 6. It is 6 for a reason: a strip of length 3 is added on
# two sides of the square, and a small corner. The strips give 2 times 3. The corner is as wide and as high
# as the step, and vanishes with it.
#
# The number 6 is the *derivative* of the area at 3, or its *slope*. It belongs to the place: at 5 it is 10,
# at x it is 2x.

assert round((square(5.001) - square(5.0)) / 0.001) == 10

# %%
# What it is good for
# -------------------
# The slope is a forecast. If x moves by a small amount, the area moves by the slope times that amount. The
# forecast for a side of 3.02 is 9 + 6 times 0.02.

forecast = 9 + 6 * 0.02
print(f"forecast {forecast:.4f}, really {square(3.02):.4f}")
assert abs(forecast - square(3.02)) < 0.001

# %%
# So to make a result *smaller*, move x against the slope. Do that again and again and x slides down to the
# smallest value. Nothing else happens when a network learns: the result is its error, and x is one of
# its weights.

x = 3.0
for _ in range(5):
    x = x - 0.25 * 2 * x  # a quarter of the slope, downhill
    print(f"x = {x:.4f}, area {square(x):.4f}")
assert square(x) < 0.01

# %%
# To both sides
# -------------
# The strips and the corner are an exact account for a square. A cube grows in the same way: a plate is laid
# on three of its faces, each of which is x wide and x high, so its slope is 3x². There is a pattern: 2x for
# x², 3x² for x³. The power comes to the front, and is then one less: xⁿ has the slope n xⁿ⁻¹.
#
# At 1.1 the slope of the cube is 3 times 1.1 squared, which is 3.63. How far off is the answer of wiggling?
# The second one below steps to *both sides*, and divides by the whole distance.


def cube(x):
    return x * x * x


def forward_difference(f, x, step):
    return (f(x + step) - f(x)) / step


def central_difference(f, x, step):
    return (f(x + step) - f(x - step)) / (2 * step)


for step in [0.1, 0.01, 0.001]:
    one_side = forward_difference(cube, 1.1, step) - 3.63
    both_sides = central_difference(cube, 1.1, step) - 3.63
    print(f"step {step:<5}  off by {one_side:.6f} to one side, by {both_sides:.6f} to both")
    assert both_sides < one_side / 20

# %%
# With a step ten times smaller, the first error is ten times smaller, and the second one *a hundred* times.
# Bending to the left and bending to the right cancel. This is the *central difference*, and it is what
# everybody uses who checks a derivative. What is left of its error is called *truncation*: the price of a
# step that is not infinitely small.

assert abs(central_difference(cube, 1.1, 0.01) - 3.63 - 0.01**2) < 1e-9

# %%
# Smaller is not better
# ---------------------
# The next step is plain: make the step so small that nothing is left of the error.

for power in [3, 5, 7, 9, 11, 13, 15]:
    step = 10.0**-power
    off = abs(central_difference(cube, 1.1, step) - 3.63)
    print(f"step 1e-{power:02}  off by {off:.0e}")
assert abs(central_difference(cube, 1.1, 1e-5) - 3.63) < 1e-9
assert abs(central_difference(cube, 1.1, 1e-15) - 3.63) > 0.1

# %%
# At a step of 1e-5 ten digits are right. At 1e-15 not even one is. Look at what is subtracted:

ahead, behind = cube(1.1 + 1e-10), cube(1.1 - 1e-10)
print(f"  {ahead:.16f}\n- {behind:.16f}\n= {ahead - behind:.16f}")
assert abs(ahead - behind) < 1e-9

# %%
# A computer keeps about 16 digits of a number. These two agree so well that nine zeros come first in their
# difference, and only seven digits are left. The last of those is rounded, and dividing by the small step
# makes the error of rounding large. It is called *round-off*: about 1e-16, divided by the step.
#
# Two errors, and they pull in opposite directions. On axes where every tick is ten times the one before,
# they make a V.

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
# On the right arm the points follow the square of the step: ten times smaller, a hundred times better. On the
# left arm they scatter around a line that falls the other way. The best step is where the arms meet:
# between 1e-6 and 1e-5, for numbers of about 1.

right_arm = np.polyfit(np.log(steps[:10]), np.log(errors[:10]), 1)[0]
print(f"the slope of the right arm: {right_arm:.2f}")
assert abs(right_arm - 2) < 0.01
assert 1e-7 < steps[np.argmin(errors)] < 1e-4

# %%
# Half as many digits
# -------------------
# Networks compute with numbers of 7 digits, to be quick (``float32``). Then the left arm begins much earlier,
# and the best answer that wiggling can give has 5 digits, not 10. That is why slopes are checked in 16
# digits (``float64``), even if they are used in 7.

single = np.float32(1.1)
errors_32 = [
    abs(central_difference(cube, single, step) - 3 * single * single)
    for step in np.float32(2.0) ** -np.arange(1, 20, dtype=np.float32)
]
print(
    f"the smallest error in 7 digits is about {min(errors_32):.0e}, in 16 digits {min(errors):.0e}"
)
assert min(errors_32) > 1000 * min(errors)

# %%
# A corner
# --------
# Not every function has a slope everywhere. ``abs`` comes down with slope -1 and goes up with slope 1, and at
# 0 it has neither. The central difference does not complain: it returns the mean of the two. A step to one
# side alone gives one or the other. Such a place is called a *kink*, and networks are full of them.

ahead, behind = forward_difference(abs, 0.0, 0.001), forward_difference(abs, 0.0, -0.001)
print(
    f"one way {ahead:.0f}, the other way {behind:.0f}, central {central_difference(abs, 0.0, 0.001):.0f}"
)
assert (ahead, behind) == (1, -1)

# %%
# What minigrad does with this
# ----------------------------
# Somebody has worked out a derivative by hand. Is it right? ``check.derivative`` takes not one step, but the
# whole V. A right derivative makes a V. For a wrong one the curve levels off: however small the step, the
# difference between the claim and the slope stays. So there is no step to choose, and no tolerance.


def cube_derivative(x):
    return 3 * x * x


def nearly(x):
    return 3.00001 * x * x


report = check.derivative(cube, cube_derivative, 1.1)
print(f"3 x² is {report.verdict}, and 3.00001 x² is {check.derivative(cube, nearly, 1.1).verdict}")
assert report.verdict == "correct"
assert report.resolution < 1e-9  # an error as small as this would have been seen

# %%
# There is a way to the slope without any wiggling. A ``Tensor`` is a number that remembers how it was made.
# From that it works out the slope, to all of its digits. How, is the next lesson; here is what it remembers:

with view.trace() as trace:
    x = Tensor(1.5, requires_grad=True)
    volume = cube(x)
    volume.backward()

print(f"the slope of the cube at 1.5 is {x.grad.item()}")
assert x.grad.item() == 3 * 1.5**2

view.draw(trace, values=True, grads=True)

# %%
# And this is how it came about, one step at a time. First forwards, to the volume; then backwards, to the
# slope.

view.step(trace)

# %%
# What was simplified
# -------------------
# ``x + step`` is rounded too, so the step that is really made is not quite the one that was asked for; a step
# that is a power of two avoids most of this. minigrad's check divides by the step that was made, sees where
# rounding begins by measuring it, and combines several steps to cancel truncation: lesson 07 and
# ``minigrad/check/oracle.py``. Numbers like 1e9 or 1e-9 need other steps, in proportion to their size.

# %%
# Exercises
# ---------
# 1. ``tutorials/exercises/01_one_number.py`` has three functions of one number. Find a formula for the
#    derivative of each, on paper; wiggling helps to guess it. ``minigrad check
#    tutorials/exercises/01_one_number.py`` says whether they are right. It sees ten digits and more, so the
#    wiggling itself is not accepted for an answer.
# 2. Draw the V curve of ``forward_difference``. What is the slope of its right arm, and where do the arms
#    meet?
# 3. Where do the arms meet for a cube at 1000? Predict first: which of the two arms moves, and which way?
