"""The pages of the reports: of those that are there, and of none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("sphinx", reason="the site needs pip install -e '.[docs]'")

from docs.extensions import reports


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.setattr(reports, "BUILT", tmp_path / "built")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "README.md").write_text(
        "# Experiments\n\n[a2](results/a2/README.md)\n", encoding="utf-8"
    )
    return SimpleNamespace(srcdir=str(tmp_path / "docs"))


def test_without_results_it_is_said_how_they_are_made(app: SimpleNamespace, tmp_path: Path) -> None:
    reports.generate(app)  # type: ignore[arg-type]
    text = (tmp_path / "docs" / "reports" / "index.md").read_text(encoding="utf-8")
    assert text.startswith("# Reports\n")
    assert "python -m experiments" in text


def test_a_report_is_a_page_with_its_figures(app: SimpleNamespace, tmp_path: Path) -> None:
    result = tmp_path / "experiments" / "results" / "a2"
    (result / "figures").mkdir(parents=True)
    (result / "README.md").write_text(
        "# Two layers\n\nAll of it.\n\n![a curve](figures/loss.png)\n", encoding="utf-8"
    )
    (result / "report.html").write_text("<p>All of it.</p>", encoding="utf-8")
    (result / "figures" / "loss.png").write_bytes(b"png")
    reports.generate(app)  # type: ignore[arg-type]
    folder = tmp_path / "docs" / "reports"
    assert "![a curve](a2/loss.png)" in (folder / "a2.md").read_text(encoding="utf-8")
    assert '<a href="../_static/reports/a2.html">' in (folder / "a2.md").read_text(encoding="utf-8")
    assert (folder / "a2" / "loss.png").is_file()
    assert (tmp_path / "built" / "reports" / "a2.html").is_file()
    index = (folder / "index.md").read_text(encoding="utf-8")
    assert "[a2](a2.md)" in index
    (result / "README.md").unlink()
    reports.generate(app)  # type: ignore[arg-type]
    assert not (folder / "a2.md").exists(), "what is there no more is shown no more"
