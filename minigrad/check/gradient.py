"""Check a gradient that somebody wrote by hand, of any function of numpy arrays.

    check.gradient(f, backward, x, w)        f(x, w) -> array,   backward(g, x, w) -> (gx, gw)
    check.loss_gradient(loss, grad, w)       loss(w) -> number,  grad(w) -> gw
    check.derivative(f, df, x)               f(x), df(x), element by element

Each returns a `Report`. The functions are called with float64 arrays, whatever was given; whether the
gradient holds in float32 is asked separately, if the inputs are float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.check.examine import examine
from minigrad.check.given import as_inputs, called, input_names
from minigrad.check.report import Report
from minigrad.check.subject import Subject
from minigrad.errors import CheckError


def gradient(
    f: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    names: Sequence[str] | None = None,
    analytic: bool = False,
    seed: int = 0,
) -> Report:
    """Check `backward(g, *inputs)`, the gradients of <g, f(*inputs)>: one array, or a tuple of them.

    g is the gradient that arrives from above, of f's shape; the check draws it at random. `f` is called
    before every `backward` with the same arrays, so that one may keep what the other needs.

    names      what the inputs are called; by default what f calls them
    analytic   f is analytic and computes with complex numbers: the complex step is asked as well
    seed       of the directions and of g: the same seed gives the same report

    The report is true if it `passed`; in a test call its `raise_if_wrong()`, which shows the report.

    Raises `CheckError` where nothing could be said of any gradient: inputs that are nan, integers or
    complex; an f that is random, changes its arguments, or is not finite at the inputs.
    """
    return check(
        f,
        backward,
        inputs,
        names,
        analytic,
        seed,
        pull=backward,
        claim="{gradient}({{g}}, {{x}}){{pick}}[i]",
    )


def loss_gradient(
    loss: Callable[..., Any],
    grad: Callable[..., Any],
    *inputs: Any,
    names: Sequence[str] | None = None,
    analytic: bool = False,
    seed: int = 0,
) -> Report:
    """Check `grad(*inputs)`, the gradients of the number `loss(*inputs)`. See `gradient`."""

    def scalar(*arrays: Any) -> Any:
        out = loss(*arrays)
        if np.size(out) != 1:
            raise CheckError(
                f"{called(loss, 'f')} returned shape {np.shape(out)}, and a loss is one number: sum it, "
                "or use check.gradient(f, backward, ...), where backward is given the gradient from above"
            )
        return out

    return check(
        loss,
        grad,
        inputs,
        names,
        analytic,
        seed,
        f=scalar,
        pull=lambda v, *arrays: grad(*arrays),  # v is 1
        claim="{gradient}({{x}}){{pick}}[i]",
        upstream=False,
        lambda_name="grad",
    )


def derivative(
    f: Callable[..., Any],
    df: Callable[..., Any],
    x: Any,
    *,
    names: Sequence[str] | None = None,
    analytic: bool = False,
    seed: int = 0,
) -> Report:
    """Check `df(x)`, the derivative of an f that works element by element. See `gradient`."""
    return check(
        f,
        df,
        (x,),
        names,
        analytic,
        seed,
        pull=pulled_through_derivative(df),
        claim="({{g}} * {gradient}({{x}}))[i]",
        lambda_name="df",
        noun="derivative",
    )


def pulled_through_derivative(df: Callable[..., Any]) -> Callable[..., Any]:
    """The backward function that multiplies by df(x), if that has the shape of x."""

    def pull(v: Any, x: Any) -> Any:
        slope = df(x)
        return v * slope if np.shape(slope) == np.shape(x) else slope

    return pull


def pulled_through_loss(grad: Callable[..., Any]) -> Callable[..., Any]:
    """The backward function that multiplies the gradients of a number, if they are some."""

    def pull(v: Any, *arrays: Any) -> Any:
        found = grad(*arrays)
        if isinstance(found, dict):
            return {name: scaled(v, g) for name, g in found.items()}
        if isinstance(found, list | tuple):
            return tuple(scaled(v, g) for g in found)
        return scaled(v, found)

    return pull


def scaled(v: Any, g: Any) -> Any:
    return v * np.asarray(g) if np.asarray(g).dtype.kind in "fiub" else g


def check(
    function: Callable[..., Any],
    claimed: Callable[..., Any],
    inputs: Sequence[Any],
    names: Sequence[str] | None,
    analytic: bool,
    seed: int,
    *,
    pull: Callable[..., Any],
    claim: str,
    f: Callable[..., Any] | None = None,
    upstream: bool = True,
    lambda_name: str = "backward",
    noun: str = "gradient",
) -> Report:
    """What the three have in common; `lambda_name` is what a gradient without a name is called."""
    for each, what in ((function, "f"), (claimed, "its gradient")):
        if not callable(each):
            raise CheckError(
                f"{what} must be a function, and is {type(each).__name__}: check.gradient(f, backward, x)"
            )
    names = input_names(function, len(inputs), names)
    given = as_inputs(inputs, names)
    name, gradient = called(function, "f"), called(claimed, lambda_name)
    subject = Subject(
        name=name,
        f=f or function,
        pull=pull,
        inputs=tuple(np.asarray(x, np.float64) for x in given),
        names=names,
        gradient=gradient,
        upstream=upstream,
        evaluate=f"{name}({{x}})",
        claim="claimed = " + claim.format(gradient=gradient),
        functions=((function, name), (claimed, gradient)),
        noun=noun,
    )
    return examine(subject, given, analytic=analytic, seed=seed)
