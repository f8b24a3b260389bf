"""The words of an import: how people call columns and trades, what is said of a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

COLUMNS: dict[str, tuple[str | Promise, str]] = {
    "title": (_("Titre"), "titre; civilité; civ"),
    "last_name": (_("Nom"), "nom; nom de famille; nom d’usage; nom d’exercice"),
    "first_name": (_("Prénom"), "prénom; prénoms; prénom usuel; prénom d’exercice"),
    "email": (
        _("Courriel"),
        (
            "courriel; email; e-mail; mail; adresse mail; adresse e-mail; adresse email;"
            " courriel professionnel; mail professionnel; adresse électronique"
        ),
    ),
    "phone": (
        _("Ligne directe"),
        (
            "ligne directe; téléphone; tél; tel direct; portable; mobile; n° de téléphone;"
            " numéro de téléphone; téléphone portable; téléphone professionnel"
        ),
    ),
    "mssante": (
        _("MSSanté"),
        "mssanté; adresse mssanté; mail mssanté; mss; messagerie sécurisée",
    ),
    "profession": (_("Profession"), "profession; professions; métier; qualification"),
    "rpps": (_("RPPS"), "rpps; n° rpps; no rpps; num rpps; numéro rpps; code rpps"),
    "college": (_("Collège"), "collège; collège d’adhésion"),
    "organisation": (
        _("Structure"),
        "structure; organisme; employeur; organisation; structure représentée",
    ),
    "place": (_("Lieu d’exercice"), "lieu d’exercice; lieu; nom du lieu; cabinet; nom du cabinet"),
    "kind": (_("Type de lieu"), "type de lieu; type; type de structure; lieu type"),
    "address": (
        _("Adresse"),
        "adresse; adresse professionnelle; adresse du cabinet; adresse postale; rue",
    ),
    "postal_code": (_("Code postal"), "code postal; cp; code postal professionnel"),
    "commune": (_("Commune"), "commune; ville; localité; commune d’exercice"),
    "starts_on": (
        _("Date d’adhésion"),
        (
            "date d’adhésion; date adhésion; adhésion; adhérent depuis; membre depuis;"
            " date d’entrée; depuis le"
        ),
    ),
}
"""Each known column: what we call it, and how people do; compared without accents nor case."""

PROBLEMS: dict[tuple[str, str], str | Promise] = {
    ("", "wide"): _("plus de cases que d’en-têtes : une virgule ou un point-virgule en trop"),
    ("", "nir"): _("numéro de sécurité sociale refusé : le portail n’en garde jamais"),
    ("", "empty"): _("à remplir"),
    ("", "long"): _("trop long"),
    ("", "control"): _("caractère invisible : retapez-le"),
    ("", "name"): _("des lettres, des tirets et des apostrophes seulement"),
    ("", "email"): _("adresse mal écrite"),
    ("", "phone"): _("numéro incomplet, ou qui ne peut pas être rappelé"),
    ("", "rpps"): _("11 chiffres dont le dernier vérifie les autres : celui-ci est faux"),
    ("", "date"): _("date illisible : écrivez 12/03/2024"),
    ("", "future"): _("date dans le futur"),
    ("", "old"): _("date trop ancienne"),
    ("", "commune"): _("commune inconnue"),
    ("", "commune_which"): _("plusieurs communes portent ce nom : ajoutez le code postal"),
    ("", "commune_missing"): _("un lieu d’exercice a une commune"),
    ("", "postal_code"): _("un code postal a 5 chiffres"),
    ("profession", "unknown"): _("profession inconnue"),
    ("profession", "nobody"): _("à remplir, ou la structure pour un partenaire"),
    ("college", "unknown"): _("ce collège n’existe pas ici"),
    ("rpps", "twice"): _("le même que ligne %(line)d"),
    ("email", "twice"): _("la même adresse que ligne %(line)d"),
    ("rpps", "member"): _("celui d’un membre"),
    ("email", "member"): _("celle d’un membre"),
    ("rpps", "former"): _("ancien membre : rouvrez son adhésion depuis sa fiche"),
    ("email", "former"): _("ancien membre : rouvrez son adhésion depuis sa fiche"),
    ("last_name", "namesake"): _("le même nom qu’un membre"),
    ("last_name", "namesake_line"): _("le même nom que ligne %(line)d"),
}
"""What is said of a field, by code; a field of its own wins over any field."""

ALIASES: dict[str, tuple[str, ...]] = {
    "medecin-generaliste": ("mg", "généraliste", "médecine générale", "omnipraticien"),
    "medecin-specialiste": ("spécialiste", "médecin spé"),
    "sage-femme": ("sf", "maïeuticien"),
    "chirurgien-dentiste": ("dentiste", "chir dentiste"),
    "pharmacien": ("pharmacien titulaire", "pharmacien d’officine", "pharmacien adjoint"),
    "biologiste": ("biologiste", "médecin biologiste", "pharmacien biologiste"),
    "infirmier": ("ide", "idel", "infirmier libéral", "infirmier diplômé d’État", "infirmier DE"),
    "infirmier-pratique-avancee": ("ipa", "infirmier pratique avancée"),
    "kinesitherapeute": ("kiné", "mk", "mkde", "kinésithérapeute", "masseur kiné"),
    "orthophoniste": ("orthophonie",),
    "pedicure-podologue": ("podologue", "pédicure"),
    "ergotherapeute": ("ergo",),
    "psychomotricien": ("psychomot",),
    "dieteticien": ("diététicien nutritionniste",),
    "psychologue": ("psychologue clinicien",),
    "opticien": ("opticien",),
    "audioprothesiste": ("audio",),
    "aide-soignant": ("as",),
    "assistant-social": ("assistant social", "travailleur social"),
}
"""How people write a profession beside its code and its label."""

EXAMPLES = (
    (
        "Dr;Exemple;Zoë;zoe.exemple@sante.example;06 39 98 00 11;;MG;10000100015;;;"
        "Maison de santé du Marché;MSP;2 place du Marché;62840;Laventie;15/01/2024"
    ),
    (
        "Mme;Modèle;Lina;lina.modele@sante.example;03 53 01 00 12;;infirmière;;;;"
        ";cabinet;14 rue de la Lys;62840;Laventie;"
    ),
)
"""Two invented lines under the columns, for the model to download."""


def model() -> tuple[list[str], list[list[str]]]:
    return [str(label) for label, _wordings in COLUMNS.values()], [
        line.split(";") for line in EXAMPLES
    ]


def wordings() -> dict[str, tuple[str, ...]]:
    """What `sheets.match_headers` asks: the wordings of each column, our own in each language."""
    return {
        name: (*_in_every_language(label), *others.split("; "))
        for name, (label, others) in COLUMNS.items()
    }


def _in_every_language(label: str | Promise) -> list[str]:
    """A table that we gave in English may be read by a worker that speaks French."""
    said = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said.append(str(label))
    return said
