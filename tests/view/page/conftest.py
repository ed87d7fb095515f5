"""Pages of steps, open in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from minigrad.view.page import html
from minigrad.view.steps.list import Steps
from tests.view.page.runs import scalar


class Opened:
    """A page that is open in the browser, and everything that it asked for or complained of."""

    def __init__(self, tab: Any, url: str) -> None:
        self.tab = tab
        self.complaints: list[str] = []
        self.requests: list[str] = []
        tab.set_default_timeout(60_000)
        tab.on("console", lambda message: self.complaints.append(message.text))
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.goto(url)
        tab.wait_for_selector(".ready")

    @property
    def at(self) -> int:
        return int(self.tab.locator(".stepper").get_attribute("data-step"))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)

    def click(self, name: str, **options: Any) -> None:
        self.tab.locator(name).first.click(**options)

    def text(self, name: str) -> str:
        found = self.tab.locator(name)
        return found.first.inner_text() if found.count() and found.first.is_visible() else ""

    def go(self, step: int) -> None:
        self.tab.locator(".slider").evaluate(
            "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }",
            step,
        )


@pytest.fixture(scope="session")
def steps() -> Steps:
    return scalar()


@pytest.fixture(scope="session")
def page_of_scalars(steps: Steps) -> str:
    return html(steps, title="A product & a sum")


@pytest.fixture
def page(opened: Any, page_of_scalars: str) -> Any:
    return opened(page_of_scalars)


@pytest.fixture
def opened(browser: Any, tmp_path: Any) -> Iterator[Any]:
    """`opened(html, width=1280, dark=False)`: the page from a file, as a reader has it.

    When the test is over, nothing may have been fetched and nothing written to the console.
    """
    all_opened: list[tuple[Any, Opened]] = []

    def open_(html: str, width: int = 1280, dark: bool = False, **options: Any) -> Opened:
        path = tmp_path / f"page{len(all_opened)}.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            offline=True,
            **options,
        )
        opened = Opened(context.new_page(), path.as_uri())
        all_opened.append((context, opened))
        return opened

    yield open_
    for context, opened in all_opened:
        asked = [url for url in opened.requests if not url.startswith(("file:", "data:", "blob:"))]
        context.close()
        assert (opened.complaints, asked) == ([], [])
        assert sum(url.startswith("file:") for url in opened.requests) == 1
