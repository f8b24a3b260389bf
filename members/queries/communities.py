"""The communities that a visitor may choose from."""

from __future__ import annotations

from django.db.models import QuerySet

from cpts_portal.core.models import Commune
from cpts_portal.core.territory import search_communes
from members.models import Cpts, CptsCommune


def open_communities() -> QuerySet[Cpts]:
    """Every CPTS that is open, by name."""
    return Cpts.objects.filter(is_active=True).order_by("name")


def communities_at(text: str) -> list[tuple[Commune, Cpts | None]]:
    """The communes that a postal code or a name finds, each with its open CPTS or None."""
    communes = search_communes(text)
    covered = CptsCommune.objects.filter(commune__in=communes, cpts__is_active=True)
    held = {one.commune_id: one.cpts for one in covered.select_related("cpts")}
    return [(commune, held.get(commune.pk)) for commune in communes]
