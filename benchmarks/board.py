"""The board of free slots: the whole page and a poll that changes nothing, against a bare view.

The promises: at most three times the bare view of as many slots, half of it for a poll with
nothing new; flat within 20 % from 10,000 slots to 1,000,000 in 50 CPTSs, 20,000 of which are open
in the one shown.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks.bare import bare_client, fetch
from benchmarks.inbox import logged_in
from benchmarks.measure import SideBySide, promise, side_by_side
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.models import Cpts, Membership
from tests.factories import CptsFactory, MembershipFactory
from unscheduled_care.models import Slot

PAGE_AT_MOST, POLL_AT_MOST, FLAT_WITHIN = 3.0, 0.5, 1.2
COMMUNITIES, PEOPLE, EACH, DAYS = 50, 200, 100, 14
"""Each professional offers a hundred slots in a fortnight, seven a day."""
FEW, MANY, OPEN_HERE = 10_000, 1_000_000, 20_000
SCRIPT = Path(__file__).with_name("board.sql")
SLOTS = """
INSERT INTO unscheduled_care_slot (
    cpts_id, professional_id, practice_id, kind, radius_km, acts, channels, professions,
    give_back_minutes, status, starts_at, ends_at, closes_at, is_hidden, offered_at,
    withdraw_reason)
SELECT %(cpts)s, who[1 + n / %(each)s], place[1 + n / %(each)s],
       CASE WHEN n %% 10 = 0 THEN 'home' ELSE 'practice' END,
       CASE WHEN n %% 10 = 0 THEN 15 END, '{}', '{members}', '{}', 0, 'open',
       at, at + interval '20 minutes', at, false, now(), ''
FROM (SELECT array_agg(id ORDER BY id) AS who FROM members_membership
      WHERE cpts_id = %(cpts)s AND role = 'professional') AS people,
     (SELECT array_agg(id ORDER BY id) AS place FROM members_practice
      WHERE cpts_id = %(cpts)s) AS places,
     generate_series(%(first)s, %(last)s) AS n,
     LATERAL (SELECT date_trunc('day', now()) + interval '32 hours'
                     + (n %% %(each)s %% %(days)s) * interval '1 day'
                     + (n %% %(each)s / %(days)s) * interval '30 minutes' AS at) AS moments
"""


@dataclass(frozen=True)
class Seat:
    """A member in front of the board."""

    cpts: Cpts
    client: Client
    path: str

    def rows(self) -> int:
        """Slots that her page shows as places by days."""
        page = self.client.get(self.path).content.decode()
        return len(re.findall(r'class="slot ', page))

    def poll(self) -> Callable[[], None]:
        """What her screen asks every fifteen seconds."""
        page = unescape(self.client.get(self.path).content.decode())
        [query] = re.findall(r'hx-get="[^"?]*([^"]*)"', page)
        [told] = re.findall(r'hx-headers="(\{"If.*?\})">', page)
        headers = {"HX-Request": "true", **json.loads(told)}

        def ask() -> None:
            response = self.client.get(self.path.partition("?")[0] + query, headers=headers)
            assert response.status_code == 304, response.status_code

        return ask


def main() -> None:
    seat = take_a_seat()
    few = measured(seat, FEW)
    fill(seat)
    many = measured(seat, MANY)
    poll = against_bare(seat, seat.poll())
    kept = [
        promise("page du tableau", many.ratio, PAGE_AT_MOST, note=told(many)),
        promise("interrogation sans nouveauté", poll.ratio, POLL_AT_MOST, note=told(poll)),
        promise(
            f"page, de {FEW} à {MANY} créneaux",
            (many.ours_ms / many.bare_ms) / (few.ours_ms / few.bare_ms),
            FLAT_WITHIN,
            note=f"   {few.ours_ms:.1f} puis {many.ours_ms:.1f} ms",
        ),
    ]
    if not all(kept):
        sys.exit("le tableau des créneaux ne tient pas ses promesses")


def told(found: SideBySide) -> str:
    return f"   {found.ours_ms:.1f} ms contre {found.bare_ms:.1f} ms"


def take_a_seat() -> Seat:
    """A secretary of a CPTS that has its first ten thousand slots."""
    cpts = _community(1)
    _slots(cpts, 0, FEW)
    with open_scope(cpts=cpts):
        secretary: Membership = MembershipFactory(cpts=cpts, role="secretary")
    path = reverse("unscheduled_care:slot_list", args=[cpts.slug])
    tomorrow = timezone.localdate() + timedelta(days=1)
    return Seat(cpts, logged_in(secretary), f"{path}?du={tomorrow}")


def fill(seat: Seat) -> None:
    """Open twenty thousand here, and a million in all."""
    started = time.perf_counter()
    _slots(seat.cpts, FEW, OPEN_HERE)
    each = (MANY - OPEN_HERE) // (COMMUNITIES - 1)
    for number in range(2, COMMUNITIES + 1):
        _slots(_community(number), 0, each)
    print(f"{MANY} créneaux en {time.perf_counter() - started:.0f} s", flush=True)


def measured(seat: Seat, slots: int) -> SideBySide:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    found = against_bare(seat, lambda: fetch(seat.client, seat.path))
    print(f"{slots} créneaux, {seat.rows()} sur la page :{told(found)}", flush=True)
    return found


def against_bare(seat: Seat, ours: Callable[[], None]) -> SideBySide:
    """`ours` and the bare view of as many slots as her page shows."""
    bare = bare_client()
    path = reverse("bare_slots", urlconf="benchmarks.bare", args=[seat.cpts.pk, seat.rows()])
    return side_by_side(ours, lambda: fetch(bare, path))


def _community(number: int) -> Cpts:
    cpts: Cpts = CptsFactory(name=f"CPTS des créneaux {number}", slug=f"creneaux-{number}")
    communes = Commune.objects.filter(department="62", latitude__isnull=False)[:60]
    values = {
        "cpts": cpts.pk,
        "people": PEOPLE,
        "communes": [commune.pk for commune in communes],
    }
    with connection.cursor() as cursor:
        for statement in SCRIPT.read_text().split(";\n"):
            cursor.execute(statement, values)
    return cpts


def _slots(cpts: Cpts, first: int, count: int) -> None:
    """From the first to the `count`-th slot of that CPTS."""
    values = {
        "cpts": cpts.pk,
        "each": EACH,
        "days": DAYS,
        "first": first,
        "last": count - 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(SLOTS, values)
    with scopes_disabled():
        assert Slot.objects.filter(cpts=cpts).count() == count
