"""Writing the association's documents: a draft, its publication, the next version."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import Refused
from members.models import Cpts, Document, Membership
from members.queries import documents as queries
from members.rules.documents import is_still_open, is_versioned


@dataclass(frozen=True)
class Pdf:
    """A file as it was sent, already judged to be a PDF of a fair size."""

    name: str
    content: bytes


@transaction.atomic
def write(
    cpts: Cpts, *, kind: str, title: str, body: str, pdf: Pdf | None, by: Membership
) -> Document:
    """Begin a document, unpublished; of a charter, statutes or rules it is the next version."""
    Cpts.objects.select_for_update(no_key=True).get(pk=cpts.pk)
    document = Document(cpts=cpts, kind=kind, created_by=by, version=queries.next_version(kind))
    _fill(document, title=title, body=body, pdf=pdf)
    document.save()
    audit.record(document, "write", by=by)
    return document


@transaction.atomic
def edit(document: Document, *, title: str, body: str, pdf: Pdf | None, by: Membership) -> Document:
    """Correct what may still be; raises Refused for a published charter, statutes or rules."""
    document = _lock_open(document)
    _fill(document, title=title, body=body, pdf=pdf)
    document.save()
    audit.record(document, "edit", by=by)
    return document


@transaction.atomic
def publish(document: Document, *, by: Membership) -> Document:
    """Put it in force; twice is once. Raises Refused when a later version is in force already."""
    document = _lock(document)
    if document.published_at is not None:
        return document
    in_force = queries.current(Document.Kind(document.kind))
    if is_versioned(document) and in_force and in_force.version > document.version:
        raise Refused(_("Une version plus récente est déjà publiée."))
    document.published_at = timezone.now()
    document.save(update_fields=["published_at"])
    audit.record(document, "publish", by=by)
    return document


@transaction.atomic
def discard(document: Document, *, by: Membership) -> None:
    """Throw away a draft, or a document of the kit; raises Refused for what was in force."""
    document = _lock_open(document)
    audit.record(document, "discard", by=by)
    try:
        with transaction.atomic():
            document.delete()
    except IntegrityError:
        raise Refused(_("Ce document est cité ailleurs : il reste.")) from None


def _fill(document: Document, *, title: str, body: str, pdf: Pdf | None) -> None:
    document.title, document.body = title, body
    if pdf is not None:
        document.file, document.file_name = pdf.content, pdf.name


def _lock(document: Document) -> Document:
    locked = Document.objects.select_for_update(no_key=True).filter(pk=document.pk).first()
    if locked is None:
        raise Refused(_("Ce document n’est plus là."))
    return locked


def _lock_open(document: Document) -> Document:
    document = _lock(document)
    if not is_still_open(document):
        raise Refused(_("Un texte publié ne change plus : écrivez-en une nouvelle version."))
    return document
