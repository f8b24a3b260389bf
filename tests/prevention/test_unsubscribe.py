"""Out in one gesture: by the mail program's button, by the page, and never by reading alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from members.models import Cpts
from prevention.actions.deliveries import reconcile
from prevention.actions.sending import send_due
from prevention.models import Delivery, OptOut, Topic
from prevention.queries.registrations import token_of as private_token
from prevention.rules.unsubscribing import WayOut, token_of, topic_seal, way_of_token
from tests.prevention.makers import (
    PlanFactory,
    RegistrationContactFactory,
    RegistrationFactory,
    SessionFactory,
)
from tests.prevention.test_deliveries import in_days


@pytest.fixture
def delivery(cpts: Cpts) -> Delivery:
    """Due to Odette, who reads her e-mails."""
    session = SessionFactory(campaign__cpts=cpts, starts_at=in_days(10))
    registration = RegistrationFactory(session=session, contact=None)
    RegistrationContactFactory(registration=registration, email="odette@courriel.example")
    PlanFactory(campaign=session.campaign)
    reconcile(sessions=[session.pk])
    return Delivery.objects.get()


def way_to(delivery: Delivery, channel: str = "email") -> str:
    way = WayOut(
        delivery.cpts_id,
        channel,
        outbox.recipient_hash("odette@courriel.example"),
        topic_seal("depistage"),
    )
    return f"/desabonnement/{token_of(way)}/"


def refused() -> list[tuple[str, str | None, str, bool]]:
    rows = OptOut.objects.order_by("pk").values_list("channel", "topic", "way", "lifted_at")
    return [(channel, topic, way, lifted is None) for channel, topic, way, lifted in rows]


def test_an_email_bears_the_headers_of_one_click(
    delivery: Delivery, django_capture_on_commit_callbacks: Any
) -> None:
    send_due(delivery.due_at, 10)
    Message.objects.update(not_before=timezone.now())

    Delivery.objects.update(useful_until=timezone.now() + timedelta(days=30))
    outbox.deliver_due()

    [sent] = mail.outbox
    url = Message.objects.get().unsubscribe_url
    assert sent.extra_headers["List-Unsubscribe"] == f"<{url}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in sent.body


def test_reading_the_page_stops_nothing(client: Client, delivery: Delivery) -> None:
    answers = [client.get(way_to(delivery)).status_code, client.head(way_to(delivery)).status_code]

    assert answers == [200, 200]
    assert refused() == []


def test_a_mail_program_unsubscribes_without_cookie_nor_token(delivery: Delivery) -> None:
    program = Client(enforce_csrf_checks=True)

    answers = [
        program.post(way_to(delivery), {"List-Unsubscribe": "One-Click"}).status_code
        for _time in range(2)
    ]

    assert answers == [200, 200]
    assert refused() == [("email", "depistage", "one_click", True)]
    assert AuditEntry.objects.filter(verb="refuse").count() == 1


def test_the_page_stops_the_topic_then_everything_and_takes_it_back(
    client: Client, delivery: Delivery
) -> None:
    for what in ("topic", "all", "back"):
        assert client.post(way_to(delivery), {"what": what}).status_code == 302

    assert refused() == [("email", "depistage", "page", False), ("email", None, "page", False)]
    assert "Ne plus recevoir" in client.get(way_to(delivery)).content.decode()


@pytest.mark.parametrize("what", ["topic", "all"])
def test_the_unsubscribed_are_dropped_when_it_would_be_posted(
    client: Client, delivery: Delivery, what: str
) -> None:
    client.post(way_to(delivery), {"what": what})

    posted = send_due(delivery.due_at, 10)

    delivery.refresh_from_db()
    assert (posted, delivery.status, delivery.reason) == (0, "dropped", "unsubscribed")
    assert Message.objects.count() == 0


def test_the_unsubscribed_are_spared_between_posting_and_sending(
    client: Client, delivery: Delivery
) -> None:
    send_due(delivery.due_at, 10)
    Message.objects.update(not_before=timezone.now())
    Delivery.objects.update(useful_until=timezone.now() + timedelta(days=30))
    client.post(way_to(delivery), {"what": "topic"})

    outbox.deliver_due()

    assert (mail.outbox, Message.objects.get().status) == ([], "dropped")


def test_postgresql_itself_refuses_to_post_to_the_unsubscribed(
    client: Client, delivery: Delivery
) -> None:
    client.post(way_to(delivery), {"what": "all"})

    with (
        pytest.raises(IntegrityError, match="delivery_never_to_the_unsubscribed"),
        transaction.atomic(),
    ):
        Delivery.objects.update(
            status="posted",
            channel="email",
            recipient_hash=outbox.recipient_hash("odette@courriel.example"),
            settled_at=timezone.now(),
        )


def test_another_channel_and_another_topic_are_not_concerned(
    client: Client, delivery: Delivery
) -> None:
    client.post(way_to(delivery, "sms"), {"what": "all"})

    assert send_due(delivery.due_at, 10) == 1


@pytest.mark.parametrize("token", ["x", "1.email.abc.def.ghi", "1.fax.a.b.c"])
def test_a_token_that_the_portal_has_not_signed_is_unknown(
    client: Client, cpts: Cpts, token: str
) -> None:
    assert client.get(f"/desabonnement/{token}/").status_code == 404


def test_a_way_out_says_neither_topic_nor_address(delivery: Delivery) -> None:
    token = way_to(delivery).split("/")[2]

    way = way_of_token(token)

    assert way is not None
    assert (way.cpts_id, way.channel) == (delivery.cpts_id, "email")
    assert "depistage" not in token
    assert "odette" not in token


def test_a_discreet_topic_is_not_named_on_the_page(client: Client, delivery: Delivery) -> None:
    Topic.objects.filter(pk="depistage").update(is_discreet=True, label="Secret du thème")

    shown = client.get(way_to(delivery)).content.decode()

    assert "Secret du thème" not in shown


def test_the_private_page_of_a_registration_stops_each_channel(
    client: Client, delivery: Delivery
) -> None:
    registration = delivery.registration
    assert registration is not None
    contact = registration.contact
    contact.link_hash = outbox.keyed_hash(private_token(registration))
    contact.phone = "+33639981234"
    contact.save()
    page = f"/mon-inscription/{private_token(registration)}/rappels/"

    shown = client.get(page).content.decode()
    client.post(page, {"channel": "sms", "what": "topic"})
    client.post(page, {"channel": "email", "what": "all"})

    assert (shown.count("Par SMS"), shown.count("Par courriel")) == (1, 1)
    assert refused() == [("sms", "depistage", "page", True), ("email", None, "page", True)]
