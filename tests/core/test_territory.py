"""Communes: found from what people type, told how far, drawn as a patchwork."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.template.loader import render_to_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpts_portal.core import communes_file, patchwork
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import (
    communes_of_postal_code,
    distance_between,
    distance_km,
    fold,
    neighbours,
    search_communes,
)
from cpts_portal.core.territory import patchwork as drawn
from tests.factories import CommuneFactory

LYS = ["Fleurbaix", "Laventie", "Lorgies", "Neuve-Chapelle", "Sailly-sur-la-Lys"]

read_only = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def artois(django_db_setup, django_db_blocker):
    """The real communes of Nord and Pas-de-Calais, loaded once for this module."""
    with django_db_blocker.unblock():
        call_command("load_communes", "--departments", "59,62", stdout=StringIO())
        yield
        Commune.objects.all().delete()


@pytest.fixture
def in_artois(artois, db):
    return None


def found(text: str, limit: int = 10) -> list[str]:
    return [commune.name for commune in search_communes(text, limit)]


# --- Folding --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Sailly-sur-la-Lys", "sailly sur la lys"),
        ("SAILLY s/ la Lys", "sailly sur la lys"),
        ("Sailly s/la-Lys", "sailly sur la lys"),
        ("St-Étienne", "saint etienne"),
        ("Ste. Œuvre d’Aÿ", "sainte oeuvre d ay"),
        ("Sts-Geosmes", "saints geosmes"),
        ("L'Haÿ--les   Roses", "l hay les roses"),
        ("Strasbourg", "strasbourg"),
        ("Łódź Ørsted", "lodz orsted"),
        ("٣ محمد", "٣ محمد"),
        ("%_\\ 🙂 \0", ""),
        ("", ""),
    ],
)
def test_fold_brings_sister_spellings_together(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_folded_text_is_words_and_single_spaces(text):
    assert re.fullmatch(r"(?:[^\W_]+(?: [^\W_]+)*)?", fold(text))


# --- Searching ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "Sailly-sur-la-Lys",
        "sailly s/ la lys",
        "SAILLY SUR LA LYS",
        "sailly  lys",
        "lys sailly",
        "62840 sailly",
        "sailly 628",
    ],
)
def test_a_commune_is_found_however_it_is_written(in_artois, text):
    assert found(text)[0] == "Sailly-sur-la-Lys"


def test_a_postal_code_finds_all_its_communes_the_most_populous_first(in_artois):
    assert sorted(found("62840")) == LYS
    assert found("62840")[0] == "Laventie"
    assert sorted(commune.name for commune in communes_of_postal_code("62840")) == LYS


def test_the_beginning_of_a_postal_code_is_enough(in_artois):
    assert set(LYS) <= set(found("6284", limit=50))
    assert found("59")[:2] == ["Lille", "Tourcoing"]
    assert found("628400") == found("62840 62840") == []


def test_the_whole_name_comes_first_then_its_beginning_then_a_word(in_artois):
    names = found("lens", limit=20)

    assert names[0] == "Lens"
    assert [fold(name).startswith("lens") for name in names] == sorted(
        (fold(name).startswith("lens") for name in names), reverse=True
    )


def test_saint_is_found_by_its_short_form(in_artois):
    assert found("st omer") == found("Saint-Omer")
    assert found("st omer")[0] == "Saint-Omer"
    assert found("ste cath")[0] == "Sainte-Catherine"


def test_no_more_than_the_limit_is_found(in_artois):
    assert len(search_communes("sa")) == 10
    assert len(search_communes("sa", limit=3)) == 3


@pytest.mark.parametrize(
    "text", ["", "   ", "%", "_", "\\", "'", "':*", "\0", "🙂", "a" * 10_000, "62" * 5_000, "& | !"]
)
def test_what_is_no_commune_finds_nothing(in_artois, text):
    assert search_communes(text) == []


@read_only
@given(text=st.text())
def test_any_text_may_be_searched(in_artois, text):
    assert len(search_communes(text)) <= 10


@read_only
@given(text=st.text("lens-l'é%_\\\"&|!:*()<> 0162", max_size=12))
def test_any_punctuation_may_be_searched(in_artois, text):
    assert len(search_communes(text)) <= 10


@pytest.mark.parametrize("text", ["lens", "62840", "62 lens"])
def test_a_search_is_one_query_through_an_index(in_artois, django_assert_num_queries, text):
    with django_assert_num_queries(1) as asked:
        search_communes(text)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert re.search("commune_by_(word|code)_beginning", plan)


# --- The file of France ---------------------------------------------------------------------
def test_the_file_holds_every_commune_once():
    communes = list(communes_file.read())

    assert len(communes) == len({commune.insee_code for commune in communes}) == 34_969
    assert communes == sorted(communes, key=lambda commune: commune.insee_code)


def test_the_file_fits_the_table(db):
    communes = list(communes_file.read())

    for commune in communes[::250]:
        commune.clean_fields()
        commune.validate_constraints()


def test_loading_again_writes_nothing_new(in_artois):
    output = StringIO()

    call_command("load_communes", "--departments", "59,62", stdout=output)

    assert output.getvalue() == "1534 communes lues, 0 écrites.\n"


def test_loading_again_puts_a_changed_commune_right(in_artois):
    Commune.objects.filter(name="Lens").update(population=3)
    output = StringIO()

    call_command("load_communes", "--departments", "62", stdout=output)

    assert output.getvalue() == "887 communes lues, 1 écrites.\n"
    assert Commune.objects.get(name="Lens").population > 30_000


def test_the_same_lines_make_the_same_file(tmp_path):
    lines = [
        ",".join([*communes_file.COLUMNS, "region"]),
        '62516,"Lillers",62,CA,62190,9,50.5,2.4,exact,32',
    ]
    targets = [tmp_path / "a.xz", tmp_path / "b.xz"]

    for target in targets:
        assert communes_file.build(lines, target) == 1

    assert targets[0].read_bytes() == targets[1].read_bytes()
    [commune] = communes_file.read(targets[0])
    assert (commune.name, commune.postal_codes, commune.latitude) == ("Lillers", ["62190"], 50.5)


def test_build_communes_rewrites_the_file_of_the_project(tmp_path, monkeypatch):
    source, target = tmp_path / "source.csv", tmp_path / "communes.csv.xz"
    source.write_text(f"{','.join(communes_file.COLUMNS)}\n62516,Lillers,62,CA,62190,,,,none\n")
    monkeypatch.setattr(communes_file, "PATH", target)
    output = StringIO()

    call_command("build_communes", str(source), stdout=output)

    [commune] = communes_file.read(target)
    assert (commune.population, commune.latitude, commune.position) == (0, None, "none")
    assert output.getvalue().startswith("1 communes")


def test_a_commune_has_a_position_unless_it_is_said_to_have_none(db):
    with pytest.raises(IntegrityError, match="placed_unless_position_none"), transaction.atomic():
        CommuneFactory(latitude=None)
    with pytest.raises(IntegrityError, match="placed_unless_position_none"), transaction.atomic():
        CommuneFactory(position="none")


# --- Distances ------------------------------------------------------------------------------
def test_lille_is_203_km_from_paris():
    assert distance_km(50.6292, 3.0573, 48.8566, 2.3522) == pytest.approx(204, abs=2)


@given(*[st.floats(-90, 90), st.floats(-180, 180)] * 2)
def test_a_distance_is_the_same_both_ways_and_on_this_earth(a_lat, a_lon, b_lat, b_lon):
    there, back = distance_km(a_lat, a_lon, b_lat, b_lon), distance_km(b_lat, b_lon, a_lat, a_lon)

    assert there == pytest.approx(back)
    assert 0 <= there <= 20_016


def test_an_unknown_position_is_at_no_distance():
    known, unknown = Commune(latitude=50.0, longitude=2.0), Commune(position="none")

    assert distance_km(None, 2.0, 50.0, 2.0) is None
    assert distance_between(known, unknown) is None
    assert distance_between(known, known) == 0


def test_neighbours_are_the_nearest_first_without_oneself(in_artois):
    communes = list(Commune.objects.filter(postal_codes__overlap=["62840", "62190", "59000"]))
    laventie = next(commune for commune in communes if commune.name == "Laventie")
    nowhere = Commune(insee_code="99999", name="Nulle-Part", position="none")

    near = neighbours(laventie, [*communes, nowhere], 3)

    assert len(near) == 3
    assert laventie not in near
    assert nowhere not in near
    distances = [distance_between(laventie, commune) for commune in near]
    assert distances == sorted(distances)


# --- The patchwork --------------------------------------------------------------------------
def corners(path: str) -> list[tuple[float, float]]:
    assert re.fullmatch(r"M-?[\d.]+ -?[\d.]+(L-?[\d.]+ -?[\d.]+)+Z", path)
    return [tuple(map(float, corner.split())) for corner in path[1:-1].split("L")]


def holds(outline: list[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a convex outline holds a point, whichever way round it is drawn."""
    turned = zip(outline, [*outline[1:], outline[0]], strict=True)
    sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for (ax, ay), (bx, by) in turned]
    return all(side >= -1 for side in sides) or all(side <= 1 for side in sides)


def commune_at(rank: int, latitude: float, longitude: float) -> Commune:
    return Commune(
        insee_code=f"{rank:05d}",
        name=f"Commune {rank}",
        latitude=latitude,
        longitude=longitude,
        position="exact",
    )


@given(
    st.lists(
        st.tuples(
            st.integers(5000, 5100).map(lambda n: n / 100),
            st.integers(200, 300).map(lambda n: n / 100),
        ),
        max_size=30,
    )
)
def test_each_commune_has_its_patch_around_it_within_the_frame(positions):
    communes = [commune_at(rank, *position) for rank, position in enumerate(positions)]

    patches = drawn(communes).patches

    assert [patch.name for patch in patches] == [commune.name for commune in communes]
    for patch in patches:
        outline = corners(patch.path)
        assert holds(outline, patch.x, patch.y)
        assert all(0 <= x <= patchwork.WIDTH and 0 <= y <= patchwork.HEIGHT for x, y in outline)


def test_patches_do_not_overlap():
    communes = [commune_at(n, 50 + n % 5 / 20, 2 + n // 5 / 10) for n in range(25)]

    patches = drawn(communes).patches

    for patch in patches:
        others = [other for other in patches if other is not patch]
        assert not any(holds_well(corners(patch.path), other.x, other.y) for other in others)


def holds_well(outline: list[tuple[float, float]], x: float, y: float) -> bool:
    turned = zip(outline, [*outline[1:], outline[0]], strict=True)
    sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for (ax, ay), (bx, by) in turned]
    return all(side > 1 for side in sides) or all(side < -1 for side in sides)


def test_north_is_up_and_west_is_left():
    south_west, north_east = drawn([commune_at(1, 50.0, 2.0), commune_at(2, 50.1, 2.2)]).patches

    assert south_west.y > north_east.y
    assert south_west.x < north_east.x


def test_communes_that_share_a_position_stand_side_by_side():
    patches = drawn([commune_at(rank, 50.6, 2.8) for rank in range(6)]).patches

    assert len({(patch.x, patch.y) for patch in patches}) == 6


def test_communes_of_unknown_position_are_not_drawn():
    nowhere = Commune(insee_code="99999", name="Nulle-Part", position="none")

    assert drawn([nowhere]).patches == ()
    assert drawn([]).home is None


def test_my_commune_and_its_neighbours_are_told_apart():
    communes = [commune_at(n, 50 + n / 50, 2.0) for n in range(6)]

    chart = drawn(communes, me=communes[0], near=2)

    assert [patch.kind for patch in chart.patches] == ["me", "near", "near", "", "", ""]
    assert chart.home == chart.patches[0]
    assert chart.near_names == "Commune 1, Commune 2"


def test_the_map_says_in_words_what_it_shows():
    communes = [commune_at(n, 50 + n / 50, 2.0) for n in range(4)]
    chart = drawn(communes, me=communes[0], near=2)

    page = render_to_string("components/commune_map.html", {"map": chart, "label": "Carte"})

    assert 'role="img"' in page
    assert '<title id="commune-map-title">Carte</title>' in page
    assert "Communes voisines\u00a0: Commune 1, Commune 2." in page
    assert page.count("<path") == 5
    assert f"translate({chart.home.x:.1f} {chart.home.y:.1f})" in page
