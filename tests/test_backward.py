"""backward() and grad(), held to what PyTorch's documentation says of them."""

import math

import numpy as np
import pytest

import minigrad as mg
from minigrad import OPS, Tensor, grad, no_grad, op
from minigrad.domain import elementwise
from minigrad.errors import GradientError, GraphError, ShapeError


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def expression(x, y):
    """Every value is used more than once, at several depths."""
    a = x * 2 + y
    b = a * a + x
    c = a * b - y * 0.5
    c = c + b.tanh() + a.relu() + (x - c) / 3
    d = c * c.sigmoid() + (a + 2) ** 3
    return d / (1 + b * b) + 10.0 / (2 + a * a)


@pytest.mark.torch
def test_a_tangled_expression_as_pytorch():
    """The same expression twice, theirs and ours."""
    torch = pytest.importorskip("torch")
    x, y = leaf(-0.4), leaf(0.7)
    z = expression(x, y)
    z.backward()
    tx, ty = (torch.tensor(v.item(), dtype=torch.double, requires_grad=True) for v in (x, y))
    tz = expression(tx, ty)
    tz.backward()
    assert z.item() == pytest.approx(tz.item(), rel=1e-14)
    assert x.grad.item() == pytest.approx(tx.grad.item(), rel=1e-13)
    assert y.grad.item() == pytest.approx(ty.grad.item(), rel=1e-13)


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: x + x, 2),
        (lambda x: x * x, 6),
        (lambda x: x - x, 0),
        (lambda x: x / x, 0),
        (lambda x: x**x, 27 * (1 + math.log(3))),
        (lambda x: (x + x) * (x + x), 24),
        (lambda x: mg.where(np.True_, x, x), 1),
        (lambda x: mg.concatenate([x[None], x[None]]).sum(), 2),
        (lambda x: x[None] @ x[None], 6),
        (lambda x: mg.maximum(x, x), 1),
    ],
)
def test_an_input_in_both_slots_gets_both_contributions(f, slope):
    x = leaf(3.0)
    f(x).backward()
    assert x.grad.item() == pytest.approx(slope, abs=1e-12)


def test_why_the_order_is_by_age():
    """b = a + a and c = b + b: b must be complete before it is passed on to a."""
    a = leaf(1.0)
    b = a + a
    c = b + b
    (c * b).backward()
    assert a.grad.item() == 16  # 8 a^2


@pytest.mark.parametrize("shapes", [((3, 1), (3, 4)), ((3,), (2, 3)), ((), (2, 3)), ((1, 1), (4,))])
def test_broadcasting_is_undone(shapes):
    x, y = (leaf(np.ones(shape)) for shape in shapes)
    g = np.arange(1.0, 1 + np.broadcast_shapes(*shapes)[-1])
    out = x * 2 + y * 3
    out.backward(np.broadcast_to(g, out.shape))
    total = np.broadcast_to(g, out.shape)
    for z, factor in ((x, 2), (y, 3)):
        assert z.grad.shape == z.shape
        wide = np.broadcast_to(z.data, out.shape)
        assert z.grad.data.sum() == factor * (total * wide).sum()
    assert y.grad.data.ravel()[0] != y.grad.data.ravel()[-1] or y.shape == (3, 1)


# ---- accumulation, and what is kept ----


def test_backward_adds_to_what_is_there():
    x = leaf([1.0, 2.0])
    for expected in ([2, 4], [4, 8], [6, 12]):
        (x * x).sum().backward()
        assert x.grad.data.tolist() == expected
    x.grad = None
    (x * x).sum().backward()
    assert x.grad.data.tolist() == [2, 4]


def test_a_second_pass_through_a_released_graph_is_an_error_that_says_so():
    x = leaf(2.0)
    y = x * x
    z = y * 3
    z.backward()
    for again in (z, y, y + 1):
        with pytest.raises(
            GraphError, match=r"graph behind this mul was released.*retain_graph=True"
        ):
            again.backward()
    assert x.grad.item() == 12


def test_a_retained_graph_accumulates_exactly_once_more():
    x = leaf(2.0)
    y = x * x * 3
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 36
    with pytest.raises(GraphError, match="released"):
        y.backward()


def test_a_recorded_pass_retains_the_graph_unless_told_otherwise():
    x = leaf(2.0)
    y = x * x
    (g,) = grad(y, x, create_graph=True)
    y.backward()
    (g2,) = grad(g, x)
    assert (x.grad.item(), g2.item()) == (4, 2)
    y = x * x
    grad(y, x, create_graph=True, retain_graph=False)
    with pytest.raises(GraphError, match="released"):
        y.backward()


def test_gradients_end_on_leaves_unless_they_are_retained():
    x = leaf(2.0)
    y = x * x
    z = y * 3
    y.retain_grad()
    z.retain_grad()
    x.retain_grad()  # a leaf keeps its gradient anyway
    z.backward(retain_graph=True)
    assert (x.grad.item(), y.grad.item(), z.grad.item()) == (12, 3, 1)
    z.backward()
    assert (x.grad.item(), y.grad.item(), z.grad.item()) == (24, 6, 2)
    with pytest.raises(GraphError, match="does not require grad"):
        Tensor(1.0).retain_grad()


def test_a_leaf_may_be_the_output():
    x = leaf([1.0, 2.0])
    seed = np.array([3.0, 4.0])
    x.backward(seed)
    x.backward(seed)
    assert x.grad.data.tolist() == [6, 8]
    assert seed.tolist() == [3, 4]


def test_what_was_not_recorded_cannot_be_differentiated():
    x = leaf(1.0)
    with no_grad():
        y = x * 2
    for z in (y, x.detach() * 2, Tensor(1.0)):
        with pytest.raises(
            GraphError, match=r"nothing was recorded\. Was it computed under no_grad"
        ):
            z.backward()


def test_detached_and_unrecorded_parts_are_constants():
    x = leaf(3.0)
    (x * x.detach()).backward()
    assert x.grad.item() == 3
    with no_grad():
        y = x * x
    (y * x).backward()
    assert x.grad.item() == 3 + 9


def test_leaves_that_require_none_get_none():
    x, c = leaf(1.0), Tensor(np.float64(2))
    (x * c).backward()
    assert c.grad is None
    y = x * 3
    x.requires_grad = False
    y.backward()
    assert x.grad.item() == 2


# ---- the seed ----


def test_a_single_element_of_any_shape_starts_from_one():
    for shape in ((), (1,), (1, 1)):
        x = leaf(np.full(shape, 3.0))
        (x * x).backward()
        assert x.grad.data.tolist() == np.full(shape, 6).tolist()


@pytest.mark.parametrize("shape", [(2,), (0,), (2, 3)])
def test_several_elements_need_a_gradient(shape):
    y = leaf(np.ones(shape)) * 2
    with pytest.raises(GraphError, match=r"needs a gradient of that shape: backward") as caught:
        y.backward()
    assert str(shape) in str(caught.value)
    with pytest.raises(GraphError, match="needs a gradient"):
        grad(y, [y.node.inputs[0]])


@pytest.mark.parametrize("seed", [np.ones(2), np.ones((3, 1)), 1.0, [[1.0]], Tensor([1.0, 2.0])])
def test_a_seed_of_another_shape_is_refused(seed):
    y = leaf(np.ones(3)) * 2
    with pytest.raises(ShapeError, match=r"gradient has shape .*, but the output has shape \(3,\)"):
        y.backward(seed)


@pytest.mark.parametrize(
    "seed", [[1.0, 2.0], np.array([1, 2]), Tensor([1.0, 2.0]), np.float32([1, 2])]
)
@pytest.mark.parametrize("record", [False, True])
def test_a_seed_may_be_anything_that_makes_an_array(seed, record):
    x = leaf([3.0, 4.0])
    (x * x).backward(seed, create_graph=record)
    assert x.grad.data.tolist() == [6, 16]
    assert x.grad.dtype == np.float64


def test_nothing_is_touched_when_the_seed_is_refused():
    x = leaf(np.ones(3))
    y = x * 2
    with pytest.raises(ShapeError):
        y.backward(np.ones(2))
    y.backward(np.ones(3))
    assert x.grad.data.tolist() == [2, 2, 2]


# ---- no sharing ----


def shares(*tensors):
    return any(np.shares_memory(a.data, b.data) for i, a in enumerate(tensors) for b in tensors[:i])


@pytest.mark.parametrize("record", [False, True])
def test_gradients_share_memory_with_nothing(record):
    x, y = leaf(np.ones((2, 3))), leaf(np.ones((2, 3)))
    seed = Tensor(np.full((2, 3), 2.0))
    (x + y).backward(seed, create_graph=record)
    a, b = leaf(np.ones((2, 3))), leaf(np.ones((3, 2)))
    joined = mg.concatenate([a, b.T])
    mid = joined.reshape(4, 3)
    mid.retain_grad()
    mid.backward(np.ones((4, 3)), create_graph=record)
    assert not shares(seed, x, y, x.grad, y.grad)
    assert not shares(a, b, a.grad, b.grad, mid, mid.grad)
    c = leaf(1.0)
    first, second = grad(c * 1, [c, c], create_graph=record)
    assert not shares(first, second)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.reshape(6),
        lambda x: x.T,
        lambda x: x[::-1],
        lambda x: x.flip(),
        lambda x: x[None],
    ],
)
@pytest.mark.parametrize("record", [False, True])
def test_a_rule_that_returns_a_view_does_not_give_the_seed_away(f, record):
    x = leaf(np.ones((2, 3)))
    y = f(x)
    seed = Tensor(np.ones(y.shape))
    y.backward(seed, create_graph=record)
    assert not shares(seed, x.grad)
    (g,) = grad(f(x), x, seed, create_graph=record)
    assert not shares(seed, g)


def test_an_earlier_gradient_is_not_written_into():
    x = leaf([1.0, 2.0])
    (x * x).sum().backward()
    earlier = x.grad
    (x * x).sum().backward()
    assert earlier.data.tolist() == [2, 4]
    given = np.ones(2)
    x.grad = given
    (x * x).sum().backward()
    assert given.tolist() == [1, 1]


# ---- dtypes ----


def test_each_gradient_has_the_dtype_of_its_input():
    dtypes = ("float16", "float32", "float64")
    xs = [leaf([1.0, 2.0], dtype) for dtype in dtypes]
    for record in (False, True):
        for x in xs:
            x.grad = None
        loss = (xs[0] * xs[1] * xs[2] + xs[0]).sum()
        assert loss.dtype == np.float64
        loss.backward(create_graph=record)
        assert [x.grad.dtype for x in xs] == [np.dtype(dtype) for dtype in dtypes]


def test_an_integer_factor_does_not_change_the_gradients_dtype():
    x = leaf([1.0, 2.0], np.float32)
    (x * np.arange(2)).sum().backward()
    assert x.grad.dtype == np.float32


# ---- failures ----


def test_an_exception_in_a_rule_leaves_every_gradient_untouched():
    before = dict(OPS)
    try:

        @op(cases=elementwise(), rejects=[])
        def fails(x):
            """x, with a rule that fails."""
            return x * 1

        fails.vjp(lambda g, out, x: g.reshape(7))
        x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
        x.grad = np.array([5.0, 6.0])
        loss = (fails(x * 2) * y).sum()
        with pytest.raises(
            GradientError,
            match=r"rule of fails\(x\) failed on a gradient of shape \(2,\).*\n  x: \(2,\)",
        ) as caught:
            loss.backward()
        assert isinstance(caught.value.__cause__, ValueError)
        assert x.grad.data.tolist() == [5, 6]
        assert y.grad is None
        assert mg.is_grad_enabled()
    finally:
        OPS.clear()
        OPS.update(before)
