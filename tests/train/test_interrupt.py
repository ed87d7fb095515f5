"""Ctrl-C held back, where that is ours to do."""

import os
import signal
import threading

import pytest

from minigrad.train.interrupt import Interrupt


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_held_back_to_the_end_and_the_second_is_not():
    reached = []

    def look():
        with Interrupt() as interrupt:
            reached.append(interrupt.pressed)
            press()
            reached.append(interrupt.pressed)
            with pytest.raises(KeyboardInterrupt):
                press()
            reached.append("the end")

    with pytest.raises(KeyboardInterrupt):
        look()
    assert reached == [False, True, "the end"]
    with pytest.raises(KeyboardInterrupt):
        press()


def test_an_error_is_not_replaced():
    def fail():
        with Interrupt():
            press()
            raise ValueError("the user's")

    with pytest.raises(ValueError, match="the user's"):
        fail()


def test_a_handler_of_the_users_own_stays():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    try:
        with Interrupt() as interrupt:
            press()
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
