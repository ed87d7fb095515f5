"""Derivatives of derivatives: to the fifth order, through fused ops, and what a recorded pass leaves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import OPS, Tensor, fused, grad, graph, no_grad
from minigrad.domain import elementwise
from minigrad.errors import GraphError


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def nth(f, x, n):
    y = f(x)
    for _ in range(n):
        if not y.requires_grad:
            return 0.0  # a constant
        (y,) = grad(y, x, create_graph=True)
    return y.item()


def test_five_derivatives_of_tanh_sin_and_a_power():
    a = 0.3
    t = math.tanh(a)
    u = 1 - t * t
    tanh = [t, u, -2 * t * u, u * (6 * t * t - 2), u * t * (16 - 24 * t * t),
            u * (16 - 120 * t**2 + 120 * t**4)]  # fmt: skip
    assert [nth(mg.tanh, leaf(a), n) for n in range(6)] == pytest.approx(tanh, rel=1e-12)
    sin = [math.sin(a + n * math.pi / 2) for n in range(6)]
    assert [nth(mg.sin, leaf(a), n) for n in range(6)] == pytest.approx(sin, rel=1e-12)
    falling = [math.prod(2.5 - k for k in range(n)) * a ** (2.5 - n) for n in range(6)]
    assert [nth(lambda x: x**2.5, leaf(a), n) for n in range(6)] == pytest.approx(
        falling, rel=1e-12
    )
    exponents = [3**a * math.log(3) ** n for n in range(6)]
    assert [nth(lambda y: 3**y, leaf(a), n) for n in range(6)] == pytest.approx(
        exponents, rel=1e-12
    )
    cube = [nth(lambda x: x**3, leaf(0.0), n) for n in range(6)]
    assert cube == [0, 0, 0, 6, 0, 0]
    both = nth(lambda x: x**x, leaf(1.5), 2)
    assert both == pytest.approx(1.5**1.5 * ((1 + math.log(1.5)) ** 2 + 1 / 1.5), rel=1e-12)


def hessian(f, x):
    (g,) = grad(f(x), x, create_graph=True)
    rows = [grad(g[i], x, retain_graph=True)[0].data for i in range(x.size)]
    return np.stack(rows)


@given(st.integers(0, 10_000))
def test_hessians_are_symmetric_through_primitives_and_fused_ops(seed):
    rng = np.random.default_rng(seed)
    x = leaf(rng.uniform(-1, 1, 6))
    w = rng.uniform(-1, 1, (3, 3))

    def f(x):
        logits = x.reshape(2, 3).tanh() @ w
        return mg.cross_entropy(logits, [0, 2]) + logits.prod() + logits.std() * x[2:].logsumexp()

    h = hessian(f, x)
    assert np.abs(h).max() > 1e-3
    np.testing.assert_allclose(h, h.T, atol=1e-12)
    step = 1e-5 * rng.uniform(1, 2, 6)
    above, below = ((grad(f(y), y)[0].data) for y in (leaf(x.data + step), leaf(x.data - step)))
    np.testing.assert_allclose(h @ (2 * step), above - below, atol=1e-9)


@pytest.fixture
def twice():
    """A fused product, stated with one definition, and a rule that reuses what it saved."""
    before = dict(OPS)

    @fused(lambda a, b: a * b * b, cases=elementwise(), rejects=[])
    def product(a, b):
        """a b^2"""
        return a * b * b, [np.array(b * b), np.array(2 * a * b)]

    product.vjp(
        lambda g, saved, a, b: np.multiply(g, saved[0], out=saved[0]),
        lambda g, saved, a, b: np.multiply(g, saved[1], out=saved[1]),
    )
    yield product
    OPS.clear()
    OPS.update(before)


def test_a_fused_op_with_one_tensor_in_both_slots(twice):
    x = leaf(2.0)
    assert [nth(lambda x: twice(x, x), leaf(2.0), n) for n in range(5)] == [8, 12, 12, 6, 0]
    twice(x, x).backward()
    assert x.grad.item() == 12


def test_a_fused_op_with_one_input_that_depends_on_the_other(twice):
    def f(x):
        return twice(x, x * x)  # x^5

    x = leaf(2.0)
    f(x).backward()
    assert x.grad.item() == 80
    assert [nth(f, leaf(2.0), n) for n in range(6)] == [32, 80, 160, 240, 240, 120]
    inner = x * x
    gx, gi = grad(twice(x, inner), [x, inner], create_graph=True)
    assert (gx.item(), gi.item()) == (80, 16)


def test_the_definition_is_not_followed_beyond_the_inputs_of_the_fused_op(twice, monkeypatch):
    """The history of an input that was not asked for may be long, and is walked once."""
    visited = []
    walk = graph.topological_order

    def counting(*args):
        order = walk(*args)
        visited.append(len(order))
        return order

    monkeypatch.setattr(graph, "topological_order", counting)
    history, w = leaf(2.0), leaf(3.0)
    for _ in range(100):
        history = history.sin()
    loss = twice(history, w) + twice(history, w)
    grad(loss, w, create_graph=True)
    assert visited == [103, 2, 2]


def test_gradients_of_gradients_flow_into_the_seed():
    """The double-backward trick: a vector-Jacobian product is linear in its vector."""
    x = leaf([1.0, 2.0])
    v = leaf([0.5, -1.0])
    (g,) = grad(x * x, x, v, create_graph=True)
    (jv,) = grad(g, v, np.array([3.0, 5.0]))
    assert jv.data.tolist() == [2 * 1 * 3, 2 * 2 * 5]


def test_recording_inside_no_grad():
    x = leaf(3.0)
    y = x * x * x
    with no_grad():
        first, same = grad(y, [x, x], create_graph=True)
        y.backward(create_graph=True)
        y.backward(create_graph=True)
    assert (
        grad(first, x, retain_graph=True)[0].item()
        == grad(same, x, retain_graph=True)[0].item()
        == 18
    )
    assert grad(x.grad, x)[0].item() == 36


def test_a_plain_pass_after_a_recorded_one_leaves_a_plain_gradient():
    x = leaf(3.0)
    (x * x).backward(create_graph=True)
    assert x.grad.requires_grad
    (x * x).backward()
    assert not x.grad.requires_grad
    assert x.grad.item() == 12


def test_a_recorded_pass_refuses_values_that_have_been_replaced():
    x = leaf(3.0)
    y = x.exp()
    z = y * x
    x.data = np.array(4.0)
    with pytest.raises(
        GraphError, match=r"values that mul was computed from.*run the forward pass again"
    ):
        grad(z, x, create_graph=True)
    x = leaf(3.0)
    y = x.exp()
    y.data = np.array(1.0)  # the rule of exp reads its result
    with pytest.raises(GraphError, match="exp was computed from"):
        grad(y, x, create_graph=True)
    assert grad(x.exp(), x)[0].item() == pytest.approx(math.exp(3))
