"""Groups opened and closed, mandates given and ended."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core import audit
from cpts_portal.core.constraints import told_politely
from cpts_portal.core.refusals import NotPermitted, Refused
from members import rules
from members.models import Group, Mandate, Membership
from members.queries import groups as queries


def ask_governance(by: Membership) -> None:
    if not rules.governs(by, by):
        raise NotPermitted(_("Seuls la coordination et le bureau peuvent faire cela."))


@transaction.atomic
def open_group(*, by: Membership, **fields: Any) -> Group:
    """Raises Refused for a name in use, or a second bureau or board."""
    ask_governance(by)
    with told_politely(Group):
        group = Group.objects.create(cpts=by.cpts, **fields)
    audit.record(group, "open", by=by)
    return group


@transaction.atomic
def edit_group(group: Group, *, by: Membership, **fields: Any) -> Group:
    ask_governance(by)
    group = _locked(group)
    for name, value in fields.items():
        setattr(group, name, value)
    with told_politely(Group):
        group.save(update_fields=[*fields])
    audit.record(group, "edit", by=by)
    return group


@transaction.atomic
def close_group(group: Group, *, by: Membership) -> Group:
    """From today nobody sits in it; its past stays. Raises Refused while it still has to meet."""
    ask_governance(by)
    group = _locked(group)
    if queries.planned_meetings(group).exists():
        raise Refused(_("Ce groupe a encore des réunions prévues : tenez-les ou annulez-les."))
    today = timezone.localdate()
    group.closed_on = today
    group.save(update_fields=["closed_on"])
    for mandate in group.mandates.filter(Q(ends_on=None) | Q(ends_on__gt=today)):
        _end(mandate, today, by=by)
    audit.record(group, "close", by=by)
    return group


@transaction.atomic
def give_mandate(
    group: Group,
    membership: Membership,
    *,
    function: str,
    starts_on: date,
    ends_on: date | None,
    by: Membership,
) -> Mandate:
    """A seat, within the days of the membership; of two people who give it, the first wins.

    Raises NotPermitted, then Refused with the sentence of the constraint that says no.
    """
    ask_governance(by)
    _locked(group)
    member = Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.pk)
    if sentence := outside_membership(member, starts_on, ends_on):
        raise Refused(sentence)
    with told_politely(Mandate):
        mandate = Mandate.objects.create(
            cpts=by.cpts,
            group=group,
            membership=member,
            function=function,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    audit.record(mandate, "give", by=by, target=function)
    return mandate


def outside_membership(member: Membership, starts_on: date, ends_on: date | None) -> str:
    """Why a mandate does not lie within the membership; "" when it does."""
    if starts_on < member.starts_on:
        return _("Cette personne n’est membre que depuis le %(day)s.") % {
            "day": f"{member.starts_on:%d/%m/%Y}"
        }
    if member.ends_on is not None and (ends_on is None or ends_on > member.ends_on):
        return _(
            "Son adhésion prend fin le %(day)s : le mandat doit finir au plus tard ce jour."
        ) % {"day": f"{member.ends_on:%d/%m/%Y}"}
    return ""


@transaction.atomic
def end_mandate(mandate: Mandate, *, on: date, by: Membership) -> Mandate:
    """Its last day is `on`; raises Refused when it is over, or begins later."""
    ask_governance(by)
    mandate = Mandate.objects.select_for_update(of=("self",), no_key=True).get(pk=mandate.pk)
    if mandate.ends_on is not None and mandate.ends_on < timezone.localdate():
        raise Refused(_("Ce mandat est déjà terminé."))
    if on < mandate.starts_on:
        raise Refused(_("Un mandat ne peut pas finir avant d’avoir commencé."))
    if mandate.ends_on is not None and on > mandate.ends_on:
        raise Refused(_("Ce mandat finit déjà plus tôt."))
    _end(mandate, on, by=by)
    return mandate


def _end(mandate: Mandate, on: date, *, by: Membership) -> None:
    """One that would only begin later is taken away."""
    audit.record(mandate, "end", by=by, source=mandate.function)
    if mandate.starts_on > on:
        mandate.delete()
        return
    mandate.ends_on = on
    mandate.save(update_fields=["ends_on"])


def _locked(group: Group) -> Group:
    """Raises Refused once the group is closed."""
    found: Group = Group.objects.select_for_update(of=("self",), no_key=True).get(pk=group.pk)
    if found.closed_on is not None:
        raise Refused(
            _("Ce groupe est terminé depuis le %(day)s.") % {"day": f"{found.closed_on:%d/%m/%Y}"}
        )
    return found
