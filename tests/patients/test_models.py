"""What the database itself refuses, whoever goes round the actions: each constraint by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from members.models import Cpts
from patients.models import (
    ContactAttempt,
    GPRequest,
    Intake,
    Note,
    Patient,
    PriorityRuleSet,
    PrivateLink,
    ReferenceCounter,
    Referral,
    RequestDraft,
)
from tests.factories import (
    CptsFactory,
    GpFactory,
    GPRequestFactory,
    IntakeFactory,
    MembershipFactory,
    PatientFactory,
    ReferralFactory,
    RuleSetFactory,
)

NOW = timezone.now()
Attempt = Callable[[Cpts], object]


def change(factory, /, **fields) -> Attempt:
    """Make a row that stands, then change it behind the actions' back."""

    def attempt(cpts: Cpts) -> object:
        row = factory(cpts)
        return type(row)._base_manager.filter(pk=row.pk).update(**fields)

    return attempt


def patient(cpts):
    return PatientFactory(cpts=cpts)


def request(cpts):
    return GPRequestFactory(cpts=cpts)


def referral(cpts):
    return ReferralFactory(request__cpts=cpts)


def intake(cpts):
    return IntakeFactory(membership=GpFactory(cpts=cpts))


def elsewhere(factory=MembershipFactory):
    return factory(cpts=CptsFactory())


def second_reference(cpts):
    GPRequestFactory(cpts=cpts, reference=request(cpts).reference)


def second_in_progress(cpts):
    GPRequestFactory(cpts=cpts, patient=request(cpts).patient)


def second_holding(cpts):
    ReferralFactory(request=referral(cpts).request)


def rule_set_twice(cpts):
    rule_set = RuleSetFactory(cpts=cpts)
    PriorityRuleSet.objects.create(cpts=cpts, version=rule_set.version, is_active=False, rules=[])


def two_active(cpts):
    RuleSetFactory(cpts=cpts, version=1)
    RuleSetFactory(cpts=cpts, version=2)


def counter_twice(cpts):
    for _time in range(2):
        ReferenceCounter.objects.create(cpts=cpts, year=2026)


def private_link(cpts, *, owner=None, expires_at=None):
    return PrivateLink.objects.create(
        cpts=owner or cpts,
        request=request(cpts),
        token_hash="x",
        expires_at=expires_at or NOW + timedelta(days=900),
    )


def note(cpts, *, owner=None, author=None):
    author = author or MembershipFactory(cpts=cpts)
    return Note.objects.create(cpts=owner or cpts, request=request(cpts), author=author, body="x")


def attempt_at(cpts, *, owner=None, by=None):
    by = by or MembershipFactory(cpts=cpts)
    return ContactAttempt.objects.create(
        cpts=owner or cpts, request=request(cpts), by=by, way="sms"
    )


BROKEN: dict[str, Attempt] = {
    "patient_named_and_reachable_until_erased": change(patient, last_name=""),
    "patient_erased_keeps_nothing": change(patient, erased_at=NOW),
    "rule_set_version_once": rule_set_twice,
    "rule_set_one_active": two_active,
    "gp_request_patient_same_cpts": lambda cpts: GPRequestFactory(
        cpts=cpts, patient=elsewhere(PatientFactory)
    ),
    "gp_request_rule_set_same_cpts": lambda cpts: GPRequestFactory(
        cpts=cpts, rule_set=elsewhere(RuleSetFactory)
    ),
    "gp_request_assignee_same_cpts": lambda cpts: GPRequestFactory(
        cpts=cpts, assigned_to=elsewhere()
    ),
    "gp_request_reference_once": second_reference,
    "gp_request_one_in_progress_per_patient": second_in_progress,
    "gp_request_closed_when_ended": change(request, status="withdrawn"),
    "gp_request_first_visit_has_its_day": change(request, status="first_visit_set"),
    "gp_request_priority_from_1_to_5": change(request, priority=6),
    "gp_request_override_says_why": change(request, priority_override=1),
    "gp_request_ended_needs_no_call_back": change(
        request, status="withdrawn", closed_at=NOW, call_back_on=timezone.localdate()
    ),
    "reference_counter_once_a_year": counter_twice,
    "private_link_request_same_cpts": lambda cpts: private_link(cpts, owner=CptsFactory()),
    "private_link_expires_later": lambda cpts: private_link(
        cpts, expires_at=NOW - timedelta(days=1)
    ),
    "draft_confirmed_became_a_request": lambda cpts: RequestDraft.objects.create(confirmed_at=NOW),
    "draft_code_expires": lambda cpts: RequestDraft.objects.create(code_hash="x"),
    "intake_membership_same_cpts": lambda cpts: IntakeFactory(
        membership=elsewhere(GpFactory), cpts=cpts
    ),
    "intake_quota_at_most_200": change(intake, monthly_quota=201),
    "intake_radius_from_1_to_100": change(intake, radius_km=0),
    "referral_request_same_cpts": lambda cpts: ReferralFactory(
        request=elsewhere(GPRequestFactory),
        cpts=cpts,
        gp=GpFactory(cpts=cpts),
        proposed_by=MembershipFactory(cpts=cpts),
    ),
    "referral_gp_same_cpts": lambda cpts: ReferralFactory(
        request__cpts=cpts, gp=elsewhere(GpFactory)
    ),
    "referral_proposer_same_cpts": lambda cpts: ReferralFactory(
        request__cpts=cpts, proposed_by=elsewhere()
    ),
    "referral_one_holding_per_request": second_holding,
    "referral_answered_once_not_live": change(referral, status="expired"),
    "referral_reserved_has_its_time": change(referral, status="reserved"),
    "referral_declined_says_why": change(referral, status="declined", answered_at=NOW),
    "referral_expires_after_proposal": change(referral, expires_at=NOW - timedelta(days=1)),
    "note_request_same_cpts": lambda cpts: note(
        cpts, owner=(other := CptsFactory()), author=MembershipFactory(cpts=other)
    ),
    "note_author_same_cpts": lambda cpts: note(cpts, author=elsewhere()),
    "attempt_request_same_cpts": lambda cpts: attempt_at(
        cpts, owner=(other := CptsFactory()), by=MembershipFactory(cpts=other)
    ),
    "attempt_author_same_cpts": lambda cpts: attempt_at(cpts, by=elsewhere()),
    "note_once_per_form": lambda cpts: twice(note(cpts)),
    "attempt_once_per_form": lambda cpts: twice(attempt_at(cpts)),
}


def twice(row: Note | ContactAttempt) -> None:
    """The same form, written down two times."""
    for _time in range(2):
        row.pk, row.form_key, row._state.adding = None, UUID(int=1), True
        row.save()


def break_and_check(attempt: Attempt, cpts: Cpts) -> None:
    """Composite keys wait for the end of the transaction: ask them now."""
    with transaction.atomic(), connection.cursor() as cursor:
        attempt(cpts)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses(cpts, name):
    with pytest.raises(IntegrityError, match=rf"\b{name}\b"):
        break_and_check(BROKEN[name], cpts)


def test_every_named_constraint_of_the_app_is_tested_here():
    """`…_id_within_cpts` only lets composite keys point at a row: no row can break it alone."""
    named = {
        constraint.name
        for model in apps.get_app_config("patients").get_models()
        for constraint in model._meta.constraints
        if not re.search(r"_id_within_cpts$", constraint.name)
    }

    assert named == set(BROKEN)


def test_rows_say_little_of_themselves(cpts):
    """What a log or a traceback may print: a number, never a name."""
    rows = [referral(cpts), intake(cpts), patient(cpts), note(cpts), attempt_at(cpts)]

    for row in rows:
        assert re.fullmatch(r"[^\W\d]+ \d+", str(row))
    assert isinstance(rows[0], Referral)
    assert isinstance(rows[1], Intake)
    assert str(GPRequest(reference="2026-0418")) == "2026-0418"


def test_patient_age_is_in_whole_years():
    born = Patient(birth_date=timezone.localdate().replace(year=1948, month=3, day=27))

    assert born.age_on(born.birth_date.replace(year=2026, day=26)) == 77
    assert born.age_on(born.birth_date.replace(year=2026)) == 78
    assert Patient().age_on(born.birth_date) is None


def test_patient_display_name():
    named = Patient(civility="mme", first_name="Odile", last_name="Garnier")

    assert named.display_name == "Mme Odile Garnier"
    assert Patient(erased_at=NOW).display_name == "Identité effacée"
