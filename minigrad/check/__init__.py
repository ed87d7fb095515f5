"""Numerical checks of gradients, with a verdict that says how much it proves.

The oracles know numpy and nothing else; what judges gradients written by hand, and minigrad's own ops,
layers and models, is built on them.
"""

from minigrad.check.gradient import derivative as derivative
from minigrad.check.gradient import gradient as gradient
from minigrad.check.gradient import loss_gradient as loss_gradient
from minigrad.check.models import ModelReport as ModelReport
from minigrad.check.models import model as model
from minigrad.check.oracle import Sweep as Sweep
from minigrad.check.oracle import sweep as sweep
from minigrad.check.report import Report as Report
