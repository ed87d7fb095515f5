"""How the page looks: it fits and is legible in every width and light, is used by keys, and is read aloud."""

import pytest

from minigrad import view
from minigrad.view.page import html
from tests.view.page.runs import layer, scalar

pytestmark = pytest.mark.browser


CONTRASTS = """() => {
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/-?[\\d.]+/g).map(Number);
    return text.startsWith('color(srgb') ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walker = document.createTreeWalker(document.querySelector('.stepper'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), e = walker.currentNode.parentElement;
    if (!text || e.closest('svg, script, :disabled') || !e.checkVisibility()) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${e.className} ${text}`);
  }
  return poor;
}"""


@pytest.fixture(scope="module")
def pages():
    two = view.compare(scalar(0.5).trace, scalar(0.75).trace).html()
    return {"scalar": html(scalar()), "layer": html(layer(), check=True), "two": two}


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("which", ["scalar", "layer", "two"])
def test_it_fits_and_is_legible(opened, pages, which, width, dark):
    page = opened(pages[which], width, dark)
    for modes in ("", "c", "w", "q"):  # of two runs the comparison is what is seen first
        page.press("Home", *modes)
        for at in range(0, 18, 2):
            page.go(at)
            assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
            assert page.tab.evaluate(CONTRASTS) == []
    if width == 1280:
        assert page.tab.evaluate("document.documentElement.scrollHeight") <= 800


def test_every_control_is_reached_by_tab_and_seen(opened, pages):
    page = opened(pages["scalar"])
    page.press("ArrowRight", "w")
    page.tab.evaluate("document.activeElement.blur()")
    wanted = page.tab.locator("button:enabled:visible, input:enabled:visible").count()
    reached = set()
    for _ in range(wanted + 8):
        page.press("Tab")
        about = page.tab.evaluate("""() => {
          const e = document.activeElement, style = getComputedStyle(e);
          const all = [...document.querySelectorAll('button, input')];
          const name = e.getAttribute('aria-label') || e.textContent;
          return [all.indexOf(e), style.outlineStyle, parseFloat(style.outlineWidth), name];
        }""")
        if about[0] >= 0:
            reached.add(about[0])
            assert about[1] == "solid"
            assert about[2] >= 2
            assert about[3].strip(), "a control without a name"
    assert len(reached) == wanted


def test_the_sentence_is_announced_and_pictures_have_words(opened, pages):
    page = opened(pages["layer"])
    assert page.tab.locator("[aria-live=polite] .say").count() == 1
    assert page.tab.locator(".picture svg").get_attribute("aria-label")
    page.press("End")
    assert all(e.get_attribute("aria-label") for e in page.tab.locator(".heat").all())


def test_nothing_moves_by_itself_for_those_who_ask_for_that(opened, pages):
    page = opened(pages["scalar"], reduced_motion="reduce")
    moving = page.tab.evaluate("""() => [...document.querySelectorAll('*')].filter((e) => {
      const s = getComputedStyle(e), animated = s.animationName !== 'none';
      return animated || parseFloat(s.transitionDuration) > 0 || s.scrollBehavior === 'smooth';
    }).length""")
    assert moving == 0
