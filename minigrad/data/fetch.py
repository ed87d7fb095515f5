"""Downloads: resumed after an interruption, and renamed once their checksum is correct.

The bytes so far are in `NAME.part`, so a file with its final name is always complete.
"""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from minigrad.data.published import Published
from minigrad.errors import DataError
from minigrad.files import explaining, publish

CHUNK = 2**16  # bytes between two calls of `report`
TIMEOUT = 30.0  # seconds without data after which a connection counts as lost

Report = Callable[[int], object]


def fetch(item: Published, folder: Path, report: Report = lambda done: None) -> bool:
    """Download a published file into `folder`; returns False if it is there with its checksum.

    A mirror is tried again as long as each try adds bytes, then the next mirror is tried. `report`
    is called with the number of bytes so far. Raises `DataError` with the error of each mirror. The
    bytes so far are kept, and the next call continues from them.
    """
    target = folder / item.path
    if item.matches(target):
        return False
    part = target.with_name(target.name + ".part")
    with explaining(DataError, f"{target}: cannot be written"):
        target.parent.mkdir(parents=True, exist_ok=True)
    failures = []
    for url in (f"{mirror}/{target.name}" for mirror in item.mirrors):
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
                publish(part, target)
                return True
            part.unlink()
            failures.append(f"{url}: the checksum of its {item.size} bytes is not {item.md5}")
            promising = had > 0  # the bytes of an earlier try may be the wrong ones
    raise DataError(f"{target}: could not be downloaded\n  " + "\n  ".join(dict.fromkeys(failures)))


def _transfer(url: str, part: Path, size: int, report: Report) -> None:
    """Complete `part` to `size` bytes; raises `OSError` if the server sends another file."""
    done = _size(part)
    if done == size:
        return
    headers = {"User-Agent": "minigrad", "Accept-Encoding": "identity"}
    if 0 < done < size:
        headers["Range"] = f"bytes={done}-"
    request = Request(url, headers=headers)
    with urlopen(request, timeout=TIMEOUT) as response, part.open("ab") as out:
        if response.status == 206:
            found, needed = response.headers["Content-Range"], f"bytes {done}-{size - 1}/{size}"
        else:  # this server ignores the range and starts from the first byte
            found, needed, done = response.headers["Content-Length"], str(size), 0
        if found not in (needed, None):
            raise OSError(f"offers {found}, not the published file ({needed})")
        out.truncate(done)
        while chunk := response.read(min(CHUNK, size - done)):
            done += out.write(chunk)
            report(done)
    if done < size:
        raise OSError(f"the connection was lost after {done} of {size} bytes")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
