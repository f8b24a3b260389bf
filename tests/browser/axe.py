"""What axe-core finds wrong with a page, in one line a finding.

Every page is looked at at both widths and in both themes. Two things keep that cheap: axe is
compiled with each page by the browser itself, and text whose colours have been approved, on the
same backgrounds, at the same size, is not judged again.
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
JUDGED: set[str] = set()
"""The colours without fault so far, on any page: the text, its size, the backgrounds behind it."""


class Verdict(TypedDict):
    faults: list[str]
    judged: list[str]


def faults(page: Page) -> list[str]:
    """All rules at both widths, colours in both themes at each; the window is left as it was.

    The phone is a very long one: on a real one the bar of actions hides what one scrolls to.
    """
    _bring_axe(page)
    before = page.viewport_size or SIZES[0]
    here, there = sorted(SIZES, key=lambda size: size["width"] != before["width"])
    found = [*_look(page, here, "light", "dark"), *_look(page, there, "dark", "light")]
    _resize(page, before)
    return found


def _bring_axe(page: Page) -> None:
    """Into this page, and by itself into the next ones of the window; the CSP stays in force."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.context.add_init_script(SOURCE)
        page.evaluate(SOURCE)


def _look(page: Page, size: ViewportSize, now: Theme, then: Theme) -> list[str]:
    """At one width: what does not depend on colours once, the colours in each theme."""
    _resize(page, size)
    found = [*page.evaluate("look.atAll", BUT_COLOURS), *_colours(page, now)]
    page.emulate_media(color_scheme=then)
    found += _colours(page, then)
    return [f"{size['width']} {fault}" for fault in found]


def _resize(page: Page, size: ViewportSize) -> None:
    if page.viewport_size != size:
        page.set_viewport_size(size)


def _colours(page: Page, theme: Theme) -> list[str]:
    """Of the text whose colours nobody has judged yet."""
    verdict: Verdict = page.evaluate("look.atColours", [COLOURS, " ".join(JUDGED)])
    JUDGED.update(verdict["judged"])
    return [f"{theme} {fault}" for fault in verdict["faults"]]
