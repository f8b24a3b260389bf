"""The association's documents: what is in force, what was, what is being written."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from members.models import Document
from members.rules.applications import Texts
from members.rules.documents import VERSIONED

Kind = Document.Kind


def documents() -> QuerySet[Document]:
    """Of the open CPTS, without the bytes of their files."""
    return Document.objects.defer("file").select_related("created_by__user")


def current(kind: Document.Kind) -> Document | None:
    """The highest published version of a charter, statutes or rules."""
    return published(kind).first()


def published(kind: str) -> QuerySet[Document]:
    """The newest first."""
    return documents().filter(kind=kind, published_at__isnull=False).order_by("-version", "-pk")


def texts() -> Texts:
    """What one accepts on joining, in one query."""
    newest: dict[str, Document] = {}
    kinds = [Kind.CHARTER, Kind.STATUTES]
    found = documents().filter(kind__in=kinds, published_at__isnull=False)
    for text in found.order_by("version"):
        newest[text.kind] = text
    return Texts(newest.get(Kind.CHARTER), newest.get(Kind.STATUTES))


def library() -> list[tuple[str, list[Document]]]:
    """(label, documents) by kind, for every member: of versioned texts the one in force."""
    shelves: dict[str, list[Document]] = {kind: [] for kind in Kind.values}
    found = documents().filter(published_at__isnull=False)
    for document in found.order_by("position", "-version", "pk"):
        shelf = shelves[document.kind]
        if document.kind not in VERSIONED or not shelf:
            shelf.append(document)
    return [(str(Kind(kind).label), shelf) for kind, shelf in shelves.items() if shelf]


def drafts() -> QuerySet[Document]:
    """Written, not published: for the desk."""
    return documents().filter(published_at=None).order_by("kind", "pk")


def readable(*, by_desk: bool) -> QuerySet[Document]:
    """Past versions too: a member may read again what she accepted."""
    return documents() if by_desk else documents().filter(published_at__isnull=False)


def versions_of(document: Document) -> list[Document]:
    """The published versions of a versioned text, the newest first; none of a kit document."""
    return list(published(document.kind)) if document.kind in VERSIONED else []


def next_version(kind: str) -> int:
    """1 for a kind without versions, or without any yet."""
    if kind not in VERSIONED:
        return 1
    last = Document.objects.filter(kind=kind).order_by("-version").first()
    return last.version + 1 if last else 1


def public(kind: str) -> Document | None:
    """A text that an applicant may read without account: the charter and statutes in force."""
    return published(kind).filter(Q(kind=Kind.CHARTER) | Q(kind=Kind.STATUTES)).first()


def content_of(document: Document) -> bytes:
    """The bytes of its file; b"" without one."""
    file: Any = document.file
    return bytes(file or b"")
