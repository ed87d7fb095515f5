"""What a check is given: the inputs, held to be finite arrays of floats, and the names of things."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.check.subject import element
from minigrad.errors import CheckError
from minigrad.typing import Array


def as_inputs(given: Sequence[Any], names: Sequence[str]) -> tuple[Array, ...]:
    """The inputs as arrays of floats, in the precision they came in; or a `CheckError`."""
    if not given:
        raise CheckError("there is nothing to differentiate with respect to: give the inputs of f")
    return tuple(as_input(x, name) for x, name in zip(given, names))


def as_input(given: Any, name: str) -> Array:
    if type(given).__name__ == "Tensor":
        raise CheckError(f"{name} is a Tensor: check.gradcheck(f, {name}) takes Tensors")
    try:
        x = np.asarray(given)
    except ValueError as error:
        raise CheckError(f"{name} is no array: {error}") from error
    if x.dtype.kind in "iub":
        raise CheckError(
            f"{name} holds {x.dtype}, and there is no derivative with respect to integers: give floats "
            f"(1.0 for 1), or close over it, as in lambda x: f(x, {name}), if it is a constant"
        )
    if x.dtype.kind != "f":
        remedy = ": check its real and its imaginary part" if x.dtype.kind == "c" else ""
        raise CheckError(f"{name} holds {x.dtype}; needed: an array of real floats{remedy}")
    if not np.all(np.isfinite(x)):
        at = np.unravel_index(np.argmin(np.isfinite(x)), x.shape)
        raise CheckError(f"{name}{element(at)} is {x[at]}: a gradient is checked at finite inputs")
    return np.array(x)


def input_names(f: Callable[..., Any], count: int, names: Sequence[str] | None) -> tuple[str, ...]:
    """What the inputs are called: as given, or as f calls its parameters."""
    if names is not None:
        if isinstance(names, str) or len(names) != count:
            raise CheckError(f"names={names!r} for {count} inputs: give one name for each")
        return tuple(names)
    try:
        kinds = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # a builtin, as numpy's ufuncs
        kinds = {}.values()
    positional = [p.name for p in kinds if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(positional) >= count:
        return tuple(positional[:count])
    return ("x",) if count == 1 else tuple(f"x{i}" for i in range(count))


def called(f: Callable[..., Any], otherwise: str) -> str:
    name = getattr(f, "__name__", type(f).__name__)
    return otherwise if name == "<lambda>" else name
