"""A mistake that a student would make in an exercise, and what the check must say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mistake:
    """`wrong` in the place of the function `name` of the solved exercise; `hint` is what must be printed.

    Mistake("softmax_backward", lambda g, z: softmax(z) * g, "the sum over the other elements is missing")

    What `wrong` calls is looked up in its own module, the list of mistakes, and then in the solved file.
    """

    name: str
    wrong: Callable[..., Any]
    hint: str
