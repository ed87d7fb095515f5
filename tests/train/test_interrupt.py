"""Ctrl-C held back, where that is ours to do."""

import os
import signal
import threading

import pytest

from minigrad.train.interrupt import Interrupt


def test_the_first_is_held_back_and_the_second_is_not():
    with Interrupt() as interrupt:
        assert not interrupt.pressed
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupt.pressed
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_a_handler_of_the_users_own_stays():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    try:
        with Interrupt() as interrupt:
            os.kill(os.getpid(), signal.SIGINT)
        assert not interrupt.pressed
        assert seen == [1]
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_changes_nothing():
    handlers = []

    def look():
        with Interrupt():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
