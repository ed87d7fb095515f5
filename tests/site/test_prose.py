"""Docstrings become paragraphs, tables and code: nothing in them is mistaken for markup."""

from __future__ import annotations

import pytest

pytest.importorskip("sphinx", reason="the site needs pip install -e '.[docs]'")

from docutils.core import publish_doctree

from docs.extensions.prose import inline, rst


def tree(docstring: str) -> str:
    """The parsed document; warnings of docutils are errors here."""
    settings = {"report_level": 1, "halt_level": 2, "warning_stream": False}
    text = "\n".join(rst(docstring)).replace(".. code-block:: text", "::")
    return str(publish_doctree(text, settings_overrides=settings).pformat())


def test_formulas_are_no_markup() -> None:
    shown = tree("g * (1 - out**2), x_ and |x| and a*b*c: `x * w`, **kwargs.")
    assert "g * (1 - out**2), x_ and |x| and a*b*c:" in shown
    assert "<literal>" in shown
    assert "x * w" in shown
    assert "<emphasis>" not in shown
    assert "<strong>" not in shown


def test_names_in_columns_are_a_list_of_definitions() -> None:
    shown = tree("The result.\n\nname           the function, `gradient` the one\n"
                 "               that was checked\nverdict        right or wrong\n\nIt raises.")  # fmt: skip
    assert shown.count("<definition_list_item>") == 2
    assert "that was checked" in shown
    assert shown.rstrip().endswith("It raises.")


def test_what_is_indented_is_code() -> None:
    shown = tree(
        "Two:\n\n    view.draw(t)    a picture\n\n    view.step(t)    the steps\n\nThis is all."
    )
    assert shown.count("<literal_block") == 1
    assert "view.draw(t)    a picture" in shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("`x`", "``x``"),
        ("``x``", "``x``"),
        ("a * b", r"a \* b"),
        ("x_", r"x\_"),
        ("x_data", "x_data"),
        (r"a \n b", r"a \\n b"),
    ],
)
def test_inline(said: str, shown: str) -> None:
    assert inline(said) == shown
