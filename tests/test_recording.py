"""no_grad() and enable_grad(): nested, restored, and each thread's own."""

import threading

import pytest

from minigrad import Tensor, enable_grad, is_grad_enabled, no_grad


def test_no_grad_and_enable_grad_nest_and_are_restored():
    x = Tensor(1.0, requires_grad=True)
    with no_grad():
        assert not is_grad_enabled()
        assert not (x * 2).requires_grad
        with enable_grad():
            assert (x * 2).requires_grad
            with no_grad():
                assert not (x * 2).requires_grad
            assert is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


@pytest.mark.parametrize("context", [no_grad, enable_grad])
def test_recording_is_restored_after_an_exception(context):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), context():
            raise ZeroDivisionError
        assert is_grad_enabled()
    with no_grad():
        with pytest.raises(ZeroDivisionError), context():
            raise ZeroDivisionError
        assert not is_grad_enabled()


def test_as_decorators_they_hold_for_each_call():
    @no_grad()
    def predict(x, depth=2):
        """Recursive, so that one call is made within another."""
        assert not is_grad_enabled()
        return predict(x, depth - 1) if depth else x * 2

    x = Tensor(1.0, requires_grad=True)
    assert not predict(x).requires_grad
    assert not predict(x).requires_grad
    assert is_grad_enabled()
    assert predict.__doc__.startswith("Recursive")


def test_recording_is_each_threads_own():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]
