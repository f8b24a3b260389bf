"""What the public form looks up."""

from __future__ import annotations

from datetime import date

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import distance_between, fold
from members.models import Cpts, CptsCommune
from patients.models import GPRequest

TEAMS_SHOWN = 6
SEARCH_NAME_AT_MOST = 170
"""Two names of 80 letters; ligatures unfold to more: « ﬃ » to three, « ﷺ » to eighteen."""


def search_name_of(last_name: str, first_name: str) -> str:
    """A person's name as it is searched and compared, cut at what its column holds."""
    return fold(f"{last_name} {first_name}")[:SEARCH_NAME_AT_MOST].strip()


def waiting_request(
    *, search_name: str, birth_date: date, phone: str = "", email: str = ""
) -> GPRequest | None:
    """The request in progress of the same person, reached by this very phone or e-mail.

    Within the open CPTS. Give only what the asker has proved to own: the answer is told to her.
    """
    same = GPRequest.objects.in_progress().filter(
        patient__search_name=search_name, patient__birth_date=birth_date
    )
    if phone:
        same = same.filter(patient__phone_hash=keyed_hash(phone))
    if email:
        same = same.filter(patient__email_hash=keyed_hash(email))
    return same.select_related("patient").order_by("first_requested_at").first()


def cpts_of(commune: Commune) -> Cpts | None:
    """The open CPTS that covers the commune, if one does."""
    return Cpts.objects.filter(cptscommune__commune=commune, is_active=True).first()


def open_teams() -> list[Cpts]:
    """Whom to call before one's CPTS is known."""
    return list(Cpts.objects.filter(is_active=True)[:TEAMS_SHOWN])


def communes_of(cpts: Cpts) -> list[Commune]:
    """For the map; the CPTS's communes by name."""
    return list(Commune.objects.filter(coverage__cpts=cpts).order_by("name"))


def nearest_cpts(commune: Commune | None) -> tuple[Cpts, float] | None:
    """The portal's CPTS with the commune nearest to this one, and how far it is in kilometres."""
    if commune is None:
        return None
    covered = CptsCommune.objects.filter(cpts__is_active=True).select_related("cpts", "commune")
    measured = [
        (distance, place.cpts_id, place.cpts)
        for place in covered
        if (distance := distance_between(commune, place.commune)) is not None
    ]
    if not measured:
        return None
    distance, _pk, cpts = min(measured, key=lambda found: found[:2])
    return cpts, distance
