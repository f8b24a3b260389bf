"""How long people wait for their commune: 500 realistic searches over the whole of France.

Each search is timed beside the cheapest question there is, one commune by its primary key.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.measure import promise
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import search_communes

QUERIES = 500
AT_MOST = 20.0
"""Times the median look-up by key: 10 ms for one search in twenty, where a look-up takes 0.5."""
HARD = ["sa", "saint", "st", "le", "la", "les", "sur", "de", "l'", "s", "59", "7", "le 62"]


def main() -> None:
    typed, keys = questions(random.Random(2026))
    search_communes("lille")
    pairs = zip(typed, keys, strict=True)
    times = [(_timed(search_communes, text), _timed(by_key, key)) for text, key in pairs]
    searches, bare = (sorted(column) for column in zip(*times, strict=True))
    print(f"{Commune.objects.count()} communes, {QUERIES} recherches")
    for name, at in (("p50", QUERIES // 2), ("p95", QUERIES * 95 // 100), ("max", QUERIES - 1)):
        ratio = searches[at] / bare[at]
        print(f"{name} : {searches[at]:.2f} ms, par clé {bare[at]:.2f} ms, soit ×{ratio:.1f}")
    slow, usual = searches[QUERIES * 95 // 100], bare[QUERIES // 2]
    if not promise("recherche de commune, p95", slow / usual, AT_MOST, note=f"   {slow:.1f} ms"):
        sys.exit("la recherche de commune ne tient pas sa promesse")


def questions(dice: random.Random) -> tuple[list[str], list[str]]:
    """What is typed, populous communes more often than others, and as many primary keys."""
    communes = list(Commune.objects.exclude(postal_codes=[]).order_by("insee_code"))
    chosen = dice.choices(communes, [c.population + 200 for c in communes], k=QUERIES - len(HARD))
    typed = HARD + [_on_the_way_to(c.name, c.postal_codes[0], dice) for c in chosen]
    dice.shuffle(typed)
    return typed, [commune.pk for commune in dice.choices(communes, k=QUERIES)]


def by_key(key: str) -> Commune:
    return Commune.objects.get(pk=key)


def _on_the_way_to(name: str, code: str, dice: random.Random) -> str:
    """A code or its beginning, a name or its beginning, one word, two beginnings, capitals."""
    words = name.replace("-", " ").split()
    return dice.choice(
        [
            code,
            code[: dice.randint(2, 4)],
            name,
            name[: dice.randint(2, max(2, len(name) - 1))],
            words[-1],
            f"{words[0][:3]} {words[-1][:4]}",
            name.upper().replace("SAINT", "St"),
        ]
    )


def _timed(ask: Callable[[str], Any], question: str) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    ask(question)
    return (time.perf_counter() - started) * 1000
