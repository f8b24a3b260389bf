"""Traces: written beside the change, closed to everybody, forgotten by the calendar alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from pghistory.models import Event

from cpts_portal.core import audit
from cpts_portal.core.audit import Access
from cpts_portal.core.fields import EncryptedTextField
from cpts_portal.core.models import AccessEntry, AuditEntry
from members.models import Membership, Role
from tests.factories import MembershipFactory

LIST, OPEN = AccessEntry.Purpose.LIST, AccessEntry.Purpose.OPEN
IDENTIFYING = {
    "first_name",
    "last_name",
    "birth_date",
    "phone",
    "email",
    "address",
    "words",
    "body",
}


@dataclass(frozen=True)
class Delegate:
    """Somebody who acts for somebody else, as `members` will have them."""

    cpts_id: int
    user_id: int
    behalf_id: int
    role: str = Role.PROFESSIONAL
    label: str = Role.SECRETARY


@pytest.fixture
def secretary(cpts) -> Membership:
    return MembershipFactory(cpts=cpts, role=Role.SECRETARY)


@pytest.fixture
def delegate(secretary, gp) -> Delegate:
    """The secretary, acting for the GP in his role."""
    return Delegate(gp.cpts_id, user_id=secretary.user_id, behalf_id=gp.user_id)


def test_record_tells_who_what_from_where_to_where_and_why(coordinator):
    trace = audit.record(
        coordinator, "suspend", by=coordinator, source="open", target="ended", reason="départ"
    )

    trace.refresh_from_db()
    assert (trace.cpts, trace.by, trace.by_label) == (
        coordinator.cpts,
        coordinator.user,
        "coordinator",
    )
    assert (trace.subject_kind, trace.subject_id) == ("members.membership", str(coordinator.pk))
    assert (trace.verb, trace.source, trace.target) == ("suspend", "open", "ended")
    assert trace.reason == "départ"


def test_record_names_nobody_for_a_patient_or_the_portal(coordinator):
    by_patient = audit.record(coordinator, "see", by=audit.PatientOf(12))
    by_portal = audit.record(coordinator, "expire", by=audit.SYSTEM)

    assert (by_patient.by, by_patient.by_label) == (None, "patient")
    assert (by_portal.by, by_portal.by_label) == (None, "system")


def test_record_access_writes_one_row_for_a_page_and_none_for_an_empty_one(coordinator):
    audit.record_access(by=coordinator, purpose=LIST, patient_ids=[3, 4])
    audit.record_access(by=coordinator, purpose=LIST, patient_ids=[])

    [access] = AccessEntry.objects.all()
    assert access.patient_ids == [3, 4]
    assert (access.by, access.role) == (coordinator.user, Role.COORDINATOR)


def test_whoever_acts_for_herself_acts_on_nobodys_behalf(coordinator):
    trace = audit.record(coordinator, "suspend", by=coordinator)
    audit.record_access(by=coordinator, purpose=OPEN, patient_ids=[3])

    assert trace.behalf is None
    assert AccessEntry.objects.get().behalf is None


def test_a_delegate_is_recorded_under_her_own_role_with_whom_she_acts_for(delegate, secretary, gp):
    trace = audit.record(gp, "see", by=delegate)
    audit.record_access(by=delegate, purpose=OPEN, patient_ids=[3])

    access = AccessEntry.objects.get()
    assert (trace.by, trace.by_label, trace.behalf) == (secretary.user, "secretary", gp.user)
    assert (access.by, access.role, access.behalf) == (secretary.user, "secretary", gp.user)


def test_nobody_acts_on_her_own_behalf(gp):
    with pytest.raises(IntegrityError, match="audit_behalf_is_somebody_else"), transaction.atomic():
        AuditEntry.objects.create(by=gp.user, behalf=gp.user)
    with pytest.raises(IntegrityError, match="access_behalf_is_somebody_else"):
        AccessEntry.objects.create(cpts=gp.cpts, by=gp.user, behalf=gp.user, patient_ids=[3])


def test_the_portal_acts_on_nobodys_behalf(gp):
    with pytest.raises(IntegrityError, match="audit_behalf_is_somebody_else"), transaction.atomic():
        AuditEntry.objects.create(by=None, behalf=gp.user)
    with pytest.raises(IntegrityError, match="access_behalf_is_somebody_else"):
        AccessEntry.objects.create(cpts=gp.cpts, by=None, behalf=gp.user, patient_ids=[3])


@pytest.mark.parametrize("model", [AuditEntry, AccessEntry])
def test_whom_a_delegate_acted_for_is_closed_to_everybody(model, delegate, gp):
    audit.record(gp, "see", by=delegate)
    audit.record_access(by=delegate, purpose=OPEN, patient_ids=[3])

    with pytest.raises(IntegrityError, match="append-only"), audit.erasing():
        model.objects.update(behalf=None)

    assert model.objects.get().behalf == gp.user


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_an_access_entry_is_closed_to_everybody(coordinator, verb):
    audit.record_access(by=coordinator, purpose=OPEN, patient_ids=[3])
    entries = AccessEntry.objects.all()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        entries.update(role="board") if verb == "update" else entries.delete()

    assert AccessEntry.objects.get().role == Role.COORDINATOR


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_an_audit_entry_is_closed_to_everybody(coordinator, verb):
    audit.record(coordinator, "suspend", by=coordinator, reason="départ")
    entries = AuditEntry.objects.all()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        entries.update(reason="") if verb == "update" else entries.delete()

    assert AuditEntry.objects.get().reason == "départ"


def test_the_refusal_names_the_promise(coordinator):
    audit.record(coordinator, "suspend", by=coordinator)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        AuditEntry.objects.all().delete()

    assert refused.value.__cause__.diag.constraint_name == "audit_is_append_only"


def test_raw_sql_is_refused_as_well(coordinator):
    audit.record_access(by=coordinator, purpose=OPEN, patient_ids=[3])

    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM core_accessentry")

    assert AccessEntry.objects.count() == 1


def test_retention_may_forget_accesses_but_never_change_them(coordinator):
    audit.record_access(by=coordinator, purpose=OPEN, patient_ids=[3])

    with pytest.raises(IntegrityError, match="append-only"), audit.erasing():
        AccessEntry.objects.update(role="board")

    audit.forget_accesses(AccessEntry.objects.values_list("pk", flat=True))

    assert not AccessEntry.objects.exists()


def test_retention_forgets_the_accesses_it_is_given_and_no_other(coordinator):
    for patient in (3, 4):
        audit.record_access(by=coordinator, purpose=OPEN, patient_ids=[patient])

    audit.forget_accesses([AccessEntry.objects.get(patient_ids=[3]).pk])

    assert AccessEntry.objects.get().patient_ids == [4]


def test_retention_empties_reasons_of_one_subject_and_keeps_the_rest(coordinator, gp):
    audit.record(coordinator, "suspend", by=coordinator, source="open", reason="départ")
    audit.record(gp, "suspend", by=coordinator, reason="retraite")

    erased = audit.erase_reasons("members.membership", [coordinator.pk])

    assert erased == 1
    assert [(e.verb, e.source, e.reason) for e in AuditEntry.objects.order_by("pk")] == [
        ("suspend", "open", ""),
        ("suspend", "", "retraite"),
    ]


def test_retention_may_empty_a_reason_but_neither_rewrite_it_nor_touch_the_verb(coordinator):
    audit.record(coordinator, "suspend", by=coordinator, reason="départ")

    with pytest.raises(IntegrityError, match="append-only"), audit.erasing():
        AuditEntry.objects.update(reason="autre chose")
    with pytest.raises(IntegrityError, match="append-only"), audit.erasing():
        AuditEntry.objects.update(reason="", verb="admit")

    assert AuditEntry.objects.get().reason == "départ"


def test_the_right_to_erase_ends_with_its_block(coordinator):
    audit.record_access(by=coordinator, purpose=OPEN, patient_ids=[3])
    with audit.erasing():
        pass

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AccessEntry.objects.all().delete()


def test_an_account_with_traces_is_never_deleted(coordinator):
    audit.record(coordinator, "suspend", by=coordinator)
    user = coordinator.user
    Membership.objects.filter(pk=coordinator.pk).delete()

    with pytest.raises(ProtectedError):
        user.delete()


def test_accesses_of_counts_by_day_role_and_purpose_without_a_name(coordinator, gp):
    other = MembershipFactory(cpts=coordinator.cpts, role=Role.COORDINATOR)
    for by in (coordinator, other):
        audit.record_access(by=by, purpose=LIST, patient_ids=[3, 4])
    audit.record_access(by=gp, purpose=OPEN, patient_ids=[3])
    audit.record_access(by=gp, purpose=OPEN, patient_ids=[4])
    today = timezone.localdate()

    accesses = audit.accesses_of(3)

    assert accesses == [
        Access(day=today, role="coordinator", is_on_behalf=False, purpose=LIST, times=2),
        Access(day=today, role="professional", is_on_behalf=False, purpose=OPEN, times=1),
    ]


def test_accesses_of_tells_a_delegate_from_the_same_role_acting_for_itself(secretary, delegate):
    audit.record_access(by=delegate, purpose=OPEN, patient_ids=[3])
    audit.record_access(by=delegate, purpose=OPEN, patient_ids=[3])
    audit.record_access(by=secretary, purpose=OPEN, patient_ids=[3])

    told = [(access.role, access.is_on_behalf, access.times) for access in audit.accesses_of(3)]

    assert told == [("secretary", False, 1), ("secretary", True, 2)]


def test_accesses_of_counts_paris_days_latest_first(coordinator):
    late = datetime(2026, 7, 14, 22, 30, tzinfo=UTC)
    for at in (late - timedelta(hours=1), late):
        AccessEntry.objects.create(
            cpts=coordinator.cpts, role="board", purpose=OPEN, patient_ids=[3], at=at
        )

    assert [access.day.day for access in audit.accesses_of(3)] == [15, 14]


def test_accesses_of_is_one_query(coordinator, django_assert_num_queries):
    for _day in range(3):
        audit.record_access(by=coordinator, purpose=OPEN, patient_ids=[3])

    with django_assert_num_queries(1):
        audit.accesses_of(3)


def test_histories_hold_no_identity():
    histories = [model for model in apps.get_models() if issubclass(model, Event)]
    fields = [field for model in histories for field in model._meta.get_fields()]

    assert histories
    assert not [f for f in fields if isinstance(f, EncryptedTextField) or f.name in IDENTIFYING]


@pytest.mark.parametrize("model", [AccessEntry, AuditEntry])
def test_the_triggers_of_the_code_are_those_of_the_database(model, db):
    for trigger in model._meta.triggers:
        assert trigger.get_installation_status(model)[0] == "INSTALLED"
