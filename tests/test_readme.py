"""The code in the README does what its comments say."""

import linecache
import re
from pathlib import Path

import pytest

import minigrad

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_code_runs_and_gives_what_the_comments_say(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)  # the code writes files
    names: dict[str, object] = {}
    said = []
    for i, block in enumerate(BLOCKS):
        name = f"README-{i}.py"  # so that a trace can read the lines
        linecache.cache[name] = (len(block), None, block.splitlines(keepends=True), name)
        exec(compile(block, name, "exec"), names)  # the blocks build on one another
        for line in block.splitlines():
            if match := re.fullmatch(r"([\w.]+)\s+# (Tensor\(.*\))", line):
                said.append((" ".join(repr(eval(match[1], names)).split()), match[2]))
            elif match := re.fullmatch(r"\((\w+),\) = .*?# (\d+)", line):
                said.append((float(names[match[1]].data.item()), float(match[2])))
    assert len(said) == 5
    for got, claimed in said:
        assert got == claimed
    printed = capsys.readouterr().out
    for shown in re.findall(r"```text\n(.*?)```", README, re.DOTALL):
        for line in shown.splitlines():
            assert line in printed
    assert {path.name for path in tmp_path.iterdir()} == {"graph.svg", "steps.html"}
    # An op defined in a lesson stays in the register, and the tests walk it.
    del minigrad.OPS["cube"]


@pytest.mark.parametrize("folder", re.findall(r"^\| `(\w+/)", README, re.MULTILINE))
def test_the_folders_exist(folder):
    assert (Path(__file__).parent.parent / folder).is_dir()


def test_every_lesson_is_in_the_table():
    tutorials = Path(__file__).parent.parent / "tutorials"
    named = set(re.findall(r"\]\(tutorials/(\w+)\.py\)", README))
    assert named == {path.stem for path in tutorials.glob("[0-9][0-9]_*.py")}


PICTURES = re.findall(r'src(?:set)?="(.+?)"|!\[.+?\]\((.+?)\)', README)


@pytest.mark.parametrize("path", [a or b for a, b in PICTURES])
def test_the_pictures_are_there(path):
    assert (Path(__file__).parent.parent / path).is_file()


def test_the_pictures_say_what_they_show():
    assert len(PICTURES) == 5
    assert "![](" not in README
    assert all('alt="' in tag for tag in re.findall(r"<img .*?>", README))
