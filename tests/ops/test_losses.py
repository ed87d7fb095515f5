"""Losses beside their definitions in plain Python, for logits far out, and what they refuse."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import Tensor, grad
from minigrad.errors import DTypeError, ParameterError, ShapeError, TargetError

REDUCTIONS = {"mean": lambda v: sum(v) / len(v), "sum": sum, "none": list}
LOGITS = st.integers(1, 4).flatmap(
    lambda c: st.lists(st.lists(st.floats(-50, 50), min_size=c, max_size=c), min_size=1, max_size=4)
)


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


# ---- classes ----


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(rows=LOGITS, seed=st.integers(0, 99))
def test_cross_entropy_is_minus_the_log_of_the_targets_probability(reduction, rows, seed):
    target = np.random.default_rng(seed).integers(0, len(rows[0]), len(rows))
    losses, gradients = [], []
    for row, t in zip(rows, target):
        top = max(row)
        total = math.fsum(math.exp(v - top) for v in row)
        losses.append(math.log(total) - (row[t] - top))
        gradients.append([math.exp(v - top) / total - (i == t) for i, v in enumerate(row)])
    x = leaf(rows)
    out = mg.cross_entropy(x, target, reduction=reduction)
    np.testing.assert_allclose(out.data, REDUCTIONS[reduction](losses), rtol=1e-12, atol=1e-12)
    g = np.random.default_rng(seed).uniform(1, 2, out.shape)
    out.backward(g)
    share = {"mean": g / len(rows), "sum": g, "none": g.reshape(-1, 1)}[reduction]
    np.testing.assert_allclose(x.grad.data, np.array(gradients) * share, atol=1e-13)
    two_steps = mg.nll_loss(mg.log_softmax(leaf(rows), axis=1), target, reduction=reduction)
    np.testing.assert_allclose(out.data, two_steps.data, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("record", [False, True])
def test_cross_entropy_of_logits_of_ten_thousand(dtype, record):
    x = leaf([[1e4, -1e4, 0], [1e4, -1e4, 0], [-1e4, -1e4, -1e4]], dtype)
    out = mg.cross_entropy(x, [0, 1, 2], reduction="none")
    assert out.dtype == dtype
    np.testing.assert_allclose(out.data, [0, 2e4, math.log(3)], rtol=1e-6)
    (g,) = grad(out, x, np.array([1, 2, 3], dtype), create_graph=record)
    np.testing.assert_allclose(g.data, [[0, 0, 0], [2, -2, 0], [1, 1, -2]], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("target", [[0, 1], (0, 1), np.array([0, 1], np.uint8), Tensor([0, 1])])
def test_labels_may_be_any_integers(target):
    x = leaf(np.zeros((2, 3)))
    mg.cross_entropy(x, target).backward()
    np.testing.assert_allclose(x.grad.data, (np.full((2, 3), 1 / 3) - np.eye(3)[:2]) / 2)


def test_one_class_costs_nothing_and_no_examples_sum_to_nothing():
    assert mg.cross_entropy(leaf([[3.0]]), [0]).item() == 0
    none = leaf(np.zeros((0, 3)))
    out = mg.cross_entropy(none, np.zeros(0, int), reduction="sum")
    out.backward()
    assert out.item() == 0
    assert none.grad.shape == (0, 3)


TWO_BY_THREE = np.zeros((2, 3))
BAD = [
    (TWO_BY_THREE, [0, 3], TargetError, r"target\[1\] is 3, and there are 3 classes: 0 to 2\n"),
    (TWO_BY_THREE, [-1, 0], TargetError, r"target\[0\] is -1, and there are 3 classes"),
    (TWO_BY_THREE, [0], TargetError, "1 labels for 2 rows"),
    (TWO_BY_THREE, [0.0, 1.0], TargetError, "labels must be integers, and they are float32"),
    (TWO_BY_THREE, [True, False], TargetError, "labels must be integers, and they are bool"),
    (TWO_BY_THREE, np.eye(3)[:2], TargetError, r"one-hot rows give target\.argmax\(axis=1\)"),
    (TWO_BY_THREE, [[0], [1]], TargetError, r"for each row, \(N,\); for a column give target\[:, 0\]"),
    (np.zeros(3), [0], ShapeError, r"needs logits of shape \(N, classes\)"),
    (np.zeros((2, 3), int), [0, 1], DTypeError, "logits must hold floats, and they hold int64"),
    (np.zeros((0, 3)), np.zeros(0, int), ShapeError,
     "the mean of no examples is not defined; reduction='sum' gives 0"),
    ([0, 1], TWO_BY_THREE, ShapeError, "needs logits"),
]  # fmt: skip


@pytest.mark.parametrize(("logits", "target", "error", "words"), BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("loss", [mg.cross_entropy, mg.nll_loss])
def test_what_are_no_labels_of_these_logits(loss, logits, target, error, words):
    with pytest.raises(error, match=rf"^{loss.__name__}\(\w+, target\): .*{words}"):
        loss(Tensor(logits), target)


def test_a_target_does_not_take_a_gradient_in_silence():
    with pytest.raises(TargetError, match="labels must be integers"):
        mg.cross_entropy(leaf(TWO_BY_THREE), leaf([0.0, 1.0]))


# ---- numbers ----


@pytest.mark.parametrize("reduction", REDUCTIONS)
@given(seed=st.integers(0, 99))
def test_the_squared_error_and_its_gradient_by_both(reduction, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 5))
    x, target = leaf(a), leaf(b)
    out = mg.mse_loss(x, target, reduction=reduction)
    losses = [(u - v) ** 2 for u, v in zip(a, b)]
    np.testing.assert_allclose(out.data, REDUCTIONS[reduction](losses))
    g = rng.uniform(1, 2, out.shape)
    out.backward(g)
    share = g / 5 if reduction == "mean" else g
    np.testing.assert_allclose(x.grad.data, 2 * (a - b) * share)
    np.testing.assert_allclose(target.grad.data, -2 * (a - b) * share)


@given(st.floats(-30, 30), st.floats(0, 1))
def test_binary_cross_entropy_is_its_definition(logit, target):
    x = leaf(logit)
    out = mg.binary_cross_entropy_with_logits(x, np.float64(target))
    p = 1 / (1 + math.exp(-logit))
    q = 1 / (1 + math.exp(logit))
    assert out.item() == pytest.approx(
        -target * math.log(p) - (1 - target) * math.log(q), rel=1e-9, abs=1e-13
    )
    out.backward(np.float64(3.0))
    assert x.grad.item() == pytest.approx(3 * (p * (1 - target) - q * target), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binary_cross_entropy_far_out(dtype):
    x = leaf([1e4, -1e4, 1e4, -1e4, 40, -40], dtype)
    target = np.array([1, 0, 0, 1, 1, 0], dtype)
    out = mg.binary_cross_entropy_with_logits(x, target, reduction="none")
    tiny = math.log1p(math.exp(-40))  # which softplus(40) - 40 rounds to 0
    np.testing.assert_allclose(out.data, [0, 0, 1e4, 1e4, tiny, tiny], rtol=1e-6)
    assert out.dtype == dtype
    out.backward(np.ones(6))
    np.testing.assert_allclose(x.grad.data, [0, 0, 1, -1, 0, 0], atol=1e-6)


@pytest.mark.parametrize("target", [[-1, 1], [1, 2]])
def test_labels_of_two_classes_that_are_not_0_and_1(target):
    with pytest.raises(TargetError, match="labels of two classes are 0 and 1, and these are from"):
        mg.binary_cross_entropy_with_logits(leaf([0.0, 0.0]), target)
    for labels in ([0, 1], [True, False], [0.25, 0.75]):
        assert mg.binary_cross_entropy_with_logits(
            leaf([0.0, 0.0]), labels
        ).item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("loss", [mg.mse_loss, mg.binary_cross_entropy_with_logits])
def test_a_column_against_a_row_would_compare_all_with_all(loss):
    for a, b in (((4, 1), (4,)), ((4,), (1, 4)), ((4,), ()), ((2, 3), (3,))):
        with pytest.raises(
            ShapeError, match="must have the same shape: reshape one of them"
        ) as caught:
            loss(leaf(np.ones(a)), np.ones(b))
        assert f"target: {b}" in str(caught.value)
    with pytest.raises(ShapeError, match="the mean of no examples"):
        loss(leaf(np.ones(0)), np.ones(0))


@pytest.mark.parametrize("loss", [mg.mse_loss, mg.binary_cross_entropy_with_logits])
def test_a_reduction_that_is_none_of_the_three(loss):
    with pytest.raises(
        ParameterError, match=rf"{loss.__name__}\(.*'average'; needed: 'mean', 'sum' or 'none'"
    ):
        loss(leaf([0.0]), np.zeros(1), reduction="average")
