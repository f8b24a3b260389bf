"""What a member tells of herself, and what of it everybody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted
from members import rules
from members.models import Language, Membership, Skill

COLUMNS = ("phone", "email", "mssante", "other_skills", "wants_minutes", "wants_ads")


@dataclass(frozen=True)
class Profile:
    """What the form says; `public_fields` are values of `Membership.PublicField`."""

    phone: str = ""
    email: str = ""
    mssante: str = ""
    skills: Sequence[Skill] = ()
    other_skills: str = ""
    languages: Sequence[Language] = ()
    public_fields: Sequence[str] = ()
    wants_minutes: bool = True
    wants_ads: bool = False


@transaction.atomic
def save_profile(membership: Membership, profile: Profile, *, by: Any) -> Membership:
    """Write what changed. The trace names it without its values; consent is traced in full."""
    if not rules.keeps_profile(by, membership):
        raise NotPermitted(_("Seul ce membre écrit son profil."))
    member: Membership = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    changed = [name for name in COLUMNS if getattr(member, name) != getattr(profile, name)]
    for name in changed:
        setattr(member, name, getattr(profile, name))
    opted = [one for one in Membership.PublicField.values if one in profile.public_fields]
    is_opted_anew = set(opted) != set(member.public_fields)
    member.public_fields = opted
    member.save(update_fields=[*COLUMNS, "public_fields"])
    changed += _write_words(member, profile)
    if changed:
        audit.record(member, "edit_profile", by=by, reason=", ".join(changed))
    if is_opted_anew:
        audit.record(member, "set_public_fields", by=by, reason=", ".join(opted))
    return member


def _write_words(member: Membership, profile: Profile) -> list[str]:
    changed = []
    for name in ("skills", "languages"):
        held, told = getattr(member, name), getattr(profile, name)
        if {one.pk for one in held.all()} != {one.pk for one in told}:
            held.set(told)
            changed.append(name)
    return changed
