"""How fast slots are claimed: by HTTP beside a bare view, by the action beside pgbench.

By HTTP, 16 clients with sessions of their own post the form of a slot they keep, each on one
connection, to granian as the demonstration starts it; the yardstick is a view of the same server,
behind the same middleware, that does the conditional update and one insert through the ORM
(`claims_site`). In process, one thread calls the action; pgbench then runs, on one connection too,
the very statements that PostgreSQL received of it, in as many journeys, the values of each claim
put in their place.
Both are timed turn by turn, so that a slow moment of the machine hits both; what is judged is the
median of the ratios of the turns, told with the lowest and the highest.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.scoping import open_scope
from cpts_portal.embedded import folders
from members.models import Cpts, Membership, Role
from tests.factories import CptsFactory, GpFactory, MembershipFactory, PracticeFactory
from tests.unscheduled_care.site import Post, send_all, session_of, site_running
from unscheduled_care.actions import claims
from unscheduled_care.actions.steps import PatientWords
from unscheduled_care.models import Claim, Hold, Reason, Slot
from unscheduled_care.queries.claiming import holds_shown

CLIENTS = 16
BY_HTTP, IN_PROCESS, TURNS, WARM_UP = 160, 150, 7, 64
"""Claims of one turn; both sides of each pair take as many turns."""
Turn = tuple[float, float]
"""Claims a second, ours and those of what we are measured against."""
HTTP_AT_LEAST, ACTION_AT_LEAST = 0.60, 0.25
SLOTS, HOLDS, CLAIMS, CONTACTS = 910_000_000, 920_000_000, 930_000_000, 940_000_000
"""First keys: nine digits that no other value of a statement begins with."""
SLUG = "mesure-creneaux"


@dataclass
class World:
    """Slots that nobody has claimed, each kept by one of the claimers; `taken` of them are used."""

    cpts: Cpts
    claimers: list[Membership]
    taken: int = 0

    def take(self, wanted: int) -> list[int]:
        """Numbers of slots, and of their holds, that nobody else will use."""
        first, self.taken = self.taken, self.taken + wanted
        return list(range(first, self.taken))

    def claimer_of(self, number: int) -> Membership:
        return self.claimers[number % CLIENTS]


def main() -> None:
    """Print both ratios; SystemExit when a promise is broken."""
    world = filled()
    with tempfile.TemporaryDirectory(prefix="cpts-portal-claims-") as folder:
        env = {"DJANGO_SETTINGS_MODULE": "benchmarks.claims_settings"}
        with site_running(Path(folder), **env) as port:
            web = by_http(world, port)
        kept = [
            at_least("réservations par HTTP, 16 clients", web, HTTP_AT_LEAST, "vue nue"),
            at_least("action seule", in_process(world, Path(folder)), ACTION_AT_LEAST, "pgbench"),
        ]
    if not all(kept):
        sys.exit("la réservation ne tient pas ses promesses")


def at_least(label: str, turns: list[Turn], limit: float, name: str) -> bool:
    ratios = sorted(ours / other for ours, other in turns)
    ratio = median(ratios)
    verdict = "tenu" if ratio >= limit else "MANQUÉ"
    ours, other = (median(side) for side in zip(*turns, strict=True))
    told = f"{ratios[0]:.2f} à {ratios[-1]:.2f}, {ours:.0f}/s contre {other:.0f}/s ({name})"
    print(f"{verdict:6}  {label:52} {ratio:8.2f}    (au moins {limit:g})   {told}", flush=True)
    return ratio >= limit


# --- The rows ------------------------------------------------------------------------------------
def filled() -> World:
    """As many professionals as clients, each with slots of five minutes one after the other."""
    cpts = CptsFactory(slug=SLUG)
    with open_scope(cpts=cpts):
        world = World(cpts, [MembershipFactory(cpts=cpts) for _ in range(CLIENTS)])
        practice = PracticeFactory(cpts=cpts)
        doctors = [GpFactory(cpts=cpts, role=Role.PROFESSIONAL) for _ in range(CLIENTS)]
        total = (2 * BY_HTTP + 2 * IN_PROCESS) * TURNS + 200
        soon, until = timezone.now() + timedelta(days=1), timezone.now() + timedelta(hours=2)
        starts = [soon + timedelta(minutes=5 * (number // CLIENTS)) for number in range(total)]
        Slot.objects.bulk_create(
            Slot(
                pk=SLOTS + number,
                cpts=cpts,
                professional=doctors[number % CLIENTS],
                practice=practice,
                starts_at=start,
                ends_at=start + timedelta(minutes=5),
                closes_at=start,
            )
            for number, start in enumerate(starts)
        )
        Hold.objects.bulk_create(
            Hold(
                pk=HOLDS + number,
                cpts=cpts,
                slot_id=SLOTS + number,
                holder=world.claimer_of(number),
                held_by=world.claimer_of(number),
                expires_at=until,
            )
            for number in range(total)
        )
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SEQUENCE unscheduled_care_claim_id_seq RESTART {CLAIMS}")
        cursor.execute(f"ALTER SEQUENCE unscheduled_care_claimcontact_id_seq RESTART {CONTACTS}")
        cursor.execute("VACUUM ANALYZE")
    return world


def phone_of(number: int) -> str:
    return f"+3363998{number:04d}"


# --- By HTTP -------------------------------------------------------------------------------------
def rate(port: int, posts: list[Post]) -> float:
    """Answers a second when 16 clients share `posts`; each is to end by a redirection."""
    began: list[float] = []
    answers = send_all(port, posts, people=CLIENTS, started=lambda: began.append(perf_counter()))
    spent = perf_counter() - began[0]
    statuses = {answer.status for answer in answers}
    if statuses != {302}:
        raise SystemExit(f"réponses inattendues : {sorted(statuses)}")
    return len(posts) / spent


def by_http(world: World, port: int) -> list[Turn]:
    """Claims a second of the form, and of the bare view."""
    sessions = [session_of(one) for one in world.claimers]
    turns = []
    for turn in range(TURNS + 1):
        wanted = BY_HTTP if turn else WARM_UP
        mine = rate(port, [claim_post(n, sessions) for n in world.take(wanted)])
        other = rate(port, [bare_post(n, sessions) for n in world.take(wanted)])
        turns.append((mine, other))
    return turns[1:]


def claim_post(number: int, sessions: list[str]) -> Post:
    captures = {"cpts": SLUG, "hold": HOLDS + number}
    form = {
        "reason": "fievre",
        "age_band": "30-49",
        "own_gp": "no",
        "mobility": "alone",
        "phone": phone_of(number),
        "has_consented": "on",
    }
    path = reverse("unscheduled_care:hold_claim", kwargs=captures)
    return Post(path, sessions[number % CLIENTS], form)


def bare_post(number: int, sessions: list[str]) -> Post:
    path = f"/{SLUG}/bare/{SLOTS + number}/{HOLDS + number}/"
    return Post(path, sessions[number % CLIENTS])


# --- In process ----------------------------------------------------------------------------------
def in_process(world: World, folder: Path) -> list[Turn]:
    """Claims a second of the action alone, and transactions a second of its own statements."""
    with open_scope(cpts=world.cpts):
        reason = Reason.objects.get(pk="fievre")
        people = {one.pk: one for one in Membership.objects.with_standing()}
        words = [words_of(reason, n) for n in range(world.taken + 2 * IN_PROCESS * TURNS + 20)]
        [number, *warm_up] = world.take(20)
        action_rate(world, people, words, warm_up)
        script = folder / "claim.sql"
        script.write_text(script_of(world, people, words, number))
        return [
            (
                action_rate(world, people, words, world.take(IN_PROCESS)),
                pgbench_rate(script, world.take(IN_PROCESS)[0]),
            )
            for _ in range(TURNS)
        ]


def words_of(reason: Reason, number: int) -> PatientWords:
    return PatientWords(
        reason=reason,
        age_band="30-49",
        own_gp="no",
        mobility="alone",
        has_consented=True,
        phone=phone_of(number),
    )


def action_rate(
    world: World, people: dict[int, Membership], words: list[PatientWords], numbers: list[int]
) -> float:
    """The holds come with their slots, as the page gives them to the action."""
    shown = holds_shown().filter(pk__in=[HOLDS + number for number in numbers])
    holds = {one.pk: one for one in shown}
    started = perf_counter()
    for number in numbers:
        by = people[world.claimer_of(number).pk]
        claims.claim(holds[HOLDS + number], words[number], by=by)
    return len(numbers) / (perf_counter() - started)


def script_of(
    world: World, people: dict[int, Membership], words: list[PatientWords], number: int
) -> str:
    """What PostgreSQL was sent for one claim, as a script that makes another at each turn."""
    hold = holds_shown().get(pk=HOLDS + number)
    with CaptureQueriesContext(connection) as asked:
        made = claims.claim(hold, words[number], by=people[world.claimer_of(number).pk])
    lines = [r"\set n :n + 1", rf"\set slot {SLOTS} + :n", rf"\set hold {HOLDS} + :n"]
    for query in asked:
        sql = with_variables(query["sql"], made)
        lines.append(sql + (r" \gset" if sql.startswith("UPDATE") else ";"))
    return "\n".join(lines) + "\n"


def with_variables(sql: str, made: Claim) -> str:
    """The keys of the claim as variables; hashes and identifiers end by the slot's nine digits.

    What was sent as one, with semicolons inside, is sent as one by pgbench too.
    """
    sql = re.sub("; (?=SELECT|INSERT)", r" \\; ", " ".join(sql.split()))
    sql = sql.replace(str(made.slot_id), ":slot").replace(str(made.hold_id), ":hold")
    sql = sql.replace(str(made.pk), ":claim_id").replace(str(made.contact.pk), ":contact_id")
    return re.sub(r"\b([0-9a-f]{55}|[0-9a-f]{23})[0-9a-f]{9}\b", r"\1:slot", sql)


def pgbench_rate(script: Path, first: int) -> float:
    """Transactions a second of one connection, as pgbench tells them, connecting left out."""
    told = connection.settings_dict
    command = [
        *(
            str(folders.postgres_programs(None) / "pgbench"),
            "--no-vacuum",
            "--client",
            "1",
            "--transactions",
            str(IN_PROCESS),
        ),
        *("--file", str(script), "--define", f"n={first - 1}"),
        *("--host", str(told["HOST"]), "--port", str(told["PORT"] or 5432)),
        *("--username", str(told["USER"]), str(told["NAME"])),
    ]
    env = {**os.environ, "PGPASSWORD": str(told["PASSWORD"])}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode or rate is None or "failed transactions: 0 " not in done.stdout:
        raise SystemExit(done.stdout + done.stderr)
    return float(rate[1])
