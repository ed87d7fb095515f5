"""The code on the page: the lines as they stand in the file, or what the trace kept of them."""

import linecache

from minigrad import view
from minigrad.view.page.code import Code
from minigrad.view.records import Source
from tests.view.page.runs import product


def test_the_lines_are_those_of_the_file_with_some_around():
    code = Code()
    nodes = view.trace(product, 1.0, 2.0).nodes
    places = [code.place(n.source) for n in nodes if n.op]
    (file,) = code.files()
    assert file["name"] == "runs.py"
    for place, node in zip(places, [n for n in nodes if n.op]):
        line = file["lines"][place["line"] - file["start"]]
        assert line == linecache.getline(node.source.file, node.source.line).rstrip("\n")
        assert line[place["column"] : place["end_column"]] == node.source.expression


def test_a_file_that_is_not_here_or_has_changed_shows_what_the_trace_kept(tmp_path):
    changed = tmp_path / "net.py"
    changed.write_text("a\nb\nc\nd\n", encoding="utf-8")
    for file in ("/nowhere/net.py", str(changed), "C:\\home\\net.py"):
        code = Code()
        code.place(Source(file, 2, 2, 4, 9, "    x * y", "x * y", "f"))
        code.place(Source(file, 4, 4, 4, 9, "    z + z", "z + z", "f"))
        code.place(None)
        (shown,) = code.files()
        assert shown == {"name": "net.py", "start": 2, "lines": ["    x * y", "", "    z + z"]}


def test_what_was_typed_at_a_prompt_has_no_lines_to_show():
    code = Code()
    assert code.place(Source("<stdin>", 1, 1, 0, 0, "", "", "<module>")) is None
    assert code.files() == []


def test_two_files_are_told_apart():
    code = Code()
    places = [code.place(Source(f, 1, 1, 0, 1, "x", "x", "f")) for f in ("a.py", "b.py", "a.py")]
    assert [p["file"] for p in places] == [0, 1, 0]
