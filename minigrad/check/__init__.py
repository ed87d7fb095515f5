"""Numerical checks of gradients, with a verdict that says how much it proves.

    check.gradient(f, backward, x, w)     a function of arrays and its gradients, written by hand
    check.loss_gradient(loss, grad, w)    a number and its gradients
    check.derivative(f, df, x)            element by element
    check.gradcheck(f, x)                 a function of Tensors; check.gradgradcheck once more
    check.module(layer, x)                a layer: its parameters and its input
    check.model(model, x, y)              a model: all its parameters, through its loss

Each returns a `Report`. The oracles, differences and the complex step, know numpy and nothing else.
"""

from minigrad.check.gradient import derivative as derivative
from minigrad.check.gradient import gradient as gradient
from minigrad.check.gradient import loss_gradient as loss_gradient
from minigrad.check.models import model as model
from minigrad.check.models import module as module
from minigrad.check.oracle import Sweep as Sweep
from minigrad.check.oracle import sweep as sweep
from minigrad.check.property import properties_of as properties_of
from minigrad.check.property import property as property
from minigrad.check.report import Report as Report
from minigrad.check.tensors import gradcheck as gradcheck
from minigrad.check.tensors import gradgradcheck as gradgradcheck
