"""The reference has every public module and name, and what each command says of itself."""

from __future__ import annotations

import importlib

import pytest

pytest.importorskip("sphinx", reason="the site needs pip install -e '.[docs]'")

import minigrad
from docs.extensions.reference import MODULES, command_line, names, page
from minigrad.cli import COMMANDS


def test_every_room_is_there() -> None:
    assert {f"minigrad.{room}" for room in minigrad._ROOMS} <= set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_public_names_and_no_operations(module: str) -> None:
    found = names(importlib.import_module(module))
    assert found
    assert not set(found) & set(minigrad.OPS)
    assert len(found) == len(set(found))
    for name in found:
        assert f":: {module}.{name}\n" in page(module, "")


def test_names_that_must_be_found() -> None:
    assert {"Tensor", "tensor", "grad", "no_grad", "detect_anomaly", "op", "fused"} <= set(
        names(minigrad)
    )
    assert {"Linear", "Conv2d", "Module", "Parameter"} <= set(names(minigrad.nn))
    assert {"gradient", "gradcheck", "Report"} <= set(names(minigrad.check))
    assert {"draw", "step", "trace", "Picture", "Steps"} <= set(names(minigrad.view))


def test_every_command_says_its_options() -> None:
    text = command_line()
    for name in COMMANDS:
        assert f"usage: minigrad {name}" in text
    assert "--mutants" in text
