"""The missions of the contract with the health insurance, and what an hour of each is paid."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from cpts_portal.core import audit
from members.actions.groups import ask_governance
from members.models import Membership, Mission

CODE_LENGTH = 24


@transaction.atomic
def add_mission(*, by: Membership, **fields: Any) -> Mission:
    """Last in the list, under a code made of its label."""
    ask_governance(by)
    last = Mission.objects.aggregate(last=Max("position"))["last"]
    mission: Mission = Mission.objects.create(
        cpts=by.cpts, code=_free_code(fields["label"]), position=(last or 0) + 1, **fields
    )
    audit.record(mission, "add", by=by)
    return mission


@transaction.atomic
def edit_mission(mission: Mission, *, by: Membership, **fields: Any) -> Mission:
    """The trace keeps the rate that was and the one that is."""
    ask_governance(by)
    mission = Mission.objects.select_for_update(of=("self",), no_key=True).get(pk=mission.pk)
    rate = str(mission.hourly_rate)
    for name, value in fields.items():
        setattr(mission, name, value)
    mission.save(update_fields=[*fields])
    audit.record(mission, "edit", by=by, source=rate, target=str(mission.hourly_rate))
    return mission


def _free_code(label: str) -> str:
    code = slugify(label)[:CODE_LENGTH].strip("-") or "mission"
    taken = set(Mission.objects.filter(code__startswith=code).values_list("code", flat=True))
    tries = (code, *(f"{code}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in tries if name not in taken)
