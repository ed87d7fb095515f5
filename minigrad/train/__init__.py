"""Training: fit a model, record its history, save checkpoints, evaluate it, and draw its curves."""

from minigrad.train.callback import Callback as Callback
from minigrad.train.evaluate import Evaluation as Evaluation
from minigrad.train.evaluate import evaluate as evaluate
from minigrad.train.fit import fit as fit
from minigrad.train.history import History as History
from minigrad.train.progress import ProgressBar as ProgressBar
from minigrad.train.run import Run as Run
from minigrad.train.settings import Settings as Settings

__all__ = ["Callback", "Evaluation", "History", "ProgressBar", "Run", "Settings", "evaluate", "fit"]
