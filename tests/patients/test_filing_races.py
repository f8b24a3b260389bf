"""Two clicks, two devices at once: one row, whoever wins."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from cpts_portal.core.models import Commune, Message
from cpts_portal.core.scoping import scopes_disabled
from members.models import Cpts
from patients.actions import filing as actions
from patients.models import GPRequest, Patient, PrivateLink, RequestDraft
from tests.factories import CommuneFactory, CptsCommuneFactory, CptsFactory
from tests.patients import filing_path as path


@pytest.fixture
def town(transactional_db: None) -> Commune:
    commune = CommuneFactory(insee_code="62491", name="Laventie", postal_codes=["62840"])
    CptsCommuneFactory(cpts=CptsFactory(), commune=commune)
    return commune


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


def same_browser(client: Client) -> Client:
    """A second tab: the same cookies."""
    tab = Client()
    tab.cookies = client.cookies.copy()
    return tab


def rows() -> tuple[int, int, int]:
    with scopes_disabled():
        return Patient.objects.count(), GPRequest.objects.count(), PrivateLink.objects.count()


def test_confirmation_clicked_twice_at_once_makes_one_row_and_one_answer(town):
    first = Client()
    path.fill(first)
    path.ask_code(first)
    code = path.last_code()
    tabs = [first, same_browser(first), same_browser(first)]

    answers = at_once(*(lambda tab=tab: path.send_code(tab, code) for tab in tabs))

    assert {answer.url for answer in answers} == {reverse("patients:filing_done")}
    assert rows() == (1, 1, 1)
    assert Message.objects.filter(purpose="patients.request_received").count() == 1


def test_confirmation_from_two_devices_at_once_makes_one_row(town):
    devices, codes = [Client(), Client()], []
    for device in devices:
        path.fill(device)
        path.ask_code(device)
        codes.append(path.last_code())

    at_once(
        lambda: path.send_code(devices[0], codes[0]), lambda: path.send_code(devices[1], codes[1])
    )

    pages = [device.get(reverse("patients:filing_done")) for device in devices]
    assert sorted(page.status_code for page in pages) in ([200, 200], [200, 302])
    assert rows() == (1, 1, 2)
    assert RequestDraft.objects.filter(request__isnull=False).count() == 1


def test_code_tried_many_times_at_once_is_counted_each_time(town):
    client = Client()
    path.fill(client)
    path.ask_code(client)
    wrong = f"{(int(path.last_code()) + 1) % 10**6:06d}"

    at_once(*(lambda: path.send_code(same_browser(client), wrong) for _ in range(4)))

    assert RequestDraft.objects.get().code_attempts == 4


def test_references_given_at_once_are_all_different_and_without_a_gap(town):
    cpts = Cpts.objects.get()

    given = at_once(*(lambda: actions.next_reference(cpts) for _ in range(6)))

    assert sorted(reference[-4:] for reference in given) == [f"{n:04d}" for n in range(1, 7)]
