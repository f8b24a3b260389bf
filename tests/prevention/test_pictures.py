"""Pictures that arrive: drawn anew, made smaller, and refused in French when they are not ones."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from cpts_portal.core import pictures
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.pictures import NotAPicture, redraw
from members.models import Cpts, Membership
from prevention.actions import pages
from prevention.models import LARGEST_PICTURE, CampaignPage, Picture
from tests.prevention.makers import CampaignPageFactory

pytestmark = pytest.mark.django_db

SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def page(cpts: Cpts) -> CampaignPage:
    made: CampaignPage = CampaignPageFactory(campaign__cpts=cpts)
    return made


def photo(
    size: tuple[int, int] = (40, 30), kind: str = "JPEG", mode: str = "RGB", **saved: Any
) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, 120 if mode in ("L", "P") else (200, 30, 90, 255)[: len(mode)]).save(
        written, kind, **saved
    )
    return written.getvalue()


def turned_photo() -> bytes:
    """40 × 30, to be shown upright, with where it was taken and by whom."""
    told = Image.Exif()
    told[0x0112], told[0x010F] = 6, "Appareil de Odette"
    told.get_ifd(0x8825)[1] = "N"
    return photo(exif=told)


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small PNG whose header promises an enormous picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0"))


def chunk(name: bytes, content: bytes) -> bytes:
    """One piece of a PNG, with its length and its sum."""
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def send(desk: Client, page: CampaignPage, content: bytes, **more: Any) -> Any:
    sent = SimpleUploadedFile(more.pop("name", "photo.jpg"), content, "image/jpeg")
    address = reverse("prevention:picture_add", args=[page.cpts.slug, page.pk])
    return desk.post(address, {"image-alt": "Un ruban rose", **more, "image-file": sent})


# --- Drawing anew ---------------------------------------------------------------------------
def test_a_photo_is_drawn_upright_without_its_metadata() -> None:
    drawn = redraw(turned_photo(), longest=1600)

    kept = Image.open(io.BytesIO(drawn.content))
    assert (kept.format, kept.size, (drawn.width, drawn.height)) == ("WEBP", (30, 40), (30, 40))
    assert dict(kept.getexif()) == {}
    assert b"Odette" not in drawn.content


@pytest.mark.parametrize(
    ("sent", "kept"),
    [((4000, 2000), (1600, 800)), ((9000, 2), (1600, 1)), ((1600, 1600), (1600, 1600))],
)
def test_a_large_photo_is_made_smaller(sent: tuple[int, int], kept: tuple[int, int]) -> None:
    drawn = redraw(photo(sent), longest=LARGEST_PICTURE)

    assert (drawn.width, drawn.height) == kept


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", "RGBA"), ("PNG", "L"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGB"), ("JPEG", "CMYK")],
)
def test_what_people_have_is_taken(kind: str, mode: str) -> None:
    drawn = redraw(photo(kind=kind, mode=mode), longest=1600)

    assert (drawn.width, drawn.height) == (40, 30)


def test_transparency_stays() -> None:
    drawn = redraw(photo(kind="PNG", mode="RGBA"), longest=1600)

    assert Image.open(io.BytesIO(drawn.content)).format == "WEBP"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (SVG, "Un dessin SVG peut cacher un programme"),
        (b"\xef\xbb\xbf <svg onload='x'/>", "Un dessin SVG peut cacher un programme"),
        (b"%PDF-1.7 rien", "n’est pas une image lisible"),
        (b"BM" + b"\0" * 200, "n’est pas une image lisible"),
        (b"MZ\x90\0" * 40, "n’est pas une image lisible"),
        (bomb(), "trop de points"),
        (bomb(7000, 6000), "trop de points"),
        (photo((400, 300))[:600], "Cette image est abîmée"),
        (bomb(100, 100), "Cette image est abîmée"),
    ],
    ids=["svg", "bare svg", "pdf", "bmp", "exe", "vast", "too vast", "cut", "empty"],
)
def test_what_is_no_picture_is_told_in_french(content: bytes, sentence: str) -> None:
    with pytest.raises(NotAPicture, match=sentence):
        redraw(content, longest=1600)


def test_pictures_of_many_points_have_a_limit() -> None:
    most = max(pictures.MOST_PIXELS, pictures.MOST_PIXELS_OF_A_PHOTO)

    assert most < Image.MAX_IMAGE_PIXELS


# --- At the desk ----------------------------------------------------------------------------
def test_a_picture_is_added_with_its_words_and_traced(desk: Client, page: CampaignPage) -> None:
    response = send(desk, page, photo())

    picture = page.pictures.get()
    assert response.status_code == 302
    assert (picture.alt, picture.width, picture.height) == ("Un ruban rose", 40, 30)
    assert AuditEntry.objects.get(subject_kind="prevention.picture").verb == "add"


def test_a_picture_that_nobody_describes_is_refused(desk: Client, page: CampaignPage) -> None:
    response = send(desk, page, photo(), **{"image-alt": " "})

    assert (response.status_code, Picture.objects.count()) == (422, 0)
    assert "Décrivez l’image en une phrase" in response.content.decode()


def test_fifty_megabytes_are_let_go_of_with_a_sentence(desk: Client, page: CampaignPage) -> None:
    response = send(desk, page, b"\xff\xd8" + b"\0" * 50 * 1024 * 1024)

    shown = response.content.decode()
    assert (response.status_code, Picture.objects.count()) == (422, 0)
    assert "Cette image pèse plus de 8\u00a0Mo" in shown
    assert 'value="Un ruban rose"' in shown


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (SVG, "Un dessin SVG peut cacher un programme"),
        (b"", "Ce fichier est vide."),
        (bomb(), "trop de points"),
    ],
    ids=["svg", "empty", "vast"],
)
def test_a_bad_file_keeps_what_was_typed(
    desk: Client, page: CampaignPage, content: bytes, sentence: str
) -> None:
    response = send(desk, page, content, name="ruban.svg")

    shown = response.content.decode()
    assert (response.status_code, Picture.objects.count()) == (422, 0)
    assert sentence in shown
    assert 'value="Un ruban rose"' in shown


def test_a_page_bears_twelve_pictures(
    desk: Client, page: CampaignPage, coordinator: Membership
) -> None:
    drawn = redraw(photo(), longest=1600)
    for _one in range(pages.MOST_PICTURES):
        pages.add_picture(page, drawn, alt="Un ruban", by=coordinator)

    response = send(desk, page, photo())

    assert (response.status_code, page.pictures.count()) == (409, 12)
    assert "Une page a 12 images au plus" in response.content.decode()


def test_a_picture_is_described_anew_then_removed(
    desk: Client, page: CampaignPage, cpts: Cpts
) -> None:
    send(desk, page, photo())
    picture = page.pictures.get()

    desk.post(
        reverse("prevention:picture_edit", args=[cpts.slug, picture.pk]), {"alt": "Deux rubans"}
    )
    described = page.pictures.get().alt
    desk.post(reverse("prevention:picture_remove", args=[cpts.slug, picture.pk]))

    assert (described, page.pictures.count()) == ("Deux rubans", 0)


def test_a_picture_is_served_as_itself_and_runs_nothing(
    desk: Client, page: CampaignPage, cpts: Cpts
) -> None:
    send(desk, page, photo())

    response = desk.get(
        reverse("prevention:picture_file", args=[cpts.slug, page.pictures.get().pk])
    )

    assert response["Content-Type"] == "image/webp"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(response.content)).size == (40, 30)


def test_pictures_of_a_closed_campaign_stay_as_they_are(desk: Client, page: CampaignPage) -> None:
    page.campaign.status = "closed"
    page.campaign.closed_at = page.campaign.published_at
    page.campaign.save()

    response = send(desk, page, photo())

    assert (response.status_code, page.pictures.count()) == (409, 0)
