"""What axe-core finds wrong with a page, in one line a finding."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUICK = {"resultTypes": ["violations"], "preload": False}
EVERYTHING = QUICK | {"runOnly": {"type": "tag", "values": RULES}}
COLOURS = QUICK | {"runOnly": ["color-contrast"]}


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
