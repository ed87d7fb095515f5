"""SGD against its recurrence, element by element in Python's floats."""

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
    momentum=st.floats(0.01, 0.99) | st.just(0.0),
    weight_decay=st.floats(0, 0.5),
    nesterov=st.booleans(),
)
def test_recurrence(start, grads, lr, momentum, weight_decay, nesterov):
    nesterov = nesterov and momentum > 0
    w = nn.Parameter(np.array([start]))
    optimizer = optim.SGD([w], lr, momentum, weight_decay, nesterov)
    p, v = start, 0.0
    for g in grads:
        w.grad = np.array([g])
        optimizer.step()
        g += weight_decay * p
        v = momentum * v + g
        p -= lr * (g + momentum * v if nesterov else v)
        np.testing.assert_allclose(w.data, [p], rtol=1e-12, atol=1e-12)
