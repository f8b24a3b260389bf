"""Documents: versions of what one accepts, a kit that one corrects, PDFs and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import Refused
from members.actions import documents as actions
from members.actions.documents import Pdf
from members.models import LARGEST_FILE, Cpts, Document, Membership
from members.queries import documents as queries
from tests.factories import ApplicationFactory, DocumentFactory
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n..."


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    """The coordination's browser."""
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def reader(gp: Membership, settings: Any) -> Client:
    """A member's browser."""
    settings.SECOND_FACTOR_REQUIRED = False
    browser = Client()
    browser.force_login(gp.user)
    return browser


def at(cpts: Cpts, *parts: object) -> str:
    return "/".join(["", cpts.slug, "documents", *map(str, parts), ""])


def typed(**changes: Any) -> dict[str, Any]:
    return {"kind": "charter", "title": "Charte", "body": "Ensemble.", "then": "publish", **changes}


# --- Versions -------------------------------------------------------------------------------
def test_the_next_charter_is_a_version_and_the_one_before_stays(desk: Client, cpts: Cpts) -> None:
    desk.post(at(cpts, "nouveau"), typed())
    desk.post(at(cpts, "nouveau"), typed(body="Mieux ensemble."))

    told = Document.objects.order_by("version").values_list("version", "body")
    assert list(told) == [(1, "Ensemble."), (2, "Mieux ensemble.")]
    current = queries.current(Document.Kind.CHARTER)
    assert current is not None
    assert current.version == 2


def test_a_draft_is_not_in_force_until_published(desk: Client, reader: Client, cpts: Cpts) -> None:
    desk.post(at(cpts, "nouveau"), typed(then="keep"))
    draft = Document.objects.get()
    before = queries.current(Document.Kind.CHARTER), reader.get(at(cpts, draft.pk)).status_code

    for _click in range(2):
        desk.post(at(cpts, draft.pk, "publier"))

    assert before == (None, 404)
    assert queries.current(Document.Kind.CHARTER) == draft
    assert AuditEntry.objects.filter(verb="publish").count() == 1


def test_a_published_charter_is_neither_edited_nor_discarded(
    desk: Client, cpts: Cpts, coordinator: Membership
) -> None:
    charter = DocumentFactory(cpts=cpts)

    answers = [
        desk.post(at(cpts, charter.pk, "modifier"), typed(body="Autre")).status_code,
        desk.post(at(cpts, charter.pk, "supprimer")).status_code,
    ]

    charter.refresh_from_db()
    assert (answers, charter.body) == ([409, 409], "Nous travaillons ensemble.")


def test_an_older_draft_is_not_published_over_a_newer_version(
    cpts: Cpts, coordinator: Membership
) -> None:
    older = DocumentFactory(cpts=cpts, published_at=None)
    DocumentFactory(cpts=cpts, version=2)

    with pytest.raises(Refused):
        actions.publish(older, by=coordinator)


def test_a_document_of_the_kit_is_corrected_and_discarded(desk: Client, cpts: Cpts) -> None:
    kit = DocumentFactory(cpts=cpts, kind="kit", title="Guide")

    edited = desk.post(at(cpts, kit.pk, "modifier"), {"title": "Le guide", "body": "Neuf"})
    kit.refresh_from_db()
    discarded = desk.post(at(cpts, kit.pk, "supprimer"))

    assert (edited.status_code, kit.title, kit.body) == (302, "Le guide", "Neuf")
    assert (discarded.url, Document.objects.count()) == (at(cpts), 0)


def test_a_new_version_begins_from_the_one_in_force(desk: Client, cpts: Cpts) -> None:
    DocumentFactory(cpts=cpts)

    page = desk.get(at(cpts, "nouveau"), {"type": "charter"})

    assert page.context["form"].initial["body"] == "Nous travaillons ensemble."


# --- Files ----------------------------------------------------------------------------------
def test_a_pdf_is_kept_and_given_as_a_download(desk: Client, reader: Client, cpts: Cpts) -> None:
    sent = SimpleUploadedFile("../../Statuts signés.pdf", PDF, "application/pdf")
    desk.post(at(cpts, "nouveau"), typed(kind="statutes", title="Statuts", body="", pdf=sent))
    statutes = Document.objects.get()

    file = reader.get(at(cpts, statutes.pk, "pdf"))

    assert (statutes.file_name, file.content) == ("Statuts signés.pdf", PDF)
    assert file["Content-Disposition"] == 'attachment; filename="statuts-v1.pdf"'
    assert (file["Content-Type"], file["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><script>", "Ce fichier n’est pas un PDF."),
        (b"", "Ce fichier est vide."),
        (PDF + b"0" * LARGEST_FILE, "Ce fichier pèse plus de 5\u00a0Mo\u00a0: allégez-le."),
    ],
    ids=["html", "empty", "large"],
)
def test_what_is_no_pdf_of_a_fair_size_is_refused(
    desk: Client, cpts: Cpts, content: bytes, said: str
) -> None:
    sent = SimpleUploadedFile("charte.pdf", content, "application/pdf")

    answer = desk.post(at(cpts, "nouveau"), typed(pdf=sent))

    assert (answer.status_code, Document.objects.count()) == (422, 0)
    assert [e.replace(" ", "\u00a0") for e in answer.context["form"].errors["pdf"]] == [
        said.replace(" ", "\u00a0")
    ]
    assert "Ensemble." in answer.text


def test_a_document_says_something(desk: Client, cpts: Cpts) -> None:
    answer = desk.post(at(cpts, "nouveau"), typed(body=""))

    assert answer.context["form"].errors == {"body": ["Écrivez le texte, ou joignez un PDF."]}


def test_a_file_stays_when_no_other_is_sent(cpts: Cpts, coordinator: Membership) -> None:
    pdf = Pdf(name="guide.pdf", content=PDF)
    kit = actions.write(cpts, kind="kit", title="Guide", body="", pdf=pdf, by=coordinator)

    actions.edit(kit, title="Le guide", body="", pdf=None, by=coordinator)

    kit.refresh_from_db()
    assert (kit.title, kit.file_name, queries.content_of(kit)) == ("Le guide", "guide.pdf", PDF)


def test_a_text_alone_has_no_file(reader: Client, cpts: Cpts) -> None:
    assert reader.get(at(cpts, DocumentFactory(cpts=cpts).pk, "pdf")).status_code == 404


# --- Who reads, who writes ------------------------------------------------------------------
def test_members_read_what_is_in_force_and_the_versions_before(reader: Client, cpts: Cpts) -> None:
    first, second = DocumentFactory(cpts=cpts), DocumentFactory(cpts=cpts, version=2)
    DocumentFactory(cpts=cpts, kind="kit", published_at=None)
    DocumentFactory()

    library = reader.get(at(cpts))

    assert library.context["shelves"] == [("charte", [second])]
    assert reader.get(at(cpts, first.pk)).context["versions"] == [second, first]


def test_members_do_not_write(reader: Client, cpts: Cpts) -> None:
    charter = DocumentFactory(cpts=cpts, published_at=None)

    acts = [at(cpts, "nouveau"), *(at(cpts, charter.pk, act) for act in ("modifier", "publier"))]

    assert [reader.post(act, typed()).status_code for act in acts] == [403, 403, 403]


def test_a_charter_that_a_candidate_accepted_is_kept(cpts: Cpts, coordinator: Membership) -> None:
    kit = DocumentFactory(cpts=cpts, kind="kit")
    ApplicationFactory(cpts=cpts, charter=kit)

    with pytest.raises(Refused):
        actions.discard(kit, by=coordinator)

    assert Document.objects.count() == 1


def test_the_library_takes_as_many_queries_for_three_as_for_one(reader: Client, cpts: Cpts) -> None:
    DocumentFactory(cpts=cpts, kind="kit")
    one = queries_of(reader, at(cpts))
    for _more in range(2):
        DocumentFactory(cpts=cpts, kind="kit")

    assert queries_of(reader, at(cpts)) == one
