"""Training: fit a model, keep its history and checkpoints, evaluate it, and draw its curves."""

from minigrad.train.callback import Callback as Callback
from minigrad.train.evaluate import Evaluation as Evaluation
from minigrad.train.evaluate import evaluate as evaluate
from minigrad.train.fit import fit as fit
from minigrad.train.history import History as History
from minigrad.train.run import Run as Run

__all__ = ["Callback", "Evaluation", "History", "Run", "evaluate", "fit"]
