"""The outlines of the territory: uploaded, drawn, taken off; too large a file is let go of."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cpts_portal.core.contours import LARGEST_FILE
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted
from cpts_portal.core.scoping import open_scope
from members.actions.contours import remove_contours
from members.models import Contour, Cpts, Membership
from tests.factories import CommuneFactory, CptsCommuneFactory, CptsFactory

pytestmark = pytest.mark.django_db
PAGE = "/artois-lys/reglages/contours/"
SQUARE = [[2.6, 50.6], [2.7, 50.6], [2.7, 50.7], [2.6, 50.7], [2.6, 50.6]]


@pytest.fixture(autouse=True)
def second_factor_elsewhere(settings: Any, second_factor_required: None) -> None:
    """Its own tests ask for it."""
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def desk(client: Client, coordinator: Membership) -> Client:
    client.force_login(coordinator.user)
    return client


@pytest.fixture(autouse=True)
def lestrem(cpts: Cpts) -> Any:
    commune = CommuneFactory(insee_code="62502", name="Lestrem")
    CptsCommuneFactory(cpts=cpts, commune=commune)
    return commune


def geojson(code: str = "62502", ring: Any = SQUARE) -> bytes:
    polygon = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"code": code}, "geometry": polygon}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def send(desk: Client, content: bytes) -> Any:
    return desk.post(PAGE, {"file": SimpleUploadedFile("communes.geojson", content)})


def test_contours_are_saved_and_the_map_is_drawn_with_them(desk: Client, lestrem: Any) -> None:
    patchwork = desk.get(PAGE).content.decode()

    response = send(desk, geojson())
    page = desk.get(PAGE).content.decode()

    assert response.status_code == 302
    assert [one.commune_id for one in Contour.objects.all()] == ["62502"]
    assert "Le patchwork" in patchwork
    assert "La carte actuelle" in page
    assert "La carte a le contour de 1 commune sur 1." in page
    assert list(AuditEntry.objects.values_list("verb", "reason")) == [("import_contours", "1")]


def test_a_second_file_replaces_the_first(desk: Client) -> None:
    send(desk, geojson())
    send(desk, geojson(ring=[[x + 0.1, y] for x, y in SQUARE]))

    [contour] = Contour.objects.all()

    assert min(x for x, _y in contour.rings[0]) == 2.7


def test_a_commune_without_outline_is_named(desk: Client, cpts: Cpts) -> None:
    CptsCommuneFactory(cpts=cpts, commune=CommuneFactory(name="Fleurbaix"))

    send(desk, geojson())

    assert "montrées par un point\u00a0: Fleurbaix" in desk.get(PAGE).content.decode()


def test_the_patchwork_comes_back_once_and_for_all(desk: Client) -> None:
    send(desk, geojson())

    for _click in range(2):
        desk.post(f"{PAGE}retirer/")

    assert not Contour.objects.exists()
    assert "Le patchwork" in desk.get(PAGE).content.decode()
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == [
        "import_contours",
        "remove_contours",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Ce fichier est vide"),
        (b"pas du json", "pas du GeoJSON"),
        (geojson(code="75056"), "Aucune commune de votre territoire"),
        (geojson(code="?"), "Aucun code INSEE"),
        (geojson(ring=[[652000.0, 7059000.0]] * 4), "Lambert 93"),
        (geojson(ring=[[y, x] for x, y in SQUARE]), "inversées"),
        (geojson(ring=[[2.6, 50.6]]), "mal formé"),
    ],
)
def test_a_file_that_is_no_map_says_what_to_do_and_changes_nothing(
    desk: Client, content: bytes, sentence: str
) -> None:
    page = send(desk, content)

    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert not Contour.objects.exists()


def test_no_file_at_all_is_asked_for(desk: Client) -> None:
    page = desk.post(PAGE)

    assert page.status_code == 422
    assert "Choisissez un fichier" in page.content.decode()


class Endless(io.RawIOBase):
    """A form with a file of 100 MB, made up as it is read; `highest` tells how far."""

    HEAD = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="big.geojson"\r\n'
        b"Content-Type: application/json\r\n\r\n"
    )
    SIZE = 100_000_000

    def __init__(self) -> None:
        self.at = 0

    def read(self, size: int = -1) -> bytes:
        left = self.SIZE - self.at
        size = left if size < 0 else min(size, left)
        piece = self.HEAD[self.at : self.at + size]
        self.at += size
        return piece + b" " * (size - len(piece))


def test_a_file_of_100_mb_is_refused_and_never_held(desk: Client, monkeypatch: Any) -> None:
    held: list[int] = []
    stored = "django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk"
    monkeypatch.setattr(stored, lambda handler, data, start: held.append(len(data)))

    page = desk.generic(
        "POST",
        PAGE,
        **{
            "wsgi.input": Endless(),
            "CONTENT_LENGTH": str(Endless.SIZE),
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
        },
    )

    assert page.status_code == 422
    assert "Ce fichier dépasse 5\u00a0Mo" in page.content.decode()
    assert 0 < sum(held) <= LARGEST_FILE
    assert not Contour.objects.exists()


def test_the_upload_still_wants_its_token(coordinator: Membership) -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(coordinator.user)

    assert send(stranger, geojson()).status_code == 403


def test_contours_are_the_coordination_s_to_change(gp: Membership, cpts: Cpts) -> None:
    with pytest.raises(NotPermitted, match="Seule la coordination"):
        remove_contours(cpts, by=gp)


def test_contours_of_another_cpts_stay(desk: Client, lestrem: Any) -> None:
    other = CptsFactory()
    with open_scope(cpts=other):
        Contour.objects.create(cpts=other, commune=lestrem, rings=[SQUARE])

    desk.post(f"{PAGE}retirer/")

    with open_scope(cpts=other):
        assert Contour.objects.count() == 1
