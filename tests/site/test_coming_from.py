"""The table for those who come from PyTorch: both columns are run, line by line, and give the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minigrad as mg

PAGE = (Path(__file__).parents[2] / "docs" / "coming_from.rst").read_text(encoding="utf-8")
TABLE = PAGE.partition(":class: pytorch")[2].partition("Layers and update rules")[0]
ROWS = re.findall(r"   \* - ``(.+)``\n     - ``(.+)``", TABLE)


def numbers(x: Any) -> Any:
    return np.asarray(x.detach().numpy() if x is not None else 0.0)


@pytest.mark.torch
def test_both_columns_give_the_same() -> None:
    torch = pytest.importorskip("torch")
    assert len(ROWS) == 13
    theirs: dict[str, Any] = {"torch": torch, "F": torch.nn.functional}
    ours: dict[str, Any] = {"mg": mg, "np": np}
    for left, right in ROWS:
        exec(left, theirs)
        exec(right, ours)
        y = "y" if "y" in ours else "x"
        np.testing.assert_allclose(numbers(ours[y]), numbers(theirs[y]), rtol=1e-6, err_msg=right)
        assert numbers(ours[y]).shape == tuple(numbers(theirs[y]).shape), right


def test_the_other_remarks_are_true() -> None:
    with pytest.raises(mg.errors.ShapeError):
        mg.mse_loss(mg.Tensor(np.ones((3, 1))), mg.Tensor(np.ones(3)))
    x = mg.Tensor(2.0, requires_grad=True)
    y = x * x
    assert y.node is not None
    assert (y.node.op.__name__, y.node.inputs[0] is x, len(y.node.op.rules)) == ("mul", True, 2)
    y.backward()
    with pytest.raises(mg.errors.GraphError):
        y.backward()
    assert {"L2", "Cyclical"} <= set(dir(mg.optim))
