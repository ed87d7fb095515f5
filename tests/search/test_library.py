"""Without Optuna a search says how to get it, and the rest of minigrad does not mind."""

import subprocess
import sys

import pytest

from minigrad import search
from minigrad.errors import MissingPackageError


def test_the_message_without_optuna(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingPackageError) as caught:
        search.random(
            lambda p, t: 1.0, {"x": search.uniform(0, 1)}, trials=1, storage=tmp_path / "s.db"
        )
    assert str(caught.value) == (
        "minigrad.search stands on Optuna, which is not installed: pip install 'minigrad-edu[search]'"
    )


def test_importing_search_imports_no_optuna():
    code = (
        "import sys, minigrad as mg; mg.search.random; "
        "print({'optuna', 'sqlalchemy', 'matplotlib'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
