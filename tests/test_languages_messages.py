"""Every message but those of the patients, in both languages."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.db import transaction
from django.utils import timezone

from cpts_portal.catalogue import compile_catalogues
from cpts_portal.core import outbox
from cpts_portal.core.sms import segments
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
from tests.prevention.makers import OrderLineFactory, ShiftFactory
from tests.reading import without_the_written

pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    compile_catalogues()


NEWS = sorted(
    folder.relative_to(Path(portal.BASE_DIR, "templates")).as_posix()
    for app in ("members", "board", "unscheduled_care", "prevention")
    for folder in Path(portal.BASE_DIR, "templates", app, "notifications").iterdir()
    if folder.is_dir()
)
INCLUDED = re.compile(r'{% include "([^"]+)" %}')
SAID = (
    *("is_delegate", "is_member", "is_first", "is_over", "is_lapsed", "has_account"),
    *("visit_at", "where", "place_phone", "is_accessible", "is_at_home"),
    *("practice", "unsubscribe_url", "is_test"),
)
"""What a message may be told of, or not: each of its sentences is read."""

SMS_PARTS_AT_MOST = 2


@pytest.fixture
def told(cpts: Cpts, coordinator: Membership, gp: Membership) -> dict[str, Any]:
    """All that the messages speak of."""
    ad = AdFactory(author=gp)
    days = (
        *("ends_on", "good_until", "kept_until", "closes_at", "expires_at", "ratified_on"),
        *("starts_at", "deadline", "visit_at", "due_at"),
    )
    shift = ShiftFactory(session__campaign__cpts=cpts)
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
        "where": "12 grand-place, Laventie",
        "place_phone": "+33353010203",
        "shift": shift,
        "shifts": [shift],
        "session": shift.session,
        "person": gp,
        "lines": [OrderLineFactory(order__asked_by=gp)],
        "title": "Octobre rose",
        "text": "Hello",
        "place": "Salle des fêtes",
        "people": 3,
        "rank": 2,
    }


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("template", NEWS)
def test_message_speaks_one_language(
    told: dict[str, Any], coordinator: Membership, template: str, language: str
) -> None:
    asked = [name for name in SAID if name in written(template)]
    for number, said in enumerate(product((True, False), repeat=len(asked))):
        heard = zip(asked, said, strict=True)
        known = {name: told.get(name, True) if is_said else "" for name, is_said in heard}
        for channel, recipient in ways(template):
            with transaction.atomic():
                message = outbox.post(
                    channel=channel,
                    recipient=recipient,
                    purpose="tests.note",
                    occurrence=str(number),
                    template=template,
                    context={**told, **known},
                    subject=coordinator,
                    language=language,
                )
            assert message
            read = without_the_written(f"{message.title}\n{message.body}")
            assert foreign_words(read, language) == []
            assert channel == "email" or segments(message.body) <= SMS_PARTS_AT_MOST


def ways(template: str) -> list[tuple[str, str]]:
    """How it goes out: by e-mail, and by SMS when it has words for it."""
    by_email = [("email", "odile@courriel.example")]
    has_sms = Path(portal.BASE_DIR, "templates", template, "sms.txt").exists()
    return [*by_email, ("sms", "+33639981234")] if has_sms else by_email


def written(template: str) -> str:
    """The source of a message's parts, and of what they include."""
    templates = Path(portal.BASE_DIR, "templates")
    source = "".join(part.read_text(encoding="utf-8") for part in (templates / template).iterdir())
    included = sorted(set(INCLUDED.findall(source)))
    assert source.count("{% include") == len(INCLUDED.findall(source))
    return source + "".join((templates / one).read_text(encoding="utf-8") for one in included)
