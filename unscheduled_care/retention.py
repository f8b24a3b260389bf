"""What the app forgets: who it was, 60 days after the care; holds that came to nothing, next day.

Claims, needs and places in line stay, without a name: they are the figures.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import retention
from unscheduled_care.models import (
    Claim,
    ClaimContact,
    Hold,
    NeedContact,
    WaitingContact,
    WaitingOffer,
)

AFTER = "snp_claim"


def _claims_past(before: datetime) -> QuerySet[ClaimContact]:
    return ClaimContact.objects.filter(erased_at=None, claim__slot__ends_at__lt=before)


@retention.rule(
    "unscheduled_care.claims",
    _("identité des rendez-vous de soins non programmés"),
    after=AFTER,
    due=_claims_past,
)
def erase_claims(keys: list[Any]) -> None:
    contacts = ClaimContact.objects.filter(pk__in=keys)
    claims = list(contacts.values_list("claim", flat=True))
    retention.blank_messages_about("unscheduled_care.claim", claims)
    _untie(claims)
    _erase(contacts)


def _untie(claims: list[int]) -> None:
    """The search for a GP lives longer, under her name: no reason of care leads to it any more."""
    Claim.objects.filter(pk__in=claims).update(gp_request=None)
    history: Any = Claim.pgh_event_model  # type: ignore[attr-defined]
    history.objects.filter(pgh_obj__in=claims).update(gp_request=None)


def _needs_past(before: datetime) -> QuerySet[NeedContact]:
    """The latest of its three ends counts."""
    return NeedContact.objects.filter(
        _past("need__ended_at", before) & _past("need__visit_at", before),
        erased_at=None,
        need__wanted_until__lt=before,
    )


@retention.rule(
    "unscheduled_care.needs",
    _("identité des besoins de soins diffusés"),
    after=AFTER,
    due=_needs_past,
)
def erase_needs(keys: list[Any]) -> None:
    contacts = NeedContact.objects.filter(pk__in=keys)
    needs = list(contacts.values_list("need", flat=True))
    retention.blank_messages_about("unscheduled_care.careneed", needs)
    _erase(contacts)


def _waits_past(before: datetime) -> QuerySet[WaitingContact]:
    return WaitingContact.objects.filter(
        _past("entry__ended_at", before), erased_at=None, entry__wanted_until__lt=before
    )


@retention.rule(
    "unscheduled_care.waiting",
    _("identité des personnes en liste d’attente"),
    after=AFTER,
    due=_waits_past,
)
def erase_waits(keys: list[Any]) -> None:
    contacts = WaitingContact.objects.filter(pk__in=keys)
    entries = list(contacts.values_list("entry", flat=True))
    offers = WaitingOffer.objects.filter(entry__in=entries).values_list("pk", flat=True)
    retention.blank_messages_about("unscheduled_care.waitingentry", entries)
    retention.blank_messages_about("unscheduled_care.waitingoffer", list(offers))
    _erase(contacts)


def _past(moment: str, before: datetime) -> Q:
    """Nothing then, or long ago."""
    return Q(**{f"{moment}__isnull": True}) | Q(**{f"{moment}__lt": before})


def _erase(contacts: QuerySet[Any, Any]) -> None:
    """What a contact is made of; `Contact` promises that nothing else stays."""
    contacts.update(
        first_name="", phone="", phone_hash="", email="", link_hash=None, erased_at=timezone.now()
    )


def _unused_holds(before: datetime) -> QuerySet[Hold]:
    claims = Claim.objects.filter(hold=OuterRef("pk"))
    offers = WaitingOffer.objects.filter(hold=OuterRef("pk"))
    return Hold.objects.filter(~Exists(claims), ~Exists(offers), expires_at__lt=before)


@retention.rule(
    "unscheduled_care.holds",
    _("créneaux gardés puis laissés"),
    after="hold",
    due=_unused_holds,
)
def delete_holds(keys: list[Any]) -> None:
    Hold.objects.filter(pk__in=keys).delete()
