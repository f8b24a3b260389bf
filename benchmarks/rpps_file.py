"""The RPPS extraction, a million lines: kept for 40 communes, beside csv.reader over the same file.

Each reading has a process of its own, turn by turn, so that its memory is its own too.
"""

from __future__ import annotations

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import django

from benchmarks.measure import promise

LINES, DISTINCT, ROUNDS = 1_000_000, 20_000, 3
AT_MOST, AT_MOST_MB = 3.0, 200.0
TERRITORY = [f"62{number:03d}" for number in range(100, 140)]
DEPARTMENTS = [f"{number:02d}" for number in range(1, 96) if number != 20]
SAMPLE = Path(__file__).resolve().parent.parent / "tests/core/samples/rpps.txt"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="cpts-portal-rpps-") as folder:
        path = Path(folder) / "rpps.txt"
        write(path)
        size = path.stat().st_size
        print(f"{LINES} lignes, {size / 1e6:.0f} Mo")
        turns = [(_apart("ours", path), _apart("bare", path)) for _ in range(ROUNDS)]
    ours, bare = (median(turn[side]["seconds"] for turn in turns) for side in (0, 1))
    memory = max(mine["megabytes"] for mine, _ in turns)
    found = turns[0][0]["found"]
    note = f"   {ours:.1f} s contre {bare:.1f} s, {found} lignes gardées"
    kept = [
        promise("extraction RPPS, 40 communes", ours / bare, AT_MOST, note=note),
        promise("extraction RPPS, mémoire du processus", memory, AT_MOST_MB, "Mo"),
    ]
    if not all(kept):
        sys.exit("la lecture de l’extraction RPPS ne tient pas ses promesses")


def write(path: Path) -> None:
    """Invented lines as wide and as long as the true ones; one in 600 is of the territory."""
    header, example = SAMPLE.read_text(encoding="utf-8").splitlines()[:2]
    at = header.split("|").index("Code commune (coord. structure)")
    draw = random.Random(2026)
    block = "".join(_line(example.split("|"), at, draw) for _ in range(DISTINCT)).encode()
    with path.open("wb") as file:
        file.write(f"{header}\n".encode())
        for _ in range(LINES // DISTINCT):
            file.write(block)


def _line(cells: list[str], at: int, draw: random.Random) -> str:
    is_here = draw.random() < 1 / 600
    cells[1] = f"10{draw.randrange(10**9):09d}"
    cells[2] = f"8{cells[1]}"
    cells[at] = draw.choice(TERRITORY) if is_here else _elsewhere(draw)
    cells[26] = "CABINET INVENTÉ POUR LA MESURE " * draw.randint(9, 15)
    return "|".join(cells) + "\n"


def _elsewhere(draw: random.Random) -> str:
    code = f"{draw.choice(DEPARTMENTS)}{draw.randrange(1, 700):03d}"
    return "" if code in TERRITORY else code


def _apart(side: str, path: Path) -> dict[str, float]:
    """Seconds, lines found and peak megabytes of one reading in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.rpps_file", side, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _bare(path: str) -> int:
    with Path(path).open(encoding="utf-8", newline="") as lines:
        return sum(1 for _ in csv.reader(lines, delimiter="|"))


def _ours(path: str) -> int:
    from cpts_portal.core import rpps_file  # noqa: PLC0415 - only once Django is ready

    return sum(1 for _ in rpps_file.read(path, communes=TERRITORY))


def _child(side: str, path: str) -> None:
    django.setup()
    started = time.perf_counter()
    found = (_ours if side == "ours" else _bare)(path)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "found": found, "megabytes": _peak()}))


def _peak() -> float:
    """Megabytes. Linux's ru_maxrss begins at what the parent held, VmHWM at nothing."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes


if __name__ == "__main__":
    _child(*sys.argv[1:3])
