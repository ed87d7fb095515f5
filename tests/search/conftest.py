"""What the tests of searches share: a storage, a log of calls, objectives that workers can import."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# Worker processes import the objective by its name, and they are given this process's path.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "search.db"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each line is the number of a trial whose objective was called, by whichever process."""
    path = tmp_path / "calls.txt"
    path.touch()
    monkeypatch.setenv("SEARCH_LOG", str(path))
    return path


@pytest.fixture(scope="session")
def postgres() -> str:
    """The URL of a PostgreSQL database that may be written to."""
    url = os.environ.get("MINIGRAD_POSTGRES")
    if not url:
        pytest.skip("no PostgreSQL: MINIGRAD_POSTGRES names none; .ci/run starts one")
    return url
