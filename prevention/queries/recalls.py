"""Recall lists: what a professional, her delegate and the coordination see of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, When

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.scoping import scopes_disabled
from members.delegations import ActingFor, principals_of
from members.models import Membership
from prevention.models import (
    Campaign,
    CampaignStatus,
    RecallContact,
    RecallEntry,
    RecallList,
    RecallStatus,
)
from prevention.rules.campaigns import runs_campaigns
from prevention.rules.recalls import may_add_to_recalls

Doer = Membership | ActingFor
CONTACT = "prevention.recallcontact"


def doers_of(member: Membership) -> list[Doer]:
    """As whom this member may add people: herself, and those who let her act for them."""
    own: list[Doer] = [member] if may_add_to_recalls(member, member) else []
    others = (ActingFor(member, principal) for principal in principals_of(member))
    return own + [one for one in others if may_add_to_recalls(one, member)]


def sees_all(doers: Iterable[Doer]) -> bool:
    return any(runs_campaigns(one, one) for one in doers)


def entries_of(doers: Sequence[Doer]) -> QuerySet[RecallEntry]:
    """All of them for the coordination; elsewhere, those whom one put on a list."""
    rows: QuerySet[RecallEntry] = RecallEntry.objects.select_related(
        "recall_list", "commune", "added_by__user"
    )
    if sees_all(doers):
        return rows
    return rows.filter(added_by__in=[one.pk for one in doers])


def in_order(entries: QuerySet[RecallEntry]) -> QuerySet[RecallEntry]:
    """Those to be called first, in the order in which they were added."""
    to_do = Case(When(status=RecallStatus.PENDING, then=0), default=1)
    return entries.order_by(to_do, "added_at", "pk")


# --- The lists --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shelf:
    """One list, and how far it is for whoever looks."""

    recall_list: RecallList
    pending: int
    done: int
    refused: int

    @property
    def total(self) -> int:
        return self.pending + self.done + self.refused

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


def lists_for(doers: Sequence[Doer]) -> QuerySet[RecallList]:
    """Of campaigns that are published, or were; of those in preparation too at the desk."""
    rows: QuerySet[RecallList] = RecallList.objects.select_related("campaign__topic")
    return rows if sees_all(doers) else rows.exclude(campaign__status=CampaignStatus.DRAFT)


def shelves_of(doers: Sequence[Doer], found: QuerySet[RecallList]) -> list[Shelf]:
    """In two queries; open lists first."""
    sums = _sums(entries_of(doers))
    shelves = [Shelf(one, *sums.get(one.pk, (0, 0, 0))) for one in found]
    return sorted(shelves, key=lambda shelf: shelf.recall_list.closed_at is not None)


def shelf_of(doers: Sequence[Doer], found: RecallList) -> Shelf:
    sums = _sums(entries_of(doers).filter(recall_list=found))
    return Shelf(found, *sums.get(found.pk, (0, 0, 0)))


def panel_of_campaign(campaign: Campaign) -> dict[str, Any]:
    """What `prevention/partials/recalls_of_campaign.html` shows: sums, nobody's name."""
    sums = _sums(RecallEntry.objects.filter(recall_list__campaign=campaign))
    found = RecallList.objects.filter(campaign=campaign)
    return {"recalls": [Shelf(one, *sums.get(one.pk, (0, 0, 0))) for one in found]}


def _sums(entries: QuerySet[RecallEntry]) -> dict[int, list[int]]:
    """Pending, done and refused, by list."""
    counts = {
        f"{status.value}_people": Count("pk", filter=Q(status=status)) for status in RecallStatus
    }
    counted: Any = entries.order_by().values_list("recall_list")
    return {pk: sums for pk, *sums in counted.annotate(**counts)}


# --- People -----------------------------------------------------------------------------------
def contacts_of(entries: Iterable[RecallEntry]) -> dict[int, RecallContact]:
    """By entry; those forgotten since are not among them. Log what is shown of them."""
    found = RecallContact.objects.filter(entry__in=[one.pk for one in entries], erased_at=None)
    return {contact.entry_id: contact for contact in found}


# --- Her private link -------------------------------------------------------------------------
def token_of(entry: RecallEntry) -> str:
    """128 bits that open her page, drawn from the form's own key: kept nowhere."""
    return keyed_hash(f"recall/{entry.key}")[:32]


def contact_of_token(token: str) -> RecallContact | None:
    """Whatever its CPTS and its state, until it is erased: the token is the right."""
    with scopes_disabled():
        found = RecallContact.objects.filter(link_hash=keyed_hash(token))
        return found.select_related("cpts", "entry").first()


def entry_of(contact: RecallContact) -> RecallEntry:
    """As it is now, with all that her page shows."""
    rows = RecallEntry.objects.select_related("recall_list__campaign__topic", "added_by__user")
    found: RecallEntry = rows.get(pk=contact.entry_id)
    return found
