"""Whether the check finds the wrong line: bugs planted into backward passes in the styles of courses.

    python -m benchmarks.locating                    forty bugs of each pass, all passes
    python -m benchmarks.locating --only rnn lstm    these passes
    python -m benchmarks.locating --bugs 0           every bug

A planted bug counts unless its gradients equal the right ones on three samples; one whose backward pass fails
has no gradient, and does not count. A location is exact if it names the statement with the bug and no other.
It is near if it names a statement that uses the result of that one, or one whose result that one uses.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import tempfile
import time
import warnings
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.mutations import NAMED, Planted, planted
from minigrad import check

PASSES = Path(__file__).parent / "passes"
HELD_OUT = ("attention", "conv_im2col", "k_layers", "layer_norm")
"""Looked at only when the rest is done: nothing was tuned on them."""
LOOPS = ("conv_loops", "lstm", "rnn")
SEED = 3


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gradients(module: ModuleType, seed: int) -> list[Any]:
    """The gradients that the module claims on a sample."""
    rng = np.random.default_rng(seed)
    xs = [np.asarray(x, float) for x in module.inputs(rng)]
    upstream = []
    if module.UPSTREAM:
        upstream = [rng.normal(size=np.shape(getattr(module, module.FORWARD)(*xs)))]
    found = getattr(module, module.BACKWARD)(*upstream, *xs)
    return [np.asarray(g, float) for g in (found if isinstance(found, tuple | list) else [found])]


def same(a: list[Any], b: list[Any]) -> bool:
    return len(a) == len(b) and all(
        x.shape == y.shape and np.abs(x - y).max(initial=0) <= 1e-7 * np.abs(y).max(initial=1e-9)
        for x, y in zip(a, b)
    )


def counts(bug: Planted, path: Path, right: list[list[Any]]) -> bool | None:
    """Whether the bug changes a gradient; None if there is no gradient."""
    path.write_text(bug.source, encoding="utf-8")
    try:
        found = [gradients(load(path), seed) for seed in range(3)]
    except Exception:  # a planted bug may make the backward pass fail with any error
        return None
    return not all(map(same, found, right))


def report_on(path: Path) -> Any:
    """The report of minigrad's check on a file, asked as a student would ask."""
    module = load(path)
    f, backward = getattr(module, module.FORWARD), getattr(module, module.BACKWARD)
    inputs = [np.asarray(x, float) for x in module.inputs(np.random.default_rng(SEED))]
    ask = check.gradient if module.UPSTREAM else check.loss_gradient
    return ask(f, backward, *inputs)


def names_used(source: str, line: int) -> set[str]:
    """The names that the statement at a line reads."""
    for node in ast.walk(ast.parse(source)):
        simple = isinstance(node, ast.stmt) and not any(
            isinstance(child, ast.stmt) for child in ast.iter_child_nodes(node)
        )
        if simple and node.lineno <= line <= (node.end_lineno or node.lineno):
            return {
                ast.unparse(n)
                for n in ast.walk(node)
                if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)
            }
    return set()


def names_made(source: str, line: int) -> set[str]:
    """The names that the statement at a line assigns, or writes into."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.For) and node.lineno == line:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name | ast.Attribute) and not (
                        isinstance(part, ast.Name) and part.id == "self"
                    ):
                        found.add(ast.unparse(part))
    return found


def graded(bug: Planted, report: Any) -> str:
    """exact, near, elsewhere, unproven, or none: what the report says of the place of the bug."""
    places = list(report.where)
    if not places:
        return "none"
    if not all(place.proven for place in places):
        return "unproven"
    if all(bug.first <= place.line <= bug.last for place in places):
        return "exact"
    made, used = names_made(bug.source, bug.first), names_used(bug.source, bug.first)
    near = all(
        bug.first <= place.line <= bug.last
        or made & names_used(bug.source, place.line)
        or used & names_made(bug.source, place.line)
        for place in places
    )
    return "near" if near else "elsewhere"


def measure(name: str, bugs: int, verbose: bool) -> Counter[str]:
    """Plant bugs into one pass, and count what becomes of them."""
    path = PASSES / f"{name}.py"
    module = load(path)
    right = [gradients(module, seed) for seed in range(3)]
    found: Counter[str] = Counter()
    verdict = report_on(path)
    found["false"] += bool(verdict.verdict != "correct" or verdict.where)
    possible = list(planted(path.read_text(encoding="utf-8"), module.MUTATED))
    np.random.default_rng(0).shuffle(possible)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        for k, bug in enumerate(possible):
            if bugs and found["planted"] == bugs:
                break
            copy = Path(folder) / f"{name}_{k}.py"
            if not counts(bug, copy, right):
                continue
            found["planted"] += 1
            began = time.perf_counter()
            report = report_on(copy)
            seconds = time.perf_counter() - began
            found["milliseconds"] += round(1000 * seconds)
            grade = graded(bug, report) if report.verdict == "wrong" else f"{report.verdict}!"
            found[grade] += 1
            words = NAMED.get(bug.kind)
            if words and grade in ("exact", "near"):
                found["nameable"] += 1
                found["named"] += bool(re.search(words, " ".join(report.causes)))
            if verbose and grade != "exact":
                said = ", ".join(f"{p.line}: {p.expression}" for p in report.where) or "nothing"
                print(f"  {grade:<10} {name}:{bug.first}  {bug.kind}: {bug.what}  |  {said}")
    return found


def line(name: str, found: Counter[str]) -> str:
    total = found["planted"] or 1
    both = found["exact"] + found["near"]
    columns = [
        f"{name:<22}{found['planted']:>8}",
        f"{found['exact'] / total:>9.1%}{both / total:>9.1%}",
        f"{found['elsewhere']:>10}{found['none']:>6}{found['unproven']:>10}",
        f"{found['named']:>7} of {found['nameable']:<5}",
        f"{found['milliseconds'] / total / 1000:>7.2f} s",
        f"{'wrong!' if found['false'] else 'correct':>9}",
    ]
    return "".join(columns)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = ArgumentParser(prog="python -m benchmarks.locating", description=__doc__)
    names = sorted(path.stem for path in PASSES.glob("[a-z]*.py"))
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="PASS")
    parser.add_argument(
        "--bugs", type=int, default=40, metavar="N", help="bugs of each pass, 0: all"
    )
    parser.add_argument("--verbose", action="store_true", help="show each bug that was not located")
    options = parser.parse_args(argv)
    warnings.simplefilter("ignore")
    print(
        f"{'':<22}{'planted':>8}{'exact':>9}{'or near':>9}{'elsewhere':>10}{'none':>6}"
        f"{'unproven':>10}{'named':>12}   {'time':>7}{'right one':>9}"
    )
    sums: dict[str, Counter[str]] = {k: Counter() for k in ("all", "loops", "held out")}
    with np.errstate(all="ignore"):
        for name in options.only:
            found = measure(name, options.bugs, options.verbose)
            print(line(name, found), flush=True)
            sums["all"] += found
            for group, members in (("loops", LOOPS), ("held out", HELD_OUT)):
                if name in members:
                    sums[group] += found
    for group, found in sums.items():
        if found["planted"]:
            print(line(group, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
