"""Construction and dtypes, what may be assigned, and how a Tensor looks from Python's side."""

import copy
import pickle
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, floating_dtypes

import minigrad as mg
from minigrad import Tensor
from minigrad.errors import DTypeError, GraphError, ShapeError

# ---- construction and dtypes ----


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.5, "float32"),
        ([1.5, 2], "float32"),
        ([[1.0], [2.0]], "float32"),
        ((1.0, 2.0), "float32"),
        ([], "float32"),
        ([1, 2], "int64"),
        (3, "int64"),
        (True, "bool"),
        ([True, False], "bool"),
        (np.float64(1.5), "float64"),
        (np.float32(1.5), "float32"),
        (np.float16(1.5), "float16"),
        ([np.float64(1.5)], "float64"),
        ([np.ones(2), np.ones(2)], "float64"),
        ([Tensor(np.float64(0.1)), Tensor(np.float64(0.2))], "float64"),
        (np.arange(3.0), "float64"),
        (np.arange(3, dtype=np.uint8), "uint8"),
        (np.zeros((0, 3)), "float64"),
        (range(3), "int64"),
    ],
)
def test_python_floats_are_float32_and_what_has_a_dtype_keeps_it(value, dtype):
    assert Tensor(value).dtype == dtype


def test_a_dtype_may_be_asked_for():
    assert Tensor([1, 2], dtype="float64").dtype == np.float64
    assert Tensor(np.ones(2), dtype=np.float32).dtype == np.float32
    assert Tensor([0.1], dtype=np.float64).data[0] == 0.1  # never rounded to float32 on the way


@pytest.mark.parametrize(
    "value", [1j, np.ones(2, complex), "3", ["a", "b"], None, [None], {}, object(), 2**70, b"x"]
)
def test_what_is_no_real_number_is_refused(value):
    with pytest.raises(DTypeError, match="holds real numbers"):
        Tensor(value)


@pytest.mark.parametrize("dtype", ["complex64", "U3", "O", "M8[s]"])
def test_a_dtype_of_no_real_numbers_is_refused(dtype):
    with pytest.raises(DTypeError, match="holds real numbers"):
        Tensor([1.0], dtype=dtype)


def test_an_unknown_dtype_is_refused():
    with pytest.raises(DTypeError, match="'float31' not understood: give one such as 'float32'"):
        Tensor([1.0], dtype="float31")


def test_ragged_lists_are_refused():
    with pytest.raises(ShapeError, match=r"cannot make an array of this list: .*inhomogeneous"):
        Tensor([[1.0, 2.0], [3.0]])


def test_a_tensor_of_a_tensor_is_refused_for_it_would_cut_the_graph_in_silence():
    with pytest.raises(DTypeError, match=r"write x\.detach\(\)"):
        Tensor(Tensor([1.0]))


def test_a_list_of_tensors_that_require_grad_is_refused():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(GraphError, match=r"stack\(\) joins Tensors"):
        Tensor([x, x])


def test_an_array_is_shared_and_tensor_copies():
    array = np.ones(3)
    assert Tensor(array).data is array
    assert mg.tensor(array).data is not array
    assert not np.shares_memory(mg.tensor(array).data, array)
    assert not np.shares_memory(mg.tensor(Tensor(array)).data, array)
    assert mg.tensor([1.0], requires_grad=True).requires_grad


@pytest.mark.parametrize("value", [[1, 2], True, np.arange(3)])
def test_integers_and_booleans_cannot_require_grad(value):
    with pytest.raises(DTypeError, match=r"only Tensors of floats can require grad.*1\.0 for 1"):
        Tensor(value, requires_grad=True)
    x = Tensor(value)
    with pytest.raises(DTypeError, match="only Tensors of floats"):
        x.requires_grad = True
    assert not x.requires_grad


@given(arrays(floating_dtypes(sizes=(16, 32, 64), endianness="="), array_shapes(min_dims=0)))
def test_shape_ndim_size_and_dtype_are_the_arrays(array):
    x = Tensor(array)
    assert (x.shape, x.ndim, x.size, x.dtype) == (array.shape, array.ndim, array.size, array.dtype)
    assert x.is_leaf
    assert x.node is None


# ---- assigning ----


def test_data_may_be_assigned_an_array_or_a_tensor():
    x = Tensor([1.0, 2.0], requires_grad=True)
    array = np.float32([3, 4])
    x.data = array
    assert x.data is array
    x.data = Tensor([5.0, 6.0])
    assert x.data.tolist() == [5, 6]
    assert x.requires_grad


def test_data_that_cannot_be_differentiated_is_refused():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(DTypeError, match="only Tensors of floats"):
        x.data = [1, 2]
    assert x.data.tolist() == [1, 2]
    assert x.dtype == np.float32


def test_data_whose_gradient_would_not_fit_is_refused():
    """It would broadcast against the accumulated gradient, in silence."""
    x = Tensor([1.0], requires_grad=True)
    with pytest.raises(ShapeError, match=r"data of shape \(3,\) for a Tensor of shape \(1,\)"):
        x.data = np.ones(3)
    free = Tensor([1.0])
    free.data = np.ones(3)
    assert free.shape == (3,)


def test_a_recorded_graph_keeps_the_values_it_was_made_with():
    x = Tensor([2.0], requires_grad=True)
    y = x * x
    x.data = np.float32([100])
    y.backward()
    assert x.grad.item() == 4


def test_grad_takes_what_fits_and_nothing_else():
    x = Tensor(np.ones(2), requires_grad=True)
    x.grad = [1.0, 2.0]
    assert x.grad.dtype == np.float64
    x.grad = Tensor(np.ones(2))
    with pytest.raises(
        ShapeError, match=r"gradient has shape \(2, 1\), but the Tensor has shape \(2,\)"
    ):
        x.grad = np.ones((2, 1))
    with pytest.raises(DTypeError, match="has dtype float32, but the Tensor has dtype float64"):
        x.grad = Tensor([1.0, 2.0])
    x.grad = None
    assert x.grad is None


def test_requires_grad_is_switched_on_leaves_only():
    x = Tensor([1.0])
    x.requires_grad = True
    y = x * 2
    with pytest.raises(GraphError, match=r"only for leaves.*result of mul: use detach\(\)"):
        y.requires_grad = False
    y.requires_grad = True
    x.requires_grad = False
    assert not (x * 2).requires_grad


def test_unknown_attributes_are_not_swallowed():
    with pytest.raises(AttributeError):
        Tensor([1.0]).gard = 1


# ---- leaving the graph ----


def test_detach_shares_the_array_and_cuts_the_graph():
    x = Tensor([1.0], requires_grad=True)
    y = (x * 2).detach()
    assert y.is_leaf
    assert not y.requires_grad
    assert x.detach().data is x.data


def test_numpy_is_the_array_itself_unless_a_gradient_would_be_lost():
    x = Tensor([1.0, 2.0])
    assert x.numpy() is x.data
    assert np.asarray(x) is not None
    assert np.array_equal(np.asarray(x, dtype=np.float64), [1, 2])
    for lost in (x * Tensor(1.0, requires_grad=True), Tensor([1.0], requires_grad=True)):
        with pytest.raises(GraphError, match=r"numpy\(\) on a Tensor that requires grad"):
            lost.numpy()
        with pytest.raises(GraphError, match=r"x\.detach\(\)\.numpy\(\), or x\.data"):
            np.asarray(lost)


def test_item_is_a_python_number():
    assert type(Tensor([[1.5]]).item()) is float
    assert type(Tensor(3).item()) is int
    assert type(Tensor(True).item()) is bool
    assert float(Tensor(1.5, requires_grad=True)) == 1.5
    assert int(Tensor([2])) == 2
    for x in (Tensor([1.0, 2.0]), Tensor(np.zeros(0))):
        with pytest.raises(ShapeError, match="needs a single element, but this Tensor has shape"):
            x.item()


# ---- as Python sees it ----


def test_a_single_element_is_true_or_false_and_several_are_neither():
    assert Tensor([[2.0]])
    assert not Tensor(0.0)
    for x in (Tensor([1.0, 2.0]), Tensor(np.zeros(0))):
        with pytest.raises(ShapeError, match=r"neither true nor false: use \(x > 0\)\.all\(\)"):
            bool(x)


def test_len_and_iteration_go_along_the_first_axis_and_are_recorded():
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    assert len(x) == 2
    first, second = x
    (first * 2 + second).sum().backward()
    assert x.grad.data.tolist() == [[2, 2, 2], [1, 1, 1]]
    with pytest.raises(TypeError, match="0-d"):
        iter(Tensor(1.0))
    with pytest.raises(TypeError, match="0-d"):
        len(Tensor(1.0))


def test_in_compares_elements():
    assert 3 in Tensor([1.0, 3.0])
    assert 2 not in Tensor([1.0, 3.0])


def test_format_is_that_of_the_number():
    assert f"{Tensor([1.23456]):.2f}" == "1.23"
    assert f"{Tensor(3):03d}" == "003"
    assert f"{Tensor([1.0, 2.0])}" == repr(Tensor([1.0, 2.0]))
    with pytest.raises(ShapeError, match="single element"):
        f"{Tensor([1.0, 2.0]):.2f}"


def test_tensors_are_keys_by_identity():
    x, y = Tensor([1.0]), Tensor([1.0])
    names = {x: "x", y: "y"}
    assert (names[x], names[y]) == ("x", "y")
    assert len({x, y, x}) == 2


def test_a_leaf_is_pickled_and_copied_whole():
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    for twin in (pickle.loads(pickle.dumps(x)), copy.deepcopy(x)):
        assert twin.data.tolist() == [1, 2]
        assert twin.grad.data.tolist() == [2, 4]
        assert twin.requires_grad
        assert twin.is_leaf
        assert not np.shares_memory(twin.data, x.data)
        (twin * 3).sum().backward()
        assert x.grad.data.tolist() == [2, 4]


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_the_result_of_an_op_is_not_copied_with_the_graph_behind_it(duplicate):
    y = Tensor([1.0], requires_grad=True) * 2
    with pytest.raises(
        GraphError, match=r"the result of mul cannot be copied or pickled.*detach\(\)"
    ):
        duplicate(y)
    duplicate(y.detach())


# ---- repr ----


def leaf(grad=None):
    x = Tensor([1.0, -2.5], requires_grad=True)
    x.grad = grad
    return x


def released():
    y = leaf() * 2
    y.sum().backward()
    return y


def retained():
    y = leaf() * 2
    y.retain_grad()
    return y


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (Tensor([1.0, -2.5]), "Tensor([ 1. , -2.5], dtype=float32)"),
        (Tensor(3.0), "Tensor(3., dtype=float32)"),
        (Tensor([1, 2]), "Tensor([1, 2], dtype=int64)"),
        (Tensor(np.array(True)), "Tensor(True, dtype=bool)"),
        (leaf(), "Tensor([ 1. , -2.5], dtype=float32, requires_grad=True, grad=None)"),
        (leaf([0.5, 1]), "Tensor([ 1. , -2.5], dtype=float32, requires_grad=True, grad=[0.5, 1. ])"),
        (leaf() * 2, "Tensor([ 2., -5.], dtype=float32, op=mul)"),
        (retained(), "Tensor([ 2., -5.], dtype=float32, op=mul, grad=None)"),
        (released(), "Tensor([ 2., -5.], dtype=float32, op=mul (released))"),
        (Tensor(np.zeros((0, 3))), "Tensor([], shape=(0, 3), dtype=float64)"),
        (Tensor([np.nan, np.inf]), "Tensor([nan, inf], dtype=float32)"),
    ],
)  # fmt: skip
def test_repr_shows_data_dtype_gradient_and_op(x, text):
    assert repr(x) == text


def test_repr_of_a_large_tensor_is_short_and_says_its_shape():
    x = Tensor(np.zeros((300, 400)), requires_grad=True)
    x.grad = np.ones((300, 400))
    assert len(repr(x)) < 600
    assert "..." in repr(x)
    assert "shape=(300, 400), dtype=float64" in repr(x)
    assert "grad=[[1., 1., ..., 1., 1.]" in repr(x)


@given(arrays(np.float32, array_shapes(min_dims=0, min_side=0, max_side=3)), st.booleans())
def test_repr_of_anything_is_one_balanced_expression(array, requires_grad):
    text = repr(Tensor(array, requires_grad=requires_grad))
    assert text.startswith("Tensor(")
    assert text.count("(") == text.count(")")
    assert text.count("[") == text.count("]")


def test_the_notebook_shows_the_same_escaped():
    page = (leaf() * 2)._repr_html_()
    assert "op=mul" in page
    assert "(2,)" in page
    assert "2., -5." in page
    untagged = re.sub(r"</?(div|strong|code|pre)>", "", page)
    assert "<" not in untagged
