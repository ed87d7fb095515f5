"""Keys from a terminal, one by one as they are pressed."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterator

ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}

AFTER_ESCAPE = 0.05
"""Seconds in which the rest of an arrow key follows its escape character."""


@contextlib.contextmanager
def keyboard() -> Iterator[Iterator[str] | None]:
    """The keys as they are pressed, without waiting for Enter; None if there is no terminal to press them at.

    An arrow is "up", "down", "left" or "right"; Escape is "escape". The terminal is put back as it was.
    """
    if not sys.stdin.isatty():
        yield None
        return
    if sys.platform == "win32":
        yield from_console()
        return
    import termios
    import tty

    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd)
        yield from_terminal(fd)
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def from_terminal(fd: int) -> Iterator[str]:
    waiting = b""
    while True:
        if not waiting:
            waiting = os.read(fd, 64)
        if not waiting or waiting[:1] == b"\x04":
            yield "end of file"
            return
        if waiting[:1] == b"\x1b":
            if len(waiting) < 3 and select.select([fd], [], [], AFTER_ESCAPE)[0]:
                waiting += os.read(fd, 64)
            if waiting[1:2] in (b"[", b"O") and len(waiting) >= 3:
                name = ARROWS.get(chr(waiting[2]))
                waiting = waiting[3:]
                if name is not None:
                    yield name
                continue
            waiting = waiting[1:]
            yield "escape"
            continue
        size = length_of(waiting[0])
        while len(waiting) < size:
            waiting += os.read(fd, 64)
        character, waiting = waiting[:size], waiting[size:]
        yield character.decode("utf-8", "replace")


def length_of(first: int) -> int:
    """How many bytes a character has, by the first of them (UTF-8)."""
    return 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4


def from_console() -> Iterator[str]:
    """On Windows."""
    import msvcrt

    while True:
        key = msvcrt.getwch()  # type: ignore[attr-defined]
        if key in ("\x00", "\xe0"):
            name = {"H": "up", "P": "down", "M": "right", "K": "left"}.get(msvcrt.getwch())  # type: ignore[attr-defined]
            if name is not None:
                yield name
        elif key in ("\x03", "\x1a"):
            yield "end of file"
            return
        else:
            yield "escape" if key == "\x1b" else key
