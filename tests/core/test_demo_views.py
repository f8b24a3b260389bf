"""The messages of the demonstration: readable there, nowhere else."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cpts_portal.core import outbox

PATH = "/demo/messages/"


@pytest.fixture
def demo(settings):
    settings.DEMO = True
    settings.ALLOWED_HOSTS = ["*"]


def test_demo_messages_shows_the_newest_first_with_its_link(db, demo, client, post_note):
    first = post_note(occurrence="1")
    second = post_note(channel="sms", recipient="+33639980012", occurrence="2")
    outbox.deliver(first.pk)

    page = client.get(PATH, headers={"host": "localhost:8000"}).content.decode()

    assert page.index(f"message-{second.pk}") < page.index(f"message-{first.pk}")
    assert '<a href="http://localhost:8000/ici/" rel="nofollow">' in page
    assert "Odile d’O&#x27;Neil" in page


def test_demo_messages_without_any(db, demo, client):
    response = client.get(PATH, headers={"host": "127.0.0.1:8000"})

    assert response.status_code == 200
    assert "Aucun message" in response.content.decode()


@pytest.mark.parametrize("host", ["portail.cpts.example", "localhost.example", "192.0.2.7"])
def test_demo_messages_is_a_404_from_another_machine(db, demo, client, host):
    assert client.get(PATH, headers={"host": host}).status_code == 404


def test_demo_messages_is_a_404_to_a_stranger_who_names_this_host(db, demo, client):
    response = client.get(PATH, headers={"host": "localhost"}, REMOTE_ADDR="192.0.2.7")

    assert response.status_code == 404


def test_demo_messages_is_a_404_in_production(db, demo, client, settings):
    settings.DEMO = False

    assert client.get(PATH, headers={"host": "localhost:8000"}).status_code == 404


def test_demo_messages_query_count_does_not_grow(db, demo, client, post_note, cpts):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(PATH, headers={"host": "localhost"})
        return len(queries)

    post_note(occurrence="1", cpts=cpts)
    with_one = count()
    for occurrence in ("2", "3"):
        post_note(occurrence=occurrence, cpts=cpts)

    assert count() == with_one


def test_demo_messages_says_when_a_message_that_waits_will_leave(db, demo, client, post_note):
    post_note(not_before=datetime(2126, 11, 25, 9, tzinfo=outbox.PARIS))

    page = client.get(PATH, headers={"host": "localhost"}).content.decode()

    assert "Partira lundi 25 novembre 2126, 9\u00a0h" in page
