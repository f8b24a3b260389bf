"""Every form that names a row: one of another CPTS is no choice, whatever is posted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django import forms

from cpts_portal.core.scoping import open_scope
from members.forms.admissions import AdmitForm, RatifyForm
from members.forms.applications import PersonForm
from members.forms.delegations import DelegationForm
from members.forms.factor_resets import FactorResetForm
from members.forms.groups import GroupForm, MandateForm
from members.forms.imports import ApplyForm
from members.forms.meetings import BesideForm, MeetingForm
from members.forms.memberships import CollegeChangeForm, NewMemberForm, ReturnForm
from members.forms.newcomers import MentorForm, NewcomerForm
from members.forms.subscriptions import PaymentsForm
from members.models import Application, College, Cpts, Group, Mandate, Membership, Role
from tests.factories import (
    ApplicationFactory,
    CollegeFactory,
    CptsFactory,
    GpFactory,
    GroupFactory,
    MandateFactory,
    MeetingFactory,
    MembershipFactory,
    MissionFactory,
    SubscriptionFactory,
    WelcomeFactory,
)
from tests.members import rows

Made = Callable[[Cpts], Any]
Built = Callable[[dict[str, Any], Membership], forms.BaseForm]


def gp(cpts: Cpts) -> Membership:
    member: Membership = GpFactory(cpts=cpts)
    return member


def admit(data: dict[str, Any], by: Membership) -> forms.BaseForm:
    return AdmitForm(data, application=ApplicationFactory(cpts=by.cpts), past=[])


def mandate(data: dict[str, Any], by: Membership) -> forms.BaseForm:
    group = GroupFactory(cpts=by.cpts)
    return MandateForm(data, instance=Mandate(cpts=by.cpts, group=group))


def beside(data: dict[str, Any], by: Membership) -> forms.BaseForm:
    seat = MandateFactory(membership=by)
    return BesideForm(data, meeting=MeetingFactory(cpts=by.cpts, group=seat.group))


def mentor(data: dict[str, Any], by: Membership) -> forms.BaseForm:
    return MentorForm(data, welcome=WelcomeFactory(membership=GpFactory(cpts=by.cpts)))


def ratify(data: dict[str, Any], by: Membership) -> forms.BaseForm:
    return RatifyForm(data, waiting=list(Application.objects.filter(status="admitted")))


def person(data: dict[str, Any], by: Membership) -> forms.BaseForm:
    return PersonForm(data, colleges=list(College.objects.all()))


def college(cpts: Cpts) -> Any:
    return CollegeFactory(cpts=cpts)


def mission(cpts: Cpts) -> Any:
    return MissionFactory(cpts=cpts)


def year(cpts: Cpts) -> Any:
    return SubscriptionFactory(cpts=cpts)


CHOICES: list[tuple[str, Made, Built]] = [
    ("college", college, lambda data, by: NewMemberForm(data, by=by)),
    ("college", college, lambda data, by: CollegeChangeForm(data, by=by)),
    ("college", college, lambda data, by: ReturnForm(data, by=by)),
    ("college", college, lambda data, _by: ApplyForm(data)),
    ("college", college, admit),
    ("college", college, person),
    ("principal", gp, lambda data, by: DelegationForm(data, by=by)),
    ("delegate", gp, lambda data, by: DelegationForm(data, by=by)),
    ("member", gp, lambda data, by: FactorResetForm(data, by=by)),
    ("member", gp, beside),
    ("member", gp, lambda data, _by: NewcomerForm(data)),
    ("mentor", gp, mentor),
    ("membership", gp, mandate),
    ("mission", mission, lambda data, by: GroupForm(data, instance=Group(cpts=by.cpts))),
    ("mission", mission, lambda data, _by: MeetingForm(data)),
    ("group", lambda cpts: GroupFactory(cpts=cpts), lambda data, _by: MeetingForm(data)),
    ("chosen", year, lambda data, _by: PaymentsForm(data)),
    ("applications", rows.application, ratify),
]


@pytest.mark.parametrize(("name", "made", "built"), CHOICES)
def test_a_row_of_another_cpts_is_no_choice(
    cpts: Cpts, coordinator: Membership, name: str, made: Made, built: Built
) -> None:
    """In one process, as a worker serves one CPTS after the other."""
    ours, other = made(cpts), CptsFactory()
    with open_scope(cpts=other):
        stranger = MembershipFactory(cpts=other, role=Role.COORDINATOR)
        theirs = made(other)
        assert name not in built(asked(name, theirs), stranger).errors

    assert name in built(asked(name, theirs), coordinator).errors
    assert name not in built(asked(name, ours), coordinator).errors


def asked(name: str, row: Any) -> dict[str, Any]:
    return {name: [row.pk] if name in ("chosen", "applications") else row.pk}
