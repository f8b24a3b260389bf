"""The pages of the imports, and when their files are forgotten."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation

from cpts_portal.core import audit, retention
from cpts_portal.core.downloads import csv_text
from members.actions import imports as actions
from members.models import (
    Cpts,
    ImportBatch,
    ImportRow,
    Membership,
)
from members.queries.import_words import model
from tests.factories import (
    ImportBatchFactory,
    ImportRowFactory,
)
from tests.members.conftest import queries_of
from tests.members.imports.files import read, rpps, said, verdicts

pytestmark = pytest.mark.django_db


# --- The pages ------------------------------------------------------------------------------
def bomb() -> bytes:
    """A workbook of two hundred million characters in a few kilobytes."""
    content, book = BytesIO(), BytesIO()
    openpyxl.Workbook().save(book)
    with ZipFile(book) as source, ZipFile(content, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            kept = b" " * 60_000_000 if name.endswith("sheet1.xml") else source.read(name)
            target.writestr(name, kept)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<!doctype html><p>", "page Web"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x01\x02\x03", "lisible"),
        (b"Nom;Pr\xc3\xa9nom;Profession\n", "en-têtes"),
        (bomb(), ""),
    ],
)
def test_a_hostile_file_is_refused_and_the_next_one_is_welcome(
    desk: Client, coordinator: Membership, content: bytes, told: str
) -> None:
    file = SimpleUploadedFile("membres.xlsx", content)

    address = desk.post("/artois-lys/import/", {"file": file})["Location"]
    desk.post(f"{address}lire/")

    page = desk.get(address).content.decode()
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.file, told in batch.error) == ("failed", None, True)
    assert "Déposer un autre fichier" in page


@pytest.mark.parametrize(("content", "told"), [(b"", "vide"), (b"x" * 5_000_001, "dépasse 5")])
def test_an_empty_file_and_one_too_heavy_stop_at_the_door(
    desk: Client, coordinator: Membership, content: bytes, told: str
) -> None:

    page = desk.post("/artois-lys/import/", {"file": SimpleUploadedFile("m.csv", content)})

    assert (page.status_code, told in page.content.decode()) == (422, True)
    assert ImportBatch.objects.count() == 0


def test_a_workbook_is_read_like_a_text(
    desk: Client, coordinator: Membership, tmp_path: Any
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Nom", "Prénom", "Profession", "RPPS", "Adhésion"])
    book.active.append(["Inventé", "Zoë", "MG", int(rpps(1)), timezone.localdate()])
    book.save(tmp_path / "membres.xlsx")

    batch = actions.upload((tmp_path / "membres.xlsx").read_bytes(), name="m.xlsx", by=coordinator)
    actions.read(batch, by=audit.SYSTEM)

    assert (verdicts(batch), batch.rows.get().data["cells"]["rpps"]) == (["ready"], rpps(1))


def test_the_model_is_a_file_that_we_can_read(coordinator: Membership) -> None:
    header, rows = model()
    batch = actions.upload(csv_text(header, rows).encode(), name="modele.csv", by=coordinator)

    actions.read(batch, by=audit.SYSTEM)

    batch.refresh_from_db()
    assert (batch.ignored_columns, verdicts(batch)) == ([], ["ready", "ready"])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_model_is_read_in_french_whatever_its_language(
    coordinator: Membership, language: str
) -> None:
    with translation.override(language):
        header, rows = model()

    batch = actions.upload(csv_text(header, rows).encode(), name="m.csv", by=coordinator)

    actions.read(batch, by=audit.SYSTEM)
    batch.refresh_from_db()
    assert (batch.status, batch.ignored_columns) == ("read", [])


def test_results_come_back_as_a_file_to_mend(desk: Client, coordinator: Membership) -> None:
    batch = read(coordinator, "=Inventé;Zoë;;+33639980011;MG;")

    answer = desk.get(f"/artois-lys/import/{batch.pk}/resultat.csv")

    text = answer.content.decode("utf-8-sig")
    assert text.splitlines()[1].startswith("'=Inventé;Zoë;;'+33639980011;MG;")
    assert "à corriger" in text
    again = actions.upload(answer.content, name="resultat.csv", by=coordinator)
    actions.read(again, by=audit.SYSTEM)
    assert ("phone", "phone") not in said(again)


def test_choose_comes_back_to_the_line(desk: Client, coordinator: Membership) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;", "Inventé;Zoë;;;kiné;")
    row = batch.rows.get(line=3)

    answer = desk.post(
        f"/artois-lys/import/{batch.pk}/lignes/{row.pk}/", {"choice": "add", "vue": "homonymes"}
    )

    assert answer["Location"].endswith("?vue=homonymes&page=1#ligne-3")
    row.refresh_from_db()
    assert row.choice == "add"


def test_a_second_click_on_apply_answers_with_a_sentence(
    desk: Client, coordinator: Membership
) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;")

    first, second = (desk.post(f"/artois-lys/import/{batch.pk}/importer/") for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 409)


def test_the_detail_takes_as_many_queries_at_three_lines_as_at_one(
    desk: Client, cpts: Cpts, coordinator: Membership
) -> None:
    batch = ImportBatchFactory(cpts=cpts, created_by=coordinator)
    ImportRowFactory(batch=batch)
    address = f"/artois-lys/import/{batch.pk}/"
    one = queries_of(desk, address)

    ImportRowFactory.create_batch(2, batch=batch)

    assert queries_of(desk, address) == one


def test_the_list_takes_as_many_queries_at_three_imports_as_at_one(
    desk: Client, cpts: Cpts, coordinator: Membership
) -> None:
    ImportBatchFactory(cpts=cpts, created_by=coordinator)
    one = queries_of(desk, "/artois-lys/import/")

    ImportBatchFactory.create_batch(2, cpts=cpts, created_by=coordinator)

    assert queries_of(desk, "/artois-lys/import/") == one


# --- The calendar of erasure ----------------------------------------------------------------
def test_a_closed_import_and_its_lines_go_after_thirty_days(
    cpts: Cpts, coordinator: Membership
) -> None:
    batch = read(coordinator, "Inventé;Zoë;;;MG;")
    actions.apply(batch, by=coordinator)
    waiting = ImportBatchFactory(cpts=cpts, created_by=coordinator)

    retention.run(timezone.now() + timedelta(days=29))
    kept = ImportBatch.objects.count()
    retention.run(timezone.now() + timedelta(days=31))

    assert (kept, ImportBatch.objects.filter(pk__in=[batch.pk, waiting.pk]).count()) == (2, 0)
    assert (ImportRow.objects.count(), Membership.objects.count()) == (0, 2)
