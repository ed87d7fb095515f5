"""LaTeX becomes MathML, and what is not known is said."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the site needs pip install -e '.[docs]'")

from docutils.utils.math import MathError

from docs.extensions.mathematics import mathml

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("latex", "parts"),
    [
        (r"\frac{a}{b}", ["<mfrac>", "<mi>a</mi>", "<mi>b</mi>"]),
        (r"\tfrac{1}{2}", ["<mfrac>"]),
        (r"x_1, \dots, x_n", ["…", "<msub>"]),
        (r"1 + \dotsb + n", ["⋯"]),
        (r"W^\top g", ["⊤", "<mi>g</mi>"]),
        (r"\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}", ["<msqrt>", "<mover"]),
    ],
)
def test_what_lessons_write(latex: str, parts: list[str]) -> None:
    shown = mathml(latex, block=False)
    assert shown.startswith("<math")
    for part in parts:
        assert part in shown


def test_lines_are_aligned() -> None:
    assert mathml(r"a &= b \\ c &= d", block=True).count("<mtr>") == 2


def test_what_is_not_known_is_an_error() -> None:
    with pytest.raises(MathError):
        mathml(r"\nosuchcommand{x}", block=False)


@pytest.mark.parametrize("latex", [r"\hat{x}_i", r"\hat x_i^2", r"\bar{y}^2"])
def test_an_index_stands_beside_an_accented_letter(latex: str) -> None:
    shown = mathml(latex, block=False)
    assert "munder" not in shown
    assert "<mover accent" in shown
    assert shown.count("<msub") + shown.count("<msup") == 1


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tutorials").glob("[0-9]*.py")), ids=lambda p: p.stem
)
def test_what_a_lesson_writes_is_known(path: Path) -> None:
    """So that a command which is not known is found before the site is built."""
    text = path.read_text(encoding="utf-8")
    comments = [line[2:] for line in text.splitlines(keepends=True) if line.startswith("#")]
    prose = "".join([ast.get_docstring(ast.parse(text)) or "", *(c or "\n" for c in comments)])
    blocks = re.findall(r"^\.\. math::((?:[ ].*)?\n(?:\n|[ ]+.*\n)*)", prose, re.MULTILINE)
    assert len(blocks) == prose.count(".. math::")
    for latex in blocks:
        assert mathml(latex.strip(), block=True).startswith("<math")
    for latex in re.findall(r":math:`([^`]+)`", prose):
        assert mathml(latex, block=False).startswith("<math")
