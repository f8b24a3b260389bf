"""What the association forgets, and when: forms left unfinished, candidates who did not join."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import audit, retention
from cpts_portal.core.models import Message
from members.models import Application, ApplicationPlace

ERASED = "—"
"""Stands for an address that the database requires and nobody may read any more."""
NAMED = ("title", "first_name", "last_name", "rpps", "organisation", "other_skills", "mssante")


# --- Applications -----------------------------------------------------------------------------
def _old_drafts(before: datetime) -> QuerySet[Application]:
    return Application.objects.filter(status=Application.Status.DRAFT, updated_at__lt=before)


@retention.rule(
    "members.application_drafts", _("brouillons de candidature"), after="draft", due=_old_drafts
)
def delete_application_drafts(keys: list[Any]) -> None:
    _blank_messages_about("members.application", keys)
    _forget_history(keys)
    Application.objects.filter(pk__in=keys).delete()


def _long_refused(before: datetime) -> QuerySet[Application]:
    """Refused or withdrawn before that moment, not erased yet."""
    ended = [Application.Status.REFUSED, Application.Status.WITHDRAWN]
    closed = Application.objects.filter(status__in=ended, closed_at__lt=before)
    return closed.exclude(email=ERASED)


@retention.rule(
    "members.refused_applications",
    _("identité des candidatures refusées ou retirées"),
    after="refused_application",
    due=_long_refused,
)
def erase_applications(keys: list[Any]) -> None:
    """Forget who it was; the college, the profession, the states and the dates remain."""
    _blank_messages_about("members.application", keys)
    audit.erase_reasons("members.application", keys)
    ApplicationPlace.objects.filter(application__in=keys).delete()
    Application.skills.through._base_manager.filter(application__in=keys).delete()
    Application.languages.through._base_manager.filter(application__in=keys).delete()
    nameless = dict.fromkeys(NAMED, "")
    Application.objects.filter(pk__in=keys).update(
        **nameless,
        email=ERASED,
        phone="",
        words="",
        decision_reason="",
        token_hash="",
        code_hash="",
    )
    _forget_history(keys)


def _forget_history(keys: list[Any]) -> None:
    history: Any = Application.pgh_event_model  # type: ignore[attr-defined]
    kept = [name for name in NAMED if name in {field.name for field in history._meta.fields}]
    history.objects.filter(pgh_obj__in=keys).update(**dict.fromkeys(kept, ""))


# --- Shared -------------------------------------------------------------------------------------
def _blank_messages_about(kind: str, subjects: list[Any]) -> None:
    ids = [str(subject) for subject in subjects]
    about = Message.objects.filter(subject_kind=kind, subject_id__in=ids).exclude(recipient="")
    retention.blank_messages(list(about.values_list("pk", flat=True)))
