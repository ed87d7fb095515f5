"""Files that are replaced in one step: after a kill at any instant, the old content or the new is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def explaining(error: type[Exception], problem: str) -> Iterator[None]:
    """Raise an `OSError` of the block as `error`: the problem, and the cause that the system names."""
    try:
        yield
    except OSError as cause:
        raise error(f"{problem}: {cause.strerror}") from cause


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path in the same folder to write to; after the block, that file replaces `path`.

    The temporary name keeps the suffix, since some libraries choose the format by it. An error in the
    block leaves `path` as it was and removes the temporary file. A temporary file that a killed process
    left behind is overwritten by the next call. Raises `OSError`.
    """
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield part
        publish(part, path)
    except BaseException:
        if part.is_file():
            part.unlink()
        raise


def publish(part: Path, path: Path) -> None:
    """Rename the complete file `part` to `path`, in the same folder, once its bytes are on the disk.

    Without waiting for the disk, a power failure could leave the name with nothing behind it.
    """
    with part.open("r+b") as file:  # Windows synchronises only what may be written
        os.fsync(file.fileno())
    os.replace(part, path)
    if os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
