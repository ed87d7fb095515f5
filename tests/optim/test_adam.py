"""Adam and AdamW against the algorithms of the papers, element by element in Python's floats."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import nn, optim

values = st.floats(-10, 10, allow_subnormal=False)


@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW])
@settings(deadline=None)
@given(
    start=values,
    grads=st.lists(values, min_size=1, max_size=6),
    lr=st.floats(0, 1),
    beta1=st.floats(0, 0.99),
    beta2=st.floats(0, 0.999),
    eps=st.floats(1e-3, 1.0),
    weight_decay=st.floats(0, 0.5),
)
def test_recurrence(kind, start, grads, lr, beta1, beta2, eps, weight_decay):
    w = nn.Parameter(np.array([start]))
    optimizer = kind([w], lr, (beta1, beta2), eps, weight_decay)
    p = start
    for t in range(1, len(grads) + 1):
        w.grad = np.array([grads[t - 1]])
        optimizer.step()
        if kind is optim.Adam:
            grads[t - 1] += weight_decay * p
        else:
            p -= lr * weight_decay * p
        # The moments as the weighted sums that the recurrences unroll to.
        m = sum((1 - beta1) * beta1 ** (t - i) * grads[i - 1] for i in range(1, t + 1))
        v = sum((1 - beta2) * beta2 ** (t - i) * grads[i - 1] ** 2 for i in range(1, t + 1))
        p -= lr * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + eps)
        np.testing.assert_allclose(w.data, [p], rtol=1e-9, atol=1e-9)


def test_the_first_step_has_the_size_of_the_rate_whatever_the_gradient():
    w = nn.Parameter(np.zeros(3))
    w.grad = np.array([1e-3, 5.0, -1e4])
    optim.Adam([w], lr=0.1).step()
    np.testing.assert_allclose(w.data, [-0.1, -0.1, 0.1], rtol=1e-4)
