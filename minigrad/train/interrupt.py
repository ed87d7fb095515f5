"""Interrupt: Ctrl-C takes effect after an update, since half an update could not be continued."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any, final


@final
class Interrupt:
    """Within the block, the first Ctrl-C only sets `pressed`; the second raises KeyboardInterrupt at once.

    A first Ctrl-C that was not acted on raises KeyboardInterrupt at the end of the block.

    Nothing changes where another handler than Python's own is installed, and in threads other than the
    main thread, which may not install one.
    """

    pressed = False

    def __enter__(self) -> Interrupt:
        main = threading.current_thread() is threading.main_thread()
        self._ours = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._ours:
            signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.pressed and kind is None:
            raise KeyboardInterrupt

    def _press(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
