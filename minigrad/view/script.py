"""A user's script, run as `python script.py` runs it, and the last backward pass that it made."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from minigrad.errors import TraceError
from minigrad.view.trace import KEEP, Trace, Tracing


def last_pass(path: Path, argv: Sequence[str] = (), keep: int | None = KEEP) -> Trace:
    """Run the script, and return the trace of its last backward pass and of the forward pass before it.

    What it prints is printed. If it raises, the trace until then is returned, its `exception` says why,
    and the traceback is on stderr, from the script's own line on. Raises `TraceError` where there is no
    such file, and where the script computes nothing.
    """
    if not path.is_file():
        raise TraceError(f"{path}: there is no such file")
    tracing = Tracing(keep, newest=True)
    with as_main(path, argv), contextlib.suppress(SystemExit):
        try:
            with tracing:
                tracing.variables = runpy.run_path(str(path), run_name="__main__")
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            own = next((i for i, f in enumerate(frames) if Path(f.filename) == path), 0)
            shown = traceback.format_list(frames[own:])
            print("Traceback (most recent call last):", file=sys.stderr)
            sys.stderr.writelines([*shown, *traceback.format_exception_only(error)])
    if not tracing.trace.nodes:
        raise TraceError(f"{path} applies no op to a Tensor: there is nothing to show")
    return tracing.trace


@contextlib.contextmanager
def as_main(path: Path, argv: Sequence[str]) -> Iterator[None]:
    """The arguments, and the folder to import from, as the script would have them."""
    before = sys.argv, sys.path[:]
    sys.argv = [str(path), *argv]
    sys.path.insert(0, os.path.abspath(path.parent))
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before
