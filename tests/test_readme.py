"""The code in the README does what its comments say."""

import re
from pathlib import Path

import pytest

import minigrad

README = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_code_runs_and_gives_what_the_comments_say():
    names: dict[str, object] = {}
    said = []
    for block in BLOCKS:
        exec(block, names)  # the blocks build on one another
        for line in block.splitlines():
            if match := re.fullmatch(r"([\w.]+)\s+# (Tensor\(.*\))", line):
                said.append((" ".join(repr(eval(match[1], names)).split()), match[2]))
            elif match := re.fullmatch(r"\((\w+),\) = .*?# (\d+)", line):
                said.append((float(names[match[1]].data.item()), float(match[2])))
    assert len(said) == 5
    for got, claimed in said:
        assert got == claimed
    del minigrad.OPS[
        "cube"
    ]  # an op defined in a lesson stays in the register, and the tests walk it


@pytest.mark.parametrize("folder", re.findall(r"^\| `(\w+/)", README, re.MULTILINE))
def test_the_folders_exist(folder):
    assert (Path(__file__).parent.parent / folder).is_dir()
