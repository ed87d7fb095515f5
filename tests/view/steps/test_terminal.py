"""The terminal shows a step at a time and does what the keys say, made up or typed at a real one."""

import io
import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from minigrad.op import OPS
from minigrad.view import step
from minigrad.view.steps.terminal import walk
from tests.view.steps.programs import PROGRAMS


class Screens(io.StringIO):
    """What is written, screen by screen."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def write(self, text):
        return super().write(text)

    def cut(self):
        self.shown.append(self.getvalue())
        self.seek(0)
        self.truncate()


def walked(keys, name="twice", width=80, height=30, **options):
    """The screens that are seen while these keys are pressed."""
    out = Screens()
    console = Console(file=out, width=width, height=height, color_system=None, legacy_windows=False)
    console.clear = lambda *_: out.cut()
    walk(step(PROGRAMS[name](), **options), iter(keys), console)
    out.cut()
    return out.shown[1:]


def places(screens):
    return [int(s.split("step ")[1].split(" of")[0]) for s in screens]


def test_next_and_previous():
    assert places(walked("nnpnq")) == [1, 2, 3, 2, 3]
    assert places(walked([" ", "enter", "right", "left", "backspace"])) == [1, 2, 3, 4, 3, 2]
    assert places(walked("ppp")) == [1, 1, 1, 1]


def test_to_the_end_and_back():
    screens = walked("fnb")
    assert places(screens) == [1, 18, 18, 1]
    assert "This was the last step" in screens[2]


def test_breakpoints():
    screens = walked("nn.bffb")
    assert "Breakpoint at h" in screens[3]
    assert "●" in screens[3]
    at = places(screens)
    steps = step(PROGRAMS["twice"]())
    assert at[4] == 1
    assert [steps[i - 1].key for i in at[5:7]] == ["2", "2"]
    assert at[7] == at[5]


def test_go_to_and_search():
    screens = walked(
        [*"gh", "enter", *"g2", "enter", *"gq1", "enter", *"/tanh", "enter", *"/zzz", "enter"]
    )
    text = screens[-1]
    assert "'zzz' is in no step" in text
    assert any("no step is at a node q1" in s for s in screens)
    assert places(screens)[1] == 3
    assert "tanh" in screens[-2]
    assert places(walked([*"gou", "backspace", "backspace", "h", "enter"]))[-1] == 3
    assert places(walked([*"gout", "escape", "n"]))[-1] == 2


def test_a_question_hides_the_answer():
    screens = walked(["n"] * 8 + ["a", *"7", "enter"])
    hidden, judged = screens[-2:]
    assert "What is dout/dh (via t4)?" in hidden or "= ?" in hidden
    assert "2.4557114e-05" not in hidden
    assert "2.4557114e-05" in judged
    assert "No." in judged
    assert "Correct." in walked(["n"] * 8 + ["a", *"2.4557114e-05", "enter"])[-1]
    assert "is no number" in walked(["n"] * 8 + ["a", *"two", "enter"])[-1]
    assert "There is no further gradient" in walked("fa")[-1]
    assert "dout/dh (via t4) is 2.45571e-05" in walked(["n"] * 8 + ["a", "escape"])[-1]


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_question_gives_its_answer_away(name):
    steps = step(PROGRAMS[name]())
    keys = [key for _ in steps for key in ("a", "escape")]
    for screen in walked(keys, name, height=60):
        if "?" in screen and "What is" in screen:
            shown = screen.split("What is")[0]
            assert "\n      = d" not in shown


def test_check_in_place(monkeypatch):
    screens = walked("n" * 9 + "c")
    assert "tanh: correct, to" in screens[-1]
    assert "The V curve along" in screens[-1]
    assert "leaf: it has no gradient rule" in walked("c")[-1]
    t = PROGRAMS["twice"]()
    monkeypatch.setattr(OPS["tanh"], "rules", (lambda g, out, x: 2.0 * g,))
    out = io.StringIO()
    console = Console(file=out, width=80, height=40, color_system=None)
    walk(step(t), iter("n" * 9 + "c"), console)
    assert "tanh: wrong" in out.getvalue()
    assert "and it should be" in out.getvalue()


def test_help_and_keys_that_there_are_not():
    assert "set a breakpoint at the active node" in walked("h", height=40)[-1]
    assert "'x' is no key here: h lists" in walked("x")[-1]


def test_scrolling():
    top, down, up = walked("n" * 20 + "jk", name="lenet", height=16)[-3:]
    assert "more lines: j scrolls down" in top
    assert top == up != down


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 30), (60, 15)])
def test_every_screen_fits(width, height):
    for name in PROGRAMS:
        count = len(step(PROGRAMS[name]()))
        for screen in walked("n" * (count - 1), name, width, height):
            lines = screen.rstrip("\n").split("\n")
            assert max(map(len, lines)) <= width
            assert len(lines) <= height


def test_the_table_beside_the_step_says_where_gradients_stand():
    screen = walked("n" * 10, width=120)[-1]
    assert "│ ▶  t3" in screen
    assert "◁  h" in screen
    assert "2.4557114e-05 + …" in screen
    assert "✓" in walked("f", width=120)[-1]


def test_without_a_terminal_there_is_the_transcript(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("n"))
    steps = step(PROGRAMS["twice"]())
    steps.terminal()
    assert capsys.readouterr().out == steps.transcript(80)


# ---- in a real one ----

PROGRAM = """
from programs import PROGRAMS
from minigrad.view import step
step(PROGRAMS["twice"]()).terminal()
print("left")
"""


def read_until(fd, text, seconds=60.0):
    seen = b""
    end = time.monotonic() + seconds
    while text.encode() not in seen:
        ready = select.select([fd], [], [], max(0.0, end - time.monotonic()))[0]
        assert ready, f"{text!r} did not come; this did: {seen.decode(errors='replace')}"
        try:
            seen += os.read(fd, 65536)
        except OSError:
            break
    assert text.encode() in seen, seen.decode(errors="replace")
    return seen.decode(errors="replace")


def test_in_a_pseudo_terminal():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm", COLUMNS="80", LINES="30", OPENBLAS_NUM_THREADS="1")
        os.environ["PYTHONPATH"] = str(Path(__file__).parent)
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM])
    try:
        first = read_until(fd, "q quit")
        assert "\x1b[?1049h" in first  # a screen of its own
        assert "step 1 of 18" in first
        os.write(fd, b"n")
        read_until(fd, "step 2 of 18")
        os.write(fd, b"\x1b[C")  # right
        read_until(fd, "step 3 of 18")
        os.write(fd, b"\x1b[D")  # left
        read_until(fd, "step 2 of 18")
        os.write(fd, b"gh\n")
        read_until(fd, "step 3 of 18")
        os.write(fd, "ö".encode())
        read_until(fd, "is no key here")
        os.write(fd, b"f")
        read_until(fd, "step 18 of 18")
        os.write(fd, b"q")
        last = read_until(fd, "left")
        assert "\x1b[?1049l" in last  # and the old one again
        assert os.waitpid(pid, 0)[1] == 0
    finally:
        os.close(fd)
