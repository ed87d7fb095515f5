"""The multiclass hinge loss of a linear classifier, with a mask of the violated margins."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = "svm_loss", "svm_gradient", ["svm_gradient"], False

data = np.random.default_rng(4)
X, y = data.normal(size=(6, 4)), data.integers(0, 3, size=6)
reg = 0.05


def inputs(rng):
    return [0.5 * rng.normal(size=(4, 3)), rng.normal(size=(3,))]


def svm_loss(W, b):
    scores = X.dot(W) + b
    correct = scores[np.arange(len(y)), y]
    margins = np.maximum(0, scores - correct[:, None] + 1)
    margins[np.arange(len(y)), y] = 0
    return margins.sum() / len(y) + reg * np.sum(W * W)


def svm_gradient(W, b):
    num_train = X.shape[0]
    scores = X.dot(W) + b
    correct = scores[np.arange(num_train), y]
    margins = np.maximum(0, scores - correct[:, None] + 1)
    margins[np.arange(num_train), y] = 0
    mask = np.zeros(margins.shape)
    mask[margins > 0] = 1
    row_sum = np.sum(mask, axis=1)
    mask[np.arange(num_train), y] = -row_sum
    dscores = mask / num_train
    dW = X.T.dot(dscores) + 2 * reg * W
    db = np.sum(dscores, axis=0)
    return dW, db
