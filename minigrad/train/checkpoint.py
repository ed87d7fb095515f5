"""Checkpoints: the whole state of a run in one safetensors file, which is replaced in one step.

A checkpoint is arrays (parameters, moments) and small values (rates, positions, the states of random
generators). With a file for each, a kill between the two renames would leave them in different states: a
resumed run would have the weights of one moment and the position of another. So the small values are
JSON in the metadata of the safetensors file. The weights alone are written by `save_weights`, in the form
that PyTorch's users load.

Neither form can hold code, so it is safe to read a checkpoint from a stranger.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.errors import CheckpointError
from minigrad.files import explaining, replacing
from minigrad.typing import Array

STATE, ABOUT = "minigrad.checkpoint", "minigrad.weights"
"""Keys of the metadata: the JSON of a checkpoint, and the JSON that describes weights."""
ARRAY, ITEMS = "$array", "$items"
"""Keys of the JSON: the name of an array in the file, and the items of a dict whose keys are numbers."""


def save(path: Path | str, state: Mapping[str, Any]) -> None:
    """Write nested dicts and lists of arrays, numbers, strings, booleans and None.

    The same state gives the same bytes. Raises `CheckpointError` if it cannot be written; `path` is then
    as it was before.
    """
    arrays: dict[str, Array] = {}
    write(Path(path), arrays, {STATE: json.dumps(pack(state, "", arrays))})


def load(path: Path | str) -> dict[str, Any]:
    """The state that `save` was given, with tuples as lists.

    Raises `CheckpointError` for a file that is missing, damaged, or something else.
    """
    arrays, metadata = read(Path(path))

    def unpack(value: dict[str, Any]) -> Any:
        """The inverse of `pack`, for an object of the JSON whose values are unpacked."""
        if value.keys() == {ARRAY}:
            return arrays[value[ARRAY]]
        return dict(value[ITEMS]) if value.keys() == {ITEMS} else value

    try:
        return dict(json.loads(metadata[STATE], object_hook=unpack))
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"{path}: a safetensors file, but not a checkpoint of minigrad"
        ) from error


def save_weights(
    path: Path | str, weights: Mapping[str, Array], about: Mapping[str, Any] | None = None
) -> None:
    """Write a `state_dict()` by itself: `safetensors.torch.load_file` reads it under the same names.

    `about`, a dict for JSON, becomes metadata: what others need to use the weights.
    """
    # One key only: safetensors writes several keys in another order every time.
    write(Path(path), dict(weights), {ABOUT: json.dumps(about or {})})


def load_weights(path: Path | str) -> dict[str, Array]:
    """The arrays of a safetensors file by name, minigrad's or PyTorch's, for `load_state_dict`."""
    return read(Path(path))[0]


# ---- files ----


def write(path: Path, arrays: Mapping[str, Array], metadata: dict[str, str]) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save as to_bytes

    try:
        # The format does not store the order in memory, but the library writes the bytes in that order.
        content = to_bytes({k: np.asarray(a, order="C") for k, a in arrays.items()}, metadata)
    except (SafetensorError, KeyError, TypeError) as error:
        dtypes = ", ".join(sorted({str(a.dtype) for a in arrays.values()}))
        raise CheckpointError(
            f"safetensors cannot hold these arrays, of dtype {dtypes}: {error}"
        ) from error
    with explaining(CheckpointError, f"{path}: cannot be written"), replacing(path) as part:
        part.write_bytes(content)


def read(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file") from None
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not a readable safetensors file: {error}") from error


# ---- structure ----


def pack(value: Any, name: str, arrays: dict[str, Array]) -> Any:
    """`value` in the types of JSON; its arrays are added to `arrays`, named by their path in the state."""
    if isinstance(value, np.ndarray):
        if name in arrays:
            raise CheckpointError(
                f"two arrays would have the name {name}: a key must not hold a slash"
            )
        arrays[name] = value
        return {ARRAY: name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        inside = {k: pack(v, f"{name}/{k}" if name else str(k), arrays) for k, v in value.items()}
        if all(isinstance(k, str) for k in inside):
            return inside
        return {ITEMS: [[k, v] for k, v in inside.items()]}
    if isinstance(value, list | tuple):
        return [pack(v, f"{name}/{i}", arrays) for i, v in enumerate(value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise CheckpointError(
        f"{name}: a {type(value).__name__} cannot be saved; needed: arrays, numbers, strings, "
        "booleans, None, and lists and dicts of them"
    )
