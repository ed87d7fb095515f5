"""
A network that does not train, five times
==========================================

A network is built, the program runs, nothing is red, and the loss does not do what it should. Where does one
look? Five patients with five causes, each found by a picture or a check in a few lines. Known beforehand: all
lessons so far, most of all training (lesson 08), checking (lesson 07) and initialisation (lesson 09).
"""

# %%
# A healthy one first
# -------------------
# Whoever looks for what is wrong has to know what right looks like. So here is a network that trains, on
# 600 glyphs: three layers with relu between them, 200 updates of plain gradient descent.

from functools import partial
from math import e, log

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, data, nn, optim, view
from minigrad.domain import elementwise
from minigrad.errors import AnomalyError

glyphs, _ = data.load("glyphs")
images, labels = glyphs.inputs[:600].reshape(600, 784), glyphs.targets[:600]
pictures, digits = mg.Tensor(images[:50]), labels[:50]  # a batch to look at


def network(*last, activation=nn.ReLU, init=nn.init.kaiming_normal):
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Linear(784, 64, rng=rng),
        activation(),
        nn.Linear(64, 32, rng=rng, init=init),
        activation(),
        nn.Linear(32, 10, rng=rng),
        *last,
    )


def trained(model, rate=0.1, loss=mg.cross_entropy, steps=200):
    optimizer = optim.SGD(model.parameters(), lr=rate)
    rng, losses = np.random.default_rng(1), []
    for _ in range(steps):
        batch = rng.integers(0, 600, 50)
        optimizer.zero_grad()
        cost = loss(model(mg.Tensor(images[batch])), labels[batch])
        cost.backward()
        optimizer.step()
        losses.append(cost.item())
    return losses


def in_the_end(losses):
    return np.mean(losses[-10:])


curves = {"healthy": trained(network())}
print(f"healthy: from {curves['healthy'][0]:.1f} to {in_the_end(curves['healthy']):.1f}")
print(f"a network that knows nothing has a loss of log 10 = {log(10):.4f}")
assert abs(curves["healthy"][0] - log(10)) < 0.3
assert in_the_end(curves["healthy"]) < 1

# %%
# Two numbers to know beforehand. At the start the loss of a network for ten classes is about 2.3, the
# logarithm of 10; if it is far from that, the fault lies before any training. And a network must be able
# to learn ten pictures by heart; if it cannot, the fault lies not in the amount of data.

ten = network()
optimizer = optim.SGD(ten.parameters(), lr=0.1)
for _ in range(300):
    optimizer.zero_grad()
    loss = mg.cross_entropy(ten(mg.Tensor(images[:10])), labels[:10])
    loss.backward()
    optimizer.step()
print(f"ten pictures by heart: {loss.item():.2f}")
assert loss.item() < 0.05

# %%
# The first patient: it learns slowly, and never well
# ----------------------------------------------------
# Somebody has read that a classifier ends with a softmax, and has put one there.

curves["softmax twice"] = trained(network(nn.Softmax()))
print(f"first: from {curves['softmax twice'][0]:.1f} to {in_the_end(curves['softmax twice']):.1f}")
assert in_the_end(curves["softmax twice"]) > in_the_end(curves["healthy"]) + 1

# %%
# Draw the loss, with the cross-entropy opened: a ``softmax``, and right behind it a ``log_softmax``. The
# loss has one of its own, so it was applied twice.

patient = network(nn.Softmax())
with view.trace() as t:
    loss = mg.cross_entropy(patient(pictures), digits)
    loss.backward()
ops = [node.op for node in t.nodes if node.op is not None]
assert ops[-2:] == ["softmax", "cross_entropy"]
view.draw(t, open="cross_entropy")

# %%
# Why is this so bad? What goes into the cross-entropy are now probabilities, between 0 and 1. Even with a
# 1 for the right class and a 0 for the nine others, the second softmax makes of these only
# :math:`e/(e+9)`, so the loss cannot fall below 1.46, and the gradient on the way there is small. The
# remedy is to leave the softmax out: logits go into ``cross_entropy``.

floor = log(e + 9) - 1
perfect = mg.cross_entropy(mg.Tensor(np.eye(10)), np.arange(10))
print(f"the lowest loss there is: {floor:.4f}")
assert abs(perfect.item() - floor) < 1e-6

healthy = network()
mg.cross_entropy(healthy(pictures), digits).backward()
assert np.linalg.norm(patient[0].weight.grad.data) < np.linalg.norm(healthy[0].weight.grad.data) / 4

# %%
# The second patient: nan
# -----------------------
# This one has a loss that its author has written: the softmax, and the logarithm of the entry at the
# label. After a few updates the loss is nan, and stays so.


def own_loss(logits, target):
    p = mg.exp(logits)
    p = p / p.sum(axis=1, keepdims=True)
    return -mg.log(p[np.arange(len(target)), target]).mean()


with np.errstate(all="ignore"):
    curves["nan"] = trained(network(), rate=30.0, loss=own_loss)
print(f"second: from {curves['nan'][0]:.1f} to {in_the_end(curves['nan'])}")
assert np.isnan(curves["nan"][-1])

# %%
# Once there is a nan, everything becomes nan, and one cannot tell from the end where it began.
# ``detect_anomaly`` looks at every result of every operation, forwards and backwards, and stops at the
# first that is not finite, with the line of the program and the values that went in.

try:
    with mg.detect_anomaly():
        trained(network(), rate=30.0, loss=own_loss)
except AnomalyError as error:
    said = str(error)
else:
    raise AssertionError("no anomaly was found")
print(said.partition(", at ")[0])
assert "in own_loss: p = mg.exp(logits)" in said

# %%
# It was ``exp`` of a number in the thousands: ``own_loss`` should subtract the maximum first, as
# ``cross_entropy`` does (lesson 05). But a network at rest has logits near 1. Who made them so large?
# Watch the largest logit from update to update:


def largest_logits(rate):
    found = []

    def watched(logits, target):
        found.append(float(np.abs(logits.data).max()))
        return mg.cross_entropy(logits, target)

    trained(network(), rate, loss=watched, steps=3)
    return found


sizes = {rate: largest_logits(rate) for rate in (0.1, 30.0)}
for rate, found in sizes.items():
    print(f"rate {rate}, the largest logit:", *(f"{size:.1e}" for size in found))
assert max(sizes[0.1]) < 10
assert max(sizes[30.0]) > 100

# %%
# With a rate of 30 each update overshoots by more than the one before. So there were two faults, a loss
# that cannot stand large logits, and a rate that makes them. To mend the first alone would have hidden
# the second: the loss would be finite, and useless.

# %%
# The third patient: the loss does not move
# -----------------------------------------
# It stays at 2.30, as if the network did not look at the pictures. That is what it does. Its author has
# changed the initialisation of the second layer, to small weights.

dead = partial(nn.init.uniform, low=-0.3, high=0.0)
curves["dead units"] = trained(network(init=dead))
print(f"third: from {curves['dead units'][0]:.2f} to {in_the_end(curves['dead units']):.2f}")
assert abs(in_the_end(curves["dead units"]) - log(10)) < 0.05

# %%
# Draw one training step, coloured by the size of the gradient. The bias of the last layer gets one, and
# nothing else does. The picture also says where it ends, and why: all units of the second relu are dead.

patient = network(init=dead)
with view.trace() as t:
    loss = mg.cross_entropy(patient(pictures), digits)
    loss.backward()
view.draw(t, overlay="gradient")

# %%
# The numbers say it too: not one of the 32 units behind the second relu is ever active. What comes into
# that layer has passed a relu, so it is not negative; all its weights are negative; so what comes out is
# negative, and the next relu makes it 0. A relu that is 0 passes no gradient, so nothing can change this
# any more: the units are *dead*. Weights are drawn with both signs, and with the right size (lesson 09).

hidden = patient[:4](pictures)
active = np.mean(hidden.data > 0)
no_gradient = [n.label for n in t.nodes if t.gradient_state(n.id) == "zero"]
print(
    f"active units: {active:.0%}; without a gradient: {len(no_gradient)} nodes, of {len(t.nodes)}"
)
assert active == 0
assert {"0.weight", "0.bias", "2.weight", "2.bias"} <= set(no_gradient)

# %%
# The fourth patient: it begins well, and then gets worse
# -------------------------------------------------------
# The training loop is another one, typed anew.


def typed_anew(model, steps=200):
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    rng, losses = np.random.default_rng(1), []
    for _ in range(steps):
        batch = rng.integers(0, 600, 50)
        cost = mg.cross_entropy(model(mg.Tensor(images[batch])), labels[batch])
        cost.backward()
        optimizer.step()
        losses.append(cost.item())
    return losses


curves["gradients added up"] = typed_anew(network())
worse = in_the_end(curves["gradients added up"]) - min(curves["gradients added up"])
print(
    f"fourth: from {curves['gradients added up'][0]:.1f}; in the end worse than it was before: {worse > 0.5}"
)
assert worse > 0.5

# %%
# There is a loop that works, so let the two be compared: the same network, one update each, and then the
# same step once more, recorded. ``view.compare`` puts the two runs side by side and says where they part.


def second_step(loop):
    model = network()
    loop(model, steps=1)
    if loop is trained:
        model.zero_grad()  # which this loop does at the beginning of a step
    with view.trace() as t:
        mg.cross_entropy(model(pictures), digits).backward()
    return t


right, wrong = second_step(trained), second_step(typed_anew)
compared = view.compare(right, wrong)
print(compared.headline().partition(":")[0])
assert compared.first_forward is None
assert compared.culprit is None
assert {d.op for d in compared.differences} == {"parameter"}

# %%
# Forwards they are equal. On the way back every rule does the same as well. What differs is only what the
# parameters hold in the end: they had something in ``grad`` before, and the new gradient was added to it.
# The steps say so in words, at the end of the backward pass. What is missing in the loop is
# ``optimizer.zero_grad()``.

steps = view.step(wrong)
landing = next(step for step in steps if step.kind == "land")
print(landing.sentence)
assert "zero_grad()" in landing.sentence
view.step(wrong)

# %%
# The fifth patient: a part of one's own
# --------------------------------------
# Its activation is ``swish``, :math:`x / (1 + e^{-x})`, an operation that was written by hand with its
# gradient rule (lesson 06). The loss stays where it was.


@mg.op(cases=elementwise(), rejects=[])
def swish(x):
    """x * sigmoid(x)"""
    return x * mg.sigmoid(x)


swish.vjp(lambda g, out, x: mg.sigmoid(x) * (1 + x * (1 - mg.sigmoid(x))))


class Swish(nn.Module):
    def forward(self, x):
        return swish(x)


curves["wrong rule"] = trained(network(activation=Swish))
print(f"fifth: from {curves['wrong rule'][0]:.1f} to {in_the_end(curves['wrong rule']):.1f}")
assert in_the_end(curves["wrong rule"]) > 2

# %%
# No gradient is 0, nothing is nan, and the graph is as it should be. Then the next question is whether
# the gradients are right, and for what is one's own there is a check.

report = check.gradcheck(swish, mg.Tensor(np.random.default_rng(0).normal(size=(3, 4))))
print(f"swish: {report.verdict}")
print(*report.causes)
assert report.verdict == "wrong"

# %%
# The derivative in the rule is right; it is not multiplied with ``g``. Mended, the network trains. In a
# shell, ``minigrad check my_file.py`` says the same of all that the file defines, and a test with
# ``check.property`` would have said it before any training.

swish.vjp(lambda g, out, x: g * mg.sigmoid(x) * (1 + x * (1 - mg.sigmoid(x))))
mended = trained(network(activation=Swish))
print(f"mended: from {mended[0]:.1f} to {in_the_end(mended):.1f}")
assert in_the_end(mended) < in_the_end(curves["wrong rule"]) - 0.5

# %%
# Five curves
# -----------
# This is all that the five authors saw. Three of the curves look alike and have nothing in common: a
# curve tells that something is wrong, and seldom what.

flat = [
    name for name, losses in curves.items() if np.reshape(losses, (20, 10)).mean(axis=1).min() > 2.1
]
print("look alike:", ", ".join(flat))
assert flat == ["softmax twice", "dead units", "wrong rule"]

fig, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
for name, losses in curves.items():
    finite = np.array(losses)[np.isfinite(losses)]
    smooth = np.convolve(finite, np.ones(10) / 10, mode="valid") if len(finite) > 10 else finite
    style = {"healthy": "-", "dead units": (0, (6, 6)), "wrong rule": (6, (6, 6))}.get(name, "-")
    ax.plot(smooth, label=name, linestyle=style, linewidth=3 if name == "healthy" else 2)
    if len(finite) < len(losses):
        ax.plot(
            len(finite) - 1,
            finite[-1],
            marker="x",
            markersize=10,
            color="black",
            label="nan from here on",
        )
ax.axhline(log(10), color="gray", linestyle=":", label="knows nothing")
ax.set(
    xlabel="update",
    ylabel="loss, the mean of ten updates",
    title="A healthy training and five others",
)
ax.set_ylim(0, 6)
ax.legend(ncols=2)
plt.show()

# %%
# The order in which to look
# --------------------------
# 1. The loss before any training: is it what chance gives? Are pictures and labels those that belong
#    together? Look at some.
# 2. Ten pictures by heart: can it?
# 3. nan or inf: ``detect_anomaly``.
# 4. The graph, drawn: is it what you think you wrote? ``overlay="gradient"``: does a gradient arrive
#    everywhere?
# 5. What you wrote yourself: ``check``. What worked before, or elsewhere: ``view.compare``.
#
# Simplifications
# ---------------
# Each patient had one cause, or two, and a healthy twin. In life there are several at a time, and it
# helps to change one thing at once. A network that trains, but less well than it could, is a longer
# story: rates, initialisations and penalties are then compared on data set apart (lesson 12).

# %%
# Exercises
# ---------
# 1. In ``tutorials/exercises/14_debugging.py`` write the gradients of ``swish`` and of a layer with a
#    leaky relu, whose units do not die: ``minigrad check tutorials/exercises/14_debugging.py``.
# 2. A sixth patient: shuffle ``labels``, apart from ``images``, and train. What does the loss do? Can the
#    network learn ten pictures by heart? Which of the five ways to look finds the cause?
# 3. Give the third patient's second layer ``nn.LeakyReLU`` in the place of relu, with the same weights.
#    Does it train? What does the gradient overlay show now?
