"""Every message of the members and of the board, in both languages."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.db import transaction
from django.utils import timezone

from cpts_portal.catalogue import compile_catalogues
from cpts_portal.core import outbox
from members.models import Cpts, Membership
from tests.core.test_languages import foreign_words
from tests.factories import (
    AdFactory,
    CollegeFactory,
    DelegationFactory,
    FactorResetFactory,
    MeetingFactory,
    PracticeFactory,
)
from tests.reading import without_the_written

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    compile_catalogues()


NEWS = sorted(
    folder.relative_to(Path(portal.BASE_DIR, "templates")).as_posix()
    for app in ("members", "board")
    for folder in Path(portal.BASE_DIR, "templates", app, "notifications").iterdir()
    if folder.is_dir()
)
FOOT = "members/notifications/foot.txt"
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
    asked = [name for name in SAID if name in written(template)]
    for number, said in enumerate(product((True, False), repeat=len(asked))):
        with transaction.atomic():
            message = outbox.post(
                channel="email",
                recipient="odile@courriel.example",
                purpose="tests.note",
                occurrence=str(number),
                template=template,
                context={**told, **dict(zip(asked, said, strict=True))},
                subject=coordinator,
                language=language,
            )
        assert message
        read = without_the_written(f"{message.title}\n{message.body}")
        assert foreign_words(read, language) == []


def written(template: str) -> str:
    """The source of a message's parts and of the foot, which is all that they may include."""
    templates = Path(portal.BASE_DIR, "templates")
    parts = [*(templates / template).iterdir(), templates / FOOT]
    source = "".join(part.read_text(encoding="utf-8") for part in parts)
    assert source.count("{% include") == source.count(f'{{% include "{FOOT}" %}}')
    return source
