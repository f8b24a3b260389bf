"""Two weeks of 500 weekly templates made into slots, beside the same rows given to bulk_create.

Both write to the same empty table and are rolled back, turn by turn.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

from django.db import transaction
from django.utils import timezone

from benchmarks.measure import promise
from cpts_portal.core.scoping import open_scope
from tests.factories import CptsFactory, GpFactory, PracticeFactory
from unscheduled_care.actions.availabilities import DAYS_AHEAD, materialise
from unscheduled_care.models import Availability, Slot

TEMPLATES, ROUNDS = 500, 3
AT_MOST, AGAIN_AT_MOST = 2.0, 0.5


def main() -> None:
    cpts = CptsFactory(name="CPTS des semaines", slug="semaines")
    with open_scope(cpts=cpts):
        weeks = templates(cpts)
        rows = made_of(weeks)
        print(f"{len(weeks)} semaines types, {DAYS_AHEAD} jours, {len(rows)} créneaux", flush=True)
        turns = [(ours(weeks), bare(rows)) for _ in range(ROUNDS)]
    first, again = (median(turn[0][at] for turn in turns) for at in (0, 1))
    plain = median(turn[1] for turn in turns)
    note = f"   {first:.1f} s contre {plain:.1f} s"
    kept = [
        promise("créneaux de deux semaines, à partir de rien", first / plain, AT_MOST, note=note),
        promise("les mêmes une deuxième fois, rien à faire", again / plain, AGAIN_AT_MOST),
    ]
    if not all(kept):
        sys.exit("la fabrication des créneaux ne tient pas sa promesse")


def ours(weeks: list[Availability]) -> tuple[float, float]:
    """Seconds to make them all, then to find that nothing lacks."""
    with transaction.atomic():
        seconds = timed(lambda: materialise(weeks)), timed(lambda: materialise(weeks))
        transaction.set_rollback(True)
    return seconds


def bare(rows: list[Slot]) -> float:
    """Seconds to give rows, ready-made and never saved, to bulk_create."""
    for row in rows:
        row.pk, row._state.adding = None, True
    with transaction.atomic():
        seconds = timed(lambda: Slot.objects.bulk_create(rows, batch_size=2000))
        transaction.set_rollback(True)
    return seconds


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def templates(cpts: object) -> list[Availability]:
    """Each of a professional of his own: five mornings of three hours by twenty minutes."""
    practice = PracticeFactory(cpts=cpts)
    return [
        Availability.objects.create(
            cpts=cpts,
            professional=(member := GpFactory(cpts=cpts)),
            practice=practice,
            weekdays=[1, 2, 3, 4, 5],
            opens=9 * 60,
            closes=12 * 60,
            slot_minutes=20,
            valid_from=timezone.localdate(),
            works_on_holidays=True,
            created_by=member,
        )
        for _ in range(TEMPLATES)
    ]


def made_of(weeks: list[Availability]) -> list[Slot]:
    """The very rows that the templates make, read back once."""
    with transaction.atomic():
        materialise(weeks)
        rows = list(Slot.objects.order_by("professional_id", "starts_at"))
        transaction.set_rollback(True)
    return rows
