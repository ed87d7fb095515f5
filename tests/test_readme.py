"""The code in the README does what its comments say."""

import linecache
import re
from pathlib import Path

import pytest

import minigrad

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("i", range(len(BLOCKS)))
def test_each_block_runs_alone_and_gives_what_its_comments_say(i, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)  # the code writes files
    block, name = BLOCKS[i], f"README-{i}.py"
    linecache.cache[name] = (len(block), None, block.splitlines(keepends=True), name)  # for a trace
    names: dict[str, object] = {"__name__": "__main__"}
    try:
        exec(compile(block, name, "exec"), names)
    finally:
        minigrad.OPS.pop("cube", None)  # the register belongs to the tests
    for line in block.splitlines():
        if match := re.fullmatch(r"([\w.]+)\s+# (Tensor\(.*\))", line):
            assert " ".join(repr(eval(match[1], names)).split()) == match[2]
        elif match := re.fullmatch(r"\((\w+),\) = .*?# (\d+)", line):
            assert names[match[1]].data.item() == float(match[2])
    printed = capsys.readouterr().out
    shown = re.match(r"[^`]*```text\n(.*?)```", README.partition(f"{block}```")[2], re.DOTALL)
    assert bool(printed) == bool(shown)
    for line in shown[1].splitlines() if shown else []:
        assert line in printed
    written = {"graph.svg", "steps.html"} if "view" in names else set()
    assert {path.name for path in tmp_path.iterdir()} == written


def test_the_blocks_show_what_is_compared():
    assert len(BLOCKS) == 4
    comments = r"# (?:Tensor\(.*\)|\d+)$"
    assert sum(len(re.findall(comments, block, re.MULTILINE)) for block in BLOCKS) == 5
    assert README.count("```text\n") == 2


@pytest.mark.parametrize("folder", re.findall(r"^\| `([\w/]+/)`", README, re.MULTILINE))
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
    assert len(PICTURES) == 6
    assert "![](" not in README
    assert all('alt="' in tag for tag in re.findall(r"<img .*?>", README))
