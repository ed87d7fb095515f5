"""The list of steps: what happened, in order, with everything that is to be shown of it."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.errors import GradientError, ShapeError, TraceError
from minigrad.op import OPS
from minigrad.view import Trace, step, trace
from tests.view.steps.programs import PROGRAMS
from tests.view.work import calls


def kinds(steps):
    return [s.kind for s in steps]


def leaf(shape, seed=0, dtype=np.float64):
    data = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    return mg.Tensor(data, requires_grad=True)


def test_every_event_has_its_step():
    t = PROGRAMS["stretched"]()
    steps = step(t)
    shown = kinds(steps)
    events = [e.kind for e in t.events]
    for event, kind in [
        ("began", "seed"),
        ("contributed", "contribution"),
        ("unbroadcast", "unbroadcast"),
        ("accumulated", "accumulate"),
        ("landed", "land"),
    ]:
        assert shown.count(kind) == events.count(event) > 0
    assert shown.count("forward") == sum(n.kind == "op" for n in t.nodes)
    assert shown.count("input") == sum(n.kind != "op" for n in t.nodes)
    assert [s.index for s in steps] == list(range(len(steps)))


def test_a_stretched_bias_is_summed_in_a_step_of_its_own():
    steps = step(PROGRAMS["stretched"]())
    (s,) = [s for s in steps if s.kind == "unbroadcast"]
    assert s.title == "summed over axis 0, because b was stretched from (2,) to (2, 2)"
    before = steps[s.index - 1]
    assert before.kind == "contribution"
    assert before.edge == s.edge
    assert before.changes == ()
    (change,) = s.changes
    assert change.key == s.edge.target
    assert change.state == "complete"
    assert np.array_equal(change.after.array, s.operands[0].value.array.sum(axis=0))


def test_a_tensor_formula_has_shapes_and_indices():
    steps = step(PROGRAMS["stretched"]())
    (s,) = [s for s in steps if s.title == "matmul sends a gradient to w"]
    assert s.formula.shapes == "dloss/dw = x.T @ (dloss/dt2) : (3, 2) = (3, 2) @ (2, 2)"
    assert s.formula.indices == "dloss/dw[i, j] = Σ_k x[k, i] * (dloss/dt2)[k, j]"
    assert s.formula.mathml.startswith("<math")
    assert [o.label for o in s.operands] == ["dloss/dt2", "x"]
    assert s.result.label == "dloss/dw"
    assert s.source.text.strip() == "y = x @ w + b"
    assert s.source.expression == "x @ w"


def test_changes_lead_back_to_the_beginning():
    """Each says what was there before, so a face can go backwards: undoing all of them leaves nothing."""
    for name in PROGRAMS:
        now = {}
        changes = [c for s in step(PROGRAMS[name]()) for c in s.changes]
        for c in changes:
            assert now.get(c.key, (None, None)) == (c.before, c.state_before)
            now[c.key] = (c.after, c.state)
        for c in reversed(changes):
            assert now[c.key] == (c.after, c.state)
            now[c.key] = (c.before, c.state_before)
        assert all(value == (None, None) for value in now.values())


def test_the_parts_of_a_gradient_are_counted():
    def f(x):
        return x * x + x

    t = trace(f, 3.0)
    parts = [s for s in step(t) if s.edge and s.edge.target == "0"]
    assert [len(s.terms) for s in parts] == [1, 2, 3]
    assert {s.uses for s in parts} == {3}
    assert [c.state for s in step(t) for c in s.changes if c.key == "0"] == [
        "partial",
        "partial",
        "complete",
        "landed",
    ]
    assert parts[1].formula.text == "dt2/dx (via t1, input 1) = dt2/dt1 * x"
    assert parts[2].sum == "dt2/dx = 1.0 + 1.0*3.0 + 1.0*3.0"


def test_second_backward_pass_and_what_lands_on_what_was_there():
    x = leaf(())
    with trace() as t:
        for _ in range(2):
            y = x * x
            y.backward()
    steps = step(t)
    assert kinds(steps).count("seed") == 2
    first, second = (s for s in steps if s.kind == "land")
    assert first.title == f"x.grad = {2 * x.data}"
    assert "already held the gradient of an earlier backward pass" in second.sentence
    phases = [s.phase for s in steps if s.kind in ("forward", "seed")]
    assert phases[:4] == ["forward", "backward", "forward", "backward"]


def test_a_gradient_of_a_gradient():
    x = mg.Tensor(np.array(3.0), requires_grad=True)
    with trace() as t:
        y = x * x * x
        (g,) = mg.grad(y, x, create_graph=True)
        g.backward()
    steps = step(t)
    (returned,) = [s for s in steps if s.kind == "return"]
    assert returned.title == "returned: dy/dx = 27.0"
    inner = [s for s in steps if s.kind == "forward" and s.phase == "backward"]
    assert inner
    assert all("recorded itself" in s.notes[-1] for s in inner)
    landed = [s for s in steps if s.kind == "land"]
    assert landed[-1].title == "x.grad = 18.0"
    assert steps.whole(landed[-1].index) == "g"


def test_what_the_gradients_are_of():
    x = leaf(3)
    with trace() as t:
        y = x * 2.0
        y.backward(np.array([1.0, -2.0, 0.5]))
    (seed,) = [s for s in step(t) if s.kind == "seed"]
    assert seed.result.label == "dL/dy"
    assert "L = sum(y * what was given)" in seed.sentence
    L = leaf(3)  # noqa: N806  # a name that is taken
    with trace() as t:
        y = L * 2.0
        y.backward(np.array([1.0, -2.0, 0.5]))
    assert [s.result.label for s in step(t) if s.kind == "seed"] == ["dJ/dy"]


def test_several_outputs():
    x = leaf(())
    with trace() as t:
        y, z = x * 2.0, x * 3.0
        mg.grad([y, z], x)
    seeds = [s for s in step(t) if s.kind == "seed"]
    assert len(seeds) == 2
    assert all("several outputs" in s.sentence for s in seeds)


def test_without_a_backward_pass_there_is_a_hint():
    x = leaf(3)
    with trace() as t:
        mg.tanh(x)
    steps = step(t)
    assert kinds(steps) == ["input", "forward"]
    assert "call loss.backward() inside of it" in steps.notes[0]
    assert steps.transcript().rstrip().endswith("backwards.")
    assert step(mg.tanh(x)).notes


def test_a_run_that_fails_forwards():
    x, w = leaf((2, 3)), leaf((4, 5))
    with pytest.raises(ShapeError), trace() as t:  # noqa: PT012
        h = mg.tanh(x)
        h @ w
    last = step(t)[-1]
    assert last.kind == "error"
    assert last.title == "matmul failed"
    assert "h (2, 3) and w (4, 5)" in last.sentence
    assert "x has 3" in last.error or "columns" in last.error
    assert (
        last.error in step(t).transcript()
        or last.error.splitlines()[0][:60] in step(t).transcript()
    )


def test_a_run_that_fails_backwards(monkeypatch):
    def broken(g, out, x):
        raise ValueError("no such thing")

    monkeypatch.setattr(OPS["tanh"], "rules", (broken,))
    x = leaf(3)
    with pytest.raises(GradientError), trace() as t:  # noqa: PT012
        h = mg.tanh(x)
        loss = (h * h).sum()
        loss.backward()
    last = step(t)[-1]
    assert (last.kind, last.phase) == ("error", "backward")
    assert last.title == "the backward pass stopped at h"
    assert "no such thing" in last.error


def test_a_run_that_fails_elsewhere():
    x = leaf(3)
    with pytest.raises(ZeroDivisionError), trace() as t:  # noqa: PT012
        y = x * 2.0
        y.sum().backward()
        1 / 0  # noqa: B018
    last = step(t)[-1]
    assert last.title == "the run stopped"
    assert last.error == "ZeroDivisionError: division by zero"


def test_nan_is_pointed_out():
    x = mg.Tensor(np.array([0.0, 1.0]), requires_grad=True)
    with np.errstate(all="ignore"), trace() as t:
        y = mg.log(x)
        (y * 0.0).sum().backward()
    notes = [note for s in step(t) for note in s.notes]
    assert any("y contains inf" in note for note in notes)
    assert any("contains nan" in note for note in notes)


def test_an_empty_trace():
    with trace() as t:
        pass
    with pytest.raises(
        TraceError, match="nothing was computed with Tensors while this trace was open"
    ):
        step(t)


def test_go_to_a_node():
    steps = step(PROGRAMS["twice"]())
    place = steps.find("h")
    assert steps[place].key == "2"
    again = steps.find("h", after=place)
    assert again > place
    assert steps.find(2) == place
    assert steps.find("h", after=len(steps) - 1) == place
    with pytest.raises(TraceError, match=r"no step is at a node q; there are x, y, h, t3"):
        steps.find("q")
    assert steps[steps.search("CHAIN RULE")].kind == "contribution"
    assert steps.search("no such words") is None


def test_slices_and_negative_places():
    steps = step(PROGRAMS["twice"]())
    assert steps[-1] == steps[len(steps) - 1]
    assert [s.index for s in steps[2:4]] == [2, 3]
    with pytest.raises(IndexError):
        steps[len(steps)]


def test_a_trace_from_a_file_steps_as_the_run_did(tmp_path):
    t = PROGRAMS["twice"]()
    t.save(tmp_path / "t.json")
    assert step(Trace.load(tmp_path / "t.json")).transcript() == step(t).transcript()


def test_arrays_that_were_not_kept_are_told_of_in_words():
    x = leaf((4, 5))
    with trace(keep=3) as t:
        (mg.tanh(x) * x).sum().backward()
    text = step(t).transcript()
    assert "(4, 5)  " in text
    assert "dt3/dx" in text


def chain(length):
    x = mg.Tensor(np.array(0.5), requires_grad=True)
    y = x
    with trace() as t:
        for _ in range(length):
            y = y * x
        y.backward()
    return t


def test_the_work_of_all_steps_grows_with_their_number():
    short, long = (calls(lambda t: list(step(t)), chain(n)) for n in (300, 600))
    assert len(step(chain(300))) > 1_000
    assert long < 2.2 * short


@pytest.mark.slow
def test_a_hundred_thousand_nodes_do_not_hang():
    steps = step(chain(100_000))
    assert steps[len(steps) // 2].title
    assert steps[-1].kind == "land"
