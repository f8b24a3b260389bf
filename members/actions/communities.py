"""What a new CPTS finds ready: colleges, missions, instances, the newcomers' checklist."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted
from members import rules
from members.models import College, Cpts, Group, Membership, Mission, WelcomeStep

COLLEGES = (
    ("Membres fondateurs", College.Kind.FOUNDERS, True),
    ("Membres actifs", College.Kind.MEMBERS, True),
    ("Partenaires", College.Kind.PARTNERS, False),
)
MISSIONS = (
    ("acces-aux-soins", "Accès aux soins", False),
    ("parcours", "Parcours pluriprofessionnels", False),
    ("prevention", "Prévention", False),
    ("crise-sanitaire", "Réponse aux crises sanitaires", False),
    ("qualite", "Qualité et pertinence des soins", True),
    ("accompagnement", "Accompagnement des professionnels", True),
)
"""The four basic missions and the two optional ones of the ACI."""

INSTANCES = (
    (Group.Kind.BUREAU, "Bureau"),
    (Group.Kind.BOARD, "Conseil d’administration"),
)
STEPS = (
    ("Compléter mon profil", "Ligne directe, compétences, lieux et horaires."),
    ("Choisir ce que le public peut lire", "Champ par champ, dans « Mon profil »."),
    ("Protéger mon compte", "Une application d’authentification ou une clé d’accès."),
    ("Rencontrer mon référent", "Une heure suffit : il répond à toutes vos questions."),
    ("Lire le kit d’accueil", "Qui appeler, pour quoi, et les parcours du territoire."),
    ("Venir à une réunion", "Celle d’un groupe qui vous intéresse."),
)


@transaction.atomic
def prepare(cpts: Cpts) -> None:
    """Create what is missing, in the open scope of `cpts`; run again, it changes nothing.

    The words are the CPTS's own from then on: it changes them in its settings.
    """
    if not College.objects.exists():
        College.objects.bulk_create(
            College(
                cpts=cpts,
                name=name,
                kind=kind,
                has_vote=has_vote,
                is_open=kind != College.Kind.FOUNDERS,
                position=position,
            )
            for position, (name, kind, has_vote) in enumerate(COLLEGES)
        )
    for position, (code, label, is_optional) in enumerate(MISSIONS):
        Mission.objects.get_or_create(
            cpts=cpts,
            code=code,
            defaults={"label": label, "is_optional": is_optional, "position": position},
        )
    for instance, name in INSTANCES:
        named = {"name": name}
        Group.objects.get_or_create(cpts=cpts, kind=instance, closed_on=None, defaults=named)
    if not WelcomeStep.objects.exists():
        WelcomeStep.objects.bulk_create(
            WelcomeStep(cpts=cpts, label=label, hint=hint, position=position)
            for position, (label, hint) in enumerate(STEPS)
        )


@transaction.atomic
def edit_cpts(cpts: Cpts, *, by: Membership, **fields: Any) -> Cpts:
    """Change what the CPTS says of itself; the trace names what changed."""
    _ask_governance(by)
    cpts = Cpts.objects.select_for_update(no_key=True).get(pk=cpts.pk)
    changed = [name for name, value in fields.items() if getattr(cpts, name) != value]
    for name in changed:
        setattr(cpts, name, fields[name])
    if changed:
        cpts.save(update_fields=changed)
        audit.record(by, "edit_cpts", by=by, reason=", ".join(changed))
    return cpts


@transaction.atomic
def save_college(college: College, *, by: Membership, **fields: Any) -> College:
    """Add or change a college; years already opened keep the fee that they had.

    Raises NotPermitted, then Refused for a name in use.
    """
    _ask_governance(by)
    is_new = college.pk is None
    if is_new:
        college.cpts, college.position = by.cpts, College.objects.count()
    before = "" if is_new else str(College.objects.get(pk=college.pk).fee)
    for name, value in fields.items():
        setattr(college, name, value)
    with told_politely(College):
        college.save()
    audit.record(
        college, "add" if is_new else "edit", by=by, source=before, target=str(college.fee)
    )
    return college


def _ask_governance(by: Membership) -> None:
    if not rules.governs(by, by):
        raise NotPermitted(_("Cela revient à la coordination ou au bureau."))
