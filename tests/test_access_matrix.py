"""The signed table of who gets what: every URL name, each kind of visitor, one status.

A URL that is missing from the table fails, and so does a line whose URL is gone. `other_cpts` is a
coordinator of another CPTS; the professional is the GP to whom the referral is addressed. Everyone
has a second factor, as in production. A POST carries nothing: 302, 400, 409 or 422 all mean that
the door is open and the form, or the state of things, is what stops. The pages that come are read:
no word of English stands in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.scoping import open_scope
from members.models import Cpts, Membership, Role, Suggestion, Survey
from members.queries.applications import token_hash, token_of
from patients import notifications
from tests.access_table import PUBLIC, TABLE
from tests.factories import (
    AdMessageFactory,
    ApplicationFactory,
    CollegeFactory,
    CptsFactory,
    DelegationFactory,
    DocumentFactory,
    FactorResetFactory,
    GpFactory,
    GPRequestFactory,
    ImportRowFactory,
    InstallationAidFactory,
    IntakeFactory,
    InvitedFactory,
    MandateFactory,
    MeetingFactory,
    MembershipFactory,
    MissionFactory,
    PracticeMemberFactory,
    ReferralFactory,
    RppsDifferenceFactory,
    SubscriptionFactory,
    WelcomeFactory,
    WelcomeStepFactory,
)
from tests.members.rows import ROWS as ROWS_OF
from tests.prevention.makers import prevention_arguments
from tests.reading import assert_page_speaks, is_read
from tests.unscheduled_care.makers import (
    AbsenceFactory,
    AvailabilityFactory,
    CareNeedFactory,
    ClaimFactory,
    HoldFactory,
    SasDeskFactory,
    SlotFactory,
    WaitingEntryFactory,
)
from unscheduled_care.actions.steps import token_hash as link_hash

pytestmark = pytest.mark.django_db

VISITORS = "anonymous other_cpts professional secretary coordinator board partner funder".split()

Row = tuple[str, str, tuple[int, ...]]
ROWS: list[Row] = [
    (method, name, tuple(map(int, statuses)))
    for method, name, *statuses in (line.split() for line in TABLE.strip().splitlines())
]


@dataclass(frozen=True)
class Address:
    view: Any
    captures: tuple[str, ...]


def addresses(resolver: Any = None, space: str = "", held: tuple[str, ...] = ()) -> Iterator[Any]:
    """(name, Address) of each named URL, with the captures of the parts that lead to it."""
    for pattern in (resolver or get_resolver()).url_patterns:
        captures = (*held, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern, inner, captures)
        elif pattern.name:
            yield f"{space}{pattern.name}", Address(pattern.callback, captures)


ADDRESSES: dict[str, Address] = dict(addresses())


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """One CPTS with a request, a referral and a visitor of each kind; rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        cpts = CptsFactory(slug="artois-lys")
        with open_scope(cpts=cpts):
            browser = Client(raise_request_exception=False)
            world = {"browser": browser, "sessions": sessions(cpts), "arguments": arguments(cpts)}
            connection.check_constraints()  # now, or each test does it again as it ends
            yield world
        transaction.set_rollback(True)


def sessions(cpts: Cpts) -> dict[str, dict[str, str]]:
    """The cookies of a visitor of each kind, logged in, who has seen a page already."""
    places = {
        role.value: (GpFactory if role == Role.PROFESSIONAL else MembershipFactory)(
            cpts=cpts, role=role
        )
        for role in Role
    }
    places["other_cpts"] = MembershipFactory(cpts=CptsFactory())
    found: dict[str, dict[str, str]] = {"anonymous": {}}
    for visitor, place in places.items():
        TOTP.activate(place.user, generate_totp_secret())
        client = Client()
        client.force_login(place.user)
        client.get(reverse("legal"))
        found[visitor] = {settings.SESSION_COOKIE_NAME: client.session.session_key or ""}
    return found


def arguments(cpts: Cpts) -> dict[str, Any]:
    """What the URLs' captures stand for; `pk` is that of the referral."""
    gp = Membership.objects.get(role=Role.PROFESSIONAL)
    coordinator = Membership.objects.get(role=Role.COORDINATOR)
    IntakeFactory(membership=gp)
    request = GPRequestFactory(cpts=cpts, status="referred", reference="2026-0418")
    referral = ReferralFactory(request=request, gp=gp)
    mandate = MandateFactory(membership=gp)
    begun = timezone.now() - timedelta(minutes=10)
    meeting = MeetingFactory(cpts=cpts, created_by=coordinator, starts_at=begun)
    answer = AdMessageFactory(ad__author=gp)
    token = notifications.open_link(request)
    return {
        "cpts": cpts.slug,
        "reference": request.reference,
        "pk": referral.pk,
        **booked(gp, token),
        "delegation": DelegationFactory(principal=gp).pk,
        "reset": FactorResetFactory(membership=gp, opened_by=coordinator).pk,
        "member": InvitedFactory(cpts=cpts, role=Role.FUNDER).pk,
        "group": mandate.group_id,
        "mandate": mandate.pk,
        "meeting": meeting.pk,
        "presence": meeting.presence_key,
        "mission": MissionFactory(cpts=cpts).pk,
        "ad": answer.ad_id,
        "correspondent": answer.correspondent_id,
        "welcome": WelcomeFactory(membership=gp).pk,
        "welcome_step": WelcomeStepFactory(cpts=cpts).pk,
        "aid": InstallationAidFactory(cpts=cpts).pk,
        "idea": ROWS_OF[Suggestion](cpts).pk,
        "poll": ROWS_OF[Survey](cpts).pk,
        "person": shown_to_all(gp),
        "practice": PracticeMemberFactory(membership=gp).practice_id,
        "year": SubscriptionFactory(cpts=cpts, membership__role=Role.PARTNER, is_paid=True).pk,
        "college": CollegeFactory(cpts=cpts).pk,
        "sas": SasDeskFactory(cpts=cpts).pk,
        "slot": SlotFactory(professional=gp).pk,
        "availability": AvailabilityFactory(professional=gp).pk,
        "absence": AbsenceFactory(membership=gp).pk,
        "hold": kept(gp),
        **wanting(coordinator, token),
        **prevention_arguments(gp, coordinator, token),
        **applying(cpts),
        **importing(cpts, coordinator),
        "slug": "pour-qui",
        "key": "x-y",
        "uidb36": "1",
        "object_id": "1",
        "content_type_id": "1",
        "app_label": "members",
    }


def booked(gp: Membership, token: str) -> dict[str, Any]:
    """A claim of one of the GP's slots; one token opens the patient's request and appointment."""
    claim = ClaimFactory(
        slot__professional=gp,
        slot__starts_at=timezone.now() + timedelta(days=1),
        contact__link_hash=link_hash(token),
    )
    return {"token": token, "claim": claim.pk}


def kept(gp: Membership) -> int:
    """A hold that lasts as long as the whole table, however slow the machine."""
    until = timezone.now() + timedelta(hours=3)
    slot = SlotFactory(professional=GpFactory(cpts=gp.cpts))
    return HoldFactory(slot=slot, holder=gp, expires_at=until).pk


def wanting(coordinator: Membership, token: str) -> dict[str, Any]:
    """A need that has reached the GP, and somebody in line whose page the token opens too."""
    entry = WaitingEntryFactory(added_by=coordinator, contact__link_hash=keyed_hash(token))
    return {"need": CareNeedFactory(asker=coordinator).pk, "entry": entry.pk}


def applying(cpts: Cpts) -> dict[str, Any]:
    """A charter in force, with its PDF, and a candidate who waits."""
    charter = DocumentFactory(cpts=cpts, file=b"%PDF-", file_name="charte.pdf")
    waiting = ApplicationFactory(cpts=cpts)
    candidate = token_of(waiting)
    waiting.token_hash = token_hash(candidate)
    waiting.save(update_fields=["token_hash"])
    return {
        "application": waiting.pk,
        "candidate": candidate,
        "document": charter.pk,
        "place": 1,
        "step": "vous",
        "text": "charte",
    }


def importing(cpts: Cpts, coordinator: Membership) -> dict[str, Any]:
    """A file that was read, one of its lines, and a difference with the register."""
    row = ImportRowFactory(batch__cpts=cpts, batch__created_by=coordinator)
    difference = RppsDifferenceFactory(membership=coordinator)
    return {"batch": row.batch_id, "line": row.pk, "difference": difference.pk}


def shown_to_all(member: Membership) -> int:
    """The member, once in the public directory."""
    member.public_fields = [Membership.PublicField.IDENTITY]
    member.save(update_fields=["public_fields"])
    return member.pk


@pytest.fixture
def production(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED, settings.DEMO = True, False


@pytest.mark.parametrize(("method", "name", "statuses"), ROWS, ids=[f"{m} {n}" for m, n, _ in ROWS])
def test_access(
    world: dict[str, Any], production: None, method: str, name: str, statuses: tuple[int, ...]
) -> None:
    captures = {capture: world["arguments"][capture] for capture in ADDRESSES[name].captures}
    asked, browser = reverse(name, kwargs=captures), world["browser"]

    given = []
    for visitor in VISITORS:
        with transaction.atomic():
            browser.cookies.clear()
            browser.cookies.load(world["sessions"][visitor])
            response = browser.generic(method, asked)
            transaction.set_rollback(True)
        given.append(response.status_code)
        if is_read(name):
            assert_page_speaks(response, "fr")

    assert dict(zip(VISITORS, given, strict=True)) == dict(zip(VISITORS, statuses, strict=True))


def test_every_url_stands_in_the_table_and_every_line_is_a_url() -> None:
    assert sorted({name for _method, name, _statuses in ROWS}) == sorted(ADDRESSES)


def test_public_views_are_these_and_no_others() -> None:
    public = [
        name
        for name, address in ADDRESSES.items()
        if not getattr(address.view, "login_required", True)
    ]

    assert sorted(public) == sorted(PUBLIC.split())
