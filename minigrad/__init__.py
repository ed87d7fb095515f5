"""minigrad: a small reverse-mode tensor engine on numpy, made to show backpropagation.

    import minigrad as mg

    x = mg.Tensor([1.0, 2.0], requires_grad=True)    an array, with a record of its computation
    y = (mg.exp(x) * x).sum()                        every op has a name here: exp, sum, matmul, conv2d, ...
    y.backward()                                     then x.grad; or (g,) = mg.grad(y, x)

    mg.no_grad()  mg.detect_anomaly()                record nothing; find the first nan or in-place change
    mg.nn  mg.optim  mg.data  mg.train               layers, update rules, data sets, the training loop
    mg.search                                        random and grid search for hyper-parameters
    mg.check                                         is this gradient correct? for any numpy function
    @mg.op(cases=..., rejects=...)                   an op of your own: see CONTRIBUTING.md

Axes are numpy's (`axis`, `keepdims`); all other names are PyTorch's.
"""

from importlib import import_module as _import_module
from types import ModuleType as _ModuleType

# First the ops, each by its own name: the operators of Tensor, on which the rest is built, call them.
from minigrad.ops import *  # noqa: F403

# isort: split
from minigrad import errors as errors
from minigrad.anomaly import detect_anomaly as detect_anomaly
from minigrad.backward import grad as grad
from minigrad.op import OPS as OPS
from minigrad.op import Op as Op
from minigrad.op import fused as fused
from minigrad.op import op as op
from minigrad.recording import enable_grad as enable_grad
from minigrad.recording import is_grad_enabled as is_grad_enabled
from minigrad.recording import no_grad as no_grad
from minigrad.tensor import Tensor as Tensor
from minigrad.tensor import tensor as tensor

__version__ = "0.2.0"

_ROOMS = ("check", "data", "nn", "optim", "search", "train", "view")


def __getattr__(name: str) -> _ModuleType:
    """`minigrad.nn` and the like are imported when they are first asked for: the engine starts quickly."""
    if name in _ROOMS:
        return _import_module(f"minigrad.{name}")
    raise AttributeError(f"module 'minigrad' has no attribute '{name}'")
