"""Checkpoints: the whole state of a run in one safetensors file, which appears all at once or not at all.

A checkpoint is arrays (parameters, moments) and small things (rates, positions, the states of random
generators). Two files, one for each, could be torn apart by a kill between their renames: a run would
then continue with the weights of one moment and the position of another. So the small things travel
as JSON in the metadata of the safetensors file, and a single rename publishes everything. The weights
alone are written besides, by `save_weights`, in the form that PyTorch's users load.

Neither form can hold code, so reading a stranger's checkpoint is safe.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from minigrad.errors import CheckpointError
from minigrad.files import replacing
from minigrad.typing import Array

STATE, ABOUT = "minigrad.checkpoint", "minigrad.weights"
"""Where the JSON stands in the metadata: of a checkpoint, of weights alone."""
ARRAY, ITEMS = "$array", "$items"
"""Keys of the JSON: the name of an array in the file, and the items of a dict whose keys are no strings."""


def save(path: Path | str, state: Mapping[str, Any]) -> None:
    """Write nested dicts and lists of arrays, numbers, strings, booleans and None.

    The same state gives the same bytes. Raises `CheckpointError` if it cannot be written; what was
    at `path` before is then still there.
    """
    arrays: dict[str, Array] = {}
    structure = json.dumps(packed(state, "", arrays))
    publish(Path(path), serialised(arrays, {STATE: structure}))


def load(path: Path | str) -> dict[str, Any]:
    """The state that `save` was given, with tuples as lists.

    Raises `CheckpointError` for a file that is missing, damaged, or something else.
    """
    arrays, metadata = deserialised(Path(path))
    try:
        return dict(unpacked(json.loads(metadata[STATE]), arrays))
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"{path}: a safetensors file, but no checkpoint of minigrad's"
        ) from error


def save_weights(
    path: Path | str, weights: Mapping[str, Array], about: Mapping[str, Any] | None = None
) -> None:
    """Write a `state_dict()` by itself: `safetensors.torch.load_file` reads it under the same names.

    `about`, fit for JSON, goes to the metadata: what the weights need to be of use to somebody else.
    """
    # One key: safetensors puts several of them in another order every time.
    publish(Path(path), serialised(dict(weights), {ABOUT: json.dumps(about or {})}))


def load_weights(path: Path | str) -> dict[str, Array]:
    """The arrays of a safetensors file by name, minigrad's or PyTorch's, for `load_state_dict`."""
    return deserialised(Path(path))[0]


# ---- bytes ----


def serialised(arrays: dict[str, Array], metadata: dict[str, str]) -> bytes:
    from safetensors import SafetensorError
    from safetensors.numpy import save as to_bytes

    try:
        # As they lie in memory does not matter to the format, but it reads the bytes as they lie.
        return to_bytes({k: np.asarray(a, order="C") for k, a in arrays.items()}, metadata)
    except (SafetensorError, KeyError, TypeError) as error:
        kinds = ", ".join(sorted({str(a.dtype) for a in arrays.values()}))
        raise CheckpointError(
            f"safetensors cannot hold these arrays, of {kinds}: {error}"
        ) from error


def deserialised(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file") from None
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: not a readable safetensors file: {error}") from error


def publish(path: Path, content: bytes) -> None:
    try:
        with replacing(path) as part:
            part.write_bytes(content)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written: {error.strerror}") from error


# ---- structure ----


def packed(value: Any, name: str, arrays: dict[str, Array]) -> Any:
    """`value` as JSON can say it; its arrays go to `arrays`, under the path that leads to them."""
    if isinstance(value, np.ndarray):
        if name in arrays:
            raise CheckpointError(f"two arrays would be named {name}: keys must not hold a slash")
        arrays[name] = value
        return {ARRAY: name}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        inside = {k: packed(v, f"{name}/{k}" if name else str(k), arrays) for k, v in value.items()}
        if all(isinstance(k, str) for k in inside):
            return inside
        return {ITEMS: [[k, v] for k, v in inside.items()]}
    if isinstance(value, list | tuple):
        return [packed(v, f"{name}/{i}", arrays) for i, v in enumerate(value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise CheckpointError(
        f"{name}: a {type(value).__name__} cannot be saved; needed: arrays, numbers, strings, "
        "booleans, None, and lists and dicts of them"
    )


def unpacked(value: Any, arrays: Mapping[str, Array]) -> Any:
    if isinstance(value, list):
        return [unpacked(v, arrays) for v in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {ARRAY}:
        return arrays[value[ARRAY]]
    if value.keys() == {ITEMS}:
        return {k: unpacked(v, arrays) for k, v in value[ITEMS]}
    return {k: unpacked(v, arrays) for k, v in value.items()}
