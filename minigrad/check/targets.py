"""What may be named after `minigrad check`, and how it is found.

    (nothing), ops              every op of the register
    ops conv2d relu             these ops
    package.module:function     an op; a layer or model, made or to be made; a function of Tensors; or a
                                numpy function f with its gradient beside it: `f_backward(g, *x)` or
                                `backward`; `f_gradient(*x)` of a number; `f_derivative(x)`, element by
                                element
    package.module, file.py     all of these that the module defines: functions only if they have a
                                gradient or cases beside them

`f_cases(draw)` beside f says where it may be evaluated, as the `cases` of an op do. Without it a few
shapes and domains are tried, and the first is taken at which f gives finite values. What raises
NotImplementedError, as an exercise does before it is solved, is not written yet, and says what to write.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from minigrad.check.examples import guessed, model_row
from minigrad.check.failures import lines, raised
from minigrad.check.functions import Function
from minigrad.check.pair import of_derivative, of_loss
from minigrad.check.property import as_function
from minigrad.check.table import RAISED, Row, row
from minigrad.domain import Cases, RandomDraw
from minigrad.errors import CheckError
from minigrad.nn import Module
from minigrad.op import OPS, Op

Check = Callable[[int, int], Row]

STATED = {"gradient": of_loss, "derivative": of_derivative}
"""Ways to state a gradient other than by a backward function."""


@dataclass(frozen=True)
class Target:
    """Something to be checked: `check(samples, seed)` makes its row."""

    name: str
    check: Check
    op: Op | None = None


def targets(words: Sequence[str]) -> list[Target]:
    """What the words of a command line name. Raises `CheckError` in one line for what cannot be checked."""
    if not words or words[0] == "ops":
        return [of_op(name) for name in words[1:] or OPS]
    return [target for word in words for target in of_word(word)]


def of_op(name: str) -> Target:
    found: Any = OPS.get(name)
    if found is None:
        raise CheckError(f"there is no op {name!r}: {', '.join(sorted(OPS))}")
    return target(name, found, {})


def of_word(word: str) -> list[Target]:
    where, _, name = word.partition(":")
    module = imported(where)
    if not name:
        found = list(defined(module))
        if not found:
            raise CheckError(
                f"{where} has nothing to check: no op, no layer, and no function with `NAME_backward`, "
                "`NAME_gradient`, `NAME_derivative` or `NAME_cases` beside it"
            )
        return found
    thing: Any = module
    for part in name.split("."):
        if part not in dir(thing):
            raise CheckError(f"{where} has no {name!r}")
        thing = getattr(thing, part)
    return [target(name, thing, vars(module))]


def imported(where: str) -> ModuleType:
    """The module of this dotted name, or of this file."""
    path = Path(where)
    if path.suffix == ".py" and not path.is_file():
        raise CheckError(f"{where}: there is no such file")
    try:
        return from_file(path) if path.suffix == ".py" else from_here(where)
    except (Exception, SystemExit) as error:
        said = " ".join(str(error).split())
        raise CheckError(f"{where} cannot be imported: {type(error).__name__}: {said}") from error


def from_here(name: str) -> ModuleType:
    """As `python -m name` finds it: first of all in the folder one is in."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    return importlib.import_module(name)


def from_file(path: Path) -> ModuleType:
    """As `python path` runs it, with its own folder first; but it is called as it was named, not __main__.

    Not by its stem, which may be that of another module, or no name at all as that of 02_chain_rule.py.
    """
    sys.path.insert(0, str(path.parent))
    name = path.as_posix()
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CheckError(f"{path} cannot be imported")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def defined(module: ModuleType) -> Iterator[Target]:
    """What a module defines and can be checked, in the order it is written in."""
    beside = vars(module)
    for name, thing in list(beside.items()):
        if getattr(thing, "__module__", None) != module.__name__ or name.startswith("_"):
            continue
        layer = isinstance(thing, type) and issubclass(thing, Module)
        if isinstance(thing, Op) or layer or (callable(thing) and accompanied(name, beside)):
            yield target(name, thing, beside)


def accompanied(name: str, beside: dict[str, Any]) -> bool:
    return any(f"{name}_{what}" in beside for what in ("backward", "cases", *STATED))


def target(name: str, thing: Any, beside: dict[str, Any]) -> Target:
    """How this is checked, given what stands beside it in its module."""
    if isinstance(thing, Op):
        if not any(thing.rules):
            raise CheckError(
                f"{name} has no gradient rule: state one for each input, {name}.vjp(...)"
            )
        return Target(name, written(name, with_cases(as_function(thing), thing.cases)), thing)
    if isinstance(thing, Module) or (isinstance(thing, type) and issubclass(thing, Module)):
        whole: Check = lambda samples, seed: model_row(name, thing, beside, seed)
        return Target(name, written(name, whole))
    if not callable(thing) or isinstance(thing, type):
        raise CheckError(f"{name} is a {type(thing).__name__}, and has no gradient to check")
    function = with_gradient(name, thing, beside)
    cases: Cases | None = beside.get(f"{name}_cases")
    try:
        cases = cases or guessed(function, thing)
    except NotImplementedError as error:
        return Target(name, unwritten(name, error))
    return Target(name, written(name, with_cases(function, cases)))


def with_gradient(name: str, f: Callable[..., Any], beside: dict[str, Any]) -> Function:
    """The function with what states its gradient: one of its own name, or the module's `backward`."""
    own = [what for what in ("backward", *STATED) if f"{name}_{what}" in beside]
    if len(own) > 1:
        several = " and ".join(f"{name}_{what}" for what in own)
        raise CheckError(
            f"{name} has {several} beside it, and one of them would not be checked: keep one"
        )
    if own and own[0] in STATED:
        return STATED[own[0]](f, beside[f"{name}_{own[0]}"])
    backward = beside[f"{name}_backward"] if own else beside.get("backward")
    return as_function(f, None if f is backward else backward)


def written(name: str, check: Check) -> Check:
    """The check, of something that may not be written yet, or that raises an error of its own."""

    def attempt(samples: int, seed: int) -> Row:
        try:
            return check(samples, seed)
        except NotImplementedError as error:
            return unwritten(name, error)(samples, seed)
        except CheckError:
            raise
        except Exception as error:
            if not lines(error):
                raise  # not a line of the user's was running: the mistake is minigrad's
            return Row(name, broken=RAISED, why=f"{name} {raised(error)}")

    return attempt


def unwritten(name: str, error: NotImplementedError) -> Check:
    said = " ".join(str(error).split()) or "it raises NotImplementedError"
    return lambda samples, seed: Row(name, unwritten=said)


def with_cases(function: Function, cases: Cases) -> Check:
    def check(samples: int, seed: int) -> Row:
        tried = 0
        for k in range(samples):
            case = cases(RandomDraw(np.random.default_rng([seed, k])))
            tried += sum(np.size(case.inputs[i]) for i in function.slots(case))
        if not tried:
            raise CheckError(
                f"{function.name}: its domain is empty: none of {samples} cases has a number to move"
            )
        return row(function, cases, samples, seed)

    return check
