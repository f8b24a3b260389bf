"""What people say when they look for a doctor: situations to draw from, invented but lifelike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SELF, CHILD, RELATIVE = "self", "child", "relative"


@dataclass(frozen=True)
class Case:
    """One situation; `facts` are columns of the request, with days from filing for dates."""

    age: int
    reason: str
    words: str
    facts: dict[str, Any] = field(default_factory=dict)
    filed_for: str = SELF
    source: str = "web"
    civility: str = ""


@dataclass(frozen=True)
class Named:
    """A case with its person and commune: those whom the documents' screens show."""

    first_name: str
    last_name: str
    civility: str
    insee_code: str
    case: Case


KNOWN = (
    Named(
        "Odile",
        "Garnier",
        "mme",
        "62491",
        Case(
            81,
            "retired",
            "Mon médecin est parti à la retraite en avril. Je ne conduis plus et"
            " l’infirmière s’inquiète pour mon renouvellement.",
            {"has_ald": True, "is_home_bound": True, "travel_km": 5, "treatment_ends_on": 9},
        ),
    ),
    Named(
        "Ahmed",
        "Benali",
        "m",
        "62502",
        Case(
            78,
            "retired",
            "Mon père est sorti de l’hôpital mercredi. Son médecin a fermé en juin et il"
            " n’a plus d’ordonnance pour son traitement.",
            {"has_ald": True, "left_hospital_on": -4},
            RELATIVE,
        ),
    ),
    Named(
        "Lucie",
        "Prigent",
        "mme",
        "62338",
        Case(
            29,
            "new_resident",
            "Nous venons d’arriver à Fleurbaix, le bébé est prévu pour mars.",
            {"is_pregnant": True},
        ),
    ),
    Named(
        "Jean-Marc",
        "Thomas",
        "m",
        "62736",
        Case(
            64,
            "retired",
            "Diabétique depuis dix ans, suivi tous les trois mois jusqu’ici.",
            {"has_ald": True},
        ),
    ),
    Named(
        "Fatou",
        "Diarra",
        "mme",
        "62491",
        Case(
            47,
            "refused",
            "J’ai appelé sept cabinets, tous complets. Je n’ai pas de voiture et je"
            " m’occupe de ma mère.",
            {"has_c2s": True, "travel_km": 5},
        ),
    ),
    Named(
        "Paul",
        "Riou",
        "m",
        "62706",
        Case(
            72,
            "gp_moved",
            "Mon médecin a déménagé en septembre, personne ne l’a remplacé.",
        ),
    ),
    Named(
        "Inès",
        "Morel",
        "mme",
        "62736",
        Case(
            22,
            "new_resident",
            "Étudiante, je rentre chez mes parents une semaine sur deux.",
        ),
    ),
    Named(
        "Loïc",
        "Tanguy",
        "m",
        "62502",
        Case(
            38,
            "change",
            "Je voudrais un médecin plus près de mon travail.",
        ),
    ),
    Named(
        "Anne-Sophie",
        "Œuvrard",
        "mme",
        "62338",
        Case(
            55,
            "new_resident",
            "Installée depuis l’été, j’ai besoin d’un suivi pour la thyroïde.",
        ),
    ),
    Named("David", "Rey", "m", "62252", Case(33, "new_resident", "")),
    Named(
        "Marthe",
        "Le Bihan",
        "mme",
        "62529",
        Case(
            69,
            "too_far",
            "Mon docteur est à quarante minutes, je ne peux plus faire la route.",
            {"travel_km": 10},
            SELF,
            "phone",
        ),
    ),
)

DRAWN = (
    Case(
        84,
        "retired",
        "Maman vit seule et ne sort presque plus. Elle prend sept médicaments.",
        {"has_ald": True, "is_home_bound": True, "travel_km": 2},
        RELATIVE,
        civility="mme",
    ),
    Case(4, "retired", "Les vaccins de ma fille sont à faire avant l’école.", {}, CHILD),
    Case(
        41,
        "refused",
        "On me répond partout que le cabinet ne prend plus personne.",
        {"has_c2s": True},
    ),
    Case(
        76,
        "retired",
        "Opéré du cœur, je dois être suivi et je n’ai plus de médecin depuis juin.",
        {"has_ald": True},
        civility="m",
    ),
    Case(35, "gp_moved", ""),
    Case(
        58,
        "retired",
        "Mon mari et moi avions le même médecin depuis trente ans.",
    ),
    Case(27, "new_resident", "Mutation professionnelle, je travaille en horaires décalés."),
    Case(
        67,
        "retired",
        "Je suis suivie pour la tension et le cholestérol.",
        {"has_ald": True},
        civility="mme",
    ),
    Case(
        45,
        "other",
        "Je sors d’une longue hospitalisation et je cherche quelqu’un qui prenne le temps.",
        {"is_under_psychiatric_care": True, "left_hospital_on": -12},
    ),
    Case(
        90,
        "retired",
        "Mon père est en soins palliatifs à domicile, il nous faut un médecin qui passe.",
        {"needs_end_of_life_care": True, "is_home_bound": True, "has_ald": True},
        RELATIVE,
        "phone",
        civility="m",
    ),
    Case(
        9,
        "gp_moved",
        "Asthme, une ordonnance à renouveler avant l’hiver.",
        {"has_ald": True},
        CHILD,
    ),
    Case(
        31,
        "new_resident",
        "Enceinte de trois mois, première grossesse.",
        {"is_pregnant": True},
        civility="mme",
    ),
    Case(
        52,
        "refused",
        "Reconnue travailleuse handicapée, en fauteuil.",
        {"is_disabled": True, "travel_km": 10},
        civility="mme",
    ),
    Case(19, "other", "Mon pédiatre ne peut plus me suivre."),
    Case(73, "retired", "Je peux me déplacer, j’ai encore la voiture."),
    Case(62, "retired", "Mon traitement s’arrête dans quelques jours.", {"treatment_ends_on": 8}),
    Case(48, "change", ""),
    Case(
        80,
        "gp_moved",
        "Demande remplie avec l’aide de la mairie.",
        {"has_c2s": True},
        SELF,
        "partner",
    ),
    Case(24, "new_resident", "Je parle surtout portugais.", {"spoken_languages": "portugais"}),
    Case(70, "too_far", "Mon médecin est resté dans mon ancienne ville, à 60 km."),
    Case(37, "refused", "Trois enfants, plus de médecin pour personne depuis janvier."),
    Case(
        66, "retired", "Formulaire papier déposé à la pharmacie.", {"has_ald": True}, SELF, "paper"
    ),
)

NOTES = (
    "Appelée ce matin : très inquiète pour son renouvellement, rassurée.",
    "Préfère être rappelé après 17 h, travaille en équipe.",
    "La fille fait le lien, numéro noté dans la fiche.",
    "Peut aller jusqu’à Béthune si besoin.",
    "Pharmacie d’accord pour dépanner un mois.",
    "Attend aussi une réponse d’un cabinet à Merville : nous prévient si c’est oui.",
)
