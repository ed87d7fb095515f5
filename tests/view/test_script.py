"""A script is run as Python runs it, and what is kept is its last backward pass."""

import sys

import pytest

from minigrad.errors import TraceError
from minigrad.view.script import last_pass

TRAINING = """
import sys
import minigrad as mg
from minigrad import nn
import numpy as np
import beside

model = nn.Linear(2, 1, rng=np.random.default_rng(0))
x = mg.Tensor(np.ones((3, 2), np.float32))
for epoch in range(int(sys.argv[1])):
    error = model(x) - beside.target
    loss = (error * error).mean()
    loss.backward()
    model.weight.data -= 0.1 * model.weight.grad.data
    model.weight.grad = model.bias.grad = None
print("name", __name__, "after", epoch + 1)
with mg.no_grad():
    print(model(x).mean().item())
"""


@pytest.fixture
def script(tmp_path):
    (tmp_path / "beside.py").write_text("target = 2.0\n", encoding="utf-8")

    def write(text):
        path = tmp_path / "script.py"
        path.write_text(text, encoding="utf-8")
        return path

    yield write
    sys.modules.pop("beside", None)


def test_the_last_backward_pass_of_a_training_loop(script, capsys):
    before = sys.argv, sys.path[:]
    first, last = (last_pass(script(TRAINING), [n]) for n in ("1", "7"))
    assert (sys.argv, sys.path) == before
    assert "name __main__ after 7" in capsys.readouterr().out
    for t in (first, last):
        labels = [n.label for n in t.nodes]
        assert labels == ["x", "weight", "bias", "t3", "error", "t5", "loss"]
        assert [p.complete for p in t.passes] == [True]
        assert {n.source.file for n in t.nodes if n.source} == {"script.py"}
        assert len(t.scopes) == 1
    assert first.nodes[6].value.array > last.nodes[6].value.array


def test_without_a_backward_pass_all_of_it_is_kept(script):
    t = last_pass(script("import minigrad as mg\nx = mg.Tensor([1.0])\ny = mg.exp(x)\nz = y + y\n"))
    assert [n.label for n in t.nodes] == ["x", "y", "z"]


def test_a_script_that_raises_keeps_what_it_did(script, capsys):
    text = TRAINING.replace("print(", "model(x) @ np.ones((3, 3), np.float32)\nprint(", 1)
    t = last_pass(script(text), ["2"])
    assert t.nodes[-1].error.startswith(
        "ShapeError: matmul(a, b): a has 1 columns but b has 3 rows"
    )
    assert t.exception == t.nodes[-1].error
    err = capsys.readouterr().err
    assert "model(x) @ np.ones((3, 3), np.float32)" in err
    assert "runpy" not in err


def test_sys_exit_is_the_end_of_the_script(script):
    t = last_pass(script("import sys, minigrad as mg\ny = mg.exp(mg.Tensor([1.0]))\nsys.exit(3)\n"))
    assert len(t.nodes) == 2


def test_nothing_to_show(script, tmp_path):
    with pytest.raises(TraceError, match=r"nowhere.py: there is no such file"):
        last_pass(tmp_path / "nowhere.py")
    with pytest.raises(TraceError, match=r"script.py applies no op to a Tensor: there is nothing"):
        last_pass(script("print(1)\n"))
