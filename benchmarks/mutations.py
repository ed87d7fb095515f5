"""Single-expression bugs, planted into the source of a backward pass: each is one edit on one statement.

An edit replaces the text of one expression and leaves every line where it was, so that the planted file reads
as a student's would.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

NAMED = {
    "sign": r"sign",
    "transpose": r"transpos",
    "factor": r"times|half|twice|too (large|small)",
    "assigned, not added": r"last contribution",
    "mask the other way": r"mask|negative|positive|where",
    "axis": r"axis|sum",
}
"""The kinds of bug that the table of bugs has, with words of their names."""


@dataclass(frozen=True)
class Planted:
    """A bug: what was done, the lines of the statement it is in, and the source with it."""

    kind: str
    what: str
    first: int
    last: int
    source: str


@dataclass(frozen=True)
class Edit:
    kind: str
    node: ast.AST
    text: str


def planted(source: str, functions: list[str]) -> Iterator[Planted]:
    """Every bug that the operators below can plant into these functions ("Class.method" for a method)."""
    tree = ast.parse(source)
    for function in find(tree, functions):
        names = local_names(function)
        for statement in statements(function):
            for node in expressions(statement):
                for edit in edits(node, source, names):
                    yield apply(edit, statement, source)
            for edit in statement_edits(statement, source):
                yield apply(edit, statement, source)


def find(tree: ast.Module, functions: list[str]) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            yield node
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if (
                    isinstance(method, ast.FunctionDef)
                    and f"{node.name}.{method.name}" in functions
                ):
                    yield method


def statements(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """The statements of a function, without those inside of others that have them already."""
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function:
            yield node


def expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """The expressions that belong to this statement itself, and not to one in its body."""
    fields = [
        value
        for name, value in ast.iter_fields(statement)
        if name not in ("body", "orelse", "finalbody")
    ]
    todo = [x for value in fields for x in (value if isinstance(value, list) else [value])]
    while todo:
        node = todo.pop(0)
        if isinstance(node, ast.expr):
            yield node
            todo += list(ast.iter_child_nodes(node))


def apply(edit: Edit, statement: ast.stmt, source: str) -> Planted:
    old = segment(edit.node, source)
    lines = source.splitlines(keepends=True)
    node = edit.node
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset  # type: ignore[attr-defined]
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset  # type: ignore[attr-defined]
    # A bug on several lines of one expression keeps them, so that what follows has its line.
    text = edit.text + "\n" * (old.count("\n") - edit.text.count("\n"))
    header = isinstance(statement, ast.For | ast.While | ast.If | ast.With)
    last = statement.lineno if header else statement.end_lineno or statement.lineno
    new = f"{old} -> {edit.text}" if edit.text else f"{old} deleted"
    return Planted(edit.kind, new, statement.lineno, last, source[:start] + text + source[end:])


def segment(node: ast.AST, source: str) -> str:
    return ast.get_source_segment(source, node) or ""


def local_names(function: ast.FunctionDef) -> list[str]:
    """Arguments and assigned names, in the order in which they appear."""
    found = [arg.arg for arg in function.args.args if arg.arg != "self"]
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
    return list(dict.fromkeys(found))


# ---- operators ----


def edits(node: ast.AST, source: str, names: list[str]) -> Iterator[Edit]:
    if isinstance(node, ast.BinOp):
        yield from operators(node, source)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield Edit("sign", node, segment(node.operand, source))
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield from attributes(node, source)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = segment(node.left, source), segment(node.comparators[0], source)
        turned = {ast.Gt: "<", ast.Lt: ">", ast.LtE: ">", ast.GtE: "<", ast.Eq: "!="}
        if type(node.ops[0]) in turned:
            yield Edit("mask the other way", node, f"{left} {turned[type(node.ops[0])]} {right}")
    elif isinstance(node, ast.Call):
        yield from calls(node, source)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == 2:
        yield Edit("factor", node, "1")
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        # The neighbour in the list of names is as good as any other wrong value, and always the same.
        k = names.index(node.id)
        for other in {names[k - 1], names[(k + 1) % len(names)]} - {node.id}:
            yield Edit("a wrong value", node, other)


def operators(node: ast.BinOp, source: str) -> Iterator[Edit]:
    left, right = segment(node.left, source), segment(node.right, source)
    match node.op:
        case ast.Add():
            yield Edit("operator", node, f"({left} - {right})")
            yield Edit("a term is missing", node, left)
            yield Edit("a term is missing", node, right)
        case ast.Sub():
            yield Edit("operator", node, f"({left} + {right})")
            yield Edit("operands exchanged", node, f"({right} - ({left}))")
            yield Edit("a term is missing", node, left)
        case ast.Mult():
            yield Edit("a factor is missing", node, left)
            yield Edit("a factor is missing", node, right)
            yield Edit("operator", node, f"({left} / ({right}))")
        case ast.Div():
            yield Edit("a factor is missing", node, left)
            yield Edit("operator", node, f"({left} * ({right}))")
        case ast.MatMult():
            yield Edit("operands exchanged", node, f"(({right}) @ ({left}))")
            for side, other in ((node.left, right), (node.right, left)):
                if isinstance(side, ast.Name):
                    first = side is node.left
                    text = f"{side.id}.T @ {other}" if first else f"{other} @ {side.id}.T"
                    yield Edit("transpose", node, text)
        case ast.Pow():
            yield Edit("a power is missing", node, left)


def attributes(node: ast.Attribute, source: str) -> Iterator[Edit]:
    value = segment(node.value, source)
    if node.attr == "T":
        yield Edit("transpose", node, value)
    elif node.attr in ("sum", "mean"):
        yield Edit("sum and mean", node, f"{value}.{'mean' if node.attr == 'sum' else 'sum'}")


def calls(node: ast.Call, source: str) -> Iterator[Edit]:
    function = segment(node.func, source)
    arguments = [segment(a, source) for a in node.args]
    keywords = [segment(k, source) for k in node.keywords]
    for k, keyword in enumerate(node.keywords):
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            if keyword.value.value in (0, 1):
                turned = [*keywords[:k], f"axis={1 - keyword.value.value}", *keywords[k + 1 :]]
                yield Edit("axis", node, f"{function}({', '.join([*arguments, *turned])})")
            rest = [*keywords[:k], *keywords[k + 1 :]]
            yield Edit("axis", node, f"{function}({', '.join([*arguments, *rest])})")
    if function in ("np.dot", "np.outer") and len(arguments) == 2:
        yield Edit("operands exchanged", node, f"{function}({arguments[1]}, {arguments[0]})")
    if function == "range":
        short = {1: "range(%s - 1)", 2: "range(%s, %s - 1)", 3: "range(%s, %s + 1, %s)"}
        yield Edit("an iteration too few", node, short[len(arguments)] % tuple(arguments))
        if len(arguments) == 1:
            yield Edit("an iteration too few", node, f"range(1, {arguments[0]})")
    if function == "reversed":
        yield Edit("the other order", node, arguments[0])


def statement_edits(statement: ast.stmt, source: str) -> Iterator[Edit]:
    text = segment(statement, source)
    if isinstance(statement, ast.AugAssign):
        left, right = segment(statement.target, source), segment(statement.value, source)
        if isinstance(statement.op, ast.Add):
            yield Edit("assigned, not added", statement, f"{left} = {right}")
            yield Edit("sign", statement, f"{left} -= {right}")
        elif isinstance(statement.op, ast.Sub):
            yield Edit("sign", statement, f"{left} += {right}")
        yield Edit("a statement is missing", statement, "pass")
    elif isinstance(statement, ast.Assign):
        value = segment(statement.value, source)
        if isinstance(statement.value, ast.BinOp | ast.Call):
            yield Edit("sign", statement.value, f"-({value})")
            yield Edit("factor", statement.value, f"2 * ({value})")
        if isinstance(statement.targets[0], ast.Subscript) and "\n" not in text:
            yield Edit("a statement is missing", statement, "pass")
