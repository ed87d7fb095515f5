"""
LeNet-5 on clothes: what a network learns, and what it memorises
================================================================

A network with two convolutions and three fully connected layers is trained on images of clothes. How well
does it classify images that it has not seen? How do dropout, weight decay and batch norm change this? Where
do its filters respond, and which images does it classify wrongly?

You know training (lesson 08), batch norm (lesson 10), convolution and max-pooling (lesson 11).
"""

# %%
# The images
# ----------
# Fashion-MNIST has 60,000 images for training and 10,000 for testing. Each has 28 by 28 pixels and belongs
# to one of ten classes. We use 600 of them, so that training takes only seconds.
# ``minigrad data fetch fashion-mnist`` downloads the files. The variable ``MINIGRAD_DATA`` names their
# folder. Without the files, the lesson uses digits drawn from fonts. Its statements are true for both.

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import data, nn, optim, train, view
from minigrad.errors import DataError

try:
    training, testing = data.load("fashion-mnist")
except DataError:
    print("Fashion-MNIST was not found: this run uses glyphs instead, digits drawn from fonts")
    training, testing = data.load("glyphs")

FEW, MANY = 600, 3600
standardise = data.Standardise.fit(training.inputs[:FEW])


def slice_of(dataset, count):
    return data.ArrayDataset(standardise(dataset.inputs[:count]), dataset.targets[:count])


few, many, test = slice_of(training, FEW), slice_of(training, MANY), slice_of(testing, 1000)
print(f"{len(few)} images to train on, {len(test)} to test with, of shape {few.inputs.shape[1:]}")
print("classes:", ", ".join(training.classes))

# %%
# The network
# -----------
# LeNet-5 was published in 1998. This version has ReLU and max-pooling, as networks of today have. Two
# convolutions, each with a pooling, turn one image of 28 by 28 pixels into 16 channels of 5 by 5. Three
# fully connected layers compute ten numbers from these, a *logit* for each class. There are two options.
# Batch norm is placed between a convolution and its ReLU, and dropout between the fully connected layers.


def lenet(rng, batch_norm=False, dropout=0.0):
    def optional(wanted, layer):
        return [layer] if wanted else []

    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2, rng=rng),
        *optional(batch_norm, nn.BatchNorm2d(6)),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, kernel_size=5, rng=rng),
        *optional(batch_norm, nn.BatchNorm2d(16)),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120, rng=rng),
        nn.ReLU(),
        *optional(dropout, nn.Dropout(dropout, rng=rng)),
        nn.Linear(120, 84, rng=rng),
        nn.ReLU(),
        *optional(dropout, nn.Dropout(dropout, rng=rng)),
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
# Most parameters are in one fully connected layer: 48,120. The first convolution has only 156, and computes
# 4,704 numbers from 784. A fully connected layer with as many inputs and outputs has 3.7 million
# parameters.
#
# This is the graph of one training step with two images. The colour shows the size of each gradient.

assert sum(p.size for p in model[0].parameters()) == 156
assert 784 * 4704 + 4704 == 3_692_640

images, labels = mg.Tensor(few.inputs[:2]), few.targets[:2]
with view.trace() as t:
    loss = mg.cross_entropy(model(images), labels)
    loss.backward()
view.draw(t, overlay="gradient")

# %%
# The steps of the same computation: forwards from the images to the loss, and backwards to the filters.

view.step(t)

# %%
# Four versions of the network
# ----------------------------
# Each version is trained on the 600 images for 12 epochs, which are 180 updates. The initial weights and
# the batches are the same. Only one option differs.
#
# - *plain*: no option.
# - *dropout*: in each update, 40 % of the units between the fully connected layers are set to 0. They are
#   chosen at random each time. So no unit can rely on a certain other unit.
# - *weight decay*: in each update, all weights become a little smaller. A weight stays large only if the
#   gradient of the loss keeps it large. In plain gradient descent, the penalty of lesson 08 has the same
#   effect: a step against its gradient, :math:`2 \lambda w`, makes each weight smaller.
# - *batch norm*: each channel is normalised to mean 0 and variance 1 over the batch. Then it is scaled and
#   shifted by learned numbers.
#
# All versions use ``AdamW``. It is a gradient descent with a separate step size for each weight, which
# depends on the size of its earlier gradients. It also applies the weight decay. ``Cosine`` reduces the
# learning rate to 0. The rate changes slowly at the beginning and at the end.


def fit(examples, epochs, weight_decay=0.0, **options):
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
    models[name], falling[name] = fit(few, 12, **chosen)
    seen[name], unseen[name] = (train.evaluate(models[name], part) for part in (few, test))
    print(
        f"{name}: accuracy {seen[name].accuracy:.1f} on images of the training set, "
        f"{unseen[name].accuracy:.1f} on others"
    )

# %%
# All four versions learn. All four classify the images of the training set better than others. The plain
# network is correct for nearly all images of the training set, and for far fewer of the others. It has
# *memorised* images instead of learning what they have in common. The loss shows this more clearly than the
# accuracy. When the network is wrong about an unseen image, it often gives the wrong class a high
# probability. Then the loss is large.


def gap(name):
    """The difference between the losses on unseen images and on the training set."""
    return unseen[name].loss - seen[name].loss


assert seen["plain"].accuracy > 0.9
assert unseen["plain"].accuracy < seen["plain"].accuracy - 0.1
assert unseen["plain"].loss > 3 * seen["plain"].loss

# %%
# Dropout makes it difficult to memorise: the loss on the training set is more than twice as large. Weight
# decay keeps the weights small, which makes memorising difficult too. With each of the two, the gap between
# seen and unseen images is smaller.


def length(model):
    """The length of the vector of all weights."""
    return np.sqrt(sum(np.sum(p.data**2) for p in model.parameters() if p.ndim > 1))


assert seen["dropout"].loss > 2 * seen["plain"].loss
assert length(models["weight decay"]) < 0.95 * length(models["plain"])
assert gap("dropout") < gap("plain")
assert gap("weight decay") < gap("plain")

# %%
# Batch norm has another effect: the network learns faster. In the first two epochs its loss is smaller than
# that of the plain network.

assert np.mean(falling["batch norm"][:2]) < np.mean(falling["plain"][:2])
assert np.mean(falling["dropout"][:2]) > np.mean(falling["plain"][:2])

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
fig.suptitle("Four trainings on 600 images: the loss in each epoch, and the final loss")
for name, losses in falling.items():
    left.plot(np.arange(1, 13), losses, marker="o", markersize=4, label=name)
left.set(xlabel="epoch", ylabel="loss in training", title="during training", yscale="log")
left.legend()
places = np.arange(len(options))
right.bar(places - 0.2, [seen[name].loss for name in options], 0.4, label="training set")
right.bar(places + 0.2, [unseen[name].loss for name in options], 0.4, label="unseen images")
right.set(ylabel="loss", title="after training", xticks=places, xticklabels=options)
right.set_ylim(0, 1.25 * right.get_ylim()[1])
right.legend(loc="upper center", ncols=2)
plt.show()

# %%
# Which version is the best on unseen images? We cannot tell. With 1000 test images, the standard error of
# the accuracy is 0.013: it is :math:`\sqrt{p(1-p)/n}`, here with :math:`p = 0.8`. The initial weights are
# random too. Several of the differences between the versions are not much larger. So it is not enough to
# train each version once and to compare the numbers.
#
# More images help. The next network is also plain, and it is also trained with 180 updates. But it sees
# 3600 images twice, instead of 600 images twelve times.

print(f"standard error of the accuracy: {np.sqrt(0.8 * 0.2 / 1000):.3f}")
best, _ = fit(many, 2)
seen["more"], unseen["more"] = train.evaluate(best, few), train.evaluate(best, test)
print(f"gap of the loss with 3600 images {gap('more'):.1f}, with 600 images {gap('plain'):.1f}")
assert gap("more") < 0.7 * gap("plain")
assert unseen["more"].loss < unseen["plain"].loss

# %%
# The filters
# -----------
# The first row of the figure shows the six filters of the first layer: red is positive, blue is negative.
# The second row shows the response of each filter to one image, after the ReLU. After 180 updates the
# filters still look rough. But the responses differ: some filters respond to edges, others to bright areas.

image = test.inputs[:1]
filters = best[0].weight.data[:, 0]
with mg.no_grad():
    responses = mg.relu(best[0](mg.Tensor(image))).data[0]
assert filters.shape == (6, 5, 5)
assert responses.shape == (6, 28, 28)

fig, axes = plt.subplots(2, 7, figsize=(9, 3), layout="constrained")
fig.suptitle("The six filters of the first layer, and their responses to the image on the left")
axes[0, 0].imshow(image[0, 0], cmap="gray")
axes[0, 0].set_title("image")
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
# Which pixels are important for the prediction? Compute the gradient of the largest logit with respect to
# the image. Where it is large, a small change of the pixel changes the logit most. The backward pass is the
# same as in training. It only continues to the input.

inputs = mg.Tensor(image, requires_grad=True)
best.eval()
logits = best(inputs)
predicted = int(logits.data.argmax())
(sensitivity,) = mg.grad(logits[0, predicted], inputs)
print(f"predicted class: {training.classes[predicted]}")
assert sensitivity.shape == image.shape
assert np.abs(sensitivity.data).max() > 0

# %%
# The wrong predictions
# ---------------------
# Look at the wrong predictions, and not only at the accuracy. The figure shows the ten unseen images with
# the most probable wrong predictions. Some of these images are difficult for people too. Sometimes the
# label is wrong.

outputs = unseen["more"].outputs
probability = np.exp(outputs - outputs.max(axis=1, keepdims=True))
probability /= probability.sum(axis=1, keepdims=True)
prediction, confidence = outputs.argmax(axis=1), probability.max(axis=1)
wrong = np.flatnonzero(prediction != test.targets)
worst = wrong[np.argsort(-confidence[wrong])][:10]
assert len(wrong) == round(1000 * (1 - unseen["more"].accuracy))
assert np.all(confidence[worst] > 0.5)

by_class = [np.mean(prediction[test.targets == k] == k) for k in range(10)]
print(f"class with the smallest accuracy: {training.classes[int(np.argmin(by_class))]}")
assert min(by_class) < unseen["more"].accuracy < max(by_class)

fig, axes = plt.subplots(2, 5, figsize=(9, 4.6), layout="constrained")
fig.suptitle("The ten most probable wrong predictions")
for ax, i in zip(axes.flat, worst):
    ax.imshow(test.inputs[i, 0], cmap="gray")
    predicted, correct = training.classes[prediction[i]], training.classes[test.targets[i]]
    ax.set_title(f"{predicted} {confidence[i]:.0%}\ncorrect: {correct}", fontsize=9)
    ax.set_xticks([])
    ax.set_yticks([])
plt.show()

# %%
# Simplifications
# ---------------
# We used few images, and trained each version once. The learning rate, the dropout and the weight decay
# were fixed. Usually one tries several values, and compares them on a separate validation set. With all
# 60,000 images and five epochs, LeNet-5 classifies about nine of ten test images correctly:
# ``python -m models.lenet --data fashion-mnist``. The programs in ``experiments`` use several random seeds.

# %%
# Exercises
# ---------
# ``minigrad tutorials 12 --exercise`` copies the exercise file into your folder.
#
# 1. Write the gradients of dropout, of a mean over the pixels, and of a cost with weight decay.
#    ``minigrad check 12`` checks them.
# 2. Draw ``sensitivity`` and the image. Is the gradient large only on the object, or outside too? Why can
#    it be large outside?
# 3. Train the versions *plain* and *weight decay* with five random seeds. Compare the accuracies on unseen
#    images. Is the difference of the two means larger than the differences between the seeds?
#
# The answers are in ``tutorials/solutions/12_lenet.py``. ``minigrad tutorials 12 --solution`` copies them.
# Next: lesson 13, gradients of gradients (``minigrad tutorials 13``).
