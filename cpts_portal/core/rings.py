"""Closed rings of points: how large, where their middle is, and how to draw them with less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush

from cpts_portal.core.patchwork import Point

Ring = list[Point]


def area_of(ring: Sequence[Point]) -> float:
    """In squares of the points' unit, positive when the ring turns counter-clockwise."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in _sides(ring)) / 2


def centre_of(ring: Sequence[Point]) -> Point:
    """The centre of gravity of what the ring encloses; its first corner if that is nothing."""
    parts = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in _sides(ring)]
    whole = 3 * sum(part for _a, _b, part in parts)
    if not whole:
        return ring[0]
    return (
        sum((a[0] + b[0]) * part for a, b, part in parts) / whole,
        sum((a[1] + b[1]) * part for a, b, part in parts) / whole,
    )


def simplified(ring: Sequence[Point], slightest: float) -> Ring:
    """A closed ring without its corners of less than `slightest` area; three always stay.

    The slightest goes first (Visvalingam and Whyatt, 1993): a border that two rings share comes
    out alike from both its sides.
    """
    before = [*range(-1, len(ring) - 1)]
    after = [*range(1, len(ring)), 0]
    before[0] = len(ring) - 1
    areas = [_corner(ring, before[at], at, after[at]) for at in range(len(ring))]
    queue = [(area, at) for at, area in enumerate(areas)]
    heapify(queue)
    left = len(ring)
    while left > 3:
        area, at = heappop(queue)
        if area != areas[at]:
            continue
        if area >= slightest:
            break
        left -= 1
        areas[at] = -1.0
        ahead, behind = after[at], before[at]
        after[behind], before[ahead] = ahead, behind
        for other in (behind, ahead):
            areas[other] = max(area, _corner(ring, before[other], other, after[other]))
            heappush(queue, (areas[other], other))
    return [point for point, area in zip(ring, areas, strict=True) if area >= 0]


def _corner(ring: Sequence[Point], before: int, at: int, after: int) -> float:
    (ax, ay), (bx, by), (cx, cy) = ring[before], ring[at], ring[after]
    return abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2


def _sides(ring: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return zip(ring, [*ring[1:], *ring[:1]], strict=True)
