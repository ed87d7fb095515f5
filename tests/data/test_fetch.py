"""Downloads from a server on this machine: cut, resumed, lied to, and never believed unchecked."""

import hashlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minigrad.data.fetch import fetch
from minigrad.data.published import Published
from minigrad.errors import DataError

CONTENT = np.random.default_rng(0).bytes(300_000)


def published(*mirrors, content=CONTENT):
    return Published("some/set.gz", len(content), hashlib.md5(content).hexdigest(), mirrors)


def paths(folder):
    return sorted(path.name for path in (folder / "some").iterdir())


def check(folder, content=CONTENT):
    assert paths(folder) == ["set.gz"]
    assert (folder / "some" / "set.gz").read_bytes() == content


def test_a_download_arrives_and_is_not_repeated(server, tmp_path):
    server.content = CONTENT
    reports = []
    assert fetch(published(server.url), tmp_path, reports.append) is True
    check(tmp_path)
    assert reports == sorted(reports)
    assert reports[-1] == len(CONTENT)
    assert len(reports) > 3
    assert fetch(published(server.url), tmp_path) is False
    assert server.ranges == [None]


@given(data=st.data(), ignore_range=st.booleans(), honest=st.booleans())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_cut_connections_are_taken_up_again(server, tmp_path_factory, data, ignore_range, honest):
    folder = tmp_path_factory.mktemp("cut")
    server.content, server.ignore_range, server.honest = CONTENT, ignore_range, honest
    server.ranges.clear()
    cuts = data.draw(st.lists(st.integers(1, 60_000), max_size=4))
    cuts = sorted(cuts) if ignore_range else cuts
    server.cuts[:] = cuts
    growing = not ignore_range or len(set(cuts)) == len(cuts)
    try:
        fetch(published(server.url), folder)
    except DataError:
        assert not growing
        assert "set.gz" not in paths(folder)
        server.cuts.clear()
        fetch(published(server.url), folder)
    check(folder)
    if growing:
        assert len(server.ranges) == len(cuts) + 1
        arrived = [cut if ignore_range else sum(cuts[: i + 1]) for i, cut in enumerate(cuts)]
        assert server.ranges == [None, *(f"bytes={done}-" for done in arrived)]


def test_what_an_earlier_run_left_is_used(server, tmp_path):
    server.content = CONTENT
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "set.gz.part").write_bytes(CONTENT[:123_456])
    fetch(published(server.url), tmp_path)
    check(tmp_path)
    assert server.ranges == ["bytes=123456-"]


@pytest.mark.parametrize("kept", [CONTENT, CONTENT + b"more", b"x" * 1000, b"x" * len(CONTENT)])
def test_whatever_an_earlier_run_left_does_no_harm(server, tmp_path, kept):
    server.content = CONTENT
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "set.gz.part").write_bytes(kept)
    fetch(published(server.url), tmp_path)
    check(tmp_path)
    if kept == CONTENT:
        assert server.ranges == []


def test_a_damaged_file_is_replaced(server, tmp_path):
    server.content = CONTENT
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "set.gz").write_bytes(CONTENT[:-1] + b"?")
    assert fetch(published(server.url), tmp_path) is True
    check(tmp_path)


def test_a_wrong_checksum_leaves_nothing_behind(server, tmp_path):
    server.content = CONTENT[:-1] + b"?"
    with pytest.raises(DataError, match=r"set\.gz: could not be downloaded") as caught:
        fetch(published(server.url), tmp_path)
    assert paths(tmp_path) == []
    assert len(server.ranges) == 1
    expected = published(server.url).md5
    said = f"{server.url}/set.gz: the checksum of its 300000 bytes is not {expected}"
    assert said in str(caught.value)


@pytest.mark.parametrize("content", [b"<html>please log in</html>", CONTENT + b"more"])
def test_a_file_of_another_length_is_not_even_begun(server, tmp_path, content):
    server.content = content
    with pytest.raises(DataError, match=f"offers {len(content)}, not the published file"):
        fetch(published(server.url), tmp_path)
    assert [len((tmp_path / "some" / name).read_bytes()) for name in paths(tmp_path)] in ([], [0])


def test_a_portal_does_not_destroy_what_had_arrived(server, tmp_path):
    server.content, server.ignore_range = b"<html>please log in</html>", True
    (tmp_path / "some").mkdir()
    part = tmp_path / "some" / "set.gz.part"
    part.write_bytes(CONTENT[:1000])
    with pytest.raises(DataError, match="offers 26"):
        fetch(published(server.url), tmp_path)
    assert part.read_bytes() == CONTENT[:1000]


def test_an_endless_answer_of_no_stated_length_is_cut_at_the_published_size(server, tmp_path):
    server.content, server.honest = b"x" * 5_000_000, False
    reports = []
    with pytest.raises(DataError, match="the checksum of its 300000 bytes is not"):
        fetch(published(server.url), tmp_path, reports.append)
    assert reports[-1] == len(CONTENT)
    assert paths(tmp_path) == []


def test_a_range_from_elsewhere_is_refused(server, tmp_path):
    server.content, server.wrong_offset = CONTENT, True
    server.cuts = [1000]
    with pytest.raises(DataError, match=r"offers bytes 1001-299999/300000, not the published"):
        fetch(published(server.url), tmp_path)
    assert paths(tmp_path) == ["set.gz.part"]


@pytest.mark.parametrize("error", [403, 404, 416, 500, 503])
def test_the_next_mirror_is_tried(server, tmp_path, error):
    server.error = error
    with pytest.raises(DataError, match=f"HTTP Error {error}") as caught:
        fetch(published(server.url, "http://127.0.0.1:9"), tmp_path)
    assert "127.0.0.1:9/set.gz: <urlopen error" in str(caught.value)
    server.error, server.content = 0, CONTENT
    fetch(published("http://127.0.0.1:9", server.url), tmp_path)
    check(tmp_path)


def test_an_interrupted_download_keeps_what_has_arrived_under_another_name(server, tmp_path):
    server.content = CONTENT

    def interrupt(done):
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(published(server.url), tmp_path, interrupt)
    assert paths(tmp_path) == ["set.gz.part"]
    fetch(published(server.url), tmp_path)
    check(tmp_path)
    assert int(server.ranges[1][6:-1]) > 100_000


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "some").write_text("in the way", encoding="utf-8")
    with pytest.raises(DataError, match=r"some/set\.gz: cannot be written"):
        fetch(published("http://127.0.0.1:9"), tmp_path)
