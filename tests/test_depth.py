"""No graph is too deep and none has too many paths: what is done grows with the number of ops alone."""

import gc
import threading
from collections import Counter

import numpy as np
import pytest

from minigrad import Tensor, grad
from minigrad.recording import Accumulated, UpstreamComplete, observing

DEPTH = 100_000


def leaf(value=1.0):
    return Tensor(np.float64(value), requires_grad=True)


def chain(x, depth):
    for _ in range(depth):
        x = x + 1.0
    return x


def test_a_deep_chain_is_differentiated_and_freed():
    x = leaf()
    y = chain(x, DEPTH)
    assert y.item() == DEPTH + 1
    y.backward(np.float64(3.0))
    assert x.grad.item() == 3


def test_a_deep_chain_that_is_never_differentiated_is_freed():
    y = chain(leaf(), DEPTH)
    y = None
    gc.collect()
    assert y is None


def test_a_deep_chain_is_differentiated_with_a_record():
    x = leaf(2.0)
    y = x
    for _ in range(2_000):
        y = y * 1.0
    (g,) = grad(y * y, x, create_graph=True)
    assert grad(g, x)[0].item() == 2


def test_a_thread_with_a_small_stack_is_deep_enough():
    """Recursion, in Python or in the freeing of what is nested, would overflow 128 KiB at once."""
    results = []

    def work():
        x = leaf()
        chain(x, DEPTH).backward()
        results.append(x.grad.item())
        chain(x, DEPTH)  # recorded, and freed as it goes

    before = threading.stack_size(128 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert results == [1]


@pytest.fixture
def count():
    """How many events of each class there were."""
    count = Counter()
    with observing(lambda event: count.update([type(event)])):
        yield count


def test_a_ladder_of_doublings_has_2_to_the_60_paths_and_60_rungs(count):
    x = y = leaf()
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**60
    assert (count[UpstreamComplete], count[Accumulated]) == (60, 60)


def test_a_ladder_under_grad_and_with_a_record(count):
    x = y = leaf()
    for _ in range(30):
        y = y + y
    (g,) = grad(y, x, create_graph=True)
    assert g.item() == 2.0**30
    assert (count[UpstreamComplete], count[Accumulated]) == (30, 30)


def test_a_diamond_is_complete_before_it_is_passed_on(count):
    x = leaf(3.0)
    left, right = x * 2, x * 5
    y = left * right
    y.backward()
    assert x.grad.item() == 60
    assert (count[UpstreamComplete], count[Accumulated]) == (3, 1)


@pytest.mark.parametrize("create_graph", [False, True])
def test_the_work_is_linear(count, create_graph):
    """Lattices of two strands that cross at every step, of growing length."""
    work = []
    for length in (10, 20, 40):
        count.clear()
        a, b = leaf(0.1), leaf(0.2)
        x, y = a, b
        for _ in range(length):
            x, y = x + y, x * 0.5 - y
        (x + y).backward(create_graph=create_graph)
        work.append((count[UpstreamComplete], count[Accumulated]))
    assert [rules for rules, _ in work] == [31, 61, 121]
    assert work[2][1] - work[1][1] == 2 * (work[1][1] - work[0][1])


def test_a_wide_sum_is_linear(count):
    x = leaf()
    y = sum((x * float(i) for i in range(1000)), start=Tensor(np.float64(0)))
    y.backward()
    assert x.grad.item() == 499_500
    assert (count[UpstreamComplete], count[Accumulated]) == (2000, 999)
