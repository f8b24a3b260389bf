"""One row of each thing of prevention, in an order that PostgreSQL accepts."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import factory
from django.db.models import F
from django.utils import timezone
from factory.django import DjangoModelFactory

from cpts_portal.core.fields import keyed_hash
from members.models import Role
from prevention.models import (
    Campaign,
    CampaignPage,
    CampaignPartner,
    CampaignStatus,
    Kit,
    KitItem,
    Material,
    MaterialOrder,
    OrderLine,
    Picture,
    PlanStatus,
    RecallContact,
    RecallEntry,
    RecallList,
    Registration,
    RegistrationContact,
    RegistrationStatus,
    ReminderPlan,
    Session,
    Shift,
    Topic,
    Volunteer,
)
from prevention.rules.unsubscribing import WayOut, token_of, topic_seal
from tests.factories import CommuneFactory, CptsFactory, GpFactory, MembershipFactory


def _topic() -> Topic:
    topic, _made = Topic.objects.get_or_create(
        code="depistage", defaults={"label": "Dépistage", "label_en": "Screening"}
    )
    return topic


class CampaignFactory(DjangoModelFactory):
    """Published, of this season, by a coordinator."""

    class Meta:
        model = Campaign

    cpts = factory.SubFactory(CptsFactory)
    topic = factory.LazyFunction(_topic)
    title = factory.Sequence(lambda n: f"Octobre rose {n}")
    starts_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=10))
    ends_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=40))
    created_by = factory.SubFactory(
        MembershipFactory, cpts=factory.SelfAttribute("..cpts"), role=Role.COORDINATOR
    )
    status = CampaignStatus.PUBLISHED
    published_at = factory.LazyAttribute(
        lambda o: None if o.status == CampaignStatus.DRAFT else timezone.now()
    )
    closed_at = factory.LazyAttribute(
        lambda o: timezone.now() if o.status == CampaignStatus.CLOSED else None
    )


class CampaignPageFactory(DjangoModelFactory):
    class Meta:
        model = CampaignPage

    campaign = factory.SubFactory(CampaignFactory)
    cpts = factory.SelfAttribute("campaign.cpts")
    position = factory.Sequence(lambda n: n)
    title = "Pourquoi venir"
    body = "Un temps d’échange, sans rendez-vous chez le médecin."


class PictureFactory(DjangoModelFactory):
    class Meta:
        model = Picture

    page = factory.SubFactory(CampaignPageFactory)
    cpts = factory.SelfAttribute("page.cpts")
    content = b"RIFF....WEBP"
    alt = "Un ruban rose"
    width, height = 4, 3


class CampaignPartnerFactory(DjangoModelFactory):
    class Meta:
        model = CampaignPartner

    campaign = factory.SubFactory(CampaignFactory)
    cpts = factory.SelfAttribute("campaign.cpts")
    name = factory.Sequence(lambda n: f"Mairie {n}")


class SessionFactory(DjangoModelFactory):
    """Two hours in the town hall, in ten days, twenty places."""

    class Meta:
        model = Session

    campaign = factory.SubFactory(CampaignFactory)
    cpts = factory.SelfAttribute("campaign.cpts")
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=10))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(hours=2))
    place_name = "Salle des fêtes"
    address = "3 place de la Mairie"
    commune = factory.SubFactory(CommuneFactory)
    capacity = 20
    created_by = factory.SelfAttribute("campaign.created_by")


def next_number(session: Session) -> int:
    """As the action does: the session's own counter."""
    Session.objects.filter(pk=session.pk).update(last_number=F("last_number") + 1)
    return Session.objects.get(pk=session.pk).last_number


class RegistrationFactory(DjangoModelFactory):
    """A resident with a seat and her contact apart; `status` may be another."""

    class Meta:
        model = Registration
        skip_postgeneration_save = True

    session = factory.SubFactory(SessionFactory)
    cpts = factory.SelfAttribute("session.cpts")
    number = factory.LazyAttribute(lambda o: next_number(o.session))
    status = RegistrationStatus.CONFIRMED
    person_hash = factory.Sequence(lambda n: keyed_hash(f"person {n}"))
    offer_until = factory.LazyAttribute(
        lambda o: (
            timezone.now() + timedelta(hours=24) if o.status == RegistrationStatus.OFFERED else None
        )
    )
    ended_at = factory.LazyAttribute(
        lambda o: timezone.now() if o.status in ("cancelled", "late") else None
    )
    noted_at = factory.LazyAttribute(
        lambda o: timezone.now() if o.status in ("attended", "absent") else None
    )
    contact = factory.RelatedFactory(
        "tests.prevention.makers.RegistrationContactFactory", factory_related_name="registration"
    )


class RegistrationContactFactory(DjangoModelFactory):
    class Meta:
        model = RegistrationContact

    registration = factory.SubFactory(RegistrationFactory, contact=None)
    cpts = factory.SelfAttribute("registration.cpts")
    first_name = "Odette"
    last_name = "Vanhove"
    email = factory.Sequence(lambda n: f"odette{n}@courriel.example")


class ShiftFactory(DjangoModelFactory):
    class Meta:
        model = Shift

    session = factory.SubFactory(SessionFactory)
    cpts = factory.SelfAttribute("session.cpts")
    task = "Accueil"
    starts_at = factory.SelfAttribute("session.starts_at")
    ends_at = factory.SelfAttribute("session.ends_at")


class VolunteerFactory(DjangoModelFactory):
    class Meta:
        model = Volunteer

    shift = factory.SubFactory(ShiftFactory)
    cpts = factory.SelfAttribute("shift.cpts")
    membership = factory.SubFactory(GpFactory, cpts=factory.SelfAttribute("..cpts"))


class RecallListFactory(DjangoModelFactory):
    class Meta:
        model = RecallList

    campaign = factory.SubFactory(CampaignFactory, is_for_professionals=True)
    cpts = factory.SelfAttribute("campaign.cpts")
    title = factory.Sequence(lambda n: f"Grippe {n}")
    rule = "À partir de 65 ans"
    starts_on = factory.LazyFunction(timezone.localdate)
    created_by = factory.SelfAttribute("campaign.created_by")


class RecallEntryFactory(DjangoModelFactory):
    class Meta:
        model = RecallEntry
        skip_postgeneration_save = True

    recall_list = factory.SubFactory(RecallListFactory)
    cpts = factory.SelfAttribute("recall_list.cpts")
    added_by = factory.SubFactory(GpFactory, cpts=factory.SelfAttribute("..cpts"))
    has_agreed = True
    person_hash = factory.Sequence(lambda n: keyed_hash(f"recalled {n}"))
    contact = factory.RelatedFactory(
        "tests.prevention.makers.RecallContactFactory", factory_related_name="entry"
    )


class RecallContactFactory(DjangoModelFactory):
    class Meta:
        model = RecallContact

    entry = factory.SubFactory(RecallEntryFactory, contact=None)
    cpts = factory.SelfAttribute("entry.cpts")
    first_name = "Gaston"
    last_name = "Delattre"
    email = factory.Sequence(lambda n: f"gaston{n}@courriel.example")


class PlanFactory(DjangoModelFactory):
    """Seven days before, at ten, active."""

    class Meta:
        model = ReminderPlan

    campaign = factory.SubFactory(CampaignFactory)
    cpts = factory.SelfAttribute("campaign.cpts")
    offset_days = -7
    at = time(10)
    subject = "Votre séance approche"
    body = "Rendez-vous le {date} à {heure}, {lieu}.\n{lien}"
    sms = "Rendez-vous le {date} à {heure}. {lien}"
    status = PlanStatus.ACTIVE
    activated_at = factory.LazyAttribute(
        lambda o: None if o.status == PlanStatus.DRAFT else timezone.now() - timedelta(days=30)
    )
    written_by = factory.SelfAttribute("campaign.created_by")


class MaterialFactory(DjangoModelFactory):
    class Meta:
        model = Material

    cpts = factory.SubFactory(CptsFactory)
    name = factory.Sequence(lambda n: f"Dépliant {n}")
    unit = "lot de 50"
    stock = 100


class KitFactory(DjangoModelFactory):
    class Meta:
        model = Kit

    cpts = factory.SubFactory(CptsFactory)
    name = factory.Sequence(lambda n: f"Kit {n}")


class KitItemFactory(DjangoModelFactory):
    class Meta:
        model = KitItem

    kit = factory.SubFactory(KitFactory)
    cpts = factory.SelfAttribute("kit.cpts")
    material = factory.SubFactory(MaterialFactory, cpts=factory.SelfAttribute("..cpts"))
    quantity = 2


class OrderFactory(DjangoModelFactory):
    class Meta:
        model = MaterialOrder

    asked_by = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("asked_by.cpts")


class OrderLineFactory(DjangoModelFactory):
    class Meta:
        model = OrderLine

    order = factory.SubFactory(OrderFactory)
    cpts = factory.SelfAttribute("order.cpts")
    material = factory.SubFactory(MaterialFactory, cpts=factory.SelfAttribute("..cpts"))
    quantity = 3


def prevention_arguments(gp: Any, coordinator: Any, token: str = "") -> dict[str, Any]:
    """What the captures of the app's URLs stand for, in the CPTS of these two members.

    `token` opens the private page of the registration, and of the place on a recall list.
    """
    link_hash = keyed_hash(token) or None
    campaign = CampaignFactory(cpts=gp.cpts, created_by=coordinator)
    session = SessionFactory(campaign=campaign)
    shift = ShiftFactory(session=session)
    order = OrderFactory(asked_by=gp)
    entry = RecallEntryFactory(
        recall_list__campaign=campaign, added_by=gp, contact__link_hash=link_hash
    )
    return {
        "campaign": campaign.pk,
        "campaign_partner": CampaignPartnerFactory(campaign=campaign).pk,
        "campaign_page": CampaignPageFactory(campaign=campaign).pk,
        "picture": PictureFactory(page__campaign=campaign).pk,
        "session": session.pk,
        "registration": RegistrationFactory(session=session, contact__link_hash=link_hash).pk,
        "shift": shift.pk,
        "volunteer": VolunteerFactory(shift=shift, membership=gp).pk,
        "recall_list": entry.recall_list_id,
        "recalled": entry.pk,
        "plan": PlanFactory(campaign=campaign).pk,
        "material": OrderLineFactory(order=order).material_id,
        "kit": KitItemFactory(kit__cpts=gp.cpts).kit_id,
        "order": order.pk,
        "way": token_of(WayOut(gp.cpts_id, "email", keyed_hash("odette"), topic_seal("depistage"))),
    }
