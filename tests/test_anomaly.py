"""detect_anomaly(): the first nan by op and line, and who changed an array in place."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import Tensor, detect_anomaly, grad, no_grad
from minigrad.errors import AnomalyError, InPlaceError
from minigrad.recording import observers


def leaf(values):
    return Tensor(np.array(values, np.float64), requires_grad=True)


# ---- nan and inf ----


def test_the_first_nan_of_the_forward_pass_is_named_with_its_line():
    x = leaf([1.0, -2.0])
    with detect_anomaly():
        y = x * 3
        with pytest.raises(AnomalyError) as caught:
            y.log() + 1  # this very line
    words = str(caught.value)
    assert words.startswith("log(x) produced nan from finite inputs, at ")
    assert re.search(
        r"test_anomaly\.py:\d+, in test_the_first_nan.*: y\.log\(\) \+ 1  # this very line", words
    )
    assert words.endswith("\n  x: (2,)\n  values: -6 to 3")
    assert not observers


def test_inf_is_one_too_and_numpy_does_not_warn_first():
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"div\(x, y\) produced inf"):
        leaf(1.0) / 0.0
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"exp\(x\) produced inf"):
        leaf(1000.0).exp()


def test_it_is_seen_under_no_grad_as_well():
    with detect_anomaly(), no_grad(), pytest.raises(AnomalyError, match="log"):
        Tensor([-1.0]).log()


def test_what_was_infinite_before_is_nobodys_fault():
    x = leaf([-np.inf, 0.0])
    with detect_anomaly():
        y = mg.softmax(x)
        (g,) = grad(y[1], x)
    assert y.data.tolist() == [0, 1]
    assert g.data.tolist() == [0, 0]


def test_the_first_nan_of_the_backward_pass_is_named_with_the_line_of_its_op():
    x = leaf([0.0, 4.0])
    with detect_anomaly():
        y = x.sqrt()  # its derivative is inf
        z = (y * 3).sum()
        with pytest.raises(AnomalyError) as caught:
            z.backward()
    words = str(caught.value)
    assert words.startswith(
        "the backward pass of sqrt(x) produced inf for input 0; it was applied at "
    )
    assert "y = x.sqrt()  # its derivative is inf" in words
    assert "values: 0 to 4" in words
    assert x.grad is None


def test_a_nan_that_was_given_is_not_blamed_on_an_op():
    y = leaf([1.0, 2.0]) * 3
    with (
        detect_anomaly(),
        pytest.raises(AnomalyError, match=r"upstream gradient of mul\(x, y\) .*given to backward"),
    ):
        y.backward(np.array([np.nan, 1.0]))


def test_the_recorded_pass_is_watched_too():
    x = leaf(0.0)
    with detect_anomaly():
        y = x.sqrt()
        with pytest.raises(AnomalyError, match=r"div\(x, y\) produced inf"):
            grad(y, x, create_graph=True)


def test_a_sound_computation_passes_and_gives_the_same():
    x = leaf([1.0, 2.0])
    with detect_anomaly():
        (x.exp() * x).sum().backward()
    np.testing.assert_allclose(x.grad.data, np.exp(x.data) * (1 + x.data))


# ---- changes in place ----


def test_a_recorded_array_is_read_only_until_it_has_been_used():
    data = np.array([1.0, 2.0])
    x = Tensor(data, requires_grad=True)
    with detect_anomaly():
        y = x * x
        for array in (x.data, data, y.data):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 5
        y.sum().backward()
        data[0] = 5  # the pass is over
    assert x.grad.data.tolist() == [2, 4]
    assert data.tolist() == [5, 2]


def test_all_is_writeable_again_when_it_ends_though_nothing_was_differentiated():
    x = leaf([1.0, 2.0])
    fixed = np.ones(2)
    fixed.flags.writeable = False
    with detect_anomaly():
        y = x * fixed
        assert not y.data.flags.writeable
    x.data[0] = y.data[0] = 3
    assert not fixed.flags.writeable


def test_it_ends_by_an_exception_as_well():
    x = leaf([1.0])
    with pytest.raises(mg.errors.ShapeError), detect_anomaly():
        (x * 1).reshape(7)
    x.data[0] = 2
    assert not observers


@pytest.mark.parametrize("view_first", [False, True])
def test_views_and_their_bases_are_unlocked_in_any_order(view_first):
    base = np.arange(6.0)
    view = Tensor(base[::2], requires_grad=True)
    whole = Tensor(base, requires_grad=True)
    with detect_anomaly():
        parts = [view * 2, whole * 3] if view_first else [whole * 3, view * 2]
        (parts[0].sum() + parts[1].sum()).backward()
    assert view.grad.data.tolist() == [2] * 3
    base[0] = view.data[1] = 9


def test_a_change_through_another_view_is_found_by_the_backward_pass():
    memory = np.array([1.0, 2.0, 3.0])
    alias = memory[:]
    x = Tensor(memory, requires_grad=True)
    with detect_anomaly():
        y = (x * x).sum()
        alias[0] = 7
        with pytest.raises(
            InPlaceError,
            match=r"mul\(x, y\) used or made was changed.*x\.data instead.*\n?.*y = \(x",
        ):
            y.backward()


def test_an_index_that_is_changed_is_found():
    x = leaf([1.0, 2.0, 3.0])
    index = np.array([0, 1])
    alias = index[:]
    with detect_anomaly():
        y = x[index].sum()
        with pytest.raises(ValueError, match="read-only"):
            index[0] = 2
        alias[0] = 2
        with pytest.raises(InPlaceError, match="getitem"):
            y.backward()


def test_rebinding_is_no_change_in_place():
    x = leaf([1.0, 2.0])
    with detect_anomaly():
        y = (x * x).sum()
        x.data = x.data - 0.5
        y.backward()
    assert x.grad.data.tolist() == [2, 4]


def test_within_one_another():
    x = leaf([1.0])
    with detect_anomaly():
        with detect_anomaly():
            y = x * x
        with pytest.raises(ValueError, match="read-only"):
            x.data[0] = 3
        y.backward()
    x.data[0] = 3


def test_a_line_is_never_one_of_minigrads_own():
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        leaf([-1.0]).var().sqrt().log()
    assert "minigrad/ops" not in str(caught.value)
    assert "minigrad/operators" not in str(caught.value)
