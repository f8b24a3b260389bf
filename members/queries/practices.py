"""The places of work that the CPTS knows."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Q, QuerySet

from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members.models import Membership, Practice, PracticeMember

SHOWN = 20


def practices_of(member: Membership) -> QuerySet[Practice]:
    """Where the member works, each with what its form shows."""
    found: QuerySet[Practice] = Practice.objects.filter(places__membership=member)
    return found.select_related("commune").prefetch_related("hours", "languages")


def practices_to_join(member: Membership, text: str) -> Sequence[Practice]:
    """Known practices where she does not work, whose name, street or commune has these words.

    Each with `workers`, how many members work there; the most shared first, 20 at most.
    """
    current = Membership.objects.current()
    others = Practice.objects.exclude(places__membership=member).select_related("commune")
    others = others.annotate(workers=Count("places", filter=Q(places__membership__in=current)))
    words = fold(text).split()
    found = [one for one in others.order_by("-workers", "name", "pk") if _has(one, words)]
    return found[:SHOWN]


def _has(practice: Practice, words: Sequence[str]) -> bool:
    commune = practice.commune
    told = fold(" ".join([practice.name, practice.address, commune.name, *commune.postal_codes]))
    return all(any(one.startswith(word) for one in told.split()) for word in words)


def heir_of(place: PracticeMember) -> PracticeMember | None:
    """What becomes the main place once this one is left: her oldest other one; else None."""
    if not place.is_main:
        return None
    others = PracticeMember.objects.filter(membership=place.membership_id).exclude(pk=place.pk)
    return others.select_related("practice").order_by("pk").first()


def colleagues_at(practice: Practice, member: Membership) -> list[Membership]:
    """The other members who work there today, by name."""
    others = Membership.objects.current().filter(places__practice=practice).exclude(pk=member.pk)
    return list(others.select_related("user").order_by("user__last_name", "user__first_name"))


def twin_of(name: str, commune: Commune, finess: str) -> Practice | None:
    """A practice already known under this FINESS, or this name in this commune."""
    same = Q(commune=commune) | (Q(finess=finess) if finess else Q())
    for practice in Practice.objects.filter(same).select_related("commune").order_by("pk"):
        if finess and practice.finess == finess:
            return practice
        if practice.commune_id == commune.pk and fold(practice.name) == fold(name):
            return practice
    return None
