"""Evaluation: the same numbers whatever the batch size, and a model left as it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad import cross_entropy, nn
from minigrad.data import ArrayDataset
from minigrad.errors import ParameterError
from minigrad.train import evaluate


def network():
    rng = np.random.default_rng(0)
    layers = (
        nn.Linear(4, 6, rng=rng),
        nn.BatchNorm1d(6),
        nn.Dropout(0.5, rng=rng),
        nn.Linear(6, 3, rng=rng),
    )
    return nn.Sequential(*layers)


def examples(count):
    rng = np.random.default_rng(1)
    return ArrayDataset(rng.normal(size=(count, 4)).astype(np.float32), rng.integers(0, 3, count))


@given(count=st.integers(1, 40), batch_size=st.integers(1, 50))
def test_the_batch_size_does_not_matter(count, batch_size):
    model, data = network(), examples(count)
    result = evaluate(model, data, batch_size=batch_size)
    outputs = model.eval()(data.inputs)
    np.testing.assert_allclose(result.outputs, outputs.data, rtol=1e-5, atol=1e-6)
    assert result.loss == pytest.approx(cross_entropy(outputs, data.targets).item(), rel=1e-5)
    hits = [int(np.argmax(row) == label) for row, label in zip(outputs.data, data.targets)]
    assert result.accuracy == pytest.approx(sum(hits) / count)


def test_the_model_is_left_in_the_mode_and_state_it_was_in():
    model = network()
    model[1].eval()  # a frozen batch norm
    before = model.state_dict()
    evaluate(model, examples(9))
    assert [module.training for module in model] == [True, False, True, True]
    assert all(np.array_equal(before[k], v) for k, v in model.state_dict().items())
    with pytest.raises(ValueError, match=r"3 labels for 2 rows"):
        evaluate(model, examples(9), loss=lambda out, y: cross_entropy(out[:2], y[:3]))
    assert [module.training for module in model] == [True, False, True, True]


def test_targets_that_are_no_labels_have_no_accuracy():
    data = ArrayDataset(examples(5).inputs, np.zeros((5, 3), np.float32))
    result = evaluate(network(), data, loss=nn.MSELoss())
    assert result.accuracy is None
    assert result.outputs.shape == (5, 3)


def test_nothing_to_evaluate():
    with pytest.raises(ParameterError, match="has no examples"):
        evaluate(network(), examples(0))
