"""The members of a CPTS, where they work, and what its GPs can take on."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from cpts_portal.board.demo import people, portraits, territories
from cpts_portal.board.demo.people import Person
from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members import demo
from members.actions.memberships import Newcomer, placeholder_of
from members.models import Cpts, Membership, Practice, PracticeMember, Role, User
from patients.models import Intake

GP = "medecin-generaliste"
MIX = (
    *(GP, "infirmier", "kinesitherapeute", GP, "infirmier", "pharmacien"),
    *(GP, "infirmier", "kinesitherapeute", "orthophoniste", GP, "infirmier", "sage-femme"),
    *("pharmacien", GP, "infirmier", "kinesitherapeute", GP, "infirmier", "chirurgien-dentiste"),
    *("pharmacien", GP, "infirmier", "kinesitherapeute", GP, "pedicure-podologue", "infirmier"),
    *("infirmier-pratique-avancee", "pharmacien", "kinesitherapeute", "psychologue"),
    *("sage-femme", "orthophoniste"),
)
"""Thirty-three professions, about as the region counts them; a larger CPTS begins again."""

KINDS = {
    GP: ("Cabinet médical", Practice.Kind.SURGERY),
    "infirmier": ("Cabinet infirmier", Practice.Kind.SURGERY),
    "kinesitherapeute": ("Cabinet de kinésithérapie", Practice.Kind.SURGERY),
    "pharmacien": ("Pharmacie", Practice.Kind.PHARMACY),
}
STREETS = (
    *("rue de la Mairie", "place du Marché", "rue de l’Église", "rue du 11-Novembre"),
    *("route de Béthune", "rue Pasteur", "avenue de la Gare", "rue des Tilleuls"),
)
NURSE = Person("Nadia", "Ferrand", is_woman=True)
"""The nurse of the journeys."""
KNOWN = (
    (Person("Hélène", "Marchand", is_woman=True), "62491", 6, 15),
    (Person("Yann", "Bricaud", is_woman=False), "62502", 3, 20),
    (Person("Samia", "Delaunay", is_woman=True), "62338", 4, 25),
)
"""The GPs of the journeys told in the documents: name, commune, monthly quota, radius in km."""

WAITING = slice(-4, -2)
"""Members of the main CPTS who have no account yet."""


@dataclass(frozen=True)
class Door:
    """A GP who takes patients, on which terms and where."""

    gp: Membership
    intake: Intake
    practice: Practice


@dataclass
class Staff:
    """The members of one CPTS by what the queue needs of them."""

    cpts: Cpts
    gps: list[Membership]
    doors: list[Door]
    members: list[Membership]
    secretary: Membership | None = None
    partner: Membership | None = None
    coordinators: list[Membership] = field(default_factory=list)
    turn: int = 0

    def open_doors(self) -> list[Door]:
        """GPs who take patients now, each first in his turn."""
        doors = [door for door in self.doors[1:] if door.intake.paused_until is None]
        self.turn += 1
        first = self.turn % len(doors)
        return doors[first:] + doors[:first]


def load(cpts: Cpts, communes: list[Commune], count: int, *, is_main: bool) -> Staff:
    """Write `count` professionals with their places; the main CPTS also has the known accounts."""
    chance = Random(cpts.slug)  # noqa: S311 - the same demonstration each time, not a secret
    rows = list(islice(_professionals(cpts, chance, is_main=is_main), count))
    for row, days in zip(rows[-2:], (30, 5), strict=True):
        row.starts_on = timezone.localdate() - timedelta(days=days)
    if is_main:
        rows[5].user.username, rows[5].role = "bureau", Role.BOARD
        for row in rows[WAITING]:
            _wait(row)
    _save_users([row.user for row in rows])
    Membership.objects.bulk_create(rows)
    portraits.paint(rows, chance)
    practices = _load_practices(cpts, communes, rows, chance)
    portraits.open_doors(list({row.pk: row for row in practices.values()}.values()), chance)
    gps = [row for row in rows if row.profession_id == GP]
    intakes = _load_intakes(gps, chance, is_main=is_main)
    doors = [Door(i.membership, i, practices[i.membership.pk]) for i in intakes]
    return Staff(cpts=cpts, gps=gps, doors=doors, members=rows)


def add_office(staff: Staff, *, is_main: bool) -> None:
    """The people of the CPTS who are not health professionals."""
    cpts = staff.cpts
    if not is_main:
        maud = User.objects.get(username="coordination")
        staff.coordinators = [_member(cpts, maud, Role.COORDINATOR)]
        return
    office = [
        (Person("Maud", "Lorcy", is_woman=True), "coordination", Role.COORDINATOR, ""),
        (
            Person("Julien", "Kerlan", is_woman=False),
            "julien.kerlan.artois-lys",
            Role.COORDINATOR,
            "",
        ),
        (Person("Sonia", "Vermeersch", is_woman=True), "secretariat", Role.SECRETARY, ""),
        (Person("Denis", "Courtecuisse", is_woman=False), "partenaire", Role.PARTNER, "CCAS"),
        (Person("Aude", "Lamarque", is_woman=True), "financeur", Role.FUNDER, "CPAM de l’Artois"),
    ]
    users = [_user(person, username) for person, username, _role, _organisation in office]
    _save_users(users)
    rows = [
        _member(cpts, user, role, organisation)
        for user, (_person, _username, role, organisation) in zip(users, office, strict=True)
    ]
    staff.coordinators, staff.secretary, staff.partner = rows[:2], rows[2], rows[3]
    _share_practice(secretary=rows[2], gp=staff.gps[0])


def _professionals(cpts: Cpts, chance: Random, *, is_main: bool) -> Iterator[Membership]:
    """Unsaved memberships without end, professions in the order of `MIX`."""
    invented, known = people.invent(chance), iter(KNOWN if is_main else ())
    nurses = iter((NURSE,) if is_main else ())
    rank = territories.rank(cpts.slug)
    rpps, lines = people.rpps_numbers(rank * 1000), people.landlines(rank * 1000)
    while True:
        for profession in MIX:
            person = next(invented)
            if profession == GP:
                person = next(known, (person,))[0]
            elif profession == "infirmier":
                person = next(nurses, person)
            yield Membership(
                cpts=cpts,
                user=_user(person, _username(person, cpts), cpts.slug, is_doctor=profession == GP),
                role=Role.PROFESSIONAL,
                profession_id=profession,
                rpps=next(rpps),
                phone=next(lines),
                starts_on=_first_of_year() - timedelta(days=chance.randrange(600)),
            )


def _username(person: Person, cpts: Cpts) -> str:
    told = {KNOWN[0][0]: "medecin", NURSE: "infirmiere"}
    return told.get(person, f"{person.username}.{cpts.slug}")


def _user(
    person: Person, username: str, domain: str = "artois-lys", *, is_doctor: bool = False
) -> User:
    return User(
        username=username,
        email=f"{person.username}@{domain}.example",
        title="Dr" if is_doctor else "",
        first_name=person.first_name,
        last_name=person.last_name,
    )


def _wait(row: Membership) -> None:
    """Written down from a sheet: where to write to her is known, her account is not open."""
    user = row.user
    row.email = user.email or ""
    row.user = placeholder_of(Newcomer(user.title, user.first_name, user.last_name, row.email))


def _save_users(users: list[User]) -> None:
    for user in users:
        user.password = _known() if user.username in demo.ACCOUNTS else make_password(None)
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True)
        for user in users
        if user.email
    )


@functools.cache
def _known() -> str:
    """The known accounts share one password, costly to hash on purpose."""
    return make_password(demo.PASSWORD)


def _member(cpts: Cpts, user: User, role: Role, organisation: str = "") -> Membership:
    return Membership.objects.create(
        cpts=cpts, user=user, role=role, organisation=organisation, starts_on=_first_of_year()
    )


def _first_of_year() -> date:
    return timezone.localdate().replace(month=1, day=1)


def _load_practices(
    cpts: Cpts, communes: list[Commune], rows: list[Membership], chance: Random
) -> dict[int, Practice]:
    """One place for about two people of a trade, spread over the larger communes; by member."""
    known = {person.last_name: insee for person, insee, _quota, _radius in KNOWN}
    by_code = {commune.insee_code: commune for commune in communes}
    practices: dict[tuple[str, str], Practice] = {}
    places = []
    for number, row in enumerate(rows):
        home = by_code.get(known.get(row.user.last_name, ""), communes[number % len(communes)])
        name, kind = KINDS.get(str(row.profession_id), ("Maison de santé", Practice.Kind.MSP))
        key = (name, home.insee_code)
        if key not in practices:
            practices[key] = _practice(cpts, f"{name} {_of(home.name)}", kind, home, chance)
        places.append((practices[key], row))
    Practice.objects.bulk_create(practices.values())
    PracticeMember.objects.bulk_create(
        PracticeMember(cpts=cpts, practice=practice, membership=row) for practice, row in places
    )
    return {row.pk: practice for practice, row in places}


def _of(place: str) -> str:
    """« de Lestrem », « d’Essars », « du Touquet », « de La Couture »."""
    if place.startswith("Le "):
        return f"du {place[3:]}"
    return f"d’{place}" if fold(place)[0] in "aeiouhy" else f"de {place}"


def _practice(cpts: Cpts, name: str, kind: str, home: Commune, chance: Random) -> Practice:
    assert home.latitude is not None
    assert home.longitude is not None
    return Practice(
        cpts=cpts,
        name=name,
        kind=kind,
        address=f"{chance.randrange(1, 90)} {chance.choice(STREETS)}",
        commune=home,
        latitude=home.latitude + chance.uniform(-0.004, 0.004),
        longitude=home.longitude + chance.uniform(-0.006, 0.006),
        phone=f"+3335301{territories.rank(cpts.slug)}{chance.randrange(900, 999)}",
        is_wheelchair_accessible=chance.random() < 0.8,
        does_home_visits=kind != Practice.Kind.PHARMACY and chance.random() < 0.5,
    )


def _load_intakes(gps: list[Membership], chance: Random, *, is_main: bool) -> list[Intake]:
    """Every GP but the last has said what he can take; one in five is on a pause."""
    told = {person.last_name: (quota, radius) for person, _insee, quota, radius in KNOWN}
    rows = []
    for number, gp in enumerate(gps[:-1]):
        quota, radius = chance.choice((3, 4, 4, 5, 6)), chance.choice((10, 12, 15, 20))
        known = told.get(gp.user.last_name) if is_main else None
        rows.append(
            Intake(
                cpts=gp.cpts,
                membership=gp,
                monthly_quota=known[0] if known else quota,
                radius_km=known[1] if known else radius,
                takes_children=number % 4 != 3,
                takes_home_visits=number % 2 == 0,
                takes_psychiatric=number % 5 != 4,
                paused_until=timezone.localdate() + timedelta(days=20) if number % 5 == 4 else None,
            )
        )
    return Intake.objects.bulk_create(rows)


def _share_practice(*, secretary: Membership, gp: Membership) -> None:
    place = PracticeMember.objects.get(membership=gp)
    PracticeMember.objects.create(
        cpts=gp.cpts, practice=place.practice, membership=secretary, is_main=True
    )
