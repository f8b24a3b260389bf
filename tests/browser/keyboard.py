"""A page used without a mouse: Tab to what one wants, then type, tick or press."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

FARTHEST = 80
IS_FOCUSED = "element => element === document.activeElement"


def tab_to(page: Page, wanted: Locator) -> None:
    """From where one is, forward; a radio group is one stop, so its chosen one stands for it."""
    wanted.wait_for()
    for _ in range(FARTHEST):
        page.keyboard.press("Tab")
        if wanted.evaluate(IS_FOCUSED):
            return
    raise AssertionError(f"Tab ne mène pas à {wanted}")


def type_into(page: Page, label: str, words: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(words)


def tick(page: Page, wanted: Locator) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Space")


def press(page: Page, wanted: Locator) -> None:
    """Enter on a link or a button, then the page that answers."""
    tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")
