"""Acting for somebody: named until a day, seen by both, taken back, traced to two names."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.http import Http404
from django.test import Client
from django.utils import timezone

from cpts_portal.core import audit, outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import delegations as actions
from members.delegations import acting, principals_of
from members.models import Cpts, Delegation, Membership, Role
from members.tasks.delegations import remind_delegations
from tests.factories import CptsFactory, DelegationFactory, GpFactory, MembershipFactory
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def secretary(cpts: Cpts) -> Membership:
    return MembershipFactory(cpts=cpts, role=Role.SECRETARY)


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def posted(day: date) -> dict[str, Any]:
    return {"ends_on_day": day.day, "ends_on_month": day.month, "ends_on_year": day.year}


# --- Naming -------------------------------------------------------------------------------------
def test_grant_lets_the_delegate_act_and_tells_her(gp: Membership, secretary: Membership) -> None:
    delegation = actions.grant(gp, delegate=secretary, ends_on=in_days(30), by=gp)

    [message] = Message.objects.all()
    assert principals_of(secretary) == [gp]
    assert (message.purpose, message.recipient) == (
        "members.delegation_granted",
        secretary.user.email,
    )
    assert AuditEntry.objects.get(verb="grant").subject_id == str(delegation.pk)


def test_grant_by_the_coordination_tells_both(
    gp: Membership, secretary: Membership, coordinator: Membership
) -> None:
    actions.grant(gp, delegate=secretary, ends_on=in_days(30), by=coordinator)

    told = set(Message.objects.values_list("purpose", flat=True))
    assert told == {"members.delegation_granted"}
    assert sorted(message.recipient for message in Message.objects.all()) == sorted(
        [gp.user.email, secretary.user.email]
    )


def test_grant_is_refused_to_a_third_person(gp: Membership, secretary: Membership) -> None:
    other = GpFactory(cpts=gp.cpts)

    with pytest.raises(NotPermitted):
        actions.grant(gp, delegate=secretary, ends_on=in_days(30), by=other)


def test_grant_is_refused_to_a_delegate_who_would_pass_it_on(
    gp: Membership, secretary: Membership, cpts: Cpts
) -> None:
    actions.grant(gp, delegate=secretary, ends_on=in_days(30), by=gp)
    another = MembershipFactory(cpts=cpts, role=Role.SECRETARY)

    with pytest.raises(NotPermitted):
        actions.grant(
            gp,
            delegate=another,
            ends_on=in_days(30),
            by=acting(secretary, gp),  # type: ignore[arg-type]
        )


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.BOARD, Role.PARTNER, Role.FUNDER])
def test_grant_is_refused_for_who_sees_no_patient_of_hers(
    gp: Membership, cpts: Cpts, role: Role
) -> None:
    delegate = MembershipFactory(cpts=cpts, role=role)

    with pytest.raises(NotPermitted):
        actions.grant(gp, delegate=delegate, ends_on=in_days(30), by=gp)


def test_grant_to_oneself_is_refused(gp: Membership) -> None:
    with pytest.raises(NotPermitted):
        actions.grant(gp, delegate=gp, ends_on=in_days(30), by=gp)


@pytest.mark.parametrize("days", [-1, 366])
def test_grant_lasts_from_today_to_a_year(gp: Membership, secretary: Membership, days: int) -> None:
    with pytest.raises(Refused, match="un an au plus"):
        actions.grant(gp, delegate=secretary, ends_on=in_days(days), by=gp)


def test_grant_twice_is_refused_politely(gp: Membership, secretary: Membership) -> None:
    actions.grant(gp, delegate=secretary, ends_on=in_days(30), by=gp)

    with pytest.raises(Refused, match="existe déjà"):
        actions.grant(gp, delegate=secretary, ends_on=in_days(60), by=gp)

    assert Delegation.objects.count() == 1


def test_grant_beyond_a_membership_that_ends_is_refused(gp: Membership, cpts: Cpts) -> None:
    leaving = MembershipFactory(cpts=cpts, role=Role.SECRETARY, ends_on=in_days(10))

    with pytest.raises(Refused, match="quitte la CPTS"):
        actions.grant(gp, delegate=leaving, ends_on=in_days(30), by=gp)


# --- Acting -------------------------------------------------------------------------------------
def test_acting_is_traced_to_both(gp: Membership, secretary: Membership) -> None:
    actions.grant(gp, delegate=secretary, ends_on=in_days(30), by=gp)

    audit.record(gp, "tested", by=acting(secretary, gp))

    trace = AuditEntry.objects.get(verb="tested")
    assert (trace.by, trace.behalf, trace.by_label) == (secretary.user, gp.user, "secretary")


@pytest.mark.parametrize(
    ("starts", "ends", "may"), [(0, 0, True), (-30, -1, False), (-30, 1, True), (1, 9, False)]
)
def test_acting_lasts_from_its_first_to_its_last_day(
    gp: Membership, secretary: Membership, starts: int, ends: int, may: bool
) -> None:
    DelegationFactory(
        principal=gp, delegate=secretary, starts_on=in_days(starts), ends_on=in_days(ends)
    )

    assert (principals_of(secretary) == [gp]) is may


def test_acting_for_who_has_left_is_a_404(gp: Membership, secretary: Membership) -> None:
    DelegationFactory(principal=gp, delegate=secretary)
    Membership.objects.filter(pk=gp.pk).update(ends_on=in_days(-1), end_reason="left")

    with pytest.raises(Http404):
        acting(secretary, gp)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.BOARD])
def test_acting_ends_when_the_professional_takes_another_role(
    gp: Membership, secretary: Membership, role: str
) -> None:
    DelegationFactory(principal=gp, delegate=secretary)

    Membership.objects.filter(pk=gp.pk).update(role=role)

    assert principals_of(secretary) == []


def test_acting_ends_when_the_delegate_takes_another_role(
    gp: Membership, secretary: Membership
) -> None:
    DelegationFactory(principal=gp, delegate=secretary)

    secretary.role = Role.PARTNER

    assert principals_of(secretary) == []


# --- Taking back --------------------------------------------------------------------------------
def test_revoke_ends_it_and_tells_the_other_one(gp: Membership, secretary: Membership) -> None:
    delegation = DelegationFactory(principal=gp, delegate=secretary)

    actions.revoke(delegation, by=gp)

    assert principals_of(secretary) == []
    assert Message.objects.get().recipient == secretary.user.email


def test_revoke_by_the_delegate_tells_the_professional(
    gp: Membership, secretary: Membership
) -> None:
    delegation = DelegationFactory(principal=gp, delegate=secretary)

    actions.revoke(delegation, by=secretary)

    assert Message.objects.get().recipient == gp.user.email


def test_revoke_twice_is_refused(gp: Membership, secretary: Membership) -> None:
    delegation = DelegationFactory(principal=gp, delegate=secretary)
    actions.revoke(delegation, by=gp)

    with pytest.raises(Refused, match="déjà pris fin"):
        actions.revoke(delegation, by=gp)


def test_revoke_by_a_stranger_is_not_permitted(gp: Membership, secretary: Membership) -> None:
    delegation = DelegationFactory(principal=gp, delegate=secretary)

    with pytest.raises(NotPermitted):
        actions.revoke(delegation, by=GpFactory(cpts=gp.cpts))


def test_revoke_drops_the_news_that_had_not_left(gp: Membership, secretary: Membership) -> None:
    delegation = actions.grant(gp, delegate=secretary, ends_on=in_days(30), by=gp)
    granted = Message.objects.get()
    actions.revoke(delegation, by=gp)

    assert outbox.deliver(granted.pk) == 0


# --- The clock ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("starts", "ends", "reminded"), [(-100, 14, 1), (-100, 15, 0), (-100, -1, 0), (-3, 4, 0)]
)
def test_reminder_goes_to_the_professional_a_fortnight_before_once(
    gp: Membership, secretary: Membership, starts: int, ends: int, reminded: int
) -> None:
    DelegationFactory(
        principal=gp, delegate=secretary, starts_on=in_days(starts), ends_on=in_days(ends)
    )

    remind_delegations()
    remind_delegations()

    messages = Message.objects.filter(purpose="members.delegation_ending")
    assert [message.recipient for message in messages] == [gp.user.email] * reminded


# --- The page -----------------------------------------------------------------------------------
def test_professional_names_a_delegate_on_the_page(
    client: Client, gp: Membership, secretary: Membership
) -> None:
    client.force_login(gp.user)

    done = client.post(
        "/artois-lys/delegations/nommer/", {"delegate": secretary.pk, **posted(in_days(90))}
    )
    page = client.get(done.url)

    assert done.url == "/artois-lys/delegations/"
    assert [row.delegate for row in page.context["seen"].given.running] == [secretary]


def test_professional_cannot_name_for_another(
    client: Client, gp: Membership, secretary: Membership
) -> None:
    other = GpFactory(cpts=gp.cpts)
    client.force_login(gp.user)

    client.post(
        "/artois-lys/delegations/nommer/",
        {"principal": other.pk, "delegate": secretary.pk, **posted(in_days(90))},
    )

    assert Delegation.objects.get().principal == gp


def test_coordinator_records_one_for_a_professional(
    client: Client, coordinator: Membership, gp: Membership, secretary: Membership
) -> None:
    client.force_login(coordinator.user)

    client.post(
        "/artois-lys/delegations/nommer/",
        {"principal": gp.pk, "delegate": secretary.pk, **posted(in_days(90))},
    )

    delegation = Delegation.objects.get()
    assert (delegation.principal, delegation.granted_by) == (gp, coordinator)


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "Ce jour est passé"), (400, "choisissez un jour plus proche")]
)
def test_page_keeps_what_was_chosen_and_says_what_is_wrong(
    client: Client, gp: Membership, secretary: Membership, days: int, words: str
) -> None:
    client.force_login(gp.user)

    page = client.post(
        "/artois-lys/delegations/nommer/", {"delegate": secretary.pk, **posted(in_days(days))}
    )

    text = page.content.decode()
    assert page.status_code == 422
    assert words in text
    assert f'<option value="{secretary.pk}" selected>' in text


def test_page_answers_a_double_click_with_a_sentence(
    client: Client, gp: Membership, secretary: Membership
) -> None:
    client.force_login(gp.user)
    chosen = {"delegate": secretary.pk, **posted(in_days(90))}
    client.post("/artois-lys/delegations/nommer/", chosen)

    again = client.post("/artois-lys/delegations/nommer/", chosen)

    assert again.status_code == 409
    assert "existe déjà" in again.content.decode()


def test_secretary_sees_for_whom_she_acts(
    client: Client, gp: Membership, secretary: Membership
) -> None:
    DelegationFactory(principal=gp, delegate=secretary)
    client.force_login(secretary.user)

    page = client.get("/artois-lys/delegations/")

    assert page.context["acts_for"] == [gp]
    assert str(gp.user) in page.content.decode()


def test_page_keeps_the_past_and_shows_nobody_else_s(
    client: Client, gp: Membership, secretary: Membership
) -> None:
    over = DelegationFactory(
        principal=gp, delegate=secretary, starts_on=in_days(-9), ends_on=in_days(-2)
    )
    DelegationFactory(
        principal=GpFactory(cpts=gp.cpts),
        delegate=MembershipFactory(cpts=gp.cpts, role="secretary"),
    )
    client.force_login(gp.user)

    seen = client.get("/artois-lys/delegations/").context["seen"]

    assert (seen.given.over, seen.given.running) == ([over], [])
    assert (seen.held.running, seen.others.running) == ([], [])


def test_page_takes_as_many_queries_for_three_as_for_one(
    client: Client, coordinator: Membership, cpts: Cpts
) -> None:
    client.force_login(coordinator.user)
    DelegationFactory(principal=GpFactory(cpts=cpts))
    for_one = queries_of(client, "/artois-lys/delegations/")
    for _more in range(2):
        DelegationFactory(principal=GpFactory(cpts=cpts))

    assert queries_of(client, "/artois-lys/delegations/") == for_one


def test_delegation_of_another_cpts_is_a_404(client: Client, coordinator: Membership) -> None:
    other = CptsFactory()
    with open_scope(cpts=other):
        theirs = DelegationFactory(principal=GpFactory(cpts=other))
    client.force_login(coordinator.user)

    response = client.post(f"/artois-lys/delegations/{theirs.pk}/retirer/")

    assert response.status_code == 404
