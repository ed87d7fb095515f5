"""History: the measures of a run, update by update, in memory and as JSON lines on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from minigrad.errors import CheckpointError, DataError
from minigrad.files import explaining

Record = dict[str, Any]


@final
class History:
    """The records of a run, in order. Nothing in them depends on the clock or the machine.

        {"kind": "update", "step": 7, "epoch": 1, "rate": 0.1, "cost": ..., "loss": ..., "accuracy": ...}
        {"kind": "evaluation", "step": 94, "epoch": 1, "train_cost": ..., "validation_accuracy": ...}

    `step` counts updates from 1; cost = loss + penalty. `train_averaged` is true where the training set was
    not evaluated: its measures are then means over the updates since the last evaluation.

    With a `path`, each record becomes a line of that file. The file is replaced, unless `records` are
    given: it must hold those. Lines are written every `FLUSH_EVERY` records and at every evaluation, so
    a killed run leaves almost all its records; the last line may be incomplete.
    """

    FLUSH_EVERY = 100

    def __init__(self, path: Path | None = None, records: list[Record] | None = None) -> None:
        self.path, self.records = path, records or []
        self._written = len(self.records)
        if path is not None and not self.records:
            self.flush(mode="wb")

    # ---- writing ----

    def record(self, kind: str, **values: Any) -> Record:
        """Add a record and return it. An evaluation is written at once: they are few, and waited for."""
        record = {"kind": kind, **values}
        self.records.append(record)
        if kind == "evaluation" or len(self.records) - self._written >= self.FLUSH_EVERY:
            self.flush()
        return record

    def flush(self, *, sync: bool = False, mode: str = "ab") -> int:
        """Write the records to the file and return its size; `sync` waits until they are on the disk."""
        if self.path is None:
            return 0
        lines = "".join(json.dumps(r) + "\n" for r in self.records[self._written :])
        problem = f"{self.path}: cannot be written"
        with explaining(CheckpointError, problem), self.path.open(mode) as file:
            file.write(lines.encode())
            file.flush()
            self._written = len(self.records)
            if sync:
                os.fsync(file.fileno())
            return int(file.tell())

    # ---- reading ----

    @classmethod
    def read(cls, path: Path | str) -> History:
        """The history in a file, for reading only. An incomplete last line is left out.

        Raises `DataError`, which names the line, for a file that holds anything else.
        """
        with explaining(DataError, f"{path}: cannot be read"):
            content = Path(path).read_bytes()
        return cls(records=parse(content[: content.rfind(b"\n") + 1], path))

    @classmethod
    def resume(cls, path: Path, size: int) -> History:
        """The history as it was when its file had `size` bytes; later lines are cut off.

        Raises `CheckpointError` if the file cannot be that of the checkpoint.
        """
        if size == 0:
            return cls(path)
        problem = f"{path}: cannot be continued"
        with explaining(CheckpointError, problem), path.open("r+b") as file:
            content = file.read(size)
            if len(content) < size or not content.endswith(b"\n"):
                raise CheckpointError(
                    f"{path}: does not belong to the checkpoint: when that was saved, this file had "
                    f"{size} bytes and a complete last line; it has been changed since"
                )
            file.truncate(size)
        return cls(path, parse(content, path))

    # ---- looking ----

    def series(self, kind: str, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The steps at which `name` was measured, and its values: series("update", "loss")."""
        found = [r for r in self.records if r["kind"] == kind and r.get(name) is not None]
        steps = np.array([r["step"] for r in found], np.int64)
        return steps, np.array([r[name] for r in found], np.float64)

    def last(self, kind: str = "evaluation") -> Record | None:
        """The newest record of a kind."""
        return next((r for r in reversed(self.records) if r["kind"] == kind), None)

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        last = self.records[-1]["step"] if self.records else 0
        return f"History({len(self)} records to step {last})"


def parse(content: bytes, path: Path | str) -> list[Record]:
    records = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            record = json.loads(line)
            if not isinstance(record["kind"], str) or not isinstance(record["step"], int):
                raise TypeError
        except (ValueError, KeyError, TypeError):
            raise DataError(f"{path}: line {number} is not a record of a run") from None
        records.append(record)
    return records


def shortest(value: Any) -> float:
    """A number as the Python float with the fewest digits that give it back in its own dtype.

    A float32 loss is written as 0.6931472, not as 0.6931471824645996.
    """
    return float(str(np.asarray(value)[()]))
