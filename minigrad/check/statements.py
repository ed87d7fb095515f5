"""Statements of a function: what they read, what they write, and whom they call."""

from __future__ import annotations

import ast
import types
from typing import Any


def function_node(statement: ast.stmt, code: types.CodeType) -> ast.AST | None:
    """The definition of a function, in its top-level statement."""
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            lines = [node.lineno, *(d.lineno for d in node.decorator_list)]
            if code.co_firstlineno in lines:
                return node
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>":
            columns = [c for _, _, c, _ in code.co_positions() if c is not None]
            inside = columns and node.col_offset <= min(columns) <= (node.end_col_offset or 0)
            if node.lineno == code.co_firstlineno and inside:
                return node
    return None


def statements_of(function: ast.AST) -> list[ast.stmt]:
    """The statements of a function in the order of the source, those inside of others too."""
    if isinstance(function, ast.Lambda):
        return [ast.copy_location(ast.Return(function.body), function.body)]
    found = [n for n in ast.walk(function) if isinstance(n, ast.stmt) and n is not function]
    return sorted(found, key=lambda n: (n.lineno, n.col_offset))


def own_expressions(statement: ast.stmt) -> list[ast.expr]:
    """The expressions of a statement, without those of the statements in its body."""
    todo: list[Any] = [
        value
        for name, value in ast.iter_fields(statement)
        if name not in ("body", "orelse", "finalbody", "handlers")
    ]
    found = []
    while todo:
        node = todo.pop(0)
        if isinstance(node, list):
            todo += node
        elif isinstance(node, ast.expr | ast.keyword):
            found += [node] if isinstance(node, ast.expr) else []
            todo += list(ast.iter_child_nodes(node))
    return found


def reads(statement: ast.stmt) -> set[str]:
    """The variables that a statement reads: names, attributes, and items with a constant key."""
    found = {
        ast.unparse(n)
        for n in own_expressions(statement)
        if is_variable(n) and isinstance(getattr(n, "ctx", None), ast.Load)
    }
    if isinstance(statement, ast.AugAssign):
        found.add(base(statement.target))
    return found


def writes(statement: ast.stmt) -> set[str]:
    """The variables that a statement assigns, or writes into."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign | ast.For):
        targets = [statement.target]
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        targets = [a for a in statement.value.args[:1] if is_variable(a)]
    return {
        base(leaf)
        for t in targets
        for leaf in ([*t.elts] if isinstance(t, ast.Tuple | ast.List) else [t])
    }


def calls(statement: ast.stmt) -> set[str]:
    """The names of the functions and methods that a statement calls."""
    functions = [n.func for n in own_expressions(statement) if isinstance(n, ast.Call)]
    return {f.id for f in functions if isinstance(f, ast.Name)} | {
        f.attr for f in functions if isinstance(f, ast.Attribute)
    }


def is_variable(node: Any) -> bool:
    if isinstance(node, ast.Name):
        return True
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.attr not in ("T", "shape", "size", "ndim")
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.value, ast.Name | ast.Attribute)
    )


def base(target: ast.expr) -> str:
    """The variable that is written into: `dW` of `dW[i]`; an item with a constant key is one of its own."""
    while isinstance(target, ast.Subscript) and not is_variable(target):
        target = target.value
    return ast.unparse(target)
