"""E-mails over real SMTP: refusals, broken connections, hours without a server."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.utils import timezone

from cpts_portal.core import outbox, wake
from cpts_portal.core.models import Message
from tests.core.sink import Sink, sink_running
from tests.factories import CptsFactory


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    with sink_running() as sink:
        settings.EMAIL_PORT = sink.port
        yield sink


@pytest.fixture
def three(db, post_note) -> list[Message]:
    return [post_note(occurrence=str(n), recipient=f"p{n}@courriel.example") for n in range(3)]


def outcomes() -> list[tuple[str, str]]:
    return list(
        Message.objects.order_by("not_before", "created_at").values_list("status", "error_code")
    )


def all_due_again() -> None:
    Message.objects.filter(status="waiting").update(not_before=timezone.now())


def test_mailer_sends_a_batch_over_one_connection(three, sink):
    assert outbox.deliver_due() == 3

    assert sink.connections == 1
    assert [mail.to for mail in sink.mails] == [f"p{n}@courriel.example" for n in range(3)]


def test_mailer_writes_a_well_formed_letter(db, post_note, sink):
    cpts = CptsFactory(name="CPTS Vallée de la Lys", email="contact@lys.example")
    message = post_note(cpts=cpts)

    outbox.deliver(message.pk)

    [received] = sink.mails
    read = message_from_bytes(received.content, policy=policy.default)
    assert read["From"] == "CPTS Vallée de la Lys <portail@cpts.example>"
    assert read["Reply-To"] == "contact@lys.example"
    assert read["Message-ID"] == f"<{message.pk}@cpts.example>"
    assert read["Subject"] == "Une nouvelle de CPTS Vallée de la Lys"
    assert read.get_content().replace("\r\n", "\n") == message.body


def test_mailer_final_refusal_of_one_leaves_the_others_alone(three, sink):
    sink.at_rcpt["p0@courriel.example"] = "550 no such mailbox"

    assert outbox.deliver_due() == 2

    assert outcomes() == [("failed", "smtp_550"), ("sent", ""), ("sent", "")]
    assert sink.connections == 1


def test_mailer_temporary_refusal_goes_out_a_minute_later(three, sink):
    sink.at_rcpt["p1@courriel.example"] = "451 come back later"
    assert outbox.deliver_due() == 2
    sink.at_rcpt.clear()

    assert outbox.deliver_due() == 0
    all_due_again()
    assert outbox.deliver_due() == 1

    assert outcomes() == [("sent", "")] * 3
    assert sorted(Counter(sink.ids).values()) == [1, 1, 1]


def test_mailer_refused_text_is_final(three, sink):
    sink.at_data["p2@courriel.example"] = "554 looks like spam"

    outbox.deliver_due()

    assert outcomes()[-1] == ("failed", "smtp_554")


def test_mailer_connection_cut_after_the_text_repeats_it_under_the_same_id(three, sink):
    sink.drops.append("p0@courriel.example")

    assert outbox.deliver_due() == 2
    all_due_again()
    assert outbox.deliver_due() == 1

    counted = Counter(sink.ids)
    assert counted.pop(f"<{three[0].pk}@cpts.example>") == 2
    assert list(counted.values()) == [1, 1]


def test_mailer_server_away_for_hours_sends_everything_after(three, sink, settings):
    settings.EMAIL_PORT = 1
    for _minute in range(3):
        all_due_again()
        assert outbox.deliver_due() == 0
    assert outcomes() == [("waiting", "mail_ConnectionRefusedError")] * 3
    settings.EMAIL_PORT = sink.port

    all_due_again()
    assert outbox.deliver_due() == 3

    assert sorted(Counter(sink.ids).values()) == [1, 1, 1]


def test_mailer_own_password_refused_is_for_us_to_repair(three, settings, sink):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portail", "wrong"

    outbox.deliver_due()

    assert outcomes() == [("waiting", "mail_SMTPNotSupportedError")] * 3


@pytest.mark.parametrize("address", ["nobody", "", "x@" + "é" * 80 + ".example"])
def test_mailer_impossible_address_is_final_and_stops_nobody(three, post_note, sink, address):
    post_note(recipient=address, not_before=timezone.now() - timedelta(hours=1))
    sink.at_rcpt["nobody"] = "553 no such address"

    assert outbox.deliver_due() == 3

    assert [status for status, _code in outcomes()] == ["failed", "sent", "sent", "sent"]


@pytest.mark.django_db(transaction=True)
def test_deliver_due_by_four_workers_sends_each_message_once(post_note, sink, monkeypatch):
    monkeypatch.setattr(wake, "now", lambda task, *message_ids: False)
    for number in range(200):
        post_note(occurrence=str(number))

    def work() -> None:
        while outbox.deliver_due(limit=7):
            pass
        connection.close()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Counter(outcomes()) == {("sent", ""): 200}
    assert (len(sink.ids), len(set(sink.ids))) == (200, 200)


# --- Mail services over HTTP (anymail) ----------------------------------------------------------
class ServiceRefuses(BaseEmailBackend):
    error: Exception

    def send_messages(self, messages):
        raise self.error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (AnymailRecipientsRefused(), ("failed", "mail_refused")),
        (AnymailAPIError(status_code=422), ("failed", "mail_http_422")),
        (AnymailAPIError(status_code=429), ("waiting", "mail_http_429")),
        (AnymailAPIError(status_code=401), ("waiting", "mail_http_401")),
        (AnymailAPIError(), ("waiting", "mail_http_none")),
    ],
)
def test_mailer_reads_what_a_mail_service_says(
    db, post_note, settings, monkeypatch, error, outcome
):
    settings.EMAIL_BACKEND = f"{__name__}.ServiceRefuses"
    monkeypatch.setattr(ServiceRefuses, "error", error, raising=False)
    post_note()

    outbox.deliver_due()

    assert (outcomes(), mail.outbox) == ([outcome], [])
