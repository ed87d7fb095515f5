"""A trace as a JSON document, by the schema beside this file, and back.

Floats are written with the fewest digits that give the same number again in their dtype; nan and inf,
which JSON does not have, are the strings "nan", "inf", "-inf". Times, which differ from run to run, are
written on demand.
"""

from __future__ import annotations

import json
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from minigrad.errors import TraceError
from minigrad.op import format_value
from minigrad.typing import Array
from minigrad.view import records
from minigrad.view.records import Event, Node, Pass, Scope, Slot, Source
from minigrad.view.snapshot import Snapshot, Statistics

if TYPE_CHECKING:
    from minigrad.view.trace import Trace

FORMAT, VERSION = "minigrad-trace", 1
TIMES = ("seconds", "seconds_back")
EVENTS: dict[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        records.Began,
        records.Arrived,
        records.Unbroadcast,
        records.Contributed,
        records.Accumulated,
        records.Released,
        records.Landed,
        records.Ended,
    )
}


@cache
def schema() -> Any:
    """The JSON schema of a trace (draft 2020-12)."""
    return json.loads((Path(__file__).parent / "trace.schema.json").read_text(encoding="utf-8"))


def written(trace: Trace, times: bool, keep: int | None) -> str:
    return json.dumps(as_data(trace, times, keep), ensure_ascii=False, allow_nan=False)


def as_data(trace: Trace, times: bool, keep: int | None) -> dict[str, Any]:
    write = Writer(keep)
    left_out = () if times else TIMES
    return {
        "format": FORMAT,
        "version": VERSION,
        "exception": trace.exception,
        "nodes": [write.record(node, left_out) for node in trace.nodes],
        "scopes": [write.record(scope) for scope in trace.scopes],
        "passes": [write.record(pass_) for pass_ in trace.passes],
        "events": [{"kind": e.kind, **write.record(e)} for e in trace.events],
    }


@final
class Writer:
    """Turns records into what JSON has; arrays of more than `keep` elements become summaries."""

    def __init__(self, keep: int | None) -> None:
        self.keep = keep

    def record(self, record: Any, left_out: tuple[str, ...] = ()) -> dict[str, Any]:
        names = (f.name for f in fields(record) if f.name not in left_out)
        return {name.rstrip("_"): self.value(getattr(record, name)) for name in names}

    def value(self, x: Any) -> Any:
        if x is None or isinstance(x, str | bool | int):
            return x
        if isinstance(x, Snapshot):
            return self.snapshot(x)
        if isinstance(x, float | np.floating):
            return number(x)
        if isinstance(x, np.integer | np.bool_):
            return x.item()
        if isinstance(x, Source):
            return x._asdict()
        if isinstance(x, Slot):
            return {"name": x.name, "node": x.node, "constant": self.value(x.constant)}
        if isinstance(x, dict):
            return {name: self.value(each) for name, each in x.items()}
        if isinstance(x, list | tuple):
            return [self.value(each) for each in x]
        return format_value(x)  # a slice, an array of indices, a dtype: in words

    def snapshot(self, x: Snapshot) -> dict[str, Any]:
        data: dict[str, Any] = {"shape": list(x.shape), "dtype": str(x.dtype)}
        if x.array is not None and (self.keep is None or x.size <= self.keep):
            return data | {"data": numbers(x.array)}
        statistics = {name: self.value(each) for name, each in x.statistics._asdict().items()}
        return data | {"data": None, "statistics": statistics, "patch": numbers(x.patch)}


def number(x: Any) -> float | str:
    """A float with the fewest digits that tell it from its neighbours in its dtype."""
    return float(str(x)) if np.isfinite(x) else str(x)


def numbers(array: Array) -> Any:
    """An array as nested lists."""
    if array.dtype.kind != "f":
        return array.tolist()
    if array.dtype == np.float64 and np.isfinite(array).all():
        return array.tolist()
    flat = np.empty(array.size, dtype=object)
    flat[:] = [number(x) for x in array.ravel()]
    return flat.reshape(array.shape).tolist()


# ---- and back ----


def read(trace: Trace, text: str, path: str) -> None:
    """Fill an empty trace from a document. Raises `TraceError` where it is none."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise TraceError(f"{path}: is not JSON: {error}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise TraceError(f"{path}: is not a trace: give a file that Trace.save() wrote")
    if data.get("version") != VERSION:
        raise TraceError(
            f"{path}: is a trace of version {data.get('version')}, and this minigrad reads {VERSION}"
        )
    try:
        trace.exception = data["exception"]
        trace.nodes += [node(each) for each in data["nodes"]]
        trace.scopes += [Scope(**each) for each in data["scopes"]]
        trace.passes += [Pass(**each) for each in data["passes"]]
        trace.events += [event(each) for each in data["events"]]
    except (KeyError, TypeError, ValueError) as error:
        raise TraceError(f"{path}: is damaged: {error!r}") from error


def node(data: dict[str, Any]) -> Node:
    slots = tuple(
        Slot(each["name"], each["node"], as_number(each["constant"])) for each in data["slots"]
    )
    source = None if data["source"] is None else Source(**data["source"])
    return Node(**{**data, "slots": slots, "source": source, "value": restored(data["value"])})


def event(data: dict[str, Any]) -> Event:
    kind = EVENTS[data["kind"]]
    rest = {name: each for name, each in data.items() if name not in ("kind", "pass")}
    for name, each in rest.items():
        if isinstance(each, dict):
            rest[name] = restored(each)
        elif isinstance(each, list):
            rest[name] = tuple(each)
    return kind(pass_=data["pass"], **rest)


def as_number(x: Any) -> Any:
    return float(x) if isinstance(x, str) else x


def restored(data: dict[str, Any] | None) -> Snapshot | None:
    if data is None:
        return None
    shape, dtype = tuple(data["shape"]), np.dtype(data["dtype"])
    if data["data"] is not None:
        return Snapshot(as_array(data["data"], dtype).reshape(shape))
    statistics = Statistics(**{k: as_number(v) for k, v in data["statistics"].items()})
    return Snapshot.summarised(shape, dtype, statistics, as_array(data["patch"], dtype))


def as_array(data: Any, dtype: np.dtype[Any]) -> Array:
    return np.array(data, dtype=object).astype(dtype)
