"""A living queue: some seventy requests that went, step by step, where the lifecycle allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, cycle
from random import Random

from django.utils import timezone

from cpts_portal.board.demo import cases, people
from cpts_portal.board.demo.cases import Case, Named
from cpts_portal.board.demo.staff import Staff
from cpts_portal.board.demo.story import Story
from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import AccessEntry, AuditEntry, Commune
from cpts_portal.core.territory import fold
from members.models import Cpts
from patients import rules
from patients.models import (
    ContactAttempt,
    GPRequest,
    Note,
    Patient,
    PriorityRuleSet,
    PrivateLink,
    ReferenceCounter,
    Referral,
    Status,
)
from patients.queries.private import token_hash

HANDLED = "assign qualify"
REFERRED = f"{HANDLED} refer"
ACCEPTED = f"{REFERRED} reserve take"
FIRST_NUMBER = 347
PRIVATE_TOKEN = "demonstration-page-privee"  # noqa: S105 - an invented patient's page, on purpose


@dataclass(frozen=True)
class Plot:
    """How far `count` requests have gone: days ago for the filing and the last step, oldest first.

    `steps` are verbs of `Story`; `gp` is the door tried first, by its place in the staff.
    """

    steps: str
    count: int
    filed: tuple[float, float]
    last: tuple[float, float] = (0, 0)
    gp: int | None = None


PLOTS = (
    Plot("", 9, (6, 0.1)),
    Plot("assign note", 4, (9, 3), (2, 1)),
    Plot("assign ask", 5, (16, 6), (6, 1)),
    Plot(HANDLED, 4, (12, 5), (4, 1)),
    Plot(f"{HANDLED} note call_back", 3, (20, 10), (5, 1)),
    Plot(f"{REFERRED} decline", 2, (26, 18), (5, 2)),
    Plot(f"{REFERRED} expire", 1, (30, 25), (6, 6)),
    Plot(REFERRED, 2, (14, 9), (1.6, 0.4), gp=0),
    Plot(REFERRED, 3, (24, 8), (2.2, 0.3)),
    Plot(f"{REFERRED} reserve", 1, (12, 12), (0.9, 0.9), gp=0),
    Plot(f"{REFERRED} reserve", 1, (20, 20), (0.8, 0.8)),
    Plot(ACCEPTED, 1, (30, 30), (3, 3), gp=0),
    Plot(ACCEPTED, 4, (45, 20), (8, 1.5)),
    Plot(f"{ACCEPTED} first_visit", 5, (60, 30), (9, 2)),
    Plot(f"{ACCEPTED} first_visit declare", 9, (90, 40), (19, 2)),
    Plot(f"{REFERRED} decline refer reserve take first_visit declare", 4, (190, 100), (80, 15)),
    Plot(f"{HANDLED} find_alone", 3, (80, 30), (25, 5)),
    Plot("assign leave_area", 2, (60, 40), (50, 30)),
    Plot("assign attempt attempt attempt lose_touch", 2, (140, 110), (40, 20)),
    Plot("withdraw", 3, (70, 20), (40, 10)),
    Plot("assign mark_duplicate", 2, (50, 20), (45, 15)),
    Plot(f"{HANDLED} move_away", 2, (110, 60), (50, 20)),
    Plot(f"{REFERRED} record_death", 1, (75, 75), (60, 60)),
)


@dataclass(frozen=True)
class Casting:
    """Everything a request is made from."""

    cpts: Cpts
    rule_set: PriorityRuleSet
    communes: dict[str, Commune]
    roles: Iterator[Named]
    mobiles: Iterator[str]


def load(staff: Staff, communes: list[Commune], rule_set: PriorityRuleSet) -> int:
    """Write the queue with its notes, attempts, referrals and traces; returns its length."""
    chance = Random(f"queue of {staff.cpts.slug}")  # noqa: S311 - the same queue each time
    casting = Casting(
        cpts=staff.cpts,
        rule_set=rule_set,
        communes={commune.insee_code: commune for commune in communes},
        roles=chain(cases.KNOWN, _drawn(chance, communes)),
        mobiles=people.mobiles(),
    )
    stories = [s for plot in PLOTS for s in _stories(plot, casting, staff, chance)]
    _number(staff.cpts, [story.request for story in stories])
    _save(staff, stories)
    return len(stories)


def _stories(plot: Plot, casting: Casting, staff: Staff, chance: Random) -> Iterator[Story]:
    for number in range(plot.count):
        share = number / max(plot.count - 1, 1)
        filed_at = _moment(plot.filed, share, chance)
        story = Story(_request(casting, filed_at), staff, chance, prefers=plot.gp)
        last_at = timezone.now() - timedelta(days=_between(plot.last, share))
        story.play(plot.steps.split(), last_at)
        yield story


def _between(days: tuple[float, float], share: float) -> float:
    return days[0] + (days[1] - days[0]) * share


def _moment(days: tuple[float, float], share: float, chance: Random) -> datetime:
    """When someone at home files: that many days ago, between 7 and 22 h in Paris, never later."""
    local = timezone.localtime(timezone.now() - timedelta(days=_between(days, share)))
    clock = time(chance.randrange(7, 22), chance.randrange(60))
    told = datetime.combine(local.date(), clock, timezone.get_current_timezone())
    return told if told < timezone.now() else told - timedelta(days=1)


def _drawn(chance: Random, communes: list[Commune]) -> Iterator[Named]:
    """Invented people in the situations of `cases.DRAWN`, again and again."""
    invented = people.invent(chance)
    weights = [commune.population for commune in communes]
    for case in cycle(cases.DRAWN):
        wanted = case.civility or chance.choice(("mme", "m"))
        person = next(p for p in invented if p.is_woman == (wanted == "mme"))
        home = chance.choices(communes, weights)[0]
        young = people.YOUNG_WOMEN if person.is_woman else people.YOUNG_MEN
        first_name = chance.choice(young) if case.age < 35 else person.first_name
        yield Named(first_name, person.last_name, wanted, home.insee_code, case)


def _request(casting: Casting, filed_at: datetime) -> GPRequest:
    role = next(casting.roles)
    case, day = role.case, timezone.localdate(filed_at)
    request = GPRequest(
        cpts=casting.cpts,
        patient=_patient(casting, role, day),
        commune=casting.communes[role.insee_code],
        source=case.source,
        filed_for=case.filed_for,
        no_gp_reason=case.reason,
        words=f"{case.words}",
        first_requested_at=filed_at,
        status_changed_at=filed_at,
        rule_set=casting.rule_set,
        age_band=rules.age_band(case.age),
        **_facts(case, day),
    )
    request.priority, request.priority_reasons = rules.score(
        request, casting.rule_set.rules, case.age, day
    )
    return request


def _facts(case: Case, day: date) -> dict[str, object]:
    """The case's columns; a number given for a date is in days from the filing."""
    return {
        name: day + timedelta(days=value) if name.endswith("_on") else value
        for name, value in case.facts.items()
    }


def _patient(casting: Casting, role: Named, day: date) -> Patient:
    case, phone = role.case, next(casting.mobiles)
    address = f"{fold(role.first_name)}.{fold(role.last_name)}".replace(" ", "-")
    email = "" if case.age > 75 or case.source == "paper" else f"{address}@courriel.example"
    by_other = case.filed_for != cases.SELF
    return Patient(
        cpts=casting.cpts,
        civility=role.civility,
        first_name=role.first_name,
        last_name=role.last_name,
        search_name=fold(f"{role.last_name} {role.first_name}"),
        birth_date=day.replace(day=min(day.day, 28), year=day.year - case.age) - timedelta(days=40),
        phone=phone,
        phone_hash=keyed_hash(phone),
        email=email,
        email_hash=keyed_hash(email),
        best_hours=Patient.BestHours.EVENING if case.age < 60 else Patient.BestHours.MORNING,
        contact_name=f"Claire {role.last_name}" if by_other else "",
        contact_phone=next(casting.mobiles) if by_other else "",
    )


def _number(cpts: Cpts, requests: list[GPRequest]) -> None:
    """Give references in the order of filing, and leave the counter where they end."""
    last: defaultdict[int, int] = defaultdict(lambda: FIRST_NUMBER)
    for request in sorted(requests, key=lambda r: r.first_requested_at):
        year = timezone.localtime(request.first_requested_at).year
        last[year] += 1
        request.reference = f"{year}-{last[year]:04d}"
    ReferenceCounter.objects.bulk_create(
        ReferenceCounter(cpts=cpts, year=year, last=number) for year, number in last.items()
    )


def _save(staff: Staff, stories: list[Story]) -> None:
    Patient.objects.bulk_create(story.request.patient for story in stories)
    GPRequest.objects.bulk_create(story.request for story in stories)
    Referral.objects.bulk_create(chain.from_iterable(story.referrals for story in stories))
    Note.objects.bulk_create(chain.from_iterable(story.notes for story in stories))
    ContactAttempt.objects.bulk_create(chain.from_iterable(s.attempts for s in stories))
    AuditEntry.objects.bulk_create(t.entry() for story in stories for t in story.traces)
    AccessEntry.objects.bulk_create(_openings(staff, stories))
    accepted = next(story for story in stories if story.request.status == Status.ACCEPTED)
    PrivateLink.objects.create(
        cpts=staff.cpts,
        request=accepted.request,
        token_hash=token_hash(PRIVATE_TOKEN),
        expires_at=timezone.now() + timedelta(days=365),
    )


def _openings(staff: Staff, stories: Iterable[Story]) -> Iterator[AccessEntry]:
    """Whoever took a request in hand had opened it."""
    for story in stories:
        for trace in story.traces:
            if trace.verb == "assign":
                yield AccessEntry(
                    cpts=staff.cpts,
                    by=story.coordinator.user,
                    role=story.coordinator.role,
                    purpose=AccessEntry.Purpose.OPEN,
                    patient_ids=[story.request.patient_id],
                    at=trace.at,
                )
