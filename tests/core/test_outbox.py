"""One row in the action's transaction, one message out, whatever happens between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from cpts_portal.core import outbox, wake
from cpts_portal.core.failures import FinalFailure, TemporaryFailure
from cpts_portal.core.models import Message
from cpts_portal.core.sms import Sms
from tests.factories import CptsFactory

PARIS = outbox.PARIS


# --- Posting ----------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_post_is_refused_outside_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        outbox.post(
            channel="email",
            recipient="odile@courriel.example",
            purpose="tests.note",
            occurrence="1",
            template="tests/note",
            context={},
        )


def test_post_renders_text_unescaped_in_the_cpts_s_name(db, post_note):
    cpts = CptsFactory(name="CPTS d'Artois & Lys")

    message = post_note(cpts=cpts)

    assert message.title == "Une nouvelle de CPTS d'Artois & Lys"
    assert message.body == (
        "Bonjour Odile d’O'Neil,\n\nVotre lien : http://localhost:8000/ici/\nlundi\n\n"
        "CPTS d'Artois & Lys\n"
    )


def test_post_writes_in_the_recipient_s_language(db, post_note):
    message = post_note(language="en")

    assert message.language == "en"
    assert "\nMonday\n" in message.body


def test_post_once_per_recipient_purpose_and_occurrence(db, post_note):
    first = post_note()

    again = post_note(recipient="Odile.Garnier@COURRIEL.example ", context={"who": "Zoé"})

    assert again is None
    assert [message.pk for message in Message.objects.all()] == [first.pk]


def test_post_all_writes_several_in_one_statement_but_those_that_stood(
    db, post_note, django_assert_num_queries
):
    stood = post_note(occurrence="1")
    letters = [
        {
            "channel": "email",
            "recipient": stood.recipient,
            "purpose": "tests.note",
            "occurrence": occurrence,
            "template": "tests/note",
            "context": {},
        }
        for occurrence in "123"
    ]

    with transaction.atomic(), django_assert_num_queries(1):
        outbox.post_all(letters)

    kept = Message.objects.order_by("occurrence")
    assert [message.occurrence for message in kept] == ["1", "2", "3"]
    assert kept[0].pk == stood.pk


def test_post_all_asks_a_worker_once_for_all_that_are_due(
    db, post_note, monkeypatch, django_capture_on_commit_callbacks
):
    asked = []
    monkeypatch.setattr(wake, "now", lambda task, *ids: asked.append((task, len(ids))))
    later = timezone.now() + timedelta(hours=1)
    letters = [
        {
            "channel": "email",
            "recipient": "a@courriel.example",
            "purpose": "tests.note",
            "occurrence": str(number),
            "template": "tests/note",
            "context": {},
            "not_before": due,
        }
        for number, due in enumerate([None, None, later])
    ]

    with django_capture_on_commit_callbacks(execute=True):
        outbox.post_all(letters)

    assert asked == [("core.deliver", 2)]


def test_post_all_of_nothing_asks_nothing(db, django_assert_num_queries):
    with transaction.atomic(), django_assert_num_queries(0):
        outbox.post_all([])


def test_post_twice_for_another_occurrence(db, post_note):
    post_note(occurrence="1")
    post_note(occurrence="2")
    post_note(occurrence="2", purpose="tests.other")

    assert Message.objects.count() == 3


def test_post_remembers_what_it_is_about(db, post_note):
    subject = CptsFactory()

    message = post_note(subject=subject)

    assert (message.subject_kind, message.subject_id) == ("members.cpts", str(subject.pk))


def test_post_sends_after_the_commit_and_not_before(
    db, post_note, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        message = post_note()
        assert mail.outbox == []

    [email] = mail.outbox
    message.refresh_from_db()
    assert email.to == ["odile.garnier@courriel.example"]
    assert message.status == "sent"
    assert message.sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_post_leaves_nothing_when_the_action_fails(post_note):
    with transaction.atomic():
        post_note()
        transaction.set_rollback(True)

    assert Message.objects.count() == 0
    assert mail.outbox == []


def test_post_survives_a_broker_away_and_the_sweep_finds_the_row(
    db, post_note, django_capture_on_commit_callbacks, monkeypatch
):
    asked = []

    class AwaySignature:
        def apply_async(self):
            asked.append("once")
            raise BrokerError("connection refused")

    monkeypatch.setattr(wake, "signature", lambda *args, **kwargs: AwaySignature())
    with django_capture_on_commit_callbacks(execute=True):
        post_note(occurrence="1")
        post_note(occurrence="2")

    assert asked == ["once"]
    assert mail.outbox == []
    assert outbox.deliver_due() == 2
    assert len(mail.outbox) == 2


def test_post_later_waits_for_its_hour(db, post_note, django_capture_on_commit_callbacks):
    tomorrow = timezone.now() + timedelta(days=1)

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        message = post_note(not_before=tomorrow)

    assert callbacks == []
    assert outbox.deliver_due() == 0
    Message.objects.update(not_before=timezone.now())
    assert outbox.deliver(message.pk) == 1


# --- Delivering -------------------------------------------------------------------------------
def test_deliver_writes_from_the_cpts_with_its_address_to_answer_to(db, post_note):
    cpts = CptsFactory(name="CPTS Artois Lys", email="bonjour@cpts-artois.example")
    message = post_note(cpts=cpts)

    outbox.deliver(message.pk)

    [email] = mail.outbox
    assert email.from_email == "CPTS Artois Lys <portail@cpts.example>"
    assert email.reply_to == ["bonjour@cpts-artois.example"]
    assert email.extra_headers["Message-ID"] == f"<{message.pk}@cpts.example>"


def test_deliver_from_a_cpts_named_over_two_lines_is_one_header(db, post_note):
    message = post_note(cpts=CptsFactory(name="CPTS Artois\nBcc: odile@courriel.example"))

    outbox.deliver(message.pk)

    [email] = mail.outbox
    assert "\n" not in email.from_email + email.subject
    assert email.recipients() == ["odile.garnier@courriel.example"]


def test_deliver_twice_sends_once(db, post_note):
    message = post_note()

    assert outbox.deliver(message.pk) == 1
    assert outbox.deliver(message.pk) == 0
    assert len(mail.outbox) == 1


def test_deliver_passes_over_a_row_that_another_worker_holds(db, post_note):
    message = post_note()
    lease = timezone.now() + timedelta(minutes=1)
    Message.objects.update(status="sending", leased_until=lease)

    assert outbox.deliver(message.pk) == 0
    assert outbox.deliver_due() == 0


def test_deliver_takes_up_what_a_dead_worker_left_under_the_same_message_id(db, post_note):
    message = post_note()
    Message.objects.update(status="sending", leased_until=timezone.now(), attempts=1)

    assert outbox.deliver_due() == 1

    [email] = mail.outbox
    message.refresh_from_db()
    assert email.extra_headers["Message-ID"] == f"<{message.pk}@cpts.example>"
    assert (message.status, message.attempts, message.leased_until) == ("sent", 2, None)


def test_deliver_due_takes_the_longest_due_first_and_no_more_than_asked(db, post_note):
    for occurrence, minutes in (("late", 1), ("first", 30), ("second", 20)):
        message = post_note(occurrence=occurrence, recipient=f"{occurrence}@courriel.example")
        Message.objects.filter(pk=message.pk).update(
            not_before=timezone.now() - timedelta(minutes=minutes)
        )

    outbox.deliver_due(limit=2)

    assert [email.to for email in mail.outbox] == [
        ["first@courriel.example"],
        ["second@courriel.example"],
    ]


def test_deliver_due_gives_back_what_its_time_does_not_allow(db, post_note, monkeypatch):
    message = post_note()
    monkeypatch.setattr(outbox, "BATCH_SECONDS", -1)

    assert outbox.deliver_due() == 0

    message.refresh_from_db()
    assert (message.status, message.attempts, message.leased_until) == ("waiting", 0, None)


def test_deliver_drops_what_is_no_longer_needed(db, post_note, monkeypatch):
    monkeypatch.setattr(outbox, "_needs", {})
    asked = []

    @outbox.needed("tests.note")
    def is_still_wanted(message: Message) -> bool:
        asked.append(message.pk)
        return False

    message = post_note()

    assert outbox.deliver(message.pk) == 0
    message.refresh_from_db()
    assert (message.status, mail.outbox, asked) == ("dropped", [], [message.pk])


@pytest.fixture
def asked_together(monkeypatch):
    """The groups that were asked about; every second message is still needed."""
    groups = []
    monkeypatch.setattr(outbox, "_needs_of_many", {})

    @outbox.needed_of_many("tests.note")
    def still_wanted(messages):
        groups.append([message.occurrence for message in messages])
        return {message.pk for message in messages if int(message.occurrence) % 2}

    return groups


def test_what_leaves_by_the_thousand_is_asked_for_together(
    db, post_note, monkeypatch, asked_together
):
    monkeypatch.setattr(outbox, "ASKED_TOGETHER", 3)
    for number in range(5):
        post_note(occurrence=str(number))
    post_note(purpose="tests.other", occurrence="6")

    assert outbox.deliver_due() == 3

    assert asked_together == [["0", "1", "2"], ["3", "4"]]
    sent = Message.objects.filter(status="sent").order_by("created_at")
    assert list(sent.values_list("occurrence", flat=True)) == ["1", "3", "6"]
    assert Message.objects.filter(status="dropped").count() == 3


def test_an_answer_that_is_a_second_old_is_asked_for_again(
    db, post_note, monkeypatch, asked_together
):
    monkeypatch.setattr(outbox, "ASKED_FOR", -1.0)
    for number in (1, 3):
        post_note(occurrence=str(number))

    outbox.deliver_due()

    assert asked_together == [["1", "3"], ["3"]]


class FailingMailer:
    """Fails as it was told to."""

    failure: Exception

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def send(self, message):
        raise self.failure


@pytest.fixture
def mails_fail(monkeypatch):
    def fail_with(failure):
        monkeypatch.setattr(FailingMailer, "failure", failure, raising=False)
        monkeypatch.setattr(outbox, "Mailer", FailingMailer)

    return fail_with


def test_deliver_tries_again_a_minute_after_a_temporary_failure(db, post_note, mails_fail):
    mails_fail(TemporaryFailure("smtp_451"))
    message = post_note()

    outbox.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.error_code, message.attempts) == ("waiting", "smtp_451", 1)
    wait = message.not_before - timezone.now()
    assert timedelta(seconds=50) < wait <= timedelta(seconds=60)


def test_deliver_gives_up_after_three_days(db, post_note, mails_fail):
    mails_fail(TemporaryFailure("smtp_451"))
    message = post_note()
    Message.objects.update(give_up_at=timezone.now() + timedelta(seconds=30))

    outbox.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.error_code) == ("failed", "smtp_451")


def test_deliver_never_repeats_a_final_failure(db, post_note, mails_fail):
    mails_fail(FinalFailure("smtp_550"))
    message = post_note()

    outbox.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.error_code) == ("failed", "smtp_550")
    assert outbox.deliver_due() == 0


def test_deliver_puts_off_a_row_that_breaks_and_sends_the_next(db, post_note, monkeypatch):
    monkeypatch.setattr(outbox, "_needs", {"tests.broken": lambda message: 1 / 0})
    broken = post_note(purpose="tests.broken")
    post_note()

    assert outbox.deliver_due() == 1

    broken.refresh_from_db()
    assert (broken.status, broken.error_code) == ("waiting", "unexpected_ZeroDivisionError")


def test_deliver_puts_off_a_row_that_no_key_opens_and_sends_the_next(db, post_note):
    sealed = post_note()
    post_note(occurrence="2")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_message SET body = 'gAAAA' WHERE id = %s", [sealed.pk])

    assert outbox.deliver_due() == 1

    [left] = Message.objects.filter(pk=sealed.pk).values("status", "error_code")
    assert left == {"status": "waiting", "error_code": "unexpected_Undecipherable"}


@pytest.mark.django_db(transaction=True)
def test_deliver_holds_no_transaction_while_sending(post_note, monkeypatch):
    seen = []
    monkeypatch.setattr(
        outbox.Mailer,
        "send",
        lambda self, message: seen.append(transaction.get_connection().in_atomic_block),
    )

    post_note()

    assert seen == [False]


def test_deliver_due_queries_do_not_grow_but_for_one_mark_a_message(
    db, post_note, django_assert_num_queries
):
    for occurrence in range(5):
        post_note(occurrence=str(occurrence))

    with django_assert_num_queries(5 + 5):  # savepoint twice, claim twice, rows; one mark each
        outbox.deliver_due()


# --- SMS --------------------------------------------------------------------------------------
def test_deliver_sms_is_plain_and_on_one_line(db, post_note, sms_outbox):
    message = post_note(channel="sms", recipient="+33639980012", context={"who": "Françoise"})

    outbox.deliver(message.pk)

    assert sms_outbox == [Sms("+33639980012", 'Francoise : c\'est pret. Répondez "oui".')]
    message.refresh_from_db()
    assert (message.status, message.provider_id, message.title) == ("sent", "1", "")


def test_deliver_sms_waits_while_no_backend_is_set(db, post_note, settings):
    settings.SMS_BACKEND = ""
    message = post_note(channel="sms", recipient="+33639980012")

    outbox.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.error_code) == ("waiting", "sms_not_set_up")


def test_can_send_asks_the_settings(settings):
    assert (outbox.can_send("email"), outbox.can_send("sms")) == (True, True)

    settings.SMS_BACKEND = ""

    assert (outbox.can_send("email"), outbox.can_send("sms")) == (True, False)


# --- What the database refuses ----------------------------------------------------------------
def test_message_sent_without_its_time_is_refused(db, post_note):
    post_note()

    with pytest.raises(IntegrityError, match="message_sent_has_its_time"), transaction.atomic():
        Message.objects.update(status="sent")


def test_message_lease_outside_sending_is_refused(db, post_note):
    post_note()

    with (
        pytest.raises(IntegrityError, match="message_leased_only_while_sending"),
        transaction.atomic(),
    ):
        Message.objects.update(leased_until=timezone.now())


def test_message_doubled_round_the_door_is_refused(db, post_note):
    message = post_note()
    message.pk = None
    message._state.adding = True

    with (
        pytest.raises(IntegrityError, match="message_once_per_recipient_purpose_occurrence"),
        transaction.atomic(),
    ):
        message.save(force_insert=True)


# --- Polite hours -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("now", "polite"),
    [
        ("2026-11-23 08:59", "2026-11-23 09:00"),
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 18:59", "2026-11-23 18:59"),
        ("2026-11-23 19:00", "2026-11-24 09:00"),
        ("2026-11-21 19:30", "2026-11-23 09:00"),  # Saturday evening, Sunday, Monday
        ("2026-11-22 12:00", "2026-11-23 09:00"),
        ("2026-11-11 10:00", "2026-11-12 09:00"),  # Armistice
        ("2026-12-24 20:00", "2026-12-26 09:00"),
        ("2027-03-27 22:00", "2027-03-30 09:00"),  # summer time on Sunday, then Easter Monday
        ("2026-10-24 22:00", "2026-10-26 09:00"),  # winter time on Sunday
    ],
)
def test_polite_time_is_the_next_opening(now, polite):
    moment = datetime.fromisoformat(now).replace(tzinfo=PARIS)

    assert outbox.polite_time(moment) == datetime.fromisoformat(polite).replace(tzinfo=PARIS)


def test_polite_time_never_goes_back_and_stays_put_over_both_clock_changes():
    quarters = [
        datetime(2026, month, day, tzinfo=UTC) + timedelta(minutes=15 * n)
        for month, day in ((3, 28), (10, 24))
        for n in range(3 * 96)
    ]

    told = [outbox.polite_time(moment) for moment in quarters]

    assert all(answer >= moment for answer, moment in zip(told, quarters, strict=True))
    assert [outbox.polite_time(answer) for answer in told] == told
    assert all(later >= earlier for earlier, later in pairwise(told[:288]))
    assert {answer.utcoffset() for answer in told} == {timedelta(hours=1), timedelta(hours=2)}
