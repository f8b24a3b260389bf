"""A path opened, walked, accompanied, finished; a newcomer introduced to her neighbours."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.refusals import NotPermitted, Refused
from members import rules
from members.models import Membership, Welcome, WelcomeStep, WelcomeTick
from members.notifications import newcomers as notifications
from members.queries import newcomers as queries


# --- The governance -------------------------------------------------------------------------
@transaction.atomic
def start(membership: Membership, *, by: Any) -> Welcome:
    """Open a path today, or a second time for who has finished hers; what is ticked stays.

    Raises NotPermitted, then Refused: already on the way, no longer a member.
    """
    _ask_governance(by, membership)
    member = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    _ask_running(member)
    welcome = Welcome.objects.filter(membership=member).first()
    today = timezone.localdate()
    if welcome is None:
        welcome = Welcome.objects.create(cpts=member.cpts, membership=member, started_on=today)
    elif rules.is_path_running(welcome, today):
        raise Refused(_("Cette personne est déjà sur son parcours."))
    else:
        welcome.started_on, welcome.finished_at = today, None
        welcome.save(update_fields=["started_on", "finished_at"])
    audit.record(welcome, "start", by=by)
    return welcome


@transaction.atomic
def choose_mentor(welcome: Welcome, *, mentor: Membership | None, by: Membership) -> Welcome:
    """Name who accompanies a newcomer, or nobody; the mentor is told by mail.

    Raises NotPermitted, then Refused: her own mentor, no longer a member, a path that is over.
    """
    _ask_governance(by, welcome)
    welcome = _locked(welcome)
    if welcome.finished_at is not None:
        raise Refused(_("Ce parcours est terminé."))
    if mentor is not None:
        if not rules.may_accompany(mentor, welcome):
            raise Refused(_("On n’est pas son propre référent : choisissez quelqu’un d’autre."))
        _ask_running(mentor)
    if welcome.mentor_id != (mentor.pk if mentor else None):
        welcome.mentor = mentor
        welcome.save(update_fields=["mentor"])
        audit.record(welcome, "choose_mentor", by=by, target=str(mentor.pk) if mentor else "")
        notifications.mentor_chosen(welcome)
    return welcome


@transaction.atomic
def finish(welcome: Welcome, *, by: Membership) -> Welcome:
    """End a path; a second click changes nothing."""
    _ask_governance(by, welcome)
    welcome = _locked(welcome)
    if welcome.finished_at is None:
        welcome.finished_at = timezone.now()
        welcome.save(update_fields=["finished_at"])
        audit.record(welcome, "finish", by=by)
    return welcome


# --- The newcomer ---------------------------------------------------------------------------
@transaction.atomic
def tick(step: WelcomeStep, *, is_done: bool, by: Membership) -> None:
    """Mark a step of one's own path done, or to do again; twice is once."""
    welcome = _own(by)
    ticks = WelcomeTick.objects.filter(welcome=welcome, step=step)
    if is_done == ticks.exists():
        return
    if is_done:
        WelcomeTick.objects.create(cpts=welcome.cpts, welcome=welcome, step=step)
    else:
        ticks.delete()
    audit.record(welcome, "tick" if is_done else "untick", by=by, target=str(step.pk))


@transaction.atomic
def consent(*, may_introduce: bool, words: str, by: Membership) -> Welcome:
    """Agree to be introduced to one's neighbours with these words, or take it back in time."""
    welcome = _own(by)
    if welcome.introduced_at is not None:
        raise Refused(_("Vos voisins ont déjà reçu votre présentation."))
    if not rules.may_still_be_introduced(welcome, timezone.localdate()):
        raise Refused(_("Une présentation part dans les deux semaines de l’arrivée."))
    welcome.may_introduce, welcome.words = may_introduce, words
    welcome.save(update_fields=["may_introduce", "words"])
    audit.record(welcome, "agree" if may_introduce else "decline", by=by)
    return welcome


# --- What the clock does, what a departure does -----------------------------------------------
def introduce_due(today: date) -> int:
    """Introduce who has come and agrees; how many mails."""
    return sum(introduce(welcome, today=today) for welcome in queries.to_introduce(today))


@transaction.atomic
def introduce(welcome: Welcome, *, today: date) -> int:
    """Tell the neighbours, once; without a place of work or a neighbour, it waits for one."""
    welcome = _locked(welcome)
    practice = queries.main_place_of(welcome.membership)
    if practice is None or not rules.is_to_be_introduced(welcome, today):
        return 0
    within_km = welcome.cpts.welcome_km
    near = queries.neighbours_of(welcome.membership, practice, within_km=within_km)
    told = [notifications.newcomer_introduced(welcome, one, practice=practice) for one in near]
    posted = sum(message is not None for message in told)
    if posted:
        welcome.introduced_at = timezone.now()
        welcome.save(update_fields=["introduced_at"])
        audit.record(welcome, "introduce", by=audit.SYSTEM, reason=str(posted))
    return posted


@transaction.atomic
def release(mentor: Membership, *, by: Any) -> int:
    """Leave without mentor the newcomers of one who goes, for the governance to see; how many."""
    today = timezone.localdate()
    welcomes = [path.welcome for path in queries.paths_with(mentor, today)]
    Welcome.objects.filter(pk__in=[welcome.pk for welcome in welcomes]).update(mentor=None)
    for welcome in welcomes:
        audit.record(welcome, "choose_mentor", by=by)
    return len(welcomes)


# --- What every change begins with ------------------------------------------------------------
def _locked(welcome: Welcome) -> Welcome:
    rows = Welcome.objects.select_for_update(of=("self",)).select_related(
        "membership__user", "membership__profession", "mentor__user", "cpts"
    )
    found: Welcome = rows.get(pk=welcome.pk)
    return found


def _own(by: Membership) -> Welcome:
    """The running path of whoever asks, alone with it."""
    rows = Welcome.objects.select_for_update(of=("self",)).select_related("cpts")
    welcome: Welcome | None = rows.filter(membership=by).first()
    if welcome is None or not rules.is_path_running(welcome, timezone.localdate()):
        raise Refused(_("Votre parcours d’accueil n’est pas ouvert ; la coordination l’ouvre."))
    return welcome


def _ask_governance(by: Any, subject: Any) -> None:
    if not rules.governs(by, subject):
        raise NotPermitted(_("Cela revient à la coordination ou au bureau."))


def _ask_running(member: Membership) -> None:
    if not Membership.objects.current().filter(pk=member.pk).exists():
        raise Refused(_("Cette personne n’est pas, ou plus, membre de la CPTS."))
