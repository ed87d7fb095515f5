"""Probes: a user's program rewritten so that each expression and each assignment reports its value.

The source of a function is parsed, and a call of the machine of `replay` is put around its expressions.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

NAME = "__minigrad_probe__"
"""The machine's name in the globals of a probed function, while it is probed."""

Kind = Literal["expression", "use", "assigned", "written"]
"""expression  the value of an expression
use         a variable that is read as an operand
assigned    a variable after an assignment to it
written     an array after something was written into it"""

METHODS = (
    *("sum", "mean", "max", "min", "std", "var", "dot", "clip", "copy"),
    *("reshape", "transpose", "swapaxes", "ravel", "flatten"),
)
"""Methods of arrays: the array that they are called on is an operand."""

LOOKING = ("super", "locals", "globals", "vars", "eval", "exec")
"""Functions that look at the frame that calls them."""


@dataclass(frozen=True)
class Site:
    """A place in the source where a value is seen.

    statement  the first and the last line of the statement that it is in
    function   the qualified name of the function
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    kind: Kind
    statement: tuple[int, int]
    function: str


class Rewriter(ast.NodeTransformer):
    """Put probes into the functions of a statement. Code outside of functions is left alone."""

    def __init__(self, file: str, sites: list[Site]):
        self.file, self.sites = file, sites
        self.lines = linecache.getlines(file)
        self.statement = (0, 0)
        self.function: list[str] = []
        self.names: list[str] = []

    def site(self, node: Any, kind: Kind, text: str | None = None) -> int:
        self.sites.append(
            Site(
                self.file,
                node.lineno,
                node.col_offset,
                node.end_lineno,
                node.end_col_offset,
                self.text(node) if text is None else text,
                kind,
                self.statement,
                ".".join(self.function),
            )
        )
        return len(self.sites) - 1

    def text(self, node: Any) -> str:
        """The source of a node, on one line."""
        some = self.lines[node.lineno - 1 : node.end_lineno]
        some[-1] = some[-1].encode()[: node.end_col_offset].decode()
        some[0] = some[0].encode()[node.col_offset :].decode()
        return " ".join("".join(some).split())

    def probed(
        self, node: Any, value: Any, kind: Kind = "expression", text: str | None = None
    ) -> Any:
        """`value` inside of a call of the machine."""
        machine = ast.Attribute(ast.Name(NAME, ast.Load()), "value", ast.Load())
        new = ast.Call(machine, [ast.Constant(self.site(node, kind, text)), value], [])
        return ast.fix_missing_locations(ast.copy_location(new, node))

    # ---- functions ----

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self.function.append(node.name)
        node.body = [
            self.visit(s) if isinstance(s, ast.FunctionDef | ast.ClassDef) else s for s in node.body
        ]
        self.function.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        outer = self.statement
        self.function.append(node.name)
        self.names = sorted(
            {
                n.id
                for n in ast.walk(node)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
        )
        node.body = self.block(node.body)
        self.function.pop()
        self.statement = outer
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        outer = self.statement
        self.statement = (node.lineno, node.end_lineno or node.lineno)
        node.body = self.returned(node.body)
        self.statement = outer
        return node

    # ---- statements ----

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [new for s in body for new in self.rewritten(s)]

    def rewritten(self, s: ast.stmt) -> list[ast.stmt]:
        if isinstance(s, ast.FunctionDef | ast.ClassDef):
            return [self.visit(s)]
        compound = isinstance(s, ast.For | ast.While | ast.If | ast.With | ast.Try)
        self.statement = (s.lineno, s.lineno if compound else s.end_lineno or s.lineno)
        if isinstance(s, ast.Assign | ast.AnnAssign | ast.AugAssign) and s.value is not None:
            return self.assignment(s)
        if isinstance(s, ast.Return) and s.value is not None:
            s.value = self.returned(s.value)
        elif isinstance(s, ast.Expr):
            return self.expression(s)
        elif isinstance(s, ast.Pass):
            return [self.placeholder(s)]
        elif isinstance(s, ast.For | ast.While | ast.If | ast.With):
            head = "iter" if isinstance(s, ast.For) else "test"
            if isinstance(getattr(s, head, None), ast.expr):
                setattr(s, head, self.visit(getattr(s, head)))
            s.body = self.block(s.body)
            if getattr(s, "orelse", None):
                s.orelse = self.block(s.orelse)  # type: ignore[union-attr]
        elif isinstance(s, ast.Try):
            s.body = self.block(s.body)
            for handler in s.handlers:
                handler.body = self.block(handler.body)
            s.orelse, s.finalbody = self.block(s.orelse), self.block(s.finalbody)
        return [s]

    def assignment(self, s: ast.Assign | ast.AnnAssign | ast.AugAssign) -> list[ast.stmt]:
        text = self.text(s)
        targets = s.targets if isinstance(s, ast.Assign) else [s.target]
        leaves = [leaf for t in targets for leaf in parts(t)]
        value: Any = s.value
        s.value = self.operand(value, force=True)
        augmented = isinstance(s, ast.AugAssign)
        return [s, *(new for leaf in leaves for new in self.after(leaf, s, text, augmented))]

    def after(self, leaf: ast.expr, s: ast.stmt, text: str, augmented: bool) -> list[ast.stmt]:
        """What reports a target after the assignment."""
        machine = ast.Name(NAME, ast.Load())
        new: ast.stmt
        if isinstance(leaf, ast.Name | ast.Attribute) and pure(leaf):
            kind: Kind = "written" if augmented else "assigned"
            store, load = clone(leaf, ast.Store()), clone(leaf, ast.Load())
            new = ast.Assign([store], self.probed(s, load, kind, text))
        elif isinstance(leaf, ast.Subscript) and pure(leaf.value):
            k = self.site(s, "written", text)
            simple = pure(leaf.slice) and not isinstance(leaf.slice, ast.Slice | ast.Tuple)
            key = clone(leaf.slice, ast.Load()) if simple else ast.Constant(None)
            call = ast.Attribute(machine, "written", ast.Load())
            base = clone(leaf.value, ast.Load())
            new = ast.Expr(ast.Call(call, [ast.Constant(k), base, key], []))
        else:
            return []
        return [ast.fix_missing_locations(ast.copy_location(new, s))]

    def expression(self, s: ast.Expr) -> list[ast.stmt]:
        """A call for its effect, such as np.add.at(a, i, v): its first argument is reported after it."""
        call = s.value
        first = call.args[0] if isinstance(call, ast.Call) and call.args else None
        text = self.text(s)
        s.value = self.visit(s.value)
        if isinstance(first, ast.Name | ast.Attribute):
            k = self.site(s, "written", text)
            machine = ast.Attribute(ast.Name(NAME, ast.Load()), "written", ast.Load())
            new = ast.Expr(
                ast.Call(
                    machine, [ast.Constant(k), clone(first, ast.Load()), ast.Constant(None)], []
                )
            )
            return [s, ast.fix_missing_locations(ast.copy_location(new, s))]
        return [s]

    def placeholder(self, s: ast.Pass) -> ast.stmt:
        """A statement that is still to be written may be about each variable."""
        sites = {name: self.site(s, "written", "pass") for name in self.names}
        call = f"{NAME}.placeholder({sites!r}, locals())"
        new = ast.parse(call).body[0]
        for node in ast.walk(new):
            ast.copy_location(node, s)
        return ast.fix_missing_locations(new)

    # ---- expressions ----

    def returned(self, value: ast.expr) -> Any:
        """Each element of what is returned."""
        if isinstance(value, ast.Tuple | ast.List):
            value.elts = [
                self.visit(e) if isinstance(e, ast.Starred) else self.returned(e)
                for e in value.elts
            ]
            return value
        if isinstance(value, ast.Dict):
            value.values = [self.returned(e) for e in value.values]
            return value
        return self.operand(value, force=True)

    def operand(self, node: ast.expr, force: bool = False) -> Any:
        """A variable that is read is reported too, if it is an operand."""
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and isinstance(
            node.ctx, ast.Load
        ):
            kind: Kind = "expression" if force or isinstance(node, ast.Subscript) else "use"
            if isinstance(node, ast.Attribute) and node.attr == "T":
                kind = "expression"
            copy = clone(node, ast.Load())
            return self.probed(node, self.visit(copy), kind)
        return self.visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        copy = ast.copy_location(
            ast.BinOp(self.operand(node.left), node.op, self.operand(node.right)), node
        )
        return self.probed(node, copy)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        copy = ast.copy_location(ast.UnaryOp(node.op, self.operand(node.operand)), node)
        return self.probed(node, copy) if isinstance(node.op, ast.USub) else copy

    def visit_Compare(self, node: ast.Compare) -> Any:
        node.left = self.visit(node.left)
        node.comparators = [self.visit(c) for c in node.comparators]
        return self.probed(node, node)

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        return self.probed(node, node)

    def visit_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Attribute):
            node.func.value = (
                self.operand(node.func.value)
                if node.func.attr in METHODS
                else self.visit(node.func.value)
            )
        node.args = [a if isinstance(a, ast.Starred) else self.operand(a) for a in node.args]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        if isinstance(node.func, ast.Name) and node.func.id in LOOKING:
            return node
        return self.probed(node, node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        return node  # text is not differentiated


def parts(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from parts(each)
    elif isinstance(target, ast.Starred):
        yield from parts(target.value)
    else:
        yield target


def pure(node: ast.expr) -> bool:
    """Whether an expression may be evaluated twice."""
    effects = ast.Call | ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom
    return not any(isinstance(part, effects) for part in ast.walk(node))


def clone(node: Any, context: ast.expr_context) -> Any:
    """The same expression, read or stored."""
    new = ast.parse(ast.unparse(node), mode="eval").body
    for part in ast.walk(new):
        for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
            if isinstance(part, ast.expr):
                setattr(part, name, getattr(node, name))
    if isinstance(new, ast.Name | ast.Attribute | ast.Subscript):
        new.ctx = context
    return new
