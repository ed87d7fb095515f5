"""Operators and methods: each is its op, from either side, and comparisons are plain arrays."""

import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import OPS, Tensor
from minigrad.errors import DTypeError, IndexingError, ShapeError
from minigrad.operators import Operators

ARITHMETIC = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.matmul,
]  # fmt: skip
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


def values(seed, shape=(3,)):
    return np.random.default_rng(seed).uniform(0.5, 2, shape)


@pytest.mark.parametrize("f", ARITHMETIC)
@pytest.mark.parametrize("kind", ["tensor", "array", "list", "float", "numpy float"])
def test_arithmetic_from_either_side(f, kind):
    a = values(1)
    b = {
        "tensor": Tensor(values(2)),
        "array": values(2),
        "list": [np.float64(v) for v in values(2)],
        "float": 1.5,
        "numpy float": np.float64(1.5),
    }[kind]
    if f is operator.matmul and "float" in kind:
        pytest.skip("a number is no matrix")
    plain = b.data if kind == "tensor" else np.asarray(b)
    for x in (Tensor(a), Tensor(a, requires_grad=True)):
        for got, expected in ((f(x, b), f(a, plain)), (f(b, x), f(plain, a))):
            assert isinstance(got, Tensor)
            assert got.requires_grad == x.requires_grad
            np.testing.assert_allclose(got.data, expected, rtol=1e-15)


@pytest.mark.parametrize("f", [operator.neg, operator.pos, abs])
def test_unary_operators(f):
    a = np.array([-1.5, 0.0, 2.0])
    np.testing.assert_array_equal(f(Tensor(a)).data, f(a))


@pytest.mark.parametrize("f", ARITHMETIC)
def test_an_operator_in_place_rebinds_the_name(f):
    in_place = getattr(operator, f"i{f.__name__}")
    a = values(1)
    x = y = Tensor(a.copy(), requires_grad=True)
    y = in_place(y, values(2))
    assert y is not x
    np.testing.assert_array_equal(x.data, a)
    with pytest.raises(TypeError, match="operand 'Tensor' does not support ufuncs"):
        in_place(values(3), x)  # would write the result into the array, unseen by the graph


@pytest.mark.parametrize("f", COMPARISONS)
@given(seed=st.integers(0, 99))
def test_comparisons_are_plain_boolean_arrays(f, seed):
    a, b = np.random.default_rng(seed).integers(0, 3, (2, 4)).astype(float)
    x = Tensor(a, requires_grad=True)
    for got in (f(x, b), f(x, Tensor(b)), f(x, list(b))):
        assert isinstance(got, np.ndarray)
        assert got.dtype == bool
        np.testing.assert_array_equal(got, f(a, b))
    np.testing.assert_array_equal(f(a, Tensor(b)), f(a, b))
    np.testing.assert_array_equal(f(x, 1), f(a, 1))


def test_equality_with_what_is_no_number_is_false():
    x = Tensor([1.0, 2.0])
    assert not np.any(x == "a")
    assert not np.any(x == None)  # noqa: E711  # what is tested
    assert np.all(x != "a")


def test_numpys_functions_do_not_compute_behind_the_graphs_back():
    x = Tensor([1.0], requires_grad=True)
    for call in (lambda: np.exp(x), lambda: np.add(np.ones(1), x), lambda: np.multiply.outer(x, x)):
        with pytest.raises(TypeError, match="operand 'Tensor' does not support ufuncs"):
            call()
    with pytest.raises(TypeError):
        np.sum(x)
    with pytest.raises(mg.errors.GraphError, match="would not be recorded"):
        np.concatenate([x, x])


def test_item_assignment_is_refused_with_the_remedy():
    with pytest.raises(TypeError, match=r"the graph would not record it.*where\(\).*x\.data"):
        Tensor([1.0])[0] = 2


def test_operands_that_are_no_numbers_are_refused():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for y in (None, 1j, np.ones(2, complex), np.array(["a", "b"]), object()):
        with pytest.raises(DTypeError):
            x + y
    with pytest.raises(TypeError, match="'a'"):
        x + "a"


# ---- methods ----

X = values(7, (2, 3))
METHODS = [
    (lambda x: x.sum(), lambda a: a.sum()),
    (lambda x: x.sum(0), lambda a: a.sum(0)),
    (lambda x: x.sum(axis=(0, 1), keepdims=True), lambda a: a.sum((0, 1), keepdims=True)),
    (lambda x: x.mean(-1), lambda a: a.mean(-1)),
    (lambda x: x.var(1, correction=1), lambda a: a.var(1, ddof=1)),
    (lambda x: x.std(1, keepdims=True), lambda a: a.std(1, keepdims=True)),
    (lambda x: x.max(0), lambda a: a.max(0)),
    (lambda x: x.min(), lambda a: a.min()),
    (lambda x: x.prod(1), lambda a: a.prod(1)),
    (lambda x: x.logsumexp(1), lambda a: np.log(np.exp(a).sum(1))),
    (lambda x: x.norm(), lambda a: np.sqrt((a * a).sum())),
    (lambda x: x.cumsum(1), lambda a: a.cumsum(1)),
    (lambda x: x.reshape(3, 2), lambda a: a.reshape(3, 2)),
    (lambda x: x.reshape((3, -1)), lambda a: a.reshape(3, 2)),
    (lambda x: x.reshape([6]), lambda a: a.ravel()),
    (lambda x: x.flatten(), lambda a: a.ravel()),
    (lambda x: x.flatten(1), lambda a: a),
    (lambda x: x.flatten(start_dim=-2), lambda a: a.ravel()),
    (lambda x: x.T, lambda a: a.T),
    (lambda x: x.transpose(), lambda a: a.T),
    (lambda x: x.transpose(None), lambda a: a.T),
    (lambda x: x.transpose(1, 0), lambda a: a.T),
    (lambda x: x.transpose((-1, -2)), lambda a: a.T),
    (lambda x: x.mT, lambda a: a.T),
    (lambda x: x.swapaxes(0, -1), lambda a: a.T),
    (lambda x: x.broadcast_to(4, 2, 3), lambda a: np.broadcast_to(a, (4, 2, 3))),
    (lambda x: x.expand_dims(1).squeeze(1), lambda a: a),
    (lambda x: x.expand_dims((0, 3)).squeeze(), lambda a: a),
    (lambda x: x.flip(0), lambda a: a[::-1]),
    (lambda x: x.flip(), lambda a: a[::-1, ::-1]),
    (lambda x: x.abs(), np.abs),
    (lambda x: x.exp(), np.exp),
    (lambda x: x.log(), np.log),
    (lambda x: x.sqrt(), np.sqrt),
    (lambda x: x.sin(), np.sin),
    (lambda x: x.cos(), np.cos),
    (lambda x: x.tanh(), np.tanh),
    (lambda x: x.sigmoid(), lambda a: 1 / (1 + np.exp(-a))),
    (lambda x: x.relu(), lambda a: np.maximum(a, 0)),
    (lambda x: x.clip(1, 1.5), lambda a: a.clip(1, 1.5)),
    (lambda x: x.clip(max=1.0), lambda a: a.clip(None, 1.0)),
    (lambda x: x.softmax(0), lambda a: np.exp(a) / np.exp(a).sum(0)),
    (lambda x: x.log_softmax(), lambda a: a - np.log(np.exp(a).sum(-1, keepdims=True))),
    (lambda x: x.astype(np.float32), lambda a: a.astype(np.float32)),
    (lambda x: x.clone(), lambda a: a),
    (lambda x: x[1], lambda a: a[1]),
    (lambda x: x[:, None, ::2], lambda a: a[:, None, ::2]),
    (lambda x: x[..., -1], lambda a: a[..., -1]),
    (lambda x: x[Tensor([0, 0, 1])], lambda a: a[[0, 0, 1]]),
    (lambda x: x[:, Tensor([2, 0])], lambda a: a[:, [2, 0]]),
    (lambda x: x[x > 1], lambda a: a[a > 1]),
    (lambda x: x[Tensor(X > 1)], lambda a: a[a > 1]),
]


@pytest.mark.parametrize(("method", "numpys"), METHODS, ids=range(len(METHODS)))
def test_methods_are_numpys_and_recorded(method, numpys):
    x = Tensor(X, requires_grad=True)
    y = method(x)
    expected = numpys(X)
    assert y.shape == np.shape(expected)
    np.testing.assert_allclose(y.data, expected, rtol=1e-6, atol=1e-15)
    g = np.random.default_rng(3).uniform(1, 2, y.shape)
    y.backward(g)
    assert x.grad.shape == x.shape


def test_arg_reductions_are_plain_integer_arrays():
    x = Tensor(X, requires_grad=True)
    np.testing.assert_array_equal(x.argmax(1), X.argmax(1))
    np.testing.assert_array_equal(x.argmin(axis=0), X.argmin(0))
    assert x.argmax() == X.argmax()


def test_flatten_of_a_number_has_one_element_and_of_a_missing_axis_is_an_error():
    assert Tensor(2.0).flatten().shape == (1,)
    assert Tensor(np.ones((0, 3))).flatten().shape == (0,)
    assert Tensor(np.ones((2, 3, 4))).flatten(1).shape == (2, 12)
    for wrong in (3, -4):
        with pytest.raises(
            ShapeError, match=r"flatten\(start_dim=-?\d\): a Tensor of .* has no such axis: give"
        ):
            Tensor(np.ones((2, 3, 4))).flatten(wrong)


def test_transpose_of_two_axes_among_three_says_what_exchanges_two():
    with pytest.raises(ShapeError, match=r"each of the 3 axes.* or exchange two with swapaxes\(\)"):
        Tensor(np.ones((2, 3, 4))).transpose(0, 1)


def test_indices_that_are_none_are_refused():
    x = Tensor([1.0, 2.0])
    for index in (5, 0.5, "a", (0, 0), np.array([0.0])):
        with pytest.raises(IndexingError):
            x[index]


def test_every_method_that_names_an_op_is_that_op():
    """A method of another name than its op, or of none, is listed here."""
    ours = {"argmax", "argmin", "flatten", "T", "mT"}
    named = {name for name in vars(Operators) if not name.startswith("_")} - {"data"}
    assert named - set(OPS) == ours
