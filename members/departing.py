"""What the association knows of one member, section by section, in the words of its screens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.usersessions.models import UserSession
from django.db.models import Count, Model, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from members.actions import ads, newcomers
from members.departures import hands_over, tells
from members.models import (
    Ad,
    AdMessage,
    Application,
    Attendance,
    Delegation,
    FactorReset,
    Invitation,
    Mandate,
    Membership,
    PracticeMember,
    Subscription,
    Suggestion,
    SurveyBallot,
)


def _label(row: Model, name: str) -> str:
    return str(getattr(row._meta.get_field(name), "verbose_name", name))


def _shown(row: Any, name: str) -> Any:
    shown = getattr(row, f"get_{name}_display", None)
    value = shown() if shown else getattr(row, name)
    return str(value) if isinstance(value, Model) else value


def _told(row: Any, *names: str) -> dict[str, Any]:
    """These columns under their French names, choices in words."""
    return {_label(row, name): _shown(row, name) for name in names}


def _all(rows: Iterable[Any], *names: str) -> list[dict[str, Any]]:
    return [_told(row, *names) for row in rows]


# --- Who she is ---------------------------------------------------------------------------------
@tells("members.account", gettext_lazy("Compte"))
def told_account(membership: Membership) -> list[dict[str, Any]]:
    names = ("username", "email", "title", "first_name", "last_name", "date_joined", "last_login")
    return [_told(membership.user, *names)]


@tells("members.membership", gettext_lazy("Adhésion"))
def told_membership(membership: Membership) -> list[dict[str, Any]]:
    names = (
        *("role", "college", "profession", "rpps", "organisation", "phone", "email", "mssante"),
        *("other_skills", "wants_minutes", "wants_ads", "starts_on", "ends_on", "end_reason"),
    )
    told = _told(membership, *names)
    told[_label(membership, "skills")] = _joined(membership.skills.all())
    told[_label(membership, "languages")] = _joined(membership.languages.all())
    public = dict(Membership.PublicField.choices)
    told[_label(membership, "public_fields")] = _joined(
        public[name] for name in membership.public_fields
    )
    return [told]


def _joined(parts: Iterable[Any]) -> str:
    return ", ".join(map(str, parts))


@tells("members.places", gettext_lazy("Lieux d’exercice"))
def told_places(membership: Membership) -> list[dict[str, Any]]:
    places = PracticeMember.objects.filter(membership=membership)
    return [
        {
            _("Lieu"): place.practice.name,
            _("Adresse"): place.practice.address,
            _("Commune"): str(place.practice.commune),
        }
        for place in places.select_related("practice__commune")
    ]


@tells("members.application", gettext_lazy("Candidature"))
def told_application(membership: Membership) -> list[dict[str, Any]]:
    rows = Application.objects.filter(membership=membership)
    return _all(
        rows, "kind", "email", "phone", "words", "accepted_at", "submitted_at", "decided_on"
    )


# --- Her life in the association ----------------------------------------------------------------
@tells("members.subscriptions", gettext_lazy("Cotisations"))
def told_subscriptions(membership: Membership) -> list[dict[str, Any]]:
    rows = Subscription.objects.filter(membership=membership).order_by("starts_on")
    return _all(rows, "starts_on", "ends_on", "fee", "paid_on")


@tells("members.mandates", gettext_lazy("Mandats"))
def told_mandates(membership: Membership) -> list[dict[str, Any]]:
    rows = Mandate.objects.filter(membership=membership).select_related("group")
    return [
        {_("Groupe"): str(row.group), **_told(row, "function", "starts_on", "ends_on")}
        for row in rows.order_by("starts_on")
    ]


@tells("members.meetings", gettext_lazy("Réunions"))
def told_meetings(membership: Membership) -> list[dict[str, Any]]:
    rows = Attendance.objects.filter(membership=membership).select_related("meeting")
    return [
        {
            _("Réunion"): row.meeting.title,
            _("Début"): row.meeting.starts_at,
            **_told(row, "answer", "present_at", "minutes"),
        }
        for row in rows.order_by("meeting__starts_at")
    ]


@tells("members.delegations", gettext_lazy("Délégations"))
def told_delegations(membership: Membership) -> list[dict[str, Any]]:
    hers = Q(principal=membership) | Q(delegate=membership)
    rows = Delegation.objects.filter(hers).select_related("principal__user", "delegate__user")
    return [
        {
            _("Pour"): str(row.principal),
            _("Par"): str(row.delegate),
            **_told(row, "starts_on", "ends_on", "revoked_at"),
        }
        for row in rows
    ]


@tells("members.ads", gettext_lazy("Annonces"))
def told_ads(membership: Membership) -> list[dict[str, Any]]:
    rows = Ad.objects.filter(author=membership)
    return _all(rows, "kind", "side", "title", "body", "status", "published_on", "expires_on")


@tells("members.ad_messages", gettext_lazy("Réponses écrites à des annonces"))
def told_ad_messages(membership: Membership) -> list[dict[str, Any]]:
    rows = AdMessage.objects.filter(author=membership).select_related("ad")
    return [
        {_("Annonce"): row.ad.title, _("Le"): row.sent_at, _("Texte"): row.body} for row in rows
    ]


@tells("members.voices", gettext_lazy("Idées signées"))
def told_suggestions(membership: Membership) -> list[dict[str, Any]]:
    return _all(Suggestion.objects.filter(author=membership), "sent_at", "body", "answer")


@tells("members.surveys", gettext_lazy("Questionnaires où vous avez répondu, sans les réponses"))
def told_surveys(membership: Membership) -> list[dict[str, Any]]:
    rows = SurveyBallot.objects.filter(membership=membership).select_related("survey")
    return [{_("Questionnaire"): row.survey.title} for row in rows]


# --- What the portal has kept of its own work ---------------------------------------------------
@tells("members.keys", gettext_lazy("Invitations et remises à zéro"))
def told_keys(membership: Membership) -> list[dict[str, Any]]:
    invitations = Invitation.objects.filter(membership=membership)
    resets = FactorReset.objects.filter(membership=membership)
    return [
        *_all(invitations, "email", "created_at", "accepted_at", "revoked_at"),
        *_all(resets, "reason", "proof", "opened_at", "confirmed_at", "cancelled_at"),
    ]


@tells("members.messages", gettext_lazy("Messages que le portail vous a envoyés"))
def told_messages(membership: Membership) -> list[dict[str, Any]]:
    contacts = {membership.email, membership.user.email or "", membership.phone} - {""}
    rows = Message.objects.filter(
        cpts=membership.cpts,
        recipient_hash__in=[outbox.recipient_hash(contact) for contact in contacts],
    ).exclude(recipient="")
    return [
        {_("Le"): row.sent_at or row.not_before, _("Titre"): row.title or row.get_channel_display()}
        for row in rows.order_by("created_at")
    ]


@tells("members.traces", gettext_lazy("Gestes notés à votre nom, en nombre"))
def told_traces(membership: Membership) -> list[dict[str, Any]]:
    counted = (
        AuditEntry.objects.filter(cpts=membership.cpts, by=membership.user)
        .values("verb")
        .annotate(times=Count("id"))
        .order_by("verb")
    )
    return [{_("Geste"): row["verb"], _("Fois"): row["times"]} for row in counted]


@tells("members.sessions", gettext_lazy("Appareils connectés"))
def told_sessions(membership: Membership) -> list[dict[str, Any]]:
    return [
        {_("Ouverte le"): row.created_at, _("Adresse"): row.ip, _("Navigateur"): row.user_agent}
        for row in UserSession.objects.filter(user=membership.user)
    ]


# --- What others take over when she leaves ------------------------------------------------------
def _count_ads(membership: Membership) -> int:
    return Ad.objects.filter(author=membership, status=Ad.Status.PUBLISHED).count()


@hands_over("members.ads", gettext_lazy("Annonces retirées"), count=_count_ads)
def withdraw_ads(membership: Membership, by: Any) -> int:
    return ads.withdraw_all(membership, by=by)


@hands_over("members.newcomers", gettext_lazy("Nouveaux membres à confier à un autre référent"))
def release_newcomers(membership: Membership, by: Any) -> int:
    return newcomers.release(membership, by=by)
