"""
LeNet-5 on clothes: what a network learns, and what it learns by heart
=======================================================================

A network of two convolutions and three fully connected layers is trained on pictures of clothes. How much
of what it knows holds for pictures that it has not seen, and what do dropout, weight decay and batch norm
change? What do its filters look at, and which pictures does it get wrong? Known beforehand: training
(lesson 08), batch norm (lesson 10), convolution and max-pooling (lesson 11).
"""

# %%
# The pictures
# ------------
# Fashion-MNIST has 60,000 pictures for training and 10,000 for testing, of 28 by 28 pixels in ten
# classes. We take a slice of 600, so that training takes seconds. Where the files are not at hand
# (``minigrad data fetch fashion-mnist`` brings them, and ``MINIGRAD_DATA`` says where they are), digits
# drawn from fonts take their place, and all that is claimed here holds for these as well.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import data, nn, optim, train, view
from minigrad.errors import DataError

try:
    training, testing = data.load("fashion-mnist")
except DataError:
    print("Fashion-MNIST is not here: glyphs, digits drawn from fonts, stand in for it")
    training, testing = data.load("glyphs")

FEW, MANY = 600, 3600
standardise = data.Standardise.fit(training.inputs[:FEW])


def slice_of(dataset, count):
    return data.ArrayDataset(standardise(dataset.inputs[:count]), dataset.targets[:count])


few, many, test = slice_of(training, FEW), slice_of(training, MANY), slice_of(testing, 1000)
print(f"{len(few)} pictures to train on, {len(test)} to test with, of shape {few.inputs.shape[1:]}")
print("classes:", ", ".join(training.classes))

# %%
# The network
# -----------
# LeNet-5 is from 1998; here with relu and max-pooling, as one would build it today. Two rounds of
# convolution and pooling turn one picture of 28 by 28 into 16 of 5 by 5, and three layers make ten
# numbers of these, a *logit* for each class. Batch norm goes between a convolution and its relu, dropout
# between the layers at the end; both are left out for a start.


def lenet(rng, batch_norm=False, dropout=0.0):
    def maybe(wanted, layer):
        return [layer] if wanted else []

    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2, rng=rng),
        *maybe(batch_norm, nn.BatchNorm2d(6)),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, kernel_size=5, rng=rng),
        *maybe(batch_norm, nn.BatchNorm2d(16)),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120, rng=rng),
        nn.ReLU(),
        *maybe(dropout, nn.Dropout(dropout, rng=rng)),
        nn.Linear(120, 84, rng=rng),
        nn.ReLU(),
        *maybe(dropout, nn.Dropout(dropout, rng=rng)),
        nn.Linear(84, 10, rng=rng),
    )


model = lenet(np.random.default_rng(0))
x = mg.Tensor(few.inputs[:1])
for layer in model:
    x = layer(x)
    count = sum(p.size for p in layer.parameters())
    if count:
        print(f"{type(layer).__name__}: {count:,} parameters, gives {x.shape[1:]}")
print(f"in all {sum(p.size for p in model.parameters()):,}")
assert sum(p.size for p in model.parameters()) == 61_706

# %%
# Look at where the parameters are: 48,120 of them in one fully connected layer, and 156 in the first
# convolution, which makes 4,704 numbers from 784. A fully connected layer that did so would have 3.7
# million.
#
# One training step, on two pictures: the graph, coloured by the size of the gradient that arrives in each
# place.

assert sum(p.size for p in model[0].parameters()) == 156
assert 784 * 4704 + 4704 == 3_692_640

pictures, labels = mg.Tensor(few.inputs[:2]), few.targets[:2]
with view.trace() as t:
    loss = mg.cross_entropy(model(pictures), labels)
    loss.backward()
view.draw(t, overlay="gradient")

# %%
# And the same step to click through: forwards from the pictures to the loss, and backwards to the
# filters.

view.step(t)

# %%
# Four times the same network
# ---------------------------
# Each is trained on the 600 pictures for 12 epochs: 180 updates, from the same first weights, with the
# same batches. What differs is one option.
#
# - *plain*: nothing added.
# - *dropout*: in each update 40 in 100 of the units between the layers at the end are switched off,
#   others each time, so that no unit can rely on a certain other one.
# - *weight decay*: in each update all weights shrink a little, so that only those stay large that the
#   loss keeps asking for. In plain gradient descent the price of large weights in lesson 08 does the same: a
#   step against its gradient, :math:`2 \lambda w`, takes a share of each weight away.
# - *batch norm*: each channel is brought to mean 0 and variance 1 over the batch, and scaled and shifted
#   by learned numbers.
#
# All use ``AdamW``. It is gradient descent that gives each weight a step of its own, by how large its
# gradients have been, and shrinks the weights apart from that. ``Cosine`` lets the rate fall to 0, slowly at
# first and at the end.


def trained(examples, epochs, weight_decay=0.0, **options):
    rng = np.random.default_rng(0)
    model = lenet(rng, **options)
    batches = data.DataLoader(examples, 40, shuffle=True, rng=np.random.default_rng(1))
    optimizer = optim.AdamW(model.parameters(), lr=0.003, weight_decay=weight_decay)
    schedule = optim.Cosine(0.003, epochs * len(batches))
    settings = train.Settings(epochs=epochs, schedule=schedule)
    history = train.fit(model, batches, optimizer, settings)
    return model, history.series("evaluation", "train_loss")[1]


options = {
    "plain": {},
    "dropout": {"dropout": 0.4},
    "weight decay": {"weight_decay": 0.5},
    "batch norm": {"batch_norm": True},
}
models, falling, seen, unseen = {}, {}, {}, {}
for name, chosen in options.items():
    models[name], falling[name] = trained(few, 12, **chosen)
    seen[name], unseen[name] = (train.evaluate(models[name], part) for part in (few, test))
    print(
        f"{name}: accuracy {seen[name].accuracy:.1f} on what was trained on, {unseen[name].accuracy:.1f} on "
        "what was not"
    )

# %%
# All learn, and all know the pictures that they were trained on better than those that they were not. The
# plain network gets nearly every picture of its own right, and far fewer of the others: the difference it
# has *learned by heart*. The loss shows this more clearly than the accuracy. Where the network is wrong
# on unseen pictures, it is wrong with much confidence, and the loss charges for that.


def gap(name):
    """How much larger the loss is on what was not trained on."""
    return unseen[name].loss - seen[name].loss


assert seen["plain"].accuracy > 0.9
assert unseen["plain"].accuracy < seen["plain"].accuracy - 0.1
assert unseen["plain"].loss > 3 * seen["plain"].loss

# %%
# Dropout makes it hard to learn by heart: its loss on its own pictures is several times as high. Weight
# decay works against it as well, in another way: it keeps the weights small. With both the gap between
# seen and unseen is smaller.


def length(model):
    """The length of all weights, as one vector."""
    return np.sqrt(sum(np.sum(p.data**2) for p in model.parameters() if p.ndim > 1))


assert seen["dropout"].loss > 2 * seen["plain"].loss
assert length(models["weight decay"]) < 0.95 * length(models["plain"])
assert gap("dropout") < gap("plain")
assert gap("weight decay") < gap("plain")

# %%
# Batch norm is no remedy for learning by heart. It makes learning faster: in the first two epochs its
# loss is lower than that of the plain network, which needs longer for the same.

assert np.mean(falling["batch norm"][:2]) < np.mean(falling["plain"][:2])
assert np.mean(falling["dropout"][:2]) > np.mean(falling["plain"][:2])

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
fig.suptitle("Four trainings on 600 pictures: how the loss falls, and where it ends")
for name, losses in falling.items():
    left.plot(np.arange(1, 13), losses, marker="o", markersize=4, label=name)
left.set(xlabel="epoch", ylabel="loss in training", title="in training", yscale="log")
left.legend()
places = np.arange(len(options))
right.bar(places - 0.2, [seen[name].loss for name in options], 0.4, label="trained on")
right.bar(places + 0.2, [unseen[name].loss for name in options], 0.4, label="not trained on")
right.set(ylabel="loss", title="in the end", xticks=places, xticklabels=options)
right.set_ylim(0, 1.25 * right.get_ylim()[1])
right.legend(loc="upper center", ncols=2)
plt.show()

# %%
# And which one is best on unseen pictures? With 1000 of them the accuracy is only known to within about 1
# in 100 (:math:`\sqrt{p(1-p)/n}` with :math:`p = 0.8`), and the first weights are drawn at random. Most
# differences between the four are not larger than that. Whoever trains each once, and calls the one with
# the largest number the best, is reading noise.
#
# What does help is more pictures. The same plain network, the same 180 updates, but with 3600 pictures
# seen twice instead of 600 seen twelve times:

print(f"the accuracy is known to within {np.sqrt(0.8 * 0.2 / 1000):.3f}")
best, _ = trained(many, 2)
seen["more"], unseen["more"] = train.evaluate(best, few), train.evaluate(best, test)
print(f"more pictures: the gap of the loss is {gap('more'):.1f}, and was {gap('plain'):.1f}")
assert gap("more") < 0.7 * gap("plain")
assert unseen["more"].loss < unseen["plain"].loss

# %%
# What the filters see
# --------------------
# The six filters of the first layer (red is positive, blue negative), and below each what relu lets pass
# of its response to one picture. After so few updates the filters still look rough, and yet each has a
# view of its own: one may answer to edges from one side, one to bright areas, one to dark seams.

picture = test.inputs[:1]
filters = best[0].weight.data[:, 0]
with mg.no_grad():
    responses = mg.relu(best[0](mg.Tensor(picture))).data[0]
assert filters.shape == (6, 5, 5)
assert responses.shape == (6, 28, 28)

fig, axes = plt.subplots(2, 7, figsize=(9, 3), layout="constrained")
fig.suptitle("The six filters of the first layer, and what each sees in the picture on the left")
axes[0, 0].imshow(picture[0, 0], cmap="gray")
axes[0, 0].set_title("picture")
axes[1, 0].remove()
for k in range(6):
    limit = np.abs(filters[k]).max()
    axes[0, k + 1].imshow(filters[k], cmap="coolwarm", vmin=-limit, vmax=limit)
    axes[0, k + 1].set_title(f"filter {k}")
    axes[1, k + 1].imshow(responses[k], cmap="gray")
for ax in fig.axes:
    ax.set_xticks([])
    ax.set_yticks([])
plt.show()

# %%
# Which pixels does the decision depend on? The gradient knows: of the logit of the class that was chosen,
# with respect to the picture. Where it is large, a change of that pixel would change the decision most.
# Nothing of the network is trained here; the same backward pass only goes one step further, to the input.

entering = mg.Tensor(picture, requires_grad=True)
best.eval()
logits = best(entering)
chosen = int(logits.data.argmax())
(sensitivity,) = mg.grad(logits[0, chosen], entering)
share = np.mean(np.abs(sensitivity.data) > 0.1 * np.abs(sensitivity.data).max())
print(f"chosen: {training.classes[chosen]}")
assert sensitivity.shape == picture.shape
assert 0.02 < share < 0.98

# %%
# The mistakes
# ------------
# Of all unseen pictures that the network gets wrong, here are the ten about which it is most sure.
# Looking at them is worth more than another digit of the accuracy: some are mistakes that one would make
# oneself, and now and then the label is at fault.

outputs = unseen["more"].outputs
probability = np.exp(outputs - outputs.max(axis=1, keepdims=True))
probability /= probability.sum(axis=1, keepdims=True)
answer, sure = outputs.argmax(axis=1), probability.max(axis=1)
wrong = np.flatnonzero(answer != test.targets)
worst = wrong[np.argsort(-sure[wrong])][:10]
assert len(wrong) == round(1000 * (1 - unseen["more"].accuracy))
assert np.all(sure[worst] > 0.5)

right_of_class = [np.mean(answer[test.targets == k] == k) for k in range(10)]
print(f"hardest: {training.classes[int(np.argmin(right_of_class))]}")
assert min(right_of_class) < unseen["more"].accuracy < max(right_of_class)

fig, axes = plt.subplots(2, 5, figsize=(9, 4.6), layout="constrained")
fig.suptitle("Ten pictures that the network gets wrong, and is sure about")
for ax, i in zip(axes.flat, worst):
    ax.imshow(test.inputs[i, 0], cmap="gray")
    said, meant = training.classes[answer[i]], training.classes[test.targets[i]]
    ax.set_title(f"{said}? {sure[i]:.0%}\nis {meant}", fontsize=9)
    ax.set_xticks([])
    ax.set_yticks([])
plt.show()

# %%
# Simplifications
# ---------------
# A slice of the pictures, one training of each kind, and no search for good options: the rate, the share
# of dropout and the decay were chosen beforehand, where one would try several and choose on pictures set
# apart from both training and test. With all 60,000 pictures and five epochs LeNet-5 gets about nine in
# ten right: ``python -m models.lenet --data fashion-mnist`` trains that one. The ``experiments`` compare
# over several seeds.

# %%
# Exercises
# ---------
# 1. In ``tutorials/exercises/12_lenet.py`` write the gradients of dropout, of a mean over the pixels, and
#    of a cost with weight decay: ``minigrad check tutorials/exercises/12_lenet.py``.
# 2. Draw ``sensitivity`` beside the picture. Is it large on the garment or beside it? Why could it be
#    large beside it?
# 3. Train *plain* with five seeds, and *weight decay* too. How much does the accuracy on unseen pictures
#    vary from seed to seed, and is the difference of the two means larger than that?
