"""Each promise of the association's tables, broken round every form: PostgreSQL says no."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.db.models import F
from django.utils import timezone

from cpts_portal.core.scoping import scopes_disabled
from members import models as tables
from members.models import Cpts, Mandate, Membership
from tests.factories import CommuneFactory, UserFactory
from tests.members.rows import NOW, ROWS, TODAY
from tests.promises import promised, refusal, twin

YEAR = timedelta(days=400)
SPOILED: dict[str, tuple[type[models.Model], dict[str, Any]]] = {
    "ad_closed_has_its_time": (tables.Ad, {"status": "filled"}),
    "ad_ends_after_it_starts": (tables.Ad, {"ends_on": TODAY}),
    "ad_shown_half_a_year_at_most": (tables.Ad, {"expires_on": TODAY + YEAR}),
    "application_admitted_makes_a_member": (tables.Application, {"membership": None}),
    "application_closed_has_its_time": (tables.Application, {"closed_at": None}),
    "application_decided_by_somebody_some_day": (tables.Application, {"decided_by": None}),
    "application_place_known_or_described": (tables.ApplicationPlace, {"practice": None}),
    "application_professional_has_profession": (tables.Application, {"kind": "professional"}),
    "application_rpps_has_11_digits": (tables.Application, {"rpps": "123"}),
    "application_submitted_is_whole": (tables.Application, {"accepted_at": None}),
    "attendance_present_at_a_rate": (tables.Attendance, {"hourly_rate": None}),
    "attendance_present_whole_or_not_at_all": (tables.Attendance, {"minutes": None}),
    "college_fee_not_negative": (tables.College, {"fee": -1}),
    "college_grace_at_most_a_year": (tables.College, {"grace_days": 366}),
    "delegation_ends_after_it_starts": (tables.Delegation, {"ends_on": date(2026, 1, 1)}),
    "delegation_never_to_oneself": (tables.Delegation, {"delegate": F("principal")}),
    "delegation_revoked_by_somebody": (tables.Delegation, {"revoked_by": None}),
    "document_has_text_or_file": (tables.Document, {"body": ""}),
    "factor_reset_by_two_people": (tables.FactorReset, {"confirmed_by": F("opened_by")}),
    "factor_reset_confirmed_by_somebody": (tables.FactorReset, {"confirmed_by": None}),
    "factor_reset_never_ones_own": (tables.FactorReset, {"membership": F("confirmed_by")}),
    "import_batch_applied_has_its_time": (tables.ImportBatch, {"status": "applied"}),
    "import_batch_file_only_while_unread": (tables.ImportBatch, {"status": "read", "file": b"x"}),
    "import_row_wrong_is_never_added": (tables.ImportRow, {"verdict": "wrong"}),
    "invitation_accepted_or_revoked": (tables.Invitation, {"accepted_at": NOW, "revoked_at": NOW}),
    "invitation_expires_after_creation": (tables.Invitation, {"expires_at": NOW}),
    "mandate_ends_after_it_starts": (tables.Mandate, {"ends_on": date(2026, 1, 2)}),
    "meeting_ends_the_same_day_or_night": (tables.Meeting, {"ends_at": NOW + YEAR}),
    "meeting_minutes_published_once_held": (tables.Meeting, {"minutes_published_at": NOW}),
    "membership_ended_says_why": (tables.Membership, {"ends_on": TODAY}),
    "membership_ends_after_it_starts": (
        tables.Membership,
        {"ends_on": date(2025, 1, 1), "end_reason": "left"},
    ),
    "membership_erased_keeps_nothing": (tables.Membership, {"erased_at": NOW}),
    "membership_professional_has_profession": (tables.Membership, {"role": "professional"}),
    "membership_public_only_with_identity": (tables.Membership, {"public_fields": ["phone"]}),
    "membership_rpps_has_11_digits": (tables.Membership, {"rpps": "123"}),
    "mission_rate_not_negative": (tables.Mission, {"hourly_rate": -1}),
    "opening_hours_close_after_they_open": (tables.OpeningHours, {"closes": 500}),
    "opening_hours_on_a_day_of_the_week": (tables.OpeningHours, {"weekday": 8}),
    "rpps_difference_decided_by_somebody": (tables.RppsDifference, {"decided_by": None}),
    "subscription_ends_after_it_starts": (tables.Subscription, {"ends_on": date(2025, 1, 1)}),
    "subscription_fee_not_negative": (tables.Subscription, {"fee": -1}),
    "subscription_free_means_nought": (tables.Subscription, {"means": "free"}),
    "subscription_paid_whole_or_not_at_all": (tables.Subscription, {"paid_on": None}),
    "suggestion_answered_whole_or_not_at_all": (tables.Suggestion, {"answered_by": None}),
    "suggestion_published_with_its_answer": (
        tables.Suggestion,
        {"answer": "", "answered_by": None, "answered_at": None, "is_published": True},
    ),
    "survey_answer_says_something": (tables.SurveyAnswer, {"choices": []}),
    "survey_closed_has_its_time": (
        tables.Survey,
        {"status": "closed", "opened_at": NOW, "closes_on": TODAY},
    ),
    "survey_open_has_its_times": (tables.Survey, {"status": "open"}),
    "survey_question_choices_where_one_chooses": (tables.SurveyQuestion, {"options": ["seule"]}),
    "welcome_introduced_with_consent": (tables.Welcome, {"introduced_at": NOW}),
    "welcome_mentor_is_somebody_else": (tables.Welcome, {"mentor": F("membership")}),
}
"""What one row may not become: its table and the change that PostgreSQL refuses."""

fresh_email = {"email": "autre@sante.example"}
one_form = {"key": uuid.UUID(int=1)}
TWICE: dict[str, tuple[type[models.Model], dict[str, Any], dict[str, Any]]] = {
    "ad_message_once_per_form": (tables.AdMessage, one_form, one_form),
    "agenda_item_position_once": (tables.AgendaItem, {}, {}),
    "application_one_waiting_per_email": (
        tables.Application,
        {
            "status": "submitted",
            "closed_at": None,
            "decided_on": None,
            "decided_by": None,
            "ratified_on": None,
            "membership": None,
        },
        {"token_hash": "other"},
    ),
    "application_one_waiting_per_rpps": (
        tables.Application,
        {
            "status": "submitted",
            "closed_at": None,
            "decided_on": None,
            "decided_by": None,
            "ratified_on": None,
            "membership": None,
            "rpps": "10990000012",
        },
        {"token_hash": "other", **fresh_email},
    ),
    "application_token_once": (
        tables.Application,
        {"status": "withdrawn", "decided_on": None, "decided_by": None}
        | {"ratified_on": None, "membership": None},
        fresh_email,
    ),
    "attendance_once_per_person": (tables.Attendance, {}, {}),
    "college_name_once": (tables.College, {}, {}),
    "contour_one_per_commune": (tables.Contour, {}, {}),
    "delegation_once_at_a_time": (
        tables.Delegation,
        {"revoked_at": None, "revoked_by": None},
        {},
    ),
    "document_version_once": (tables.Document, {"kind": "charter"}, {}),
    "factor_reset_one_live_per_member": (
        tables.FactorReset,
        {"confirmed_at": None, "confirmed_by": None},
        {},
    ),
    "group_name_once": (tables.Group, {}, {}),
    "group_one_bureau_one_board": (tables.Group, {"kind": "bureau"}, {"name": "Autre"}),
    "import_row_line_once": (tables.ImportRow, {}, {"membership": None}),
    "invitation_one_live_per_member": (tables.Invitation, {}, {"token_hash": "other"}),
    "mandate_one_holder_per_function": (tables.Mandate, {}, {"membership": "another"}),
    "mandate_one_seat_per_person": (tables.Mandate, {}, {"function": "member"}),
    "membership_one_at_a_time": (tables.Membership, {}, {}),
    "membership_rpps_once_among_members": (
        tables.Membership,
        {"rpps": "10990000012"},
        {"user": "another"},
    ),
    "mission_code_once": (tables.Mission, {}, {}),
    "opening_hours_do_not_overlap": (tables.OpeningHours, {}, {"opens": 700, "closes": 800}),
    "receipt_counter_once_a_year": (tables.ReceiptCounter, {}, {}),
    "rpps_difference_said_once": (tables.RppsDifference, {}, {}),
    "subscription_periods_do_not_overlap": (
        tables.Subscription,
        {},
        {"receipt_number": "2026-0002", "starts_on": date(2026, 12, 31)}
        | {"ends_on": date(2027, 12, 31)},
    ),
    "subscription_receipt_number_once": (
        tables.Subscription,
        {},
        {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)},
    ),
    "suggestion_once_per_form": (tables.Suggestion, one_form, one_form),
    "survey_ballot_once_per_member": (tables.SurveyBallot, {}, {}),
    "survey_question_position_once": (tables.SurveyQuestion, {}, {}),
    "welcome_tick_once": (tables.WelcomeTick, {}, {}),
}
"""What two rows may not share: their table, how the first is made ready, how the second differs."""

ELSEWHERE = {
    "cpts_slug_not_reserved",
    "cpts_referral_hours_between_1_and_720",
    "practice_finess_has_9_characters",
    "practice_member_once",
    "practice_member_one_main_place",
    "practice_position_whole_or_absent",
    "rpps_activity_number_has_11_digits",
    "user_email_null_rather_than_empty",
    "user_email_unique_whatever_the_case",
    "user_erased_is_closed_and_nameless",
}
"""Broken by name in test_models.py and below."""


@pytest.mark.parametrize("name", sorted(SPOILED))
def test_a_row_is_not_spoiled(cpts: Cpts, name: str) -> None:
    model, change = SPOILED[name]
    row = ROWS[model](cpts)

    assert refusal(lambda: model._default_manager.filter(pk=row.pk).update(**change)) == name


@pytest.mark.parametrize("name", sorted(TWICE))
def test_two_rows_do_not_share_what_is_one_s_own(cpts: Cpts, name: str) -> None:
    model, ready, change = TWICE[name]
    first = ROWS[model](cpts)
    model._default_manager.filter(pk=first.pk).update(**ready)
    second = twin(first)
    for field, value in change.items():
        setattr(second, field, _another(cpts, field) if value == "another" else value)

    assert refusal(lambda: second.save(force_insert=True)) == name


def _another(cpts: Cpts, field: str) -> Any:
    return ROWS[Membership](cpts) if field == "membership" else UserFactory()


def test_every_promise_is_tried() -> None:
    assert promised("members") == {*SPOILED, *TWICE, *ELSEWHERE}


def test_a_mandate_lies_within_its_membership(cpts: Cpts) -> None:
    seat = ROWS[Mandate](cpts)
    early = {"starts_on": date(2025, 12, 31)}

    refused = refusal(lambda: Mandate.objects.filter(pk=seat.pk).update(**early))

    assert refused == "mandate_within_membership"


def test_a_membership_does_not_end_under_a_mandate(cpts: Cpts) -> None:
    seat = ROWS[Mandate](cpts)
    ended = {"ends_on": TODAY + timedelta(days=30), "end_reason": "left"}

    refused = refusal(lambda: Membership.objects.filter(pk=seat.membership_id).update(**ended))

    assert refused == "mandate_within_membership"


def test_a_membership_and_its_mandates_end_together(cpts: Cpts) -> None:
    seat = ROWS[Mandate](cpts)
    last = TODAY + timedelta(days=30)

    Membership.objects.filter(pk=seat.membership_id).update(ends_on=last, end_reason="left")
    Mandate.objects.filter(pk=seat.pk).update(ends_on=last)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert Mandate.objects.get(pk=seat.pk).ends_on == last


def test_a_register_line_has_a_number_of_11_digits(cpts: Cpts) -> None:
    line = tables.RppsActivity(
        rpps="123", last_name="X", search_name="x", commune=CommuneFactory(), extracted_on=TODAY
    )

    assert refusal(line.save) == "rpps_activity_number_has_11_digits"


def test_an_erased_account_has_no_name(cpts: Cpts) -> None:
    with scopes_disabled():
        user = ROWS[Membership](cpts).user
    user.erased_at, user.is_active = timezone.now(), False

    assert refusal(user.save) == "user_erased_is_closed_and_nameless"
