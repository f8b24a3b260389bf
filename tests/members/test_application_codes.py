"""The code that hands an application in: once, in time, whoever clicks twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.scoping import open_scope
from members.models import Application, College, Cpts
from members.queries.applications import token_of
from tests.factories import ApplicationFactory, CollegeFactory, CptsFactory, GpFactory
from tests.members import application_path as path

pytestmark = pytest.mark.django_db


@pytest.fixture
def college(cpts: Cpts) -> College:
    path.settle(cpts)
    return CollegeFactory(cpts=cpts)


@pytest.fixture
def applying(client: Client, college: College) -> Client:
    """A browser whose form is whole."""
    path.fill(client, college)
    return client


def enter(client: Client, cpts: Cpts, code: str) -> Any:
    return client.post(path.url(cpts, "code"), {"code": code})


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def codes_sent() -> int:
    return Message.objects.filter(purpose="members.application_code").count()


def test_a_wrong_code_says_how_many_tries_are_left_and_five_end_it(
    applying: Client, cpts: Cpts
) -> None:
    code = path.ask_code(applying, cpts)

    said = [
        enter(applying, cpts, wrong(code)).context["form"].errors["code"][0] for _try in range(6)
    ]

    assert said[0] == "Ce code n’est pas le bon. Il vous reste 4 essais."
    assert said[5] == "Trop d’essais avec ce code\u00a0: demandez-en un nouveau."
    assert enter(applying, cpts, code).status_code == 422
    assert Application.objects.get().status == "draft"


def test_a_code_is_good_for_a_quarter_of_an_hour(applying: Client, cpts: Cpts) -> None:
    code = path.ask_code(applying, cpts)
    Application.objects.update(code_expires_at=timezone.now() - timedelta(seconds=1))

    answer = enter(applying, cpts, code)

    assert answer.context["form"].errors["code"] == [
        "Ce code a plus de 15 minutes\u00a0: demandez-en un nouveau."
    ]


def test_asked_twice_at_once_the_code_leaves_once(applying: Client, cpts: Cpts) -> None:
    for _click in range(2):
        applying.post(path.url(cpts, "check"))

    assert codes_sent() == 1


def test_after_five_codes_one_is_asked_to_call(applying: Client, cpts: Cpts) -> None:
    Application.objects.update(codes_sent=5)

    answer = applying.post(path.url(cpts, "check"))

    assert (answer.status_code, codes_sent()) == (409, 0)


def test_an_answer_changed_voids_the_code_and_the_same_answer_does_not(
    applying: Client, cpts: Cpts, college: College
) -> None:
    contact = path.answers(college)["coordonnees"]
    path.ask_code(applying, cpts)
    applying.post(path.url(cpts, "step", "coordonnees"), contact)
    kept = Application.objects.get().code_hash

    applying.post(path.url(cpts, "step", "coordonnees"), {**contact, "email": "a@b.example"})

    assert (kept != "", Application.objects.get().code_hash) == (True, "")
    assert applying.get(path.url(cpts, "code")).url == path.url(cpts, "check")


def test_the_same_code_again_leads_to_the_same_answer(applying: Client, cpts: Cpts) -> None:
    code = path.ask_code(applying, cpts)

    answers = [enter(applying, cpts, code).url for _click in range(2)]

    assert answers == [path.url(cpts, "sent")] * 2
    assert AuditEntry.objects.filter(verb="submit").count() == 1
    assert enter(applying, cpts, wrong(code)).status_code == 409


def test_once_handed_in_the_pages_lead_to_the_confirmation_and_change_nothing(
    applying: Client, cpts: Cpts, college: College
) -> None:
    path.submit(applying, cpts)
    changed = {**path.answers(college)["vous"], "last_name": "Autre"}

    back = applying.get(path.url(cpts, "step", "vous"))
    replay = applying.post(path.url(cpts, "step", "vous"), changed)

    found = Application.objects.get()
    assert (back.url, replay.status_code) == (path.url(cpts, "sent"), 409)
    assert (found.last_name, found.status) == ("D’Hœdt", "submitted")


def test_the_confirmation_shows_the_reference_and_the_private_link(
    applying: Client, cpts: Cpts
) -> None:
    path.submit(applying, cpts)
    found = Application.objects.get()

    page = applying.get(path.url(cpts, "sent"))
    Application.objects.update(submitted_at=timezone.now() - timedelta(hours=2))
    later = applying.get(path.url(cpts, "sent"))

    assert found.reference in page.text
    assert page.context["private_url"].endswith(f"/ma-candidature/{token_of(found)}/")
    assert later.url == path.url(cpts, "step", "vous")


def test_the_same_person_again_gets_the_link_of_the_one_that_waits(
    applying: Client, cpts: Cpts
) -> None:
    waiting = ApplicationFactory(cpts=cpts, email=path.EMAIL.upper())

    path.submit(applying, cpts)

    assert list(Application.objects.all()) == [waiting]
    [told] = Message.objects.filter(purpose="members.application_known")
    assert f"/ma-candidature/{token_of(waiting)}/" in told.body
    assert applying.get(path.url(cpts, "sent")).context["application"] == waiting


def test_an_rpps_taken_before_the_code_is_refused_politely(applying: Client, cpts: Cpts) -> None:
    code = path.ask_code(applying, cpts)
    GpFactory(cpts=cpts, rpps=path.RPPS)

    answer = enter(applying, cpts, code)

    assert (answer.status_code, Application.objects.get().status) == (409, "draft")


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread of its own, all let go at the same instant."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait(timeout=10)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(timeout=30) for future in [pool.submit(run, w) for w in works]]


@pytest.mark.django_db(transaction=True)
def test_a_code_sent_twice_at_once_hands_in_once() -> None:
    cpts = CptsFactory()
    with open_scope(cpts=cpts):
        path.settle(cpts)
        first, second = Client(), Client()
        path.fill(first, CollegeFactory(cpts=cpts))
        code = path.ask_code(first, cpts)
        second.cookies = first.cookies.copy()

        given = at_once(lambda: enter(first, cpts, code).url, lambda: enter(second, cpts, code).url)

        assert given == [path.url(cpts, "sent")] * 2
        assert AuditEntry.objects.filter(verb="submit").count() == 1
        assert Message.objects.filter(purpose="members.application_received").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_browsers_of_one_person_hand_in_one_application() -> None:
    cpts = CptsFactory()
    with open_scope(cpts=cpts):
        path.settle(cpts)
        college = CollegeFactory(cpts=cpts)
        browsers = [Client(), Client()]
        codes = []
        for browser in browsers:
            path.fill(browser, college)
            codes.append(path.ask_code(browser, cpts))

        given = at_once(
            *(
                lambda browser=browser, code=code: enter(browser, cpts, code).status_code
                for browser, code in zip(browsers, codes, strict=True)
            )
        )

        assert given in ([302, 302], [302, 409], [409, 302])
        assert Application.objects.filter(status="submitted").count() == 1
