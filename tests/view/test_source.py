"""The names, lines and expressions in a trace are the user's own."""

import minigrad as mg
from minigrad.view import trace


class Layer:
    def __init__(self):
        self.w = mg.Tensor([[1.0], [2.0]], requires_grad=True)

    def __call__(self, x):
        h = x @ self.w
        return h


def test_the_users_names():
    x = mg.Tensor([[1.0, 2.0]])
    layer = Layer()
    b = {"bias": mg.Tensor([1.0], requires_grad=True)}
    with trace() as t:
        a, c = mg.exp(x), x * 2
        y = layer(a) + b["bias"]
        total = y.sum()
        both = mg.concatenate([a, c])
        if (squared := both * both) is not None:
            squared.sum()
        total -= 1
    labels = [n.label for n in t.nodes]
    assert labels == [
        "x", "a", "c", "w", "h", "b['bias']", "y", "total₁", "both", "squared", "t10", "total₂"
    ]  # fmt: skip


def test_a_name_that_is_used_again_has_a_turn():
    w = mg.Tensor(0.5, requires_grad=True)
    with trace() as t:
        h = w
        for _ in range(2):
            h = mg.tanh(h * w)
    assert [n.label for n in t.nodes] == ["w", "t1", "h₁", "t3", "h₂"]


def test_the_parameters_of_a_function_name_its_inputs():
    t = trace(lambda weight, x=1.0: weight * x, 2.0, mg.Tensor(4.0))
    assert [n.label for n in t.nodes[:2]] == ["weight", "x"]
    assert [n.kind for n in t.nodes[:2]] == ["parameter", "input"]


def test_the_line_and_the_expression_in_it():
    x = mg.Tensor([1.0, 2.0])
    with trace() as t:
        y = mg.exp(x) * 2  # the line
    exp, mul = t.nodes[1:]
    assert y.shape == (2,)
    assert exp.source.text.strip() == mul.source.text.strip() == "y = mg.exp(x) * 2  # the line"
    assert exp.source.expression == "mg.exp(x)"
    assert mul.source.expression == "mg.exp(x) * 2"
    assert exp.source.function == "test_the_line_and_the_expression_in_it"
    assert exp.source.file.endswith("tests/view/test_source.py")


def test_code_without_a_source_has_no_names_but_a_line():
    names = {"mg": mg, "trace": trace}
    exec("x = mg.Tensor([1.0])\nwith trace() as t:\n    y = mg.exp(x)\n", names)
    t = names["t"]
    assert [n.label for n in t.nodes] == ["x", "y"]  # what they are called in the end
    assert t.nodes[1].source.line == 3
    assert t.nodes[1].source.text == ""


def test_columns_are_characters_and_not_bytes():
    x = mg.Tensor([1.0, 2.0])
    with trace() as t:
        ("äöü", mg.exp(x))
    source = t.nodes[1].source
    assert source.text[source.column : source.end_column] == "mg.exp(x)"
