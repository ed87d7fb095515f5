"""Optuna: imported here and nowhere else at run time, and quiet.

It announces each study and trial in its log, and warns that heartbeats and the matplotlib pictures are
experimental. Neither helps who searches; nobody else's settings are changed for longer than is needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from minigrad.errors import MissingPackageError


def optuna() -> ModuleType:
    """The package, or a `MissingPackageError` that says how to get it."""
    try:
        import optuna as package
    except ImportError as error:
        raise MissingPackageError(
            "minigrad.search stands on Optuna, which is not installed: "
            "pip install 'minigrad-edu[search]'"
        ) from error
    return package


@contextmanager
def quiet() -> Iterator[ModuleType]:
    """Optuna, without its chatter inside of the block; errors come through."""
    package = optuna()
    verbosity = package.logging.get_verbosity()
    package.logging.set_verbosity(package.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", package.exceptions.ExperimentalWarning)
            yield package
    finally:
        package.logging.set_verbosity(verbosity)
