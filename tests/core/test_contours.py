"""The outlines of communes: read from a GeoJSON or refused with a sentence, lightened, drawn."""

from __future__ import annotations

import json
import re
from math import hypot, sin
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from cpts_portal.core import contours, patchwork
from cpts_portal.core.contours import Contours, drawn, read_contours
from cpts_portal.core.models import Commune
from cpts_portal.core.rings import area_of, centre_of, simplified

NB = "\u00a0"
WEST, EAST = "62491", "62338"


def square(west: float, south: float, side: float = 0.1) -> list[list[float]]:
    """A closed counter-clockwise ring."""
    east, north = west + side, south + side
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(code: object, *rings: Any, name: str = "code", kind: str = "Polygon") -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"nom": "Commune", name: code},
        "geometry": {"type": kind, "coordinates": list(rings)},
    }


def geojson(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def read(*features: Any, wanted: tuple[str, ...] = (WEST, EAST)) -> Contours:
    return read_contours(geojson(*features), wanted=set(wanted))


def refused(data: bytes) -> tuple[str | None, str]:
    """The code and the sentence of a refusal."""
    with pytest.raises(ValidationError) as refusal:
        read_contours(data, wanted={WEST, EAST})
    return refusal.value.code, refusal.value.messages[0]


def commune(code: str, latitude: float | None = 50.0, longitude: float | None = 2.0) -> Commune:
    return Commune(insee_code=code, name=f"C{code}", latitude=latitude, longitude=longitude)


# --- Reading --------------------------------------------------------------------------------
def test_wanted_communes_are_read_others_ignored_absent_ones_told():
    found = read(feature(WEST, square(2.0, 50.0)), feature("75056", square(2.3, 48.8)))

    assert found == Contours(
        outlines={WEST: [[(2.0, 50.0), (2.1, 50.0), (2.1, 50.1), (2.0, 50.1)]]},
        missing=[EAST],
        ignored=1,
    )


@pytest.mark.parametrize(
    "name", ["code", "insee", "INSEE_COM", "codgeo", "Code INSEE", "code_insee", "DEPCOM", "id"]
)
def test_the_insee_code_is_found_under_its_usual_names(name):
    assert list(read(feature(WEST, square(2.0, 50.0), name=name)).outlines) == [WEST]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (62491, "62491"),
        (["62491"], "62491"),
        (" 62491 ", "62491"),
        (1004, "01004"),
        ("2a004", "2A004"),
    ],
)
def test_the_insee_code_may_be_written_otherwise(written, code):
    place = feature(written, square(2.0, 50.0))

    assert list(read(place, wanted=(code,)).outlines) == [code]


def test_the_insee_code_may_be_the_identifier_of_the_feature():
    place = {**feature("Laventie", square(2.0, 50.0), name="nom"), "id": WEST}

    assert list(read(place).outlines) == [WEST]


def test_a_code_of_another_kind_does_not_hide_the_right_one():
    place = feature("491", square(2.0, 50.0), name="code_commune")
    place["properties"]["insee_com"] = WEST

    assert list(read(place).outlines) == [WEST]


def test_islands_and_holes_are_kept_and_turn_their_own_way():
    hole = square(2.02, 50.02, 0.05)
    island = square(2.2, 50.0)[::-1]
    place = feature(WEST, [square(2.0, 50.0), hole], [island], kind="MultiPolygon")

    areas = [round(area_of(ring), 6) for ring in read(place).outlines[WEST]]

    assert areas == [0.01, -0.0025, 0.01]


def test_a_commune_in_several_features_has_all_its_parts():
    found = read(feature(WEST, square(2.0, 50.0)), feature(WEST, square(2.2, 50.0)))

    assert len(found.outlines[WEST]) == 2
    assert found.ignored == 0


def test_heights_are_forgotten():
    ring = [[x, y, 35.5] for x, y in square(2.0, 50.0)]

    assert read(feature(WEST, ring)) == read(feature(WEST, square(2.0, 50.0)))


@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [(-61.5, 16.2), (-61.0, 14.6), (-53.0, 4.0), (55.5, -21.1), (45.1, -12.8)],
)
def test_overseas_is_france(longitude, latitude):
    place = feature("97101", square(longitude, latitude, 0.02))

    assert read(place, wanted=("97101",)).missing == []


# --- Refusals -------------------------------------------------------------------------------
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"{", b"\xff\xfe\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(data):
    assert refused(data) == (
        "json",
        f"Ce fichier n’est pas du GeoJSON{NB}: exportez les communes dans ce format.",
    )


@pytest.mark.parametrize("content", [[], 3, None, {"type": "Feature"}, {"features": {}}])
def test_json_without_a_collection_is_refused(content):
    assert refused(json.dumps(content).encode())[0] == "collection"


def test_topojson_is_named():
    assert refused(b'{"type": "Topology"}') == (
        "topojson",
        f"C’est du TopoJSON{NB}: exportez les communes en GeoJSON.",
    )


def test_a_file_too_heavy_is_refused_unread():
    sentence = (
        f"Ce fichier dépasse 5{NB}Mo ou 200{NB}000 points{NB}: ne gardez que vos communes,"
        " ou exportez des contours simplifiés."
    )

    assert refused(b" " * 5_000_001) == ("size", sentence)


def test_a_file_of_too_many_points_is_refused(monkeypatch):
    monkeypatch.setattr(contours, "MOST_POINTS", 7)

    places = feature(WEST, square(2.0, 50.0)), feature(EAST, square(2.1, 50.0))

    assert refused(geojson(*places))[0] == "size"


def test_the_first_codes_of_another_territory_are_said():
    codes = ["75056", "75056", "13055", "69123", "31555"]

    assert refused(geojson(*(feature(code, square(2.0, 50.0)) for code in codes))) == (
        "elsewhere",
        f"Aucune commune de votre territoire dans ce fichier{NB}: on y trouve 75056, 13055, 69123.",
    )


@pytest.mark.parametrize(
    "features", [[], [feature("Laventie", square(2.0, 50.0), name="nom")], [None, 3, {}]]
)
def test_a_file_without_codes_is_refused_with_the_name_to_give(features):
    code, sentence = refused(geojson(*features))

    assert code == "code"
    assert sentence == (
        f"Aucun code INSEE dans ce fichier{NB}: il le faut sous le nom «{NB}code{NB}» ou"
        f" «{NB}insee{NB}»."
    )


@pytest.mark.parametrize(
    ("ring", "code", "says"),
    [
        (square(650_000.0, 7_050_000.0, 900.0), "projected", "Lambert 93"),
        (square(300_000.0, 6_500_000.0, 900.0), "projected", "Lambert 93"),
        (square(260_000.0, 560_000.0, 900.0), "projected", "mètres"),
        (square(50.0, 2.0), "swapped", "inversées"),
        (square(13.4, 52.5), "abroad", WEST),
        (square(0.0, 0.0), "abroad", WEST),
        (square(float("nan"), 50.0), "malformed", WEST),
        (square(float("inf"), 50.0), "malformed", WEST),
    ],
)
def test_coordinates_that_are_not_degrees_in_france_are_named(ring, code, says):
    found, sentence = refused(geojson(feature(WEST, ring)))

    assert found == code
    assert says in sentence


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": None},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "Polygon", "coordinates": [[[2.0, 50.0], [2.1, 50.0]]]},
        {"type": "Polygon", "coordinates": [[[2.0, 50.0]] * 5]},
        {"type": "Polygon", "coordinates": [["2;50"]]},
        {"type": "Polygon", "coordinates": [[[2.0, 10**400]]]},
        {"type": "MultiPolygon", "coordinates": [square(2.0, 50.0)]},
        {"type": "Point", "coordinates": [2.0, 50.0]},
        {"type": ["Polygon"], "coordinates": []},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_a_malformed_outline_is_refused_with_its_commune(geometry):
    place = {**feature(WEST), "geometry": geometry}

    code, sentence = refused(geojson(place))

    assert code == "malformed"
    assert sentence == (
        f"Le contour de la commune {WEST} est mal formé{NB}: il faut un «{NB}Polygon{NB}» ou un"
        f" «{NB}MultiPolygon{NB}» d’au moins trois points."
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(json_values, json_values, st.sampled_from(["Polygon", "MultiPolygon"]))
def test_whatever_the_file_holds_it_is_read_or_refused(properties, coordinates, kind):
    geometry = {"type": kind, "coordinates": coordinates}
    data = geojson({"properties": properties, "id": WEST, "geometry": geometry}, coordinates)

    with pytest.raises(ValidationError):
        read_contours(data, wanted={WEST})


# --- Lighter --------------------------------------------------------------------------------
def wavy(count: int) -> list[list[float]]:
    """The border between two communes, from south to north, with a bend at each point."""
    steps = (step / (count - 1) for step in range(count))
    return [[2.1 + sin(90 * at) * 0.004 + sin(7 * at) * 0.01, 50 + at / 10] for at in steps]


def neighbours_of_a_wavy_border(count: int) -> Contours:
    border = wavy(count)
    return read(
        feature(WEST, [[2.0, 50.0], *border, [2.0, 50.1], [2.0, 50.0]]),
        feature(EAST, [[2.2, 50.1], *border[::-1], [2.2, 50.0], [2.2, 50.1]]),
    )


def test_a_detailed_outline_keeps_what_can_be_seen():
    found = neighbours_of_a_wavy_border(20_000)

    for outline in found.outlines.values():
        assert 20 < len(outline[0]) < 300
        assert abs(area_of(outline[0])) == pytest.approx(0.01, rel=0.1)


def test_neighbours_keep_one_common_border():
    west, east = (
        ring for outline in neighbours_of_a_wavy_border(5_000).outlines.values() for ring in outline
    )

    shared = set(west) & set(east)

    assert len(shared) == len(west) - 2 == len(east) - 2


def test_a_map_too_heavy_for_a_page_has_fewer_corners(monkeypatch):
    monkeypatch.setattr(contours, "POINTS_KEPT", 40)

    west, east = neighbours_of_a_wavy_border(5_000).outlines.values()

    assert 20 < len(west[0]) + len(east[0]) <= 40


def test_as_many_communes_as_one_likes_keep_their_three_corners(monkeypatch):
    monkeypatch.setattr(contours, "POINTS_KEPT", 1)

    found = neighbours_of_a_wavy_border(500)

    assert [[len(ring) for ring in outline] for outline in found.outlines.values()] == [[3], [3]]


def test_what_is_too_small_to_be_seen_is_left_out_but_never_the_largest():
    speck = square(2.3, 50.3, 0.0002)
    crumbs = feature(EAST, [speck], kind="MultiPolygon")
    mainland = feature(WEST, [square(2.0, 50.0, 0.2)], [speck], kind="MultiPolygon")

    found = read(mainland, crumbs)

    assert [len(outline) for outline in found.outlines.values()] == [1, 1]


rings = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=60)


@given(rings, st.floats(0, 100))
def test_simplifying_keeps_the_order_and_three_corners(ring, slightest):
    kept = simplified(ring, slightest)

    assert len(kept) >= 3
    rest = iter(ring)
    assert all(point in rest for point in kept)


@given(rings)
def test_simplifying_nothing_changes_nothing(ring):
    assert simplified(ring, 0) == ring


def test_the_centre_is_that_of_the_surface_not_of_the_corners():
    assert centre_of([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (4, 2), (0, 2)]) == (2, 1)
    assert centre_of([(1, 1), (2, 2), (3, 3)]) == (1, 1)


# --- Drawing --------------------------------------------------------------------------------
def corners(path: str) -> list[list[tuple[float, float]]]:
    rings = re.findall(r"M([^MZ]+)Z", path)
    return [[tuple(map(float, one.split())) for one in ring.split("L")] for ring in rings]


def test_outlines_fill_the_frame_of_the_patchwork():
    outlines = neighbours_of_a_wavy_border(300).outlines
    here = [commune(WEST, 50.05, 2.05), commune(EAST, 50.05, 2.15)]

    chart = drawn(outlines, here, me=here[0], near=1)

    points = [point for patch in chart.patches for ring in corners(patch.path) for point in ring]
    xs, ys = zip(*points, strict=True)
    assert chart.view_box == drawn({}, here).view_box
    assert min(ys) == patchwork.MARGIN
    assert max(ys) == patchwork.HEIGHT - patchwork.MARGIN
    assert (min(xs) + max(xs)) / 2 == pytest.approx(patchwork.WIDTH / 2, abs=0.1)
    assert [(patch.name, patch.kind) for patch in chart.patches] == [
        (f"C{WEST}", "me"),
        (f"C{EAST}", "near"),
    ]
    assert chart.home == chart.patches[0]


def test_north_is_up_and_west_is_left():
    outlines = read(feature(WEST, square(2.0, 50.0)), feature(EAST, square(2.1, 50.1))).outlines

    south_west, north_east = drawn(outlines, [commune(WEST), commune(EAST)]).patches

    assert south_west.x < north_east.x
    assert south_west.y > north_east.y


def test_outlines_are_drawn_the_same_after_a_stay_in_the_database():
    outlines = read(feature(WEST, square(2.0, 50.0)), feature(EAST, square(2.1, 50.0))).outlines
    here = [commune(WEST), commune(EAST)]

    assert drawn(json.loads(json.dumps(outlines)), here) == drawn(outlines, here)


def test_a_degree_of_longitude_is_shorter_than_one_of_latitude():
    patch = drawn(read(feature(WEST, square(2.0, 60.0 - 9.7))).outlines, [commune(WEST)]).patches[0]

    ((south_west, south_east, *_),) = corners(patch.path)
    north_west = corners(patch.path)[0][3]
    width = hypot(south_east[0] - south_west[0], south_east[1] - south_west[1])
    height = hypot(north_west[0] - south_west[0], north_west[1] - south_west[1])
    assert width / height == pytest.approx(0.638, abs=0.005)


def test_a_commune_without_outline_is_a_dot_and_without_position_nothing():
    outlines = read(feature(WEST, square(2.0, 50.0))).outlines
    dot, nowhere = commune(EAST, 50.05, 2.15), commune("99999", None, None)

    chart = drawn(outlines, [commune(WEST), dot, nowhere], me=dot)

    assert [patch.name for patch in chart.patches] == [f"C{WEST}", f"C{EAST}"]
    assert len(corners(chart.patches[1].path)[0]) == 4
    assert chart.home == chart.patches[1]


def test_an_outline_without_width_is_drawn_all_the_same():
    line = {WEST: [[(2.0, 50.0), (2.0, 50.1), (2.0, 50.2)]]}

    patch = drawn(line, [commune(WEST)]).patches[0]

    assert {x for x, _y in corners(patch.path)[0]} == {patchwork.WIDTH / 2}


def test_no_outline_at_all_is_the_patchwork():
    here = [commune(WEST, 50.0, 2.0), commune(EAST, 50.1, 2.1)]

    assert drawn({}, here, me=here[0]) == patchwork.patchwork(here, me=here[0])
    assert drawn({}, []) == patchwork.patchwork([])


def test_the_page_draws_either_map():
    outlines = read(feature(WEST, square(2.0, 50.0), square(2.02, 50.02, 0.05)[::-1])).outlines
    chart = drawn(outlines, [commune(WEST)])

    page = render_to_string("components/commune_map.html", {"map": chart, "label": "Carte"})

    assert f'<path d="{chart.patches[0].path}" />' in page
    assert chart.patches[0].path.count("Z") == 2
