"""
A network with two layers, by hand and with layers
==================================================

How are all gradients of a whole network computed, and how does training use them? This lesson is a classic
assignment of deep-learning courses: a network with one hidden layer learns to classify images. First we write
it by hand in numpy, forwards and backwards, and check it. Then we build the same network from layers, and
get the same gradients. Then we train it with a learning rate that rises and falls.

You know the two rules of a matrix product (lesson 04), the gradient :math:`p - y` of softmax and
cross-entropy (lesson 05), and how to check a gradient (lesson 07).
"""

# %%
# The images
# ----------
# The images show digits. They are drawn from many fonts, moved and bent, and noise is added to them. Each
# image has 28 x 28 numbers. The network learns from 2,000 images, the *training set*. 1,000 others are the
# *validation set*. They show whether the network can also classify images that it has not seen.

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
# Each pixel is shifted and scaled. Over the training set it then has mean 0 and standard deviation 1. The
# validation set is shifted and scaled with the numbers of the *training* set. Nothing may be learnt from
# the validation set, not even a mean. Then each image becomes a row of 784 numbers.

standardise = data.Standardise.fit(training.inputs, per="feature")
rows = lambda images: standardise(images).reshape(-1, 784).astype(np.float64)
training, validation, test = (part.map(rows) for part in (training, validation, test))

assert abs(training.inputs.mean()) < 1e-6
assert abs(training.inputs.std() - 1) < 1e-6

# %%
# Forwards
# --------
# An image :math:`x` has 784 numbers. Each of the 50 *hidden units* computes a weighted sum of them and adds
# a bias. A negative result becomes 0. There are ten outputs, one for each class. Each output is a weighted
# sum of the hidden units plus a bias:
#
# .. math:: h = \max(0, x W_1^T + b_1), \qquad \text{logits} = h W_2^T + b_2
#
# A batch of N images is a matrix with N rows. The weights of a unit are a *row* of its matrix, as in the
# layers of minigrad and of PyTorch. In lesson 04 they were a column. So here every W is transposed.


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
# Which initial loss should we expect? With all weights 0, each of the ten classes has the probability 1/10.
# The loss of each image is then :math:`-\ln(1/10) = 2.303`. But the weights are drawn at random, with the
# standard deviation 1 / sqrt(number of inputs). Lesson 09 explains why. Then the probabilities are not
# equal, and they are not yet related to the labels. So the initial loss is a little higher than 2.303. An
# initial loss of 1 or of 20 would be a sign of a mistake.

rng = np.random.default_rng(8)
w1, w2 = rng.normal(0, 784**-0.5, (50, 784)), rng.normal(0, 50**-0.5, (10, 50))
start = w1, np.zeros(50), w2, np.zeros(10)
x, labels = training[:100]

zeros = [0 * w for w in start]
print(f"loss with all weights 0: {loss(x, labels, *zeros):.3f}")
print(f"loss with random weights: {loss(x, labels, *start):.1f}")
assert abs(loss(x, labels, *zeros) - np.log(10)) < 1e-12
assert 2.2 < loss(x, labels, *start) < 2.9

# %%
# Training minimises the loss plus a *penalty* for large weights. So a weight becomes large only if this
# reduces the loss by more than it adds to the penalty. The sum is called the *cost*:
#
# .. math:: J = \text{loss} + \lambda \left( \sum W_1^2 + \sum W_2^2 \right)

LAMBDA = 0.01


def cost(x, labels, w1, b1, w2, b2):
    return loss(x, labels, w1, b1, w2, b2) + LAMBDA * (np.sum(w1**2) + np.sum(w2**2))


# %%
# Backwards
# ---------
# Apply the chain rule to the same lines in the opposite order. Each gradient has the shape of its array.
# The shapes help: only one order of the matrices gives the shape that is needed.
#
# - The gradient of the logits is :math:`G = (P - Y) / N`. Softmax and cross-entropy give :math:`p - y`, and
#   the mean gives 1/N.
# - The line logits = h W2^T + b2 has three gradients: :math:`G^T h` for W2, the sum of G over the batch for
#   b2, and :math:`G W_2` for h.
# - The ReLU multiplies the gradient by 1 where its output is positive, and by 0 elsewhere.
# - The first layer needs two gradients only, those of W1 and b1. The image x is not changed in training.
# - The penalty adds :math:`2 \lambda W` to the gradient of each weight matrix.


def gradients(x, labels, w1, b1, w2, b2):
    hidden, logits = forward(x, w1, b1, w2, b2)
    g = softmax(logits)
    g[np.arange(len(x)), labels] -= 1
    g = g / len(x)  # (N, 10)
    g_hidden = g @ w2  # (N, 50)
    g_sums = g_hidden * (hidden > 0)  # the gradient of the weighted sums, (N, 50)
    return (
        g_sums.T @ x + 2 * LAMBDA * w1,  # (50, 784)
        g_sums.sum(axis=0),  # (50,)
        g.T @ hidden + 2 * LAMBDA * w2,  # (10, 50)
        g.sum(axis=0),  # (10,)
    )


for g, w in zip(gradients(x, labels, *start), start):
    assert g.shape == w.shape

# %%
# Correct shapes prove little, so we check the numbers. A small network is enough: 5 images of 6 pixels, and
# 4 hidden units. The formulas are the same for every size.

few = x[:5, 400:406], labels[:5]
small = [rng.normal(0, 0.5, s) for s in ((4, 6), 4, (10, 4), 10)]
small_cost, small_gradients = (
    partial(cost, *few),
    partial(gradients, *few),
)  # functions of the weights

report = check.loss_gradient(small_cost, small_gradients, *small)
print(f"verdict: {report.verdict}, to more than 8 digits: {report.digits > 8}")
assert report.passed
assert report.digits > 8

# %%
# Now we make a common mistake on purpose: we forget the 2 in the derivative of the square. The error is
# small, since λ is small, and the network would still learn. The check finds the mistake and names the
# missing term.


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
# ``nn.Linear`` computes the weighted sums and holds their weights and biases. ``nn.Sequential`` applies
# layers one after the other. ``optim.L2`` is the penalty, which is usually called *L2 penalty*. You do not
# write the backward pass.


def with_layers():
    first = nn.Linear(784, 50, rng=rng, dtype=np.float64)
    made = nn.Sequential(first, nn.ReLU(), nn.Linear(50, 10, rng=rng, dtype=np.float64))
    for parameter, values in zip(made.parameters(), start):
        parameter.data = values.copy()  # the same initial weights as by hand
    return made


model = with_layers()
penalty = optim.L2(model.parameters(), LAMBDA)

images = mg.Tensor(x)
with view.trace() as trace:
    total = mg.cross_entropy(model(images), labels) + penalty()
    total.backward()

print(f"cost by hand {cost(x, labels, *start):.1f}, with layers {total.item():.1f}")
assert abs(total.item() - cost(x, labels, *start)) < 1e-12
for parameter, gradient in zip(model.parameters(), gradients(x, labels, *start)):
    assert np.abs(parameter.grad.data - gradient).max() < 1e-13

# %%
# All 39,760 gradients are equal to those computed by hand, to 13 decimals. The picture shows why you did
# not need a formula. Each box is an op with its own gradient rule. The arrows are the paths of the
# gradient. Each weight matrix is used twice: in its layer, and in the penalty. So two gradients are added.

view.draw(trace)

# %%
# Step by step
# ------------
# In a smaller network you can read every number. It has 2 examples with 3 numbers each, 2 hidden units and
# 2 classes. Find the gradient of the logits: it is :math:`(p - y) / 2`. Then look at the ReLU, which sets
# some gradients to 0. Both examples use the same weights, so their gradients are added.

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
# A step against the gradient is :math:`w \leftarrow w - \eta g`. For a small η we predict that the step
# reduces the cost by :math:`\eta \sum g^2`. For a large η the slope changes along the step, and the
# prediction is wrong.

g = gradients(x, labels, *start)
squares = sum(np.sum(each**2) for each in g)
for eta in (0.01, 0.1, 1.0, 10.0):
    moved = [w - eta * each for w, each in zip(start, g)]
    fall = cost(x, labels, *start) - cost(x, labels, *moved)
    ratio = fall / (eta * squares)
    print(f"η = {eta}: the cost falls by {ratio:.1f} times the prediction")
    assert eta > 0.01 or abs(ratio - 1) < 0.2

assert ratio < -0.5  # with the largest η the cost rises

# %%
# The learning rate rises and falls
# ---------------------------------
# Which learning rate η is best? With a small rate the cost hardly changes. With a large rate it can rise. A
# *cyclical* rate uses all of them. It rises linearly from a small rate to a large one in :math:`n_s`
# updates, and falls again. At large rates the weights change a lot. At small rates they approach a minimum.


def triangle(step, eta_min, eta_max, n_s):
    done = step % (2 * n_s)  # updates since the cycle began
    part = done / n_s if done < n_s else 2 - done / n_s
    return eta_min + part * (eta_max - eta_min)


LOADER = data.DataLoader(training, 100, shuffle=True, rng=np.random.default_rng(0))
EPOCH = len(LOADER)  # 20 updates use each of the 2,000 images once
N_S = 6 * EPOCH
schedule = optim.Cyclical(1e-5, 1e-1, N_S)
for step in range(4 * N_S):
    assert abs(schedule(step) - triangle(step, 1e-5, 1e-1, N_S)) < 1e-15

# %%
# Now train by hand. For each batch of 100 images, compute the gradients and take one step against them. An
# *epoch* uses each image of the training set once. Two cycles are 24 epochs.

parameters, costs = start, []
while len(costs) < 4 * N_S:
    for x, labels in LOADER:
        eta = triangle(len(costs), 1e-5, 1e-1, N_S)
        costs.append(cost(x, labels, *parameters))
        parameters = [w - eta * g for w, g in zip(parameters, gradients(x, labels, *parameters))]

print(f"{len(costs)} updates: the cost of a batch fell from {costs[0]:.1f} to {costs[-1]:.1f}")
assert len(costs) == 480
assert costs[-1] < costs[0] / 2

# %%
# ``train.fit`` is the same loop, and it records the cost, the loss and the accuracy. ``optim.SGD`` is
# *stochastic gradient descent*: the step w - η g, with the gradient of a random batch. The loader has the
# same random seed, so the batches are the same. After 480 updates the costs are still equal to 6 decimals.


def fit(network, coefficient):
    return train.fit(
        network,
        data.DataLoader(training, 100, shuffle=True, rng=np.random.default_rng(0)),
        optim.SGD(network.parameters()),
        train.Settings(
            updates=4 * N_S,
            schedule=schedule,
            penalty=optim.L2(network.parameters(), coefficient),
            evaluate_every=EPOCH,
            evaluate_training=True,
        ),
        validation=validation,
    )


model = with_layers()
history = fit(model, LAMBDA)
_, with_fit = history.series("update", "cost")
assert np.abs(with_fit - costs).max() < 1e-6

# %%
# The curves
# ----------
# In the middle, at update 240, the rate is nearly 0, and the curves are flat. The second cycle reduces the
# cost a little more. The cost is the loss plus the penalty, and training minimises the cost. The curves of
# the two sets separate: the network classifies the training set better than images that it has not seen.

fig, axes = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
fig.suptitle("Two cycles of 240 updates: training set (solid) and validation set (dashed)")
for ax, name in zip(axes, ("cost", "loss", "accuracy")):
    ax.plot(*history.series("evaluation", f"train_{name}"), "#0072B2")
    ax.plot(*history.series("evaluation", f"validation_{name}"), "#D55E00", ls="--")
    ax.set(title=name, xlabel="update", ylim=(0, 1.02 if name == "accuracy" else 3.3))
plt.show()

last = history.last()
penalty = LAMBDA * sum(np.sum(p.data**2) for p in model.parameters() if p.ndim == 2)
print(f"cost {last['train_cost']:.1f} = loss {last['train_loss']:.1f} + penalty {penalty:.1f}")
assert abs(last["train_cost"] - last["train_loss"] - penalty) < 1e-9

# %%
# How large should the penalty be?
# --------------------------------
# λ is not learnt. We train with several values, and choose the one with the smallest loss on the validation
# set. Without a penalty the network memorises the training set. With a very large penalty it learns little.

networks = {0.0: with_layers(), 0.01: model, 0.1: with_layers()}
fit(networks[0.0], 0.0)
fit(networks[0.1], 0.1)

losses = {}
for coefficient in networks:
    seen, unseen = (train.evaluate(networks[coefficient], part) for part in (training, validation))
    losses[coefficient] = unseen.loss
    print(
        f"λ = {coefficient}: training accuracy {seen.accuracy:.1f}, validation loss {unseen.loss:.1f}"
    )

best = min(losses, key=losses.get)
tested = train.evaluate(networks[best], test)
print(f"the best λ is {best}; its accuracy on the test set is {tested.accuracy:.1f}")
assert losses[0.01] < losses[0.0] < losses[0.1]

# %%
# A hidden unit has one weight for each pixel, so its weights can be shown as an image. All three networks
# started from the same weights. The figure shows the same eight units of each. Without a penalty, the random
# initial weights are still visible as noise. With a larger penalty mainly strokes and edges remain.

fig, axes = plt.subplots(3, 1, figsize=(8, 3.6), layout="constrained")
fig.suptitle("The weights of eight hidden units, for three penalties")
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
print("correlation with the initial weights:", *(f"{each:.1f}" for each in kept))
assert kept[0] > kept[1] > 0.5 > kept[2]

# %%
# Simplifications
# ---------------
# - Only three values of λ were compared on the validation set. A real search tries tens of values, first far
#   apart, then close together (``minigrad.search``). The test set was used once, at the end.
# - The initial weights had a suitable size. The next lesson shows how a deep network behaves if they are too
#   small or too large.
# - A digit can be at any place in its image. This network must learn each place separately. The layer of
#   lesson 11 uses the same weights at every place.
#
# Exercises
# ---------
# ``minigrad tutorials 8 --exercise`` copies the exercise file into your folder.
#
# 1. Write the backward pass of the network yourself, and use the shapes as a guide. ``minigrad check 8``
#    checks it.
# 2. In the same file, write the gradients of the cost with respect to the logits and both weights.
# 3. Train with ``N_S`` = 30 and ``N_S`` = 240 instead of 120, for 480 updates. How do the curves differ?
#
# The answers are in ``tutorials/solutions/08_two_layers.py``. ``minigrad tutorials 8 --solution`` copies
# them. Next: lesson 09, deep networks (``minigrad tutorials 9``).
