"""The site, built once for all tests that look at it; or the one that MINIGRAD_SITE names, built before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = os.environ.get("MINIGRAD_SITE")
    if built:
        folder = (ROOT / built).resolve()
        assert (folder / "index.html").is_file(), f"MINIGRAD_SITE={built}: no site is there"
        return folder
    for package in ("sphinx", "sphinx_gallery", "furo", "myst_parser"):
        pytest.importorskip(package, reason="the site needs pip install -e '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-d", str(folder / "doctrees"), "docs"]
    done = subprocess.run(
        [*command, str(folder / "html")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.fixture(scope="session")
def pages(site: Path) -> list[Path]:
    """The pages of the site, and not the steppers and reports that are shown on them."""
    found = [p for p in sorted(site.glob("**/*.html")) if "_static" not in p.parts]
    assert len(found) > 60
    return found


class Tab:
    """A tab of the browser, and everything that its pages asked for or complained of."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.set_default_timeout(20_000)
        page.on("console", lambda message: self.complaints.append(f"{page.url}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path) -> Any:
        self.page.goto(path.as_uri())
        return self.page

    def elsewhere(self) -> list[str]:
        return [u for u in self.requests if not u.startswith(("file:", "data:", "blob:", "about:"))]


@pytest.fixture
def tab(browser: Any, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A tab `width` pixels wide, by indirect parameter (width, scheme); it may not fetch or complain."""
    width, scheme = getattr(request, "param", (1280, "light"))
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
    )
    opened = Tab(context.new_page())
    yield opened
    context.close()
    assert (opened.complaints, opened.elsewhere()) == ([], [])
