"""What is printed of a membership: receipts and certificates, worded for core/documents."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.identifiers import format_phone
from cpts_portal.core.templatetags.portal import day_full, euros
from members import rules
from members.models import Cpts, Membership, Subscription


def receipt(subscription: Subscription) -> dict[str, Any]:
    """For receipt.typ; of a year that has a receipt number."""
    member, cpts = subscription.membership, subscription.cpts
    facts = [
        [_("Membre"), str(member.user)],
        *([[_("Profession"), str(member.profession)]] if member.profession else []),
        [_("Collège"), subscription.college.name],
        [_("Période"), _span(subscription.starts_on, subscription.ends_on)],
        [
            _("Réglé"),
            _("le %(day)s, %(means)s")
            % {
                "day": day_full(subscription.paid_on),
                "means": subscription.get_means_display(),
            },
        ],
    ]
    return {
        **_letter(cpts, _("Reçu de cotisation")),
        "number": _("Reçu n° %(number)s") % {"number": subscription.receipt_number},
        "intro": _(
            "%(cpts)s atteste avoir reçu de %(member)s le règlement de sa cotisation annuelle."
        )
        % {"cpts": cpts.name, "member": member.user},
        "facts": facts,
        "amount": {"label": _("Montant reçu"), "value": euros(subscription.fee)},
        "note": _(
            "Cette cotisation est versée à une association ; ce reçu n’est pas un reçu fiscal."
        ),
    }


def certificate(member: Membership) -> dict[str, Any]:
    """For certificate.typ, as things stand today; asks `with_standing`."""
    today, cpts = timezone.localdate(), member.cpts
    name = str(member.user)
    sentences = [
        _("%(cpts)s atteste que %(name)s%(profession)s en est membre depuis le %(day)s.")
        % {
            "cpts": cpts.name,
            "name": name,
            "profession": f", {str(member.profession).lower()}," if member.profession else "",
            "day": day_full(member.starts_on),
        }
    ]
    if member.college is not None:
        sentences.append(_standing(member, today))
    sentences.append(_("Cette attestation est délivrée pour servir et valoir ce que de droit."))
    return {**_letter(cpts, _("Attestation d’adhésion")), "paragraphs": sentences}


def _standing(member: Membership, today: date) -> str:
    told = {"college": member.college, "until": day_full(rules.due_on(member))}
    if rules.standing(member, today) is rules.Standing.GOOD:
        return _("Sa cotisation est à jour jusqu’au %(until)s, au collège « %(college)s ».") % told
    return (
        _("Sa cotisation de l’année, au collège « %(college)s », n’est pas encore réglée.") % told
    )


def _letter(cpts: Cpts, title: str) -> dict[str, Any]:
    lines = [
        cpts.address,
        _("RNA %(number)s") % {"number": cpts.rna} if cpts.rna else "",
        f"{cpts.email} · {format_phone(cpts.help_phone)}",
    ]
    return {
        "title": title,
        "letterhead": {"name": cpts.name, "lines": [line for line in lines if line]},
        "pages": _("Page {page} sur {pages}"),
        "signature": {
            "place_date": _("Le %(day)s") % {"day": day_full(timezone.localdate())},
            "who": cpts.name,
            "role": _("Document établi par le portail"),
        },
    }


def _span(starts_on: date, ends_on: date) -> str:
    return _("du %(first)s au %(last)s") % {
        "first": day_full(starts_on),
        "last": day_full(ends_on),
    }
