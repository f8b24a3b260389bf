"""The verdict on each line of an import, and until when an import can be undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from members.models import College, ImportBatch, ImportRow
from members.rules.import_cells import (
    Known,
    KnownMember,
    Problem,
    Told,
    read_cells,
    without_nir,
)

UNDO_WITHIN = timedelta(days=30)
READ_AT_ONCE_AFTER = timedelta(seconds=10)
"""How long a file waits for the worker before whoever looks at it reads it."""
Verdict = ImportRow.Verdict


@dataclass
class Judged:
    """A line with what it says and what is to be done with it; `like` is the member it meets."""

    line: int
    cells: dict[str, str]
    told: Told
    problems: list[Problem] = field(default_factory=list)
    verdict: Verdict = Verdict.READY
    like: int | None = None


def judge(
    rows: Sequence[tuple[int, dict[str, str]]],
    known: Known,
    *,
    today: date,
    too_wide: Sequence[int] = (),
) -> list[Judged]:
    """Every line on its own, then among the others, then beside the members of the CPTS."""
    wide = frozenset(too_wide)
    judged = [_read(line, cells, known, today, is_wide=line in wide) for line, cells in rows]
    _find_twice(judged, "rpps", lambda one: one.told.rpps)
    _find_twice(judged, "email", lambda one: one.told.email)
    members = _Index(known.members)
    for one in judged:
        _compare(one, members)
    _find_namesakes(judged)
    return judged


def _read(line: int, cells: dict[str, str], known: Known, today: date, *, is_wide: bool) -> Judged:
    kept, refused = without_nir(cells)
    told, problems = read_cells(kept, known, today)
    named = {problem.field for problem in refused}
    problems = [*refused, *(problem for problem in problems if problem.field not in named)]
    if is_wide:
        problems.insert(0, Problem("", "wide"))
    return Judged(line, kept, told, problems)


def _find_twice(judged: list[Judged], name: str, key: Callable[[Judged], str]) -> None:
    """The first line of one person stands; between two people nobody knows whose it is."""
    groups = defaultdict(list)
    for one in judged:
        if key(one):
            groups[key(one)].append(one)
    for group in groups.values():
        first, *others = group
        is_one_person = len({one.told.name for one in group}) == 1
        for one in others:
            one.problems.append(Problem(name, "twice", first.line))
        if others and not is_one_person:
            first.problems.append(Problem(name, "twice", others[0].line))


class _Index:
    """The members by what tells them apart; who is still one comes before who has left."""

    def __init__(self, members: Sequence[KnownMember]) -> None:
        ordered = sorted(members, key=lambda one: not one.has_left)
        self.by_rpps = {one.rpps: one for one in ordered if one.rpps}
        self.by_email = {email: one for one in ordered for email in one.emails}
        self.by_name = {one.name: one for one in ordered if not one.has_left}


def _compare(one: Judged, members: _Index) -> None:
    told = one.told
    same = {"rpps": members.by_rpps.get(told.rpps), "email": members.by_email.get(told.email)}
    for name, member in same.items():
        if member is not None:
            code = "former" if member.has_left else "member"
            one.verdict, one.like = Verdict.DOUBLE, member.pk
            one.problems.append(Problem(name, code))
            return
    if one.problems:
        one.verdict = Verdict.WRONG
    elif namesake := members.by_name.get(told.name):
        one.verdict, one.like = Verdict.HOMONYM, namesake.pk
        one.problems.append(Problem("last_name", "namesake"))


def _find_namesakes(judged: list[Judged]) -> None:
    """Of two lines to add under one name, the later is for the coordination to choose."""
    seen: dict[str, int] = {}
    for one in judged:
        if one.verdict is Verdict.READY and one.told.name in seen:
            one.verdict = Verdict.HOMONYM
            one.problems.append(Problem("last_name", "namesake", seen[one.told.name]))
        elif one.verdict is Verdict.READY:
            seen[one.told.name] = one.line


def is_to_read(batch: ImportBatch, now: datetime) -> bool:
    """The worker has not come in time: whoever looks reads the file."""
    is_waiting = batch.status == ImportBatch.Status.UPLOADED
    return is_waiting and now - batch.created_at > READ_AT_ONCE_AFTER


def may_be_undone(batch: ImportBatch, now: datetime) -> bool:
    is_applied = batch.status == ImportBatch.Status.APPLIED
    return is_applied and is_recent(batch, now)


def is_recent(batch: ImportBatch, now: datetime) -> bool:
    return batch.applied_at is not None and now - batch.applied_at <= UNDO_WITHIN


def first_year(college: College, starts_on: date, today: date) -> date:
    """The day on which the year begins that today belongs to, for a member since `starts_on`."""
    if college.cycle == College.Cycle.CALENDAR:
        return max(starts_on, date(today.year, 1, 1))
    years = today.year - starts_on.year
    back = (today.month, today.day) < (starts_on.month, starts_on.day)
    return _same_day(starts_on, starts_on.year + max(0, years - back))


def _same_day(day: date, year: int) -> date:
    """29 February is 1 March in most years, as `last_day` has it end on the 28th."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
