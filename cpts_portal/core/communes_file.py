"""The communes of France as one compressed file of the project: how it is made and read.

Where the data come from, and under which licences, stands in data/README.md.
"""

from __future__ import annotations

import csv
import lzma
from collections.abc import Iterable, Iterator
from io import StringIO, TextIOWrapper
from pathlib import Path

from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold

PATH = Path(__file__).parent / "data" / "communes.csv.xz"
COLUMNS = (
    "insee_code name department epci_name postal_codes population latitude longitude position"
).split()


def build(source: Iterable[str], target: Path) -> int:
    """Keep our columns of a CSV, sorted by INSEE code; same lines, same bytes. Returns the rows."""
    rows = sorted(csv.DictReader(source), key=lambda row: row["insee_code"])
    kept = StringIO()
    writer = csv.DictWriter(kept, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    target.write_bytes(lzma.compress(kept.getvalue().encode(), preset=9 | lzma.PRESET_EXTREME))
    return len(rows)


def read(path: Path | None = None) -> Iterator[Commune]:
    """Unsaved communes of the project's file, or another, in the order of their INSEE codes."""
    with (
        lzma.open(path or PATH) as packed,
        TextIOWrapper(packed, encoding="utf-8", newline="") as lines,
    ):
        yield from map(_commune, csv.DictReader(lines))


def _commune(row: dict[str, str]) -> Commune:
    return Commune(
        insee_code=row["insee_code"],
        name=row["name"].replace("'", "’"),
        search_name=fold(row["name"]),
        department=row["department"],
        epci_name=row["epci_name"].replace("'", "’"),
        postal_codes=row["postal_codes"].split(),
        population=int(row["population"] or 0),
        latitude=_degrees(row["latitude"]),
        longitude=_degrees(row["longitude"]),
        position=row["position"],
    )


def _degrees(text: str) -> float | None:
    return float(text) if text else None
