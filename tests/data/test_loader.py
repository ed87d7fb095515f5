"""DataLoader: every example once an epoch, in an order that a restored state repeats exactly."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.data import ArrayDataset, DataLoader
from minigrad.errors import ParameterError, StateError


def numbered(count):
    return ArrayDataset(np.arange(count * 2.0).reshape(count, 2), np.arange(count))


def loader(count, batch_size, seed=0, **options):
    return DataLoader(
        numbered(count), batch_size, shuffle=True, rng=np.random.default_rng(seed), **options
    )


def targets(batches):
    return [batch.tolist() for _, batch in batches]


@given(
    count=st.integers(1, 50),
    size=st.integers(1, 60),
    drop_last=st.booleans(),
    shuffle=st.booleans(),
)
def test_each_example_comes_once_an_epoch(count, size, drop_last, shuffle):
    if drop_last and size > count:
        return
    data = numbered(count)
    batches = DataLoader(
        data, size, shuffle=shuffle, rng=np.random.default_rng(1), drop_last=drop_last
    )
    for _ in range(2):
        epoch = list(batches)
        assert len(epoch) == len(batches)
        assert all(len(x) == len(y) == size for x, y in epoch[:-1])
        assert len(epoch[-1][1]) == (size if drop_last or count % size == 0 else count % size)
        seen = np.concatenate([y for _, y in epoch])
        assert (
            len(set(seen.tolist())) == len(seen) == (count // size * size if drop_last else count)
        )
        for x, y in epoch:
            np.testing.assert_array_equal(x, data.inputs[y])
        if not shuffle:
            np.testing.assert_array_equal(seen, np.arange(len(seen)))


def test_epochs_differ_and_seeds_decide():
    batches = loader(100, 10)
    first, second = targets(batches), targets(batches)
    assert first != second
    again = loader(100, 10)
    assert [targets(again), targets(again)] == [first, second]
    assert targets(loader(100, 10, seed=1)) != first


def test_the_rng_may_be_a_seed():
    seeded = DataLoader(numbered(20), 5, shuffle=True, rng=3)
    generated = DataLoader(numbered(20), 5, shuffle=True, rng=np.random.default_rng(3))
    for (a, _), (b, _) in zip(seeded, generated, strict=True):
        np.testing.assert_array_equal(a, b)


def test_other_draws_from_the_same_rng_do_not_disturb_the_order():
    rng = np.random.default_rng(0)
    shared = DataLoader(numbered(20), 5, shuffle=True, rng=rng)
    rng.random(1000)
    alone = loader(20, 5)
    assert targets(shared) == targets(alone)
    rng.random(1000)
    assert targets(shared) == targets(alone)


@given(
    count=st.integers(1, 30),
    size=st.integers(1, 8),
    epochs=st.integers(0, 2),
    abandoned=st.booleans(),
    data=st.data(),
)
def test_a_restored_loader_yields_exactly_what_was_still_to_come(
    count, size, epochs, abandoned, data
):
    original = loader(count, size)
    for _ in range(epochs):
        list(original)
    if abandoned:
        next(iter(original))
    running = iter(original)
    for _ in range(data.draw(st.integers(0, len(original)), label="batches handed out")):
        next(running)
    state = json.loads(json.dumps(original.state_dict()))
    restored = loader(count, size, seed=99)
    restored.load_state_dict(state)
    assert restored.state_dict() == original.state_dict()
    assert targets(restored) == targets(running)
    assert targets(restored) == targets(original)
    assert restored.state_dict() == original.state_dict()


def test_an_abandoned_epoch_is_followed_by_a_whole_one():
    batches = loader(20, 4)
    for _ in batches:
        break
    assert sorted(i for batch in targets(batches) for i in batch) == list(range(20))


def test_a_batch_is_a_copy():
    data = numbered(6)
    for x, _ in DataLoader(data, 3):
        x[:] = -1
    assert data.inputs.min() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"batch_size": 0}, "batch_size is 0, needed: 1 or more"),
        ({"batch_size": 2, "shuffle": True}, "shuffle=True needs an rng, such as rng=0"),
        (
            {"batch_size": 6, "drop_last": True},
            "5 examples do not fill a batch of 6 with drop_last=True",
        ),
    ],
)
def test_messages(arguments, words):
    with pytest.raises(ParameterError, match=words):
        DataLoader(numbered(5), **arguments)


def test_an_rng_that_is_neither_a_seed_nor_a_generator():
    with pytest.raises(TypeError, match=r"DataLoader draws .* rng='0': pass a seed"):
        DataLoader(numbered(5), 2, shuffle=True, rng="0")


def test_a_seed_shuffles_as_its_generator_does():
    loaders = [
        DataLoader(numbered(9), 2, shuffle=True, rng=r) for r in (3, np.random.default_rng(3))
    ]
    assert targets(loaders[0]) == targets(loaders[1])


def test_an_empty_data_set_is_refused():
    with pytest.raises(ParameterError, match="0 examples do not fill a batch of 2"):
        DataLoader(numbered(0), 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"handed_out": 9}, "9 batches were used, but an epoch has 5"),
        ({"rng": {"bit_generator": "MT19937"}}, "not a state of this loader"),
        ({"rng": None}, "not a state of this loader"),
        ({"handed_out": "many"}, "not a state of this loader"),
    ],
)
def test_a_foreign_state_is_refused_and_changes_nothing(change, words):
    batches, untouched = loader(20, 4), loader(20, 4)
    with pytest.raises(StateError, match=words):
        batches.load_state_dict(loader(20, 4, seed=5).state_dict() | change)
    assert targets(batches) == targets(untouched)
    with pytest.raises(StateError, match="KeyError"):
        batches.load_state_dict({})
