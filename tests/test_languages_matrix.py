"""Every page of the members and of the board, and every refusal of a form, in English.

The pages, and who may see them, are those of the signed table of accesses, which reads them in
French: see tests/test_access_matrix.py. What runs here ran there, hence is not counted twice.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from cpts_portal.catalogue import compile_catalogues
from tests.reading import SHOWN, assert_page_speaks, is_read
from tests.test_access_matrix import ADDRESSES, ROWS, VISITORS, world

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]

__all__ = ["world"]

PAGES = [row for row in ROWS if is_read(row[1]) and not SHOWN.isdisjoint(row[2])]


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    compile_catalogues()


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.mark.parametrize(
    ("method", "name", "statuses"), PAGES, ids=[f"{m} {n}" for m, n, _ in PAGES]
)
def test_page_speaks_english(
    world: dict[str, Any], method: str, name: str, statuses: tuple[int, ...]
) -> None:
    captures = {capture: world["arguments"][capture] for capture in ADDRESSES[name].captures}
    asked, browser = reverse(name, kwargs=captures), world["browser"]
    readers = [who for who, given in zip(VISITORS, statuses, strict=True) if given in SHOWN]

    for visitor in readers:
        with transaction.atomic():
            browser.cookies.clear()
            browser.cookies.load(world["sessions"][visitor])
            page = browser.generic(method, asked, headers={"accept-language": "en"})
            transaction.set_rollback(True)
        assert page.status_code in SHOWN
        assert_page_speaks(page, "en")
