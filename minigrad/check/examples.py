"""Inputs for what does not say where it may be evaluated: a few shapes and domains, tried in turn."""

from __future__ import annotations

import copy
import inspect
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.check.functions import Function
from minigrad.check.models import model, module
from minigrad.check.recipes import inputs_of
from minigrad.check.recorded import TensorFunction
from minigrad.check.table import Row, of_report
from minigrad.domain import Case, Cases, Domain, Draw, RandomDraw
from minigrad.errors import CheckError
from minigrad.nn import Module
from minigrad.recording import no_grad
from minigrad.typing import Array, Shape

DOMAINS = (Domain(-2.0, 2.0), Domain(0.1, 3.0), Domain(-0.9, 0.9))
SIDES: tuple[tuple[Shape, ...], ...] = (
    ((3, 4),) * 5,
    ((3, 4), (4, 2), (2,)),
    ((3, 4), (4,), ()),
    ((4,),) * 5,
    ((3, 3),) * 5,
    ((2, 3, 6, 6), (4, 3, 3, 3), (4,)),
    ((),) * 5,
)
"""For up to five inputs: alike, as for elementwise functions; a linear layer; a weighted sum; images."""

PARAMETERS: dict[str, Any] = {
    "sizes": (12, 7, 6, 5),
    "in_features": 4,
    "out_features": 3,
    "in_channels": 2,
    "out_channels": 3,
    "num_features": 3,
    "normalized_shape": 4,
    "kernel_size": 2,
    "image_size": 12,
}
"""What a layer or a model may need to be made."""

INPUTS: tuple[Shape, ...] = (
    (5, 12),
    (5, 4),
    (5, 3),
    (4, 1, 12, 12),
    (4, 2, 12, 12),
    (4, 3, 6, 6),
    (4, 3, 8),
)


def guessed(function: Function, thing: Any) -> Cases:
    """A recipe of cases at which the function gives finite numbers; `CheckError` if there is none."""
    count = inputs_of(thing, None, None)
    complaint = ""
    for shapes, domain in itertools.product(SIDES, DOMAINS):
        if len(shapes) < count:
            continue

        def cases(draw: Draw, shapes: tuple[Shape, ...] = shapes, domain: Domain = domain) -> Case:
            return Case(tuple(draw.array(shape, domain) for shape in shapes[:count]))

        case = cases(RandomDraw(np.random.default_rng(0)))
        try:
            with np.errstate(all="ignore"):
                value = function.value(case)
        except NotImplementedError:
            raise
        except Exception as error:
            if isinstance(function, TensorFunction) and knows_arrays_only(thing, case):
                raise CheckError(
                    f"{function.name} has no gradient: it does not compute with Tensors, and no "
                    f"{function.name}_backward(g, *inputs) stands beside it"
                ) from error
            complaint = complaint or f"{type(error).__name__}: {' '.join(str(error).split())}"
            continue
        if value.dtype.kind == "f" and np.all(np.isfinite(value)):
            return cases
        complaint = complaint or "its values are not finite floats"
    raise CheckError(
        f"{function.name}: found no inputs to check it at ({complaint}); say where it may be evaluated: "
        f"def {function.name}_cases(draw): return Case((draw.array((3, 4)),))"
    )


def knows_arrays_only(f: Callable[..., Any], case: Case) -> bool:
    """Whether arrays are all that this function, which has failed with Tensors, can be given."""
    try:
        with np.errstate(all="ignore"):
            return isinstance(f(*case.inputs), np.ndarray | np.generic)
    except Exception:  # it fails with arrays too, so these are not what it lacks
        return False


def model_row(name: str, thing: Any, beside: dict[str, Any], seed: int) -> Row:
    """The row of a layer or a model: a class is made with small sizes, and given random inputs."""
    rng = np.random.default_rng(seed)
    made = copy.deepcopy(thing) if isinstance(thing, Module) else build(name, thing, rng)
    complaint = ""
    for shape in INPUTS:
        x = rng.uniform(-2, 2, shape)
        try:
            out = output(made, x)
        except NotImplementedError:
            raise
        except Exception as error:
            complaint = complaint or f"{type(error).__name__}: {' '.join(str(error).split())}"
            continue
        if out.ndim == 2 and not isinstance(thing, Module) and sum(1 for _ in made.modules()) > 2:
            report = model(made, x, rng.integers(0, out.shape[1], len(x)), seed=seed)
        else:
            report = module(made, x, seed=seed)
        return of_report(report)
    raise CheckError(f"{name}: found no input that it takes ({complaint})")


def output(made: Module, x: Array) -> Array:
    """What it gives for x in single or in double precision, whichever its parameters have."""
    dtype = next((p.dtype for p in made.parameters()), x.dtype)
    with no_grad():
        return np.asarray(made(x.astype(dtype)).data)


def build(name: str, kind: type[Module], rng: np.random.Generator) -> Module:
    """A small one."""
    if inspect.isabstract(kind):
        raise CheckError(f"{name} is abstract: name a class that can be made")
    arguments: dict[str, Any] = {}
    for p in inspect.signature(kind).parameters.values():
        if p.name == "rng":
            arguments["rng"] = rng
        elif p.name in PARAMETERS:
            arguments[p.name] = PARAMETERS[p.name]
        elif p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
            raise CheckError(
                f"{name} needs {p.name} to be made: make one in the module, and name that one"
            )
    if "image_size" in arguments:
        arguments.pop("in_channels", None)
    return kind(**arguments)
