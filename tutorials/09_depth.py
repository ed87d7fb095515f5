"""
Depth: what becomes of a signal, and of its gradient
====================================================

A network with two layers learns from almost any start. One with nine may learn nothing at all, with every
formula right and every gradient checked. This lesson measures why: what flows through the layers shrinks or
grows by a factor at each of them, forwards and backwards. It shows which initial weights keep the factor at
1, and why a deep, narrow network needs batch normalisation all the same.

Known beforehand: a network of layers and how it is trained (lesson 08).
"""

# %%
# One unit in each layer
# ----------------------
# The smallest deep network has one number in each layer, and multiplies it with one weight. Five layers
# with the weight 1/2 make of a 1 the number :math:`1/2^5 = 0.03`. The gradient of each weight is the
# product of the other four, and that is small as well: none of the weights is told that it matters.

import functools
import itertools

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import data, nn, optim, train, view

with view.trace() as chain:
    x = mg.Tensor(1.0)
    w1, w2, w3, w4, w5 = (mg.Tensor(0.5, requires_grad=True) for _ in range(5))
    h1 = w1 * x
    h2 = w2 * h1
    h3 = w3 * h2
    h4 = w4 * h3
    y = w5 * h4
    y.backward()

print(f"y = {y.item():.4f}, and the gradient of each weight {w1.grad.item():.4f}")
assert y.item() == 0.5**5
assert all(w.grad.item() == 0.5**4 for w in (w1, w2, w3, w4, w5))

# %%
# Go through the way back step by step: from ``h4`` on, each product halves the gradient once more. With
# weights of 2 it would double each time, and after fifty layers it would be :math:`10^{15}`.

view.step(chain)

# %%
# Many units in each layer
# ------------------------
# A real unit is a sum of n products. Let the weights be drawn with the standard deviation s, and the inputs
# have the mean square 1. Each product then has the mean square :math:`s^2`, products with random signs add
# up as their squares do, and the sum has the mean square :math:`n s^2`. The ReLU sets half of the sums to
# 0, and leaves half of the mean square:
#
# .. math:: \text{factor of a layer} = s \sqrt{n / 2}
#
# The size of a signal is measured by its *root mean square*, rms.

rng = np.random.default_rng(9)
N = 200


def rms(a):
    return float(np.sqrt(np.mean(np.square(a, dtype=np.float64))))


signal = rng.normal(size=(500, N))
for s in (0.01, 0.05, 1.0):
    layer = np.maximum(0, signal @ rng.normal(0, s, (N, N)).T)
    print(
        f"s = {s}: the factor is {rms(layer) / rms(signal):.2g}, predicted {s * np.sqrt(N / 2):.2g}"
    )
    assert abs(rms(layer) / rms(signal) / (s * np.sqrt(N / 2)) - 1) < 0.1

# %%
# Ten such layers have the tenth power of the factor. Which s makes the factor 1? :math:`s = \sqrt{2 / n}`,
# with n the number of inputs of a unit: He's initialisation. (Libraries use the first names as well: Kaiming
# He, Xavier Glorot.) Glorot's is
# :math:`\sqrt{2 / (n_{in} + n_{out})}`. It was made for tanh, which halves nothing as long as its inputs are
# small, and for both directions: on the way back the sums run over the outputs of a layer, so there n is
# their number.

INITIAL = {
    "zero": nn.init.zeros,
    "normal, 0.01": functools.partial(nn.init.normal, std=0.01),
    "normal, 1": functools.partial(nn.init.normal, std=1.0),
    "Glorot": nn.init.xavier_normal,
    "He": nn.init.kaiming_normal,
}
w = nn.init.kaiming_normal((N, N), rng)
print(f"He's deviation for {N} inputs: {w.std():.2f}")
assert abs(w.std() - np.sqrt(2 / N)) < 0.002

# %%
# Ten layers, forwards and backwards
# ----------------------------------
# Now all five ways to begin, in ten layers of 200 units. ``retain_grad`` keeps the gradient at the hidden
# layers too, which are no parameters. What arrives from above at the end is a gradient with the rms 1.


def flow(init):
    h = mg.Tensor(signal.astype(np.float32), requires_grad=True)
    hidden = [h]
    for _ in range(10):
        w = mg.Tensor(init((N, N), rng), requires_grad=True)
        h = mg.relu(h @ w.T)
        h.retain_grad()
        hidden.append(h)
    h.backward(rng.normal(size=h.shape).astype(np.float32))
    return [rms(h.data) for h in hidden], [rms(h.grad.data) for h in hidden]


flows = {name: flow(init) for name, init in INITIAL.items()}
for name, (forwards, backwards) in flows.items():
    print(f"{name:>12}: after ten layers {forwards[10]:.0e}, and back again {backwards[0]:.0e}")

assert flows["zero"][0][1] == 0
assert 0.3 < flows["He"][0][10] < 3
assert 0.3 < flows["He"][1][0] < 3
for name, factor in (("normal, 0.01", 0.1), ("normal, 1", 10.0), ("Glorot", 0.5**0.5)):
    for end in (flows[name][0][10], flows[name][1][0]):
        assert abs(np.log(end) / np.log(factor**10) - 1) < 0.2

# %%
# The factor is the same in both directions, since these layers have as many outputs as inputs. On a
# logarithmic axis each initialisation is a straight line, and its slope is its factor.

fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
fig.suptitle("The size of what flows through ten layers")
looks = zip(("#D55E00", "#CC79A7", "#0072B2", "#009E73"), ("--", "-.", ":", "-"))
for name, (color, line) in zip(list(INITIAL)[1:], looks):
    for ax, sizes in zip(axes, flows[name]):
        ax.semilogy(range(11), sizes, color=color, ls=line, lw=2, label=name)
axes[0].set(title="forwards: the activations", xlabel="layer", ylabel="root mean square")
axes[1].set(title="backwards: the gradients", xlabel="layer")
axes[0].legend(loc="lower left")
plt.show()

# %%
# Zero is a case of its own
# -------------------------
# With weights of 0 nothing flows, forwards or backwards, and it stays so: the gradient of each weight is a
# product with a 0 in it. Only the last bias learns, and what it learns is how frequent each class is. No
# rate and no number of updates changes that.

everything, _ = data.load("glyphs")
training, validation, _ = data.fixed_split(everything, [10000, 1000, 1000])
standardise = data.Standardise.fit(training.inputs, per="feature")
rows = lambda images: standardise(images).reshape(-1, 784)
training, validation = training.map(rows), validation.map(rows)

SIZES = 784, 50, 30, 20, 20, 10, 10, 10, 10, 10


def network(init, batch_norm, rng):
    layers = []
    for inputs, outputs in itertools.pairwise(SIZES):
        layers.append(nn.Linear(inputs, outputs, rng=rng, init=init))
        if batch_norm:
            layers.append(nn.BatchNorm1d(outputs))
        layers.append(nn.ReLU())
    layers = layers[: -1 - batch_norm]  # the logits are neither normalised nor cut off
    return nn.Sequential(*layers)


def trained(model, updates, eta_max=0.1):
    loader = data.DataLoader(training, 100, shuffle=True, rng=np.random.default_rng(0))
    return train.fit(
        model,
        loader,
        optim.SGD(model.parameters()),
        steps=updates,
        schedule=optim.Cyclical(1e-5, eta_max, updates // 2),
        validation=validation,
        evaluate_every=updates,
        progress=False,
    )


zero = network(nn.init.zeros, False, rng)
trained(zero, 100)
learnt = [name for name, p in zero.named_parameters() if np.any(p.data)]
print("what has learnt anything:", *learnt)
assert learnt == ["16.bias"]
assert abs(train.evaluate(zero, validation).loss - np.log(10)) < 0.01

# %%
# Nine layers
# -----------
# This is the network of a course: nine layers with 50, 30, 20, 20, 10, 10, 10, 10 and 10 units. With
# weights of 0.1, a common choice, the factor of a layer with 10 inputs is :math:`0.1 \sqrt{10 / 2} = 0.22`.
# In the picture of its gradients each box says how large its gradient is, and warns where it vanishes
# beside the others.

images, labels = training[:100]
x = mg.Tensor(images)
narrow = network(functools.partial(nn.init.normal, std=0.1), False, rng)

with view.trace() as trace:
    loss = mg.cross_entropy(narrow(x), labels)
    loss.backward()

sizes = {}
for kind in ("bias", "weight"):
    found = [rms(p.grad.data) for name, p in narrow.named_parameters() if name.endswith(kind)]
    sizes[kind] = found[::-1]
    print(f"gradients of each {kind}, last layer first:", *(f"{size:.0e}" for size in sizes[kind]))

assert sizes["bias"][0] > 1e4 * sizes["bias"][-1]
assert max(sizes["weight"]) < 1e-4

view.draw(trace, overlay="gradient", depth=1)

# %%
# The biases show what comes back: less at each layer. The weights are worse off, all of them. The gradient
# of a weight is a product, of what arrives from the front and what comes back from behind. The last layer
# has a good gradient and an input of almost nothing, the first one the reverse.
#
# He's factor is 1 on average only
# --------------------------------
# With He's weights every layer keeps the mean square, on average over all weights that could have been
# drawn. But ten units are few, and in each layer the luck of the draw is a factor of its own. Nine of them
# multiply. Here are the logits of 100 such networks, all drawn as He says, and of 100 with batch
# normalisation.

spread = {}
for batch_norm in (False, True):
    with mg.no_grad():
        made = (network(nn.init.kaiming_normal, batch_norm, rng) for _ in range(100))
        sizes = [rms(one(x).data) for one in made]
    low, high = np.percentile(sizes, (5, 95))
    spread[batch_norm] = high / low
    print(f"batch norm {batch_norm}: 90 of 100 networks lie within a factor {high / low:.1f}")

assert spread[True] < 2 < 5 < spread[False]

# %%
# Batch normalisation
# -------------------
# It does not choose the weights. It measures what comes out of each layer, for each unit over the batch,
# and divides by that. So the factor of a layer is what it should be by construction, at the start and after
# each update. Weights that are ten times as large make no difference to the output, and they get a tenth of
# the gradient, which calms a layer that has grown too large.

layer, norm = nn.Linear(784, 50, rng=rng), nn.BatchNorm1d(50)
upstream = rng.normal(size=(100, 50)).astype(np.float32)


def through(weight):
    layer.weight.data, layer.weight.grad = weight, None
    out = norm(layer(x))
    out.backward(upstream)
    return out.data, layer.weight.grad.data


weight = layer.weight.data
out, gradient = through(weight)
out_of_large, gradient_of_large = through(10 * weight)
assert np.abs(out - out_of_large).max() < 1e-3
assert np.abs(gradient / 10 - gradient_of_large).max() < 1e-3 * np.abs(gradient).max()

# %%
# Nine layers, trained
# --------------------
# The same network, with and without batch normalisation, from He's weights and from weights of 0.001. Six
# epochs each are enough to see who learns.

starts = {"He": nn.init.kaiming_normal, "0.001": functools.partial(nn.init.normal, std=0.001)}
histories, end = {}, {}
for run in itertools.product(starts, (False, True)):
    name, batch_norm = run
    model = network(starts[name], batch_norm, np.random.default_rng(0))
    histories[run] = trained(model, 600)
    _, losses = histories[run].series("update", "loss")
    end[run] = losses[-50:].mean()
    accuracy = histories[run].last()["validation_accuracy"]
    print(
        f"{name}, batch norm {batch_norm}: loss {end[run]:.1f}, validation accuracy {accuracy:.1f}"
    )

assert end["0.001", False] > 2.29  # ln 10 = 2.303: it knows nothing
assert max(end["0.001", True], end["He", False], end["He", True]) < 1.9

fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for (name, batch_norm), history in histories.items():
    steps, losses = history.series("update", "loss")
    ax.plot(
        steps[19:],
        np.convolve(losses, np.ones(20) / 20, "valid"),
        color="#0072B2" if batch_norm else "#D55E00",
        ls="-" if name == "He" else "--",
        label=f"{name}, {'with' if batch_norm else 'without'} batch norm",
    )
ax.set(
    title="Nine layers learn, or do not",
    xlabel="update",
    ylabel="loss, mean of 20 batches",
    ylim=(0.8, 2.5),
)
ax.legend(loc="lower left")
plt.show()

# %%
# From weights of 0.001 the network without batch normalisation has learnt nothing, and with it, it learns
# as if from any other start. From He's weights both learn. So it is not that nine layers could not be
# trained without it. They can, from the right start, with luck, and with care for the rate. Batch
# normalisation is what makes start and luck matter less. How its gradient comes about is the next lesson.
#
# Simplifications
# ---------------
# - The factors were computed as if the activations of a layer were independent. They are not quite, and the
#   measured factors lie a little beside the predicted ones.
# - One run each, and short. A comparison that is to count takes several seeds, and the best rate for each
#   side.
# - There are other answers to depth. A way around each layer lets the gradient come back unhindered, and a
#   norm over each example's own numbers needs no batch. Both are in the exercises.
#
# Exercises
# ---------
# 1. Write the gradients of both: ``minigrad check tutorials/exercises/09_depth.py``
# 2. Add the way around to ``flow``: ``h = h + mg.relu(h @ w.T)``. What are the factors now, and which of
#    the five ways to begin is the best?
# 3. Put ``mg.tanh`` in the place of ``mg.relu`` in ``flow``. Why is Glorot's initialisation right for it,
#    and what does tanh do to weights of 1?
