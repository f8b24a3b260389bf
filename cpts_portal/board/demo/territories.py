"""Three CPTSs as their own press release tells them (CPAM de l’Artois, December 2022).

The communes that it names are `named`; the others are chosen among their neighbours, so that the
count of communes is right and the population near, and stand in the database as assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Territory:
    """One CPTS to be loaded; communes are INSEE codes, `members` counts professionals.

    `fee` is yearly, in euros; `pathways` are those of its health project.
    """

    name: str
    slug: str
    aci_signed_on: date | None
    population: int
    members: int
    named: tuple[str, ...]
    assumed: tuple[str, ...]
    help_phone: str
    email: str
    address: str
    fee: int
    pathways: tuple[str, ...]
    help_hours: str = "du lundi au vendredi, de 9 h à 12 h et de 14 h à 17 h"
    help_hours_en: str = "Monday to Friday, 9 am to 12 noon and 2 pm to 5 pm"


ARTOIS_LYS = Territory(
    name="CPTS Artois Lys",
    slug="artois-lys",
    aci_signed_on=date(2022, 9, 15),
    population=34_400,
    members=33,
    named=("62338", "62736", "62502", "62706", "62491"),
    assumed=(
        *("62606", "62851", "62252", "62529", "62330"),
        *("62520", "62195", "62310", "59293"),
    ),
    help_phone="+33261910010",
    email="contact@artois-lys.example",
    address="14 rue de la Lys, 62840 Laventie",
    fee=20,
    pathways=(
        "Personnes âgées",
        "Santé des femmes",
        "Jeunes enfants",
        "Santé mentale",
        "Écrans et enfants",
        "Cœur et vaisseaux",
        "Lombalgie",
    ),
)
BEAUMONT_ARTOIS = Territory(
    name="CPTS Beaumont-Artois",
    slug="beaumont-artois",
    aci_signed_on=None,
    population=178_000,
    members=111,
    named=(
        *("62427", "62624", "62274", "62587", "62249", "62250", "62277"),
        *("62321", "62637", "62724", "62148", "62497", "62907", "62215"),
    ),
    assumed=("59028", "59165", "59408", "59489", "59509", "62133", "62413", "62628"),
    help_phone="+33261910020",
    email="contact@beaumont-artois.example",
    address="3 place Jean-Jaurès, 62110 Hénin-Beaumont",
    fee=30,
    pathways=(
        "Gynécologie",
        "Personnes âgées polypathologiques",
        "Addictions",
        "Obésité",
        "Petite enfance",
    ),
)
GRAND_ARRAS = Territory(
    name="CPTS Grand Arras",
    slug="grand-arras",
    aci_signed_on=None,
    population=103_500,
    members=31,
    named=("62041",),
    assumed=(
        *("62004", "62753", "62263", "62099", "62764", "62744", "62037", "62557"),
        *("62013", "62609", "62817", "62073", "62718", "62810", "62323", "62712"),
        *("62869", "62042", "62589", "62097", "62331", "62714", "62007", "62369"),
        *("62568", "62582", "62892", "62324", "62873", "62428", "62151"),
    ),
    help_phone="+33261910030",
    email="contact@grand-arras.example",
    address="27 rue des Trois-Visages, 62000 Arras",
    fee=0,
    pathways=(
        "Oncologie",
        "Dépistage des cancers",
        "Parentalité",
        "Vaccination",
        "Éducation thérapeutique",
        "Troubles des apprentissages",
    ),
)
TERRITORIES = (ARTOIS_LYS, BEAUMONT_ARTOIS, GRAND_ARRAS)


def rank(slug: str) -> int:
    """From 1, the same on every installation: invented numbers are drawn from it."""
    return [territory.slug for territory in TERRITORIES].index(slug) + 1
