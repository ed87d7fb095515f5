"""`minigrad data`: what it prints, and its exit codes: 0 done, 1 failed, 2 misunderstood."""

import hashlib

import pytest

from minigrad.cli import main
from minigrad.data import command, published
from minigrad.data.published import Published


@pytest.fixture
def files(monkeypatch, server):
    """The published files of one small data set and of a folder of two batches."""
    server.content = b"the content of a small file"
    size, md5 = len(server.content), hashlib.md5(server.content).hexdigest()
    names = ["mnist/a.gz", "mnist/b.gz"]
    for name in published.FILES:
        items = [Published(path, size, md5, (server.url,)) for path in names if name == "mnist"]
        monkeypatch.setitem(published.FILES, name, items)
    batches = [Published(f"cifar-10/batches/{i}", size, md5) for i in range(2)]
    archive = Published("cifar-10/x.tar.gz", size, md5)
    monkeypatch.setattr(command, "CIFAR_FORMS", (*batches, archive))
    return server.content


def write(folder, path, content):
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)


@pytest.mark.parametrize("name", ["mnist", "all"])
def test_fetch_then_verify(tmp_path, capsys, files, name):
    assert main(["data", "fetch", name, "--data-dir", str(tmp_path)]) == 0
    assert (tmp_path / "mnist" / "b.gz").read_bytes() == files
    assert f"complete and verified in {tmp_path}" in capsys.readouterr().out
    assert main(["data", "verify", "--data-dir", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert out.count("intact") == 2
    assert "mnist/a.gz" in out
    assert "cifar" not in out


def test_the_folder_of_the_environment(tmp_path, capsys, monkeypatch, files):
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path))
    assert main(["data", "fetch", "mnist"]) == 0
    assert main(["data", "verify"]) == 0


def test_verify_finds_what_is_damaged_or_missing(tmp_path, capsys, files):
    write(tmp_path, "mnist/a.gz", files[:-1] + b"?")
    write(tmp_path, "cifar-10/batches/1", files)
    assert main(["data", "verify", "--data-dir", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    rows = [line.split("│")[1:3] for line in printed.out.splitlines() if "│" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["mnist/a.gz", "not the published file"],
        ["mnist/b.gz", "missing"],
        ["cifar-10/batches/0", "missing"],
        ["cifar-10/batches/1", "intact"],
    ]
    assert "minigrad data fetch NAME" in printed.err


def test_verify_with_nothing_to_verify(tmp_path, capsys, files):
    assert main(["data", "verify", "--data-dir", str(tmp_path)]) == 1
    assert f"{tmp_path} has none of the published files" in capsys.readouterr().err
    assert main(["data", "verify", "--data-dir", str(tmp_path / "nothing-here")]) == 2
    assert "nothing-here is not a folder" in capsys.readouterr().err


def test_a_failed_download(tmp_path, capsys, server, files):
    server.error = 404
    assert main(["data", "fetch", "mnist", "--data-dir", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"minigrad: {tmp_path}/mnist/a.gz: could not be downloaded")
    assert "HTTP Error 404" in error


def test_an_interrupted_download(tmp_path, capsys, monkeypatch, files):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "fetch", interrupted)
    assert main(["data", "fetch", "mnist", "--data-dir", str(tmp_path)]) == 130
    assert "the same command continues the download" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["data"], "required: ACTION"),
        (["data", "fetch"], "required: NAME"),
        (["data", "fetch", "minst"], "invalid choice: 'minst'"),
        (["data", "verify", "--datadir", "x"], "unrecognized arguments"),
        (["dance"], "invalid choice: 'dance'"),
    ],
)
def test_bad_usage(capsys, arguments, words):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.data
def test_the_real_files_are_the_published_ones(real_data, capsys):
    assert main(["data", "verify", "--data-dir", str(real_data)]) == 0
    assert capsys.readouterr().out.count("intact") >= 14
