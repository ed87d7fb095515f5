"""What a record says of one slot, or of one event, for all numbers and shapes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad.view import trace
from minigrad.view.records import Unbroadcast


@given(st.one_of(st.floats(-9, 9), st.integers(-9, 9), st.booleans()))
def test_a_number_is_kept_as_it_was_given(number):
    t = trace(lambda x: mg.maximum(x, number), 0.5)
    kept = t.nodes[-1].slots[1].constant
    assert (type(kept), repr(kept)) == (type(number), repr(number))


@given(st.data())
def test_the_axes_that_are_summed_are_those_that_were_stretched(data):
    wide = tuple(data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)))
    new = data.draw(st.integers(0, len(wide)))
    stretched = [data.draw(st.booleans()) for _ in wide[new:]]
    narrow = tuple(1 if one else n for one, n in zip(stretched, wide[new:]))
    b = mg.Tensor(np.zeros(narrow), requires_grad=True)
    with trace() as t:
        y = mg.Tensor(np.zeros(wide)) + b
        y.backward(np.random.default_rng(0).normal(size=wide))
    events = [e for e in t.events if isinstance(e, Unbroadcast)]
    assert bool(events) == (narrow != wide)
    for event in events:
        assert set(event.axes) == set(range(new)) | {
            new + i for i, n in enumerate(narrow) if n == 1 != wide[new + i]
        }
        summed = event.wide.array.sum(axis=event.axes).reshape(narrow)
        np.testing.assert_allclose(event.g.array, summed, rtol=1e-12)
