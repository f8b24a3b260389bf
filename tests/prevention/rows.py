"""One whole row of each table of prevention: every key set, so that each can be tried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from members.models import Cpts, Membership
from prevention.models import (
    Campaign,
    CampaignPage,
    CampaignPartner,
    CampaignTemplate,
    Delivery,
    EventsChange,
    Feedback,
    HeadCount,
    Kit,
    KitItem,
    Material,
    MaterialOrder,
    OptOut,
    OrderLine,
    Picture,
    PreventionTerms,
    RecallContact,
    RecallEntry,
    RecallList,
    Registration,
    RegistrationContact,
    RegistrationDraft,
    ReminderPlan,
    Session,
    Shift,
    TemplateReminder,
    Volunteer,
)
from tests.factories import CommuneFactory, GpFactory, MembershipFactory, PracticeFactory
from tests.members.rows import mission
from tests.prevention.changes import commit
from tests.prevention.makers import (
    CampaignFactory,
    CampaignPageFactory,
    CampaignPartnerFactory,
    KitFactory,
    KitItemFactory,
    MaterialFactory,
    OrderFactory,
    OrderLineFactory,
    PictureFactory,
    PlanFactory,
    RecallContactFactory,
    RecallEntryFactory,
    RecallListFactory,
    RegistrationContactFactory,
    RegistrationFactory,
    SessionFactory,
    ShiftFactory,
    VolunteerFactory,
)


# --- Campaigns ------------------------------------------------------------------------------
def template(cpts: Cpts) -> CampaignTemplate:
    return CampaignTemplate.objects.create(
        code="essai",
        topic=CampaignFactory(cpts=cpts).topic,
        title="Essai",
        audience_note="Tout public",
        goal="Se faire dépister",
        first_month=10,
        last_month=11,
        page_title="Pourquoi venir",
        page_body="Un temps d’échange.",
    )


def template_reminder(cpts: Cpts) -> TemplateReminder:
    return TemplateReminder.objects.create(
        template=template(cpts),
        offset_days=-7,
        at=time(10),
        subject="Bientôt",
        body="Rendez-vous le {date}.",
        sms="Rendez-vous le {date}.",
    )


def campaign(cpts: Cpts) -> Campaign:
    return CampaignFactory(
        cpts=cpts, mission=mission(cpts), previous=CampaignFactory(cpts=cpts, status="closed")
    )


def page(cpts: Cpts) -> CampaignPage:
    return CampaignPageFactory(campaign=campaign(cpts))


def events_change(cpts: Cpts) -> EventsChange:
    """PostgreSQL writes it, as soon as there is something to tell."""
    campaign(cpts)
    commit()
    return EventsChange.objects.get(cpts=cpts)


# --- Sessions -------------------------------------------------------------------------------
def session(cpts: Cpts) -> Session:
    return SessionFactory(campaign=campaign(cpts), practice=PracticeFactory(cpts=cpts))


def shift(cpts: Cpts) -> Shift:
    return ShiftFactory(session=session(cpts))


def volunteer(cpts: Cpts) -> Volunteer:
    kept = shift(cpts)
    before = VolunteerFactory(shift=kept, status="swapped", ended_at=timezone.now())
    return VolunteerFactory(shift=kept, replaces=before)


def registration(cpts: Cpts) -> Registration:
    return RegistrationFactory(
        session=session(cpts), membership=MembershipFactory(cpts=cpts), contact=None
    )


def draft(cpts: Cpts) -> RegistrationDraft:
    became = registration(cpts)
    return RegistrationDraft.objects.create(
        cpts=cpts, session=became.session, registration=became, confirmed_at=timezone.now()
    )


def head_count(cpts: Cpts) -> HeadCount:
    return HeadCount.objects.create(
        cpts=cpts, session=session(cpts), age_band="75+", commune=CommuneFactory(), people=3
    )


def feedback(cpts: Cpts) -> Feedback:
    marks = {"welcome": 5, "usefulness": 4, "would_recommend": 5}
    return Feedback.objects.create(cpts=cpts, session=session(cpts), **marks)


# --- Recalls and reminders ------------------------------------------------------------------
def recall_list(cpts: Cpts) -> RecallList:
    return RecallListFactory(campaign=campaign(cpts))


def recall_entry(cpts: Cpts) -> RecallEntry:
    return RecallEntryFactory(
        recall_list=recall_list(cpts), added_by=GpFactory(cpts=cpts), contact=None
    )


def plan(cpts: Cpts) -> ReminderPlan:
    """Of recalls, read by a second person."""
    flu = recall_list(cpts)
    return PlanFactory(
        campaign=flu.campaign,
        audience="recalled",
        recall_list=flu,
        offset_days=3,
        approved_by=MembershipFactory(cpts=cpts),
        approved_at=timezone.now(),
    )


def delivery(cpts: Cpts, **to: Any) -> Delivery:
    """Planned, in a week, useful for an hour."""
    due_at = timezone.now() + timedelta(days=7)
    moments = {"due_at": due_at, "useful_until": due_at + timedelta(hours=1)}
    return Delivery.objects.create(cpts=cpts, plan=plan(cpts), **moments, **to)


def delivery_to_registration(cpts: Cpts) -> Delivery:
    row = registration(cpts)
    return delivery(cpts, session=row.session, registration=row)


def delivery_to_volunteer(cpts: Cpts) -> Delivery:
    row = volunteer(cpts)
    return delivery(cpts, session=row.shift.session, volunteer=row)


def opt_out(cpts: Cpts) -> OptOut:
    topic = campaign(cpts).topic
    return OptOut.objects.create(
        cpts=cpts, recipient_hash="odette", channel="email", topic=topic, way="page"
    )


# --- Materials ------------------------------------------------------------------------------
def material(cpts: Cpts) -> Material:
    return MaterialFactory(cpts=cpts, campaign=campaign(cpts))


def kit(cpts: Cpts) -> Kit:
    return KitFactory(cpts=cpts, campaign=campaign(cpts))


def order(cpts: Cpts) -> MaterialOrder:
    member: Membership = GpFactory(cpts=cpts)
    return OrderFactory(asked_by=member, practice=PracticeFactory(cpts=cpts))


ROWS: dict[type[models.Model], Callable[[Cpts], Any]] = {
    Campaign: campaign,
    CampaignPage: page,
    CampaignPartner: lambda cpts: CampaignPartnerFactory(campaign=campaign(cpts)),
    CampaignTemplate: template,
    Delivery: delivery_to_registration,
    EventsChange: events_change,
    Feedback: feedback,
    HeadCount: head_count,
    Kit: kit,
    KitItem: lambda cpts: KitItemFactory(kit=kit(cpts), material=material(cpts)),
    Material: material,
    MaterialOrder: order,
    OptOut: opt_out,
    OrderLine: lambda cpts: OrderLineFactory(order=order(cpts), material=material(cpts)),
    Picture: lambda cpts: PictureFactory(page=page(cpts)),
    PreventionTerms: lambda cpts: PreventionTerms.objects.create(cpts=cpts),
    RecallContact: lambda cpts: RecallContactFactory(entry=recall_entry(cpts)),
    RecallEntry: recall_entry,
    RecallList: recall_list,
    Registration: registration,
    RegistrationContact: lambda cpts: RegistrationContactFactory(registration=registration(cpts)),
    RegistrationDraft: draft,
    ReminderPlan: plan,
    Session: session,
    Shift: shift,
    TemplateReminder: template_reminder,
    Volunteer: volunteer,
}

DELIVERIES: dict[str, Callable[[Cpts], Delivery]] = {
    "registration": delivery_to_registration,
    "volunteer": delivery_to_volunteer,
    "recall_entry": lambda cpts: delivery(cpts, recall_entry=recall_entry(cpts)),
}
"""One of each kind, since a reminder goes to one person: by the key that tells whose it is."""
