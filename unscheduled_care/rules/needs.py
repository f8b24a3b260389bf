"""Who answers a need: by waves, judged by the clock, worker or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cpts_portal.core.audit import System
from cpts_portal.core.territory import distance_km
from members.models import Role
from unscheduled_care.models import CareNeed, CareTerms, NeedStatus, Wave
from unscheduled_care.rules.reach import is_clinician


def keeps_need(by: Any, need: CareNeed) -> bool:
    """Whoever asked, and the coordination."""
    if getattr(by, "cpts_id", None) != need.cpts_id:
        return False
    return bool(by.role == Role.COORDINATOR or by.pk == need.asker_id)


def may_end_need(by: Any, need: CareNeed) -> bool:
    return keeps_need(by, need) or isinstance(by, System)


def may_ask_for_care(by: Any) -> bool:
    """Those who have a patient before them, or on the phone."""
    desks = (Role.COORDINATOR, Role.SECRETARY)
    return by.role in desks or is_clinician(getattr(by, "principal", by))


def is_asked_profession(by: Any, need: CareNeed) -> bool:
    """The profession is what the row alone tells; waves and distance are asked by the action."""
    profession = getattr(by, "profession", None)
    same = getattr(by, "cpts_id", None) == need.cpts_id
    return same and profession is not None and profession.pk in need.professions


def is_taker(by: Any, need: CareNeed) -> bool:
    """The professional who took it, or whoever acts for him."""
    same = getattr(by, "cpts_id", None) == need.cpts_id
    return same and need.status == NeedStatus.TAKEN and by.pk == need.taken_by_id


def may_see_need_contact(by: Any, need: CareNeed) -> bool:
    """Identity is for asker, desk and taker, and each opening is logged."""
    return keeps_need(by, need) or is_taker(by, need)


# --- Waves ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Answerer:
    """What decides whether a need has come to a professional."""

    membership_id: int
    profession: str
    team_ids: frozenset[int] = frozenset()
    """Those who share a place with him."""
    latitude: float | None = None
    longitude: float | None = None
    """Of his main place."""


def first_wave(need: CareNeed, answerer: Answerer) -> Wave | None:
    """The wave by which a need comes to somebody, its moment come or not; None for never."""
    if answerer.profession not in need.professions or answerer.membership_id == need.asker_id:
        return None
    if answerer.membership_id == need.usual_id:
        return Wave.USUAL
    if answerer.team_ids & {need.asker_id, need.usual_id}:
        return Wave.TEAM
    away = distance_km(
        answerer.latitude, answerer.longitude, need.commune.latitude, need.commune.longitude
    )
    return Wave.RADIUS if away is not None and away <= need.radius_km else None


def has_reached(need: CareNeed, answerer: Answerer, now: datetime) -> bool:
    """Whether he may answer at `now`; a wave keeps the ones before it."""
    wave = first_wave(need, answerer)
    return wave is not None and now >= opens_at(need, wave)


def opens_at(need: CareNeed, wave: Wave) -> datetime:
    moments: dict[Wave, datetime] = {
        Wave.USUAL: need.posted_at,
        Wave.TEAM: need.team_at,
        Wave.RADIUS: need.radius_at,
        Wave.DESK: need.alert_at,
    }
    return moments[wave]


@dataclass(frozen=True)
class Delays:
    """How long after the posting each wave opens."""

    team: timedelta
    radius: timedelta
    alert: timedelta


def delays(terms: CareTerms, *, has_usual: bool, has_team: bool, left: timedelta) -> Delays:
    """The delays of the CPTS, without the waves that hold nobody.

    A need wanted within `left` goes faster: all its waves fit in the first half.
    """
    team = terms.usual_seconds if has_usual else 0
    radius = team + (terms.team_seconds if has_team else 0)
    alert = radius + terms.alert_seconds
    pace = min(1.0, left.total_seconds() / 2 / alert) if alert else 1.0
    return Delays(*(timedelta(seconds=int(delay * pace)) for delay in (team, radius, alert)))
