"""Graphviz is asked politely: what goes wrong in it is one line, and never a traceback of its own."""

import os
import sys

import pytest

from minigrad.errors import RenderError
from minigrad.view.pictures import render as rendering
from minigrad.view.pictures.render import command, render

GRAPH = "digraph { a -> b }"


def program(folder, text):
    """A `dot` of our own, first on the PATH."""
    path = folder / "dot"
    # A `#!` line cannot name an interpreter whose path has blanks. The shell reads the second line as a
    # command, and Python as a string.
    start = f"""#!/bin/sh\n'''exec' '{sys.executable}' "$0" "$@"\n' '''\n"""
    path.write_text(start + text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def first_on_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.fixture
def no_dot(monkeypatch):
    monkeypatch.setattr(rendering.shutil, "which", lambda name: None)


@pytest.mark.parametrize(
    ("form", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_pygraphviz_draws_without_a_system_package(no_dot, form, start):
    pytest.importorskip("pygraphviz")
    assert command(form)[1].endswith("engine.py")
    assert render(GRAPH, form).startswith(start)


def test_a_dot_on_the_path_is_used(first_on_path):
    path = program(first_on_path, "import sys\nprint('drawn', sys.argv[1], sys.stdin.read())")
    assert command("svg") == [str(path), "-Tsvg"]
    assert render(GRAPH, "svg") == f"drawn -Tsvg {GRAPH}\n".encode()


def test_what_dot_complains_of_is_one_line(first_on_path):
    program(first_on_path, "import sys\nsys.exit('Error: <stdin>: syntax error in line 1')")
    with pytest.raises(RenderError) as error:
        render(GRAPH, "svg")
    assert str(error.value) == (
        "dot could not draw this as svg: Error: <stdin>: syntax error in line 1"
    )
    assert error.value.__cause__ is None


def test_a_dot_that_says_nothing(first_on_path):
    program(first_on_path, "raise SystemExit(3)")
    with pytest.raises(RenderError, match="dot could not draw this as png: it ended with status 3"):
        render(GRAPH, "png")


def test_a_layout_that_does_not_end(first_on_path):
    program(first_on_path, "import time\ntime.sleep(60)")
    with pytest.raises(RenderError) as error:
        render(GRAPH, "svg", seconds=0.2)
    assert str(error.value) == (
        "the layout was not ready after 0.2 seconds: draw less of it, with budget=, depth= or focus="
    )


def test_a_dot_that_is_no_program(first_on_path):
    (first_on_path / "dot").write_text("no program", encoding="utf-8")
    (first_on_path / "dot").chmod(0o755)
    with pytest.raises(RenderError, match="dot cannot be run: Exec format error"):
        render(GRAPH, "svg")


def test_what_pygraphviz_complains_of_is_one_line(no_dot):
    pytest.importorskip("pygraphviz")
    with pytest.raises(RenderError, match=r"^\S+ could not draw this as svg: .*$"):
        render("this is no graph", "svg")


def test_no_graphviz_at_all(no_dot, monkeypatch):
    monkeypatch.setattr(rendering.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RenderError) as error:
        render(GRAPH, "svg")
    assert str(error.value) == (
        "no Graphviz was found to draw with: pip install pygraphviz, whose wheels carry Graphviz, or put "
        "Graphviz's `dot` on the PATH; .dot, .mmd and .txt are written without one"
    )
