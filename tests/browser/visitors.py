"""One person before the portal: a window, its width and theme, and what the browser says of it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    StorageState,
    expect,
)

PHONE, DESK = 390, 1280
HEIGHTS = {PHONE: 844, DESK: 860}
REFUSAL = re.compile("(?:status of|Status Error Code) 4[0-9][0-9]")
Theme = Literal["light", "dark"]
PATIENCE = 45_000
"""Milliseconds: a busy machine is slow, and nobody waits that long for what works."""
expect.set_options(timeout=PATIENCE)


@dataclass
class Visitor:
    """A person with a window of her own: cookies, width and theme shared with nobody."""

    context: BrowserContext
    page: Page
    url: str
    folder: Path
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def arriving(
        cls,
        browser: Browser,
        url: str,
        folder: Path,
        *,
        width: int = PHONE,
        theme: Theme = "light",
        javascript: bool = True,
        session: StorageState | None = None,
    ) -> Visitor:
        """`complaints` gathers what the console says and every request to another host."""
        context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": HEIGHTS[width]},
            has_touch=width == PHONE,
            color_scheme=theme,
            java_script_enabled=javascript,
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
            storage_state=session,
        )
        context.set_default_timeout(PATIENCE)
        visitor = cls(context, context.new_page(), url, folder)
        context.on("console", visitor._hear)
        context.on("weberror", lambda error: visitor.complaints.append(str(error.error)))
        context.on("request", visitor._watch)
        return visitor

    def log_in(self, account: str) -> None:
        """By the demonstration's one click; `account` is its name on the log-in page."""
        self.page.goto("/compte/login/")
        self.page.locator(f'button[name="account"][value="{account}"]').click()
        if self.page.url.endswith("/mes-cpts/"):
            self.page.get_by_role("link", name="CPTS Artois Lys").click()
        self.page.wait_for_url("**/artois-lys/**")

    def leave(self) -> list[str]:
        self.context.close()
        return self.complaints

    def shoot(self, name: str) -> None:
        """Keep a picture of the window, in the folder SCREENS if it is named, for the README.

        Hiding the caret would leave inline styles behind, which the CSP refuses.
        """
        folder = Path(os.environ.get("SCREENS") or self.folder)
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        self.page.screenshot(path=folder / f"{name}-{width}.png", caret="initial")

    def _hear(self, message: ConsoleMessage) -> None:
        """Errors and warnings; a polite 4xx is a page of ours, not a complaint."""
        is_refusal = REFUSAL.search(message.text) is not None
        if message.type in ("error", "warning") and not is_refusal:
            self.complaints.append(f"{message.location.get('url')} {message.text}")

    def _watch(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in (urlsplit(self.url).netloc, ""):
            self.complaints.append(f"request to {request.url}")
