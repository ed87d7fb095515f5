"""
Convolution and max-pooling: one small kernel, many windows
============================================================

How does a layer look for the same thing everywhere in an image, and how does its gradient find the way
back, through windows that overlap, to a kernel that was used in every one of them? Known beforehand: the
chain rule with its sums (lesson 02), matrix products (lesson 04) and how a gradient is checked (lesson 07).
"""

# %%
# A kernel slides
# ---------------
# Here is an image of 5 by 5 pixels with an edge in it: dark on the left, bright on the right. The kernel
# is a 2 by 2 array that takes the right column minus the left one. It is laid on each place of the image
# where it fits, multiplied with the pixels beneath, and the four products are added up.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, view

image = np.array(
    [
        [0.0, 0.0, 9.0, 9.0, 9.0],
        [0.0, 0.0, 9.0, 9.0, 9.0],
        [0.0, 0.0, 0.0, 9.0, 9.0],
        [0.0, 0.0, 0.0, 9.0, 9.0],
        [0.0, 0.0, 0.0, 0.0, 9.0],
    ]
)
kernel = np.array([[-1.0, 1.0], [-1.0, 1.0]])

response = np.zeros((4, 4))
for i in range(4):
    for j in range(4):
        response[i, j] = np.sum(image[i : i + 2, j : j + 2] * kernel)
print(response.astype(int))
assert response[0].tolist() == [0, 18, 0, 0]
assert np.all(response >= 0)

# %%
# The response is large where the edge is, and zero where nothing changes. Four numbers were enough to
# look for an edge in 16 places. That is all a *convolution* is; a layer has many kernels, also called
# *filters*, and learns them.
#
# ``conv2d`` does the same for a batch of images with several channels, and with several kernels at once.
# Its arrays have four axes: (N, C, H, W) for images, channels, height and width, and (F, C, KH, KW) for F
# kernels.

x = image.reshape(1, 1, 5, 5)
weight = kernel.reshape(1, 1, 2, 2)
assert np.array_equal(mg.conv2d(x, weight)[0, 0], response)

# %%
# Windows as columns
# ------------------
# Loops are slow in Python. The way out is to write every window down as a column, and the kernel as a
# row: then the convolution is one matrix product. ``sliding_windows`` shows the windows without copying a
# pixel: the view has two more axes, which run within a window.

windows = mg.sliding_windows(x, kernel_size=2)
print(f"image {x.shape}, windows {windows.shape}")
assert np.shares_memory(windows, x)
assert np.array_equal(windows[0, 0, 3, 2], image[3:5, 2:4])

columns = windows.reshape(16, 4).T  # a copy: a pixel is there up to four times
row = weight.reshape(1, 4)
print(f"row {row.shape} @ columns {columns.shape} = {(row @ columns).shape}")
assert np.array_equal((row @ columns).reshape(4, 4), response)
assert columns.size == 64
assert image.size == 25

# %%
# This rearrangement is known as *im2col*, image to columns. It costs memory, and gives all the work to a
# matrix product, which processors are best at. ``conv2d`` of minigrad works this way too.
#
# How many windows are there? Along an axis of ``size`` pixels, a window of ``k`` pixels fits
# ``size - k + 1`` times. With ``padding`` there are more pixels, zeros, on both sides. With ``stride``
# the window takes larger steps, and what does not fit at the end is left out.
#
# .. math::
#    \mathrm{places} = \left\lfloor
#        \frac{\mathrm{size} + 2\,\mathrm{padding} - k}{\mathrm{stride}}
#    \right\rfloor + 1


def places(size, k, stride=1, padding=0):
    return (size + 2 * padding - k) // stride + 1


for size, k, stride, padding in [(5, 2, 1, 0), (28, 5, 1, 2), (28, 2, 2, 0), (7, 3, 2, 1)]:
    sample = np.zeros((1, 1, size, size))
    made = mg.conv2d(sample, np.zeros((1, 1, k, k)), stride=stride, padding=padding)
    assert made.shape[2] == places(size, k, stride, padding)
    print(f"size {size}, kernel {k}, stride {stride}, padding {padding}: {made.shape[2]} places")

# %%
# The gradient of the kernel
# --------------------------
# Let a gradient ``g`` arrive from above: for each place of the response, how much the loss changes when
# that number does. The top left weight was used in all 16 places. In each it was multiplied with the
# pixel that it lay on, so in each it contributes that pixel times the ``g`` of the place, and
# contributions are added.

rng = np.random.default_rng(0)
g = rng.normal(size=(4, 4))

g_kernel = np.zeros((2, 2))
for i in range(4):
    for j in range(4):
        g_kernel += g[i, j] * image[i : i + 2, j : j + 2]

wiggled = kernel.copy()
wiggled[0, 0] += 2.0**-10
change = np.sum(g * (mg.conv2d(x, wiggled.reshape(1, 1, 2, 2))[0, 0] - response)) / 2.0**-10
print(f"top left weight: by the rule {g_kernel[0, 0]:.4f}, by wiggling {change:.4f}")
assert abs(g_kernel[0, 0] - change) < 1e-9

# %%
# The loop above is the loop of the forward pass, with ``g`` in the place of the kernel. So the gradient
# of the kernel is itself a convolution: of the image, with the gradient. And in the language of columns
# it is the rule of a matrix product, ``g @ columns.T``.

assert np.allclose(mg.conv2d(x, g.reshape(1, 1, 4, 4))[0, 0], g_kernel)
assert np.allclose((g.reshape(1, 16) @ columns.T).reshape(2, 2), g_kernel)

# %%
# The gradient of the image: the transpose
# ----------------------------------------
# Now a pixel. It was seen by several windows, in a corner by one and in the middle by four, at another
# place of the kernel each time. Every window sends ``g`` times the kernel back to where it came from, and
# where windows overlap this is added up. The ``+=`` is the whole point: with ``=`` only the last window
# would count.

g_image, seen = np.zeros((5, 5)), np.zeros((5, 5))
for i in range(4):
    for j in range(4):
        g_image[i : i + 2, j : j + 2] += g[i, j] * kernel
        seen[i : i + 2, j : j + 2] += 1
print(seen.astype(int))
assert seen[0, 0] == 1
assert seen[2, 2] == 4

# %%
# With columns it is again the rule of a matrix product, ``row.T @ g``, which gives the gradient of each
# column. They are then added up where they came from: *col2im*, columns to image, the transpose of
# im2col. In minigrad it is called ``overlap_add``.

g_columns = row.T @ g.reshape(1, 16)
g_windows = g_columns.T.reshape(1, 1, 4, 4, 2, 2)
assert np.allclose(mg.overlap_add(g_windows, size=5)[0, 0], g_image)

# %%
# Why *transpose*? A convolution is linear in the image, so there is a matrix that does it: 16 rows, one
# for each place of the response, and 25 columns, one for each pixel. Its columns are found by asking:
# what is the response to an image in which only this pixel is 1?

pixels = np.eye(25).reshape(25, 1, 5, 5)
matrix = mg.conv2d(pixels, weight).reshape(25, 16).T
print(f"matrix {matrix.shape}, {np.count_nonzero(matrix)} of {matrix.size} entries are not zero")
assert np.array_equal((matrix @ image.ravel()).reshape(4, 4), response)
assert np.allclose((matrix.T @ g.ravel()).reshape(5, 5), g_image)

# %%
# The gradient is that matrix transposed, times ``g``: the rule of every linear map. Nobody stores such a
# matrix. But its picture says what kind of layer this is. A fully connected layer from 25 to 16 numbers
# has 400 weights; here most entries are zero, since a window sees only what lies beneath, and the others
# are the same four numbers again and again. Few connections, shared weights: this is what makes a
# convolution.

fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained", width_ratios=(25, 16))
fig.suptitle("A convolution is a matrix, and its gradient rule the transpose")
for ax, shown, title in zip(
    axes, (matrix, matrix.T), ("forwards: pixels to places", "backwards: places to pixels")
):
    drawn = ax.imshow(shown, cmap="coolwarm", vmin=-1.5, vmax=1.5)
    ax.set_title(f"{title}, {shown.shape[0]} x {shown.shape[1]}")
    ax.set_xlabel("from")
    ax.set_ylabel("to")
    ax.set_xticks(range(0, shown.shape[1], 5))
    ax.set_yticks(range(0, shown.shape[0], 5))
fig.colorbar(drawn, ax=axes, label="weight", shrink=0.8)
plt.show()

# %%
# The transpose of a convolution is a convolution as well. Take the view of a pixel: the window that
# starts at it met it with the top left weight, the window one further up and left with the bottom right
# one. So, seen from the pixel, the kernel lies the other way round. Surround ``g`` with a frame of zeros,
# turn the kernel by half a turn, and slide.

turned = kernel[::-1, ::-1].reshape(1, 1, 2, 2)
assert np.allclose(mg.conv2d(g.reshape(1, 1, 4, 4), turned, padding=1)[0, 0], g_image)
assert not np.allclose(mg.conv2d(g.reshape(1, 1, 4, 4), weight, padding=1)[0, 0], g_image)

# %%
# Max-pooling: the largest takes all
# ----------------------------------
# Between convolutions an image is often made smaller: of every 2 by 2 window only the largest number is
# kept. Then a stroke that moves by one pixel often gives the same result. What is the gradient? The
# output *is* one of the inputs, so that one gets the whole gradient of its window, and the three others
# get nothing: when they are wiggled, nothing changes.

small = np.array([[1, 2, 5, 3], [4, 0, 1, 2], [7, 7, 0, 1], [6, 2, 1, 3]], dtype=float)
entering = mg.Tensor(small.reshape(1, 1, 4, 4), requires_grad=True)
pooled = mg.max_pool2d(entering, kernel_size=2)
pooled.backward(np.array([[[[10.0, 20.0], [30.0, 40.0]]]]))
print(pooled.data[0, 0].astype(int))
print(entering.grad.data[0, 0].astype(int))
assert np.count_nonzero(entering.grad.data) == 4

# %%
# The bottom left window has two sevens: a *tie*. The first of them, row by row, got the whole 30. This is
# a choice, and it is PyTorch's too. To give 30 to both would be wrong: raising both sevens by 1 raises
# the output by 1, and not by 2. Seen along one seven, the output has a *kink*: it follows when the seven
# grows, and stays when it shrinks, since then the other seven is the largest. The slope is 1 on one side
# and 0 on the other; a central difference takes the middle, 1/2, whatever its step.


def top(values):
    return mg.max_pool2d(values, kernel_size=2)


def top_backward(g, values):
    leaf = mg.Tensor(values, requires_grad=True)
    (found,) = mg.grad(top(leaf), leaf, g)
    return found.data


tie = np.array([[[[7.0, 7.0], [6.0, 2.0]]]])
for step in (0.1, 0.001):
    ahead, behind = tie.copy(), tie.copy()
    ahead[..., 0, 0] += step
    behind[..., 0, 0] -= step
    slope = (top(ahead) - top(behind)).item() / (2 * step)
    print(f"a central difference at the tie, step {step}: {slope:.3f}")
    assert abs(slope - 0.5) < 1e-6
assert top_backward(np.ones((1, 1, 1, 1)), tie).tolist() == [[[[1.0, 0.0], [0.0, 0.0]]]]

# %%
# A difference quotient cannot judge a gradient at a kink, and a good check says so: not that the rule is
# right, and not that it is wrong, but that what it gave lies between the slopes on the two sides (all of
# these together are called the *subdifferential*). A step away from the tie, the same rule is right.

at_tie = check.gradient(top, top_backward, tie)
apart = check.gradient(top, top_backward, tie + np.array([[0.0, 0.5], [0.0, 0.0]]))
print(f"at the tie: {at_tie.verdict}; apart: {apart.verdict}")
assert at_tie.verdict != "wrong"
assert apart.verdict == "correct"

# %%
# Where windows overlap, a pixel may win several of them. It gets the sum.

peak = mg.Tensor(np.zeros((1, 1, 3, 3)), requires_grad=True)
peak.data[0, 0, 1, 1] = 9.0
mg.max_pool2d(peak, kernel_size=2, stride=1).backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
print(f"the peak won four windows and gets {peak.grad.data[0, 0, 1, 1]:.0f}")
assert peak.grad.data[0, 0, 1, 1] == 1 + 2 + 3 + 4

# %%
# All of it together
# ------------------
# An image through a convolution, a relu and a pooling to one number, and the gradient back to image and
# kernel. This is a whole convolutional network, of one kernel.

picture = mg.Tensor(x.astype(np.float32), requires_grad=True)
filters = mg.Tensor(weight.astype(np.float32), requires_grad=True)
with view.trace() as t:
    found = mg.conv2d(picture, filters)
    kept = mg.max_pool2d(mg.relu(found), kernel_size=2)
    loss = kept.sum()
    loss.backward()
assert kept.data[0, 0].tolist() == [[18, 9], [0, 18]]
view.draw(t)

# %%
# The picture has one box for the convolution: it is a *fused* operation, fast code for what could be put
# together from smaller ones. Opened, it is what this lesson has built: windows, and a sum of products
# over three axes.

view.draw(t, open="conv2d")

# %%
# And step by step. At each step back one can see which part of the image the gradient has reached.

view.step(t)

# %%
# Where does the gradient end? In the image, at the windows that won. On the left the image, in the middle
# the response with the winners of the pooling, on the right what arrives at the pixels. The bottom left
# window has nothing but zeros: there relu stops the gradient.

winners = (kept.data[0, 0].repeat(2, 0).repeat(2, 1) == found.data[0, 0]) & (found.data[0, 0] > 0)
fig, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
fig.suptitle("Forwards to the largest responses, and back to the pixels that they saw")
panels = [image, found.data[0, 0], picture.grad.data[0, 0]]
for ax, shown, title in zip(axes, panels, ("image", "response", "gradient of the image")):
    limit = np.abs(shown).max()
    ax.imshow(shown, cmap="coolwarm", vmin=-1.5 * limit, vmax=1.5 * limit)
    for (i, j), value in np.ndenumerate(shown):
        ax.text(j, i, f"{value:.0f}", ha="center", va="center", color="black")
    ax.set_title(title)
    ax.set_xticks([])
    ax.set_yticks([])
for i, j in np.argwhere(winners):
    axes[1].add_patch(plt.Rectangle((j - 0.45, i - 0.45), 0.9, 0.9, fill=False, linewidth=2))
plt.show()
assert winners.sum() == 3
assert picture.grad.data.sum() == 0  # each winner sends back +1 and -1 twice

# %%
# Simplifications
# ---------------
# One channel and one kernel, where layers have dozens: then the products are also summed over the
# channels of the image, and the gradient of the image over the kernels. No bias: it is added to every
# place, so its gradient is the sum of ``g`` over images, rows and columns. Mathematicians call what
# networks do a *cross-correlation*, and turn the kernel before they slide it; nothing is lost, since the
# kernel is learned. With a stride of 2 the gradient of the image is a convolution as well, of a ``g``
# that has zeros put between its numbers.

# %%
# Exercises
# ---------
# 1. In ``tutorials/exercises/11_convolution.py`` write the gradients of ``slide``, a signal and a kernel
#    in one dimension, with a stride. ``minigrad check tutorials/exercises/11_convolution.py`` judges
#    them.
# 2. In the same file, ``conv2d`` with channels and several kernels, and ``max_pool``.
# 3. A convolution with a kernel of 3 by 3 and padding 1 keeps the size of an image. Which padding does
#    this for 5 by 5, and for ``k`` by ``k``? For which ``k`` is there none? Use ``places``.
