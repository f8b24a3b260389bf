"""What axe-core finds wrong with a page, in one line a finding."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.visitors import DESK, HEIGHTS, PHONE, Theme

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUICK = {"resultTypes": ["violations"], "preload": False}
EVERYTHING = QUICK | {"runOnly": {"type": "tag", "values": RULES}}
LONG = 3000
BEYOND = "document.scrollingElement.scrollWidth - window.innerWidth"
COLOURS = QUICK | {"runOnly": ["color-contrast"]}
BUT_COLOURS = EVERYTHING | {"rules": {"color-contrast": {"enabled": False}}}
Look = tuple[Theme, dict[str, Any]]
AT_HOME: tuple[Look, ...] = (("dark", COLOURS), ("light", EVERYTHING))
ELSEWHERE: tuple[Look, ...] = (("light", BUT_COLOURS),)


def inject(page: Page) -> None:
    """Once per page loaded; the portal's CSP stays in force."""
    page.evaluate(Axe().axe_script)


def findings(page: Page, options: dict[str, Any] = EVERYTHING) -> list[str]:
    """`rule: element — what axe says`, for each violation of the page as it stands."""
    violations = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"{violation['id']}: {', '.join(map(str, node['target']))} — "
        + " ".join(node["failureSummary"].split())
        for violation in violations
        for node in violation["nodes"]
    ]


def faults(page: Page, home: int = PHONE) -> list[str]:
    """Everything, both themes' colours too, at the width the page is made for; at the other one
    everything but colours, which take most of the time and are the same.

    The phone is a very long one: on a real one the bar of actions hides what one scrolls to.
    """
    inject(page)
    found_here = []
    for width, height in ((PHONE, LONG), (DESK, HEIGHTS[DESK])):
        page.set_viewport_size({"width": width, "height": height})
        for theme, rules in AT_HOME if width == home else ELSEWHERE:
            page.emulate_media(color_scheme=theme)
            found_here += [f"{width} {theme} {found}" for found in findings(page, rules)]
        beyond = page.evaluate(BEYOND)
        found_here += [f"{width}: {beyond} px beyond the edge"] if beyond > 0 else []
    page.set_viewport_size({"width": PHONE, "height": HEIGHTS[PHONE]})
    return found_here
