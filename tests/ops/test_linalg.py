"""Products of matrices: every pairing of vectors, matrices and stacks, beside sums written out."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import Tensor, grad
from minigrad.errors import ParameterError, ShapeError


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def drawn(rng, *shape):
    return rng.uniform(-2, 2, shape)


def product(a, b):
    """The matrix product by its definition, for stacks of equal shape."""
    out = np.zeros((*a.shape[:-1], b.shape[-1]))
    for *lead, i, j, k in np.ndindex(*a.shape[:-1], b.shape[-1], a.shape[-1]):
        out[(*lead, i, j)] += a[(*lead, i, k)] * b[(*lead, k, j)]
    return out


PAIRS = [
    ((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)), ((1, 2, 3), (5, 3, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0, 2, 3), (3, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), PAIRS)
@pytest.mark.parametrize("record", [False, True])
def test_the_product_and_both_of_its_gradients(left, right, record):
    rng = np.random.default_rng(0)
    a, b = leaf(drawn(rng, *left)), leaf(drawn(rng, *right))
    out = a @ b
    wide_a = a.data[None, :] if len(left) == 1 else a.data
    wide_b = b.data[:, None] if len(right) == 1 else b.data
    lead = np.broadcast_shapes(wide_a.shape[:-2], wide_b.shape[:-2])
    full_a = np.broadcast_to(wide_a, (*lead, *wide_a.shape[-2:]))
    full_b = np.broadcast_to(wide_b, (*lead, *wide_b.shape[-2:]))
    expected = product(full_a, full_b)
    np.testing.assert_allclose(out.data, expected.reshape(out.shape), atol=1e-14)
    g = drawn(rng, *out.shape)
    ga, gb = grad(out, [a, b], g, create_graph=record)
    wide_g = g.reshape(expected.shape)
    by_a = product(wide_g, full_b.swapaxes(-1, -2))
    by_b = product(full_a.swapaxes(-1, -2), wide_g)
    for got, wide, shape in ((ga, by_a, wide_a.shape), (gb, by_b, wide_b.shape)):
        new = wide.ndim - len(shape)
        stretched = tuple(i + new for i, n in enumerate(shape) if n == 1 != wide.shape[i + new])
        summed = wide.sum(axis=(*range(new), *stretched)).reshape(got.shape)
        np.testing.assert_allclose(got.data, summed, atol=1e-13)


def test_a_weight_that_is_used_twice():
    w = leaf([[1.0, 2.0], [3.0, 4.0]])
    x = np.array([[1.0, -1.0]])
    ((x @ w) @ w).backward(np.array([[5.0, 7.0]]))
    g = np.array([[5.0, 7.0]])
    expected = (x @ w.data).T @ g + x.T @ (g @ w.data.T)
    np.testing.assert_allclose(w.grad.data, expected)


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (
            (2, 3),
            (4, 5),
            r"a has 3 columns but b has 4 rows\n  a: \(2, 3\)   b: \(4, 5\)   needed: a\.shape",
        ),
        ((3,), (4,), r"a has 3 columns but b has 4 rows[\s\S]*== b\.shape\[-1\]"),
        ((2, 3), (), "a 0-d array cannot be multiplied as a matrix; use \\*"),
        (
            (2, 3, 4),
            (3, 4, 5),
            r"the leading axes do not broadcast\n  a: \(2, 3, 4\)   b: \(3, 4, 5\)",
        ),
    ],
)
def test_what_cannot_be_multiplied(left, right, words):
    with pytest.raises(ShapeError, match=r"^matmul\(a, b\): " + words):
        Tensor(np.ones(left)) @ Tensor(np.ones(right))


# ---- linear ----


@pytest.mark.parametrize("lead", [(), (4,), (2, 5), (0,)])
@pytest.mark.parametrize("with_bias", [False, True])
def test_linear_is_a_product_with_the_transpose_and_a_bias(lead, with_bias):
    rng = np.random.default_rng(1)
    x, w, b = leaf(drawn(rng, *lead, 3)), leaf(drawn(rng, 2, 3)), leaf(drawn(rng, 2))
    out = mg.linear(x, w, b if with_bias else None)
    np.testing.assert_allclose(out.data, x.data @ w.data.T + (b.data if with_bias else 0))
    g = drawn(rng, *out.shape)
    out.backward(g)
    rows, g_rows = x.data.reshape(-1, 3), g.reshape(-1, 2)
    np.testing.assert_allclose(x.grad.data, g @ w.data)
    np.testing.assert_allclose(w.grad.data, g_rows.T @ rows, atol=1e-14)
    if with_bias:
        np.testing.assert_allclose(b.grad.data, g_rows.sum(0), atol=1e-14)


@pytest.mark.parametrize("outputs", [2, 9])  # fewer than there are rows, and more
@pytest.mark.parametrize("order", "CF")
def test_linear_in_any_order_of_memory(outputs, order):
    rng = np.random.default_rng(0)
    x, w, b = (rng.standard_normal(s) for s in ((5, 3), (outputs, 3), (outputs,)))
    g = rng.standard_normal((5, outputs))
    leaves = [Tensor(np.asarray(a, order=order), requires_grad=True) for a in (x, w, b)]
    out = mg.linear(*leaves)
    np.testing.assert_allclose(out.data, x @ w.T + b, rtol=1e-12)
    for upstream in (g, np.asfortranarray(g)):
        gx, gw, gb = mg.grad(out, leaves, upstream, retain_graph=True)
        np.testing.assert_allclose(gx.data, g @ w, rtol=1e-12)
        np.testing.assert_allclose(gw.data, g.T @ x, rtol=1e-12)
        np.testing.assert_allclose(gb.data, g.sum(axis=0), rtol=1e-12)


def test_linear_promotes_as_the_formula_does():
    """A bias of more digits is not rounded away into the product's dtype."""
    x, w = np.ones((1, 2), np.float32), np.ones((1, 2), np.float32)
    out = mg.linear(Tensor(x), w, np.array([1e-12]))
    assert out.dtype == np.float64
    assert out.item() == 2 + 1e-12
    assert mg.linear(Tensor(x), w, np.ones(1, np.float32)).dtype == np.float32
    assert mg.linear(Tensor([[1, 2]]), [[3, 4]], [0.5]).data.tolist() == [[11.5]]


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (((2, 3), (5, 4), (5,)), "x has 3 features but weight takes 4"),
        (((2, 3), (5, 3), (2,)), r"bias must be \(out,\) = \(5,\)"),
        (((2, 3), (3,), None), r"weight must be \(out, in\)"),
        (((), (2, 3), None), "x has no axes but weight takes 3"),
    ],
)
def test_what_linear_refuses(shapes, words):
    inputs = [None if shape is None else Tensor(np.ones(shape)) for shape in shapes]
    with pytest.raises(ShapeError, match=rf"linear\(x, weight, bias\): {words}[\s\S]*weight: \("):
        mg.linear(*inputs)


# ---- einsum ----


def written_out(inputs, output, arrays):
    """The sum over every value of every letter."""
    sides = {c: n for name, x in zip(inputs, arrays) for c, n in zip(name, x.shape)}
    out = np.zeros([sides[c] for c in output])
    for values in itertools.product(*(range(n) for n in sides.values())):
        at = dict(zip(sides, values))
        out[tuple(at[c] for c in output)] += np.prod(
            [x[tuple(at[c] for c in name)] for name, x in zip(inputs, arrays)]
        )
    return out


@given(st.data())
def test_einsum_is_the_sum_written_out_and_its_gradient_too(data):
    names = st.permutations("ijkl").flatmap(
        lambda p: st.integers(0, 3).map(lambda n: "".join(p[:n]))
    )
    inputs = data.draw(st.lists(names, min_size=1, max_size=3))
    letters = sorted(set("".join(inputs)))
    output = "".join(c for c in data.draw(st.permutations(letters)) if data.draw(st.booleans()))
    sides = {"i": 1, "j": 2, "k": 3, "l": 2}
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    xs = [leaf(drawn(rng, *(sides[c] for c in name))) for name in inputs]
    out = mg.einsum(*xs, subscripts=f"{','.join(inputs)}->{output}")
    values = [x.data for x in xs]
    np.testing.assert_allclose(out.data, written_out(inputs, output, values), atol=1e-12)
    g = drawn(rng, *out.shape)
    gs = grad(out, xs, g)
    for i, each in enumerate(gs):  # the product is linear in each operand
        direction = drawn(rng, *each.shape)
        moved = written_out(inputs, output, [*values[:i], direction, *values[i + 1 :]])
        np.testing.assert_allclose((each.data * direction).sum(), (g * moved).sum(), atol=1e-11)


@pytest.mark.parametrize(
    ("subscripts", "shapes", "error", "words"),
    [
        ("ij,jk->ik", [(2, 1), (3, 4)], ShapeError, "j is 3 in x1, and 1 before\n  x0"),
        ("ij,jk->ik", [(2, 3), (4, 5)], ShapeError, "j is 4 in x1, and 3 before"),
        ("ij->i", [(2,)], ShapeError, r"x0: \(2,\)"),
        ("i,i->", [(2,)], ParameterError, "describes 2 operands, and 1 were given"),
        ("ii->i", [(2, 2)], ParameterError, r"repeats a letter; take the diagonal first, x\[range"),
        ("...i->i", [(2, 2)], ParameterError, "an ellipsis is not supported; name every axis"),
    ],
)
def test_what_einsum_refuses(subscripts, shapes, error, words):
    xs = [leaf(np.ones(shape)) for shape in shapes]
    with pytest.raises(error, match=words):
        mg.einsum(*xs, subscripts=subscripts)


def test_the_remedy_for_a_diagonal_works():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    x[range(2), range(2)].sum().backward()
    assert x.grad.data.tolist() == [[1, 0], [0, 1]]
