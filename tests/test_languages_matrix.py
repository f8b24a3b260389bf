"""Every page of the members and of the board, and every refusal of a form, in both languages.

The pages, and who may see them, are those of the signed table of accesses.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from cpts_portal.catalogue import compile_catalogues
from tests.core.test_languages import assert_speaks
from tests.test_access_matrix import ADDRESSES, ROWS, VISITORS, Row, world

pytestmark = pytest.mark.django_db

__all__ = ["world"]

WRITTEN = (
    *("Remplacement", "à Laventie", "Deux semaines au cabinet", "Un café", "Oui</textarea>"),
    *("Cabinet de la Lys", "Pharmacie du Pont", "place du Marché", "Salle des fêtes"),
    *("Charte des membres", "Nous travaillons ensemble", "Pour qui s’installe en zone tendue"),
)
"""What the factories write as members do, seen where no `lang` can stand: titles, fields."""

SHOWN = frozenset({200, 422})
FILES = ("directory_card", "directory_cards", "directory_pdf")


def is_shown(row: Row) -> bool:
    _method, name, statuses = row
    is_ours = name.startswith(("members:", "board:")) and not name.endswith(FILES)
    return is_ours and not SHOWN.isdisjoint(statuses)


PAGES = [row for row in ROWS if is_shown(row)]


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    compile_catalogues()


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("method", "name", "statuses"), PAGES, ids=[f"{m} {n}" for m, n, _ in PAGES]
)
def test_page_speaks_one_language(
    world: dict[str, Any], method: str, name: str, statuses: tuple[int, ...], language: str
) -> None:
    captures = {capture: world["arguments"][capture] for capture in ADDRESSES[name].captures}
    asked, browser = reverse(name, kwargs=captures), world["browser"]
    readers = [who for who, given in zip(VISITORS, statuses, strict=True) if given in SHOWN]

    for visitor in readers:
        with transaction.atomic():
            browser.cookies.clear()
            browser.cookies.load(world["sessions"][visitor])
            page = browser.generic(method, asked, headers={"accept-language": language})
            transaction.set_rollback(True)
        if page.headers["Content-Type"].startswith("text/html"):
            assert_speaks(without_the_written(page.text), language)


def without_the_written(html: str) -> str:
    for words in WRITTEN:
        html = html.replace(words, "")
    return html
