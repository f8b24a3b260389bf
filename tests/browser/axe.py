"""What axe-core finds wrong with a page, in one line a finding.

Every page is looked at at both widths and in both themes. Three things keep that cheap: axe is
compiled with each page by the browser itself, text whose colours have been approved, on the same
backgrounds, at the same size, is not judged again, and a window that goes from page to page
changes its width once a page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.visitors import DESK, PHONE, Theme

LONG = 3000
SIZES: tuple[ViewportSize, ...] = (
    {"width": PHONE, "height": LONG},
    {"width": DESK, "height": LONG},
)
SOURCE = f"{Axe().axe_script}\n{Path(__file__).with_suffix('.js').read_text()}"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
QUICK: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
BUT_COLOURS = QUICK | {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {name: {"enabled": False} for name in COLOURS},
}
LOOK = "asked => globalThis.look ? look.at(asked) : null"
JUDGED: set[str] = set()
"""The colours without fault so far, on any page: the text, its size, the backgrounds behind it."""


class Verdict(TypedDict):
    """Faults of any kind, those of colours, and the signatures of the colours without one."""

    faults: list[str]
    faint: list[str]
    judged: list[str]


def faults(page: Page) -> list[str]:
    """All rules at both widths, colours in both themes at each; the window is left as it was.

    The phone is a very long one: on a real one the bar of actions hides what one scrolls to.
    """
    before = page.viewport_size or SIZES[0]
    found = faults_on_the_way(page)
    _resize(page, before)
    return found


def faults_on_the_way(page: Page) -> list[str]:
    """As `faults`, but the window stays at the width seen last, where the next page begins."""
    now = page.viewport_size or SIZES[0]
    here, there = sorted(SIZES, key=lambda size: size["width"] != now["width"])
    return [*_look(page, here, "light", "dark"), *_look(page, there, "dark", "light")]


def _look(page: Page, size: ViewportSize, now: Theme, then: Theme) -> list[str]:
    """At one width: what does not depend on colours once, the colours in each theme."""
    _resize(page, size)
    found = _ask(page, BUT_COLOURS, now)
    page.emulate_media(color_scheme=then)
    found += _ask(page, None, then)
    return [f"{size['width']} {fault}" for fault in found]


def _ask(page: Page, rules: dict[str, Any] | None, theme: Theme) -> list[str]:
    """By these rules, and of the text whose colours nobody has judged yet."""
    asked = [rules, COLOURS, " ".join(JUDGED)]
    verdict: Verdict | None = page.evaluate(LOOK, asked)
    if verdict is None:
        _bring_axe(page)
        verdict = page.evaluate(LOOK, asked)
    JUDGED.update(verdict["judged"])
    return [*verdict["faults"], *(f"{theme} {fault}" for fault in verdict["faint"])]


def _bring_axe(page: Page) -> None:
    """Into this page, and by itself into the next ones of the window; the CSP stays in force."""
    page.context.add_init_script(SOURCE)
    page.evaluate(SOURCE)


def _resize(page: Page, size: ViewportSize) -> None:
    if page.viewport_size != size:
        page.set_viewport_size(size)
