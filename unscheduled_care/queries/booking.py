"""What a booking reads before it writes, in one query and by hand.

Asked at every claim, with all that a claim and its messages say. The ORM's query of the page, its
names and its places, costs three times as much, of which PostgreSQL spends most on planning.
"""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, models

from cpts_portal.core import prepared
from cpts_portal.core.models import Commune
from members.models import Membership, Practice, User
from unscheduled_care.models import Hold, Reason, Slot

READ: dict[type[models.Model], tuple[str, ...]] = {
    Hold: ("id", "cpts_id", "slot_id", "holder_id", "held_by_id", "starts_at", "expires_at"),
    Slot: ("id", "cpts_id", "professional_id", "practice_id", "kind", "status", "starts_at"),
    Membership: ("id", "cpts_id", "user_id", "profession_id", "email"),
    User: ("id", "email"),
    Practice: (
        *("id", "cpts_id", "name", "address", "phone", "commune_id"),
        "is_wheelchair_accessible",
    ),
    Commune: ("insee_code", "name"),
    Reason: ("code", "label", "label_en", "professions"),
}
COLUMNS = ", ".join(
    f'"{model._meta.model_name}".{name}' for model, names in READ.items() for name in names
)
TO_CLAIM = f"""
    SELECT {COLUMNS}, hold.expires_at - statement_timestamp(), claim.id
    FROM unscheduled_care_hold AS hold
    JOIN unscheduled_care_slot AS slot ON slot.id = hold.slot_id
    JOIN members_membership AS membership ON membership.id = slot.professional_id
    JOIN members_user AS "user" ON "user".id = membership.user_id
    LEFT JOIN members_practice AS practice ON practice.id = slot.practice_id
    LEFT JOIN core_commune AS commune ON commune.insee_code = practice.commune_id
    LEFT JOIN unscheduled_care_reason AS reason ON reason.code = %s AND reason.is_active
    LEFT JOIN unscheduled_care_claim AS claim ON claim.hold_id = hold.id
    WHERE hold.id = %s AND hold.cpts_id = %s AND NOT hold.is_for_waiting
"""  # noqa: S608 - constants only


class Asked(NamedTuple):
    """A hold that tells what `holds_shown` does, and the reason if it may be given."""

    hold: Hold
    reason: Reason | None


def hold_to_claim(pk: int, cpts_id: int, code: str) -> Asked | None:
    """What somebody keeps in that CPTS, and the reason of that code; None for no such hold.

    Only the columns of READ are there: what a page shows besides is for `holds_shown`.
    """
    row = prepared.one(TO_CLAIM, [code, pk, cpts_id])
    return None if row is None else _asked(row)


def _asked(row: tuple[Any, ...]) -> Asked:
    values = iter(row)
    found: dict[Any, Any] = {
        model: _instance(model, names, list(islice(values, len(names))))
        for model, names in READ.items()
    }
    hold, slot, practice, reason = (found[one] for one in (Hold, Slot, Practice, Reason))
    hold.left, hold.claimed_as = values
    hold.slot, slot.professional, slot.practice = slot, found[Membership], practice
    slot.professional.user = found[User]
    if practice is not None:
        practice.commune = found[Commune]
    is_asked = reason is not None and reason.is_for(slot.professional.profession_id or "")
    return Asked(hold, reason if is_asked else None)


def _instance(
    model: type[models.Model], names: tuple[str, ...], values: list[Any]
) -> models.Model | None:
    """The row; None where the other side of a LEFT JOIN has none."""
    return None if values[0] is None else model.from_db(connection.alias, names, values)
