"""The true outlines of communes: an uploaded GeoJSON read, made lighter, and drawn as the map.

The map is small: what is too slight to be seen on it is not kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from math import cos, inf, isfinite, radians
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cpts_portal.core.models import Commune
from cpts_portal.core.patchwork import (
    HEIGHT,
    MARGIN,
    WIDTH,
    Fit,
    Patchwork,
    Point,
    Shape,
    fitted,
    flat,
    patchwork,
    path_data,
    stitched,
)
from cpts_portal.core.rings import Ring, area_of, centre_of, simplified
from cpts_portal.core.territory import fold

Outlines = MappingOf[str, Sequence[Sequence[Sequence[float]]]]

LARGEST_FILE = 5_000_000  # bytes
MOST_POINTS = 200_000
POINTS_KEPT = 4_000  # on the whole map: 45 kB of a page
SLIGHTEST = 0.15  # area of the least corner that is drawn, in squares of the drawing's unit
LEAST = 1e-8  # area of a ring, in square degrees: ten metres by ten
DECIMALS = 5  # of a degree: a metre
CODES_SHOWN = 3
DOT = 0.004  # degrees from the centre of a commune without outline to the corners of its dot

CODE = re.compile(r"[0-9][0-9AB][0-9]{3}")
PROPERTIES = (
    "codeinsee insee inseecom inseecommune codgeo codegeo depcom cominsee codecommuneinsee"
    " codecommune comcode com code id"
).split()
"""Where an INSEE code is looked for, folded and without spaces, the surest first."""

FRANCE = (
    (-5.6, 41.2, 9.8, 51.3),  # the mainland and Corsica
    (-62.0, 15.7, -60.9, 16.7),  # Guadeloupe
    (-61.4, 14.2, -60.7, 15.0),  # Martinique
    (-54.8, 2.0, -51.4, 6.0),  # Guyane
    (55.1, -21.5, 56.0, -20.7),  # La Réunion
    (44.9, -13.1, 45.4, -12.5),  # Mayotte
    (-56.6, 46.6, -56.0, 47.2),  # Saint-Pierre-et-Miquelon
    (-63.3, 17.8, -62.7, 18.2),  # Saint-Martin and Saint-Barthélemy
    (158.0, -23.5, 172.5, -19.0),  # Nouvelle-Calédonie
    (-155.0, -28.5, -134.0, -7.5),  # Polynésie française
    (-178.5, -14.5, -176.0, -13.0),  # Wallis-et-Futuna
)
"""West, south, east and north of each part, in degrees, with room around."""

LAMBERT_93 = (100_000.0, 6_000_000.0, 1_300_000.0, 7_200_000.0)


@dataclass(frozen=True)
class Contours:
    """Outlines by INSEE code, ready for JSON: rings of [longitude, latitude], never closed.

    An outer ring turns counter-clockwise, a hole clockwise. `missing` are the wanted communes
    that the file has not, `ignored` counts the outlines of others.
    """

    outlines: dict[str, list[Ring]]
    missing: list[str]
    ignored: int


def read_contours(data: bytes, *, wanted: Collection[str]) -> Contours:
    """The outlines of the `wanted` communes (INSEE codes) in a GeoJSON in WGS 84 degrees.

    Raises ValidationError with what to do: too large, not GeoJSON, projected, outside France,
    or none of these communes.
    """
    features = _features(data)
    found: dict[str, list[list[Ring]]] = {}
    codes = [_code(feature) for feature in features]
    points = 0
    for code, feature in zip(codes, features, strict=True):
        if code in wanted:
            polygons = _polygons(feature, code)
            points += sum(len(ring) for ring in _all(polygons))
            if points > MOST_POINTS:
                raise _too_large()
            found.setdefault(code, []).extend(polygons)
    if not found:
        raise _no_commune([code for code in codes if code])
    return Contours(
        outlines=_lightened(found),
        missing=sorted(set(wanted) - set(found)),
        ignored=sum(code not in found for code in codes),
    )


def drawn(
    outlines: Outlines, communes: Iterable[Commune], *, me: Commune | None = None, near: int = 5
) -> Patchwork:
    """The map of these communes; a dot for one without outline, the patchwork if none has any."""
    placed = [one for one in communes if one.pk in outlines or one.latitude is not None]
    if not any(commune.pk in outlines for commune in placed):
        return patchwork(placed, me=me, near=near)
    rings = [_rings(outlines, commune) for commune in placed]
    plane = iter(flat([(lat, lon) for outline in rings for ring in outline for lon, lat in ring]))
    shapes = [[[next(plane) for _point in ring] for ring in outline] for outline in rings]
    place = fitted([point for outline in shapes for ring in outline for point in ring], inf)
    return stitched(placed, [_shape(outline, place) for outline in shapes], me=me, near=near)


# --- The file -------------------------------------------------------------------------------
def _features(data: bytes) -> list[Any]:
    if len(data) > LARGEST_FILE:
        raise _too_large()
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as unread:
        raise _refused(
            "json", _("Ce fichier n’est pas du GeoJSON : exportez les communes dans ce format.")
        ) from unread
    kind = content.get("type") if isinstance(content, dict) else None
    features = content.get("features") if kind == "FeatureCollection" else None
    if kind == "Topology":
        raise _refused("topojson", _("C’est du TopoJSON : exportez les communes en GeoJSON."))
    if not isinstance(features, list):
        raise _refused(
            "collection",
            _("Ce fichier n’est pas une liste de contours (« FeatureCollection ») : exportez-la."),
        )
    return features


def _code(feature: object) -> str:
    """The INSEE code of a feature, in its properties or as its id; "" if it has none."""
    if not isinstance(feature, dict):
        return ""
    properties = feature.get("properties")
    named = {"id": feature.get("id"), **(properties if isinstance(properties, dict) else {})}
    values = {fold(str(name)).replace(" ", ""): value for name, value in named.items()}
    codes = (_written(values.get(name)) for name in PROPERTIES)
    return next((code for code in codes if CODE.fullmatch(code)), "")


def _written(value: object) -> str:
    """A code as text: alone in a list, or a number that lost its zero."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    text = f"{value:05d}" if isinstance(value, int) else str(value)
    return text.strip().upper()


def _polygons(feature: dict[str, Any], code: str) -> list[list[Ring]]:
    """The polygons of a commune, each an outer ring and its holes, checked point by point."""
    try:
        geometry = feature["geometry"]
        several = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}
        polygons = [[_ring(ring) for ring in polygon] for polygon in several[geometry["type"]]]
    except (TypeError, ValueError, KeyError, OverflowError) as malformed:
        raise _malformed(code) from malformed
    for point in (point for ring in _all(polygons) for point in ring):
        _check(point, code)
    polygons = [[ring for ring in polygon if abs(area_of(ring)) > LEAST] for polygon in polygons]
    polygons = [polygon for polygon in polygons if polygon]
    if not polygons:
        raise _malformed(code)
    return polygons


def _ring(points: list[list[float]]) -> Ring:
    ring = [(float(x), float(y)) for x, y, *_height in points]
    return ring[:-1] if ring and ring[0] == ring[-1] else ring


def _check(point: Point, code: str) -> None:
    x, y = point
    if any(_holds(box, x, y) for box in FRANCE):
        return
    if not (isfinite(x) and isfinite(y)):
        raise _malformed(code)
    if abs(x) > 180 or abs(y) > 90:
        name = _("Lambert 93") if _holds(LAMBERT_93, x, y) else _("mètres")
        raise _refused(
            "projected",
            _("Ces coordonnées sont en %(name)s : exportez-les en degrés, WGS 84 (EPSG:4326).")
            % {"name": name},
        )
    if any(_holds(box, y, x) for box in FRANCE):
        raise _refused(
            "swapped",
            _("Latitudes et longitudes sont inversées : en GeoJSON, la longitude vient d’abord."),
        )
    raise _refused(
        "abroad",
        _("Le contour de la commune %(code)s sort de France : vérifiez ses coordonnées.")
        % {"code": code},
    )


def _holds(box: tuple[float, float, float, float], x: float, y: float) -> bool:
    west, south, east, north = box
    return west <= x <= east and south <= y <= north


def _refused(code: str, sentence: str) -> ValidationError:
    return ValidationError(sentence, code=code)


def _too_large() -> ValidationError:
    return _refused(
        "size",
        _(
            "Ce fichier dépasse %(size)d Mo ou %(points)s points : ne gardez que vos communes,"
            " ou exportez des contours simplifiés."
        )
        % {
            "size": LARGEST_FILE // 1_000_000,
            "points": number_format(MOST_POINTS, force_grouping=True),
        },
    )


def _malformed(code: str) -> ValidationError:
    return _refused(
        "malformed",
        _(
            "Le contour de la commune %(code)s est mal formé : il faut un « Polygon » ou un"
            " « MultiPolygon » d’au moins trois points."
        )
        % {"code": code},
    )


def _no_commune(codes: Sequence[str]) -> ValidationError:
    if not codes:
        return _refused(
            "code",
            _("Aucun code INSEE dans ce fichier : il le faut sous le nom « code » ou « insee »."),
        )
    return _refused(
        "elsewhere",
        _("Aucune commune de votre territoire dans ce fichier : on y trouve %(codes)s.")
        % {"codes": ", ".join([*dict.fromkeys(codes)][:CODES_SHOWN])},
    )


# --- Lighter --------------------------------------------------------------------------------
def _lightened(found: dict[str, list[list[Ring]]]) -> dict[str, list[Ring]]:
    """What can be seen on the drawing, or less if the page would be too heavy."""
    slightest = SLIGHTEST * _square_unit(found)
    outlines = {code: _oriented(polygons) for code, polygons in found.items()}
    most = max(POINTS_KEPT, 3 * len(outlines))
    while True:
        outlines = {code: _light(outline, slightest) for code, outline in outlines.items()}
        if sum(len(ring) for outline in outlines.values() for ring in outline) <= most:
            return outlines
        slightest *= 2


def _square_unit(found: dict[str, list[list[Ring]]]) -> float:
    """The square degrees that a square of the drawing's unit will cover."""
    points = [point for outline in found.values() for ring in _all(outline) for point in ring]
    longitudes, latitudes = [x for x, _y in points], [y for _x, y in points]
    south, north = min(latitudes), max(latitudes)
    scale = cos(radians((south + north) / 2))
    width = (max(longitudes) - min(longitudes)) * scale
    unit = max(width / (WIDTH - 2 * MARGIN), (north - south) / (HEIGHT - 2 * MARGIN))
    return unit * unit / scale


def _all(polygons: list[list[Ring]]) -> Iterator[Ring]:
    return (ring for polygon in polygons for ring in polygon)


def _oriented(polygons: list[list[Ring]]) -> list[Ring]:
    """Outer rings counter-clockwise, holes clockwise: SVG then leaves the holes empty."""
    return [
        ring if (area_of(ring) > 0) == (rank == 0) else ring[::-1]
        for polygon in polygons
        for rank, ring in enumerate(polygon)
    ]


def _light(outline: list[Ring], slightest: float) -> list[Ring]:
    """The rings that can be seen, and the largest in any case, with the corners that can."""
    largest = max(outline, key=area_of)
    seen = (ring for ring in outline if ring is largest or abs(area_of(ring)) > 2 * slightest)
    return [_rounded(simplified(ring, slightest)) for ring in seen]


def _rounded(ring: Ring) -> Ring:
    return [(round(x, DECIMALS), round(y, DECIMALS)) for x, y in ring]


# --- The drawing ----------------------------------------------------------------------------
def _rings(outlines: Outlines, commune: Commune) -> Sequence[Sequence[Sequence[float]]]:
    if commune.pk in outlines:
        return outlines[commune.pk]
    lon, lat = commune.longitude or 0.0, commune.latitude or 0.0
    return [[(lon - DOT, lat), (lon, lat - DOT), (lon + DOT, lat), (lon, lat + DOT)]]


def _shape(outline: Sequence[Sequence[Point]], place: Fit) -> Shape:
    """The path of all rings, and the centre of the largest."""
    rings = [[place(point) for point in ring] for ring in outline]
    largest = max(rings, key=lambda ring: abs(area_of(ring)))
    x, y = centre_of(largest)
    return "".join(path_data(ring) for ring in rings), round(x, 1), round(y, 1)
