"""What a new CPTS finds ready: colleges, missions, instances, the newcomers' checklist."""

from __future__ import annotations

from django.db import transaction

from members.models import College, Cpts, Group, Mission, WelcomeStep

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
    for position, (name, kind, has_vote) in enumerate(COLLEGES):
        defaults = {"has_vote": has_vote, "position": position, "name": name}
        College.objects.get_or_create(cpts=cpts, kind=kind, defaults=defaults)
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
