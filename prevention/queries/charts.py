"""Bars drawn by the server, beside the table that says the same."""

from __future__ import annotations

from dataclasses import dataclass

from prevention.queries.figures import COUNTS, Table

ROW = 2.25
"""Height of one bar with its gap, in rem."""


@dataclass(frozen=True)
class Bar:
    """`told` is what is read; `length` is None where the count is not shown."""

    label: str
    told: str
    length: int | None
    place: int

    @property
    def top(self) -> str:
        """Within a height of one a bar; as SVG writes it in any language."""
        return f"{self.place + 0.14:.2f}"


@dataclass(frozen=True)
class Bars:
    """People reached by one dimension; `longest` is the whole width."""

    key: str
    title: str
    bars: list[Bar]
    longest: int

    @property
    def height(self) -> str:
        return f"{len(self.bars) * ROW:.2f}rem"

    @property
    def described(self) -> str:
        """What the drawing shows, read aloud."""
        return "\u00a0; ".join(f"{bar.label}\u00a0: {bar.told}" for bar in self.bars)


def bars_of(table: Table, *, is_masked: bool) -> Bars:
    """Of the column of people reached, hidden as it is in the table."""
    at = 1 + COUNTS.index("reached")
    cells = [(row[0], row[at]) for row in table.cells(is_masked=is_masked)]
    bars = [
        Bar(
            label,
            "–" if count is None else str(count),
            count if isinstance(count, int) else None,
            place,
        )
        for place, (label, count) in enumerate(cells)
    ]
    longest = max((bar.length or 0 for bar in bars), default=0)
    return Bars(table.key, table.title, bars, max(longest, 1))
