"""Run lessons cell by cell, as a notebook does, and write their output into `recorded/`.

    python -m tutorials.record          every lesson
    python -m tutorials.record 02 05    these two

A test runs every lesson again and compares the output. Words and whole numbers must be equal. Other numbers
may differ by one unit of the last printed digit, since machines round differently.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import itertools
import os
import re
import sys
import tempfile
import time
import types
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

import minigrad

HERE = Path(__file__).parent
LESSONS = sorted(HERE.glob("[0-9][0-9]_*.py"))
STAND_IN = "uses glyphs instead"
"""A lesson prints these words if its data set is missing. Its output is then not recorded."""
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)


@dataclass
class Run:
    """The results of a lesson.

    printed   its output
    shown     the values of the expressions at the ends of its cells
    figures   the figures that it drew with matplotlib
    left      the files in its folder afterwards
    seconds   its processor time
    """

    printed: str
    shown: list[Any]
    figures: list[Figure]
    left: list[str]
    seconds: float


def cells(source: str, path: str) -> Iterator[ast.Module]:
    """The parsed cells of a lesson. Each begins at a line `# %%`."""
    starts = [i for i, line in enumerate(source.splitlines(), 1) if line.startswith("# %%")]
    statements = ast.parse(source, path).body
    for start, end in itertools.pairwise([0, *starts, len(source)]):
        body = [node for node in statements if start <= node.lineno < end]
        if body:
            yield ast.Module(body, [])


def run(path: Path) -> Run:
    """Run a lesson in an empty folder and a new `__main__`. Warnings are errors, as in the tests."""
    out, shown = io.StringIO(), []
    main = types.ModuleType("__main__")
    main.__file__ = str(path)
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder, untouched(main, Path(folder)):
        with contextlib.redirect_stdout(out):
            for cell in cells(path.read_text(encoding="utf-8"), str(path)):
                last = cell.body[-1]
                if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant):
                    cell.body.pop()
                    value = compile(ast.Expression(last.value), str(path), "eval")
                exec(compile(cell, str(path), "exec"), vars(main))
                if last not in cell.body:
                    shown.append(eval(value, vars(main)))
            figures = [plt.figure(number) for number in plt.get_fignums()]
            for figure in figures:
                figure.canvas.draw()  # raises an error if it cannot be drawn
        left = sorted(os.listdir(folder))
    return Run(out.getvalue(), shown, figures, left, time.process_time() - began)


@contextlib.contextmanager
def untouched(main: types.ModuleType, folder: Path) -> Iterator[None]:
    """Run the block as a new interpreter in that folder would. Undo its changes to the process afterwards."""
    ops, path, caller, cwd = dict(minigrad.OPS), sys.path[:], sys.modules["__main__"], Path.cwd()
    try:
        sys.modules["__main__"] = main
        os.chdir(folder)
        plt.close("all")
        with warnings.catch_warnings(), np.printoptions():
            warnings.simplefilter("error")
            # A deprecation that one library meets in another is not the lesson's.
            warnings.filterwarnings("ignore", "", DeprecationWarning, r"matplotlib\.|pyparsing")
            warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")  # plt.show()
            matplotlib.use("Agg")
            yield
    finally:
        os.chdir(cwd)
        plt.close("all")
        sys.modules["__main__"], sys.path[:] = caller, path
        minigrad.OPS.clear()
        minigrad.OPS.update(ops)


def recorded(path: Path) -> Path:
    return path.parent / "recorded" / f"{path.stem}.txt"


def difference(wanted: str, got: str) -> str:
    """The lines that differ by more than rounding, as a diff, or "" if there are none."""
    wanted_lines, lines = wanted.splitlines(), got.splitlines()
    if len(wanted_lines) == len(lines) and all(map(alike, wanted_lines, lines)):
        return ""
    return "\n".join(difflib.unified_diff(wanted_lines, lines, "recorded", "printed", lineterm=""))


def alike(wanted: str, got: str) -> bool:
    """Whether two lines have the same words, and numbers that agree to one unit of the last digit."""
    if NUMBER.split(wanted) != NUMBER.split(got):
        return False
    pairs = zip(map(Decimal, NUMBER.findall(wanted)), map(Decimal, NUMBER.findall(got)))
    return all(abs(a - b) <= unit(a) for a, b in pairs)


def unit(number: Decimal) -> Decimal:
    """One unit of the last digit. It is 0 for a whole number: a count, a shape or a label."""
    exponent = number.as_tuple().exponent
    whole = exponent == 0 or not isinstance(exponent, int)
    return Decimal(0) if whole else Decimal(1).scaleb(exponent)


def main(arguments: Sequence[str]) -> int:
    known = {path.name[:2]: path for path in LESSONS}
    for number in arguments:
        if number not in known:
            print(
                f"tutorials.record: there is no lesson {number}: {' '.join(known)}", file=sys.stderr
            )
            return 2
    unrecorded = False
    for number in arguments or known:
        path = known[number]
        result, file = run(path), recorded(path)
        if STAND_IN in result.printed:
            print(f"{path.stem}: not recorded, since its data set is missing", file=sys.stderr)
            unrecorded = True
            continue
        before = file.read_text(encoding="utf-8") if file.is_file() else ""
        changed = difference(before, result.printed)
        if before == result.printed:
            said = "as before"
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(result.printed, encoding="utf-8")
            said = "new" if not before else "changed" if changed else "other last digits"
        print(f"{path.stem}: {said}, {result.seconds:.1f} s")
        if changed and before:
            print(changed)
    return 1 if unrecorded else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
