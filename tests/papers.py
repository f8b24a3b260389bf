"""Invented data of the size that each printed document usually has."""

from __future__ import annotations

from typing import Any

from cpts_portal.core.qr import svg_file

NBSP = "\u00a0"

LETTER = {
    "letterhead": {
        "name": "CPTS Artois Lys",
        "lines": ["4 place du Rietz", "62136 Lestrem", "contact@cpts-artois-lys.example"],
    },
    "pages": "Page {page} sur {pages}",
    "signature": {
        "place_date": "Fait à Lestrem, le 22 novembre 2026",
        "who": "Claire Vasseur",
        "role": "Trésorière",
    },
}
MEETINGS = [
    ["12 janvier 2026", "Assemblée générale", "2 h 00"],
    ["3 mars 2026", "Parcours personnes âgées : sortie d’hôpital", "1 h 30"],
    ["14 avril 2026", "Soins non programmés, bilan du premier trimestre", "1 h 30"],
    ["9 juin 2026", "Prévention : dépistage organisé dans les officines", "2 h 00"],
    ["22 septembre 2026", "Conseil d’administration", "1 h 45"],
]
COLUMNS = [
    {"label": "Date"},
    {"label": "Réunion", "wide": True},
    {"label": "Durée", "numeric": True},
]
MONEY = [
    {"label": "Professionnel"},
    {"label": "Réunions", "numeric": True},
    {"label": "Heures", "numeric": True},
    {"label": "Montant", "numeric": True},
]
NAMES = ("Hélène Marchand", "Michał Nowak", "Aïcha Benali", "Julie Œuvrard", "Théo Lambin")
MISSIONS = ("Accès aux soins", "Parcours pluriprofessionnels", "Prévention", "Crise sanitaire")
TRADES = ("Infirmiers et infirmières", "Médecins généralistes", "Pharmaciens", "Sages-femmes")
TOWNS = ("Lestrem", "Laventie", "Fleurbaix", "Calonne-sur-la-Lys", "Merville")

ATTESTED = (
    "Je soussignée, Claire Vasseur, trésorière de la CPTS Artois Lys, atteste que la docteure "
    "Hélène Marchand, médecin généraliste à Lestrem, en est membre depuis le 1er janvier 2024."
)


def receipt() -> dict[str, Any]:
    return LETTER | {
        "title": "Reçu de cotisation",
        "number": "Reçu n° 2026-0042",
        "intro": "La CPTS Artois Lys atteste avoir reçu de la docteure Hélène Marchand "
        "le règlement de sa cotisation annuelle.",
        "facts": [
            ["Adhérente", "Dre Hélène Marchand"],
            ["Profession", "Médecin généraliste"],
            ["Collège", "Professionnels de santé libéraux"],
            ["Période", "du 1er janvier au 31 décembre 2026"],
            ["Réglé le", "18 février 2026, par virement"],
        ],
        "amount": {"label": "Montant reçu", "value": f"50,00{NBSP}€"},
        "words": "cinquante euros",
        "note": "Association régie par la loi du 1er juillet 1901. "
        "Ce reçu n’ouvre pas droit à réduction d’impôt.",
    }


def certificate() -> dict[str, Any]:
    return LETTER | {
        "title": "Attestation de présence",
        "paragraphs": [
            ATTESTED,
            "Elle a pris part, en 2026, aux réunions suivantes" + NBSP + ":",
        ],
        "meetings": {
            "columns": COLUMNS,
            "rows": MEETINGS,
            "total": ["Ensemble", "5 réunions", "8 h 45"],
        },
        "after": ["Cette attestation lui est remise pour servir ce que de droit."],
    }


def statement() -> dict[str, Any]:
    rows = [[name, str(rank), f"{2 * rank} h 30", f"{75 * rank + 25},00{NBSP}€"]
            for rank, name in enumerate(NAMES * 2, 1)]  # fmt: skip
    total = ["Ensemble", "55", "115 h 00", f"4{NBSP}375,00{NBSP}€"]
    return LETTER | {
        "title": "État des heures par mission",
        "subtitle": "Du 1er janvier au 30 septembre 2026",
        "sections": [
            {"heading": mission, "columns": MONEY, "rows": rows, "total": total}
            for mission in MISSIONS
        ],
        "total": {"label": "À indemniser", "value": f"17{NBSP}500,00{NBSP}€"},
    }


def directory() -> dict[str, Any]:
    entries = [
        {
            "name": name,
            "role": "" if rank % 3 else "Ostéoporose, diabète",
            "lines": [f"{rank + 3} rue du Bourg, {town}", "02 61 91 00 10"],
        }
        for rank, (name, town) in enumerate(zip(NAMES * 5, TOWNS * 5, strict=True))
    ]
    return LETTER | {
        "title": "Annuaire des membres",
        "subtitle": "100 membres au 22 novembre 2026",
        "groups": [{"heading": trade, "entries": entries} for trade in TRADES],
    }


def access_pack() -> dict[str, Any]:
    return LETTER | {
        "title": "Mes données",
        "intro": "Voici ce que la CPTS Artois Lys garde à votre sujet au 22 novembre 2026.",
        "sections": [
            {
                "heading": "Votre identité",
                "intro": "Données que vous avez écrites dans votre demande d’adhésion.",
                "facts": [
                    ["Nom", "Hélène Marchand"],
                    ["RPPS", "10003456785"],
                    ["Courriel", "helene.marchand@cabinet.example"],
                    ["Adresse", "12 rue du Bourg\n62136 Lestrem"],
                ],
            },
            {
                "heading": "Ce que l’annuaire public montre",
                "items": ["Votre nom et votre profession", "L’adresse de votre cabinet"],
            },
            {
                "heading": "Vos réunions",
                "table": {"columns": COLUMNS, "rows": MEETINGS, "total": None},
            },
        ],
    }


def poster() -> dict[str, Any]:
    date = {
        "weekday": "jeudi",
        "month": "décembre",
        "hours": f"de 14{NBSP}h{NBSP}00 à 16{NBSP}h{NBSP}00",
        "place": "Salle des fêtes",
        "address": "3 place de la Mairie, Lestrem",
        "note": "accessible en fauteuil",
    }
    return {
        "paper": "a4",
        "title": "Parlons du dépistage",
        "community": "CPTS Artois Lys",
        "kicker": "Dépistage des cancers",
        "audience": "Femmes de 50 à 74 ans, et leurs proches",
        "intro": "Un temps d’échange avec une sage-femme et un médecin, sans rendez-vous.",
        "heading": "Dates et lieux",
        "dates": [date | {"day": str(day)} for day in range(3, 9)],
        "more": ["", *(f"et {hidden} autres dates" for hidden in range(1, 7))],
        "code": {"svg": svg_file("https://portail.example/").decode(), "alt": "Code à flasher"},
        "sign_up": {
            "heading": "Inscrivez-vous",
            "scan": "Visez ce code avec l’appareil photo de votre téléphone.",
            "address": "portail.example",
            "call": "ou appelez le",
            "phone": "02 61 91 00 10",
            "hours": "Du lundi au vendredi",
        },
        "partners": f"Avec{NBSP}: Ville de Lestrem · Ligue contre le cancer",
    }


ALL = {
    "receipt": receipt,
    "certificate": certificate,
    "statement": statement,
    "directory": directory,
    "access_pack": access_pack,
    "poster": poster,
}
