"""Edits: what is tried on a statement, the nearest to what was written first."""

import ast

import pytest

from minigrad.check.edits import edited, edits
from minigrad.check.statements import calls, reads, writes


def statement(text):
    return ast.parse(text).body[0]


def texts(text, variables=()):
    node = statement(text)
    return [ast.unparse(edited(e, statement(text))) for e in edits(node, variables)]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("d = a - b", "d = a + b"),
        ("d = a - b", "d = b - a"),
        ("d = -a", "d = a"),
        ("d = a", "d = -a"),
        ("d += a", "d = a"),
        ("d += a", "d -= a"),
        ("d = a", "d += a"),
        ("d = 2 * a", "d = a"),
        ("d = a * (h < 0)", "d = a * (h > 0)"),
        ("d = a @ w", "d = a @ w.T"),
        ("d = a @ w", "d = w @ a"),
        ("d = a.T @ w", "d = a @ w"),
        ("d = g.sum(axis=0)", "d = g.sum(axis=1)"),
        ("d = g.sum(axis=0)", "d = g.mean(axis=0)"),
        ("d = g.sum(axis=0)", "d = g.sum(axis=0, keepdims=True)"),
        ("d = np.dot(a, b)", "d = np.dot(b, a)"),
        ("for t in range(n - 1):\n    pass", "for t in range(n):\n    pass"),
        ("for t in range(n):\n    pass", "for t in reversed(range(n)):\n    pass"),
    ],
)
def test_edit_is_tried(wrong, right):
    assert right in texts(wrong)


def test_variables_and_factors_are_tried_after_operators():
    tried = texts("d = a * b", ["a", "n"])
    assert tried.index("d = a / b") < tried.index("d = a * n") < tried.index("d = a * b / n")


def test_a_missing_statement_is_tried():
    assert "d += a" in texts("pass", ["a", "d"])


def test_reads_and_writes():
    assert reads(statement("dW[i] += g * self.x")) >= {"dW", "g", "self.x"}
    assert writes(statement("dW[i] += g * self.x")) == {"dW"}
    assert writes(statement("a, grads['W'] = f(x)")) == {"a", "grads['W']"}
    assert writes(statement("np.add.at(d, i, g)")) == {"d"}
    assert calls(statement("y = layer.forward(f(x))")) == {"forward", "f"}
