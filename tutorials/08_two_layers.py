"""
A network with two layers, by hand and with layers
==================================================

How do all the gradients of a whole network come about, and what is done with them? This lesson is the
classic assignment of a deep-learning course: a network with one hidden layer learns to tell images apart.
First everything is written by hand in numpy, forwards and backwards, and checked. Then the same network is
put together from layers, and its gradients are the same. Then it is trained, with a learning rate that goes
up and down.

Known beforehand: the two rules of a matrix product (lesson 04), the gradient :math:`p - y` of softmax and
cross-entropy (lesson 05), and how a gradient is checked (lesson 07).
"""

# %%
# The images
# ----------
# Ten digits, drawn from many fonts, moved, bent and photographed with noise: 28 x 28 numbers each. 2,000 of
# them are to be learnt from, and 1,000 others, the *validation set*, say whether anything was learnt but
# the examples.

from functools import partial

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, data, nn, optim, train, view

everything, test = data.load("glyphs")
training, validation, _ = data.fixed_split(everything, [2000, 1000, 9000])

fig, ax = plt.subplots(figsize=(8, 1.4), layout="constrained")
ax.imshow(np.hstack(training.inputs[:8, 0]), cmap="gray")
ax.set_title(f"Eight of the images: {', '.join(map(str, training.targets[:8]))}")
ax.set_axis_off()
plt.show()

# %%
# Each pixel is shifted and scaled, so that over the training set it has mean 0 and deviation 1. The
# validation set is treated with the numbers of the *training* set: nothing may be learnt from it, not even
# a mean. Then each image becomes a row of 784 numbers.

standardise = data.Standardise.fit(training.inputs, per="feature")
rows = lambda images: standardise(images).reshape(-1, 784).astype(np.float64)
training, validation, test = (part.map(rows) for part in (training, validation, test))

assert abs(training.inputs.mean()) < 1e-6
assert abs(training.inputs.std() - 1) < 1e-6

# %%
# Forwards
# --------
# An image :math:`x` has 784 numbers. 50 *hidden units* each take a weighted sum of them, add a bias, and
# let only what is positive pass. Ten outputs, one for each class, each take a weighted sum of the hidden
# units:
#
# .. math:: h = \max(0, x W_1^T + b_1), \qquad \text{logits} = h W_2^T + b_2
#
# A batch of N images is a matrix with N rows. The weights of a unit are a *row* of its matrix, as the layers
# of minigrad and of PyTorch have it. In lesson 04 they were a column, so here every W stands transposed.


def forward(x, w1, b1, w2, b2):
    hidden = np.maximum(0, x @ w1.T + b1)  # (N, 50)
    return hidden, hidden @ w2.T + b2  # (N, 50), (N, 10)


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def loss(x, labels, w1, b1, w2, b2):
    _, logits = forward(x, w1, b1, w2, b2)
    p = softmax(logits)
    return -np.log(p[np.arange(len(x)), labels]).mean()


# %%
# Which loss is bad? One who knows nothing gives each of the ten classes the probability 1/10, and pays
# :math:`-\ln(1/10) = 2.303` for each image: that is the loss of a network whose weights are all 0. The
# weights are drawn at random instead, with the standard deviation 1 / sqrt(number of inputs), and lesson 09
# says why. The loss is then a little higher, since such a network is sure of things that it does not know.
# If it were 1 or 20, something would be wrong before anything has been learnt.

rng = np.random.default_rng(8)
w1, w2 = rng.normal(0, 784**-0.5, (50, 784)), rng.normal(0, 50**-0.5, (10, 50))
start = w1, np.zeros(50), w2, np.zeros(10)
x, labels = training[:100]

zeros = [0 * w for w in start]
print(f"loss with all weights 0: {loss(x, labels, *zeros):.3f}")
print(f"loss of a new network: {loss(x, labels, *start):.2f}")
assert abs(loss(x, labels, *zeros) - np.log(10)) < 1e-12
assert 2.3 < loss(x, labels, *start) < 2.8

# %%
# What is minimised is not only the loss. Large weights are made to cost something, so that a network uses
# them only where they are worth it. The *cost* is the loss and this price:
#
# .. math:: J = \text{loss} + \lambda \left( \sum W_1^2 + \sum W_2^2 \right)

LAMBDA = 0.01


def cost(x, labels, w1, b1, w2, b2):
    return loss(x, labels, w1, b1, w2, b2) + LAMBDA * (np.sum(w1**2) + np.sum(w2**2))


# %%
# Backwards
# ---------
# The chain rule goes through the same lines in the opposite order. Every gradient has the shape of what it
# is the gradient of, and there is one way only to make that shape:
#
# - at the logits: :math:`G = (P - Y) / N`. Softmax and cross-entropy give :math:`p - y`, the mean gives
#   1/N;
# - logits = h W2^T + b2 gives three: :math:`G^T h` for W2, the sum over the batch for b2, and :math:`G W_2`
#   for h;
# - the ReLU lets a gradient pass where it has let a number pass, and nowhere else;
# - the first layer gives two: its x is an image, which nobody wants to change;
# - and the price adds :math:`2 \lambda W` to each of the two weights.


def gradients(x, labels, w1, b1, w2, b2):
    hidden, logits = forward(x, w1, b1, w2, b2)
    g = softmax(logits)
    g[np.arange(len(x)), labels] -= 1
    g = g / len(x)  # (N, 10)
    g_hidden = g @ w2  # (N, 50)
    g_sum = g_hidden * (hidden > 0)  # (N, 50)
    return (
        g_sum.T @ x + 2 * LAMBDA * w1,  # (50, 784)
        g_sum.sum(axis=0),  # (50,)
        g.T @ hidden + 2 * LAMBDA * w2,  # (10, 50)
        g.sum(axis=0),  # (10,)
    )


for g, w in zip(gradients(x, labels, *start), start):
    assert g.shape == w.shape

# %%
# The right shapes prove little. The numbers are checked on a small network: 5 images of 6 pixels from the
# middle, 4 hidden units. The gradient rules do not know how large the matrices are.

few = x[:5, 400:406], labels[:5]
small = [rng.normal(0, 0.5, s) for s in ((4, 6), 4, (10, 4), 10)]
small_cost, small_gradients = partial(cost, *few), partial(gradients, *few)  # of the weights alone

report = check.loss_gradient(small_cost, small_gradients, *small)
print(f"verdict: {report.verdict}, to more than 8 digits: {report.digits > 8}")
assert report.passed
assert report.digits > 8

# %%
# Now the mistake that is made most often, on purpose: the 2 of the square's derivative is forgotten. The
# difference is small, since λ is, and the network would still learn. A check does not miss it, and it says
# what is missing.


def forgetful(w1, b1, w2, b2):
    g_w1, g_b1, g_w2, g_b2 = small_gradients(w1, b1, w2, b2)
    return g_w1 - LAMBDA * w1, g_b1, g_w2, g_b2


report = check.loss_gradient(small_cost, forgetful, *small)
print(report.causes[0])
assert report.verdict == "wrong"
assert "lacks the term 0.01 w1: the derivative of an L2 penalty" in report.causes[0]

# %%
# The same network with layers
# ----------------------------
# ``nn.Linear`` is the weighted sum with its weights and biases, ``nn.Sequential`` puts one layer behind the
# other, ``optim.L2`` is the price: the squares of the weights are known as an *L2 penalty*. Nothing has to be
# written for the way back.


def with_layers():
    first = nn.Linear(784, 50, rng=rng, dtype=np.float64)
    made = nn.Sequential(first, nn.ReLU(), nn.Linear(50, 10, rng=rng, dtype=np.float64))
    for parameter, values in zip(made.parameters(), start):
        parameter.data = values.copy()  # the weights from above, so that both are the same network
    return made


model = with_layers()
penalty = optim.L2(model.parameters(), LAMBDA)

images = mg.Tensor(x)
with view.trace() as trace:
    total = mg.cross_entropy(model(images), labels) + penalty()
    total.backward()

print(f"cost by hand {cost(x, labels, *start):.4f}, with layers {total.item():.4f}")
assert abs(total.item() - cost(x, labels, *start)) < 1e-12
for parameter, gradient in zip(model.parameters(), gradients(x, labels, *start)):
    assert np.abs(parameter.grad.data - gradient).max() < 1e-14

# %%
# All 39,760 gradients are those that were computed by hand, to 14 decimals. The picture shows why no
# formula had to be written. Each box is an op that knows its own rule, and the lines say what a gradient
# goes through. Each weight is used twice, in its layer and in its price, so two gradients are added in it.

view.draw(trace)

# %%
# Step by step
# ------------
# A smaller one can be looked at number by number: 2 examples with 3 numbers each, 2 hidden units, 2
# classes. Go on to the gradient of the logits: it is :math:`(p - y) / 2`. Then see what the ReLU does to
# the gradient that comes to it, and how the gradients of both examples end in the same weights.

inputs = mg.Tensor([[1.0, 2.0, -1.0], [0.0, 1.0, 3.0]])
w1 = mg.Tensor([[0.5, 1.0, 0.5], [1.0, -1.0, 0.5]], requires_grad=True)
b1 = mg.Tensor([0.0, 0.0], requires_grad=True)
w2 = mg.Tensor([[1.0, 0.0], [0.5, 1.0]], requires_grad=True)
b2 = mg.Tensor([0.0, 0.0], requires_grad=True)
answers = np.array([0, 1])

with view.trace() as steps:
    sums = inputs @ w1.T + b1
    hidden = mg.relu(sums)
    logits = hidden @ w2.T + b2
    L = mg.cross_entropy(logits, answers)
    L.backward()

view.step(steps)

# %%
# One step downhill
# -----------------
# The gradient says how fast the cost grows. Going against it, :math:`w \leftarrow w - \eta g`, lowers the
# cost by :math:`\eta \sum g^2`, as long as the step is small enough for the slope to stay what it was.

g = gradients(x, labels, *start)
squares = sum(np.sum(each**2) for each in g)
for eta in (0.01, 0.1, 1.0, 10.0):
    moved = [w - eta * each for w, each in zip(start, g)]
    fall = cost(x, labels, *start) - cost(x, labels, *moved)
    print(f"η = {eta}: a fall of {eta * squares:.3g} is promised, and the cost falls by {fall:.2g}")

assert fall < 0  # so large a step makes the cost larger

# %%
# The learning rate goes up and down
# ----------------------------------
# Which η is right? Too small, and nothing happens. Too large, and the slope is no longer true. A *cyclical*
# rate tries them all: it rises in a straight line from a small one to a large one in :math:`n_s` updates,
# and falls again. While it is large the network goes far, and while it is small it settles.


def triangle(step, eta_min, eta_max, n_s):
    since = step % (2 * n_s)
    part = since / n_s if since < n_s else 2 - since / n_s
    return eta_min + part * (eta_max - eta_min)


LOADER = data.DataLoader(training, 100, shuffle=True, rng=np.random.default_rng(0))
EPOCH = len(LOADER)  # 20 updates see each of the 2,000 images once
N_S = 6 * EPOCH
schedule = optim.Cyclical(1e-5, 1e-1, N_S)
for step in range(4 * N_S):
    assert abs(schedule(step) - triangle(step, 1e-5, 1e-1, N_S)) < 1e-15

# %%
# Trained by hand: for each batch of 100 images the gradients, and one step against them. Two cycles are 24
# *epochs*.

parameters = start
costs = []
while len(costs) < 4 * N_S:
    for x, labels in LOADER:
        eta = triangle(len(costs), 1e-5, 1e-1, N_S)
        costs.append(cost(x, labels, *parameters))
        parameters = [w - eta * g for w, g in zip(parameters, gradients(x, labels, *parameters))]

print(f"{len(costs)} updates: the cost of a batch fell from {costs[0]:.1f} to {costs[-1]:.1f}")
assert len(costs) == 480
assert costs[-1] < 0.8 * costs[0]

# %%
# And with ``train.fit``, which is this loop, and writes down what it measures. ``optim.SGD``, stochastic
# gradient descent, is the step that was taken by hand, w - η g, with the gradient of a batch drawn at random.
# The batches come in the same order, for the loader is made from the same seed. 480 updates later the costs
# are still the same to 10 decimals.


def fitted(network, coefficient):
    return train.fit(
        network,
        data.DataLoader(training, 100, shuffle=True, rng=np.random.default_rng(0)),
        optim.SGD(network.parameters()),
        steps=4 * N_S,
        schedule=schedule,
        penalty=optim.L2(network.parameters(), coefficient),
        validation=validation,
        evaluate_training=True,
        evaluate_every=EPOCH,
        progress=False,
    )


model = with_layers()
history = fitted(model, LAMBDA)
_, with_fit = history.series("update", "cost")
assert np.abs(with_fit - costs).max() < 1e-10

# %%
# What the curves say
# -------------------
# In the middle, at update 240, the rate is nearly 0, and nothing moves. The second cycle finds a little
# more. The cost lies above the loss by the price of the weights, and it is the cost that training makes
# small. The curves of the two sets part: the network knows the examples better than their kind.

fig, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
fig.suptitle("Two cycles of 240 updates: training set (solid) and validation set (dashed)")
for ax, name in zip(axes, ("cost", "loss", "accuracy")):
    ax.plot(*history.series("evaluation", f"train_{name}"), "#0072B2")
    ax.plot(*history.series("evaluation", f"validation_{name}"), "#D55E00", ls="--")
    ax.set(title=name, xlabel="update", ylim=(0, 1.02 if name == "accuracy" else 3.3))
plt.show()

last = history.last()
price = LAMBDA * sum(np.sum(p.data**2) for p in model.parameters() if p.ndim == 2)
print(f"cost {last['train_cost']:.1f} = loss {last['train_loss']:.1f} + price {price:.1f}")
assert abs(last["train_cost"] - last["train_loss"] - price) < 1e-9

# %%
# How high the price
# ------------------
# λ is not learnt: it is chosen by trying, and the validation set judges. With no price the network learns
# the examples by heart. With a very high one it learns little.

networks = {0.0: with_layers(), 0.01: model, 0.1: with_layers()}
fitted(networks[0.0], 0.0)
fitted(networks[0.1], 0.1)

accuracy = {}
for coefficient in networks:
    known, unknown = (train.evaluate(networks[coefficient], s) for s in (training, validation))
    accuracy[coefficient] = unknown.accuracy
    print(f"λ = {coefficient}: training {known.accuracy:.2f}, validation {unknown.accuracy:.2f}")

best = max(accuracy, key=accuracy.get)
print(
    f"the best is {best}; with it, on the test set {train.evaluate(networks[best], test).accuracy:.2f}"
)
assert accuracy[0.1] < accuracy[0.0] < accuracy[best]

# %%
# The weights of a hidden unit belong to the pixels, so they can be looked at as images. All three networks
# started from the same numbers, so these are the same eight units. With no price, most of what they started
# from is still there, and it is noise. The higher the price, the less remains but what is of use: strokes
# and edges.

fig, axes = plt.subplots(3, 1, figsize=(8, 3.6), layout="constrained")
fig.suptitle("The weights of eight hidden units, for three prices of large weights")
changed = np.sum((networks[0.0][0].weight.data - start[0]) ** 2, axis=1)
for ax, (coefficient, network) in zip(axes, networks.items()):
    eight = network[0].weight.data[np.argsort(-changed)[:8]]
    ax.imshow(np.hstack(eight.reshape(8, 28, 28)), cmap="gray")
    ax.set(ylabel=f"λ = {coefficient}", xticks=[], yticks=[])
plt.show()

kept = [
    np.corrcoef(start[0].ravel(), network[0].weight.data.ravel())[0, 1]
    for network in networks.values()
]
print("correlation with the start:", *(f"{each:.2f}" for each in kept))
assert kept[0] > kept[1] > 0.5 > kept[2]

# %%
# Simplifications
# ---------------
# - The test set was asked once, and the validation set chose among three λ. A real search tries tens of
#   them, first far apart, then close together (``minigrad.search``).
# - All networks started from the same small weights. What becomes of a network whose weights are too small
#   or too large, above all of a deep one, is the next lesson.
# - A digit may lie anywhere in its image, and this network has to learn it at every place anew. Lesson 11
#   has a layer that need not.
#
# Exercises
# ---------
# 1. Write the backward pass of the network yourself, with only the shapes to go by:
#    ``minigrad check tutorials/exercises/08_two_layers.py``
# 2. The same file asks for the gradient of the cost by the logits and by both weights.
# 3. Let ``N_S`` be 30 and 240 instead of 120, for the same number of updates. What do the curves say?
