"""MathML is well formed and uses only what browsers draw; how it looks was looked at."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

import minigrad as mg
from minigrad import OPS
from minigrad.view import formulas
from minigrad.view.formulas.markup import symbol
from tests.view.formulas.everything import drawn

CORE = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msqrt", "msub", "msup", "munder", "mspace", "mtable",
    "mtr", "mtd",
}  # fmt: skip
"""MathML Core, as far as it is used."""
CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "msqrt": 1}
X, W = np.arange(6.0).reshape(2, 3), np.ones((3, 4))


def words(markup: str) -> str:
    """What is read when only the letters are seen."""
    text = "".join(ElementTree.fromstring(markup).itertext())
    return text.replace("\u2062", "").replace("\u2061", "").replace("\xa0", " ")


@pytest.mark.parametrize("op", OPS.values(), ids=list(OPS))
def test_every_formula_is_well_formed_mathml(op):
    names = {"g": "dL/dh", "out": "a<b & c", "x": "fc1.weight", "into": "dL/dx"}
    for at in drawn(op, range(12)):
        for given in (None, names):
            for markup in (at.formula.mathml(given), at.formula.mathml_indices(given)):
                if markup is None:
                    continue
                root = ElementTree.fromstring(markup)
                assert root.tag == "math"
                for element in root.iter():
                    assert element.tag in CORE, element.tag
                    assert len(element) == CHILDREN.get(element.tag, len(element)), markup
                    if element.tag in ("mi", "mn", "mo"):
                        assert element.text, markup
                    if element.tag == "mfrac" and given is None:
                        inner = [e for e in element.iter("mfrac") if e is not element]
                        assert not inner, "no fraction in a fraction"


@pytest.mark.parametrize(
    "op", ["tanh", "matmul", "var", "softmax", "batch_norm", "max_pool2d", "gelu"]
)
def test_every_name_and_number_of_the_formula_is_there(op):
    from minigrad.view.formulas.expression import Name, inner_first

    for at in drawn(OPS[op], range(8)):
        if at.formula.expression is None:
            continue
        names = {e.name for e in inner_first(at.formula.expression) if isinstance(e, Name)}
        labels = {name: f"Q{i}" for i, name in enumerate(sorted(names))}
        said = words(at.formula.mathml(labels))
        assert all(label in said for label in labels.values()), said


def contribution(op, slot, *arrays, **params):
    return formulas.contribution(op, slot, arrays, params)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (contribution(mg.matmul, 0, X, W), "∂L∂a=g b⊤"),
        (contribution(mg.mul, 0, X, X), "∂L∂x=g⊙y"),
        (contribution(mg.mul, 0, np.array(2.0), np.array(3.0)), "∂L∂x=g⋅y"),
        (contribution(mg.tanh, 0, X), "∂L∂x=g⊙(1−out2)"),
        (contribution(mg.relu, 0, X), "∂L∂x=g⊙[out>0]"),
        (contribution(mg.where, 1, X > 0, X, X), "∂L∂x={gif condition0otherwise"),
        (contribution(mg.log1p, 0, X), "∂L∂x=g1+x"),
        (formulas.forward(mg.expm1, [X], {}), "out=ex−1"),
        (formulas.forward(mg.sum, [X], {"axis": 0}), "out=∑axis 0x"),
        (contribution(mg.sum, 0, X), "∂L∂x=g stretched to (2, 3)"),
        (contribution(mg.add, 1, X, X[0]), "∂L∂y=g, summed to (3,)"),
        (contribution(mg.prod, 0, X), "dL/dx: g times the product of all the other elements"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_signs_are_those_of_mathematics(formula, said):
    assert words(formula.mathml()).replace(" ", "") == said.replace(" ", "")


def test_a_convolution_is_shown_in_the_indices_of_its_einsum():
    formula = formulas.forward(mg.conv2d, [np.ones((2, 3, 5, 5)), np.ones((4, 3, 2, 2)), None], {})
    assert words(formula.mathml()) == words(formula.mathml_indices())
    assert "einsum" not in formula.mathml()


def test_parentheses_stand_where_they_must():
    formula = contribution(mg.sigmoid, 0, X)
    assert words(formula.mathml()) == "∂L∂x=g⊙out⊙(1−out)"
    formula = contribution(mg.div, 1, X, X)
    assert words(formula.mathml({"g": "dL/dh"})) == "∂L∂y=−∂L∂h⊙out/y"
    formula = contribution(mg.sqrt, 0, X)
    assert words(formula.mathml({"g": "dL/dh"})) == "∂L∂x=∂L∂h/(2⋅out)"


@pytest.mark.parametrize(
    ("label", "markup"),
    [
        ("x", "<mi>x</mi>"),
        ("W1", "<msub><mi>W</mi><mn>1</mn></msub>"),
        ("h₂", "<msub><mi>h</mi><mn>2</mn></msub>"),
        ("gamma", "<mi>γ</mi>"),
        ("fc.weight", "<mtext>fc.weight</mtext>"),
        (
            "dL/dx",
            "<mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mo>∂</mo><mi>x</mi></mrow></mfrac>",
        ),
        ("dX", "<mrow><mi>d</mi><mi>X</mi></mrow>"),
        ("h (via y)", "<mrow><mi>h</mi><mtext>&#xA0;(via&#xA0;y)</mtext></mrow>"),
        ("<b>", "<mtext>&lt;b&gt;</mtext>"),
    ],
)
def test_a_name_is_set_as_in_a_book(label, markup):
    assert symbol(label) == markup
