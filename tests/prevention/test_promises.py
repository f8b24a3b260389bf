"""Each promise of the tables of prevention, broken round every action."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import models
from django.db.models import F
from django.utils import timezone

from members.models import Cpts
from prevention import models as tables
from prevention.models import (
    Campaign,
    Delivery,
    Registration,
    RegistrationStatus,
    ReminderPlan,
    Session,
    Volunteer,
)
from tests.prevention.makers import (
    CampaignFactory,
    RegistrationFactory,
    SessionFactory,
    next_number,
)
from tests.prevention.rows import DELIVERIES, ROWS, delivery_to_registration, registration
from tests.promises import promised, promised_by_triggers, refusal, twin

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = timezone.now()
LONG_AGO = date(2020, 1, 1)
Change = tuple[type[models.Model], dict[str, Any]]

SPOILED: dict[str, Change] = {
    "campaign_closed_has_its_time": (Campaign, {"status": "closed"}),
    "campaign_does_not_follow_itself": (Campaign, {"previous": F("id")}),
    "campaign_ends_after_it_starts": (Campaign, {"ends_on": LONG_AGO}),
    "campaign_published_has_its_time": (Campaign, {"published_at": None}),
    "delivery_dropped_says_why": (Delivery, {"status": "dropped", "settled_at": NOW}),
    "delivery_posted_somewhere": (Delivery, {"status": "posted", "settled_at": NOW}),
    "delivery_settled_has_its_time": (Delivery, {"settled_at": NOW}),
    "delivery_to_one_person": (Delivery, {"registration": None}),
    "delivery_useful_after_it_is_due": (Delivery, {"useful_until": F("due_at") - MINUTE}),
    "feedback_from_1_to_5": (tables.Feedback, {"welcome": 6}),
    "head_count_of_a_crowd": (tables.HeadCount, {"people": 5001}),
    "kit_item_of_something": (tables.KitItem, {"quantity": 0}),
    "material_stock_not_negative": (tables.Material, {"stock": F("stock") - 101}),
    "opt_out_lifted_after_it_was_made": (
        tables.OptOut,
        {"lifted_at": F("refused_at") - MINUTE},
    ),
    "order_line_of_something": (tables.OrderLine, {"quantity": 0}),
    "order_settled_has_its_time": (tables.MaterialOrder, {"status": "served"}),
    "picture_tells_what_it_shows": (tables.Picture, {"alt": ""}),
    "picture_within_its_frame": (tables.Picture, {"width": 1601}),
    "plan_active_since": (ReminderPlan, {"activated_at": None}),
    "plan_approved_by_somebody_else": (ReminderPlan, {"approved_by": F("written_by")}),
    "plan_approved_whole_or_not_at_all": (ReminderPlan, {"approved_at": None}),
    "plan_in_days_or_in_minutes": (ReminderPlan, {"at": None}),
    "plan_of_recalls_has_its_list": (ReminderPlan, {"recall_list": None}),
    "plan_says_something": (ReminderPlan, {"body": "", "sms": ""}),
    "prevention_terms_leave_time": (tables.PreventionTerms, {"offer_minutes": 0}),
    "recall_contact_erased_keeps_nothing": (tables.RecallContact, {"erased_at": NOW}),
    "recall_contact_reachable_until_erased": (tables.RecallContact, {"phone": "", "email": ""}),
    "recall_entry_settled_has_its_time": (tables.RecallEntry, {"status": "done"}),
    "recall_entry_with_agreement": (tables.RecallEntry, {"has_agreed": False}),
    "registration_contact_erased_keeps_nothing": (
        tables.RegistrationContact,
        {"erased_at": NOW},
    ),
    "registration_contact_known_until_erased": (
        tables.RegistrationContact,
        {"phone": "", "email": "", "last_name": ""},
    ),
    "registration_draft_code_expires": (tables.RegistrationDraft, {"code_hash": "482913"}),
    "registration_draft_confirmed_became_one": (tables.RegistrationDraft, {"confirmed_at": None}),
    "registration_ended_has_its_time": (Registration, {"status": "cancelled"}),
    "registration_noted_has_its_time": (Registration, {"status": "attended"}),
    "registration_offered_until": (Registration, {"status": "offered"}),
    "registration_opinion_of_who_came": (Registration, {"has_answered": True}),
    "session_ages_in_order": (Session, {"min_age": 60, "max_age": 50}),
    "session_ages_of_people": (Session, {"max_age": 121}),
    "session_cancelled_says_why": (Session, {"status": "cancelled", "cancelled_at": NOW}),
    "session_ends_within_a_day": (Session, {"ends_at": F("starts_at") + DAY + MINUTE}),
    "session_has_seats": (Session, {"capacity": 0}),
    "session_held_has_its_time": (Session, {"status": "held"}),
    "session_never_overfull": (Session, {"taken": F("capacity") + 1}),
    "shift_ends_after_it_starts": (tables.Shift, {"ends_at": F("starts_at")}),
    "shift_wants_somebody": (tables.Shift, {"wanted": 0}),
    "template_months_both_or_neither": (tables.CampaignTemplate, {"last_month": None}),
    "template_reminder_in_days_or_minutes": (tables.TemplateReminder, {"at": None}),
    "volunteer_ended_has_its_time": (Volunteer, {"status": "left"}),
}
"""What one row may not become: its table and the change that PostgreSQL refuses."""

OFTEN: dict[str, list[Change]] = {
    "campaign_closed_has_its_time": [(Campaign, {"closed_at": NOW})],
    "campaign_published_has_its_time": [(Campaign, {"status": "draft"})],
    "delivery_dropped_says_why": [(Delivery, {"reason": "done"})],
    "delivery_posted_somewhere": [
        (Delivery, {"status": "posted", "settled_at": NOW, "channel": "sms"}),
        (Delivery, {"status": "posted", "settled_at": NOW, "recipient_hash": "odette"}),
    ],
    "delivery_settled_has_its_time": [(Delivery, {"status": "dropped", "reason": "done"})],
    "delivery_to_one_person": [(Delivery, {"session": None})],
    "feedback_from_1_to_5": [
        (tables.Feedback, {"usefulness": 0}),
        (tables.Feedback, {"would_recommend": 6}),
    ],
    "kit_item_of_something": [(tables.KitItem, {"quantity": 10_001})],
    "material_stock_not_negative": [(tables.Material, {"stock": 1_000_001})],
    "order_line_of_something": [(tables.OrderLine, {"quantity": 10_001})],
    "order_settled_has_its_time": [(tables.MaterialOrder, {"settled_at": NOW})],
    "picture_within_its_frame": [
        (tables.Picture, {"height": 0}),
        (tables.Picture, {"height": 1601}),
    ],
    "plan_active_since": [(ReminderPlan, {"status": "draft"})],
    "plan_approved_whole_or_not_at_all": [(ReminderPlan, {"approved_by": None})],
    "plan_in_days_or_in_minutes": [
        (ReminderPlan, {"offset_days": 401}),
        (ReminderPlan, {"offset_days": None}),
        (ReminderPlan, {"offset_days": None, "at": None}),
        (ReminderPlan, {"offset_minutes": -120}),
        (ReminderPlan, {"offset_days": None, "at": None, "offset_minutes": -2881}),
    ],
    "plan_of_recalls_has_its_list": [
        (ReminderPlan, {"audience": "registered"}),
        (ReminderPlan, {"offset_days": None, "at": None, "offset_minutes": -120}),
    ],
    "plan_says_something": [(ReminderPlan, {"subject": "", "sms": ""})],
    "prevention_terms_leave_time": [
        (tables.PreventionTerms, {"offer_minutes": 20_161}),
        (tables.PreventionTerms, {"near_offer_minutes": 0}),
    ],
    "recall_entry_settled_has_its_time": [(tables.RecallEntry, {"settled_at": NOW})],
    "registration_draft_confirmed_became_one": [(tables.RegistrationDraft, {"registration": None})],
    "registration_ended_has_its_time": [
        (Registration, {"status": "late"}),
        (Registration, {"ended_at": NOW}),
    ],
    "registration_noted_has_its_time": [
        (Registration, {"status": "absent"}),
        (Registration, {"noted_at": NOW}),
    ],
    "registration_offered_until": [(Registration, {"offer_until": NOW})],
    "session_ages_of_people": [(Session, {"min_age": 121})],
    "session_cancelled_says_why": [
        (Session, {"status": "cancelled", "cancel_reason": "room"}),
        (Session, {"cancel_reason": "room"}),
    ],
    "session_ends_within_a_day": [(Session, {"ends_at": F("starts_at")})],
    "session_has_seats": [(Session, {"capacity": 5001})],
    "session_held_has_its_time": [(Session, {"held_at": NOW})],
    "shift_wants_somebody": [(tables.Shift, {"wanted": 101})],
    "template_months_both_or_neither": [
        (tables.CampaignTemplate, {"first_month": None}),
        (tables.CampaignTemplate, {"first_month": 13}),
    ],
    "template_reminder_in_days_or_minutes": [(tables.TemplateReminder, {"offset_minutes": -120})],
    "volunteer_ended_has_its_time": [
        (Volunteer, {"ended_at": NOW}),
        (Volunteer, {"status": "left", "ended_at": NOW, "seeks_swap": True}),
    ],
}
"""The other sides from which the same promises are broken."""

EACH = [(name, *change) for name, change in SPOILED.items()] + [
    (name, *change) for name, changes in OFTEN.items() for change in changes
]

NOBODY = {"membership": None, "person_hash": ""}
TWICE: dict[str, Change] = {
    "campaign_form_once": (Campaign, {"key": "same", "previous": None}),
    "campaign_page_position_once": (tables.CampaignPage, {}),
    "campaign_partner_once": (tables.CampaignPartner, {}),
    "delivery_once_per_registration": (Delivery, {}),
    "events_change_once_per_cpts": (tables.EventsChange, {}),
    "head_count_once": (tables.HeadCount, {}),
    "kit_item_once": (tables.KitItem, {}),
    "kit_name_once": (tables.Kit, {}),
    "material_name_once": (tables.Material, {}),
    "opt_out_once": (tables.OptOut, {}),
    "order_form_once": (tables.MaterialOrder, {"key": "same"}),
    "order_line_once": (tables.OrderLine, {}),
    "prevention_terms_once": (tables.PreventionTerms, {}),
    "recall_entry_form_once": (tables.RecallEntry, {"key": "same", "person_hash": ""}),
    "recall_entry_once_per_person": (tables.RecallEntry, {}),
    "recall_list_title_once": (tables.RecallList, {}),
    "registration_form_once": (Registration, {"key": "same", "number": 2, **NOBODY}),
    "registration_once_per_member": (Registration, {"number": 2, "person_hash": ""}),
    "registration_once_per_person": (Registration, {"number": 2, "membership": None}),
    "registration_rank_once": (Registration, NOBODY),
    "session_form_once": (Session, {"key": "same"}),
    "template_reminder_once": (tables.TemplateReminder, {}),
    "volunteer_once_per_shift": (Volunteer, {"replaces": None}),
}
"""What two rows may not share: their table, and how the second differs; a key is new else."""

BELOW = {
    "delivery_never_to_the_unsubscribed",
    "delivery_once_per_recall",
    "delivery_once_per_volunteer",
    "registration_ended_for_good",
    "registration_keeps_its_rank",
    "registration_of_a_session_to_come",
    "registration_offered_before_confirmed",
    "registration_offered_in_order",
    "registration_overtakes_nobody",
}
"""Broken by name further down: seats and lines, and what is never sent."""


@pytest.mark.parametrize(
    ("name", "model", "change"), EACH, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(EACH)]
)
def test_a_row_is_not_spoiled(
    cpts: Cpts, name: str, model: type[models.Model], change: dict[str, Any]
) -> None:
    row = ROWS[model](cpts)

    assert refusal(lambda: model._default_manager.filter(pk=row.pk).update(**change)) == name


@pytest.mark.parametrize("name", sorted(TWICE))
def test_two_rows_do_not_share_what_is_one_s_own(cpts: Cpts, name: str) -> None:
    model, change = TWICE[name]
    first = ROWS[model](cpts)
    second = twin(first)
    for field, value in change.items():
        setattr(second, field, getattr(first, field) if value == "same" else value)

    assert refusal(lambda: second.save(force_insert=True)) == name


def test_every_promise_is_tried() -> None:
    promises = promised("prevention") | promised_by_triggers("prevention")

    assert promises == {*SPOILED, *TWICE, *BELOW}
    assert {*OFTEN} <= {*SPOILED}


# --- Coming in ------------------------------------------------------------------------------
def line(cpts: Cpts, *states: str) -> list[Registration]:
    """One each, in the order of arrival, in one session of the CPTS."""
    session = SessionFactory(campaign=CampaignFactory(cpts=cpts))
    return [RegistrationFactory(session=session, status=state, contact=None) for state in states]


def taken(row: Registration) -> int:
    return Session.objects.get(pk=row.session_id).taken


def write(row: Registration, **change: Any) -> str:
    return refusal(lambda: Registration.objects.filter(pk=row.pk).update(**change))


def come(session: Session, **told: Any) -> Registration:
    return RegistrationFactory(session=session, contact=None, **told)


def close(session: Session, **ended: Any) -> Session:
    Session.objects.filter(pk=session.pk).update(**ended)
    return session


GONE = [
    {"status": "cancelled", "cancelled_at": NOW, "cancel_reason": "room"},
    {"status": "held", "held_at": NOW},
    {"starts_at": NOW - 2 * HOUR, "ends_at": NOW - MINUTE},
]


@pytest.mark.parametrize("ended", GONE, ids=["cancelled", "held", "past"])
@pytest.mark.parametrize("state", ["confirmed", "waiting"])
def test_nobody_comes_into_a_session_that_is_over(
    cpts: Cpts, ended: dict[str, Any], state: str
) -> None:
    session = close(SessionFactory(campaign__cpts=cpts), **ended)

    refused = refusal(lambda: come(session, status=state))

    assert refused == "registration_of_a_session_to_come"


def test_whoever_stood_at_the_door_is_still_noted_once_it_is_over(cpts: Cpts) -> None:
    session = close(SessionFactory(campaign__cpts=cpts), **GONE[1])

    row = come(session, door="walk_in", status="attended")

    assert taken(row) == 1


def test_nobody_walks_into_a_session_that_was_called_off(cpts: Cpts) -> None:
    session = close(SessionFactory(campaign__cpts=cpts), **GONE[0])

    refused = refusal(lambda: come(session, door="walk_in", status="attended"))

    assert refused == "registration_of_a_session_to_come"


def test_nobody_overtakes_those_who_wait(cpts: Cpts) -> None:
    [waiting] = line(cpts, "waiting")

    assert refusal(lambda: come(waiting.session)) == "registration_overtakes_nobody"


def test_one_more_than_there_are_seats_is_refused_by_the_count_itself(cpts: Cpts) -> None:
    session = SessionFactory(campaign__cpts=cpts, capacity=1)
    come(session)

    assert refusal(lambda: come(session)) == "session_never_overfull"


# --- The line -------------------------------------------------------------------------------
@pytest.mark.parametrize("change", ["number", "session"])
def test_a_rank_is_not_written_again(cpts: Cpts, change: str) -> None:
    [row] = line(cpts, "waiting")
    other = SessionFactory(campaign=row.session.campaign)
    value = {"number": row.number + 1, "session": other}[change]

    assert write(row, **{change: value}) == "registration_keeps_its_rank"


@pytest.mark.parametrize("state", ["confirmed", "attended"])
def test_out_of_the_line_a_seat_is_offered_first(cpts: Cpts, state: str) -> None:
    [row] = line(cpts, "waiting")
    noted = {"noted_at": NOW} if state == "attended" else {}

    assert write(row, status=state, **noted) == "registration_offered_before_confirmed"


def test_a_seat_is_not_offered_to_the_second_in_line(cpts: Cpts) -> None:
    _first, second = line(cpts, "waiting", "waiting")

    refused = write(second, status="offered", offer_until=NOW + HOUR)

    assert refused == "registration_offered_in_order"


def test_once_the_first_has_her_offer_the_second_has_hers(cpts: Cpts) -> None:
    rows = line(cpts, "waiting", "waiting")

    for row in rows:
        Registration.objects.filter(pk=row.pk).update(status="offered", offer_until=NOW + HOUR)

    assert taken(rows[0]) == 2


@pytest.mark.parametrize("ended", ["cancelled", "late"])
@pytest.mark.parametrize("back", ["confirmed", "waiting"])
def test_whoever_left_does_not_come_back_at_her_rank(cpts: Cpts, ended: str, back: str) -> None:
    [row] = line(cpts, ended)

    assert write(row, status=back, ended_at=None) == "registration_ended_for_good"


def test_whoever_left_comes_back_at_the_end(cpts: Cpts) -> None:
    row = registration(cpts)
    Registration.objects.filter(pk=row.pk).update(status="cancelled", ended_at=NOW)

    again = twin(row)
    again.number, again.status, again.ended_at = next_number(row.session), "confirmed", None
    again.save()

    assert (again.number, taken(row)) == (row.number + 1, 1)


@pytest.mark.parametrize("state", RegistrationStatus.values)
def test_seats_are_counted_as_registrations_come_and_go(cpts: Cpts, state: str) -> None:
    [row] = line(cpts, state)
    came = taken(row)

    row.delete()

    assert (came, taken(row)) == (int(state in tables.SEATED), 0)


# --- Reminders ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("to", "name"),
    [
        ("volunteer", "delivery_once_per_volunteer"),
        ("recall_entry", "delivery_once_per_recall"),
    ],
)
def test_nobody_is_reminded_twice_by_one_plan(cpts: Cpts, to: str, name: str) -> None:
    second = twin(DELIVERIES[to](cpts))

    assert refusal(lambda: second.save(force_insert=True)) == name


@pytest.mark.parametrize("second", ["volunteer", "recall_entry"])
def test_a_reminder_goes_to_one_person_alone(cpts: Cpts, second: str) -> None:
    row, other = delivery_to_registration(cpts), DELIVERIES[second](cpts)
    also = {second: getattr(other, second)}

    refused = refusal(lambda: Delivery.objects.filter(pk=row.pk).update(**also))

    assert refused == "delivery_to_one_person"


POSTED = {"status": "posted", "channel": "sms", "recipient_hash": "odette", "settled_at": NOW}


def refuse(row: Delivery, **columns: Any) -> None:
    """Odette wants no text message about the topic, unless told otherwise."""
    said = {"recipient_hash": "odette", "channel": "sms", "topic": row.plan.campaign.topic}
    tables.OptOut.objects.create(cpts=row.cpts, way="page", **{**said, **columns})


@pytest.mark.parametrize("columns", [{}, {"topic": None}], ids=["this topic", "anything"])
def test_nothing_is_posted_to_an_address_that_has_unsubscribed(
    cpts: Cpts, columns: dict[str, Any]
) -> None:
    row = delivery_to_registration(cpts)
    refuse(row, **columns)

    refused = refusal(lambda: Delivery.objects.filter(pk=row.pk).update(**POSTED))

    assert refused == "delivery_never_to_the_unsubscribed"


def test_nor_born_posted(cpts: Cpts) -> None:
    row = delivery_to_registration(cpts)
    refuse(row)
    second = twin(row)
    for field, value in POSTED.items():
        setattr(second, field, value)

    refused = refusal(lambda: second.save(force_insert=True))

    assert refused == "delivery_never_to_the_unsubscribed"


@pytest.mark.parametrize(
    "columns",
    [{"lifted_at": NOW + DAY}, {"channel": "email"}, {"recipient_hash": "gaston"}],
    ids=["lifted", "another channel", "another address"],
)
def test_what_was_not_refused_is_posted(cpts: Cpts, columns: dict[str, Any]) -> None:
    row = delivery_to_registration(cpts)
    refuse(row, **columns)

    assert Delivery.objects.filter(pk=row.pk).update(**POSTED) == 1
