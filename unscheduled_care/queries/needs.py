"""What a need shows to those whom it has reached, to its asker and to the desk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.models import Message
from cpts_portal.core.templatetags.portal import day, hour
from members.delegations import ActingFor, principals_of
from members.models import Membership, PracticeMember, Profession, Role
from members.rules import may_take_part
from unscheduled_care import rules
from unscheduled_care.models import CareNeed, NeedStatus, Wave
from unscheduled_care.rules.needs import Answerer, first_wave, has_reached, opens_at

Doer = Membership | ActingFor
"""A member doing something: for herself, or by delegation for another."""
TOLD = "unscheduled_care.need_posted"
"""Purpose of the message that tells a professional of a need."""
MOST_PAST = 30


def needs() -> QuerySet[CareNeed]:
    """Anonymous, with `judged_at`: the database's clock at the moment of reading."""
    told = {"judged_at": Now()}
    return CareNeed.objects.select_related(
        "cpts", "reason", "act", "commune", "asker__user", "usual__user", "taken_by__user"
    ).annotate(**told)


def open_needs() -> QuerySet[CareNeed]:
    return needs().filter(status=NeedStatus.OPEN, wanted_until__gt=Now())


def open_or_late() -> QuerySet[CareNeed]:
    """Not answered, in time or not: what the task of every minute has to look at."""
    return needs().filter(status=NeedStatus.OPEN)


def to_widen() -> QuerySet[CareNeed]:
    """Open needs whose present wave has not been told, and those that are too late."""
    untold = (
        Q(told_wave="")
        | Q(told_wave=Wave.USUAL, team_at__lte=Now())
        | Q(told_wave=Wave.TEAM, radius_at__lte=Now())
        | Q(told_wave=Wave.RADIUS, alert_at__lte=Now())
    )
    return open_or_late().filter(untold | Q(wanted_until__lte=Now())).order_by("posted_at", "pk")


def doers_of(member: Membership) -> dict[int, Doer]:
    """As whom `member` may answer, by the professional's key: himself, and those she acts for."""
    own: dict[int, Doer] = {member.pk: member} if rules.is_clinician(member) else {}
    acted = {one.pk: ActingFor(delegate=member, principal=one) for one in principals_of(member)}
    return own | acted


# --- Whom a need reaches ------------------------------------------------------------------------
def answerers(members: Iterable[int] | None = None) -> list[tuple[Membership, Answerer]]:
    """Clinicians of the open CPTS who may take part today; `members` narrows them by key."""
    main = PracticeMember.objects.filter(is_main=True).select_related("practice__commune")
    found = (
        Membership.objects.current()
        .filter(role__in=(Role.PROFESSIONAL, Role.BOARD), profession__isnull=False)
        .with_standing()
        .select_related("user", "cpts", "profession", "college")
        .prefetch_related(Prefetch("places", queryset=main, to_attr="main_places"))
    )
    if members is not None:
        found = found.filter(pk__in=list(members))
    today, teams = timezone.localdate(), _teams(members)
    return [
        (one, _answerer(one, teams.get(one.pk, frozenset())))
        for one in found
        if may_take_part(one, today)
    ]


def _teams(members: Iterable[int] | None) -> dict[int, frozenset[int]]:
    """Who shares a place with whom, by key."""
    places = PracticeMember.objects.all()
    if members is not None:
        places = places.filter(membership__in=list(members))
    teams: dict[int, set[int]] = {}
    for one, other in places.values_list("membership", "practice__places__membership"):
        if one != other:
            teams.setdefault(one, set()).add(other)
    return {key: frozenset(others) for key, others in teams.items()}


def _answerer(member: Any, team_ids: frozenset[int]) -> Answerer:
    position: tuple[float | None, float | None] = (None, None)
    if member.main_places:
        practice = member.main_places[0].practice
        here = practice if practice.latitude is not None else practice.commune
        position = (here.latitude, here.longitude)
    return Answerer(member.pk, member.profession_id, team_ids, *position)


def has_team(asker_id: int, usual_id: int | None, professions: Iterable[str]) -> bool:
    """Whether a colleague of asker or usual professional, not they, is of an asked profession."""
    pair = {asker_id, usual_id} - {None}
    return any(
        answerer.team_ids & pair and answerer.profession in professions
        for member, answerer in answerers()
        if member.pk not in pair
    )


def reached(need: CareNeed, now: datetime) -> Iterator[tuple[Membership, Wave]]:
    """Those who may answer at `now`, each with the wave by which it came to them."""
    for member, answerer in answerers():
        wave = first_wave(need, answerer)
        if wave is not None and now >= opens_at(need, wave):
            yield member, wave


def told_ids(need: CareNeed) -> set[int]:
    """Members told of the need, whether the message has left or not."""
    told = Message.objects.filter(
        subject_kind=CareNeed._meta.label_lower, subject_id=str(need.pk), purpose=TOLD
    )
    return {int(one.split("/")[1]) for one in told.values_list("occurrence", flat=True)}


@dataclass(frozen=True)
class Asked:
    """A need that somebody may answer now, and as whom."""

    need: CareNeed
    by: Doer

    @property
    def principal(self) -> Membership | None:
        return self.by.principal if isinstance(self.by, ActingFor) else None


def needs_for(member: Membership) -> list[Asked]:
    """What `member` may answer now, for himself or for whom she acts; most pressing first."""
    doers = doers_of(member)
    asked = {by.profession.pk for by in doers.values() if by.profession}
    found = list(open_needs().filter(professions__overlap=list(asked))) if asked else []
    if not found:
        return []
    reachable = answerers(doers)
    return [
        Asked(need, doers[one.pk])
        for need in sorted(found, key=lambda need: (need.wanted_until, need.pk))
        for one, answerer in reachable
        if has_reached(need, answerer, _judged_at(need))
    ]


def _judged_at(need: Any) -> datetime:
    """A need that is over is judged at its end: it reaches nobody afterwards."""
    moment: datetime = need.taken_at or need.ended_at or need.judged_at
    return moment


def reaches_any(need: CareNeed, doers: Iterable[int]) -> list[int]:
    """Of these members' keys, those whom the need has reached."""
    return [
        member.pk
        for member, answerer in answerers(doers)
        if has_reached(need, answerer, _judged_at(need))
    ]


# --- The list and the page ------------------------------------------------------------------
def asked_by(member: Membership) -> QuerySet[CareNeed]:
    """Hers, those of whom she acts for; all of them at the desk. Open ones, unanswered first."""
    found = open_needs().order_by(F("alert_at").asc(), "pk")
    if member.role == Role.COORDINATOR:
        return found
    return found.filter(asker__in=[member.pk, *(one.pk for one in principals_of(member))])


def past_of(member: Membership) -> list[CareNeed]:
    """What she asked or took that is over, the latest first; at the desk, everybody's."""
    keys = [member.pk, *(one.pk for one in principals_of(member))]
    over = needs().exclude(pk__in=open_needs().values("pk"))
    if member.role != Role.COORDINATOR:
        over = over.filter(Q(asker__in=keys) | Q(taken_by__in=keys))
    return list(over.order_by("-posted_at")[:MOST_PAST])


@dataclass(frozen=True)
class Promise:
    """The clock of an open need: who is asked, until when, and what comes then."""

    wave: Wave
    title: str
    sentence: str
    until: datetime


def promise(need: Any) -> Promise:
    """As the database's clock has it, in plain words."""
    wave = need.wave_at(need.judged_at)
    until, sentence = _step_after(need, wave)
    words = {"moment": moment(until), "km": need.radius_km}
    return Promise(wave, _titles()[wave] % words, sentence % words, until)


def _titles() -> dict[Wave, str]:
    return {
        Wave.USUAL: _("Demandé au professionnel habituel"),
        Wave.TEAM: _("Demandé à l’équipe"),
        Wave.RADIUS: _("Demandé à %(km)d km à la ronde"),
        Wave.DESK: _("Personne n’a encore répondu"),
    }


def _step_after(need: CareNeed, wave: Wave) -> tuple[datetime, str]:
    """The next moment of the clock, and its sentence; waves that hold nobody are passed over."""
    if wave == Wave.DESK:
        said = _("La coordination est prévenue. Besoin à pourvoir avant %(moment)s.")
        return need.wanted_until, said
    if wave == Wave.RADIUS:
        said = _("Réponse attendue avant %(moment)s, puis la coordination est prévenue.")
        return need.alert_at, said
    if wave == Wave.USUAL and need.team_at < need.radius_at:
        return need.team_at, _("Réponse attendue avant %(moment)s, puis élargi à l’équipe.")
    said = _("Réponse attendue avant %(moment)s, puis élargi à %(km)d km à la ronde.")
    return need.radius_at, said


def moment(at: datetime) -> str:
    """« 14 h 20 », with the day when it is not today."""
    is_today = timezone.localtime(at).date() == timezone.localdate()
    return hour(at) if is_today else _("%(day)s à %(hour)s") % {"day": day(at), "hour": hour(at)}


def version_of(need: Any) -> str:
    """Changes whenever what the page says of it does: for the poll that costs nothing."""
    wave = need.wave_at(need.judged_at) if need.status == NeedStatus.OPEN else ""
    is_late = need.status == NeedStatus.OPEN and need.wanted_until <= need.judged_at
    return f"{need.pk}-{need.status}-{wave}-{int(is_late)}"


def profession_names(need: CareNeed) -> list[str]:
    """Who may answer, in the reader's language."""
    return [str(one) for one in Profession.objects.filter(pk__in=need.professions)]
