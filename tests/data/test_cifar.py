"""CIFAR-10: four published forms hold the same images, and a damaged one is refused by name."""

import os
import tarfile
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minigrad.data import cifar
from minigrad.data.cifar import parse_binary, parse_python, read_cifar10
from minigrad.errors import DataError

NAMES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


def draw(count, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(256, size=(count, 3072), dtype=np.uint8), rng.integers(10, size=count)


BATCHES = [draw(2 + i, i) for i in range(6)]


@pytest.fixture(scope="module")
def forms(formats):
    """{place under the data folder: {file: content}} for each published form."""
    binary = {f"{name}.bin": formats.binary_batch(*batch) for name, batch in zip(NAMES, BATCHES)}
    python = {name: formats.python2_batch(*batch) for name, batch in zip(NAMES, BATCHES)}
    extra = {"batches.meta.txt": b"airplane\n", "readme.html": b"<html>"}
    return {
        "cifar-10-batches-bin": binary | extra,
        "cifar-10-batches-py": python | extra,
        "cifar-10-binary.tar.gz": {
            f"cifar-10-batches-bin/{k}": v for k, v in (extra | binary).items()
        },
        "cifar-10-python.tar.gz": {
            f"cifar-10-batches-py/{k}": v for k, v in (extra | python).items()
        },
    }


def lay_out(formats, folder, form, files):
    place = folder / "cifar-10" / form
    if form.endswith(".tar.gz"):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(formats.gz(formats.tar(files)))
    else:
        place.mkdir(parents=True)
        for name, content in files.items():
            (place / name).write_bytes(content)
    return place


FORMS = [
    "cifar-10-batches-bin",
    "cifar-10-batches-py",
    "cifar-10-binary.tar.gz",
    "cifar-10-python.tar.gz",
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_arrays(formats, forms, tmp_path, form):
    lay_out(formats, tmp_path, form, forms[form])
    images, labels, test_images, test_labels = read_cifar10(tmp_path)
    expected = np.concatenate([batch[0] for batch in BATCHES[:5]])
    np.testing.assert_array_equal(images, expected.reshape(-1, 3, 32, 32))
    np.testing.assert_array_equal(labels, np.concatenate([batch[1] for batch in BATCHES[:5]]))
    np.testing.assert_array_equal(test_images, BATCHES[5][0].reshape(-1, 3, 32, 32))
    np.testing.assert_array_equal(test_labels, BATCHES[5][1])
    for array in (images, labels, test_images, test_labels):
        assert array.dtype == np.uint8


@pytest.mark.parametrize("form", FORMS)
def test_a_missing_batch_is_named(formats, forms, tmp_path, form):
    files = {name: content for name, content in forms[form].items() if "data_batch_3" not in name}
    place = lay_out(formats, tmp_path, form, files)
    with pytest.raises(DataError, match=r"data_batch_3(\.bin)? is missing or damaged") as caught:
        read_cifar10(tmp_path)
    assert str(place) in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_batch_is_named(formats, forms, tmp_path, form):
    files = {k: v[:-100] if "data_batch_2" in k else v for k, v in forms[form].items()}
    place = lay_out(formats, tmp_path, form, files)
    with pytest.raises(DataError, match="truncated") as caught:
        read_cifar10(tmp_path)
    assert f"{place}/data_batch_2" in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_too_much_is_refused(formats, forms, tmp_path, monkeypatch, form):
    monkeypatch.setattr(cifar, "BATCH_LIMIT", 10_000)
    monkeypatch.setattr(cifar, "ARCHIVE_LIMIT", 50_000)
    place = lay_out(formats, tmp_path, form, forms[form])
    with pytest.raises(DataError, match=r"more than \d+ bytes") as caught:
        read_cifar10(tmp_path)
    assert str(place) in str(caught.value)


def test_an_enormous_file_is_not_read(formats, forms, tmp_path, monkeypatch):
    place = lay_out(formats, tmp_path, "cifar-10-batches-bin", forms["cifar-10-batches-bin"])
    monkeypatch.setattr(cifar, "BATCH_LIMIT", 10_000)
    os.truncate(place / "data_batch_1.bin", 2**36)  # sparse: 64 GiB of nothing
    tracemalloc.start()
    with pytest.raises(DataError, match=r"data_batch_1.bin: more than \d+ bytes, not a batch"):
        read_cifar10(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


def test_nothing_there(tmp_path):
    with pytest.raises(DataError, match="minigrad data fetch cifar-10") as caught:
        read_cifar10(tmp_path)
    assert str(tmp_path / "cifar-10" / "cifar-10-binary.tar.gz") in str(caught.value)
    assert "MINIGRAD_DATA" in str(caught.value)


@pytest.mark.parametrize("form", FORMS[2:])
@given(where=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255), cut=st.booleans())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_archive_is_refused(formats, forms, tmp_path_factory, form, where, change, cut):
    folder = tmp_path_factory.mktemp("damaged")
    place = lay_out(formats, folder, form, forms[form])
    content = bytearray(place.read_bytes())
    position = int(where * len(content))
    content[position] ^= change
    place.write_bytes(content[:position] if cut else content)
    if cut or not 3 <= position < 10:  # a few bytes of gzip's header carry no meaning here
        with pytest.raises(DataError) as caught:
            read_cifar10(folder)
        assert str(folder) in str(caught.value)


@given(member=st.integers(0, 7), where=st.integers(0, 511), change=st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_a_forged_archive_is_refused_or_read(
    formats, forms, tmp_path_factory, member, where, change
):
    """The checksum of gzip is right, the headers inside lie."""
    folder = tmp_path_factory.mktemp("forged")
    files = forms["cifar-10-binary.tar.gz"]
    place = lay_out(formats, folder, "cifar-10-binary.tar.gz", files)
    content = bytearray(formats.tar(files))
    starts = [content.index(name.encode()) for name in files]
    header = content[starts[member] : starts[member] + 512]
    header[where] ^= change
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    content[starts[member] : starts[member] + 512] = header
    place.write_bytes(formats.gz(bytes(content)))
    try:
        images, labels, *_ = read_cifar10(folder)
    except DataError as error:
        refusal = str(error)
    else:
        assert images.shape[1:] == (3, 32, 32)
        assert len(images) == len(labels)
        return
    assert str(place) in refusal


def with_header(formats, files, change):
    """The archive of `files` with the header of data_batch_1 changed and its checksum set right."""
    content = bytearray(formats.tar(files))
    start = content.index(b"cifar-10-batches-bin/data_batch_1.bin\0")
    header = content[start : start + 512]
    change(header)
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    content[start : start + 512] = header
    return formats.gz(bytes(content))


def test_a_member_of_any_type_is_read_or_refused(formats, forms, tmp_path):
    """Links lead nowhere, devices and unknown types are not batches."""
    files = forms["cifar-10-binary.tar.gz"]
    place = lay_out(formats, tmp_path, "cifar-10-binary.tar.gz", files)
    refusals = 0
    kinds = b"\x00 01234567ALKSXDVgx\xff"
    for kind in kinds:

        def change(header, kind=kind):
            header[156] = kind

        place.write_bytes(with_header(formats, files, change))
        try:
            assert len(read_cifar10(tmp_path)[0]) == 20
        except DataError:
            refusals += 1
    assert 0 < refusals < len(kinds)


def test_a_sparse_member_of_many_zeros_is_not_unrolled(formats, forms, tmp_path):
    def sparse(header):
        header[156:157] = b"S"
        header[386:410] = b"%011o\0%011o\0" % (0, 0)
        header[482:483] = b"\0"
        header[483:495] = b"%011o\0" % (2**32)

    files = forms["cifar-10-binary.tar.gz"]
    place = lay_out(formats, tmp_path, "cifar-10-binary.tar.gz", files)
    place.write_bytes(with_header(formats, files, sparse))
    tracemalloc.start()
    with pytest.raises(
        DataError, match=r"data_batch_1(\.bin)? is missing or damaged|damaged inside"
    ):
        read_cifar10(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def test_an_archive_of_nothing_but_long_names_is_refused(formats, tmp_path):
    header = bytearray(tarfile.TarInfo("x").tobuf())
    header[156:157] = b"L"
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "cifar-10").mkdir()
    archive = tmp_path / "cifar-10" / "cifar-10-binary.tar.gz"
    archive.write_bytes(formats.gz(bytes(header) * 20_000))
    with pytest.raises(DataError) as caught:
        read_cifar10(tmp_path)
    assert str(archive) in str(caught.value)


@given(count=st.integers(1, 3), cut=st.integers(1, 3072))
def test_binary_batches_of_other_sizes(formats, count, cut):
    data = formats.binary_batch(*draw(count, 0))
    assert len(parse_binary(data)[1]) == count
    with pytest.raises(DataError, match=f"truncated: {len(data) - cut} bytes"):
        parse_binary(data[:-cut], "x")


def test_messages(formats):
    images, labels = draw(3, 0)
    with pytest.raises(DataError, match="x: empty: 0 bytes"):
        parse_binary(b"", "x")
    with pytest.raises(DataError, match="x: label 1 is 10, needed: 0 to 9"):
        parse_binary(formats.binary_batch(images, np.array([9, 10, 0])), "x")
    with pytest.raises(DataError, match="x: label 2 is 300, needed: 0 to 9"):
        parse_python(formats.python2_batch(images, [1, 2, 300]), "x")
    with pytest.raises(DataError, match="x: 2 labels, but there are 3 images"):
        parse_python(formats.python2_batch(images, [1, 2]), "x")
    with pytest.raises(DataError, match=r"x: images of shape \(3, 9\), needed: \(n, 3072\)"):
        parse_python(formats.python2_batch(images[:, :9], labels), "x")
    with pytest.raises(DataError, match="x: not a batch of CIFAR-10"):
        parse_python(b"\x80\x02}.", "x")
    with pytest.raises(DataError, match="x: the labels are not a list of integers"):
        parse_python(
            formats.python2_batch(images, labels).replace(b"labels](K", b"labels](NK", 1), "x"
        )


@given(where=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
@settings(deadline=None)
def test_a_changed_byte_in_a_python_batch(formats, where, value):
    content = bytearray(formats.python2_batch(*draw(2, 0)))
    content[int(where * len(content))] = value
    try:
        images, labels = parse_python(bytes(content), "x")
    except DataError:
        return
    assert images.shape == (2, 3, 32, 32)
    assert labels.max() < 10
