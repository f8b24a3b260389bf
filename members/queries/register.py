"""The public register of the territory: found by number or name, compared with our members."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max, QuerySet

from cpts_portal.core.territory import fold
from members.models import Membership, PracticeMember, RppsActivity, RppsDifference
from members.rules.import_cells import proper_name

AT_MOST = 40
"""Lines shown for one search."""
LONGEST_SEARCH = 80
SMALL_WORDS = frozenset("a au aux d de des du en et l la le les sur sous".split())
SHORT_FORMS = frozenset("CDS CH CHU CPTS EHPAD ESMS HAD MSP SCM SCP SELARL SISA SSIAD".split())
NUMBER = re.compile(r"[0-9 .]+")
DOCTOR = "10"
"""The register's code of doctors, general practitioners and specialists alike."""
Field = RppsDifference.Field


def known(rpps: str) -> list[RppsActivity]:
    """What the register says of this number, a row an activity; [] for a number it has not here."""
    return _activities([rpps]) if rpps else []


def extracted_on() -> date | None:
    """The day of the extraction that is loaded; None before the first."""
    day: date | None = RppsActivity.objects.aggregate(day=Max("extracted_on"))["day"]
    return day


def search(text: str) -> list[RppsActivity]:
    """Activities under a number, or whose names hold every word of `text`; blind to accents."""
    text = text.strip()
    if not text or len(text) > LONGEST_SEARCH:
        return []
    found = RppsActivity.objects.select_related("commune")
    if NUMBER.fullmatch(text):
        found = found.filter(rpps=re.sub(r"\D", "", text))
    else:
        words = fold(text).split()
        if not words:
            return []
        for word in words:
            found = found.filter(search_name__contains=word)
    return list(found.order_by("search_name", "rpps", "pk")[:AT_MOST])


@dataclass(frozen=True)
class Found:
    """An activity as the page shows it, and the membership that bears its number."""

    activity: RppsActivity
    member: int | None

    @property
    def name(self) -> str:
        names = (self.activity.first_name, self.activity.last_name)
        return " ".join([self.activity.title, *map(proper_name, names)]).strip()

    @property
    def place(self) -> str:
        return activity_place_told(self.activity)


def found_by(text: str) -> list[Found]:
    """What `search` finds, and who of it is a member today."""
    activities = search(text)
    numbers = {activity.rpps for activity in activities}
    running = Membership.objects.current().filter(rpps__in=numbers)
    members = dict(running.values_list("rpps", "pk"))
    return [Found(activity, members.get(activity.rpps)) for activity in activities]


def open_differences() -> QuerySet[RppsDifference]:
    """To approve or to set aside, by member."""
    return (
        RppsDifference.objects.filter(status=RppsDifference.Status.OPEN, membership__ends_on=None)
        .select_related("membership__user", "membership__profession")
        .order_by("membership__user__last_name", "membership__user__first_name", "field", "pk")
    )


def _activities(numbers: Sequence[str]) -> list[RppsActivity]:
    found = RppsActivity.objects.filter(rpps__in=numbers).select_related("commune")
    return list(found.order_by("pk"))


# --- The comparison -------------------------------------------------------------------------
@dataclass(frozen=True)
class Difference:
    """What the register says otherwise of one field of a member."""

    field: str
    ours: str
    theirs: str


def differences() -> dict[int, list[Difference]]:
    """By membership with a number, what the register says otherwise; flat in queries."""
    members = list(
        Membership.objects.current()
        .exclude(rpps="")
        .select_related("user", "profession")
        .order_by("pk")
    )
    said = defaultdict(list)
    for activity in _activities([member.rpps for member in members]):
        said[activity.rpps].append(activity)
    places = _places([member.pk for member in members])
    return {
        member.pk: compared(member, said[member.rpps], places.get(member.pk, []))
        for member in members
    }


def differences_of(member: Membership) -> list[Difference]:
    """The same for one member, as the register is now."""
    return compared(member, known(member.rpps), _places([member.pk]).get(member.pk, []))


def _places(keys: Sequence[int]) -> dict[int, list[PracticeMember]]:
    found = defaultdict(list)
    rows = PracticeMember.objects.filter(membership__in=keys)
    for place in rows.select_related("practice__commune").order_by("-is_main", "pk"):
        found[place.membership_id].append(place)
    return found


def compared(
    member: Membership, activities: Sequence[RppsActivity], places: Sequence[PracticeMember]
) -> list[Difference]:
    """Nothing for a trade that the register does not hold."""
    profession = member.profession
    if profession is not None and not profession.has_rpps:
        return []
    if not activities:
        return [Difference(Field.ABSENT, member.rpps, "")]
    found = [_names(member, activities), _trade(member, activities), _place(places, activities)]
    return [difference for group in found for difference in group]


def _names(member: Membership, activities: Sequence[RppsActivity]) -> list[Difference]:
    found = []
    for field in (Field.LAST_NAME, Field.FIRST_NAME):
        ours = getattr(member.user, field)
        theirs = [getattr(activity, field) for activity in activities]
        if theirs[0] and fold(ours) not in {fold(name) for name in theirs}:
            found.append(Difference(field, ours, proper_name(theirs[0])))
    return found


def _trade(member: Membership, activities: Sequence[RppsActivity]) -> list[Difference]:
    codes = {activity.profession_code for activity in activities}
    ours = member.profession
    if ours is None or not ours.rpps_code or ours.rpps_code in codes:
        return []
    return [Difference(Field.PROFESSION, ours.label, activities[0].profession_label)]


def _place(
    places: Sequence[PracticeMember], activities: Sequence[RppsActivity]
) -> list[Difference]:
    """Silent as soon as one place is the same: people work in more places than either knows."""
    theirs = [activity for activity in activities if activity.address]
    ours = {(one.practice.commune_id, street_key(one.practice.address)) for one in places}
    if not theirs or any((one.commune_id, street_key(one.address)) in ours for one in theirs):
        return []
    main = next((place_told(one.practice) for one in places), "")
    return [Difference(Field.PRACTICE, main[:300], activity_place_told(theirs[0])[:300])]


def street_key(address: str) -> tuple[str, str]:
    """Number and last word: « 2 r. du Marché » and « 2 RUE DU MARCHE » are one address."""
    words = fold(address).split()
    number = next((word for word in words if word.isdigit()), "")
    return number, words[-1] if words else ""


def place_told(practice: object) -> str:
    name, address, commune = (getattr(practice, part) for part in ("name", "address", "commune"))
    return ", ".join(part for part in (name, address, commune.name) if part)


def activity_place_told(activity: RppsActivity) -> str:
    parts = (place_name(activity), quiet(activity.address), activity.commune.name)
    return ", ".join(part for part in parts if part)


def place_name(activity: RppsActivity) -> str:
    return quiet(activity.practice_name)


def quiet(text: str) -> str:
    """Words in capitals become words: "2 Place DU MARCHE" is "2 Place du Marche"."""
    first, *others = text.split() or [""]
    return " ".join([_quiet(first, is_first=True), *map(_quiet, others)])


def _quiet(word: str, *, is_first: bool = False) -> str:
    if not word.isupper() or word in SHORT_FORMS:
        return word
    return word.lower() if word.lower() in SMALL_WORDS and not is_first else word.title()
