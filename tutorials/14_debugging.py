"""
Five networks that do not train
===============================

A network is built, the program runs without an error, and the loss does not fall. Where do you look for the
mistake? This lesson has five broken programs with five causes. A picture or a short check finds each of them.

You know all lessons so far. Training (lesson 08), checking (lesson 07) and initialisation (lesson 09) are
needed most.
"""

# %%
# A healthy network first
# -----------------------
# To recognise a mistake, you must know what a correct training looks like. So the first network works. It
# has three layers with a ReLU between them. It learns 600 glyphs in 200 updates of gradient descent.

from functools import partial
from math import e, log

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import check, data, nn, optim, view
from minigrad.domain import elementwise

glyphs, _ = data.load("glyphs")
images, labels = glyphs.inputs[:600].reshape(600, 784), glyphs.targets[:600]
pictures, digits = mg.Tensor(images[:50]), labels[:50]  # one batch, to draw and to compare


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


def train(model, rate=0.1, loss=mg.cross_entropy, updates=200):
    """The loss of each update."""
    optimizer = optim.SGD(model.parameters(), lr=rate)
    rng, losses = np.random.default_rng(1), []
    for _ in range(updates):
        batch = rng.integers(0, 600, 50)
        optimizer.zero_grad()
        cost = loss(model(mg.Tensor(images[batch])), labels[batch])
        cost.backward()
        optimizer.step()
        losses.append(cost.item())
    return losses


def final(losses):
    """The mean of the last 50 losses."""
    return np.mean(losses[-50:])


curves = {"healthy": train(network())}
print(f"healthy: from {curves['healthy'][0]:.1f} to {final(curves['healthy']):.1f}")
print(f"all classes equally probable: a loss of log 10 = {log(10):.4f}")
assert abs(curves["healthy"][0] - log(10)) < 0.5
assert final(curves["healthy"]) < 1.2

# %%
# Two tests are worth doing before any training. First, look at the initial loss. For ten classes it is
# about 2.3, the logarithm of 10. If it is far from that, the mistake is in the data, the network or the
# loss, and not in the training. Second, train on ten images only. Every network of this size can memorise
# ten images. If it cannot, more data will not help.

ten = network()
optimizer = optim.SGD(ten.parameters(), lr=0.1)
for _ in range(300):
    optimizer.zero_grad()
    loss = mg.cross_entropy(ten(mg.Tensor(images[:10])), labels[:10])
    loss.backward()
    optimizer.step()
print(f"loss of ten memorised images: {loss.item():.1f}")
assert loss.item() < 0.05

# %%
# First program: it learns slowly
# -------------------------------
# The author has read that a classifier ends with a softmax, and has added one.

curves["softmax twice"] = train(network(nn.Softmax()))
print(f"first: from {curves['softmax twice'][0]:.1f} to {final(curves['softmax twice']):.1f}")
assert final(curves["softmax twice"]) > final(curves["healthy"]) + 0.7

# %%
# Draw the loss, with the cross-entropy opened. There is a ``softmax``, and directly after it a
# ``log_softmax``, which belongs to the cross-entropy. So the softmax was applied twice.

broken = network(nn.Softmax())
with view.trace() as t:
    loss = mg.cross_entropy(broken(pictures), digits)
    loss.backward()
ops = [node.op for node in t.nodes if node.op is not None]
assert ops[-2:] == ["softmax", "cross_entropy"]
view.draw(t, open="cross_entropy")

# %%
# Why is this bad? The cross-entropy now gets probabilities, and these lie between 0 and 1. Take the best
# case: 1 for the correct class and 0 for the nine others. The second softmax turns the 1 into
# :math:`e/(e+9)`, which is 0.23. So the loss cannot fall below 1.46, and its gradient is small. The remedy
# is to remove the softmax: ``cross_entropy`` takes logits.

floor = log(e + 9) - 1
perfect = mg.cross_entropy(mg.Tensor(np.eye(10)), np.arange(10))
print(f"the smallest possible loss: {floor:.4f}")
assert abs(perfect.item() - floor) < 1e-6

healthy = network()
mg.cross_entropy(healthy(pictures), digits).backward()
assert np.linalg.norm(broken[0].weight.grad.data) < np.linalg.norm(healthy[0].weight.grad.data) / 4

# %%
# Second program: nan
# -------------------
# The author has written the loss by hand: the softmax, and the logarithm of the probability of the label.
# The learning rate should be 1e-3, but the author has typed 1e3. The first loss is a number. The second one
# is nan, and so are all later losses.


def own_loss(logits, target):
    p = mg.exp(logits)
    p = p / p.sum(axis=1, keepdims=True)
    return -mg.log(p[np.arange(len(target)), target]).mean()


with np.errstate(all="ignore"):
    curves["nan"] = train(network(), rate=1e3, loss=own_loss)
print(f"second: from {curves['nan'][0]:.1f} to {final(curves['nan'])}")
assert np.isnan(curves["nan"][-1])

# %%
# A nan spreads to every number that is computed from it. So the end does not show where it began.
# ``detect_anomaly`` looks at each result of each operation, forwards and backwards. It stops at the first
# result that is not finite, and names the line of the program.

try:
    with mg.detect_anomaly():
        train(network(), rate=1e3, loss=own_loss)
except mg.errors.AnomalyError as error:
    message = str(error)
else:
    raise AssertionError("no anomaly was found")
print(message.partition(", at ")[0])
assert "in own_loss: p = mg.exp(logits)" in message

# %%
# It was ``exp`` of a large number. Above 88.7 the result is too large for float32. ``own_loss`` should
# subtract the maximum first, as ``cross_entropy`` does (lesson 05). But an untrained network has logits
# near 1. Why are they so large? Print the largest logit before and after the first update:


def largest_logits(rate):
    found = []

    def watched(logits, target):
        found.append(float(np.abs(logits.data).max()))
        return mg.cross_entropy(logits, target)

    train(network(), rate, loss=watched, updates=2)
    return found


def size(logit):
    return "below 5" if logit < 5 else "above 1000" if logit > 1000 else f"{logit:.0f}"


for rate in (0.1, 1e3):
    before, after = largest_logits(rate)
    print(f"rate {rate}: {size(before)} before the update, {size(after)} after it")
    assert before < 5
    assert after < 5 if rate == 0.1 else after > 1000

# %%
# With the large rate, one update goes far beyond the minimum. So this program has two mistakes: a loss that
# cannot take large logits, and a rate that makes the logits large. Correct both. If you correct only the
# loss, there is no nan any more, and the wrong rate is harder to find.

# %%
# Third program: the loss is constant
# -----------------------------------
# The loss stays at 2.3. The output of this network does not depend on the image. The author has changed
# the initialisation of the second layer to small weights.

negative = partial(nn.init.uniform, low=-0.3, high=0.0)
curves["dead units"] = train(network(init=negative))
print(f"third: from {curves['dead units'][0]:.1f} to {final(curves['dead units']):.1f}")
assert abs(final(curves["dead units"]) - log(10)) < 0.1

# %%
# Draw one training step, coloured by the size of the gradient. Only the bias of the last layer has a
# gradient other than 0. The picture also shows where the gradient becomes 0, and why: all units
# of the second ReLU are dead.

broken = network(init=negative)
with view.trace() as t:
    loss = mg.cross_entropy(broken(pictures), digits)
    loss.backward()
view.draw(t, overlay="gradient")

# %%
# The numbers confirm it: the 32 units after the second ReLU are 0 for each image. The inputs of the second
# layer come from a ReLU, so they are not negative. All its weights are negative. So its outputs are
# negative, and the next ReLU makes them 0. Where a ReLU is 0, no gradient passes, so no update can change
# this. Such units are called *dead*. The remedy is to draw weights of both signs, and of the size that
# lesson 09 computes.

hidden = broken[:4](pictures)
active = np.mean(hidden.data > 0)
no_gradient = [n.label for n in t.nodes if t.gradient_state(n.id) == "zero"]
print(f"active units: {active:.0%}; nodes with gradient 0: {len(no_gradient)} of {len(t.nodes)}")
assert active == 0
assert {"0.weight", "0.bias", "2.weight", "2.bias"} <= set(no_gradient)

# %%
# Fourth program: the loss falls, and then rises
# ----------------------------------------------
# The author has written the training loop again.


def second_loop(model, updates=200):
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    rng, losses = np.random.default_rng(1), []
    for _ in range(updates):
        batch = rng.integers(0, 600, 50)
        cost = mg.cross_entropy(model(mg.Tensor(images[batch])), labels[batch])
        cost.backward()
        optimizer.step()
        losses.append(cost.item())
    return losses


curves["gradients added"] = second_loop(network())
risen = final(curves["gradients added"]) - min(curves["gradients added"])
print(f"fourth: from {curves['gradients added'][0]:.1f}; risen again at the end: {risen > 0.5}")
assert risen > 0.5

# %%
# One loop works, so compare the two. Each loop makes one update of the same network. Then the next forward
# and backward pass is recorded. ``view.compare`` looks for the first difference between the two recordings.


def second_step(loop):
    model = network()
    loop(model, updates=1)
    if loop is train:
        model.zero_grad()  # this loop does it at the beginning of each update
    with view.trace() as t:
        mg.cross_entropy(model(pictures), digits).backward()
    return t


first, second = second_step(train), second_step(second_loop)
compared = view.compare(first, second)
print(compared.headline().partition(":")[0])
assert compared.first_forward is None
assert compared.culprit is None
assert {d.op for d in compared.differences} == {"parameter"}

# %%
# The forward passes are equal, and so are the results of all gradient rules. Only ``grad`` of the
# parameters differs. It already held a gradient, and the new one was added to it. The steps at the end of
# the backward pass explain this. The loop needs ``optimizer.zero_grad()``.

steps = view.step(second)
added = next(step.sentence for step in steps if "zero_grad()" in step.sentence)
print(added)
view.step(second)

# %%
# Fifth program: an operation of the author
# -----------------------------------------
# The activation is ``swish``, :math:`x / (1 + e^{-x})`. The author has written it as an op with a gradient
# rule (lesson 06). The loss does not fall.


@mg.op(cases=elementwise(), rejects=[])
def swish(x):
    """x * sigmoid(x)"""
    return x * mg.sigmoid(x)


swish.vjp(lambda g, out, x: mg.sigmoid(x) * (1 + x * (1 - mg.sigmoid(x))))


class Swish(nn.Module):
    def forward(self, x):
        return swish(x)


curves["wrong rule"] = train(network(activation=Swish))
print(f"fifth: from {curves['wrong rule'][0]:.1f} to {final(curves['wrong rule']):.1f}")
assert final(curves["wrong rule"]) > 1.9

# %%
# No gradient is 0, no number is nan, and the graph is as it should be. The next question is whether the
# gradients are correct. ``check`` answers it for every op that you have written.

report = check.gradcheck(swish, mg.Tensor(np.random.default_rng(0).normal(size=(3, 4))))
print(f"swish: {report.verdict}")
print(*report.causes)
assert report.verdict == "wrong"

# %%
# The derivative in the rule is correct, but it is not multiplied by ``g``. With ``g`` the network trains.
# In a shell, ``minigrad check my_file.py`` checks everything that the file defines. A test with
# ``check.property`` finds such a mistake before any training.

swish.vjp(lambda g, out, x: g * mg.sigmoid(x) * (1 + x * (1 - mg.sigmoid(x))))
corrected = train(network(activation=Swish))
lower = final(corrected) < final(curves["wrong rule"]) - 0.5
print(f"corrected: the final loss is lower by more than 0.5: {lower}")
assert lower

# %%
# Five curves
# -----------
# The five authors saw only these curves. Three of them look alike, and have different causes. A curve
# shows that there is a mistake. It seldom shows the cause.

flat = [
    name for name, losses in curves.items() if np.reshape(losses, (20, 10)).mean(axis=1).min() > 1.9
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
            min(finite[-1], 5.8),
            marker="x",
            markersize=10,
            color="black",
            linestyle="none",
            label="nan from here on",
        )
ax.axhline(log(10), color="gray", linestyle=":", label="all classes equally probable")
ax.set(
    xlabel="update",
    ylabel="loss, mean of ten updates",
    title="A healthy training and five others",
)
ax.set_ylim(0, 6)
ax.legend(ncols=2)
plt.show()

# %%
# The order in which to look
# --------------------------
# 1. The initial loss: is it the loss of equal probabilities? Look at some images: do the labels belong to
#    them?
# 2. Ten images: can the network memorise them?
# 3. nan or inf: use ``detect_anomaly``.
# 4. Draw the graph: is it the graph that you wanted? ``overlay="gradient"`` shows whether each parameter
#    gets a gradient.
# 5. Use ``check`` for the ops that you have written. Use ``view.compare`` where another version works.
#
# Simplifications
# ---------------
# Each program had one mistake or two, and a correct version to compare with. A real program can have
# several mistakes. Then change one thing at a time. A network that trains, but not well enough, is another
# problem. Compare learning rates, initialisations and penalties on a separate validation set (lesson 12).

# %%
# Exercises
# ---------
# ``minigrad tutorials 14 --exercise`` copies the exercise file into your folder.
#
# 1. Write the gradients of ``swish`` and of a layer with a leaky ReLU, whose units do not die.
#    ``minigrad check 14`` checks both.
# 2. A sixth program: shuffle ``labels`` but not ``images``, and train. How does the loss change? Can the
#    network memorise ten images? Which of the five points above finds the mistake?
# 3. Give the second layer of the third program ``nn.LeakyReLU`` instead of ReLU, with the same weights.
#    Does it train? Which parameters have a gradient other than 0 now?
#
# The answers are in ``tutorials/solutions/14_debugging.py``. ``minigrad tutorials 14 --solution`` copies
# them. This was the last lesson. Next, train a whole model with ``python -m models.lenet``, or check a
# gradient of your own with ``minigrad check my_file.py``.
