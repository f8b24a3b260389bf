"""The whole demonstration, each CPTS in one transaction; what is there already stays as it is."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from cpts_portal.board.demo import (
    association,
    care,
    common_life,
    prevention,
    queue,
    staff,
    territories,
)
from cpts_portal.board.demo.staff import Staff
from cpts_portal.board.demo.territories import Territory
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import open_scope
from members.actions import communities
from members.models import Cpts, CptsCommune
from patients import rules
from patients.models import PriorityRuleSet

Say = Callable[[str], object]


def load(say: Say) -> None:
    for territory in territories.TERRITORIES:
        if Cpts.objects.filter(slug=territory.slug).exists():
            say(f"{territory.name} : déjà là, rien n’est changé")
        else:
            _load(territory, say)


@transaction.atomic
def _load(territory: Territory, say: Say) -> None:
    cpts = Cpts.objects.create(
        name=territory.name,
        slug=territory.slug,
        help_phone=territory.help_phone,
        help_hours=territory.help_hours,
        help_hours_en=territory.help_hours_en,
        address=territory.address,
        email=territory.email,
        aci_signed_on=territory.aci_signed_on,
        population=territory.population,
    )
    with open_scope(cpts=cpts):
        communes = _cover(cpts, territory)
        rule_set = PriorityRuleSet.objects.create(cpts=cpts, version=1, rules=rules.DEFAULT_RULES)
        is_main = territory is territories.ARTOIS_LYS
        team = staff.load(cpts, communes, territory.members, is_main=is_main)
        said = f"{cpts.name} : {len(communes)} communes, {territory.members} professionnels"
        if territory is not territories.BEAUMONT_ARTOIS:
            staff.add_office(team, is_main=is_main)
        _associate(territory, cpts, team)
        if is_main:
            said += f", {queue.load(team, communes, rule_set)} demandes"
        said += f", {care.load(team)} créneaux, {prevention.load(team)} campagnes"
    say(said)


def _associate(territory: Territory, cpts: Cpts, team: Staff) -> None:
    """The association's life, told by its coordination, or by its first member without one."""
    communities.prepare(cpts)
    told = association.load(territory, cpts, team.members)
    common_life.load(told, by=(team.coordinators or team.members)[0])
    if team.secretary:
        common_life.delegate(team.gps[:2], team.secretary)


def _cover(cpts: Cpts, territory: Territory) -> list[Commune]:
    """Link the communes, those of no document marked as assumed; the largest first."""
    codes = (*territory.named, *territory.assumed)
    communes = list(Commune.objects.filter(insee_code__in=codes).order_by("-population"))
    CptsCommune.objects.bulk_create(
        CptsCommune(cpts=cpts, commune=commune, is_assumed=commune.insee_code in territory.assumed)
        for commune in communes
    )
    return communes
