"""Finding a member: by name, profession, skill, commune or language, with counts.

A CPTS has several hundred members at most: what is searched is read whole, a few small columns,
and compared in Python without accents; only the page shown is loaded.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from cpts_portal.core.models import Commune
from cpts_portal.core.territory import fold
from members.models import Language, Membership, PracticeMember, Profession, Role, Skill
from members.queries.cards import EVERYTHING, Card, Public, inside_card, public_card, with_cards

PAGE = 24
FACETS = ("profession", "skill", "commune", "language")


@dataclass(frozen=True)
class Filters:
    """What is asked; empty asks nothing."""

    q: str = ""
    profession: str = ""
    skill: str = ""
    commune: str = ""
    language: str = ""

    @cached_property
    def starts(self) -> list[str]:
        """How each word looked for begins, folded."""
        return fold(self.q).split()

    def __bool__(self) -> bool:
        return any((self.q, self.profession, self.skill, self.commune, self.language))


@dataclass(frozen=True)
class Entry:
    """What can be found of a member by one kind of reader: nothing else is searched."""

    pk: int
    order: tuple[str, str]
    words: frozenset[str]
    profession: frozenset[str]
    skill: frozenset[str]
    commune: frozenset[str]
    language: frozenset[str]

    def answers(self, filters: Filters, but: str = "") -> bool:
        """Whether every filter is met, `but` one set aside."""
        asked = ((name, getattr(filters, name)) for name in FACETS if name != but)
        if any(code and code not in getattr(self, name) for name, code in asked):
            return False
        return all(any(word.startswith(start) for word in self.words) for start in filters.starts)


@dataclass(frozen=True)
class Option:
    """One value of a filter, and how many members it would leave."""

    code: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Found:
    """One page of the directory, and what narrows it further."""

    cards: Sequence[Card]
    total: int
    everybody: int
    number: int
    pages: int
    filters: Filters
    facets: dict[str, list[Option]]
    communes: Counter[str]

    @property
    def asked_words(self) -> str:
        """The filters chosen, in words: « Infirmier, Lestrem »."""
        options = (one for options in self.facets.values() for one in options)
        searched = [gettext("« %(words)s »") % {"words": self.filters.q}] if self.filters.q else []
        return ", ".join([*searched, *(one.label for one in options if one.is_chosen)])


def listed() -> QuerySet[Membership]:
    """Who is in the directory of the open CPTS: everybody whose place runs, but who funds it."""
    members: QuerySet[Membership] = Membership.objects.current().exclude(role=Role.FUNDER)
    return members


def public_members() -> QuerySet[Membership]:
    """Who opted in, in the open CPTS."""
    return listed().filter(public_fields__contains=[Public.IDENTITY])


def look_up(filters: Filters, page: int = 1) -> Found:
    """The directory as colleagues see it."""
    return _found(_entries(listed(), is_public=False), filters, page, is_public=False)


def public_look_up(filters: Filters, page: int = 1) -> Found:
    """The directory as everybody sees it: a field not opted in is not searched either."""
    return _found(_entries(public_members(), is_public=True), filters, page, is_public=True)


def all_cards(filters: Filters) -> list[Card]:
    """Every member that the filters leave, for an export."""
    return _cards(_answering(_entries(listed(), is_public=False), filters), is_public=False)


def card_of(person: int) -> Card | None:
    found = with_cards(listed()).filter(pk=person).first()
    return inside_card(found) if found else None


def public_card_of(person: int) -> Card | None:
    found = with_cards(public_members()).filter(pk=person).first()
    return public_card(found) if found else None


# --- What is searched -----------------------------------------------------------------------
def _entries(members: QuerySet[Membership], *, is_public: bool) -> list[Entry]:
    """In the order of names, from four queries."""
    rows = members.values_list(
        *("pk", "user__first_name", "user__last_name", "organisation", "other_skills"),
        *("profession_id", "public_fields"),
    )
    skills = _pairs(Membership.skills.through, "skill_id", members)
    languages = _pairs(Membership.languages.through, "language_id", members)
    places = _places(members)
    entries = []
    for pk, first, last, organisation, other, profession, fields in rows:
        shown = frozenset(fields) if is_public else EVERYTHING
        worked = places[pk] if Public.PRACTICE in shown else []
        words = [first, last, *(name for _commune, name in worked)]
        words += [other] if Public.SKILLS in shown else []
        words += [] if is_public else [organisation]
        entries.append(
            Entry(
                pk=pk,
                order=(fold(last), fold(first)),
                words=frozenset(fold(" ".join(words)).split()),
                profession=frozenset({profession} if profession else ()),
                skill=frozenset(skills[pk] if Public.SKILLS in shown else ()),
                commune=frozenset(commune for commune, _name in worked),
                language=frozenset(languages[pk] if Public.LANGUAGES in shown else ()),
            )
        )
    return sorted(entries, key=lambda entry: (entry.order, entry.pk))


def _pairs(through: Any, column: str, members: QuerySet[Membership]) -> defaultdict[int, list[str]]:
    held: defaultdict[int, list[str]] = defaultdict(list)
    rows = through.objects.filter(membership__in=members.values("pk"))
    for member, code in rows.values_list("membership_id", column):
        held[member].append(code)
    return held


def _places(members: QuerySet[Membership]) -> defaultdict[int, list[tuple[str, str]]]:
    held: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = PracticeMember.objects.filter(membership__in=members.values("pk"))
    for member, commune, name in rows.values_list(
        "membership_id", "practice__commune_id", "practice__name"
    ):
        held[member].append((commune, name))
    return held


# --- What is found --------------------------------------------------------------------------
def _answering(entries: Iterable[Entry], filters: Filters) -> list[int]:
    return [entry.pk for entry in entries if entry.answers(filters)]


def _found(entries: list[Entry], filters: Filters, page: int, *, is_public: bool) -> Found:
    filters = _understood(entries, filters)
    answering = _answering(entries, filters)
    pages = max(1, ceil(len(answering) / PAGE))
    number = min(max(1, page), pages)
    counts = {name: _count(entries, filters, name) for name in FACETS}
    return Found(
        cards=_cards(answering[(number - 1) * PAGE : number * PAGE], is_public=is_public),
        total=len(answering),
        everybody=len(entries),
        number=number,
        pages=pages,
        filters=filters,
        facets={name: _options(name, counts[name], getattr(filters, name)) for name in FACETS},
        communes=counts["commune"],
    )


def _understood(entries: Sequence[Entry], filters: Filters) -> Filters:
    """A value that nobody here has is not asked, as a link may be old."""
    known = {name: {code for one in entries for code in getattr(one, name)} for name in FACETS}
    forgotten = {name: "" for name in FACETS if getattr(filters, name) not in known[name]}
    return replace(filters, **forgotten)


def _count(entries: Iterable[Entry], filters: Filters, name: str) -> Counter[str]:
    """How many members each value would leave, the other filters kept."""
    left = (getattr(one, name) for one in entries if one.answers(filters, but=name))
    return Counter(code for codes in left for code in codes)


def _options(name: str, counts: Counter[str], chosen: str) -> list[Option]:
    codes = {*counts, *([chosen] if chosen else [])}
    labels = _labels(name, codes)
    return [
        Option(code, label, counts[code], code == chosen)
        for code, label in sorted(labels.items(), key=lambda item: fold(item[1]))
    ]


def _labels(name: str, codes: Collection[str]) -> dict[str, str]:
    models: dict[str, Any] = {"profession": Profession, "skill": Skill, "language": Language}
    model = models.get(name, Commune)
    return {one.pk: str(one) for one in model.objects.filter(pk__in=codes)}


def _cards(keys: Sequence[int], *, is_public: bool) -> list[Card]:
    members = with_cards(Membership.objects.filter(pk__in=keys)).in_bulk()
    drawn = public_card if is_public else inside_card
    cards = (drawn(members[key]) for key in keys if key in members)
    return [card for card in cards if card is not None]
