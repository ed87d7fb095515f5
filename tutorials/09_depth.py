"""
Depth: how a signal and its gradient change from layer to layer
===============================================================

Why may a network with nine layers learn nothing, although all its gradients are correct? This lesson measures
it. Each layer multiplies the size of the signal by a factor, and backwards it multiplies the size of the
gradient by a factor. We find the initial weights for which both factors are 1. A deep and narrow network is
still difficult to train, and batch normalisation makes it easier.

You know a network of layers and how it is trained (lesson 08).
"""

# %%
# One unit in each layer
# ----------------------
# The smallest deep network has one unit in each layer. Each layer multiplies its input by one weight. Five
# layers with the weight 1/2 turn a 1 into :math:`1/2^5 = 0.03`. The gradient of each weight is the product
# of the other four weights. It is small too, so an update changes the weights very little.

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

print(f"y = {y.item():.4f}, and the gradient of each weight is {w1.grad.item():.4f}")
assert y.item() == 0.5**5
assert all(w.grad.item() == 0.5**4 for w in (w1, w2, w3, w4, w5))

# %%
# Follow the backward pass step by step. From ``h4`` on, each product halves the gradient. With weights of 2
# each product would double it. After fifty layers it would be :math:`10^{15}`.

view.step(chain)

# %%
# Many units in each layer
# ------------------------
# A unit in a real layer is a sum of n products. Draw the weights with the standard deviation s, and let the
# inputs have the mean square 1. Each product then has the mean square :math:`s^2`. The products have random
# signs, so their mean squares add up to :math:`n s^2`. The ReLU sets half of the sums to 0. This halves the
# mean square:
#
# .. math:: \text{factor of a layer} = s \sqrt{n / 2}
#
# We measure the size of a signal by its *root mean square*, rms.

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
# Ten such layers multiply the signal by the tenth power of the factor. The factor is 1 for
# :math:`s = \sqrt{2 / n}`, where n is the number of inputs of a unit. This is *He's initialisation*.
# Backwards, the sums run over the outputs of a layer, so n is the number of outputs there. *Glorot's
# initialisation* is a compromise for both directions: :math:`s = \sqrt{2 / (n_{in} + n_{out})}`. It was
# made for tanh, which does not halve the mean square of small inputs. Libraries also use the first names:
# Kaiming He and Xavier Glorot.

INITIAL = {
    "zero": nn.init.zeros,
    "normal, 0.01": functools.partial(nn.init.normal, std=0.01),
    "normal, 1": functools.partial(nn.init.normal, std=1.0),
    "Glorot": nn.init.xavier_normal,
    "He": nn.init.kaiming_normal,
}
w = nn.init.kaiming_normal((N, N), rng)
print(f"He's standard deviation for {N} inputs: {w.std():.2f}")
assert abs(w.std() - np.sqrt(2 / N)) < 0.002

# %%
# Ten layers, forwards and backwards
# ----------------------------------
# Now we compare five initialisations in ten layers of 200 units. ``retain_grad`` keeps the gradients of the
# hidden layers too, although these are not parameters. The rms of the upstream gradient of the last layer
# is 1.


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
    print(
        f"{name:>12}: signal after ten layers {forwards[10]:.0e}, "
        f"gradient at the input {backwards[0]:.0e}"
    )

assert flows["zero"][0][1] == 0
assert 0.3 < flows["He"][0][10] < 3
assert 0.3 < flows["He"][1][0] < 3
for name, factor in (("normal, 0.01", 0.1), ("normal, 1", 10.0), ("Glorot", 0.5**0.5)):
    for end in (flows[name][0][10], flows[name][1][0]):
        assert abs(np.log(end) / np.log(factor**10) - 1) < 0.2

# %%
# These layers have as many outputs as inputs, so the factor is the same in both directions. On a
# logarithmic axis each initialisation is a straight line, and the logarithm of its factor is the slope.

fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
fig.suptitle("The size of the signal and of its gradient in ten layers")
looks = zip(("#D55E00", "#CC79A7", "#0072B2", "#009E73"), ("--", "-.", ":", "-"))
for name, (color, line) in zip(list(INITIAL)[1:], looks):
    for ax, sizes in zip(axes, flows[name]):
        ax.semilogy(range(11), sizes, color=color, ls=line, lw=2, label=name)
axes[0].set(title="forwards: the activations", xlabel="layer", ylabel="root mean square")
axes[1].set(title="backwards: the gradients", xlabel="layer")
axes[0].legend(loc="lower left")
plt.show()

# %%
# Weights of zero
# ---------------
# With weights of 0 the signal is 0 after the first layer, and so is its gradient. The gradient of each
# weight is a product with a factor 0. So no update changes a weight, for any learning rate. Only the last
# bias learns. It learns how frequent each class is.

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
    layers = layers[: -1 - batch_norm]  # no batch norm and no ReLU after the logits
    return nn.Sequential(*layers)


def fit(model, updates, eta_max=0.1):
    loader = data.DataLoader(training, 100, shuffle=True, rng=np.random.default_rng(0))
    return train.fit(
        model,
        loader,
        optim.SGD(model.parameters()),
        train.Settings(
            updates=updates,
            schedule=optim.Cyclical(1e-5, eta_max, updates // 2),
            evaluate_every=updates,
        ),
        validation=validation,
    )


zero = network(nn.init.zeros, False, rng)
fit(zero, 100)
changed = [name for name, p in zero.named_parameters() if np.any(p.data)]
print("parameters that have changed:", *changed)
assert changed == ["16.bias"]
assert abs(train.evaluate(zero, validation).loss - np.log(10)) < 0.01

# %%
# Nine layers
# -----------
# The next network is from a course. It has nine layers with 50, 30, 20, 20, 10, 10, 10, 10 and 10 units. A
# common choice for the weights is a standard deviation of 0.1. Then a layer with 10 inputs has the factor
# :math:`0.1 \sqrt{10 / 2} = 0.22`. In the picture each box shows the size of its gradient. A warning marks
# gradients that are much smaller than the others.

images, labels = training[:100]
x = mg.Tensor(images)
narrow = network(functools.partial(nn.init.normal, std=0.1), False, rng)

with view.trace() as trace:
    loss = mg.cross_entropy(narrow(x), labels)
    loss.backward()

sizes = {
    kind: [rms(p.grad.data) for name, p in narrow.named_parameters() if name.endswith(kind)]
    for kind in ("bias", "weight")
}
factor = (sizes["bias"][-1] / sizes["bias"][0]) ** (1 / 8)
print(f"backwards, the gradient of the bias becomes about {factor:.0f} times smaller in each layer")
print(f"the gradients of all weights are smaller than 1e-4: {max(sizes['weight']) < 1e-4}")
assert sizes["bias"][-1] > 1e4 * sizes["bias"][0]
assert max(sizes["weight"]) < 1e-4

view.draw(trace, overlay="gradient", depth=1)

# %%
# The gradient of a bias is the gradient of the output of its layer. It becomes smaller at each layer. The
# gradient of a weight is the product of two numbers: the input of its layer, and the gradient of its
# output. In the last layer the input is very small. In the first layer the gradient of the output is very
# small. So all weights have a small gradient.
#
# He's factor is 1 only on average
# --------------------------------
# On average over many random networks, He's weights keep the mean square. But a layer of ten units has few
# weights, so its own factor can be far from 1. The network multiplies nine such factors. We make 100
# networks with He's weights, and 100 with He's weights and batch normalisation. We compare the sizes of
# their logits.

spread = {}
for batch_norm in (False, True):
    with mg.no_grad():
        made = (network(nn.init.kaiming_normal, batch_norm, rng) for _ in range(100))
        sizes = [rms(one(x).data) for one in made]
    low, high = np.percentile(sizes, (5, 95))
    spread[batch_norm] = high / low
    limit = "less than 2" if high / low < 2 else "more than 5"
    print(
        f"batch norm {batch_norm}: for 90 of 100 networks the sizes differ by a factor of {limit}"
    )

assert spread[True] < 2 < 5 < spread[False]

# %%
# Batch normalisation
# -------------------
# Batch normalisation does not choose the weights. It measures the output of each unit over the batch, and
# divides by its standard deviation. So the output of each layer has the same size at the start and after
# each update. Ten times larger weights give the same output, and their gradient is ten times smaller. So
# large weights change slowly.

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
# Now train the same network with and without batch normalisation. The initial weights are He's, or they
# have a standard deviation of 0.001. Six epochs are enough to see which of the four networks learn.

starts = {"He": nn.init.kaiming_normal, "0.001": functools.partial(nn.init.normal, std=0.001)}
histories, end = {}, {}
for run in itertools.product(starts, (False, True)):
    name, batch_norm = run
    model = network(starts[name], batch_norm, np.random.default_rng(0))
    histories[run] = fit(model, 600)
    _, losses = histories[run].series("update", "loss")
    end[run] = losses[-50:].mean()
    result = "learns, loss below 2" if end[run] < 2 else f"does not learn, loss {end[run]:.1f}"
    print(f"{name}, batch norm {batch_norm}: {result}")

assert end["0.001", False] > 2.25  # ln 10 = 2.303: all classes equally probable
assert max(end["0.001", True], end["He", False], end["He", True]) < 2

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
    title="Which networks with nine layers learn?",
    xlabel="update",
    ylabel="loss, mean of 20 batches",
    ylim=(0.8, 2.5),
)
ax.legend(loc="lower left")
plt.show()

# %%
# With initial weights of 0.001, the network learns only with batch normalisation. With He's weights both
# networks learn. So nine layers can be trained without batch normalisation, but the initial weights and the
# learning rate must be chosen with care. With batch normalisation this choice is less important. The next
# lesson derives its gradient.
#
# Simplifications
# ---------------
# - The formula for the factor assumes independent activations. The activations of a layer are not quite
#   independent, so the measured factors differ a little from the predicted ones.
# - Each network was trained once, and not for long. A serious comparison needs several random seeds, and the
#   best learning rate for each network.
# - There are other remedies for depth. A *residual* layer adds its input to its output, so the gradient has a
#   path around the layer. A norm over the numbers of each example does not need a batch. Both are in the
#   exercises.
#
# Exercises
# ---------
# ``minigrad tutorials 9 --exercise`` copies the exercise file into your folder.
#
# 1. Write the gradients of a residual layer, and of a norm over each example. ``minigrad check 9`` checks
#    both.
# 2. Make the layers of ``flow`` residual: ``h = h + mg.relu(h @ w.T)``. How large are the factors now? Which
#    of the five initialisations is the best?
# 3. Replace ``mg.relu`` by ``mg.tanh`` in ``flow``. Why is Glorot's initialisation suitable for it? What
#    happens with weights of standard deviation 1?
#
# The answers are in ``tutorials/solutions/09_depth.py``. ``minigrad tutorials 9 --solution`` copies them.
# Next: lesson 10, the gradient of batch normalisation (``minigrad tutorials 10``).
