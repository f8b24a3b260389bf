"""Invented people: names of the region, fictional numbers, `.example` addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from stdnum import luhn

from cpts_portal.core.territory import fold

WOMEN = (
    "Adèle Agathe Amandine Annick Aurélie Béatrice Camille Caroline Cécile Chantal Charlotte"
    " Claire Colette Delphine Élodie Émilie Estelle Fabienne Faïza Florence Françoise Geneviève"
    " Ghislaine Isabelle Jacqueline Jeanne Jocelyne Juliette Karima Laurence Léa Ludivine"
    " Madeleine Manon Marguerite Marie-Paule Martine Mathilde Michèle Monique Nadia Nathalie"
    " Noémie Océane Pauline Perrine Raymonde Romane Sabrina Sandrine Simone Solange Sophie"
    " Sylvie Thérèse Valérie Véronique Virginie Yvette Zoé"
).split()
MEN = (
    "Alain Alexandre Antoine Arnaud Aurélien Bastien Benoît Bernard Bruno Cédric Christian"
    " Christophe Clément Damien Daniel Didier Dominique Édouard Émile Éric Étienne Fabrice"
    " Florian François Frédéric Georges Gérard Gilles Grégory Guillaume Hervé Hugo Jacques Jean-"
    " Claude Jean-Luc Jérôme Joël Julien Kamel Laurent Lionel Louis Lucas Marcel Mathieu Maurice"
    " Michel Nicolas Olivier Pascal Patrick Philippe Quentin Raymond René Rémi Robert Serge"
    " Stéphane Thierry Thomas Vincent Xavier Yves"
).split()
YOUNG_WOMEN = "Agathe Chloé Emma Inaya Jade Léna Lina Louise Manon Margaux Mila Romane Zoé".split()
YOUNG_MEN = "Aaron Adam Enzo Gabin Hugo Léo Louis Lucas Maël Nathan Noah Raphaël Sacha".split()
LAST_NAMES = (
    "Allart Ansel Bacquet Bailleul Barbier Bécart Benoit Blondel Bodelot Boulanger Bourgeois"
    " Brassart Briche Bultel Calonne Cappelle Carlier Caron Carpentier Cauchy Cordonnier"
    " Coquelle Courcol Crépin Cuvelier Danel Debove Debruyne Decherf Declercq Defossez Dehaene"
    " Delannoy Delattre Delbecq Delecroix Delforge Delobel Delplanque Demarquilly Denneulin"
    " Deroo Derycke Descamps Devos Dhaine Dubrulle Duhamel Dujardin Dumetz Dupuich Duquesne"
    " Dutoit Fardoux Ferreira Flament Fontaine Fournier Gallois Ghesquière Godin Gruson Guilbert"
    " Haddad Hanot Havet Hennebelle Hermant Houriez Hochart Jacquemont Kaczmarek Lagache Lambin"
    " Lebrun Leclercq Lecocq Lefebvre Legrand Leleu Lemaire Leroy Lesage Loridan Macquart Mahieu"
    " Mairesse Malbranque Masquelier Meurisse Mortreux Nowak Olivier Outrebon Parmentier"
    " Pecqueur Petitprez Planquart Pouchain Pruvost Quesnel Quinart Ramon Réant Richebé Ringot"
    " Roussel Sagnier Salomé Sénéchal Soyez Szymczak Tancré Thellier Tournant Traoré Vandamme"
    " Vasseur Verdier Verhaeghe Vienne Wacheux Wallart Wartelle Watrelot Wattel Willay Zielinski"
).split()


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    is_woman: bool

    @property
    def username(self) -> str:
        return f"{fold(self.first_name)}.{fold(self.last_name)}".replace(" ", "-")


def invent(chance: Random) -> Iterator[Person]:
    """People without end, no two with the same name."""
    met: set[str] = set()
    while True:
        is_woman = chance.random() < 0.56
        first_name = chance.choice(WOMEN if is_woman else MEN)
        person = Person(first_name, chance.choice(LAST_NAMES), is_woman)
        if person.username not in met:
            met.add(person.username)
            yield person


def mobiles() -> Iterator[str]:
    """E.164 numbers of the range that France keeps for fiction: 06 39 98 xx xx."""
    return (f"+336399{80_000 + number}" for number in count(100))


def landlines(start: int) -> Iterator[str]:
    """E.164 numbers of a fictional range of the north: 03 53 01 xx xx."""
    return (f"+3335301{number:04d}" for number in count(start))


def rpps_numbers(start: int) -> Iterator[str]:
    """Eleven digits whose last is Luhn's."""
    bodies = (f"1099{number:06d}" for number in count(start))
    return (body + luhn.calc_check_digit(body) for body in bodies)
