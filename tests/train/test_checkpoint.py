"""Checkpoints: the state that was saved is the state that is loaded, or the one before it."""

import contextlib
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from minigrad import nn
from minigrad.errors import CheckpointError
from minigrad.train import checkpoint

NAMES = st.text(
    st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=8
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**200), 2**200),
    st.floats(allow_nan=False),
    st.text(),
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.float16, np.int64, np.uint8, np.bool_]),
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    ),
)
STATES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=3)
        | st.dictionaries(st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=8,
)


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@given(state=st.dictionaries(NAMES, STATES, max_size=4))
def test_a_state_comes_back_to_the_bit(state, tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "c.safetensors"
    checkpoint.save(path, state)
    assert same(checkpoint.load(path), state)
    once = path.read_bytes()
    checkpoint.save(path, state)
    assert path.read_bytes() == once


def test_memory_order_does_not_matter(tmp_path):
    a = np.arange(12.0).reshape(3, 4)
    checkpoint.save(tmp_path / "c", {"t": a.T, "f": np.asfortranarray(a), "s": a[::2, ::-1]})
    state = checkpoint.load(tmp_path / "c")
    for name, expected in (("t", a.T), ("f", a), ("s", a[::2, ::-1])):
        np.testing.assert_array_equal(state[name], expected)


def test_generators_and_numpys_numbers_can_be_saved(tmp_path):
    states = [
        kind(5).state
        for kind in (np.random.PCG64, np.random.Philox, np.random.MT19937, np.random.SFC64)
    ]
    checkpoint.save(tmp_path / "c", {"rngs": states, "rate": np.float64(0.1), "n": np.int64(3)})
    state = checkpoint.load(tmp_path / "c")
    assert (state["rate"], state["n"]) == (0.1, 3)
    for saved, kind in zip(
        state["rngs"], (np.random.PCG64, np.random.Philox, np.random.MT19937, np.random.SFC64)
    ):
        original, restored = np.random.Generator(kind(5)), np.random.Generator(kind(6))
        restored.bit_generator.state = saved
        assert original.random(9).tolist() == restored.random(9).tolist()


def test_the_tensors_have_names_that_can_be_read_elsewhere(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    checkpoint.save(tmp_path / "c", {"model": {"0.weight": np.ones(2)}, "step": 4})
    assert list(safetensors.load_file(tmp_path / "c")) == ["model/0.weight"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"model": {"f": len}}, "model/f: a builtin_function_or_method cannot be saved"),
        ({"a": [{1, 2}]}, "a/0: a set cannot be saved; needed: arrays, numbers, strings"),
        ({"a": np.zeros(2, np.longdouble)}, "cannot hold these arrays, of dtype float128"),
        ({"a": {"b": np.zeros(1)}, "a/b": np.zeros(1)}, "two arrays would have the name a/b"),
    ],
)
def test_what_cannot_be_saved_is_named_and_leaves_the_old_one(state, words, tmp_path):
    checkpoint.save(tmp_path / "c", {"step": 1})
    with pytest.raises(CheckpointError, match=words):
        checkpoint.save(tmp_path / "c", state)
    assert checkpoint.load(tmp_path / "c") == {"step": 1}
    assert issubclass(CheckpointError, ValueError)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(CheckpointError, match=r"no/c: cannot be written: No such file"):
        checkpoint.save(tmp_path / "no" / "c", {})


@pytest.mark.parametrize("syscall", ["write", "fsync", "replace"])
def test_a_failure_at_any_stage_of_writing_leaves_the_old_one(syscall, tmp_path, monkeypatch):
    path = tmp_path / "c"
    checkpoint.save(path, {"step": 1})

    def fail(*_):
        raise OSError(28, "No space left on device")

    if syscall == "write":
        (tmp_path / ".c.part").mkdir()
    else:
        monkeypatch.setattr(os, syscall, fail)
    with pytest.raises(CheckpointError, match=r"cannot be written: (No space left|Is a directory)"):
        checkpoint.save(path, {"step": 2})
    assert checkpoint.load(path) == {"step": 1}


@given(cut=st.integers(0, 10_000), flip=st.integers(0, 10_000))
def test_a_damaged_file_is_an_error_and_never_another(cut, flip, tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "c"
    checkpoint.save(path, {"step": 3, "model": {"w": np.arange(5.0)}})
    content = path.read_bytes()
    path.write_bytes(content[: cut % len(content)])
    with pytest.raises(CheckpointError, match="not a readable safetensors file"):
        checkpoint.load(path)
    damaged = bytearray(content)
    damaged[flip % len(content)] ^= 0x55
    path.write_bytes(damaged)
    # The format has no checksum, so a number may have become another; all else is an error.
    with contextlib.suppress(CheckpointError):
        checkpoint.load(path)


def test_other_files_are_told_from_checkpoints(tmp_path):
    weights = {"w": np.ones(3, np.float32)}
    checkpoint.save_weights(tmp_path / "w", weights)
    with pytest.raises(CheckpointError, match="but not a checkpoint of minigrad"):
        checkpoint.load(tmp_path / "w")
    with pytest.raises(CheckpointError, match="no such file"):
        checkpoint.load(tmp_path / "nothing")
    (tmp_path / "text").write_text("not a checkpoint at all", encoding="utf-8")
    with pytest.raises(CheckpointError, match="not a readable safetensors file"):
        checkpoint.load(tmp_path / "text")


# ---- weights alone ----


def network():
    rng = np.random.default_rng(3)
    return nn.Sequential(
        nn.Conv2d(1, 4, kernel_size=3, padding=1, rng=rng),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64, 5, rng=rng),
    )


@pytest.mark.torch
def test_weights_go_to_pytorch_and_back(tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    safetensors_torch = pytest.importorskip("safetensors.torch", reason="needs torch")
    ours = network()
    x = np.random.default_rng(4).normal(size=(6, 1, 8, 8)).astype(np.float32)
    ours(x)  # moves the running statistics away from 0 and 1
    checkpoint.save_weights(tmp_path / "w", ours.state_dict(), {"note": [1]})
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, padding=1),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(64, 5),
    )
    theirs.load_state_dict(safetensors_torch.load_file(tmp_path / "w"))
    expected = theirs.eval()(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours.eval()(x).data, expected, rtol=1e-4, atol=1e-5)

    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.mul_(1.25)
    safetensors_torch.save_file(theirs.state_dict(), tmp_path / "back")
    ours.load_state_dict(checkpoint.load_weights(tmp_path / "back"))
    expected = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours(x).data, expected, rtol=1e-4, atol=1e-5)
