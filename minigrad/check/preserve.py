"""What the user's functions may change, put back afterwards: objects, containers, arrays, globals.

A search runs the functions thousands of times. Their caches, counters and gradients are then as they were
before, identity included, whatever was raised.
"""

from __future__ import annotations

import contextlib
import io
import random
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from minigrad.check.exchange import global_names, is_users, is_users_class

Restore = Callable[[], None]


@contextlib.contextmanager
def preserved(things: Iterable[Any]) -> Iterator[None]:
    """Nothing is printed, nothing is warned of, and `things` are afterwards as they are now."""
    restores = [restore for thing in things for restore in restores_of(thing)]
    state, numpy_state = random.getstate(), np.random.get_state()
    silent = io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(silent),
            contextlib.redirect_stderr(silent),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for restore in restores:
            restore()
        random.setstate(state)
        np.random.set_state(numpy_state)


def restores_of(thing: Any) -> Iterator[Restore]:
    """How each thing gets back what it holds now."""
    if isinstance(thing, np.ndarray):
        if thing.flags.writeable:
            yield array(thing)
    elif isinstance(thing, list):
        yield listed(thing)
    elif isinstance(thing, dict):
        yield mapping(thing)
    elif isinstance(thing, np.random.Generator):
        yield generator(thing)
    elif isinstance(thing, types.FunctionType):
        if is_users(thing.__code__.co_filename):
            yield names_of(thing)
            yield from map(cell, thing.__closure__ or ())
    elif not isinstance(thing, type) and is_users_class(type(thing)):
        yield mapping(getattr(thing, "__dict__", {}))


def array(x: Any) -> Restore:
    before = x.copy()

    def restore() -> None:
        if not np.array_equal(x, before):
            x[...] = before

    return restore


def listed(x: list[Any]) -> Restore:
    before = list(x)

    def restore() -> None:
        x[:] = before

    return restore


def mapping(x: dict[Any, Any]) -> Restore:
    before = dict(x)

    def restore() -> None:
        x.clear()
        x.update(before)

    return restore


def generator(x: np.random.Generator) -> Restore:
    before = x.bit_generator.state

    def restore() -> None:
        x.bit_generator.state = before

    return restore


def names_of(function: types.FunctionType) -> Restore:
    """The globals that a function uses, and may assign."""
    space = function.__globals__
    before = {name: space[name] for name in global_names(function)}
    return lambda: space.update(before)


def cell(x: types.CellType) -> Restore:
    try:
        before = x.cell_contents
    except ValueError:  # still empty
        return lambda: None

    def restore() -> None:
        x.cell_contents = before

    return restore
