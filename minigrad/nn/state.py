"""The comparison of a saved state with the module that loads it, before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from minigrad.errors import StateError
from minigrad.tensor import Tensor
from minigrad.typing import Array


def match_state(own: Mapping[str, Array], state: Mapping[str, Any], name: str) -> dict[str, Array]:
    """Copies of the values in `state`, in the dtypes and the memory order of `own`.

    Raises one `StateError` that lists everything that does not fit.
    """
    problems = []
    if missing := own.keys() - state.keys():
        problems.append(f"missing: {', '.join(sorted(missing))}")
    if unexpected := state.keys() - own.keys():
        problems.append(f"unexpected: {', '.join(sorted(unexpected))}")
    values = {}
    for path in own.keys() & state.keys():
        given = state[path].data if isinstance(state[path], Tensor) else np.asarray(state[path])
        here = own[path]
        if given.shape != here.shape:
            problems.append(f"{path}: the state has shape {given.shape}, the module {here.shape}")
        elif not np.can_cast(given.dtype, here.dtype, "safe"):
            problems.append(
                f"{path}: {given.dtype} does not fit into {here.dtype} without loss; convert the state, "
                f"or the module with to({given.dtype.name!r})"
            )
        else:
            values[path] = np.empty_like(here)
            values[path][...] = given
    if problems:
        raise StateError("\n  ".join([f"this state does not fit {name}", *sorted(problems)]))
    return values
