"""A case that fails as a program that anyone can run: numpy, and the functions that were checked."""

from __future__ import annotations

import importlib
import keyword
import re
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from minigrad.check.smallest import Case
from minigrad.check.subject import Subject
from minigrad.check.trial import sizes
from minigrad.typing import Array

WIDTH = 76

OWN = frozenset(
    "np g v i h ahead behind claimed slope one other leaves each value Tensor grad run_path here".split()  # noqa: SIM905  # to be read
)
"""The names that the program uses itself."""


def program(subject: Subject, case: Case) -> str:
    names = [variable(n) for n in subject.names]
    name, index = names[case.place], case.index
    x = case.inputs[case.place]
    size = sizes((x,))[int(np.ravel_multi_index(index, x.shape)) if index else 0]
    step = int(np.floor(np.log2(size))) - (20 if case.kinked else 13)
    v = upstream_name(subject)
    claim = subject.claim.format(x=", ".join(names), pick=picked(subject, case), g=v)
    shown = f"the gradient of {subject.names[case.place]}{list(index) if index else ''} is"
    lines = ["import numpy as np", *subject.imports, *imported(subject), ""]
    for n, array in zip(names, case.inputs):
        lines += assigned(n, array)
    if subject.upstream:
        lines += ["# the gradient that arrives from above", *assigned(v, case.v)]
    lines += [
        "",
        f"i, h = {index}, 2.0**{step}",
        f"ahead, behind = {name}.copy(), {name}.copy()",
        "ahead[i] += h",
        "behind[i] -= h",
        *claim.splitlines(),
    ]
    if case.kinked:
        lines += [
            f"one = {slope(subject, case, names, name, 'behind', 'h')}",
            f"other = {slope(subject, case, names, 'ahead', name, 'h')}",
            f'print(f"{shown} {{claimed:.9g}},",',
            '      f"and the slopes are {one:.6g} and {other:.6g}")',
            f"# {shown} {case.claimed:.6g}, and the slopes are {case.behind:.6g} and {case.ahead:.6g}",
        ]
    else:
        middle = (case.behind + case.ahead) / 2
        lines += [
            f"slope = {slope(subject, case, names, 'ahead', 'behind', '(2 * h)')}",
            f'print(f"{shown} {{claimed:.9g}}, and the slope is {{slope:.9g}}")',
            f"# {shown} {case.claimed:.6g}, and the slope is {middle:.6g}",
        ]
    return "\n".join(lines) + "\n"


def variable(name: str) -> str:
    """A name that Python takes for a variable, and that the program does not need for itself."""
    name = re.sub(r"\W", "_", name)
    taken = keyword.iskeyword(name) or name in OWN or not name.isidentifier()
    return f"{name}_" if name.isidentifier() and taken else f"x_{name}" if taken else name


def upstream_name(subject: Subject) -> str:
    return "v" if any(name == "g" for _, name in subject.functions) else "g"


def slope(
    subject: Subject, case: Case, names: list[str], ahead: str, behind: str, width: str
) -> str:
    """The difference quotient of f between two values of the input that moves."""
    calls = [
        subject.evaluate.format(
            x=", ".join(side if k == case.place else n for k, n in enumerate(names))
        )
        for side in (ahead, behind)
    ]
    change = " - ".join(calls)
    return (
        f"np.sum({upstream_name(subject)} * ({change})) / {width}"
        if subject.upstream
        else f"({change}) / {width}"
    )


def picked(subject: Subject, case: Case) -> str:
    """What picks the gradient of one input from what the gradient function returns."""
    subject.f(*(x.copy() for x in case.inputs))
    result = subject.pull(case.v.copy(), *(x.copy() for x in case.inputs))
    if isinstance(result, dict):
        return f"[{subject.names[case.place]!r}]"
    return f"[{case.place}]" if isinstance(result, list | tuple) else ""


def assigned(name: str, x: Array) -> list[str]:
    return textwrap.wrap(f"{name} = np.array({x.tolist()!r})", WIDTH, subsequent_indent="    ")


def imported(subject: Subject) -> list[str]:
    """Where the functions can be imported from; where they cannot, whose they are."""
    missing = []
    lines = []
    for function, name in subject.functions:
        module = getattr(function, "__module__", None) or ""
        if isinstance(function, np.ufunc) and not module:
            module = "numpy"  # whose ufuncs do not say so before numpy 2.1
        if findable(function, module, name):
            if module.endswith(
                ".py"
            ):  # a file that was named; it may have no name that can be imported
                ran = ["from runpy import run_path", f"here = run_path({module!r})"]
                lines += [line for line in ran if line not in lines]
                lines.append(f"{name} = here[{name!r}]")
            else:
                lines.append(f"from {module} import {name}")
        elif name:
            missing.append(name)
    if missing:
        lines.append(
            f"# {' and '.join(missing)}: as you gave {'it' if len(missing) == 1 else 'them'}"
        )
    return lines


def findable(function: Callable[..., Any], module: str, name: str) -> bool:
    if not module or module == "__main__":
        return False
    try:
        return getattr(importlib.import_module(module), name, None) is function
    except ImportError:
        return False
