"""A living week of unscheduled care: templates, slots behind and ahead, claims, needs, a line."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import pgtrigger
from django.utils import timezone

from cpts_portal.board.demo.staff import Staff
from members.models import Membership, Practice, Role
from unscheduled_care.actions.steps import phone_hash
from unscheduled_care.models import (
    AgeBand,
    Availability,
    CareNeed,
    Claim,
    ClaimContact,
    ClaimStatus,
    Hold,
    Kind,
    Mobility,
    NeedContact,
    OwnGp,
    Reason,
    SasDesk,
    Sex,
    Slot,
    SlotStatus,
    WaitingContact,
    WaitingEntry,
)

PARIS = ZoneInfo("Europe/Paris")
BEHIND, AHEAD = 14, 14
"""Days of slots, before today and from today on."""
FIRST_NAMES = "Marthe Lucien Odile Jeanne Sacha Inaya Raymond Colette Enzo Lina Roger Paulette"


@dataclass(frozen=True)
class Week:
    """A template as somebody of that profession has it; hours are minutes since midnight."""

    days: tuple[int, ...]
    opens: int
    closes: int
    minutes: int
    kind: Kind = Kind.PRACTICE
    acts: tuple[str, ...] = ()
    channels: tuple[str, ...] = ("members",)


WEEKS: dict[str, tuple[Week, ...]] = {
    "medecin-generaliste": (
        Week((1, 2, 3, 4, 5), 660, 720, 20),
        Week((1, 2, 4, 5), 1040, 1120, 20, channels=("members", "sas")),
        Week((1, 3, 5, 6), 510, 570, 15),
        Week((2, 4), 1080, 1140, 15, Kind.REMOTE, ("renouvellement",)),
    ),
    "infirmier": (
        Week((1, 2, 3, 4, 5, 6), 810, 930, 30, Kind.HOME, ("pansement", "injection")),
        Week((1, 2, 3, 4, 5, 6, 7), 450, 510, 20, Kind.PRACTICE, ("prise-de-sang",)),
    ),
    "pharmacien": (
        Week((1, 2, 4, 5, 6), 840, 900, 15, acts=("trod-angine", "trod-cystite")),
        Week((1, 2, 3, 4, 5), 1080, 1125, 15, acts=("trod-angine", "vaccination")),
    ),
    "kinesitherapeute": (Week((1, 3, 5), 750, 810, 30, acts=("kine-respiratoire",)),),
    "sage-femme": (Week((2, 4), 600, 720, 30, acts=("monitoring",)),),
}
OFFERING = {
    "medecin-generaliste": 6,
    "infirmier": 4,
    "pharmacien": 2,
    "kinesitherapeute": 2,
    "sage-femme": 1,
}
"""How many of each profession have a week; half as many where the CPTS has no office."""


def load(team: Staff) -> int:
    """Everything is written as it stands, without a message; the number of slots."""
    chance = Random(f"{team.cpts.slug} care")  # noqa: S311 - the same demonstration each time
    weeks = _load_weeks(team, chance)
    slots = [slot for week in weeks for slot in _slots(week)]
    _apart(slots)
    claimers = [*team.members[:9], *team.coordinators]
    claimers += [team.secretary] if team.secretary else []
    story = _Story(team, chance, claimers, list(Reason.objects.all()))
    with pgtrigger.ignore(
        "unscheduled_care.Slot:slot_ends_for_good", "unscheduled_care.Claim:claim_of_a_kept_slot"
    ):
        story.play(slots)
    if team.partner:
        _name_the_sas(team.partner, by=team.coordinators[0])
    if team.coordinators:
        _need(team, story)
        _wait_in_line(team, story)
    return len(slots)


def _name_the_sas(partner: Membership, *, by: Membership) -> None:
    """The partner account claims for the SAS."""
    SasDesk.objects.create(cpts=partner.cpts, membership=partner, named_by=by)


# --- Templates and their slots ------------------------------------------------------------------
def _load_weeks(team: Staff, chance: Random) -> list[Availability]:
    """The n-th of a profession has its n-th week, round and round."""
    places: dict[int, Practice] = {
        place.membership_id: place.practice
        for member in team.members
        for place in member.places.select_related("practice")[:1]
    }
    weeks = []
    for profession, number in OFFERING.items():
        able = [m for m in team.members if m.profession_id == profession and m.user.email]
        offering = number if team.secretary else (number + 1) // 2
        for position, member in enumerate(able[:offering]):
            for week in WEEKS[profession][position % 2 :: 2]:
                weeks.append(_template(week, member, places[member.pk], chance))
    return list(Availability.objects.bulk_create(weeks))


def _template(week: Week, member: Membership, place: Practice, chance: Random) -> Availability:
    begun = timezone.localdate() - timedelta(days=BEHIND + chance.randrange(100))
    return Availability(
        cpts=member.cpts,
        professional=member,
        practice=None if week.kind == Kind.REMOTE else place,
        kind=week.kind,
        radius_km=15 if week.kind == Kind.HOME else None,
        acts=list(week.acts),
        channels=list(week.channels),
        weekdays=list(week.days),
        opens=week.opens,
        closes=week.closes,
        slot_minutes=week.minutes,
        valid_from=begun,
        created_by=member,
    )


def _slots(week: Availability) -> Iterator[Slot]:
    """Unsaved slots on the grid that the nightly task would follow, holidays left out."""
    now, today = timezone.now(), timezone.localdate()
    closed = holidays.country_holidays("FR")
    for number in range(-BEHIND, AHEAD):
        day = today + timedelta(days=number)
        if day.isoweekday() not in week.weekdays or day in closed:
            continue
        for opens in range(week.opens, week.closes - week.slot_minutes + 1, week.slot_minutes):
            starts_at = _at(day, opens)
            yield Slot(
                cpts_id=week.cpts_id,
                availability=week,
                professional_id=week.professional_id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=week.slot_minutes),
                closes_at=starts_at,
                offered_by_id=week.professional_id,
                offered_at=min(now, starts_at) - timedelta(days=7),
                **week.terms(),
            )


def _at(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(minutes // 60, minutes % 60), PARIS)


def _apart(slots: list[Slot]) -> None:
    """Drop what would overlap another slot of the same person: the first stays."""
    slots.sort(key=lambda slot: (slot.professional_id, slot.starts_at))
    kept: list[Slot] = []
    for slot in slots:
        last = kept[-1] if kept else None
        same = last is not None and last.professional_id == slot.professional_id
        if not same or (last is not None and slot.starts_at >= last.ends_at):
            kept.append(slot)
    slots[:] = kept


# --- Claims -------------------------------------------------------------------------------------
class _Story:
    """Who claimed what, and what became of it."""

    def __init__(
        self, team: Staff, chance: Random, claimers: list[Membership], reasons: list[Reason]
    ) -> None:
        self.team, self.chance, self.claimers, self.reasons = team, chance, claimers, reasons
        self.professions = {member.pk: str(member.profession_id) for member in team.members}
        self.number = 0

    def play(self, slots: list[Slot]) -> None:
        """Three past slots in four were claimed; of those to come, the nearer the more."""
        now, sold = timezone.now(), []
        for slot in slots:
            days = (slot.starts_at - now).days
            odds = 0.75 if days < 0 else max(0.1, 0.5 - 0.06 * days)
            if self.chance.random() < odds:
                slot.status = SlotStatus.CLAIMED
                sold.append(slot)
        Slot.objects.bulk_create(slots, batch_size=1000)
        holds = Hold.objects.bulk_create(self._hold(slot) for slot in sold)
        claims = Claim.objects.bulk_create(self._claim(hold) for hold in holds)
        ClaimContact.objects.bulk_create(
            ClaimContact(cpts_id=claim.cpts_id, claim=claim, **self.contact()) for claim in claims
        )

    def _hold(self, slot: Slot) -> Hold:
        """Taken at most two days before, always in the past."""
        before = timedelta(minutes=self.chance.randrange(40, 2400))
        taken = max(slot.offered_at, min(slot.starts_at - before, timezone.now() - before))
        others = [one for one in self.claimers if one.pk != slot.professional_id]
        holder = self.chance.choice(others)
        return Hold(
            cpts_id=slot.cpts_id,
            slot=slot,
            holder=holder,
            held_by=holder,
            starts_at=taken,
            expires_at=taken + timedelta(minutes=3),
        )

    def _claim(self, hold: Hold) -> Claim:
        slot = hold.slot
        status = ClaimStatus.BOOKED
        if slot.ends_at < timezone.now():
            status = self.chance.choices(
                [ClaimStatus.SEEN, ClaimStatus.NO_SHOW, ClaimStatus.REDIRECTED], [88, 8, 4]
            )[0]
        return Claim(
            cpts_id=hold.cpts_id,
            slot=slot,
            hold=hold,
            claimer=hold.holder,
            door=_door(hold.holder),
            status=status,
            searched_at=hold.starts_at,
            claimed_at=hold.starts_at + timedelta(minutes=2),
            outcome_at=slot.ends_at if status != ClaimStatus.BOOKED else None,
            **self.care(self.professions[slot.professional_id]),
        )

    def care(self, profession: str) -> dict[str, Any]:
        """The coded answers about one patient."""
        suited = [reason for reason in self.reasons if reason.is_for(profession)]
        return {
            "reason": self.chance.choice(suited),
            "age_band": self.chance.choice(AgeBand.values),
            "sex": self.chance.choice(Sex.values),
            "mobility": self.chance.choices(Mobility.values, [80, 12, 8])[0],
            "own_gp": self.chance.choices(OwnGp.values, [55, 25, 20])[0],
            "has_consented": True,
        }

    def contact(self) -> dict[str, Any]:
        self.number += 1
        phone = f"+336399{83_000 + self.number % 7000}"
        return {
            "first_name": self.chance.choice(FIRST_NAMES.split()),
            "phone": phone,
            "phone_hash": phone_hash(phone),
        }


def _door(member: Membership) -> str:
    doors = {Role.COORDINATOR: Claim.Door.DESK, Role.SECRETARY: Claim.Door.SECRETARY}
    return doors.get(Role(member.role), Claim.Door.MEMBER)


# --- Needs and the line ---------------------------------------------------------------------------
def _need(team: Staff, story: _Story) -> None:
    """One need waits in its radius, one has just been posted, one was taken yesterday."""
    now = timezone.now()
    asked = (
        ("medecin-generaliste", timedelta(minutes=50), None),
        ("infirmier", timedelta(minutes=4), None),
        ("medecin-generaliste", timedelta(days=1), team.gps[1]),
    )
    for profession, ago, taker in asked:
        care = story.care(profession)
        posted = now - ago
        need = CareNeed.objects.create(
            cpts=team.cpts,
            asker=team.coordinators[0],
            professions=[profession],
            reason=care["reason"],
            commune=story.chance.choice(list(team.cpts.communes.all())),
            age_band=care["age_band"],
            wanted_from=posted,
            wanted_until=posted + timedelta(hours=44),
            has_consented=True,
            key=uuid.UUID(int=story.chance.getrandbits(128)),
            posted_at=posted,
            team_at=posted,
            radius_at=posted + timedelta(minutes=30),
            alert_at=posted + timedelta(hours=2),
            told_wave="radius" if ago > timedelta(minutes=30) else "team",
            status="taken" if taker else "open",
            taken_by=taker,
            taken_at=posted + timedelta(minutes=24) if taker else None,
        )
        NeedContact.objects.create(cpts=team.cpts, need=need, **story.contact())


def _wait_in_line(team: Staff, story: _Story) -> None:
    now = timezone.now()
    for hours in (5, 2):
        care = story.care("chirurgien-dentiste")
        entry = WaitingEntry.objects.create(
            cpts=team.cpts,
            added_by=team.coordinators[0],
            profession_id="chirurgien-dentiste",
            commune=story.chance.choice(list(team.cpts.communes.all())),
            key=uuid.UUID(int=story.chance.getrandbits(128)),
            joined_at=now - timedelta(hours=hours),
            wanted_until=now + timedelta(hours=40),
            **care,
        )
        WaitingContact.objects.create(cpts=team.cpts, entry=entry, **story.contact())
