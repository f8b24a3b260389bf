"""Two hundred people, twenty seats, the real web server: twenty seats, and a line in order."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core import signing
from django.db import connection
from django.urls import reverse

from cpts_portal import demo
from cpts_portal.core import codes
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.scoping import open_scope
from members.models import Cpts
from prevention.actions import drafts
from prevention.actions import registrations as actions
from prevention.models import Registration, RegistrationDraft, Session
from prevention.views.registrations import COOKIE, COOKIE_SALT
from tests.factories import CptsFactory
from tests.members.threads import at_once
from tests.prevention.makers import SessionFactory
from tests.prevention.seats import arrive, fresh, herself, run_out, statuses, words
from tests.unscheduled_care.site import Post, send_all, site_running

pytestmark = pytest.mark.django_db(transaction=True)

SEATS, PEOPLE, CROWD = 20, 200, 50
DEAD_BROKER = "redis://127.0.0.1:1/0"


@pytest.fixture
def cpts() -> Iterator[Cpts]:
    cpts = CptsFactory(slug="artois-lys")
    with open_scope(cpts=cpts):
        yield cpts


@pytest.fixture(scope="module")
def port(django_db_setup: None, tmp_path_factory: Any) -> Iterator[int]:
    """The web server on the database of these tests, behind a proxy that tells who calls.

    As in production, without DEBUG: an error is what people would get.
    """
    before, _, options = os.environ["DATABASE_URL"].partition("?")
    address = before.rpartition("/")[0] + "/" + str(connection.settings_dict["NAME"])
    folder = tmp_path_factory.mktemp("site")
    env = {
        "DATABASE_URL": f"{address}?{options}" if options else address,
        "REDIS_URL": DEAD_BROKER,
        "STATIC_ROOT": str(folder / "static"),
        "DEMO_OUTBOX_DIR": str(folder),
        "DEBUG": "0",
        "TRUSTED_PROXY_COUNT": "1",
    }
    hosts = {"ALLOWED_HOSTS": "localhost"}
    demo._manage(os.environ | env | hosts, ["collectstatic", "--noinput", "--verbosity", "0"])
    with site_running(folder, **env) as port:
        yield port


def about_to_confirm(session: Session, number: int) -> Post:
    """Somebody who has filled the form, with her code in hand, from an address of her own."""
    draft = drafts.save(session, words(number), key=uuid4())
    code = codes.renew(draft)
    draft.save()
    signed = signing.get_cookie_signer(salt=COOKIE + COOKIE_SALT).sign(str(draft.pk))
    return Post(
        reverse("prevention:registration_code", args=["artois-lys", session.pk]),
        form={"code": code},
        cookies={COOKIE: signed},
        headers={"X-Forwarded-For": f"192.0.2.{number}"},
    )


@pytest.mark.processes
def test_200_who_want_20_seats_get_20_and_180_ranks_in_order(port, cpts):
    session = SessionFactory(campaign__cpts=cpts, capacity=SEATS)
    posts = [about_to_confirm(session, number) for number in range(1, PEOPLE + 1)]

    answers = send_all(port, posts, people=CROWD)

    rows = list(Registration.objects.order_by("number"))
    done = reverse("prevention:registration_done", args=["artois-lys", session.pk])
    assert Counter(answers) == {type(answers[0])(302, done): PEOPLE}
    assert [row.number for row in rows] == list(range(1, PEOPLE + 1))
    assert [row.status for row in rows] == ["confirmed"] * SEATS + ["waiting"] * (PEOPLE - SEATS)
    assert rows == sorted(rows, key=lambda row: row.registered_at)
    assert Session.objects.get().taken == SEATS
    assert RegistrationDraft.objects.filter(registration=None).count() == 0
    assert AuditEntry.objects.filter(verb="register").count() == PEOPLE
    assert messages() == {"registration_confirmed": SEATS, "registration_waiting": PEOPLE - SEATS}


def messages() -> dict[str, int]:
    sent = Message.objects.exclude(purpose="prevention.registration_code")
    purposes = sent.values_list("purpose", flat=True)
    return dict(Counter(purpose.removeprefix("prevention.") for purpose in purposes))


@pytest.mark.processes
def test_a_double_click_and_a_second_phone_of_the_same_person_are_one_seat(port, cpts):
    session = SessionFactory(campaign__cpts=cpts, capacity=SEATS)
    clicks = [post for n in range(1, 9) for post in [about_to_confirm(session, n)] * 2]
    again = [about_to_confirm(session, n) for n in range(1, 9)]

    answers = send_all(port, clicks + again, people=24)

    assert Counter(answer.status for answer in answers) == {302: 24}
    assert statuses(session) == ["confirmed"] * 8


# --- Threads -------------------------------------------------------------------------------------
def test_one_freed_seat_is_offered_once_whoever_settles_the_line(cpts):
    session = SessionFactory(campaign__cpts=cpts, capacity=1)
    first, *_line = arrive(session, 4)

    def in_scope(act: Any, *args: Any, **kwargs: Any) -> None:
        with open_scope(cpts=cpts):
            act(*args, **kwargs)

    at_once(
        lambda: in_scope(actions.cancel, first, by=herself(first)),
        lambda: in_scope(actions.settle_line, session),
        lambda: in_scope(actions.settle_line, session),
    )

    assert statuses(session) == ["cancelled", "offered", "waiting", "waiting"]


def test_accepting_on_the_last_second_gives_one_seat_to_one_person(cpts):
    session = SessionFactory(campaign__cpts=cpts, capacity=1)
    first, second, _third = arrive(session, 3)
    actions.cancel(first, by=herself(first))
    run_out(second)

    def try_accepting() -> str:
        with open_scope(cpts=cpts):
            try:
                return str(actions.accept(second, by=herself(second)).status)
            except actions.Refused:
                return "refused"

    told = at_once(try_accepting, try_accepting)

    assert told == ["refused", "refused"]
    assert statuses(session) == ["cancelled", "late", "offered"]
    assert fresh(second).ended_at is not None
