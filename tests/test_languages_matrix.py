"""Every page and message of the members and of the board, and every refusal, in both languages.

The pages, and who may see them, are those of the signed table of accesses.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cpts_portal.catalogue import compile_catalogues
from cpts_portal.core import outbox
from members.models import Cpts, Membership
from tests.core.test_languages import assert_speaks, foreign_words
from tests.factories import (
    AdFactory,
    CollegeFactory,
    DelegationFactory,
    FactorResetFactory,
    MeetingFactory,
    PracticeFactory,
)
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


NEWS = sorted(
    folder.relative_to(Path(portal.BASE_DIR, "templates")).as_posix()
    for app in ("members", "board")
    for folder in Path(portal.BASE_DIR, "templates", app, "notifications").iterdir()
    if folder.is_dir()
)
SAID = ("is_delegate", "is_member", "is_first", "is_over", "is_lapsed", "has_account")


@pytest.fixture
def told(cpts: Cpts, coordinator: Membership, gp: Membership) -> dict[str, Any]:
    """All that the messages of the members speak of."""
    ad = AdFactory(author=gp)
    days = ("ends_on", "good_until", "kept_until", "closes_at", "expires_at", "ratified_on")
    return {
        **dict.fromkeys(days, timezone.now()),
        "ad": ad,
        "ads": [ad],
        "member": gp,
        "newcomer": gp,
        "author": coordinator,
        "total": 2,
        "meeting": MeetingFactory(cpts=cpts, created_by=coordinator),
        "delegation": DelegationFactory(principal=gp),
        "reset": FactorResetFactory(membership=gp, opened_by=coordinator),
        "college": CollegeFactory(cpts=cpts),
        "practice": PracticeFactory(cpts=cpts),
        "counts": {"survey": 2, "referral": 1, "meeting": 3, "ad": 1, "due": True},
        "url": "https://portail.example/x",
        "words": "Hello",
        "reference": "2026-0418",
    }


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("template", NEWS)
def test_message_speaks_one_language(
    told: dict[str, Any], coordinator: Membership, template: str, language: str
) -> None:
    for number, said in enumerate(product((True, False), repeat=len(SAID))):
        with transaction.atomic():
            message = outbox.post(
                channel="email",
                recipient="odile@courriel.example",
                purpose="tests.note",
                occurrence=str(number),
                template=template,
                context={**told, **dict(zip(SAID, said, strict=True))},
                subject=coordinator,
                language=language,
            )
        assert message
        read = without_the_written(f"{message.title}\n{message.body}")
        assert foreign_words(read, language) == []
