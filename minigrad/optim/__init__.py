"""Optimisers, which update parameters, and schedules of their learning rate."""

from .optimizer import Optimizer as Optimizer
from .sgd import SGD as SGD
