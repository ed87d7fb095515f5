"""`minigrad draw` and `minigrad step`, as they are typed: what is correct, and one line for what is wrong."""

import sys

import pytest

from minigrad import cli
from minigrad.view.command import configure_draw, configure_step

SCRIPT = """
import minigrad as mg
import sys

x = mg.Tensor(3.0, requires_grad=True)
y = mg.Tensor(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0, requires_grad=True)
loss = x * y + x
loss.backward()
print("printed by the script")
"""

MODEL = """
import numpy as np
from minigrad import nn
from minigrad.train import command as train_command


def parser():
    made = train_command.parser("tiny", "Train.", epochs=1, batch_size=8, lr=0.1, momentum=0.0)
    made.add_argument("--width", type=int, default=3)
    return made


def build(options, shape, classes, rng):
    side = shape[1] * shape[2]
    return nn.Sequential(
        nn.Flatten(), nn.Linear(side, options.width, rng=rng), nn.Linear(options.width, classes, rng=rng)
    )
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A script and a model in an otherwise empty folder."""
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "tiny_model.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield tmp_path
    sys.modules.pop("tiny_model", None)


@pytest.fixture
def run(folder, capsys):
    def run(*argv):
        code = cli.main([str(a) for a in argv])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def test_a_script_is_drawn(run, folder):
    code, out, err = run("draw", "script.py", "-o", "graph.svg", "--values", "--grads")
    assert (code, err) == (0, "")
    assert "printed by the script" in out
    assert "in graph.svg" in out
    svg = (folder / "graph.svg").read_text(encoding="utf-8")
    assert svg.count('class="node') >= 4 or svg.count("node-") >= 4
    for suffix in (".dot", ".mmd", ".txt", ".png", ".pdf"):
        assert run("draw", "script.py", "-o", f"graph{suffix}")[0] == 0
        assert (folder / f"graph{suffix}").stat().st_size > 50
    code, out, _ = run("draw", "script.py")
    assert code == 0
    assert "loss" in out  # the text form


def test_a_model_is_drawn_with_its_options(run, folder):
    for width in (3, 5):
        code, _, err = run("draw", "tiny_model", "-o", "g.txt", "--", "--width", width)
        assert (code, err) == (0, "")
        assert f"({width}, 784)" in (folder / "g.txt").read_text(encoding="utf-8")
    run("draw", "tiny_model", "-o", "shut.txt", "--depth", 0)
    assert "weight" not in (folder / "shut.txt").read_text(encoding="utf-8")


def test_a_script_is_stepped_through(run, folder):
    code, out, err = run("step", "script.py", "--", "5.0")
    assert (code, err) == (0, "")
    assert "loss" in out
    assert "5.0" in out  # dloss/dx has a term with y
    assert (
        run("step", "script.py", "--transcript", "--", "5.0")[1]
        == out
        != run("step", "script.py")[1]
    )
    code, said, err = run("step", "script.py", "--html", "steps.html")
    assert (code, err) == (0, "")
    assert "steps in steps.html: open it in a browser" in said
    assert (folder / "steps.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_model_is_stepped_through(run, folder):
    code, _, err = run("step", "tiny_model", "--html", "tiny.html")
    assert (code, err) == (0, "")
    assert (folder / "tiny.html").stat().st_size < 400_000


def test_a_wrong_rule_is_found_where_it_is(run, folder):
    (folder / "wrong.py").write_text(
        "import numpy as np, minigrad as mg\n"
        "from minigrad.domain import REAL, elementwise\n"
        "@mg.op(cases=elementwise(REAL), rejects=[])\n"
        "def half_wrong(x):\n    return np.square(x)\n"
        "half_wrong.vjp(lambda g, out, x: g * x)\n"
        "x = mg.Tensor([1.0, 2.0], requires_grad=True)\n"
        "loss = (half_wrong(x) * 3.0).sum()\n"
        "loss.backward()\n",
        encoding="utf-8",
    )
    try:
        code, out, _ = run("step", "wrong.py", "--check")
    finally:
        from minigrad import OPS

        OPS.pop("half_wrong", None)
    assert code == 1
    assert "half_wrong" in out
    assert "WRONG" in out


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("draw", "nowhere.py"), 2, "minigrad draw: nowhere.py: there is no such file"),
        (
            ("draw", "no.such.module"),
            2,
            "no.such.module is no file, and cannot be imported: ModuleNotFoundError: No module named 'no' "
            "(in this folder, or where Python is installed; models/ is in a clone of minigrad)",
        ),
        (("step", "json"), 2, "json has no `parser` and `build`, so it is no model"),
        (("draw", "script.py", "-o", "g.gif"), 2, "-o g.gif: the suffix must be one of .svg .png"),
        (("draw", "script.py", "-o", "no/g.svg"), 1, "no/g.svg cannot be written: No such file"),
        (("step", "script.py", "--html", "no/g.html"), 1, "no/g.html"),
        (("draw", "script.py", "--focus", "nothing"), 2, "nothing"),
        (
            ("check", "ops", "relu", "--", "x"),
            2,
            "error: this command takes nothing after --: x",
        ),
        (("step", "script.py", "--open", "conv2d"), 2, "conv2d"),
    ],
)
def test_what_is_wrong_is_one_line(run, argv, code, words):
    got, _, err = run(*argv)
    assert got == code
    *usage, line = err.strip().splitlines()
    assert words in line
    assert not usage or usage[0].startswith("usage:")


def test_where_a_picture_cannot_be_written_its_text_is_printed(run):
    code, out, err = run("draw", "script.py", "-o", "no/g.svg")
    assert code == 1
    assert "mul" in out
    assert "the text form is above" in err


def test_a_script_that_raises_is_shown_as_far_as_it_got(folder, capsys):
    (folder / "fails.py").write_text(
        SCRIPT.replace("loss.backward()", "loss @ np.ones(3)"), encoding="utf-8"
    )
    (folder / "fails.py").write_text(
        "import numpy as np\n" + (folder / "fails.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    assert cli.main(["draw", "fails.py"]) == 1
    out, err = capsys.readouterr()
    assert "add" in out
    assert "loss @ np.ones(3)" in err
    assert "the program ended with ShapeError: matmul(a, b)" in err


def test_the_help_says_what_can_be_named(run):
    for name, configure in (("draw", configure_draw), ("step", configure_step)):
        code, out, _ = run(name, "--help")
        assert code == 0
        assert str(configure.__doc__) in " ".join(out.split())
        assert "script.py, or the module of a model: models.lenet" in " ".join(out.split())
