"""The rooms of minigrad in README.md: drawn from the imports, and with about the right numbers."""

import re
from pathlib import Path

import pytest

from docs import rooms

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_a_line_counts_if_it_has_code():
    silent = '"""A module."""\n\n# a reason\n\n'
    function = 'def f():\n    """It."""\n\n    return (\n        x  # x\n    )\n'
    assert rooms.code_lines(silent + function) == 4


def test_an_edge_is_left_out_where_a_path_replaces_it():
    edges = {"top": {"middle", "bottom"}, "middle": {"bottom"}, "bottom": set()}
    assert rooms.reduced(edges) == [("top", "middle"), ("middle", "bottom")]


def test_every_room_is_drawn():
    folders = {path.parent.name for path in rooms.PACKAGE.glob("*/__init__.py")}
    assert folders | {"engine"} == set(rooms.ROOMS)
    drawn = rooms.draw()
    for room in rooms.ROOMS:
        assert f">{room}<" in drawn
    assert "prefers-color-scheme:dark" in drawn


@pytest.mark.parametrize("room", rooms.ROOMS)
def test_the_lines_of_code_in_the_readme_are_about_right(room):
    folder = "*.py" if room == "engine" else f"{room}/"
    (said,) = re.findall(
        rf"^\| `minigrad/{re.escape(folder)}` \|.*\| ([\d,]+) \|$", README, re.MULTILINE
    )
    found = rooms.lines_by_room()[room]
    remedy = f"README.md: minigrad/{folder} has {found} lines of code; run python docs/rooms.py"
    assert 0.6 < found / int(said.replace(",", "")) < 1.7, remedy
