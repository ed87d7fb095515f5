"""minigrad: a small reverse-mode tensor engine on numpy, made to show backpropagation."""

from minigrad import errors as errors
from minigrad.anomaly import detect_anomaly as detect_anomaly
from minigrad.autodiff import grad as grad
from minigrad.op import Op as Op
from minigrad.op import enable_grad as enable_grad
from minigrad.op import fused as fused
from minigrad.op import is_grad_enabled as is_grad_enabled
from minigrad.op import no_grad as no_grad
from minigrad.op import op as op
from minigrad.operators import OPS as OPS
from minigrad.ops import *  # noqa: F403  # every op, by its own name
from minigrad.tensor import Tensor as Tensor
from minigrad.tensor import tensor as tensor

__version__ = "0.1.0"
