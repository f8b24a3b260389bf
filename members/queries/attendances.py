"""The register of a meeting: who is expected, who is there, how many vote."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from members import rules
from members.models import Attendance, Meeting, Membership
from members.queries.meetings import called_to


@dataclass(frozen=True)
class Line:
    """One person on the register."""

    member: Membership
    attendance: Attendance | None
    is_called: bool
    votes: bool

    @property
    def is_present(self) -> bool:
        return self.attendance is not None and self.attendance.present_at is not None

    @property
    def answer(self) -> str:
        return self.attendance.answer if self.attendance else ""


@dataclass(frozen=True)
class Register:
    """Everybody called, and whoever came besides; votes are counted at assemblies only."""

    meeting: Meeting
    lines: list[Line]

    @property
    def present(self) -> int:
        return sum(line.is_present for line in self.lines)

    @property
    def is_assembly(self) -> bool:
        return self.meeting.group_id is None

    @property
    def voters(self) -> int:
        return sum(line.votes for line in self.lines)

    @property
    def voters_present(self) -> int:
        return sum(line.votes and line.is_present for line in self.lines)

    @property
    def percent(self) -> int:
        """Of the voters, rounded down: a quorum is reached or not."""
        return 100 * self.voters_present // self.voters if self.voters else 0

    def of(self, membership: Membership) -> Line:
        """Raises StopIteration for who is neither called nor present."""
        return next(line for line in self.lines if line.member.pk == membership.pk)


def register(meeting: Meeting) -> Register:
    """In three queries at most, whatever the number of people."""
    day = timezone.localdate(meeting.starts_at)
    noted = {
        attendance.membership_id: attendance
        for attendance in Attendance.objects.filter(meeting=meeting)
    }
    called = list(called_to(meeting).with_standing())
    beside = sorted(noted.keys() - {member.pk for member in called})
    others = Membership.objects.filter(pk__in=beside).select_related("user", "profession")
    members = [(member, True) for member in called]
    members += [(member, False) for member in others.with_standing()]
    members.sort(key=lambda pair: (pair[0].user.last_name, pair[0].user.first_name, pair[0].pk))
    lines = [
        Line(member, noted.get(member.pk), is_called, rules.may_vote(member, day))
        for member, is_called in members
    ]
    return Register(meeting, [line for line in lines if line.is_called or line.is_present])
