"""RMSprop against its recurrence, element by element in Python's floats."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import nn, optim

values = st.floats(-10, 10, allow_subnormal=False)


@settings(deadline=None)
@given(
    start=values,
    grads=st.lists(values, min_size=1, max_size=6),
    lr=st.floats(0, 1),
    alpha=st.floats(0, 0.99),
    eps=st.floats(1e-3, 1.0),
    weight_decay=st.floats(0, 0.5),
    momentum=st.floats(0.01, 0.99) | st.just(0.0),
)
def test_recurrence(start, grads, lr, alpha, eps, weight_decay, momentum):
    w = nn.Parameter(np.array([start]))
    optimizer = optim.RMSprop([w], lr, alpha, eps, weight_decay, momentum)
    p, v, u = start, 0.0, 0.0
    for g in grads:
        w.grad = np.array([g])
        optimizer.step()
        g += weight_decay * p
        v = alpha * v + (1 - alpha) * g * g
        u = momentum * u + g / (math.sqrt(v) + eps)
        p -= lr * u
        np.testing.assert_allclose(w.data, [p], rtol=1e-9, atol=1e-9)
