"""The association of one CPTS: colleges and dues, instances, documents, missions' groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.utils import timezone

from cpts_portal.board.demo import texts
from cpts_portal.board.demo.territories import Territory
from members.models import (
    College,
    Cpts,
    Document,
    Group,
    Mandate,
    Membership,
    Mission,
    ReceiptCounter,
    Role,
    Subscription,
)

FOUNDERS = 8
UNPAID = 3
HOURLY_RATE = 50
"""Euros, whatever the mission."""
IN_THE_BUREAU = (
    (5, Mandate.Function.TREASURER),
    (1, Mandate.Function.PRESIDENT),
    (3, Mandate.Function.SECRETARY),
    (8, Mandate.Function.VICE_PRESIDENT),
)


@dataclass(frozen=True)
class Association:
    """What the life in common is told from."""

    cpts: Cpts
    members: list[Membership]
    groups: list[Group]
    missions: list[Mission]


def load(territory: Territory, cpts: Cpts, members: list[Membership]) -> Association:
    """Write the colleges' dues, the mandates and the documents; `members` are professionals."""
    chance = Random(f"{cpts.slug} association")  # noqa: S311 - the same each time, not a secret
    _charge(cpts, territory.fee)
    Mission.objects.update(hourly_rate=HOURLY_RATE)
    _join_colleges(members)
    partners = list(Membership.objects.filter(role=Role.PARTNER).select_related("college"))
    _pay([*partners, *members], chance)
    _publish(cpts)
    missions = list(Mission.objects.all())
    groups = _gather(territory, cpts, members, missions)
    return Association(cpts=cpts, members=members, groups=groups, missions=missions)


def _charge(cpts: Cpts, fee: int) -> None:
    College.objects.exclude(kind=College.Kind.PARTNERS).update(
        fee=fee, payment_help=texts.PAYMENT if fee else ""
    )


def _join_colleges(members: list[Membership]) -> None:
    by_kind = {college.kind: college for college in College.objects.all()}
    for number, member in enumerate(members):
        founder = number < FOUNDERS
        member.college = by_kind[College.Kind.FOUNDERS if founder else College.Kind.MEMBERS]
    Membership.objects.bulk_update(members, ["college"])
    partners = Membership.objects.filter(role=Role.PARTNER)
    partners.update(college=by_kind[College.Kind.PARTNERS])


def _pay(members: list[Membership], chance: Random) -> None:
    """Last year paid by all, this year by all but a few; receipts in the order of payment."""
    this_year = timezone.localdate().year
    rows = []
    for year in (this_year - 1, this_year):
        late = {member.pk for member in members[-UNPAID:]} if year == this_year else set()
        paid = sorted(
            (_year(member, year, chance) for member in members if member.starts_on.year <= year),
            key=lambda row: row.paid_on or date.max,
        )
        number = 0
        for row in paid:
            if row.membership_id in late and row.fee:
                row.paid_on = row.recorded_at = None
                row.means = ""
            elif row.fee:
                number += 1
                row.receipt_number = f"{year}-{number:04d}"
        rows += paid
        ReceiptCounter.objects.create(cpts=members[0].cpts, year=year, last=number)
    Subscription.objects.bulk_create(rows)


def _year(member: Membership, year: int, chance: Random) -> Subscription:
    college = member.college
    assert college is not None
    starts_on = max(date(year, 1, 1), member.starts_on)
    paid_on = min(starts_on + timedelta(days=chance.randrange(60)), timezone.localdate())
    means = chance.choice((Subscription.Means.TRANSFER, Subscription.Means.CHEQUE))
    return Subscription(
        cpts=member.cpts,
        membership=member,
        college=college,
        starts_on=starts_on,
        ends_on=date(year, 12, 31),
        fee=college.fee,
        paid_on=paid_on if college.fee else starts_on,
        means=means if college.fee else Subscription.Means.FREE,
        recorded_at=_noon(paid_on),
    )


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.get_current_timezone())


def _publish(cpts: Cpts) -> None:
    now = timezone.now()
    rows = [(Document.Kind.CHARTER, "Charte de la CPTS", 1, texts.OLD_CHARTER, 900)]
    rows += [(Document.Kind.CHARTER, "Charte de la CPTS", 2, texts.CHARTER, 200)]
    rows += [(Document.Kind.STATUTES, "Statuts de l’association", 1, texts.STATUTES, 900)]
    Document.objects.bulk_create(
        Document(
            cpts=cpts,
            kind=kind,
            title=title,
            version=version,
            body=body,
            created_at=now - timedelta(days=age),
            published_at=now - timedelta(days=age),
        )
        for kind, title, version, body, age in rows
    )
    Document.objects.bulk_create(
        Document(
            cpts=cpts,
            kind=Document.Kind.KIT,
            title=title,
            body=body,
            position=position,
            published_at=now - timedelta(days=200),
        )
        for position, (title, body) in enumerate(texts.KIT)
    )


def _gather(
    territory: Territory, cpts: Cpts, members: list[Membership], missions: list[Mission]
) -> list[Group]:
    """Seats in the bureau and the board, then a working group for each pathway."""
    bureau = Group.objects.get(kind=Group.Kind.BUREAU)
    board = Group.objects.get(kind=Group.Kind.BOARD)
    pathways = [mission for mission in missions if "parcours" in mission.label.casefold()]
    working = Group.objects.bulk_create(
        Group(
            cpts=cpts,
            name=f"Groupe « {pathway} »",
            purpose=f"Parcours et actions : {pathway.casefold()}.",
            mission=pathways[0] if pathways else None,
        )
        for pathway in territory.pathways
    )
    seats = [(bureau, members[number], function) for number, function in IN_THE_BUREAU]
    seats += [(board, member, Mandate.Function.MEMBER) for member in members[1:10]]
    for number, group in enumerate(working):
        team = [members[(number * 4 + step) % len(members)] for step in range(5)]
        seats += [(group, team[0], Mandate.Function.LEAD)]
        seats += [(group, member, Mandate.Function.MEMBER) for member in team[1:]]
    Mandate.objects.bulk_create(
        Mandate(
            cpts=cpts, group=group, membership=member, function=function, starts_on=_start(member)
        )
        for group, member, function in seats
    )
    return [bureau, board, *working]


def _start(member: Membership) -> date:
    return max(member.starts_on, timezone.localdate() - timedelta(days=400))
