"""What the board decides of an application, and what the assembly ratifies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.lifecycle import Transition
from cpts_portal.core.refusals import NotPermitted, Refused
from members import lifecycle, rules
from members.actions import invitations, memberships, practices
from members.models import (
    Application,
    ApplicationPlace,
    College,
    Membership,
    Practice,
    Role,
    User,
)
from members.notifications import applications as notifications
from members.queries import applications as queries

Status = Application.Status
ROLES = {
    Application.Kind.PROFESSIONAL: Role.PROFESSIONAL,
    Application.Kind.PARTNER: Role.PARTNER,
}


@transaction.atomic
def admit(
    application: Application,
    *,
    decided_on: date,
    college: College,
    starts_on: date,
    by: Membership,
    reason: str = "",
    returning: Membership | None = None,
) -> Application:
    """Make her a member, with her places, and invite her; `returning` is a past place of hers.

    One who comes back keeps her account. Raises Refused, saying who decided, after another
    decision; Refused too when the RPPS or the days are those of a member.
    """
    application = _lock(application, lifecycle.ADMIT, by=by)
    account = _account_of(returning)
    member = memberships.join(
        application.cpts,
        newcomer_of(application),
        role=ROLES[Application.Kind(application.kind)],
        college=college,
        starts_on=starts_on,
        by=by,
        user=account,
    )
    for place in queries.places_of(application):
        _settle(member, place, by=by)
    application.college, application.membership = college, member
    _decide(application, lifecycle.ADMIT, by=by, decided_on=decided_on, reason=reason)
    has_account = account is not None and rules.has_account(account)
    notifications.admitted(application, has_account=has_account)
    if not has_account:
        invitations.invite(member, email=application.email, by=by)
    return application


@transaction.atomic
def refuse(
    application: Application, *, decided_on: date, reason: str, by: Membership
) -> Application:
    """Turn it down politely: the reason is the board's own, and in no message."""
    application = _lock(application, lifecycle.REFUSE, by=by)
    _decide(application, lifecycle.REFUSE, by=by, decided_on=decided_on, reason=reason)
    notifications.refused(application)
    return application


@transaction.atomic
def ratify(applications: Iterable[Application], *, on: date, by: Membership) -> int:
    """Note the assembly's vote on several admissions; how many were not noted yet.

    Raises Refused in a CPTS whose assembly does not ratify, and for a day before the decision.
    """
    if not rules.governs(by, by):
        raise NotPermitted(_("Vous n’avez pas le droit de faire cela."))
    if not by.cpts.is_ratified_by_assembly:
        raise Refused(_("Dans cette CPTS, l’assemblée ne ratifie pas les admissions."))
    keys = [application.pk for application in applications]
    waiting = queries.to_ratify().filter(pk__in=keys).select_for_update(of=("self",))
    return sum(_ratify_one(application, on=on, by=by) for application in waiting.order_by("pk"))


def newcomer_of(application: Application) -> memberships.Newcomer:
    """What she told, as `join` wants it."""
    columns = (
        *("title", "first_name", "last_name", "email", "phone", "mssante"),
        *("profession", "rpps", "organisation", "other_skills"),
    )
    return memberships.Newcomer(
        **{name: getattr(application, name) for name in columns},
        skills=tuple(application.skills.all()),
        languages=tuple(application.languages.all()),
    )


def _lock(application: Application, step: Transition, *, by: Membership) -> Application:
    """The row as it is now; to who may decide and comes second, it says who came first."""
    found = queries.locked(application)
    if found is None:
        raise Refused(_("Cette candidature n’est plus là."))
    if step.allows(by, found) and found.status not in step.sources:
        raise Refused(_decided_already(found))
    return found


def _decided_already(application: Application) -> str:
    if application.decided_by is None:
        return _("Cette candidature a été retirée : il n’y a plus rien à décider.")
    told: dict[str, Any] = {
        "state": application.get_status_display(),
        "name": application.decided_by,
        "day": date_format(timezone.localtime(application.closed_at), "j F"),
    }
    return _("Cette candidature est déjà %(state)s : %(name)s l’a noté le %(day)s.") % told


def _decide(
    application: Application, step: Transition, *, by: Membership, decided_on: date, reason: str
) -> None:
    source = step.apply(application, by=by)
    application.decided_on, application.decided_by = decided_on, by
    application.closed_at, application.decision_reason = timezone.now(), reason
    application.save()
    audit.record(application, step.verb, by=by, source=source, target=application.status)


def _account_of(returning: Membership | None) -> User | None:
    """Her account of before; raises Refused if that one has not left, or is erased."""
    if returning is None:
        return None
    if returning.ends_on is None or returning.erased_at or not returning.user.is_active:
        raise Refused(_("Ce compte ne peut pas être repris : choisissez une autre réponse."))
    return returning.user


def _settle(member: Membership, told: ApplicationPlace, *, by: Membership) -> None:
    """Her place: the known one she named, one with the same FINESS, or a new one."""
    known = told.practice
    if known is None and told.finess:
        known = Practice.objects.filter(finess=told.finess).first()
    if known is not None:
        practices.join_place(member, known, by=by)
        return
    assert told.commune is not None
    columns = (
        *("name", "kind", "address", "commune", "phone", "finess"),
        *("is_wheelchair_accessible", "does_home_visits"),
    )
    place = practices.Place(
        **{name: getattr(told, name) for name in columns},
        hours=tuple((day, opens, closes) for day, opens, closes in told.hours),
    )
    practices.save_place(member, place, by=by)


def _ratify_one(application: Application, *, on: date, by: Membership) -> int:
    if application.decided_on is None or on < application.decided_on:
        raise Refused(_("L’assemblée ne peut pas ratifier avant la décision du bureau."))
    application.ratified_on = on
    application.save(update_fields=["ratified_on"])
    audit.record(application, "ratify", by=by, target=on.isoformat())
    notifications.ratified(application)
    return 1
