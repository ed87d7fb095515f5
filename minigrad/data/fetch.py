"""Downloads: resumed where they were cut, believed once their checksum is right, then renamed.

What has arrived is kept in `NAME.part`, so a file under its own name is always whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from minigrad.data.published import Published
from minigrad.errors import DataError

CHUNK = 2**16  # bytes between two reports
TIMEOUT = 30.0  # seconds of silence after which a connection counts as cut

Report = Callable[[int], object]


def fetch(item: Published, folder: Path, report: Report = lambda done: None) -> bool:
    """Bring one published file into `folder`; False if it was there already, with its checksum.

    A mirror is asked again as long as each try brings the file further, then the next one is.
    `report` is called with the number of bytes that have arrived. Raises `DataError` with what each
    mirror said; what has arrived by then stays, and the next call goes on from there.
    """
    if item.intact(folder):
        return False
    target = folder / item.path
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error}") from error
    failures = []
    for url in item.urls:
        promising = True
        while promising:
            had = _size(part)
            try:
                _transfer(url, part, item.size, report)
            except (OSError, HTTPException) as error:
                failures.append(f"{url}: {error or type(error).__name__}")
                promising = _size(part) > had
                continue
            if item.matches(part):
                os.replace(part, target)
                return True
            part.unlink()
            failures.append(f"{url}: sent {item.size} bytes with another checksum than {item.md5}")
            promising = had > 0  # the fault may lie in what an earlier try had left
    raise DataError(f"{target}: could not be downloaded\n  " + "\n  ".join(dict.fromkeys(failures)))


def _transfer(url: str, part: Path, size: int, report: Report) -> None:
    """Bring `part` to `size` bytes; raises `OSError` if the server sends anything else."""
    done = _size(part)
    if done == size:
        return
    headers = {"User-Agent": "minigrad", "Accept-Encoding": "identity"}
    if 0 < done < size:
        headers["Range"] = f"bytes={done}-"
    with (
        urlopen(Request(url, headers=headers), timeout=TIMEOUT) as response,
        part.open("ab") as out,
    ):
        if response.status == 206:
            found, needed = response.headers["Content-Range"], f"bytes {done}-{size - 1}/{size}"
        else:  # this server begins at the beginning whatever it is asked
            found, needed = response.headers["Content-Length"], str(size)
        if found not in (needed, None):
            raise OSError(f"offers {found}, not the published file ({needed})")
        if response.status != 206:
            out.truncate(0)
            done = 0
        while chunk := response.read(min(CHUNK, size - done)):
            done += out.write(chunk)
            report(done)
        out.flush()
        os.fsync(out.fileno())
    if done < size:
        raise OSError(f"the connection was cut after {done} of {size} bytes")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
