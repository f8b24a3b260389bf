"""Two things timed turn by turn in one process, so that only their ratio has to be believed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

WARM_UP = 5
ROUNDS = 60


@dataclass(frozen=True)
class SideBySide:
    """Medians in milliseconds of the same run."""

    ours_ms: float
    bare_ms: float

    @property
    def ratio(self) -> float:
        return self.ours_ms / self.bare_ms


def side_by_side(
    ours: Callable[[], object], bare: Callable[[], object], rounds: int = ROUNDS
) -> SideBySide:
    """Run both `rounds` times, ours then bare then ours; a slow moment of the machine hits both."""
    for _ in range(WARM_UP):
        ours()
        bare()
    times = [(_milliseconds(ours), _milliseconds(bare)) for _ in range(rounds)]
    return SideBySide(median(mine for mine, _ in times), median(other for _, other in times))


def _milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def promise(label: str, value: float, limit: float, unit: str = "×", note: str = "") -> bool:
    """Print one line and say whether the promise holds: `value` at most `limit`."""
    is_kept = value <= limit
    verdict = "tenu" if is_kept else "MANQUÉ"
    print(f"{verdict:6}  {label:52} {value:8.2f} {unit}  (au plus {limit:g}){note}", flush=True)
    return is_kept
