"""What may still be changed of a document."""

from __future__ import annotations

from members.models import Document

VERSIONED = frozenset({Document.Kind.CHARTER, Document.Kind.STATUTES, Document.Kind.RULES})
"""What members accept or obey: once published it stays, and a correction is a new version."""


def is_versioned(document: Document) -> bool:
    return document.kind in VERSIONED


def is_still_open(document: Document) -> bool:
    """May be edited or thrown away."""
    return document.published_at is None or not is_versioned(document)
