"""The table of renderers: minigrad's row is all yes, and a renderer that is wrong anywhere is found out."""

import math
import re
import sys
from functools import cache

import pytest

from benchmarks import renderer_peers, renderer_targets, renderers
from benchmarks.renderer_cases import (
    CASES,
    GRADIENTS,
    MLP,
    VALUES,
    WORKED,
    expected,
    modules,
    numbers,
    read,
    shown,
    ways,
)
from benchmarks.renderers import Fact, Worker, edges, facts, grouped, has_all, main, written

COMMAND = [sys.executable, "-m", "benchmarks.renderer_peers"]


@cache
def minigrad():
    return renderer_peers.minigrad()


def ask(question):
    return renderer_peers.answer(minigrad(), question)


def spoiled(change):
    """minigrad, but for what is changed in the pictures' DOT."""

    def asked(question):
        answer = ask(question)
        return answer | {"pictures": [change(dot) for dot in answer["pictures"]]}

    return asked


def test_minigrad_has_all():
    """The second of the two runs is in another process, as it is in the table."""
    again = Worker([*COMMAND, "minigrad"], 60)
    try:
        assert "version" in again.started()
        found = facts(ask, again, ask({"steps": True}))
    finally:
        again.close()
    assert [name for name, fact in found.items() if not fact.right] == []
    assert has_all({"facts": found})


def test_an_edge_that_is_missing_is_found():
    second = re.compile(r'^.*id="edge-\d+-\d+-1".*\n', re.MULTILINE)
    without = spoiled(lambda dot: second.sub("", dot))
    assert edges(without, CASES["v + v"]) == Fact(False, "1 of 2")
    assert not edges(without, CASES["a diamond"]).right
    doublings = edges(without, CASES["20 doublings"], timed=True)
    assert not doublings.right
    assert doublings.found.endswith("s, 1 of 1,048,576 ways")


def test_an_edge_too_many_and_one_between_the_wrong_boxes_are_found():
    first = re.compile(r'^.*id="edge-0-2-0".*\n', re.MULTILINE)
    assert not edges(spoiled(lambda d: first.sub(lambda m: m[0] * 2, d)), CASES["a diamond"]).right
    moved = spoiled(
        lambda dot: dot.replace("b0 -> b1 ", "b0 -> b3 ", 1)
    )  # once into s, once into y
    assert edges(moved, WORKED) == Fact(False, "6 of 6, not the right ones")


def test_a_chain_that_is_drawn_as_less_boxes_is_found():
    short = {"pictures": ["digraph { a -> b }"], "seconds": 0.0}
    assert not edges(lambda question: short, CASES["a chain of 1,200"]).right


def test_numbers_that_are_missing_rounded_too_far_or_without_a_sign_are_found():
    def gradients(change):
        asked = spoiled(change)
        return written(GRADIENTS, asked({"case": WORKED.name, "after": True}))

    assert gradients(lambda dot: dot) == Fact(True, "4")
    assert gradients(lambda dot: dot.replace("grad -", "grad ")) == Fact(False, "0, 4 without sign")
    assert gradients(lambda dot: dot.replace("grad -16.625", "")) == Fact(False, "3")
    assert gradients(lambda dot: dot.replace("grad -16.625", "grad -17")) == Fact(False, "3")
    before = ask({"case": WORKED.name, "after": False})
    assert written(VALUES, before).right
    assert not written(GRADIENTS, before).right


def test_the_ways_are_those_of_the_chain_rule():
    for case in CASES.values():
        if case is not MLP:
            found = tuple(sorted(ways(expected(case)).values()))
            assert found == WAYS[case.name], case.name


WAYS = {
    "v + v": (2,),
    "a diamond": (2, 2),
    WORKED.name: (2, 4),
    "20 doublings": (2**20,),
    "a chain of 1,200": (1,),
    "a chain of 5,000": (1,),
}


def test_the_worked_numbers_are_those_of_the_example():
    v, w = WORKED.leaves.values()
    s, y = v + v, (v + v) * w
    assert (s, y, y * y, WORKED.f(v, w)) == VALUES
    h = 1e-6
    slopes = (
        (-((y + h) ** 2) + (y - h) ** 2) / (2 * h),
        (-(((s + h) * w) ** 2) + ((s - h) * w) ** 2) / (2 * h),
        (WORKED.f(v, w + h) - WORKED.f(v, w - h)) / (2 * h),
        (WORKED.f(v + h, w) - WORKED.f(v - h, w)) / (2 * h),
    )
    assert slopes == pytest.approx(GRADIENTS, rel=1e-6)
    assert shown(map(abs, GRADIENTS), [str(VALUES)])[1] == 0


def test_modules_that_are_not_drawn_are_found():
    assert grouped(ask) == Fact(True, "3")
    unnamed = spoiled(lambda dot: dot.replace("Linear", "").replace("Sequential", ""))
    assert not grouped(unnamed).right
    parameters = 'digraph { "layers.0.weight" -> a; b [label="LinearBackward"]; b -> a }'
    assert modules(read(parameters)) == 0


def test_steps_in_the_wrong_order_or_all_at_once_are_no_stepping():
    found = ask({"steps": True})
    assert renderers.stepping(found).right
    assert not renderers.stepping({"steps": found["steps"][::-1]}).right
    assert not renderers.stepping({"steps": [" ".join(found["steps"])]}).right
    forwards = [text for text in found["steps"] if "/d" not in text and "grad" not in text]
    assert renderers.stepping({"steps": forwards}) == Fact(False, "no (4 of 8 numbers)")
    assert renderers.stepping({"steps": []}) == Fact(False, "no")


def test_what_is_gone_after_backward_and_what_differs_between_runs_is_found():
    before = {"pictures": ["digraph { a -> b -> c; legend }"]}
    assert renderers.left(before, before) == Fact(True, "3 of 3")
    assert renderers.left(before, {"pictures": ["digraph { c }"]}) == Fact(False, "0 of 3")
    other = {"pictures": ["digraph { a -> b -> d; legend }"]}
    assert renderers.repeatable(before, before) == Fact(True, "yes")
    assert renderers.repeatable(before, other) == Fact(False, "no")


def counted(drawn):
    return tuple(ways(drawn).values())


def test_pictures_are_read_as_they_are_drawn():
    assert counted(read("digraph { a -> b; a -> b; b -> c }")) == (2,)
    assert counted(read("strict digraph { a -> b; a -> b; b -> c }")) == (1,)
    assert counted(read('digraph { a -> b [label="x3"]; b -> c }')) == (3,)
    assert counted(read("digraph { a -> b; b -> saved [dir=none]; alone }")) == (1,)
    assert counted(read("digraph { a -> b; b -> c; c -> b }")) == ()
    page = """<html>
    const adj_list = {"x": {"edges": [{"target": "add"}]}, "add": {"edges": []}};
    const func_info = {"add": {"out": 3.5}};
    const module_info = {};
    const parent_module_to_nodes = {"Linear_2": ["add"]};
    """
    drawn = read(page)
    assert counted(drawn) == (1,)
    assert drawn.clusters == ["Linear_2"]
    assert shown([3.5], drawn.boxes.values()) == (1, 1)
    assert numbers("grad -1.5e-3, t12, 2x, (3, 4)") == [-0.0015, 3, 4]


STUBBORN = """
import sys, time
print('{"version": "1"}', flush=True)
for line in sys.stdin:
    while "hang" in line: time.sleep(60)
    if "end" in line: sys.exit(3)
    print('{"fine": true}', flush=True)
"""


def test_a_peer_that_hangs_or_ends_is_started_again():
    worker = Worker([sys.executable, "-c", STUBBORN], 0.5)
    try:
        assert worker.started() == {"version": "1"}
        assert worker({"case": "hang"}) == {"error": "more than 0.5 s"}
        worker.limit = 600
        assert worker({"case": "x"}) == {"fine": True}
        assert worker({"case": "end"}) == {"error": "the process ended with 3"}
        assert worker({"case": "x"}) == {"fine": True}
    finally:
        worker.close()


def test_a_peer_that_is_missing_is_skipped_with_the_reason():
    code = (
        "import sys; sys.modules['torchviz'] = None\n"
        "from benchmarks.renderer_peers import main; main('torchviz')"
    )
    worker = Worker([sys.executable, "-c", code], 600)
    try:
        assert "torchviz" in worker.started()["skipped"]
    finally:
        worker.close()


def test_what_a_peer_raises_is_what_it_does_with_the_graph():
    def deep(case, after):
        return deep(case, after)

    def able(case, after):
        if case is MLP:
            raise renderer_peers.UnableError("no modules in the library")
        raise ValueError("no\nmore")

    question = {"case": "v + v", "after": False}
    answer = renderer_peers.answer
    assert answer(renderer_peers.Peer("1", deep), question) == {"error": "RecursionError"}
    peer = renderer_peers.Peer("1", able)
    assert answer(peer, question) == {"error": "ValueError: no"}
    assert answer(peer, question | {"case": "an MLP"}) == {"error": "no modules in the library"}


def test_minigrad_must_have_all_and_be_alone(monkeypatch, capsys):
    yes, no = Fact(True, "yes"), Fact(False, "no")
    rows = {"minigrad": {"version": "1", "facts": {"a": yes}}, "micrograd": {"skipped": "not here"}}
    monkeypatch.setattr(renderers, "report", lambda name, limit: rows[name])

    def code(theirs):
        rows["MyGrad"] = {"version": "2", "facts": {"a": theirs}}
        return main(["--no-targets", "--only", "MyGrad", "micrograd"])

    assert code(no) == 0
    assert "micrograd skipped: not here" in capsys.readouterr().out
    assert code(yes) == 1
    rows["minigrad"]["facts"] = {"a": no}
    assert code(no) == 1
    assert main(["--no-targets", "--json", "--only", "MyGrad"]) == 1
    assert '"found": "no"' in capsys.readouterr().out


def test_the_targets_are_measured_on_what_they_say():
    found = renderer_targets.traced(50, needed=math.inf, runs=1)
    assert found.name == "50 nodes traced (and backwards)"
    assert found.met
    assert renderer_targets.traced(50, needed=0, runs=1).met is False
    page = renderer_targets.page(20, side=2, limit=400, runs=1)
    assert re.fullmatch(r"\d+ kB in \d+\.\d s", page.found)
    assert page.met
    assert not renderer_targets.page(20, side=0, limit=1, runs=1).met
    assert renderer_targets.overhead(turns=1).found.endswith(" x")
