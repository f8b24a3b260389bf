"""Recall lists: begun, filled by those who care for people, emptied as it is done, closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.territory import fold
from prevention.actions.deliveries import reconcile
from prevention.lifecycle import DO_RECALL, REFUSE_RECALL
from prevention.models import Campaign, CampaignStatus, RecallContact, RecallEntry, RecallList
from prevention.queries.recalls import token_of
from prevention.rules.campaigns import runs_campaigns
from prevention.rules.recalls import is_old_enough, may_add_to_recalls


@dataclass(frozen=True)
class ListWords:
    """What the coordination says of a list; `min_age` is in years."""

    campaign: Campaign
    title: str
    rule: str
    starts_on: date
    min_age: int | None = None


@dataclass(frozen=True)
class RecalledWords:
    """Who agreed, when, and how to reach her: `phone` is E.164; one way is enough."""

    first_name: str
    last_name: str
    age_band: str
    has_agreed: bool
    agreed_on: date
    phone: str = ""
    email: str = ""
    commune: Commune | None = None
    language: str = "fr"

    @property
    def person_hash(self) -> str:
        """The same for the same name at the same telephone, or else at the same e-mail."""
        name, way = fold(f"{self.last_name} {self.first_name}"), self.phone or self.email.lower()
        return keyed_hash(f"recalled/{name}/{way}")

    def contact(self) -> dict[str, Any]:
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "phone": self.phone,
            "phone_hash": keyed_hash(self.phone) if self.phone else "",
            "email": self.email,
            "language": self.language,
        }


# --- The list ---------------------------------------------------------------------------------
@transaction.atomic
def create(words: ListWords, *, by: Any) -> RecallList:
    """Begin a list; its title is its campaign's own, so that a double click makes one.

    Raises NotPermitted, then Refused.
    """
    if not runs_campaigns(by, words.campaign):
        raise NotPermitted(_("Les listes de rappel sont ouvertes par la coordination."))
    if words.campaign.status == CampaignStatus.CLOSED:
        raise Refused(_("Cette campagne est terminée."))
    made = _write_list(words, by=by)
    audit.record(made, "create", by=by)
    return made


def _write_list(words: ListWords, *, by: Any) -> RecallList:
    try:
        with transaction.atomic():
            made: RecallList = RecallList.objects.create(
                cpts_id=words.campaign.cpts_id, created_by_id=by.pk, **vars(words)
            )
    except IntegrityError as broken:
        raise Refused(_("Cette campagne a déjà une liste de ce nom.")) from broken
    return made


@transaction.atomic
def close(recall_list: RecallList, *, by: Any) -> RecallList:
    """Nobody is added nor reminded any more; closed twice, it stays closed. Raises NotPermitted."""
    locked = _lock_list(recall_list)
    if not runs_campaigns(by, locked):
        raise NotPermitted(_("Les listes de rappel sont closes par la coordination."))
    if locked.closed_at is None:
        locked.closed_at = timezone.now()
        locked.save(update_fields=["closed_at"])
        audit.record(locked, "close", by=by)
        reconcile(recall_lists=[locked.pk])
    return locked


def _lock_list(recall_list: RecallList) -> RecallList:
    locked: RecallList = RecallList.objects.select_for_update(of=("self",), no_key=True).get(
        pk=recall_list.pk
    )
    return locked


# --- People -----------------------------------------------------------------------------------
@transaction.atomic
def add(recall_list: RecallList, words: RecalledWords, *, by: Any, key: UUID) -> RecallEntry:
    """Put somebody who agreed on the list; the same `key` answers the same entry.

    Raises NotPermitted, then Refused when the list is closed, not for her age, or has her already.
    """
    locked = _lock_list(recall_list)
    if not may_add_to_recalls(by, locked):
        raise NotPermitted(_("Les listes de rappel sont ouvertes aux soignants."))
    key = _own_key(key, words)
    known = RecallEntry.objects.filter(key=key).first()
    if known is not None:
        return known
    _ask_open(locked, words)
    entry = _write(locked, words, by=by, key=key)
    audit.record(entry, "add", by=by, target=entry.status)
    reconcile(recall_lists=[locked.pk])
    return entry


def _own_key(key: UUID, words: RecalledWords) -> UUID:
    """Another one for a form that came back, by the browser's button, with another name."""
    served = RecallEntry.objects.filter(key=key).exclude(person_hash__in=("", words.person_hash))
    return uuid5(key, words.person_hash) if served.exists() else key


def _ask_open(recall_list: RecallList, words: RecalledWords) -> None:
    if recall_list.closed_at is not None:
        raise Refused(_("Cette liste est close : plus personne n’y est ajouté."))
    if not is_old_enough(recall_list, words.age_band):
        raise Refused(
            _("Cette liste est à partir de %(age)d ans.") % {"age": recall_list.min_age or 0}
        )
    if not words.has_agreed:
        raise Refused(_("Demandez d’abord son accord à la personne."))


def _write(recall_list: RecallList, words: RecalledWords, *, by: Any, key: UUID) -> RecallEntry:
    """Under the list's lock: the second of two is told, never a failure of the database."""
    same = RecallEntry.objects.filter(recall_list=recall_list, person_hash=words.person_hash)
    if same.exists():
        raise Refused(_("Cette personne est déjà sur la liste : rien n’est ajouté."))
    entry: RecallEntry = RecallEntry.objects.create(
        cpts_id=recall_list.cpts_id,
        recall_list=recall_list,
        age_band=words.age_band,
        commune=words.commune,
        has_agreed=words.has_agreed,
        agreed_on=words.agreed_on,
        person_hash=words.person_hash,
        added_by_id=by.pk,
        key=key,
    )
    RecallContact.objects.create(
        cpts_id=entry.cpts_id,
        entry=entry,
        link_hash=keyed_hash(token_of(entry)),
        **words.contact(),
    )
    return entry


@transaction.atomic
def settle(entry: RecallEntry, step: Transition, *, by: Any) -> RecallEntry:
    """It is done, or she wants no more of it: no reminder leaves. The second tap changes nothing.

    Raises NotPermitted, then Refused.
    """
    settled: RecallEntry = RecallEntry.objects.select_for_update(of=("self",), no_key=True).get(
        pk=entry.pk
    )
    if settled.status == step.target and step.allows(by, settled):
        return settled
    source = step.apply(settled, by=by)
    settled.settled_at = timezone.now()
    settled.save(update_fields=["status", "settled_at"])
    audit.record(settled, step.verb, by=by, source=source, target=settled.status)
    reconcile(recall_lists=[settled.recall_list_id])
    return settled


STEPS = {"done": DO_RECALL, "refused": REFUSE_RECALL}
