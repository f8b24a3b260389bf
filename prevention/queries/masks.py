"""Which counts of a table to hide from whoever is outside, so that no subtraction tells them."""

from __future__ import annotations

from collections.abc import Sequence

from cpts_portal.core.small_numbers import SMALLEST_SHOWN

Counts = dict[str, int]
Tie = Sequence[str]


def hidden_counts(rows: Sequence[Counts], ties: Sequence[Tie]) -> list[set[str]]:
    """Names to hide, row by row; rows have the same names, and a total is known of each name.

    A tie is a set of names of which one is the sum of the others: never just one of it is hidden.
    """
    hidden = [{name for name, count in row.items() if count < SMALLEST_SHOWN} for row in rows]
    while _spread(rows, hidden, ties):
        pass
    return hidden


def _spread(rows: Sequence[Counts], hidden: list[set[str]], ties: Sequence[Tie]) -> bool:
    """Hide what a total, or the rest of a row, would tell; whether there was anything."""
    before = sum(map(len, hidden))
    for row, names in zip(rows, hidden, strict=True):
        for tie in ties:
            if len(names.intersection(tie)) == 1:
                names.add(min((one for one in tie if one not in names), key=lambda one: row[one]))
    for name in rows[0] if rows else ():
        _hide_a_second(name, rows, hidden)
    return sum(map(len, hidden)) > before


def _hide_a_second(name: str, rows: Sequence[Counts], hidden: list[set[str]]) -> None:
    shown = [rank for rank, names in enumerate(hidden) if name not in names]
    if shown and len(shown) == len(rows) - 1:
        hidden[min(shown, key=lambda rank: rows[rank][name])].add(name)
