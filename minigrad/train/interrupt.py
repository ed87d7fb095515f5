"""Ctrl-C held back until an update is whole: half of one could not be continued."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, final


@final
class Interrupt:
    """Within it the first Ctrl-C only sets `pressed`; the second raises KeyboardInterrupt at once.

    One that nobody has looked at by the end is raised there, so none is lost.

    Where another handler than Python's own is installed, or in another thread than the main one,
    which may not install any, nothing is changed.
    """

    def __init__(self) -> None:
        self.pressed = False
        self._mine = False

    def __enter__(self) -> Interrupt:
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._press)
            self._mine = True
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        if self._mine:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.pressed and kind is None:
            raise KeyboardInterrupt

    def _press(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
