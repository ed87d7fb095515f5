"""
Convolution and max-pooling: one small kernel, many windows
============================================================

How does a layer search an image for one pattern at every place, and what are its gradients? The kernel is
used at every place, and the windows overlap. So many contributions are added.

You know the chain rule with its sums (lesson 02), the gradients of a matrix product (lesson 04), and how to
check a gradient (lesson 07).
"""

# %%
# A kernel slides
# ---------------
# This image has 5 by 5 pixels and an edge: it is dark on the left, and bright on the right. The kernel is a
# 2 by 2 array. At each place of the image we multiply the kernel by the four pixels of the window there,
# and add the products. The result is the right column of the window minus its left column.

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
# The response is large at the edge, and zero where the pixels are equal. Four numbers are enough to search
# 16 places. This operation is called a *convolution*. A layer has many kernels, also called *filters*, and
# learns them.
#
# ``conv2d`` does the same for a batch of images with several channels, and for several kernels. Its arrays
# have four axes: (N, C, H, W) for images, channels, height and width, and (F, C, KH, KW) for F kernels.

x = image.reshape(1, 1, 5, 5)
weight = kernel.reshape(1, 1, 2, 2)
assert np.array_equal(mg.conv2d(x, weight)[0, 0], response)

# %%
# Windows as columns
# ------------------
# Loops are slow in Python. So write each window as a column, and the kernel as a row. Then the convolution
# is one matrix product. ``sliding_windows`` returns the windows as a view, without copying a pixel. The
# view has two more axes: the row and the column within a window.

windows = mg.sliding_windows(x, kernel_size=2)
print(f"image {x.shape}, windows {windows.shape}")
assert np.shares_memory(windows, x)
assert np.array_equal(windows[0, 0, 3, 2], image[3:5, 2:4])

columns = windows.reshape(16, 4).T  # a copy: it holds each pixel up to four times
row = weight.reshape(1, 4)
print(f"row {row.shape} @ columns {columns.shape} = {(row @ columns).shape}")
assert np.array_equal((row @ columns).reshape(4, 4), response)
assert columns.size == 64
assert image.size == 25

# %%
# This rearrangement is called *im2col*, image to columns. It needs more memory, but matrix products are
# very fast. ``conv2d`` of minigrad also works in this way.
#
# How many windows are there? Along an axis of ``size`` pixels, a window of ``k`` pixels has
# ``size - k + 1`` places. ``padding`` adds pixels with the value 0 on both sides. With ``stride`` the
# window moves by more than one pixel. A window that does not fit at the end is left out.
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
# Let ``g`` be the upstream gradient. It has one number for each place of the response. The top left weight
# is used at all 16 places. At each place it is multiplied by one pixel. So its gradient has 16
# contributions: the pixel times the ``g`` of the place. They are added.

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
# This is the loop of the forward pass, with ``g`` instead of the kernel. So the gradient of the kernel is a
# convolution too: of the image with ``g``. With columns it is the rule of a matrix product,
# ``g @ columns.T``.

assert np.allclose(mg.conv2d(x, g.reshape(1, 1, 4, 4))[0, 0], g_kernel)
assert np.allclose((g.reshape(1, 16) @ columns.T).reshape(2, 2), g_kernel)

# %%
# The gradient of the image: the transpose
# ----------------------------------------
# What is the gradient of a pixel? A pixel in a corner is in one window, a pixel in the middle is in four.
# In each window it is multiplied by another weight. Each window contributes ``g`` times the kernel to the
# gradients of its pixels. Where windows overlap, the contributions are added. So the loop needs ``+=``:
# with ``=`` only the last contribution would remain.

g_image, seen = np.zeros((5, 5)), np.zeros((5, 5))
for i in range(4):
    for j in range(4):
        g_image[i : i + 2, j : j + 2] += g[i, j] * kernel
        seen[i : i + 2, j : j + 2] += 1
print(seen.astype(int))
assert seen[0, 0] == 1
assert seen[2, 2] == 4

# %%
# With columns it is again the rule of a matrix product: ``row.T @ g`` is the gradient of the columns. Then
# each number of the columns is added to the gradient of its pixel. This is called *col2im*, columns to
# image. In minigrad it is ``overlap_add``.

g_columns = row.T @ g.reshape(1, 16)
g_windows = g_columns.T.reshape(1, 1, 4, 4, 2, 2)
assert np.allclose(mg.overlap_add(g_windows, size=5)[0, 0], g_image)

# %%
# Why *transpose*? Write the image as a vector of 25 numbers. A convolution is linear in it, so it is the
# product of a matrix and this vector. The matrix has 16 rows, one for each place of the response, and 25
# columns, one for each pixel. Each column is the response to an image in which one pixel is 1 and all
# others are 0.

pixels = np.eye(25).reshape(25, 1, 5, 5)
matrix = mg.conv2d(pixels, weight).reshape(25, 16).T
print(f"matrix {matrix.shape}, {np.count_nonzero(matrix)} of {matrix.size} entries are not zero")
assert np.array_equal((matrix @ image.ravel()).reshape(4, 4), response)
assert np.allclose((matrix.T @ g.ravel()).reshape(5, 5), g_image)

# %%
# The gradient of the image is the transposed matrix times ``g``. This is the rule of every linear map. A
# program does not store this matrix, but its picture shows how the layer is built. A fully connected layer
# from 25 to 16 numbers has 400 weights. Here most entries are zero, since a window contains four pixels
# only. The other entries are the same four weights in each row. So a convolution has few connections, and
# its places share the weights.

fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained", width_ratios=(25, 16))
fig.suptitle("The matrix of a convolution, and its transpose for the gradient")
for ax, array, title in zip(
    axes, (matrix, matrix.T), ("forwards: pixels to places", "backwards: places to pixels")
):
    image_of_matrix = ax.imshow(array, cmap="coolwarm", vmin=-1.5, vmax=1.5)
    ax.set_title(f"{title}, {array.shape[0]} x {array.shape[1]}")
    ax.set_xlabel("from")
    ax.set_ylabel("to")
    ax.set_xticks(range(0, array.shape[1], 5))
    ax.set_yticks(range(0, array.shape[0], 5))
fig.colorbar(image_of_matrix, ax=axes, label="weight", shrink=0.8)
plt.show()

# %%
# The transpose of a convolution is a convolution too. Take one pixel. The window that starts at this pixel
# multiplies it by the top left weight. The window one row up and one column to the left multiplies it by
# the bottom right weight. So the order of the weights is reversed in both directions. The gradient of the
# image is the convolution of ``g``, with zeros around it, and the kernel rotated by 180 degrees.

rotated = kernel[::-1, ::-1].reshape(1, 1, 2, 2)
assert np.allclose(mg.conv2d(g.reshape(1, 1, 4, 4), rotated, padding=1)[0, 0], g_image)
assert not np.allclose(mg.conv2d(g.reshape(1, 1, 4, 4), weight, padding=1)[0, 0], g_image)

# %%
# Max-pooling: the largest number of each window
# ----------------------------------------------
# Between convolutions an image is often made smaller: only the largest number of each 2 by 2 window is
# kept. Then a stroke that moves by one pixel often gives the same result. What is the gradient? The output
# is equal to one of the four inputs. This input gets the whole gradient of its window. The three others get
# 0: if they change a little, the output does not change.

small = np.array([[1, 2, 5, 3], [4, 0, 1, 2], [7, 7, 0, 1], [6, 2, 1, 3]], dtype=float)
unpooled = mg.Tensor(small.reshape(1, 1, 4, 4), requires_grad=True)
pooled = mg.max_pool2d(unpooled, kernel_size=2)
pooled.backward(np.array([[[[10.0, 20.0], [30.0, 40.0]]]]))
print(pooled.data[0, 0].astype(int))
print(unpooled.grad.data[0, 0].astype(int))
assert np.count_nonzero(unpooled.grad.data) == 4

# %%
# The bottom left window has two sevens. This is a *tie*. The first seven, row by row, gets the whole 30.
# PyTorch makes the same choice. It would be wrong to give 30 to both: if both sevens grow by 1, the output
# grows by 1, and not by 2. As a function of one seven, the output has a *kink*. If this seven grows, the
# output grows with it. If it shrinks, the output stays 7, since the other seven is the largest. So the
# slope is 1 on one side and 0 on the other. A central difference returns the mean, 1/2, for every step.


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
# At a kink there is no derivative, so the check does not use the central difference there. It compares the
# gradient with the slopes of the two sides. If the gradient is between them, the verdict is *kink*, and
# otherwise *wrong*. The set of all numbers between the two slopes is called the *subdifferential*. Away
# from the tie, the verdict on the same rule is *correct*.

at_tie = check.gradient(top, top_backward, tie)
apart = check.gradient(top, top_backward, tie + np.array([[0.0, 0.5], [0.0, 0.0]]))
print(f"at the tie: {at_tie.verdict}; apart: {apart.verdict}")
assert at_tie.verdict != "wrong"
assert apart.verdict == "correct"

# %%
# If windows overlap, a pixel can be the largest of several windows. Then its gradient is the sum of theirs.

peak = mg.Tensor(np.zeros((1, 1, 3, 3)), requires_grad=True)
peak.data[0, 0, 1, 1] = 9.0
mg.max_pool2d(peak, kernel_size=2, stride=1).backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
print(f"the largest pixel of all four windows gets the gradient {peak.grad.data[0, 0, 1, 1]:.0f}")
assert peak.grad.data[0, 0, 1, 1] == 1 + 2 + 3 + 4

# %%
# A whole network
# ---------------
# The next network has a convolution with one kernel, a ReLU and a pooling. The sum of the result is the
# loss. ``backward`` computes the gradients of the image and of the kernel.

inputs = mg.Tensor(x.astype(np.float32), requires_grad=True)
filters = mg.Tensor(weight.astype(np.float32), requires_grad=True)
with view.trace() as t:
    found = mg.conv2d(inputs, filters)
    largest = mg.max_pool2d(mg.relu(found), kernel_size=2)
    loss = largest.sum()
    loss.backward()
assert largest.data[0, 0].tolist() == [[18, 9], [0, 18]]
view.draw(t)

# %%
# The picture has one box for the convolution, which is a *fused* op: fast code for a composition of smaller
# ops. Opened, the box shows what this lesson has built: windows, and a sum of products over three axes.

view.draw(t, open="conv2d")

# %%
# The steps show for each backward step which pixels have a gradient.

view.step(t)

# %%
# The next figure shows the image on the left. In the middle is the response, with a frame around the
# largest numbers of the pooling windows. On the right is the gradient of the image. Only the pixels in the
# windows of these largest numbers have a gradient. In the bottom left window all responses are
# 0. There the gradient of the ReLU is 0 too.

winners = (largest.data[0, 0].repeat(2, 0).repeat(2, 1) == found.data[0, 0]) & (
    found.data[0, 0] > 0
)
fig, axes = plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
fig.suptitle("Forwards to the largest responses, and backwards to their pixels")
panels = [image, found.data[0, 0], inputs.grad.data[0, 0]]
for ax, array, title in zip(axes, panels, ("image", "response", "gradient of the image")):
    limit = np.abs(array).max()
    ax.imshow(array, cmap="coolwarm", vmin=-1.5 * limit, vmax=1.5 * limit)
    for (i, j), value in np.ndenumerate(array):
        ax.text(j, i, f"{value:.0f}", ha="center", va="center", color="black")
    ax.set_title(title)
    ax.set_xticks([])
    ax.set_yticks([])
for i, j in np.argwhere(winners):
    axes[1].add_patch(plt.Rectangle((j - 0.45, i - 0.45), 0.9, 0.9, fill=False, linewidth=2))
plt.show()
assert winners.sum() == 3
assert inputs.grad.data.sum() == 0  # each winner contributes +1 twice and -1 twice

# %%
# Simplifications
# ---------------
# There was one channel and one kernel. A layer has dozens of both. Then the products are also summed over
# the channels, and the gradient of the image is also summed over the kernels. There was no bias. A bias is
# added at every place, so its gradient is the sum of ``g`` over images, rows and columns. In mathematics
# our operation is called a *cross-correlation*, and a convolution rotates the kernel by 180 degrees first.
# For a learned kernel there is no difference. With a stride of 2 the gradient of the image is a convolution
# too, after zeros are inserted between the numbers of ``g``.

# %%
# Exercises
# ---------
# ``minigrad tutorials 11 --exercise`` copies the exercise file into your folder.
#
# 1. Write the gradients of ``slide``: one signal and one kernel in one dimension, with a stride.
#    ``minigrad check 11`` checks them.
# 2. In the same file, write the gradients of ``conv2d`` with channels and several kernels, and of
#    ``max_pool``.
# 3. A convolution with a kernel of 3 by 3 and padding 1 keeps the size of an image. Which padding does this
#    for 5 by 5, and for ``k`` by ``k``? For which ``k`` is there none? Use ``places``.
#
# The answers are in ``tutorials/solutions/11_convolution.py``. ``minigrad tutorials 11 --solution`` copies
# them. Next: lesson 12, a convolutional network for images of clothes (``minigrad tutorials 12``).
