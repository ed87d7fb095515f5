"""Files that may be damaged or forged: they are opened, unpacked and read within a limit."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from minigrad.errors import DataError

Stream = IO[bytes] | gzip.GzipFile
CHUNK = 2**20


@contextmanager
def open_unpacked(path: Path | str) -> Iterator[Stream]:
    """Open `path` for reading bytes, which are unpacked if it is compressed with gzip.

    An error of the file in the `with` block is raised as a `DataError` that names the file.
    """
    try:
        with open(path, "rb") as file:
            compressed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            with gzip.open(file) if compressed else file as unpacked:
                yield unpacked
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: truncated or damaged: {error}") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error


def read_at_most(file: Stream, size: int) -> bytes:
    """The next `size` bytes, or fewer if the file ends before.

    Read in pieces: Python allocates the size that it is asked for before it reads.
    """
    content = io.BytesIO()
    while piece := file.read(min(size - content.tell(), CHUNK)):
        content.write(piece)
    return content.getvalue()


def read_unpacked(path: Path, limit: int, needed: str) -> bytes:
    """All bytes of a file, unpacked; raises `DataError` if there are more than `limit`."""
    with open_unpacked(path) as file:
        # To the end, where the checksum of gzip is, before any of it is used.
        content = read_at_most(file, limit + 1)
    if len(content) > limit:
        raise DataError(f"{path}: more than {limit} bytes, not {needed}")
    return content
