"""The site in a browser, from the disk: nothing is fetched, it fits a telephone, and steppers step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]

OVERFLOW = """() => {
  const wide = [document.documentElement, ...document.querySelectorAll('.content, .page, article')]
    .filter(e => e.scrollWidth > e.clientWidth + 1);
  if (!wide.length) return '';
  const out = [...document.querySelectorAll('article *')].find(e => {
    if (e.getBoundingClientRect().right <= innerWidth + 1) return false;
    for (let p = e.parentElement; p && p.tagName != 'ARTICLE'; p = p.parentElement)
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return false;
    return true;
  });
  return out ? out.outerHTML.slice(0, 200) : wide[0].className;
}"""


KINDS = ("index", "tutorials/index", "tutorials/02_chain_rule", "operations/index", "operations/conv2d",
         "reference/minigrad.nn", "reports/index", "coming_from", "genindex", "search")  # fmt: skip


@pytest.mark.parametrize("tab", [(400, "dark")], indirect=True)
def test_every_page_fits_a_telephone_and_does_not_complain(
    tab: Any, pages: list[Path], site: Path
) -> None:
    wide = {}
    for path in pages:
        page = tab.open(path)
        assert page.locator("h1").count() >= 1 or path.name == "search.html", path
        if over := page.evaluate(OVERFLOW):
            wide[str(path.relative_to(site))] = over
    assert wide == {}
    assert len(tab.requests) > len(pages)


def test_each_kind_of_page_fits_a_screen_and_does_not_complain(tab: Any, site: Path) -> None:
    for name in KINDS:
        page = tab.open(site / f"{name}.html")
        assert page.evaluate(OVERFLOW) == "", name


def test_search_finds_an_operation(tab: Any, site: Path) -> None:
    page = tab.open(site / "index.html")
    page.locator(".sidebar-search").fill("max_pool2d")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").evaluate_all("links => links.map(a => a.href)")
    assert any("operations/max_pool2d.html" in url for url in found)
    page.locator('#search-results li a[href*="operations/max_pool2d.html"]').first.click()
    assert page.locator("h1").inner_text().startswith("max_pool2d")


def test_the_stepper_of_the_front_page_answers_to_keys_and_to_the_mouse(
    tab: Any, site: Path
) -> None:
    page = tab.open(site / "index.html")
    frame = page.frame_locator(".stepper-frame iframe")
    stepper = frame.locator(".stepper")
    frame.locator(".ready").first.wait_for()
    assert stepper.get_attribute("data-step") == "0"
    frame.locator(".next").click()
    assert stepper.get_attribute("data-step") == "1"
    page.keyboard.press("ArrowRight")
    assert stepper.get_attribute("data-step") == "2"
    page.keyboard.press("ArrowLeft")
    assert stepper.get_attribute("data-step") == "1"
    page.keyboard.press("End")
    last = int(stepper.get_attribute("data-step"))
    assert last > 10
    assert "grad" in frame.locator(".title").inner_text()


def test_every_stepper_of_the_lessons_opens_alone_and_steps(tab: Any, site: Path) -> None:
    paths = sorted(site.glob("_static/steps/*.html"))
    assert paths
    for path in paths:
        page = tab.open(path)
        page.wait_for_selector(".ready")
        page.keyboard.press("ArrowRight")
        assert page.locator(".stepper").get_attribute("data-step") == "1", path


@pytest.mark.parametrize("tab", [(1280, "dark")], indirect=True)
def test_pages_are_dark_where_the_system_is(tab: Any, site: Path) -> None:
    page = tab.open(site / "operations" / "relu.html")
    page.evaluate("localStorage.setItem('theme', 'light')")  # of other pages on this disk
    page.reload()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(x) for x in background.strip("rgba()").split(",")[:3]) < 150
    fill = page.locator(".picture text").first.evaluate("e => getComputedStyle(e).fill")
    assert sum(int(x) for x in fill.strip("rgba()").split(",")[:3]) > 450


def test_figures_are_readable_at_400_pixels(tab: Any, site: Path) -> None:
    """What would be too small scrolls in its own frame: letters are at least 7 pixels high."""
    tab.page.set_viewport_size({"width": 400, "height": 900})
    page = tab.open(site / "operations" / "batch_norm.html")
    heights = page.locator(".picture text").evaluate_all(
        "texts => texts.map(t => t.getBoundingClientRect().height).filter(h => h > 0)"
    )
    assert heights
    assert min(heights) >= 7
