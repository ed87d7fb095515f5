"""IDX: what was written is read, and whatever else is in the file is refused without a fuss."""

import io
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.data.idx import parse_idx, read_idx
from minigrad.errors import DataError

arrays = st.sampled_from(["u1", "i1", "i2", "i4", "f4", "f8"]).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    )
)
IMAGES = (np.arange(3 * 28 * 28) % 251).astype(np.uint8).reshape(3, 28, 28)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "images-idx3-ubyte"


def peak_memory(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def read_unless_refused(path):
    """The array, or None after a `DataError` that names the file; anything else is a failure."""
    try:
        return read_idx(path)
    except DataError as error:
        refusal = str(error)
    assert str(path) in refusal
    return None


@given(array=arrays, compressed=st.booleans())
@settings(deadline=None)
def test_reads_what_was_written(formats, path, array, compressed):
    data = formats.idx(array)
    path.write_bytes(formats.gz(data) if compressed else data)
    for found in (read_idx(path), parse_idx(io.BytesIO(data))):
        assert found.dtype == array.dtype
        assert found.dtype.isnative
        np.testing.assert_array_equal(found, array)


@given(array=arrays, compressed=st.booleans(), data=st.data())
@settings(deadline=None)
def test_every_truncation_is_refused_and_names_the_file(formats, path, array, compressed, data):
    content = formats.idx(array)
    content = formats.gz(content) if compressed else content
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(DataError) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@given(position=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(deadline=None)
def test_a_flipped_bit_in_a_compressed_file_is_refused_or_harmless(formats, path, position, bit):
    content = bytearray(formats.gz(formats.idx(IMAGES)))
    content[int(position * len(content))] ^= 1 << bit
    path.write_bytes(content)
    found = read_unless_refused(path)
    if found is not None:
        np.testing.assert_array_equal(found, IMAGES)


@given(
    where=st.one_of(st.integers(0, 15), st.integers(16, 16 + IMAGES.size - 1)),
    bit=st.integers(0, 7),
)
def test_a_flipped_bit_in_a_plain_file_changes_one_pixel_or_is_refused(formats, path, where, bit):
    content = bytearray(formats.idx(IMAGES))
    content[where] ^= 1 << bit
    path.write_bytes(content)
    found = read_unless_refused(path)
    if where >= 16:
        assert np.flatnonzero(found.reshape(-1) != IMAGES.reshape(-1)).tolist() == [where - 16]
    elif found is not None:  # u1 read as i1: nothing in the file tells
        assert (where, bit) == (2, 0)
        np.testing.assert_array_equal(found.view(np.uint8), IMAGES)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((2**32 - 1, 2**32 - 1, 2**32 - 1), "its header announces"),
        ((2**20, 28, 28), "truncated"),  # 822 million bytes: below the limit, above what is there
    ],
)
def test_a_forged_header_allocates_nothing(formats, path, compressed, shape, words):
    content = struct.pack(">BBBB3I", 0, 0, 8, 3, *shape) + bytes(1000)
    path.write_bytes(formats.gz(content) if compressed else content)

    def read():
        with pytest.raises(DataError, match=words):
            read_idx(path)

    assert peak_memory(read) < 5e6


def test_a_gzip_bomb_is_not_unpacked(formats, path):
    path.write_bytes(formats.gz(formats.idx(IMAGES) + bytes(100_000_000)))

    def read():
        with pytest.raises(DataError, match="longer than its header announces"):
            read_idx(path)

    assert peak_memory(read) < 5e6


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\0\0", "not an IDX file: it begins with 00 00"),
        (b"\x89PNG\r\n\x1a\n", "not an IDX file: it begins with 89 50 4e 47"),
        (b"\0\0\x0a\1\0\0\0\0", "not an IDX file: it begins with 00 00 0a 01"),
        (b"\0\0\x08\x03\0\0", "truncated within the header"),
        (b"\0\0\x08\x40" + b"\0\0\0\1" * 64 + b"x", "64 axes"),
        (b"\0\0\x08\1\0\0\0\2abc", r"longer than its header announces: \(2,\) elements of 1 bytes"),
        (
            b"\0\0\x08\1\0\0\0\4abc",
            r"truncated: \(4,\) elements of 1 bytes are 4 bytes, there are 3",
        ),
        (b"\x1f\x8b", "truncated or damaged"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0garbage", "truncated or damaged"),
    ],
)
def test_messages(path, content, words):
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_garbage_after_a_gzip_member_is_refused(formats, path):
    path.write_bytes(formats.gz(formats.idx(IMAGES)) + b"garbage")
    with pytest.raises(DataError, match="truncated or damaged"):
        read_idx(path)


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(DataError, match="nothing-here: no such file"):
        read_idx(tmp_path / "nothing-here")
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(tmp_path)
