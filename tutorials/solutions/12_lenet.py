"""Lesson 12: the gradients of dropout, a mean over pixels, and a cost with weight decay.

The solved file. Try the exercises first, and read the messages of `minigrad check 12`.
"""

import matplotlib.pyplot as plt
import numpy as np

import minigrad as mg
from minigrad import data, nn, optim, train
from minigrad.domain import Case

P = 0.4
"""The probability that a unit is set to 0."""

DECAY = 0.05
"""The penalty for the square of a weight."""

rng = np.random.default_rng(0)
X, LABELS = rng.normal(size=(6, 4)), np.array([0, 2, 1, 1, 0, 2])


def dropout(x, kept):
    """Set the units that are not kept to 0, and divide the others by 1 - P: x, kept (N, D) -> (N, D).

    The division keeps the mean. `kept` is an array of True and False, chosen at random outside this function.
    It has no gradient.
    """
    return np.where(kept, x / (1 - P), 0.0)


def dropout_backward(g, x, kept):
    """The gradient of x: g (N, D) -> (N, D)."""
    return np.where(kept, g / (1 - P), 0.0)


def pixel_mean(x):
    """The mean over the pixels of each channel: x (N, C, H, W) -> (N, C)."""
    return x.mean(axis=(2, 3))


def pixel_mean_backward(g, x):
    """The gradient of x: g (N, C) -> (N, C, H, W)."""
    share = g / (x.shape[2] * x.shape[3])
    return np.broadcast_to(share[:, :, np.newaxis, np.newaxis], x.shape)


def cost(w):
    """The mean cross-entropy of the logits X @ w, plus DECAY times the sum of all w^2: w (4, 3) -> ()."""
    logits = X @ w
    log_sum = np.log(np.exp(logits).sum(axis=1))
    return np.mean(log_sum - logits[np.arange(6), LABELS]) + DECAY * np.sum(w**2)


def cost_gradient(w):
    """The gradient of w: (4, 3)."""
    logits = X @ w
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(6), LABELS] -= 1
    return X.T @ p / 6 + 2 * DECAY * w


# The inputs for the check. Do not change these functions.


def dropout_cases(draw):
    shape = (draw.integer(2, 4), 5)
    return Case((draw.array(shape), draw.generator().uniform(size=shape) > P))


def pixel_mean_cases(draw):
    return Case((draw.array((draw.integer(2, 3), 2, 3, 4)),))


def cost_cases(draw):
    return Case((draw.generator().normal(size=(4, 3)),))


# ---- exercises 2 and 3 ----


def images():
    """600 examples for training and 1000 for testing: Fashion-MNIST, or glyphs if it is missing."""
    try:
        training, testing = data.load("fashion-mnist")
    except mg.errors.DataError:
        training, testing = data.load("glyphs")
    standardise = data.Standardise.fit(training.inputs[:600])
    few = data.ArrayDataset(standardise(training.inputs[:600]), training.targets[:600])
    return few, data.ArrayDataset(standardise(testing.inputs[:1000]), testing.targets[:1000])


def lenet(seed):
    """The plain network of the lesson."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2, rng=rng),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, kernel_size=5, rng=rng),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120, rng=rng),
        nn.ReLU(),
        nn.Linear(120, 84, rng=rng),
        nn.ReLU(),
        nn.Linear(84, 10, rng=rng),
    )


def fit(model, examples, seed, weight_decay=0.0, epochs=6):
    """Train as the lesson does, but for fewer epochs."""
    batches = data.DataLoader(examples, 40, shuffle=True, rng=np.random.default_rng(seed))
    optimizer = optim.AdamW(model.parameters(), lr=0.003, weight_decay=weight_decay)
    settings = train.Settings(epochs=epochs, schedule=optim.Cosine(0.003, epochs * len(batches)))
    train.fit(model, batches, optimizer, settings)
    return model


def exercise_2():
    """Draw an image, and the gradient of its largest logit with respect to the pixels.

    Is the gradient large only on the object, or outside too? Why can it be large outside?
    """
    few, test = images()
    model = fit(lenet(0), few, 0)
    model.eval()
    inputs = mg.Tensor(test.inputs[:1], requires_grad=True)
    logits = model(inputs)
    (sensitivity,) = mg.grad(logits[0, int(logits.data.argmax())], inputs)
    _, (left, right) = plt.subplots(1, 2)
    left.imshow(inputs.data[0, 0], cmap="gray")
    left.set_title("image")
    right.imshow(sensitivity.data[0, 0], cmap="coolwarm")
    right.set_title("gradient of the largest logit")
    plt.show()
    object_pixels = inputs.data[0, 0] > inputs.data.mean()
    assert np.abs(sensitivity.data[0, 0][~object_pixels]).max() > 0
    print(
        "The gradient is not 0 outside the object, and it can be large there. The filters respond to"
    )
    print(
        "edges, and an edge has a dark side and a bright side. A bright pixel outside the object would"
    )
    print("also change the shape that the network sees.")


def exercise_3():
    """Train the versions plain and weight decay with five random seeds.

    Is the difference of the two mean accuracies larger than the differences between the seeds?
    """
    few, test = images()
    accuracy = {}
    for name, weight_decay in {"plain": 0.0, "weight decay": 0.5}.items():
        models = [fit(lenet(seed), few, seed, weight_decay) for seed in range(5)]
        accuracy[name] = [train.evaluate(model, test).accuracy for model in models]
        low, high, mean = min(accuracy[name]), max(accuracy[name]), np.mean(accuracy[name])
        print(f"{name}: accuracy from {low:.2f} to {high:.2f}, mean {mean:.2f}")
        assert low > 0.3
    print(
        "Compare the difference of the two means with the distance from the smallest to the largest"
    )
    print(
        "accuracy of one version. If it is smaller, five trainings cannot tell which version is better."
    )


if __name__ == "__main__":
    exercise_2()
    exercise_3()
