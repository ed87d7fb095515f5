"""Where a function may be evaluated, said in short: domains, and shapes as numpy's signatures spell them.

"(n, m), (m, k)"     a letter is a side that varies, the same wherever it stands; a number is itself
"(n), ()"            a vector and a number
"broadcast"          shapes that broadcast against each other
[(3, 4), (4,)]       these and no others
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.check.functions import Function
from minigrad.check.recorded import LayerFunction
from minigrad.domain import MODEST, Case, Cases, Domain, Draw
from minigrad.errors import CheckError
from minigrad.op import Op
from minigrad.typing import Array, Shape

Shapes = str | Sequence[Shape] | None
Domains = Domain | Sequence[Domain] | None


def recipe(function: Function, thing: Any, domain: Domains = None, shapes: Shapes = None) -> Cases:
    """How to draw a call of `thing`: as it says itself, if it is an op, or from domains and shapes."""
    if isinstance(thing, Op) and domain is None and shapes is None:
        return thing.cases
    layer = isinstance(function, LayerFunction)
    count = inputs_of(thing.forward if layer else thing, domain, shapes)
    domains = each_domain(domain, count, function.name)
    draw_shapes = shape_recipe(shapes, count, function.name)

    def cases(draw: Draw) -> Case:
        inputs = [draw.array(s, d) for s, d in zip(draw_shapes(draw), domains)]
        if isinstance(function, LayerFunction):
            inputs += [near(p.data, draw.generator()) for p in function.layer.parameters()]
        return Case(tuple(inputs))

    return cases


def near(value: Array, rng: np.random.Generator) -> Array:
    """A parameter that has been trained a little: zeros and ones, as layers begin, would hide bugs."""
    moved = value * (1 + 0.2 * rng.uniform(-1, 1, value.shape))
    return np.asarray(moved + 0.1 * rng.uniform(-1, 1, value.shape), np.float64)


def inputs_of(f: Callable[..., Any], domain: Domains, shapes: Shapes) -> int:
    """How many inputs there are: as many as shapes, or domains, or parameters without a default."""
    if shapes is not None and shapes != "broadcast":
        return len(groups(shapes) if isinstance(shapes, str) else shapes)
    if domain is not None and not isinstance(domain, Domain):
        return len(domain)
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # a builtin, as numpy's ufuncs
        return 1
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    count = sum(p.kind in kinds and p.default is p.empty for p in parameters)
    if not count:
        raise CheckError(
            f"{getattr(f, '__name__', f)} names no inputs: say with shapes how many it takes"
        )
    return count


def each_domain(domain: Domains, count: int, name: str) -> list[Domain]:
    domains = [domain or MODEST] * count if domain is None or isinstance(domain, Domain) else domain
    if len(domains) != count:
        raise CheckError(f"{name}: {len(domains)} domains for {count} inputs: give one for each")
    for each in domains:
        if not each.low < each.high:
            raise CheckError(f"{name}: the domain from {each.low} to {each.high} is empty")
    return list(domains)


def shape_recipe(shapes: Shapes, count: int, name: str) -> Callable[[Draw], Sequence[Shape]]:
    if shapes is None:
        return lambda draw: [draw.shape()] * count
    if shapes == "broadcast":
        return lambda draw: draw.broadcastable(count)
    if not isinstance(shapes, str):
        fixed = [tuple(shape) for shape in shapes]
        return lambda draw: fixed
    spelt = groups(shapes)
    letters = sorted({side for group in spelt for side in group if not side.isdigit()})

    def drawn(draw: Draw) -> list[Shape]:
        sides = {letter: draw.side() for letter in letters}
        return [tuple(sides[s] if s in sides else int(s) for s in group) for group in spelt]

    return drawn


def groups(shapes: str) -> list[list[str]]:
    """ "(n, 3), ()" -> [["n", "3"], []]"""
    if not re.fullmatch(r"\s*\(([\w\s,]*)\)(\s*,\s*\(([\w\s,]*)\))*\s*,?\s*", shapes):
        raise CheckError(
            f'shapes={shapes!r}: needed "broadcast", or a group for each input as in "(n, m), (m, 3)"'
        )
    return [re.findall(r"\w+", group) for group in re.findall(r"\(([^)]*)\)", shapes)]
