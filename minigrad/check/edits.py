"""Single edits of one statement: another operator, another variable, a factor, a transpose, a range.

They are the bugs that people plant, the other way round. The nearest to what was written is the first.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from minigrad.check.statements import is_variable, own_expressions

SIMPLE, NAMES, FACTORS = 0, 1, 2
"""How far an edit is from what was written: an operator, another variable, a factor that is missing."""


@dataclass(frozen=True)
class Edit:
    """`old` becomes `new`; `weight` is how far that is from what was written."""

    weight: int
    old: ast.AST
    new: ast.AST


class Replace(ast.NodeTransformer):
    """Put a new node in the place of the old one, found by its position and its text."""

    def __init__(self, edit: Edit):
        self.edit = edit
        self.text = ast.dump(edit.old)
        self.at = position(edit.old)

    def visit(self, node: ast.AST) -> Any:
        if position(node) == self.at and ast.dump(node) == self.text:
            return ast.copy_location(copy.deepcopy(self.edit.new), node)
        return self.generic_visit(node)


def position(node: ast.AST) -> tuple[Any, ...]:
    return tuple(
        getattr(node, n, None) for n in ("lineno", "col_offset", "end_lineno", "end_col_offset")
    )


def edited(edit: Edit, statement: ast.stmt) -> ast.stmt:
    new: ast.stmt = Replace(edit).visit(statement)
    return ast.fix_missing_locations(new)


# ---- edits ----

SWAPS: dict[type[ast.operator], list[type[ast.operator]]] = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div, ast.MatMult], ast.Div: [ast.Mult],
    ast.MatMult: [ast.Mult],
}  # fmt: skip
FLIPS: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Gt: [ast.Lt, ast.LtE], ast.Lt: [ast.Gt, ast.GtE], ast.GtE: [ast.Lt, ast.LtE],
    ast.LtE: [ast.Gt, ast.GtE], ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq],
}  # fmt: skip
REDUCTIONS = {"sum": "mean", "mean": "sum", "max": "min", "min": "max"}


def edits(statement: ast.stmt, variables: Sequence[str]) -> list[Edit]:
    """Every small edit of a statement, the nearest to what was written first."""
    every = [Edit(*each) for each in all_edits(statement, variables)]
    return sorted(every, key=lambda edit: edit.weight)


def all_edits(statement: ast.stmt, variables: Sequence[str]) -> Iterator[tuple[int, Any, Any]]:
    if isinstance(statement, ast.Pass):  # what is still to be written
        for a, b in itertools.permutations(variables, 2):
            new = ast.parse(f"{a} += {b}").body[0]
            yield NAMES, statement, ast.copy_location(new, statement)
    if isinstance(statement, ast.Return):  # in a loop, too early
        yield SIMPLE, statement, ast.copy_location(ast.Pass(), statement)
    if isinstance(statement, ast.AugAssign):
        target = statement.target
        yield SIMPLE, statement, ast.Assign([target], statement.value)
        for op in SWAPS.get(type(statement.op), []):
            yield SIMPLE, statement, ast.AugAssign(target, op(), statement.value)
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        single = statement.targets[0]
        if isinstance(single, ast.Name | ast.Attribute | ast.Subscript):
            yield SIMPLE, statement, ast.AugAssign(single, ast.Add(), statement.value)
    for node in own_expressions(statement):
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            continue
        yield from expression_edits(node)
        if is_variable(node):
            for name in variables:
                if name != ast.unparse(node):
                    yield NAMES, node, read(name)
    value = getattr(statement, "value", None)
    for operand in factors_of(value) if value is not None else ():
        yield NAMES, operand, ast.UnaryOp(ast.USub(), operand)
        for name in variables:
            yield FACTORS, operand, ast.BinOp(operand, ast.Mult(), read(name))
            yield FACTORS, operand, ast.BinOp(operand, ast.Div(), read(name))


def read(name: str) -> ast.expr:
    return ast.parse(name, mode="eval").body


def factors_of(value: ast.expr) -> Iterator[ast.expr]:
    """The value, and the operands of a sum or a product in it."""
    yield value
    if isinstance(value, ast.BinOp):
        yield from factors_of(value.left)
        yield from factors_of(value.right)
    elif isinstance(value, ast.Call):
        for each in [
            *value.args,
            *([value.func.value] if isinstance(value.func, ast.Attribute) else []),
        ]:
            if isinstance(each, ast.BinOp | ast.Name | ast.Attribute):
                yield each


def expression_edits(node: ast.expr) -> Iterator[tuple[int, ast.AST, ast.AST]]:
    if isinstance(node, ast.BinOp):
        for op in SWAPS.get(type(node.op), []):
            yield SIMPLE, node, ast.BinOp(node.left, op(), node.right)
        if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
            yield SIMPLE, node, ast.BinOp(node.right, node.op, node.left)
        for kept, dropped in ((node.left, node.right), (node.right, node.left)):
            yield SIMPLE if isinstance(dropped, ast.Constant) else FACTORS, node, kept
        if isinstance(node.op, ast.MatMult):
            for operand in (node.left, node.right):
                yield SIMPLE, operand, turned(operand)
        if isinstance(node.op, ast.Pow):
            yield SIMPLE, node, node.left
        yield FACTORS, node, ast.BinOp(node, ast.Pow(), ast.Constant(2))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield SIMPLE, node, node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for flip in FLIPS.get(type(node.ops[0]), []):
            yield SIMPLE, node, ast.Compare(node.left, [flip()], node.comparators)
    elif isinstance(node, ast.Call):
        yield from call_edits(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        value = node.value
        for new in {1, 2, -value, value + 1, value - 1} - {value}:
            yield SIMPLE, node, ast.Constant(new)
    if is_variable(node):
        yield NAMES, node, ast.Attribute(node, "T", ast.Load())
        yield NAMES, node, ast.BinOp(node, ast.Pow(), ast.Constant(2))
        yield NAMES, node, ast.BinOp(ast.Constant(2), ast.Mult(), node)


def turned(operand: ast.expr) -> ast.expr:
    """The transpose."""
    if isinstance(operand, ast.Attribute) and operand.attr == "T":
        return operand.value
    return ast.Attribute(operand, "T", ast.Load())


def call_edits(node: ast.Call) -> Iterator[tuple[int, ast.AST, ast.AST]]:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in REDUCTIONS and isinstance(function, ast.Attribute):
        yield SIMPLE, function, ast.Attribute(function.value, REDUCTIONS[name], ast.Load())
        rest = [k for k in node.keywords if k.arg != "axis"]
        axes = [k for k in node.keywords if k.arg == "axis"]
        for axis in (0, 1, None):
            keywords = [*rest, *([] if axis is None else [ast.keyword("axis", ast.Constant(axis))])]
            if [ast.dump(k) for k in keywords] != [ast.dump(k) for k in [*rest, *axes]]:
                yield SIMPLE, node, ast.Call(function, node.args[:1], keywords)
                if not any(k.arg == "keepdims" for k in rest):
                    keep = ast.keyword("keepdims", ast.Constant(True))
                    yield SIMPLE, node, ast.Call(function, node.args[:1], [*keywords, keep])
        if not any(k.arg == "keepdims" for k in rest):
            keep = ast.keyword("keepdims", ast.Constant(True))
            yield SIMPLE, node, ast.Call(function, node.args, [*node.keywords, keep])
    if len(node.args) == 2 and name in ("dot", "outer", "matmul"):
        yield SIMPLE, node, ast.Call(function, node.args[::-1], node.keywords)
        for operand in node.args:
            yield SIMPLE, operand, turned(operand)
    if name == "dot" and len(node.args) == 1 and isinstance(function, ast.Attribute):
        for operand in (function.value, node.args[0]):
            yield SIMPLE, operand, turned(operand)
    if name == "range":
        for argument in node.args:
            for op in (ast.Add(), ast.Sub()):
                yield SIMPLE, argument, ast.BinOp(argument, op, ast.Constant(1))
            if isinstance(argument, ast.BinOp):
                yield SIMPLE, argument, argument.left
        if len(node.args) == 2:
            yield SIMPLE, node, ast.Call(function, node.args[1:], [])
    if name == "range" or name == "zip":
        yield SIMPLE, node, ast.Call(ast.Name("reversed", ast.Load()), [node], [])
    if name == "reversed":
        yield SIMPLE, node, node.args[0]
