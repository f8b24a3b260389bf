"""What the directory tells of a member: to colleagues all of it, to the public what she chose.

A card holds what its reader may see and nothing else: pages, contact cards and documents are
drawn from cards alone, so that a field not opted in cannot be in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from cpts_portal.core.models import Commune
from members.models import Membership, Practice, PracticeMember, Role
from members.queries.hours import door_words, week_of
from members.rules.openings import Door, door_at

Public = Membership.PublicField
EVERYTHING = frozenset(Public.values)
Words = Mapping[str, Iterable[object]]
NO_WORDS: Words = {}
MAP = "https://www.openstreetmap.org/search?"
TONES = {
    Role.PROFESSIONAL: "",
    Role.SECRETARY: "av-ide",
    Role.PARTNER: "av-ide",
    Role.COORDINATOR: "av-kin",
    Role.BOARD: "av-kin",
}


@dataclass(frozen=True)
class PlaceCard:
    """A place of work; `door` is None where nobody has told the hours."""

    pk: int
    name: str
    kind: str
    address: str
    commune: Commune
    phone: str
    is_main: bool
    is_wheelchair_accessible: bool
    does_home_visits: bool
    languages: Sequence[str]
    week: Sequence[tuple[str, str]]
    door: Door | None

    @property
    def postal_code(self) -> str:
        return self.commune.postal_codes[0] if self.commune.postal_codes else ""

    @property
    def door_words(self) -> str:
        return door_words(self.door) if self.door else ""

    @property
    def map_url(self) -> str:
        """Where the place is, on OpenStreetMap; opened by a click alone."""
        return MAP + urlencode({"query": f"{self.address}, {self.postal_code} {self.commune}"})


@dataclass(frozen=True)
class Card:
    """One member as one kind of reader sees her; what is not for him is empty."""

    pk: int
    title: str
    first_name: str
    last_name: str
    name: str
    initials: str
    tone: str
    function: str
    organisation: str
    phone: str
    email: str
    mssante: str
    skills: Sequence[str]
    languages: Sequence[str]
    places: Sequence[PlaceCard]

    @property
    def main_place(self) -> PlaceCard | None:
        return next(iter(self.places), None)

    @property
    def best_phone(self) -> str:
        """The number to call first: the direct line, else the first place's."""
        return self.phone or next((place.phone for place in self.places if place.phone), "")

    @property
    def communes(self) -> str:
        return ", ".join(dict.fromkeys(place.commune.name for place in self.places))

    @property
    def does_home_visits(self) -> bool:
        return any(place.does_home_visits for place in self.places)


def with_cards(members: QuerySet[Membership]) -> QuerySet[Membership]:
    """What a card asks, in a number of queries that does not depend on how many members."""
    places = PracticeMember.objects.select_related("practice__commune").order_by("-is_main", "pk")
    places = places.prefetch_related("practice__hours", "practice__languages")
    return members.select_related("user", "profession").prefetch_related(
        "skills", "languages", Prefetch("places", places)
    )


def inside_card(member: Membership) -> Card:
    """For colleagues of the CPTS; the member comes from `with_cards`."""
    return _card(member, EVERYTHING, timezone.now(), is_public=False)


def public_card(
    member: Membership,
    shown: Iterable[str] | None = None,
    words: Words = NO_WORDS,
) -> Card | None:
    """For everybody: the fields she opted in, None when there is none.

    A preview gives what would be `shown`, and the rows of `words` (skills, languages) to be kept.

    Neither her MSSanté address nor her organisation is ever public.
    """
    fields = frozenset(member.public_fields if shown is None else shown)
    if Public.IDENTITY not in fields:
        return None
    return _card(member, fields, timezone.now(), is_public=True, words=words)


def _card(
    member: Membership,
    shown: frozenset[str],
    now: datetime,
    *,
    is_public: bool,
    words: Words = NO_WORDS,
) -> Card:
    user = member.user
    return Card(
        pk=member.pk,
        title=user.title,
        first_name=user.first_name,
        last_name=user.last_name,
        name=user.get_full_name(),
        initials=user.initials,
        tone=TONES.get(Role(member.role), ""),
        function=str(member.profession or member.get_role_display()),
        organisation="" if is_public else member.organisation,
        phone=member.phone if Public.PHONE in shown else "",
        email=member.email if Public.EMAIL in shown else "",
        mssante="" if is_public else member.mssante,
        skills=_skills(member, words) if Public.SKILLS in shown else (),
        languages=_labels(words.get("languages", member.languages.all()))
        if Public.LANGUAGES in shown
        else (),
        places=[_place(one, shown, now) for one in member.places.all()]
        if Public.PRACTICE in shown
        else (),
    )


def _skills(member: Membership, words: Words) -> list[str]:
    free = [word.strip() for word in member.other_skills.split(",")]
    return [*_labels(words.get("skills", member.skills.all())), *filter(None, free)]


def _labels(words: Iterable[object]) -> list[str]:
    return [str(word) for word in words]


def _place(place: PracticeMember, shown: frozenset[str], now: datetime) -> PlaceCard:
    practice: Practice = place.practice
    openings = [(one.weekday, one.opens, one.closes) for one in practice.hours.all()]
    return PlaceCard(
        pk=practice.pk,
        name=practice.name,
        kind=practice.get_kind_display(),
        address=practice.address,
        commune=practice.commune,
        phone=practice.phone if Public.PRACTICE_PHONE in shown else "",
        is_main=place.is_main,
        is_wheelchair_accessible=practice.is_wheelchair_accessible,
        does_home_visits=practice.does_home_visits,
        languages=_labels(practice.languages.all()) if Public.LANGUAGES in shown else (),
        week=week_of(openings),
        door=door_at(openings, now),
    )
