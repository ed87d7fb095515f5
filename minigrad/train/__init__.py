"""Training: fit a model, record its history, save checkpoints, evaluate it, and draw its curves."""

from minigrad.train.callback import Callback
from minigrad.train.evaluate import Evaluation, evaluate
from minigrad.train.fit import fit
from minigrad.train.history import History
from minigrad.train.progress import ProgressBar
from minigrad.train.run import Run
from minigrad.train.settings import Settings

__all__ = ["Callback", "Evaluation", "History", "ProgressBar", "Run", "Settings", "evaluate", "fit"]
