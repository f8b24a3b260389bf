"""« Mes 3 minutes »: only what this very member can answer, now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.templatetags.portal import day, hour
from members import rules
from members.models import Ad, Attendance, Mandate, Meeting, Membership, Subscription, Survey
from members.models import SurveyBallot as Ballot
from patients.models import LIVE, GPRequest, Referral
from prevention.queries.rota import mine, wanted
from prevention.rules.campaigns import may_volunteer
from unscheduled_care.queries.needs import moment, needs_for

MEETINGS_AHEAD = timedelta(days=28)
NEW_ADS = timedelta(days=14)
DUE_AHEAD = timedelta(days=30)
ADS_AT_MOST = 5
SHIFTS_AHEAD = timedelta(days=14)
SHIFTS_AT_MOST = 3


@dataclass(frozen=True)
class Choice:
    """One tap: a POST to `url` with `name` set to `value`."""

    label: str
    url: str
    name: str = ""
    value: str = ""
    is_main: bool = False


@dataclass(frozen=True)
class Ask:
    """Something that waits for an answer; `url` is where it is read whole."""

    kind: str
    icon: str
    title: str
    detail: str
    url: str
    choices: tuple[Choice, ...] = ()


def asks_of(membership: Membership) -> list[Ask]:
    """What waits for this member, the most pressing first; nothing is a good answer."""
    now = timezone.now()
    sources = (_needs, _referrals, _meetings, _shifts, _surveys, _dues, _ads)
    return list(chain.from_iterable(source(membership, now) for source in sources))


def _at(name: str, membership: Membership, *args: Any) -> str:
    return reverse(name, args=[membership.cpts.slug, *args])


def _needs(member: Membership, now: datetime) -> Iterator[Ask]:
    """Anonymous: age band, commune, and until when; those that have reached him, by the clock."""
    for asked in needs_for(member):
        need = asked.need
        take = Choice(
            label=_("Je m’en charge"),
            url=_at("unscheduled_care:need_take", member, need.pk),
            name="pour",
            value=str(asked.by.pk),
            is_main=True,
        )
        yield Ask(
            kind="need",
            icon="hand-heart",
            title=_("Un besoin de soins vous attend"),
            detail=_("%(age)s, %(commune)s : avant %(moment)s")
            % {
                "age": need.get_age_band_display(),
                "commune": need.commune,
                "moment": moment(need.wanted_until),
            },
            url=_at("unscheduled_care:need_show", member, need.pk),
            choices=(take,),
        )


def _referrals(member: Membership, now: datetime) -> Iterator[Ask]:
    """Anonymous: age band, commune, and the hours left to answer."""
    waiting = Referral.objects.live_at(now).filter(gp=member, status__in=LIVE)
    bands = dict(GPRequest.AgeBand.choices)
    for referral in waiting.select_related("request__commune").order_by("expires_at"):
        hours = int((referral.expires_at - now).total_seconds() // 3600)
        reserve = Choice(
            label=_("Réserver"),
            url=_at("patients:referral_reserve", member, referral.pk),
            is_main=True,
        )
        yield Ask(
            kind="referral",
            icon="heart-pulse",
            title=_("Une personne cherche son médecin traitant"),
            detail=_("%(age)s, %(commune)s : encore %(hours)s h pour répondre")
            % {
                "age": bands[referral.request.age_band],
                "commune": referral.request.commune,
                "hours": hours,
            },
            url=_at("patients:referral_detail", member, referral.pk),
            choices=(reserve,) if referral.status == "proposed" else (),
        )


def _meetings(member: Membership, now: datetime) -> Iterator[Ask]:
    """Everybody's, and those of the groups where she sits, not answered yet."""
    today = timezone.localdate(now)
    seats = Mandate.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=today), membership=member, starts_on__lte=today
    )
    answered = Attendance.objects.filter(meeting=OuterRef("pk"), membership=member)
    found = Meeting.objects.filter(
        Q(group=None) | Q(group__in=seats.values("group")),
        ~Exists(answered.exclude(answer="")),
        status=Meeting.Status.PLANNED,
        starts_at__range=(now, now + MEETINGS_AHEAD),
    )
    for meeting in found.order_by("starts_at"):
        url = _at("members:meeting_answer", member, meeting.pk)
        yield Ask(
            kind="meeting",
            icon="calendar-days",
            title=meeting.title,
            detail=f"{day(meeting.starts_at)}, {hour(meeting.starts_at)} · {meeting.place}",
            url=_at("members:meeting_detail", member, meeting.pk),
            choices=(
                Choice(_("Je viens"), url, "answer", "coming", is_main=True),
                Choice(_("Je ne viens pas"), url, "answer", "not_coming"),
            ),
        )


def _shifts(member: Membership, now: datetime) -> Iterator[Ask]:
    """Where hands are wanted soon, when she keeps nothing else at those hours."""
    if not may_volunteer(member, member):
        return
    found = chain.from_iterable(shifts for _, shifts in wanted(mine(member, now), now))
    free = (one.shift for one in found if one.busy_with is None)
    soon = (shift for shift in free if shift.starts_at < now + SHIFTS_AHEAD)
    for shift in islice(soon, SHIFTS_AT_MOST):
        take = Choice(
            label=_("Je tiens ce poste"),
            url=_at("prevention:shift_take", member, shift.pk),
            is_main=True,
        )
        yield Ask(
            kind="shift",
            icon="hand-helping",
            title=f"{shift.task} — {shift.session}",
            detail=f"{day(shift.starts_at)}, {hour(shift.starts_at)} · {shift.session.commune}",
            url=_at("prevention:rota_list", member),
            choices=(take,),
        )


def _surveys(member: Membership, now: datetime) -> Iterator[Ask]:
    answered = Ballot.objects.filter(survey=OuterRef("pk"), membership=member)
    found = Survey.objects.filter(
        ~Exists(answered), status=Survey.Status.OPEN, closes_on__gte=timezone.localdate(now)
    )
    for survey in found.order_by("closes_on"):
        yield Ask(
            kind="survey",
            icon="list-checks",
            title=survey.title,
            detail=_("quelques questions, avant le %(day)s") % {"day": day(survey.closes_on)},
            url=_at("members:survey_answer", member, survey.pk),
        )


def _dues(member: Membership, now: datetime) -> Iterator[Ask]:
    """The oldest period not paid yet, from a month before it begins."""
    begun = timezone.localdate(now) + DUE_AHEAD
    due = Subscription.objects.filter(membership=member, paid_on=None, starts_on__lte=begun)
    subscription = due.order_by("starts_on").first()
    if subscription is not None:
        yield Ask(
            kind="due",
            icon="badge-euro",
            title=_("Votre adhésion est à renouveler"),
            detail=_("du %(start)s au %(end)s")
            % {"start": day(subscription.starts_on), "end": day(subscription.ends_on)},
            url=_at("members:membership_mine", member),
        )


def _ads(member: Membership, now: datetime) -> Iterator[Ask]:
    """New ones for her profession or for any, unless she may only read."""
    today = timezone.localdate(now)
    if not rules.may_take_part(member, today):
        return
    wanted = Q(profession=None) | Q(profession=member.profession_id)
    found = Ad.objects.open_on(today).filter(wanted, published_on__gte=today - NEW_ADS)
    for ad in found.exclude(author=member).select_related("commune")[:ADS_AT_MOST]:
        yield Ask(
            kind="ad",
            icon="megaphone",
            title=ad.title,
            detail=" · ".join(str(part) for part in (ad.get_kind_display(), ad.commune) if part),
            url=_at("members:ad_detail", member, ad.pk),
        )
