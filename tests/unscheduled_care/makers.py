"""One row of each thing of unscheduled care, in an order that PostgreSQL accepts."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from cpts_portal.core.fields import keyed_hash
from members.models import Role
from tests.factories import (
    CommuneFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    ProfessionFactory,
)
from unscheduled_care.models import (
    Absence,
    Availability,
    AvailabilityException,
    CareNeed,
    Claim,
    ClaimContact,
    Hold,
    NeedContact,
    OwnGp,
    Reason,
    SasDesk,
    Slot,
    SlotStatus,
    WaitingContact,
    WaitingEntry,
)
from unscheduled_care.queries.waiting import token_of


class SlotFactory(DjangoModelFactory):
    """Twenty minutes in three hours at a GP's practice, free, open to every member."""

    class Meta:
        model = Slot

    class Params:
        minutes = 20

    professional = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("professional.cpts")
    practice = factory.SubFactory(PracticeFactory, cpts=factory.SelfAttribute("..cpts"))
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=3))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(minutes=o.minutes))
    closes_at = factory.SelfAttribute("starts_at")
    offered_by = factory.SelfAttribute("professional")


class HoldFactory(DjangoModelFactory):
    """Kept for five minutes by a secretary on the phone."""

    class Meta:
        model = Hold

    slot = factory.SubFactory(SlotFactory)
    cpts = factory.SelfAttribute("slot.cpts")
    holder = factory.SubFactory(
        MembershipFactory, cpts=factory.SelfAttribute("..cpts"), role=Role.SECRETARY
    )
    held_by = factory.SelfAttribute("holder")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=5))


class ClaimFactory(DjangoModelFactory):
    """A claim with its contact; the slot, given or made, is marked claimed before it is born."""

    class Meta:
        model = Claim
        skip_postgeneration_save = True

    slot = factory.SubFactory(SlotFactory)
    cpts = factory.SelfAttribute("slot.cpts")
    hold = factory.SubFactory(HoldFactory, slot=factory.SelfAttribute("..slot"))
    claimer = factory.SelfAttribute("hold.holder")
    reason = factory.LazyFunction(lambda: Reason.objects.order_by("position").first())
    age_band = Claim.age_band.field.choices[0][0]
    own_gp = OwnGp.NO
    has_consented = True
    contact = factory.RelatedFactory(
        "tests.unscheduled_care.makers.ClaimContactFactory", factory_related_name="claim"
    )

    @classmethod
    def _create(cls, model_class: type[Claim], *args: Any, **kwargs: Any) -> Claim:
        slot = kwargs["slot"]
        Slot._base_manager.filter(pk=slot.pk).update(status=SlotStatus.CLAIMED)
        slot.status = SlotStatus.CLAIMED
        made: Claim = super()._create(model_class, *args, **kwargs)
        return made


class ClaimContactFactory(DjangoModelFactory):
    """Whom a claim is for: a first name and a number."""

    class Meta:
        model = ClaimContact

    claim = factory.SubFactory(ClaimFactory, contact=None)
    cpts = factory.SelfAttribute("claim.cpts")
    first_name = "Odile"
    phone = factory.Sequence(lambda n: f"+3363998{n % 10_000:04d}")
    phone_hash = factory.LazyAttribute(lambda o: keyed_hash(o.phone))
    link_hash = factory.Sequence(lambda n: f"{n:064x}")


class AvailabilityFactory(DjangoModelFactory):
    """Every day of the week from 9 to 10, in slots of twenty minutes, from today on."""

    class Meta:
        model = Availability

    professional = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("professional.cpts")
    practice = factory.SubFactory(PracticeFactory, cpts=factory.SelfAttribute("..cpts"))
    weekdays = factory.LazyFunction(lambda: [1, 2, 3, 4, 5, 6, 7])
    opens = 9 * 60
    closes = 10 * 60
    works_on_holidays = True
    created_by = factory.SelfAttribute("professional")


class AvailabilityExceptionFactory(DjangoModelFactory):
    class Meta:
        model = AvailabilityException

    availability = factory.SubFactory(AvailabilityFactory)
    cpts = factory.SelfAttribute("availability.cpts")
    day = factory.LazyFunction(timezone.localdate)


class AbsenceFactory(DjangoModelFactory):
    """Away from tomorrow for two days."""

    class Meta:
        model = Absence

    membership = factory.SubFactory(GpFactory)
    cpts = factory.SelfAttribute("membership.cpts")
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
    ends_at = factory.LazyAttribute(lambda o: o.starts_at + timedelta(days=2))
    created_by = factory.SelfAttribute("membership")


class ReasonFactory(DjangoModelFactory):
    """Fever: of the first migration, or made again after a test that has emptied the tables."""

    class Meta:
        model = Reason
        django_get_or_create = ("code",)

    code = "fievre"
    label = "Fièvre"
    professions = factory.LazyFunction(lambda: ["medecin-generaliste"])


class CareNeedFactory(DjangoModelFactory):
    """Posted now by the desk for a GP within 15 km, open to everybody at once; with its contact."""

    class Meta:
        model = CareNeed
        skip_postgeneration_save = True

    asker = factory.SubFactory(MembershipFactory)
    cpts = factory.SelfAttribute("asker.cpts")
    professions = factory.LazyFunction(lambda: ["medecin-generaliste"])
    reason = factory.SubFactory(ReasonFactory)
    commune = factory.SubFactory(CommuneFactory)
    age_band = CareNeed.age_band.field.choices[0][0]
    wanted_from = factory.LazyFunction(timezone.now)
    wanted_until = factory.LazyAttribute(lambda o: o.wanted_from + timedelta(hours=24))
    has_consented = True
    key = factory.LazyFunction(uuid.uuid4)
    posted_at = factory.SelfAttribute("wanted_from")
    team_at = factory.SelfAttribute("posted_at")
    radius_at = factory.SelfAttribute("team_at")
    alert_at = factory.LazyAttribute(lambda o: o.radius_at + timedelta(minutes=30))
    contact = factory.RelatedFactory(
        "tests.unscheduled_care.makers.NeedContactFactory", factory_related_name="need"
    )


class NeedContactFactory(DjangoModelFactory):
    """Whom a need is for: a first name and a mobile."""

    class Meta:
        model = NeedContact

    need = factory.SubFactory(CareNeedFactory, contact=None)
    cpts = factory.SelfAttribute("need.cpts")
    first_name = "Odile"
    phone = factory.Sequence(lambda n: f"+3363998{n % 10_000:04d}")
    phone_hash = factory.LazyAttribute(lambda o: keyed_hash(o.phone))


class WaitingEntryFactory(DjangoModelFactory):
    """In line since now for a GP, for two days, put there by the desk; with her contact."""

    class Meta:
        model = WaitingEntry
        skip_postgeneration_save = True

    added_by = factory.SubFactory(MembershipFactory)
    cpts = factory.SelfAttribute("added_by.cpts")
    profession = factory.SubFactory(ProfessionFactory)
    reason = factory.SubFactory(ReasonFactory)
    commune = factory.SubFactory(CommuneFactory)
    age_band = WaitingEntry.age_band.field.choices[0][0]
    own_gp = OwnGp.NO
    has_consented = True
    key = factory.LazyFunction(uuid.uuid4)
    wanted_until = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=48))
    contact = factory.RelatedFactory(
        "tests.unscheduled_care.makers.WaitingContactFactory", factory_related_name="entry"
    )


class WaitingContactFactory(DjangoModelFactory):
    """Whom an entry is for, with the link that opens her page."""

    class Meta:
        model = WaitingContact

    entry = factory.SubFactory(WaitingEntryFactory, contact=None)
    cpts = factory.SelfAttribute("entry.cpts")
    first_name = "Odile"
    phone = factory.Sequence(lambda n: f"+3363998{n % 10_000:04d}")
    phone_hash = factory.LazyAttribute(lambda o: keyed_hash(o.phone))
    link_hash = factory.LazyAttribute(lambda o: keyed_hash(token_of(o.entry)))


def move(slot: Slot, shift: timedelta) -> Slot:
    """Bring a slot, and the moment it was offered, earlier or later: the way to a past claim."""
    moments = ("starts_at", "ends_at", "closes_at", "offered_at")
    slot.refresh_from_db()
    moved = {name: getattr(slot, name) + shift for name in moments}
    Slot._base_manager.filter(pk=slot.pk).update(**moved)
    slot.refresh_from_db()
    return slot


class SasDeskFactory(DjangoModelFactory):
    class Meta:
        model = SasDesk

    cpts = factory.SubFactory("tests.factories.CptsFactory")
    membership = factory.SubFactory(
        MembershipFactory, cpts=factory.SelfAttribute("..cpts"), role=Role.PARTNER
    )
    named_by = factory.SubFactory(
        MembershipFactory, cpts=factory.SelfAttribute("..cpts"), role=Role.COORDINATOR
    )
