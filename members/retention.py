"""What the association forgets, and when: members who left, candidates who did not join."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cpts_portal.core import audit, outbox, retention
from cpts_portal.core.models import Message
from members import sessions
from members.actions import unused_accounts
from members.models import (
    Ad,
    AdMessage,
    Application,
    ApplicationPlace,
    Attendance,
    Delegation,
    FactorReset,
    ImportBatch,
    ImportRow,
    Invitation,
    Mandate,
    Membership,
    Practice,
    PracticeMember,
    RppsDifference,
    Subscription,
    Suggestion,
    User,
    Welcome,
)

NOTHING_LEFT: dict[str, Any] = {
    **dict.fromkeys(("rpps", "organisation", "phone", "email", "mssante", "end_note"), ""),
    "other_skills": "",
    "public_fields": [],
}
"""What the constraint `membership_erased_keeps_nothing` wants, and the organisation with it."""


# --- Members ------------------------------------------------------------------------------------
def _long_gone(before: datetime) -> QuerySet[Membership]:
    return Membership.objects.filter(erased_at=None, ends_on__lt=timezone.localdate(before))


@retention.rule("members.left", _("dossier des membres partis"), after="member", due=_long_gone)
def erase_members(keys: list[Any]) -> None:
    """Forget who they were; dates, roles, mandates, presences and fees remain, without a name."""
    gone = list(Membership.objects.select_related("user").filter(pk__in=keys))
    _blank_messages_to(gone)
    for model, rows in _told_of(keys).items():
        _forget_words_about(model, rows)
    _erase_applications(keys)
    _delete_what_was_hers(keys)
    _empty(keys)
    erase_users({membership.user_id for membership in gone})


def _told_of(keys: list[Any]) -> dict[type[models.Model], list[Any]]:
    """The rows about these members that messages and traces may speak of, by table."""
    hers: dict[type[models.Model], QuerySet[Any]] = {
        Subscription: Subscription.objects.filter(membership__in=keys),
        Mandate: Mandate.objects.filter(membership__in=keys),
        Attendance: Attendance.objects.filter(membership__in=keys),
        Invitation: Invitation.objects.filter(membership__in=keys),
        FactorReset: FactorReset.objects.filter(membership__in=keys),
        Welcome: Welcome.objects.filter(membership__in=keys),
        Application: Application.objects.filter(membership__in=keys),
        Ad: Ad.objects.filter(author__in=keys),
        AdMessage: AdMessage.objects.filter(author__in=keys),
        Suggestion: Suggestion.objects.filter(author__in=keys),
        Delegation: _delegations_of(keys),
        RppsDifference: RppsDifference.objects.filter(membership__in=keys),
    }
    told = {model: list(rows.values_list("pk", flat=True)) for model, rows in hers.items()}
    return {Membership: keys, **told}


def _delegations_of(keys: list[Any]) -> QuerySet[Delegation]:
    given = Delegation.objects.filter(principal__in=keys)
    return given | Delegation.objects.filter(delegate__in=keys)


def _forget_words_about(model: type[models.Model], rows: list[Any]) -> None:
    """Messages about these rows, reasons of their traces, their names in the admin's journal."""
    kind = model._meta.label_lower
    retention.blank_messages_about(kind, rows)
    audit.erase_reasons(kind, rows)
    journal = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    journal.filter(object_id__in=map(str, rows)).update(object_repr="", change_message="")


def _blank_messages_to(gone: list[Membership]) -> None:
    """What this CPTS had sent to their addresses, and is settled."""
    for membership in gone:
        invited = Invitation.objects.filter(membership=membership)
        contacts = {
            *(membership.email, membership.phone, membership.mssante, membership.user.email),
            *invited.values_list("email", flat=True),
        }
        _blank_settled(Message.objects.filter(cpts=membership.cpts_id), contacts)


def _blank_settled(messages: QuerySet[Message], contacts: Iterable[str | None]) -> None:
    hashes = [outbox.recipient_hash(contact) for contact in contacts if contact]
    sent = messages.filter(recipient_hash__in=hashes, status__in=retention.SETTLED)
    retention.blank_messages(list(sent.values_list("pk", flat=True)))


def _erase_applications(keys: list[Any]) -> None:
    """The application that made them members, with its history."""
    rows = Application.objects.filter(membership__in=keys)
    _history(Application).filter(pgh_obj__in=list(rows.values_list("pk", flat=True))).delete()
    rows.delete()


def _delete_what_was_hers(keys: list[Any]) -> None:
    """Ads with their talks, keys, path of arrival, places; what is published loses its author."""
    Ad.objects.filter(author__in=keys).delete()
    AdMessage.objects.filter(author__in=keys).delete()
    AdMessage.objects.filter(correspondent__in=keys).delete()
    Suggestion.objects.filter(author__in=keys, is_published=False).delete()
    Suggestion.objects.filter(author__in=keys).update(author=None)
    for model in (Invitation, FactorReset, Welcome, RppsDifference):
        model.objects.filter(membership__in=keys).delete()
    _delegations_of(keys).delete()
    ImportRow.objects.filter(membership__in=keys).update(data={}, problems=[])
    _delete_places(keys)


def _delete_places(keys: list[Any]) -> None:
    """Her places of work, and those where nobody else works nor applies."""
    hers = list(
        PracticeMember.objects.filter(membership__in=keys).values_list("practice", flat=True)
    )
    PracticeMember.objects.filter(membership__in=keys).delete()
    Practice.objects.filter(pk__in=hers, places=None, applicationplace=None).delete()


def _empty(keys: list[Any]) -> None:
    rows = Membership.objects.filter(pk__in=keys)
    for link in (Membership.skills.through, Membership.languages.through):
        link.objects.filter(membership__in=keys).delete()
    rows.update(**NOTHING_LEFT, wants_minutes=False, wants_ads=False, erased_at=timezone.now())
    kept = {name: NOTHING_LEFT[name] for name in ("rpps", "organisation", "other_skills")}
    _history(Membership).filter(pgh_obj__in=keys).update(**kept, public_fields=[])


def _history(model: Any) -> Any:
    """The rows that django-pghistory's triggers wrote about a model."""
    return model.pgh_event_model.objects


# --- Their accounts -----------------------------------------------------------------------------
def erase_users(keys: Iterable[Any]) -> None:
    """Close and empty the accounts that no membership needs any more; the staff's stay."""
    living = Membership.objects.filter(user=OuterRef("pk"), erased_at=None)
    users = User.objects.filter(~Exists(living), pk__in=list(keys), is_staff=False, erased_at=None)
    for user in users:
        _erase_user(user)


def _erase_user(user: User) -> None:
    addresses = EmailAddress.objects.filter(user=user)
    _blank_settled(Message.objects.all(), {user.email, *addresses.values_list("email", flat=True)})
    _forget_words_about(User, [user.pk])
    addresses.delete()
    Authenticator.objects.filter(user=user).delete()
    sessions.end_all(user)
    User.objects.filter(pk=user.pk).update(
        username=f"efface-{secrets.token_hex(8)}",
        password=make_password(None),
        email=None,
        title="",
        first_name="",
        last_name="",
        is_active=False,
        last_login=None,
        erased_at=timezone.now(),
    )


def _unused(before: datetime) -> QuerySet[User]:
    return unused_accounts.to_close(before)


@retention.rule(
    "members.unused_accounts", _("comptes inutilisés"), after="unused_account", due=_unused
)
def close_unused_accounts(keys: list[Any]) -> None:
    """Closed, and told; nothing is erased yet."""
    for user in User.objects.filter(pk__in=keys):
        unused_accounts.close(user)


# --- Keys ---------------------------------------------------------------------------------------
def _old_invitations(before: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(expires_at__lt=before)


@retention.rule(
    "members.invitations", _("invitations expirées"), after="invitation", due=_old_invitations
)
def delete_invitations(keys: list[Any]) -> None:
    retention.blank_messages_about("members.invitation", keys)
    Invitation.objects.filter(pk__in=keys).delete()


def _old_resets(before: datetime) -> QuerySet[FactorReset]:
    return FactorReset.objects.filter(opened_at__lt=before)


@retention.rule(
    "members.factor_resets",
    _("remises à zéro de la deuxième protection"),
    after="factor_reset",
    due=_old_resets,
)
def delete_factor_resets(keys: list[Any]) -> None:
    """That it happened, and by whom, stays in the traces."""
    retention.blank_messages_about("members.factorreset", keys)
    FactorReset.objects.filter(pk__in=keys).delete()


# --- Applications that made nobody a member -----------------------------------------------------
NO_ADDRESS = "—"
"""Stands for an address that the database requires and nobody may read any more."""
NAMED = ("title", "first_name", "last_name", "rpps", "organisation", "other_skills", "mssante")


def _old_drafts(before: datetime) -> QuerySet[Application]:
    return Application.objects.filter(status=Application.Status.DRAFT, updated_at__lt=before)


@retention.rule(
    "members.application_drafts", _("brouillons de candidature"), after="draft", due=_old_drafts
)
def delete_application_drafts(keys: list[Any]) -> None:
    retention.blank_messages_about("members.application", keys)
    _history(Application).filter(pgh_obj__in=keys).delete()
    Application.objects.filter(pk__in=keys).delete()


def _long_refused(before: datetime) -> QuerySet[Application]:
    """Refused or withdrawn before that moment, not erased yet."""
    ended = (Application.Status.REFUSED, Application.Status.WITHDRAWN)
    closed = Application.objects.filter(status__in=ended, closed_at__lt=before)
    return closed.exclude(email=NO_ADDRESS)


@retention.rule(
    "members.refused_applications",
    _("identité des candidatures refusées ou retirées"),
    after="refused_application",
    due=_long_refused,
)
def erase_applications(keys: list[Any]) -> None:
    """Forget who it was; the college, the profession, the states and the dates remain."""
    retention.blank_messages_about("members.application", keys)
    audit.erase_reasons("members.application", keys)
    for told in (ApplicationPlace, Application.skills.through, Application.languages.through):
        told._base_manager.filter(application__in=keys).delete()
    Application.objects.filter(pk__in=keys).update(
        **dict.fromkeys((*NAMED, "phone", "words", "decision_reason"), ""),
        **dict.fromkeys(("token_hash", "code_hash"), ""),
        email=NO_ADDRESS,
    )


def _old_imports(before: datetime) -> QuerySet[ImportBatch]:
    """Closed before that moment, or never decided since."""
    return ImportBatch.objects.filter(
        Q(closed_at__lt=before) | Q(closed_at=None, created_at__lt=before)
    )


@retention.rule(
    "members.imports", _("fichiers de membres importés"), after="import", due=_old_imports
)
def delete_imports(keys: list[Any]) -> None:
    """The members that it brought stay; the traces say how many they were."""
    ImportBatch.objects.filter(pk__in=keys).delete()
