"""A page for each operation of the register: its formula, its gradients, its kinks, its picture, its V curve.

All of it is read from the register and computed when the site is built: the formulas are those of the rules
that the engine runs, and the V curve is that of the check.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import numpy as np
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.display import status_iterator

from docs.extensions import svg
from docs.extensions.example import called, example, usage
from docs.extensions.kinks import KINKS
from docs.extensions.prose import inline, rst
from docs.extensions.written import clear, raw, title, write
from minigrad import OPS, view
from minigrad.check import curve
from minigrad.check.page import digits, slope
from minigrad.check.table import Row
from minigrad.check.targets import of_op
from minigrad.domain import Case
from minigrad.op import Op
from minigrad.view import formulas

log = logging.getLogger(__name__)

SAMPLES, SEED = 6, 0

INTRO = """
{count} operations, one family to a file. Each is a numpy function with a rule for each of its inputs
beneath it. Behind each name: the formula, the gradients that its rule sends back, what it does at a
kink, its picture, the check of its gradients, and the code.

Tensors have the operations as operators and methods too: ``x + y``, ``a @ b``, ``x[1:]``, ``x.sum(axis=0)``.
"""

CURVE = """
Dots: how far the centered difference is from the gradient, at each epsilon. Dashed: the round-off that is
expected. Shaded: too small to be seen. The dots of a wrong gradient would level off at its own error: see
:doc:`/judging`.
"""


EXACT = "Here there are none: at every epsilon the difference is exactly 0."


def families() -> dict[str, list[Op]]:
    """The operations of minigrad itself, by the module that defines them."""
    found: dict[str, list[Op]] = {}
    for op in OPS.values():
        if op.__module__.startswith("minigrad.ops."):
            found.setdefault(op.__module__, []).append(op)
    return dict(sorted(found.items()))


# ---- a page ----


def page(op: Op) -> str:
    name, case = op.__name__, example(op)
    row = of_op(name).check(SAMPLES, SEED)
    if row.verdict != "correct":
        log.warning("operations: the gradients of %s are %s", name, row.verdict)
    kind = "fused" if op.definition is not None else "primitive"
    where = op.__module__.replace(".", "/")
    lines = [
        *title(name),
        f".. py:function:: minigrad.{name}{op.signature}",
        "",
        *(f"   {line}" for line in rst(op.__doc__ or "")),
        f"A *{kind}* of ``{where}.py``{FUSED if op.definition is not None else ''}.",
        "",
        *title("Formula and gradients", "-"),
        f"For ``{usage(op, case)}``, with {shapes(op, case)}:",
        "",
        *raw("\n".join(equations(op, case))),
        "``g`` is the upstream gradient, ∂L/∂out.",
        "",
        *kink(name, row),
        *title("Picture", "-"),
        *picture(op, case),
        *title("The check of its gradients", "-"),
        *checked(row),
        *title("The code", "-"),
        ".. code-block:: python",
        "",
        *(f"   {line}" for line in code(op)),
        "",
    ]
    return "\n".join(lines)


FUSED = (
    ": a fast pair of numpy functions, and a definition made of other operations. The tests compare the two; "
    "the definition is differentiated for second derivatives"
)


def shapes(op: Op, case: Case) -> str:
    said = [f"``{op.input_name(i)}`` of shape ``{np.shape(x)}``" for i, x in enumerate(case.inputs)
            if x is not None]  # fmt: skip
    return ", ".join(said)


def equations(op: Op, case: Case) -> list[str]:
    """The operation and the contribution to each of its inputs, with shapes."""
    found = [formulas.forward(op, case.inputs, case.params)]
    for slot, x in enumerate(case.inputs):
        if x is not None:
            found.append(formulas.contribution(op, slot, case.inputs, case.params))
    parts = []
    for formula in found:
        indices = formula.mathml_indices()
        parts.append(f'<div class="formula">{formula.mathml()}</div>')
        if indices and indices != formula.mathml():
            parts.append(f'<div class="formula indices">{indices}</div>')
    return parts


def kink(name: str, row: Row) -> list[str]:
    if name not in KINKS:
        if row.kinks:
            log.warning("operations: %s has a kink, and docs/extensions/kinks.py lacks it", name)
        return []
    said, inputs, computed = KINKS[name]
    gradients = " and ".join(str(g) for g in computed())
    return [
        *title("At a kink", "-"),
        f"{inline(said[0].upper() + said[1:])}. At ``{inputs}`` the gradient is ``{gradients}``.",
        "",
    ]


def picture(op: Op, case: Case) -> list[str]:
    trace = called(op, case)
    shown = view.draw(trace, open=True)
    drawn = svg.inline(shown.svg, f"op-{op.__name__}")
    opened = ["Opened: the frame shows the definition of the fused operation.", ""]
    return [*(opened if op.definition is not None else []), *raw(drawn)]


def checked(row: Row) -> list[str]:
    arms = f"{slope(row.truncation_slope)} and {slope(row.roundoff_slope)}"
    text = (
        f"<p><strong>{row.verdict}</strong> at {row.cases} random cases"
        f"{f', {row.kinks} of them with a kink' if row.kinks else ''}; {digits(row)} digits at the worst; "
        f"slopes of the arms of the V: {arms}.</p>"
    )
    drawn = ""
    if row.shown is not None:
        drawn = curve.svg(row.shown, f"V curve of {row.name}: {row.verdict}")
    exact = EXACT if row.shown is not None and not row.shown.residuals.any() else ""
    return [*raw(f'{text}<div class="curve">{drawn}</div>'), CURVE + exact, ""]


def code(op: Op) -> list[str]:
    """The function with its decorators, and the statements that give it its rules."""
    path = Path(inspect.getsourcefile(op.forward) or "")
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found: list[str] = []
    for node in ast.parse(text).body:
        if concerns(node, op):
            found += [*([""] if found else []), *shown(node, lines)]
    return found


def shown(node: ast.stmt, lines: list[str]) -> list[str]:
    """The statement as it is written: without the docstring, which is above, and what must be rejected."""
    if not isinstance(node, ast.FunctionDef):
        return lines[node.lineno - 1 : node.end_lineno]
    head = [f"@{decorator(d)}" for d in node.decorator_list]
    body = node.body[0].lineno
    if ast.get_docstring(node) is not None and len(node.body) > 1:
        return [
            *head,
            *lines[node.lineno - 1 : body - 1],
            *lines[node.body[1].lineno - 1 : node.end_lineno],
        ]
    return [*head, *lines[node.lineno - 1 : node.end_lineno]]


def decorator(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        said = [ast.unparse(x) for x in node.args]
        said += [ast.unparse(k) for k in node.keywords if k.arg == "broadcasts"]
        return f"{ast.unparse(node.func)}({', '.join([*said, 'cases=..., rejects=...'])})"
    return ast.unparse(node)


def concerns(node: ast.stmt, op: Op) -> bool:
    """Whether a statement defines the operation, its definition, or its rules."""
    names = {op.__name__, f"{op.__name__}_vjp"}
    if op.definition is not None:
        names.add(op.definition.__name__)
    if isinstance(node, ast.FunctionDef):
        return node.name in names or node.name.startswith(
            (f"{op.__name__}_vjp", f"{op.__name__}_formula")
        )
    text = ast.unparse(node)
    return isinstance(node, ast.Expr) and text.startswith(f"{op.__name__}.vjp(")


# ---- all of them ----


def generate(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "operations"
    written = {folder / "index.rst"}
    ops = [op for family in families().values() for op in family]
    for op in status_iterator(ops, "operations... ", "brown", len(ops), stringify_func=str):
        path = folder / f"{op.__name__}.rst"
        write(path, page(op))
        written.add(path)
    write(folder / "index.rst", index())
    clear(folder, written)


def index() -> str:
    ops = families()
    lines = [*title("Operations"), INTRO.format(count=sum(map(len, ops.values())))]
    for module, family in ops.items():
        said = (inspect.getmodule(family[0].forward).__doc__ or "").split("\n")[0]  # type: ignore[union-attr]
        lines += [*title(module.rpartition(".")[2].capitalize(), "-"), inline(said), "",
                  ".. list-table::", "   :widths: 30 70", ""]  # fmt: skip
        for op in family:
            first = (op.__doc__ or "").split("\n\n")[0]
            lines += [f"   * - :doc:`{op.__name__}`", f"     - {inline(' '.join(first.split()))}"]
        lines.append("")
    lines += [*title("At kinks", "-"), "Where a function has no derivative, one is agreed on. "
              "Each of these is computed when the site is built.", "", ".. list-table::",
              "   :header-rows: 1", "   :widths: 18 42 40", "",
              "   * - operation", "     - convention", "     - the gradient there"]  # fmt: skip
    for name, (said, inputs, computed) in KINKS.items():
        got = " and ".join(str(g) for g in computed())
        lines += [
            f"   * - :doc:`{name}`",
            f"     - {inline(said)}",
            f"     - ``{inputs}``: ``{got}``",
        ]
    names = [op.__name__ for family in ops.values() for op in family]
    lines += ["", ".. toctree::", "   :hidden:", "", *(f"   {name}" for name in names)]
    return "\n".join(lines) + "\n"


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", generate, priority=100)
    return {"parallel_read_safe": True}
