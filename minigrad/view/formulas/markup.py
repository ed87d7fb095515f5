"""The smallest pieces of MathML: names as they are set in a book, numbers, indices, parentheses, words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from minigrad.view.formulas.writer import ATOM, PRODUCT, SIGN, Piece

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "eps": "ε", "epsilon": "ε", "lambda": "λ",
    "mu": "μ", "sigma": "σ", "theta": "θ", "phi": "φ", "pi": "π", "inf": "∞",
}  # fmt: skip
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def fence(piece: str, kind: str = "()") -> str:
    return f"<mrow><mo>{kind[0]}</mo>{piece}<mo>{kind[1]}</mo></mrow>"


def said(words: str) -> str:
    spaced = escape(words).replace(" ", "&#xA0;")
    return f"<mtext>{spaced}</mtext>"


def separated(pieces: Iterable[str]) -> str:
    return '<mo separator="true">,</mo>'.join(pieces)


def figure(number: str) -> Piece:
    """A number as `numbers.constant` writes it, with its fraction, root and Greek letter."""
    top, slash, bottom = number.partition(" / ")
    if slash:
        return f"<mfrac>{figure(top)[0]}{figure(bottom)[0]}</mfrac>", SIGN
    if number.startswith("-"):
        return f"<mrow><mo>−</mo>{figure(number[1:])[0]}</mrow>", SIGN
    if number.startswith("sqrt("):
        return f"<msqrt>{figure(number[5:-1])[0]}</msqrt>", ATOM
    factors = number.split(" * ")
    if len(factors) > 1:
        return f"<mrow>{''.join(figure(f)[0] for f in factors)}</mrow>", PRODUCT
    if mantissa := re.fullmatch(r"([\d.]+)e([+-]?\d+)", number):
        power = figure(str(int(mantissa[2])))[0]
        ten = f"<msup><mn>10</mn>{power}</msup>"
        return (
            ten if mantissa[1] == "1" else f"<mrow><mn>{mantissa[1]}</mn><mo>⋅</mo>{ten}</mrow>"
        ), PRODUCT
    if number[:1].isdigit():
        return f"<mn>{number}</mn>", ATOM
    return f"<mi>{GREEK.get(number, escape(number))}</mi>", ATOM


def symbol(label: str, indices: tuple[str, ...] = ()) -> str:
    """A name as it is set: W1 with its number below, gamma as γ, dL/dx as a fraction with ∂."""
    label, remark = split(label)
    if remark:
        return f"<mrow>{symbol(label, indices)}{said(remark)}</mrow>"
    if found := re.fullmatch(r"d([^/]+)/d(.+)", label):
        top = f"<mrow><mo>∂</mo>{symbol(found[1])}</mrow>"
        return f"<mfrac>{top}<mrow><mo>∂</mo>{symbol(found[2], indices)}</mrow></mfrac>"
    plain = label.translate(SUBSCRIPTS)
    if found := re.fullmatch(r"([A-Za-z]+?)_?(\d+)", plain):
        return subscripted(letters(found[1]), indices, found[2])
    return subscripted(letters(plain), indices)


def split(label: str) -> tuple[str, str]:
    """A name, and a remark in parentheses behind it: "dL/dx", " (via h)"."""
    found = re.fullmatch(r"(\S.*?)( \(.*\))", label)
    return (found[1], found[2]) if found else (label, "")


def letters(word: str) -> str:
    if word in GREEK:
        return f"<mi>{GREEK[word]}</mi>"
    if re.fullmatch(r"d[A-Z]\w*", word):
        return f"<mrow><mi>d</mi>{symbol(word[1:])}</mrow>"
    return f"<mi>{escape(word)}</mi>" if word.isalpha() else f"<mtext>{escape(word)}</mtext>"


def subscripted(markup: str, indices: Sequence[str], number: str = "") -> str:
    """With its number, and with indices: W1[i, j] has both below, the number in front."""
    if number:
        markup = f"<msub>{markup}<mn>{number}</mn></msub>"
    if not indices:
        return markup
    below = (
        separated(map(index, indices))
        if max(map(len, indices)) > 1
        else "".join(map(index, indices))
    )
    return f"<msub>{markup}<mrow>{below}</mrow></msub>"


def index(text: str) -> str:
    """An index such as 2i+j-1."""
    tokens = re.findall(r"\d+|[a-z]|[+-]", text)
    kinds = ("mn" if t.isdigit() else "mo" if t in "+-" else "mi" for t in tokens)
    return "".join(f"<{k}>{'−' if t == '-' else t}</{k}>" for k, t in zip(kinds, tokens))
