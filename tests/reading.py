"""What a page of the signed table may hold: one language, but for what members wrote."""

from __future__ import annotations

from typing import Any

from tests.core.test_languages import assert_speaks

WRITTEN = (
    *("Remplacement", "à Laventie", "Deux semaines au cabinet", "Un café", "Oui</textarea>"),
    *("Cabinet de la Lys", "Pharmacie du Pont", "place du Marché", "Salle des fêtes"),
    *("Charte des membres", "Nous travaillons ensemble", "Pour qui s’installe en zone tendue"),
    *("Octobre rose", "Pourquoi venir", "Un temps d’échange, sans rendez-vous chez le médecin."),
    *("Un ruban rose", "place de la Mairie", "À partir de 65 ans", "Votre séance approche"),
    *("Rendez-vous le {date} à {heure}, {lieu}.", "Rendez-vous le {date} à {heure}."),
)
"""What the factories write as members do, seen where no `lang` can stand: titles, fields."""

SHOWN = frozenset({200, 422})
READ = ("members:", "board:", "unscheduled_care:", "prevention:")
FILES = ("directory_card", "directory_cards", "directory_pdf")


def is_read(name: str) -> bool:
    """A URL whose pages are read word by word; those of the patients have their own module."""
    return name.startswith(READ) and not name.endswith(FILES)


def assert_page_speaks(page: Any, language: str) -> None:
    """Nothing to say of a redirection, nor of a file."""
    is_page = page.headers.get("Content-Type", "").startswith("text/html")
    if is_page and page.status_code in SHOWN:
        assert_speaks(without_the_written(page.text), language)


def without_the_written(html: str) -> str:
    for words in WRITTEN:
        html = html.replace(words, "")
    return html
