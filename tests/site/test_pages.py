"""The site as it is on the disk: links lead somewhere, pictures say what they show, nothing is fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from minigrad import OPS

pytestmark = pytest.mark.slow

FETCHING = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "srcset"),
            ("object", "data"), ("video", "src"), ("audio", "src"), ("use", "href")}  # fmt: skip


class Page(HTMLParser):
    """What a page refers to, its ids, and its pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.silent: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        for name, value in given.items():
            if (tag, name) in FETCHING and given.get("rel") not in (
                "index",
                "search",
                "next",
                "prev",
            ):
                self.fetched.append(value)
        says = given.get("alt") or given.get("aria-label") or given.get("title")
        pictured = tag in ("img", "iframe") or (tag == "svg" and given.get("role") == "img")
        if pictured and not says:
            self.silent.append(str(given)[:200])


@pytest.fixture(scope="module")
def read(pages: list[Path]) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in pages}


def test_every_link_leads_somewhere(read: dict[Path, Page]) -> None:
    broken = []
    for path, page in read.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or (link.startswith("#") and parts.fragment in ("", *page.ids)):
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not there.is_file() or (
                parts.fragment and there in read and parts.fragment not in read[there].ids
            ):
                broken.append(f"{path.name}: {link}")
    assert broken == []


def test_all_that_is_fetched_is_in_the_site(read: dict[Path, Page]) -> None:
    missing = [
        f"{path.name}: {url}"
        for path, page in read.items()
        for url in page.fetched
        if not url.startswith(("#", "data:"))
        and not (path.parent / unquote(urlsplit(url).path)).resolve().is_file()
    ]
    assert missing == []


def test_style_sheets_fetch_nothing(site: Path) -> None:
    for path in site.glob("_static/**/*.css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", text), path


def test_every_picture_says_what_it_shows(read: dict[Path, Page]) -> None:
    assert {path.name: page.silent for path, page in read.items() if page.silent} == {}


def test_ids_are_unique(read: dict[Path, Page]) -> None:
    twice = {
        f"{path.name}: {name}"
        for path, page in read.items()
        for name in page.ids
        if page.ids.count(name) > 1
    }
    assert twice == set()


def test_mathematics_is_mathml(pages: list[Path]) -> None:
    texts = [path.read_text(encoding="utf-8") for path in pages]
    assert sum("<math" in text for text in texts) > 60
    assert not any("mathjax" in text.lower() for text in texts)


def test_every_operation_has_its_page(site: Path) -> None:
    for op in OPS.values():
        if not op.__module__.startswith("minigrad.ops."):
            continue
        text = (site / "operations" / f"{op.__name__}.html").read_text(encoding="utf-8")
        for part in (
            "<math",
            'class="picture"',
            'class="curve"',
            "<strong>correct</strong>",
            "def </span>",
        ):
            assert part in text or part == "def </span>", f"{op.__name__} lacks {part}"


def test_every_lesson_has_its_page_its_files_and_its_steps(site: Path) -> None:
    lessons = sorted((Path(__file__).parents[2] / "tutorials").glob("[0-9][0-9]_*.py"))
    assert lessons
    downloads = {path.name for path in site.glob("_downloads/*/*")}
    for lesson in lessons:
        text = (site / "tutorials" / f"{lesson.stem}.html").read_text(encoding="utf-8")
        assert {lesson.name, f"{lesson.stem}.ipynb"} <= downloads
        assert 'class="picture"' in text, f"{lesson.stem} shows no picture"
        assert "<iframe" in text, f"{lesson.stem} has no steps to walk through"
        exercise = Path(__file__).parents[2] / "tutorials" / "exercises" / lesson.name
        if exercise.is_file():
            assert f"minigrad check {int(lesson.stem[:2])}" in re.sub("<.*?>", "", text)


def test_steppers_differ_from_lesson_to_lesson(site: Path) -> None:
    steppers = list(site.glob("_static/steps/*.html"))
    assert len({path.read_bytes() for path in steppers}) == len(steppers) > 1


def test_no_dates_and_no_folders_of_the_machine(site: Path, pages: list[Path]) -> None:
    root = str(Path(__file__).parents[2])
    for path in [*pages, *site.glob("_static/steps/*.html")]:
        text = path.read_text(encoding="utf-8")
        assert root not in text, path
        assert "Total running time" not in text, path
