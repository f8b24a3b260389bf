"""A person's place in a CPTS: given, changed, ended."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted, Refused
from members import departures, rules
from members.actions import subscriptions
from members.models import (
    College,
    Cpts,
    Delegation,
    Invitation,
    Language,
    Mandate,
    Membership,
    PracticeMember,
    Profession,
    Role,
    Skill,
    User,
    Welcome,
)
from members.notifications import memberships as notifications

NAME = ("title", "first_name", "last_name")
LISTS = frozenset({"skills", "languages"})


@dataclass(frozen=True)
class Newcomer:
    """Who joins, as a form or a file told it: E.164 phone, lower-case e-mail, "" for none."""

    title: str
    first_name: str
    last_name: str
    email: str
    phone: str = ""
    mssante: str = ""
    profession: Profession | None = None
    rpps: str = ""
    organisation: str = ""
    other_skills: str = ""
    skills: Collection[Skill] = ()
    languages: Collection[Language] = ()


# --- Coming ---------------------------------------------------------------------------------
@transaction.atomic
def join(
    cpts: Cpts,
    newcomer: Newcomer,
    *,
    role: str,
    college: College | None,
    starts_on: date,
    by: Any,
    user: User | None = None,
) -> Membership:
    """Write a member down, with a first year when there is a college; no message leaves.

    `user` is the account of one who comes back; without it she gets a placeholder. Raises
    NotPermitted, then Refused: already a member on these days, RPPS borne by another member.
    """
    membership = place_for(cpts, newcomer, role=role, college=college, starts_on=starts_on, by=by)
    membership.user = user or _saved(placeholder_of(newcomer))
    with told_politely(Membership):
        membership.save()
    membership.skills.set(newcomer.skills)
    membership.languages.set(newcomer.languages)
    audit.record(membership, "join", by=by, target=role)
    if college is not None:
        subscriptions.open_period(membership, starts_on=starts_on, by=by)
    Welcome.objects.create(cpts=cpts, membership=membership, started_on=starts_on)
    return membership


def place_for(
    cpts: Cpts, newcomer: Newcomer, *, role: str, college: College | None, starts_on: date, by: Any
) -> Membership:
    """Her place, unsaved and nobody's yet; raises NotPermitted, then Refused without profession."""
    membership = Membership(
        cpts=cpts, role=role, college=college, starts_on=starts_on, **_columns(newcomer)
    )
    if not rules.may_give_role(by, membership, role):
        raise NotPermitted(_("Vous ne pouvez pas inscrire quelqu’un à ce rôle."))
    _ask_profession(membership)
    return membership


def placeholder_of(newcomer: Newcomer) -> User:
    """An account, unsaved, that nobody can log in to until the invitation is followed."""
    user = User(
        username=f"membre-{secrets.token_hex(6)}",
        title=newcomer.title,
        first_name=newcomer.first_name,
        last_name=newcomer.last_name,
    )
    user.set_unusable_password()
    return user


def _saved(user: User) -> User:
    user.save()
    return user


def _columns(newcomer: Newcomer | Membership) -> dict[str, Any]:
    names = ("email", "phone", "mssante", "profession", "rpps", "organisation", "other_skills")
    return {name: getattr(newcomer, name) for name in names}


def _ask_profession(membership: Membership) -> None:
    if membership.role == Role.PROFESSIONAL and membership.profession is None:
        raise Refused(_("Un professionnel de santé a une profession : indiquez-la d’abord."))


@transaction.atomic
def come_back(
    membership: Membership, *, role: str, college: College | None, starts_on: date, by: Any
) -> Membership:
    """A new place for one whose place has ended, with her account and what was known of her.

    Raises Refused: still a member, or erased since.
    """
    former = lock(membership)
    if former.ends_on is None:
        raise Refused(_("Cette adhésion est en cours : il n’y a pas à revenir."))
    if former.erased_at is not None or former.user.erased_at is not None:
        raise Refused(_("Cette fiche est effacée : inscrivez la personne comme nouveau membre."))
    again = join(
        former.cpts,
        as_newcomer(former),
        role=role,
        college=college,
        starts_on=starts_on,
        by=by,
        user=former.user,
    )
    for place in former.places.all():
        PracticeMember.objects.create(
            cpts_id=again.cpts_id,
            membership=again,
            practice_id=place.practice_id,
            is_main=place.is_main,
        )
    return again


def first_day_back(former: Membership, today: date) -> date:
    """Today, or the morrow of a last day that is not over."""
    return today if former.ends_on is None else max(today, former.ends_on + timedelta(days=1))


def as_newcomer(member: Membership) -> Newcomer:
    """What is known of a member, as a form or a file would tell it."""
    return Newcomer(
        **{name: getattr(member.user, name) for name in NAME},
        skills=list(member.skills.all()),
        languages=list(member.languages.all()),
        **_columns(member),
    )


# --- Changing -------------------------------------------------------------------------------
@transaction.atomic
def correct(membership: Membership, told: Newcomer, *, by: Any) -> Membership:
    """Write what the desk knows better; the name is the account's, wherever it is a member.

    The trace names what changed, without its values; a new name is told to whom it names. Raises
    NotPermitted, then Refused: ended, a professional without profession, RPPS of another member.
    """
    membership = lock(membership)
    if not rules.keeps_the_register(by, membership):
        raise NotPermitted(_("Cela revient à la coordination ou au bureau."))
    ask_running(membership)
    changed = _changed(as_newcomer(membership), told)
    if membership.user.is_staff and set(changed) & set(NAME):
        raise Refused(_("Le nom de ce compte est tenu par l’administration du portail."))
    for name in NAME:
        setattr(membership.user, name, getattr(told, name))
    for name, value in _columns(told).items():
        setattr(membership, name, value)
    _ask_profession(membership)
    with told_politely(Membership):
        membership.save(update_fields=[*_columns(told)])
    membership.user.save(update_fields=[*NAME])
    membership.skills.set(told.skills)
    membership.languages.set(told.languages)
    if changed:
        trace = audit.record(membership, "correct", by=by, reason=", ".join(changed))
        if set(changed) & set(NAME) and by.user_id != membership.user_id:
            notifications.name_corrected(membership, trace=trace)
    return membership


def _changed(known: Newcomer, told: Newcomer) -> list[str]:
    """Names of what is told otherwise; skills and languages have no order."""
    pairs = {one.name: (getattr(known, one.name), getattr(told, one.name)) for one in fields(told)}
    return [
        name
        for name, (old, new) in pairs.items()
        if (set(old) != set(new) if name in LISTS else old != new)
    ]


@transaction.atomic
def change_role(
    membership: Membership, *, role: str, profession: Profession | None = None, by: Any
) -> Membership:
    """Give another role; `profession` fills in one that lacks.

    Raises NotPermitted, then Refused: ended, last coordinator, a professional without profession.
    """
    membership = lock(membership)
    source = membership.role
    if not all(rules.may_give_role(by, membership, given) for given in (source, role)):
        raise NotPermitted(_("Seule la coordination donne ou retire le rôle de coordination."))
    ask_running(membership)
    if source == Role.COORDINATOR and role != source:
        _ask_not_last_coordinator(membership)
    membership.role = role
    membership.profession = profession or membership.profession
    _ask_profession(membership)
    membership.save(update_fields=["role", "profession"])
    audit.record(membership, "change_role", by=by, source=source, target=role)
    return membership


@transaction.atomic
def change_college(membership: Membership, *, college: College | None, by: Any) -> Membership:
    """Move to another college, or to none; a year not paid yet takes the new fee."""
    membership = lock(membership)
    if not rules.keeps_the_register(by, membership):
        raise NotPermitted(_("Cela revient à la coordination ou au bureau."))
    ask_running(membership)
    source = membership.college
    membership.college = college
    membership.save(update_fields=["college"])
    audit.record(membership, "change_college", by=by, reason=f"{source or '–'} → {college or '–'}")
    subscriptions.follow_college(membership, by=by)
    today = timezone.localdate()
    covered = membership.subscriptions.filter(ends_on__gte=today).exists()
    if college is not None and not covered:
        subscriptions.open_period(membership, starts_on=max(today, membership.starts_on), by=by)
    return membership


# --- Leaving --------------------------------------------------------------------------------
@transaction.atomic
def end(membership: Membership, *, on: date, reason: str, note: str = "", by: Any) -> Membership:
    """End a place; `on` is its last day, today at the latest. Others take over what it held.

    `note` is for the governance alone, and stays out of the traces. Raises NotPermitted, then
    Refused: already ended, last coordinator, a day that cannot be.
    """
    membership = lock(membership)
    if not rules.may_end(by, membership, reason):
        raise NotPermitted(_("Cela revient à la coordination ou au bureau."))
    ask_running(membership)
    _ask_day(membership, on)
    _ask_not_last_coordinator(membership)
    membership.ends_on, membership.end_reason, membership.end_note = on, reason, note
    membership.save(update_fields=["ends_on", "end_reason", "end_note"])
    _take_keys_back(membership, by=by)
    audit.record(membership, "end", by=by, source=membership.role, target=reason)
    for label, count in departures.hand_over_all(membership, by=by):
        audit.record(membership, "hand_over", by=by, reason=f"{label} : {count}")
    return membership


def _ask_day(membership: Membership, on: date) -> None:
    if on > timezone.localdate():
        raise Refused(_("Le dernier jour ne peut pas être dans le futur."))
    if on < membership.starts_on:
        raise Refused(_("Le dernier jour ne peut pas précéder le premier."))


def _take_keys_back(membership: Membership, *, by: Any) -> None:
    """Mandates end the same day, those to come are undone; delegations and invitations fall."""
    on, now = membership.ends_on, timezone.now()
    mandates = Mandate.objects.filter(membership=membership)
    mandates.filter(starts_on__gt=on).delete()
    mandates.filter(Q(ends_on=None) | Q(ends_on__gt=on)).update(ends_on=on)
    revoker = by if isinstance(by, Membership) else membership
    delegations = Delegation.objects.filter(Q(principal=membership) | Q(delegate=membership))
    delegations.filter(revoked_at=None, ends_on__gte=timezone.localdate()).update(
        revoked_at=now, revoked_by=revoker
    )
    Invitation.objects.filter(membership=membership, accepted_at=None, revoked_at=None).update(
        revoked_at=now
    )


# --- Reading --------------------------------------------------------------------------------
def note_reading(membership: Membership, *, by: Membership) -> None:
    """Trace that somebody else's file was opened at the desk."""
    if membership.pk != by.pk:
        audit.record(membership, "read", by=by)


def note_export(*, count: int, by: Membership) -> None:
    """Trace that the register left as a file."""
    audit.record(by, "export_register", by=by, reason=str(count))


# --- What every change of a place begins with -----------------------------------------------
def lock(membership: Membership) -> Membership:
    """The place as it is now, alone with its CPTS's register: coordinators change one by one."""
    Cpts.objects.select_for_update(no_key=True).get(pk=membership.cpts_id)
    rows = Membership.objects.select_for_update(of=("self",), no_key=True)
    locked: Membership = rows.select_related("user", "cpts", "college", "profession").get(
        pk=membership.pk
    )
    return locked


def ask_running(membership: Membership) -> None:
    if membership.ends_on is not None:
        raise Refused(
            _("Cette adhésion est terminée depuis le %(day)s : %(reason)s.")
            % {
                "day": date_format(membership.ends_on, "j F Y"),
                "reason": membership.get_end_reason_display(),
            }
        )


def _ask_not_last_coordinator(membership: Membership) -> None:
    """In the caller's lock."""
    lasting = Membership.objects.filter(
        role=Role.COORDINATOR, ends_on=None, user__is_active=True
    ).values_list("pk", flat=True)
    if rules.is_last_coordinator(membership, list(lasting)):
        raise Refused(
            _(
                "C’est la dernière personne de la coordination : donnez d’abord ce rôle à"
                " quelqu’un d’autre."
            )
        )
