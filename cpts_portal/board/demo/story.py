"""One request played step by step: the lifecycle says what may happen, the traces say it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import models
from django.utils import timezone

from cpts_portal.board.demo import cases
from cpts_portal.board.demo.staff import Door, Staff
from cpts_portal.core import audit
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.territory import distance_km
from members.models import Membership
from patients import lifecycle, rules
from patients.models import ENDED, LIVE, ContactAttempt, GPRequest, Note, Referral

REPLIES = {"reserve", "take", "decline", "expire"}
BY_PATIENT = {"withdraw", "find_alone"}
ENDINGS = {step.verb: step for step in lifecycle.ENDINGS}
OPENS, CLOSES = 9, 18
WAYS = (ContactAttempt.Way.PHONE, ContactAttempt.Way.SMS, ContactAttempt.Way.PHONE)


@dataclass(frozen=True)
class Trace:
    """A state change waiting for its subject's primary key."""

    at: datetime
    subject: models.Model
    verb: str
    by: Any
    source: str = ""
    target: str = ""
    reason: str = ""

    def entry(self) -> AuditEntry:
        return AuditEntry(
            cpts_id=getattr(self.subject, "cpts_id", None),
            subject_kind=audit.kind_of(self.subject),
            subject_id=str(self.subject.pk),
            verb=self.verb,
            source=self.source,
            target=self.target,
            by_id=self.by.user_id,
            by_label=getattr(self.by, "role", None) or self.by.label,
            reason=self.reason,
            at=self.at,
        )


@dataclass
class Story:
    """Unsaved rows of one request; each public verb below is a step of a plot."""

    request: GPRequest
    staff: Staff
    chance: Random
    prefers: int | None = None
    coordinator: Membership = field(init=False)
    referrals: list[Referral] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    attempts: list[ContactAttempt] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    now: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.coordinator = self.chance.choice(self.staff.coordinators)
        self.now = self.request.first_requested_at
        patient = audit.PatientOf(self.request.pk)
        self.traces.append(Trace(self.now, self.request, "file", patient, "", self.request.status))

    def play(self, steps: list[str], last_at: datetime) -> None:
        """Play the steps up to `last_at`; a doctor replies within hours of what he answers."""
        begun, beats = self.now, [step for step in steps if step not in REPLIES]
        pause = (last_at - begun) / max(len(beats), 1)
        beat = 0
        for step in steps:
            if step in REPLIES:
                self.now += timedelta(hours=self.chance.uniform(1, 9))
            else:
                beat += 1
                self.now = begun + pause * beat
            self.now = self._at_work(self.now)
            verb = getattr(self, step, None)
            verb() if verb else self.end(ENDINGS[step])

    def _at_work(self, moment: datetime) -> datetime:
        """The same day between 9 and 18 h in Paris, unless that is still to come or undoes time."""
        latest = timezone.now() - timedelta(minutes=3)
        local = timezone.localtime(min(moment, latest))
        if not OPENS <= local.hour < CLOSES:
            hour, minute = self.chance.randrange(OPENS, CLOSES), self.chance.randrange(60)
            told = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
            if self.traces[-1].at < told <= latest:
                return told
        return local

    def assign(self) -> None:
        self.request.assigned_to = self.coordinator
        name = self.coordinator.user.get_full_name()
        self._trace(self.request, "assign", reason=name)

    def note(self) -> None:
        body = self.chance.choice(cases.NOTES)
        self.notes.append(
            Note(
                cpts=self.staff.cpts,
                request=self.request,
                author=self.coordinator,
                body=body,
                at=self.now,
            )
        )

    def attempt(self) -> None:
        way = WAYS[len(self.attempts) % len(WAYS)]
        self.attempts.append(
            ContactAttempt(
                cpts=self.staff.cpts,
                request=self.request,
                by=self.coordinator,
                way=way,
                at=self.now,
            )
        )

    def ask(self) -> None:
        self._move(lifecycle.ASK, self.coordinator)

    def qualify(self) -> None:
        self._move(lifecycle.QUALIFY, self.coordinator)

    def call_back(self) -> None:
        day = timezone.localdate() + timedelta(days=self.chance.randrange(-1, 3))
        self.request.call_back_on = day
        self._trace(self.request, "plan_call_back", reason=day.isoformat())

    def refer(self) -> None:
        door, distance = self._door()
        self._move(lifecycle.REFER, self.coordinator)
        self.referrals.append(
            Referral(
                cpts=self.staff.cpts,
                request=self.request,
                gp=door.gp,
                distance_km=distance,
                proposed_by=self.coordinator,
                proposed_at=self.now,
                expires_at=self.now + timedelta(hours=self.staff.cpts.referral_hours),
            )
        )

    def reserve(self) -> None:
        self._answer(lifecycle.RESERVE).reserved_at = self.now

    def take(self) -> None:
        self._answer(lifecycle.TAKE).answered_at = self.now
        self._move(lifecycle.ACCEPT, self.referrals[-1].gp)

    def decline(self) -> None:
        referral = self._answer(lifecycle.DECLINE)
        referral.answered_at = self.now
        referral.decline_reason = self.chance.choice(
            [Referral.DeclineReason.FULL, Referral.DeclineReason.TOO_FAR]
        )
        self._move(lifecycle.RETURN, referral.gp, reason=referral.decline_reason)

    def expire(self) -> None:
        self.now = self.referrals[-1].expires_at
        self._answer(lifecycle.EXPIRE, by=audit.SYSTEM).answered_at = self.now
        self._move(lifecycle.RETURN, audit.SYSTEM, reason="expired")

    def first_visit(self) -> None:
        day = timezone.localdate(self.now) + timedelta(days=self.chance.randrange(12, 25))
        self.request.first_visit_on = day
        self._move(lifecycle.SET_FIRST_VISIT, self.referrals[-1].gp, reason=day.isoformat())

    def declare(self) -> None:
        """Declared once the visit has been: the story's visit day is brought before it."""
        self.request.first_visit_on = timezone.localdate(self.now) - timedelta(days=1)
        self._move(lifecycle.DECLARE, self.coordinator)

    def end(self, ending: Transition) -> None:
        patient = audit.PatientOf(self.request.pk)
        by = patient if ending.verb in BY_PATIENT else self.coordinator
        self._move(ending, by)
        self.request.call_back_on = None
        if self.referrals and self.referrals[-1].status in LIVE:
            self._answer(lifecycle.TAKE_BACK, by=self.coordinator).answered_at = self.now

    def _move(self, step: Transition, by: Any, reason: str = "") -> None:
        source = step.apply(self.request, by=by)
        self.request.status_changed_at = self.now
        if self.request.status in ENDED:
            self.request.closed_at = self.now
        self._trace(self.request, step.verb, by, source, self.request.status, reason)

    def _answer(self, step: Transition, by: Any = None) -> Referral:
        referral = self.referrals[-1]
        by = by or referral.gp
        source = step.apply(referral, by=by)
        self._trace(referral, step.verb, by, source, referral.status)
        return referral

    def _trace(
        self,
        subject: models.Model,
        verb: str,
        by: Any = None,
        source: str = "",
        target: str = "",
        reason: str = "",
    ) -> None:
        by = by or self.coordinator
        self.traces.append(Trace(self.now, subject, verb, by, source, target, reason))

    def _door(self) -> tuple[Door, float | None]:
        """A GP whose terms take this person and who has not been asked, and how far he works."""
        asked = {referral.gp for referral in self.referrals}
        doors = [door for door in self.staff.open_doors() if door.gp not in asked]
        if self.prefers is not None:
            doors.insert(0, self.staff.doors[self.prefers])
        for door in doors:
            distance = self._distance(door)
            if not self._obstacle(door, distance):
                return door, distance
        return doors[0], self._distance(doors[0])

    def _obstacle(self, door: Door, distance: float | None) -> str:
        today = timezone.localdate()
        return rules.intake_obstacle(
            door.intake, self.request, taken=0, distance_km=distance, today=today
        )

    def _distance(self, door: Door) -> float | None:
        commune, place = self.request.commune, door.practice
        return distance_km(commune.latitude, commune.longitude, place.latitude, place.longitude)
