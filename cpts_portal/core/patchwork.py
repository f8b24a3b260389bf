"""The territory of a CPTS drawn as a patchwork: one patch a commune, around its centre.

Without the true outlines, each patch is what lies nearer its commune than any other (Voronoi),
kept close by a polygon. Where several communes share one known position, they stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import cos, hypot, pi, radians, sin, sqrt
from statistics import median

from cpts_portal.core.distances import neighbours
from cpts_portal.core.models import Commune

Point = tuple[float, float]
Polygon = list[Point]
Shape = tuple[str, float, float]  # SVG path data, then where the pin would stand

WIDTH, HEIGHT, MARGIN = 280.0, 194.0, 4.0
REACH = 1.3  # how far a patch may go, in usual distances between communes
LARGEST_PATCH = 60.0  # drawing units between two communes, however few they are
GOLDEN_ANGLE = pi * (3 - sqrt(5))


@dataclass(frozen=True)
class Patch:
    """One commune: its outline as SVG path data, its centre, and its class: "me", "near" or ""."""

    name: str
    path: str
    kind: str
    x: float
    y: float

    @property
    def pin(self) -> str:
        """Where the pin stands, as SVG wants it in any language: a point for decimals."""
        return f"{self.x:.1f} {self.y:.1f}"


@dataclass(frozen=True)
class Patchwork:
    """What components/commune_map.html draws; `home` is the patch under the pin, if any."""

    patches: tuple[Patch, ...]
    home: Patch | None
    view_box: str = f"0 0 {WIDTH:g} {HEIGHT:g}"

    @property
    def near_names(self) -> str:
        return ", ".join(sorted(patch.name for patch in self.patches if patch.kind == "near"))


def patchwork(
    communes: Iterable[Commune], *, me: Commune | None = None, near: int = 5
) -> Patchwork:
    """Patches of the communes of known position; `me` and its `near` nearest are told apart."""
    placed = [commune for commune in communes if commune.latitude is not None]
    shapes = _drawn(tuple((c.latitude or 0.0, c.longitude or 0.0) for c in placed))
    return stitched(placed, shapes, me=me, near=near)


def stitched(
    communes: Sequence[Commune], shapes: Sequence[Shape], *, me: Commune | None, near: int
) -> Patchwork:
    """One shape a commune, in the same order, whether it is a patch or a true outline."""
    close = {commune.pk for commune in neighbours(me, communes, near)} if me else set()
    patches = tuple(
        Patch(commune.name, path, _kind(commune, me, close), x, y)
        for commune, (path, x, y) in zip(communes, shapes, strict=True)
    )
    return Patchwork(patches, next((patch for patch in patches if patch.kind == "me"), None))


def _kind(commune: Commune, me: Commune | None, close: set[str]) -> str:
    if me is not None and commune.pk == me.pk:
        return "me"
    return "near" if commune.pk in close else ""


@lru_cache(maxsize=512)
def _drawn(positions: tuple[Point, ...]) -> tuple[Shape, ...]:
    """Path, x and y of each patch; a territory is computed once a process."""
    if not positions:
        return ()
    centres = _spread(_gathered(_projected(positions)))
    for _round in range(2):
        centres = [_middle(outline) for outline in _outlines(centres)]
    place = fitted([point for outline in _outlines(centres) for point in outline])
    return tuple(
        (path_data([place(point) for point in outline]), *place(centre))
        for outline, centre in zip(_outlines(centres), centres, strict=True)
    )


def _projected(positions: Sequence[Point]) -> list[Point]:
    """On a plane, one unit between usual neighbours."""
    plane = flat(positions)
    unit = _usual_distance(sorted(set(plane)))
    return [(x / unit, y / unit) for x, y in plane]


def flat(positions: Sequence[Point]) -> list[Point]:
    """Latitudes and longitudes on a plane, y downwards, in degrees of latitude."""
    scale = cos(radians(sum(latitude for latitude, _ in positions) / len(positions)))
    return [(longitude * scale, -latitude) for latitude, longitude in positions]


def _usual_distance(points: Sequence[Point]) -> float:
    """Mean distance from each of these distinct points to its nearest; 1 for a single point."""
    if len(points) < 2:
        return 1.0
    nearest = [
        min(hypot(one[0] - other[0], one[1] - other[1]) for other in points if other != one)
        for one in points
    ]
    return sum(nearest) / len(nearest)


def _gathered(points: Sequence[Point]) -> list[Point]:
    """Points far from all others come nearer, on the same side: one stray must not shrink all."""
    middle_x, middle_y = (median(axis) for axis in zip(*points, strict=True))
    limit = 2.2 * median(hypot(x - middle_x, y - middle_y) for x, y in points)
    gathered = []
    for x, y in points:
        pull = min(1.0, limit / (hypot(x - middle_x, y - middle_y) or 1.0))
        gathered.append((middle_x + (x - middle_x) * pull, middle_y + (y - middle_y) * pull))
    return gathered


def _spread(points: Sequence[Point]) -> list[Point]:
    """Points that coincide unfold in a spiral, the first in its place."""
    met: dict[Point, int] = {}
    spread = []
    for x, y in points:
        rank = met[x, y] = met.get((x, y), -1) + 1
        distance, angle = 0.6 * sqrt(rank), rank * GOLDEN_ANGLE
        spread.append((x + distance * cos(angle), y + distance * sin(angle)))
    return spread


def _outlines(centres: Sequence[Point]) -> list[Polygon]:
    return [_outline(rank, centres) for rank in range(len(centres))]


def _outline(rank: int, centres: Sequence[Point]) -> Polygon:
    """An uneven heptagon around a centre, cut halfway to each other centre within reach."""
    x, y = centre = centres[rank]
    outline = []
    for side in range(7):
        turn = side * 2 * pi / 7 + rank * GOLDEN_ANGLE
        reach = REACH * (1 - 0.12 * ((rank + side * 3) % 3))
        outline.append((x + reach * cos(turn), y + reach * sin(turn)))
    for other in centres:
        if other != centre and hypot(other[0] - x, other[1] - y) < 2 * REACH:
            outline = _nearer(outline, centre, other)
    return outline


def _nearer(outline: Polygon, centre: Point, other: Point) -> Polygon:
    """The part of a convex polygon that is nearer `centre` than `other` (Sutherland-Hodgman)."""
    across = (other[0] - centre[0], other[1] - centre[1])
    half = ((centre[0] + other[0]) / 2, (centre[1] + other[1]) / 2)

    def beyond(point: Point) -> float:
        return (point[0] - half[0]) * across[0] + (point[1] - half[1]) * across[1]

    kept: Polygon = []
    for start, end in pairwise([*outline, outline[0]] if outline else []):
        before, after = beyond(start), beyond(end)
        if before <= 0:
            kept.append(start)
        if before * after < 0:
            part = before / (before - after)
            kept.append(
                (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
            )
    return kept


def _middle(outline: Polygon) -> Point:
    return (
        sum(x for x, _ in outline) / len(outline),
        sum(y for _, y in outline) / len(outline),
    )


@dataclass(frozen=True)
class Fit:
    """From plane units to the drawing, centred in its frame."""

    scale: float
    left: float
    top: float

    def __call__(self, point: Point) -> Point:
        return (
            round(self.left + point[0] * self.scale, 1),
            round(self.top + point[1] * self.scale, 1),
        )


def fitted(points: Sequence[Point], largest: float = LARGEST_PATCH) -> Fit:
    """What brings these points into the frame, a unit of theirs being `largest` at most."""
    (west, east), (north, south) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    width, height = east - west or 1.0, south - north or 1.0
    widest = ((WIDTH - 2 * MARGIN) / width, (HEIGHT - 2 * MARGIN) / height)
    scale = min(*widest, largest)
    return Fit(scale, (WIDTH - (east + west) * scale) / 2, (HEIGHT - (north + south) * scale) / 2)


def path_data(outline: Sequence[Point]) -> str:
    """A closed outline as the `d` of an SVG path, to a tenth of a unit."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in outline) + "Z"
