"""Rows of several tables written in one journey."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from cpts_portal.core import audit, inserts
from cpts_portal.core.models import AuditEntry, Heartbeat, Message
from members.models import Membership

pytestmark = pytest.mark.django_db


def a_message(occurrence: str) -> Message:
    return Message(channel="email", purpose="tests.note", occurrence=occurrence, recipient="a@b.fr")


def test_insert_writes_several_tables_in_one_statement(
    coordinator: Membership, django_assert_num_queries
):
    traces = [audit.entry(coordinator, verb, by=audit.SYSTEM) for verb in ("see", "end")]

    with django_assert_num_queries(1):
        inserts.insert(traces, [Heartbeat(name="tests")], unless_there=[a_message("1")])

    assert [trace.verb for trace in AuditEntry.objects.order_by("pk")] == ["see", "end"]
    assert Heartbeat.objects.get().beaten_at is not None
    assert Message.objects.get().recipient == "a@b.fr"


def test_insert_keeps_the_key_that_a_row_has():
    message, beat = a_message("1"), Heartbeat(name="tests")

    inserts.insert([beat], unless_there=[message])

    assert (Heartbeat.objects.get(), Message.objects.get()) == (beat, message)
    assert not beat._state.adding


def test_insert_passes_over_what_is_there_already():
    inserts.insert(unless_there=[a_message("1")])

    inserts.insert([Heartbeat(name="tests")], [], unless_there=[a_message("1"), a_message("2")])

    assert sorted(Message.objects.values_list("occurrence", flat=True)) == ["1", "2"]


def test_insert_writes_nothing_when_one_row_is_refused():
    Heartbeat.objects.create(name="tests")

    with pytest.raises(IntegrityError), transaction.atomic():
        inserts.insert(
            [Heartbeat(name="other")], [Heartbeat(name="tests")], unless_there=[a_message("1")]
        )

    assert (Heartbeat.objects.count(), Message.objects.count()) == (1, 0)
