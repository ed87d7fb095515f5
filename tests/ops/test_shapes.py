"""Shapes and indexing: values are numpy's, and what goes back finds its way to where it came from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, basic_indices, integer_array_indices

import minigrad as mg
from minigrad import Tensor, grad
from minigrad.errors import IndexingError, ParameterError, ShapeError


def leaf(values):
    return Tensor(np.array(values, np.float64), requires_grad=True)


def numbered(shape):
    return np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)


def goes_back(f, numpys, a):
    """For an op that only moves elements: each part of g returns to the places its element came from.

    The places are found by moving their numbers with numpy.
    """
    x = leaf(a)
    y = f(x)
    np.testing.assert_array_equal(y.data, numpys(a))
    g = np.random.default_rng(0).uniform(1, 2, y.shape)
    y.backward(g)
    places = numpys(np.arange(a.size).reshape(a.shape))
    expected = np.zeros(a.size)
    for place, part in zip(np.ravel(places), np.ravel(g)):
        expected[place] += part
    np.testing.assert_allclose(x.grad.data, expected.reshape(a.shape), rtol=1e-14)


SHAPES = array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)


@given(SHAPES, st.data())
def test_transpose_by_any_permutation(shape, data):
    axes = tuple(data.draw(st.permutations(range(len(shape)))))
    signed = tuple(a - len(shape) if data.draw(st.booleans()) else a for a in axes)
    goes_back(lambda x: mg.transpose(x, axes=signed), lambda a: a.transpose(axes), numbered(shape))
    goes_back(lambda x: x.T, lambda a: a.T, numbered(shape))


def test_transposing_three_axes_in_a_circle_goes_back_the_other_way():
    """Its inverse is another permutation: the same axes again, or a reshape, would be wrong."""
    x = leaf(numbered((2, 3, 4)))
    x.transpose(1, 2, 0).backward(numbered((3, 4, 2)))
    np.testing.assert_array_equal(x.grad.data, numbered((3, 4, 2)).transpose(2, 0, 1))
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(x.grad.data, numbered((3, 4, 2)).reshape(2, 3, 4))


@given(SHAPES.filter(len), st.data())
def test_moves_along_axes(shape, data):
    axis = st.integers(-len(shape), len(shape) - 1)
    i, j = data.draw(axis), data.draw(axis)
    a = numbered(shape)
    goes_back(lambda x: x.swapaxes(i, j), lambda a: a.swapaxes(i, j), a)
    goes_back(lambda x: x.flip(i), lambda a: np.flip(a, i), a)
    goes_back(lambda x: x.flip(), np.flip, a)
    goes_back(lambda x: x.reshape(-1) if a.size else x.reshape(0), np.ravel, a)
    goes_back(lambda x: x.expand_dims(i).squeeze(i), lambda a: a, a)
    lead = (2, *shape)
    goes_back(lambda x: x.broadcast_to(lead), lambda a: np.broadcast_to(a, lead), a)


def test_rolling_by_concatenation_goes_back_the_other_way():
    def roll(x):
        return mg.concatenate([x[1:], x[:1]])

    x = leaf([1.0, 2.0, 3.0])
    y = roll(x)
    assert y.data.tolist() == [2, 3, 1]
    y.backward(np.array([10.0, 20.0, 30.0]))
    assert x.grad.data.tolist() == [30, 10, 20]


def test_stretching_a_side_of_one():
    goes_back(
        lambda x: x.broadcast_to(4, 2, 3), lambda a: np.broadcast_to(a, (4, 2, 3)), numbered((2, 1))
    )
    goes_back(
        lambda x: x.broadcast_to((0, 3)), lambda a: np.broadcast_to(a, (0, 3)), numbered((1, 3))
    )


# ---- indexing ----


@given(SHAPES, st.data())
def test_every_basic_index(shape, data):
    index = data.draw(basic_indices(shape, allow_newaxis=True))
    goes_back(lambda x: x[index], lambda a: a[index], numbered(shape))


@given(array_shapes(min_dims=1, max_dims=3, max_side=3), st.data())
def test_integer_arrays_some_places_of_which_are_the_same(shape, data):
    index = data.draw(integer_array_indices(shape))
    goes_back(lambda x: x[index], lambda a: a[index], numbered(shape))


@given(arrays(bool, (2, 3)))
def test_masks(mask):
    goes_back(lambda x: x[mask], lambda a: a[mask], numbered((2, 3)))
    goes_back(lambda x: x[mask[0]], lambda a: a[mask[0]], numbered((2, 4))) if mask[
        0
    ].size == 2 else None
    goes_back(lambda x: x[:, mask[0]], lambda a: a[:, mask[0]], numbered((2, 3)))


@pytest.mark.parametrize(
    "index",
    [
        [0, 0, 1],
        np.array([0, 0, 1]),
        ((0, 0, 1),),
        (range(2), range(2)),
        (np.array([0, 0]), slice(None)),
        (slice(None), [1, 1, 1]),
        (0, (1, 1)),
        (np.int64(1), [2, 2]),
        np.array(1),
        True,
        None,
        (..., None, [0, 0]),
        [[0, 0], [1, 1]],
        [True, False],
        np.zeros((0,), int),
    ],
    ids=repr,
)
def test_what_is_named_twice_is_added_to_twice(index):
    goes_back(lambda x: x[index], lambda a: a[index], numbered((2, 3)))


def test_the_second_derivative_of_indexing_goes_through_scatter():
    x = leaf([1.0, 2.0, 3.0])
    y = (x[[0, 0, 2]] ** 3).sum()
    (g,) = grad(y, x, create_graph=True)
    assert g.data.tolist() == [6, 0, 27]
    (h,) = grad(g.sum(), x)
    assert h.data.tolist() == [12, 0, 18]


def test_scatter_is_the_transpose_of_indexing():
    y = mg.scatter(leaf([1.0, 2.0, 4.0]), index=[0, 0, 2], shape=(4,))
    assert y.data.tolist() == [3, 0, 4, 0]
    with pytest.raises(IndexingError, match="out of bounds"):
        mg.scatter(leaf([1.0]), index=[4], shape=(4,))


# ---- a frame ----


@given(array_shapes(min_dims=1, max_dims=3, max_side=3), st.data())
def test_a_frame_is_cut_away_again(shape, data):
    width = st.integers(0, 2)
    pairs = tuple((data.draw(width), data.draw(width)) for _ in shape)
    x = leaf(numbered(shape))
    y = mg.pad(x, pad_width=pairs, value=-1.0)
    np.testing.assert_array_equal(y.data, np.pad(x.data, pairs, constant_values=-1.0))
    g = numbered(y.shape)
    y.backward(g)
    inside = tuple(slice(a, a + n) for (a, _), n in zip(pairs, shape))
    np.testing.assert_array_equal(x.grad.data, g[inside])


@pytest.mark.parametrize(
    ("shape", "width", "words"),
    [
        ((2, 3), 1, "for each of the 2 axes of shape"),
        ((2, 3), ((1, 1),), "for each of the 2 axes"),
        ((), ((1, 1),), "for each of the 0 axes"),
        ((2,), ((-1, 0),), r"a width is negative; crop with x\[a:b\]"),
    ],
)
def test_a_frame_that_does_not_fit(shape, width, words):
    with pytest.raises(ParameterError, match=words):
        mg.pad(Tensor(np.ones(shape)), pad_width=width)


def test_a_frame_around_a_number():
    assert mg.pad(Tensor(2.0), pad_width=()).item() == 2


# ---- several arrays ----


@given(array_shapes(min_dims=1, max_dims=3, max_side=3), st.data())
def test_concatenated_and_stacked_parts_get_their_own_back(shape, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    xs = [leaf(numbered(shape) * k) for k in (1, 2, 3)]
    for f, numpys in ((mg.concatenate, np.concatenate), (mg.stack, np.stack)):
        y = f(xs, axis=axis)
        np.testing.assert_array_equal(y.data, numpys([x.data for x in xs], axis))
        np.testing.assert_array_equal(f(*xs, axis=axis).data, y.data)
        g = np.random.default_rng(1).uniform(1, 2, y.shape)
        gs = grad(y, xs, g)
        np.testing.assert_array_equal(numpys([each.data for each in gs], axis), g)


def test_parts_of_unequal_length_and_dtype():
    x, y = leaf(numbered((2, 1))), Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    out = mg.concatenate([x, np.zeros((2, 2)), y], axis=1)
    assert out.shape == (2, 6)
    out.backward(numbered((2, 6)))
    assert x.grad.data.tolist() == [[1], [7]]
    assert y.grad.data.tolist() == [[4, 5, 6], [10, 11, 12]]
    assert y.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda x: mg.concatenate([]),
            ShapeError,
            r"concatenate\(\[\]\): needs at least one array",
        ),
        (lambda x: mg.stack([]), ShapeError, "at least one array"),
        (lambda x: mg.stack([x, x[0]]), ShapeError, r"same shape\n  x0: \(2, 3\)   x1: \(3,\)"),
        (lambda x: mg.concatenate([x, x], axis=None), ParameterError, "needs one axis, an integer"),
        (lambda x: x.reshape(4, 2), ShapeError, r"cannot reshape .*\n  x: \(2, 3\)"),
        (lambda x: x.squeeze(0), ShapeError, "size not equal to one"),
        (lambda x: x.broadcast_to(3, 2), ShapeError, r"broadcast[\s\S]*x: \(2, 3\)"),
        (lambda x: x.transpose(0, 0), ShapeError, "repeated axis"),
        (lambda x: x[2], IndexingError, r"getitem\(x, index=2\): index 2 is out of bounds"),
        (lambda x: x[[0, 5]], IndexingError, "index 5 is out of bounds"),
        (lambda x: x[0, 0, 0], IndexingError, "too many indices"),
    ],
)
def test_what_does_not_fit(call, error, words):
    with pytest.raises(error, match=words):
        call(leaf(numbered((2, 3))))
