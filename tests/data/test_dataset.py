"""ArrayDataset and its splits: nothing is lost, nothing is doubled."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.data import ArrayDataset, Dataset, fixed_split, random_split
from minigrad.errors import DataError, ParameterError


def numbered(count):
    return ArrayDataset(np.arange(count) * 10.0, np.arange(count), ["a", "b"])


lengths_of = st.lists(st.integers(0, 20), min_size=1, max_size=5)


@given(lengths=lengths_of, seed=st.integers(0, 9))
def test_splits_share_out_every_example_once(lengths, seed):
    data = numbered(sum(lengths))
    fixed = fixed_split(data, lengths)
    drawn = random_split(data, lengths, np.random.default_rng(seed))
    for parts in (fixed, drawn):
        assert [len(part) for part in parts] == lengths
        assert all(part.classes == ("a", "b") for part in parts)
        for part in parts:
            np.testing.assert_array_equal(part.inputs, part.targets * 10.0)
    together = np.concatenate([part.targets for part in fixed])
    np.testing.assert_array_equal(together, np.arange(len(data)))
    assert sorted(np.concatenate([part.targets for part in drawn]).tolist()) == together.tolist()


@given(count=st.integers(0, 100), share=st.floats(0, 1))
def test_fractions_leave_nothing_over(count, share):
    first, second = fixed_split(numbered(count), [share, 1 - share])
    assert len(first) + len(second) == count
    assert abs(len(first) - count * share) <= 1


@given(count=st.integers(0, 100), parts=st.integers(1, 7))
def test_equal_fractions_differ_by_one_at_most(count, parts):
    lengths = [len(part) for part in fixed_split(numbered(count), [1 / parts] * parts)]
    assert sum(lengths) == count
    assert max(lengths) - min(lengths) <= 1


def test_a_random_split_is_decided_by_its_rng():
    def draw(seed):
        return random_split(numbered(50), [40, 10], np.random.default_rng(seed))[1].targets.tolist()

    assert draw(0) == draw(0) != draw(1)
    assert draw(0) != list(range(40, 50))


def test_the_rng_of_a_random_split_may_be_a_seed():
    dataset = ArrayDataset(np.arange(10), np.arange(10))
    seeded = random_split(dataset, [0.5, 0.5], 3)
    generated = random_split(dataset, [0.5, 0.5], np.random.default_rng(3))
    for a, b in zip(seeded, generated, strict=True):
        np.testing.assert_array_equal(a.inputs, b.inputs)


def test_a_fixed_split_shares_memory():
    data = numbered(10)
    assert all(np.shares_memory(part.inputs, data.inputs) for part in fixed_split(data, [5, 5]))


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ([3, 3], r"the lengths \[3, 3\] add up to 6, the data set has 10 examples"),
        ([11, -1], r"the lengths \[11, -1\] add up to 10"),
        ([], r"the lengths \[\] add up to 0"),
        ([0.5, 0.4], r"the fractions \[0.5, 0.4\] do not add up to 1"),
        ([1.5, -0.5], "do not add up to 1"),
    ],
)
def test_lengths_that_do_not_fit(lengths, words):
    with pytest.raises(ParameterError, match=words):
        fixed_split(numbered(10), lengths)
    with pytest.raises(ParameterError, match=words):
        random_split(numbered(10), lengths, np.random.default_rng(0))


def test_indexing_mapping_and_repr():
    data = numbered(4)
    x, y = data[np.array([3, 0, 3])]
    assert x.tolist() == [30, 0, 30]
    assert y.tolist() == [3, 0, 3]
    assert data[1] == (10.0, 1)
    assert data.map(np.negative)[1:3][0].tolist() == [-10, -20]
    assert repr(data) == (
        "ArrayDataset(4 examples: inputs () float64, targets () int64, 2 classes)"
    )


def test_what_cannot_be_a_data_set():
    with pytest.raises(DataError, match="3 inputs but 2 targets"):
        ArrayDataset(np.zeros(3), np.zeros(2))
    with pytest.raises(DataError, match="need a first axis"):
        ArrayDataset(np.float32(1), np.zeros(2))
    with pytest.raises(TypeError, match="abstract"):
        Dataset()
