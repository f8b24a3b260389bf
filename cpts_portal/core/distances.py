"""How far it is, and who is near."""

from __future__ import annotations

from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt

from cpts_portal.core.models import Commune

EARTH_RADIUS_KM = 6371.0088


def distance_km(
    a_lat: float | None, a_lon: float | None, b_lat: float | None, b_lon: float | None
) -> float | None:
    """Kilometres as the crow flies (haversine); None when either place is unknown."""
    if a_lat is None or a_lon is None or b_lat is None or b_lon is None:
        return None
    half_lat, half_lon = radians(b_lat - a_lat) / 2, radians(b_lon - a_lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(a_lat)) * cos(radians(b_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def neighbours(commune: Commune, communes: Iterable[Commune], count: int = 5) -> list[Commune]:
    """The `count` nearest of `communes`, without `commune` itself nor those of unknown position."""
    placed = [
        (distance, other.name, other)
        for other in communes
        if other.pk != commune.pk and (distance := distance_between(commune, other)) is not None
    ]
    return [other for *_, other in sorted(placed, key=lambda found: found[:2])[:count]]


def distance_between(one: Commune, other: Commune) -> float | None:
    """Kilometres between two communes' centres; None when either position is unknown."""
    return distance_km(one.latitude, one.longitude, other.latitude, other.longitude)
