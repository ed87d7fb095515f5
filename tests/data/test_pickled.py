"""Pickles: the published form is read, and no pickle gets anything run or any memory set aside."""

import os
import pickle
import struct
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.data.pickled import read_pickle, uint8_array
from minigrad.errors import DataError

images = st.integers(1, 4).flatmap(lambda n: hnp.arrays(np.uint8, (n, 12)))
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.text()
    | st.binary(min_size=1),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.binary(min_size=1), inner)
        | st.tuples(inner)
        | st.lists(inner, max_size=5).map(tuple)
    ),
    max_leaves=20,
)


@given(value=plain)
def test_plain_values_come_back_as_pickle_itself_reads_them(value):
    assert read_pickle(pickle.dumps(value, 2), "x") == value


@given(array=hnp.arrays(np.uint8, hnp.array_shapes()))
def test_arrays_of_python_3(array):
    call = read_pickle(pickle.dumps(array, 2), "x")
    np.testing.assert_array_equal(uint8_array(call, "x"), array)


@given(array=images, labels=st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_batches_of_python_2(formats, array, labels):
    data = formats.python2_batch(array, labels)
    with warnings.catch_warnings():  # the published files name numpy.core, which has moved
        warnings.simplefilter("ignore", DeprecationWarning)
        expected = pickle.loads(data, encoding="bytes")
    found = read_pickle(data, "x")
    assert found.keys() == expected.keys() == {b"data", b"labels", b"batch_label", b"filenames"}
    np.testing.assert_array_equal(uint8_array(found.pop(b"data"), "x"), expected.pop(b"data"))
    assert found == expected


class Evil:
    def __init__(self, function, *arguments):
        self.reduction = function, arguments

    def __reduce__(self):
        return self.reduction


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("function", [os.mkdir, os.system, eval, exec, getattr, pickle.loads])
def test_nothing_is_run(tmp_path, protocol, function):
    victim = tmp_path / "victim"
    data = pickle.dumps({b"data": Evil(function, str(victim))}, protocol)
    with pytest.raises(DataError) as caught:
        read_pickle(data, "batch")
    assert not victim.exists()
    assert str(caught.value).startswith("batch: it ")
    assert "nothing in it was run" in str(caught.value)
    if protocol == 2:  # which has __builtin__ for builtins
        assert f".{function.__name__}, which plain arrays" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "truncated or damaged"),
        (b"\x80\x02}q\x00.", "bytes after the end"),
        (b"\x80\x02", "truncated or damaged"),
        (b"GIF89a", "truncated or damaged"),
        (b"\x80\x02K\x01K\x02.", "too many values"),
        (b"\x80\x02.", "not enough values"),
        (b"\x80\x02K\x01K\x02R.", "a call of a value that is not a function"),
        (b"\x80\x02c_codecs\nencode\nX\x01\0\0\0ax\x05\0\0\0rot13\x86R.", "truncated or damaged"),
        (b"\x80\x02c_codecs\nencode\nX\x01\0\0\0aX\x05\0\0\0rot13\x86R.", "encoding 'rot13'"),
        (b"\x80\x02cos\nsystem\n.", "it asks for os.system"),
        (b"\x80\x02}K\x01K\x02s.", "a key that is not text"),
        (b"\x80\x02(K\x01u.", "truncated or damaged"),
        (b"\x80\x02\x85.", "the stack has fewer values than are taken from it"),
        (b"\x80\x02cnumpy\ndtype\nN\x81.", "it uses NEWOBJ"),
    ],
)
def test_messages(data, words):
    if words == "bytes after the end":
        data += b"x"
    with pytest.raises(DataError, match=words) as caught:
        read_pickle(data, "batch")
    assert str(caught.value).startswith("batch: ")


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b"abc.",  # bytes of a terabyte
        b"\x80\x02T" + struct.pack("<I", 2**31 - 1) + b"abc.",
        b"\x80\x02Nr" + struct.pack("<I", 2**32 - 1) + b"000.",  # a memo of four thousand million
        b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b".",
        b"\x80\x04\x95" + struct.pack("<Q", 2**40) + b"N",
        b"\x80\x02()" + b"\x86" * 3 + b".",
        b"\x80\x02})" + b"2\x86" * 100 + b"Ns.",  # a key whose hash takes 2**100 steps
        b"\x80\x02})" + b"q\x00h\x00\x86" * 100 + b"Ns.",
    ],
)
def test_forged_sizes_cost_neither_memory_nor_time(data):
    tracemalloc.start()
    with pytest.raises(DataError):
        read_pickle(data, "batch")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros(3, np.int16), "elements of 'i2'"),
        (np.array([None, print]), "it asks for|elements of 'O8'"),
        (np.asfortranarray(np.zeros((2, 3), np.uint8)), "column_major=True"),
        ([1, 2], "found: 'list' object"),
        (np.dtype("u1"), "a call of numpy.dtype|found"),
    ],
)
def test_other_arrays_are_refused(array, words):
    with pytest.raises(DataError, match=words):
        uint8_array(read_pickle(pickle.dumps(array, 2), "x"), "x")


def test_an_array_larger_than_its_bytes_is_refused():
    data = pickle.dumps(np.zeros((2, 3), np.uint8), 2).replace(b"K\x02K\x03\x86", b"K\x02K\xff\x86")
    with pytest.raises(DataError, match=r"of shape \(2, 255\) with 6 bytes"):
        uint8_array(read_pickle(data, "x"), "x")


@given(array=images, data=st.data())
@settings(max_examples=300, deadline=None)
def test_damage_is_refused_or_leaves_plain_data(formats, array, data):
    content = bytearray(formats.python2_batch(array, list(range(len(array)))))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(len(content) // 2, len(content)))]
    try:
        found = uint8_array(read_pickle(bytes(content), "x")[b"data"], "x")
    except (DataError, KeyError, TypeError):
        return
    assert found.dtype == np.uint8
    assert found.size == array.size
