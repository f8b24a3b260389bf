"""A lost second factor: two people take it off, never its owner, who is told each time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import factor_resets as actions
from members.models import Cpts, FactorReset, Group, Mandate, Membership, Role, User
from members.queries.people import membership_at
from tests.factories import (
    CptsFactory,
    FactorResetFactory,
    GpFactory,
    InvitedFactory,
    MembershipFactory,
)
from tests.members.conftest import PASSWORD, code_of, log_in, queries_of

pytestmark = pytest.mark.django_db
LOST = {"reason": "lost", "proof": "called_back"}


def with_factor(membership: Membership) -> Membership:
    TOTP.activate(membership.user, generate_totp_secret())
    return membership


@pytest.fixture
def first(cpts: Cpts) -> Membership:
    return with_factor(MembershipFactory(cpts=cpts, role=Role.COORDINATOR))


@pytest.fixture
def second(cpts: Cpts) -> Membership:
    return with_factor(MembershipFactory(cpts=cpts, role=Role.COORDINATOR))


@pytest.fixture
def owner(cpts: Cpts, person: User, totp: str) -> Membership:
    """A GP whose password is known and whose telephone is lost."""
    RecoveryCodes.activate(person)
    member: Membership = GpFactory(cpts=cpts, user=person)
    return member


@pytest.fixture
def reset(owner: Membership, first: Membership) -> FactorReset:
    return actions.open_reset(owner, **LOST, by=first)


def told(event: str) -> list[str]:
    messages = Message.objects.filter(purpose=f"members.factor_reset_{event}")
    return sorted(message.recipient for message in messages)


# --- Opening ------------------------------------------------------------------------------------
def test_opening_takes_nothing_off_and_tells_the_owner_and_who_may_confirm(
    owner: Membership, first: Membership, second: Membership
) -> None:
    reset = actions.open_reset(owner, **LOST, by=first)

    assert Authenticator.objects.filter(user=owner.user).count() == 2
    assert told("opened") == ["maud@sante.example"]
    assert told("awaited") == [second.user.email]
    assert reset.expires_at - reset.opened_at == timedelta(hours=24)
    assert AuditEntry.objects.get(verb="open").subject_id == str(reset.pk)


def test_opening_tells_both_addresses_of_the_owner(owner: Membership, first: Membership) -> None:
    Membership.objects.filter(pk=owner.pk).update(email="Cabinet@sante.example")

    actions.open_reset(owner, **LOST, by=first)

    assert told("opened") == ["cabinet@sante.example", "maud@sante.example"]


def test_opening_for_oneself_is_not_permitted(first: Membership, second: Membership) -> None:
    with pytest.raises(NotPermitted):
        actions.open_reset(first, **LOST, by=first)


@pytest.mark.parametrize("role", [Role.BOARD, Role.SECRETARY, Role.PARTNER, Role.FUNDER])
def test_opening_is_the_coordination_s(
    owner: Membership, first: Membership, cpts: Cpts, role: Role
) -> None:
    other = with_factor(MembershipFactory(cpts=cpts, role=role))

    with pytest.raises(NotPermitted):
        actions.open_reset(owner, **LOST, by=other)


def test_opening_for_the_only_coordinator_is_the_bureau_s(first: Membership, cpts: Cpts) -> None:
    president = with_factor(MembershipFactory(cpts=cpts, role=Role.BOARD))
    treasurer = with_factor(MembershipFactory(cpts=cpts, role=Role.BOARD))
    reset = actions.open_reset(first, **LOST, by=president)

    actions.confirm_reset(reset, by=treasurer)

    assert Authenticator.objects.filter(user=first.user).count() == 0


def test_opening_without_a_second_factor_of_one_s_own_is_not_permitted(
    owner: Membership, coordinator: Membership
) -> None:
    with pytest.raises(NotPermitted, match="votre propre compte"):
        actions.open_reset(owner, **LOST, by=coordinator)


def test_opening_twice_is_refused(reset: FactorReset, second: Membership) -> None:
    with pytest.raises(Refused, match="attend déjà"):
        actions.open_reset(reset.membership, **LOST, by=second)


def test_opening_again_once_the_first_has_expired(reset: FactorReset, second: Membership) -> None:
    FactorReset.objects.update(expires_at=timezone.now() - timedelta(minutes=1))

    again = actions.open_reset(reset.membership, **LOST, by=second)

    reset.refresh_from_db()
    assert (reset.cancelled_at is None, again.cancelled_at) == (False, None)


def test_opening_for_who_administers_the_portal_is_refused(
    owner: Membership, first: Membership
) -> None:
    User.objects.filter(pk=owner.user_id).update(is_staff=True)

    with pytest.raises(Refused, match="hébergeur"):
        actions.open_reset(owner, **LOST, by=first)


def test_opening_for_a_member_without_account_is_not_permitted(
    first: Membership, cpts: Cpts
) -> None:
    with pytest.raises(NotPermitted):
        actions.open_reset(InvitedFactory(cpts=cpts), **LOST, by=first)


def test_opening_for_a_member_of_another_cpts_finds_nobody(first: Membership) -> None:
    other = CptsFactory()
    with open_scope(cpts=other):
        theirs = MembershipFactory(cpts=other)

    with pytest.raises(Membership.DoesNotExist):
        actions.open_reset(theirs, **LOST, by=first)


# --- Confirming ---------------------------------------------------------------------------------
def test_confirming_takes_every_factor_off_and_tells_the_owner(
    reset: FactorReset, second: Membership
) -> None:
    actions.confirm_reset(reset, by=second)

    assert Authenticator.objects.filter(user=reset.membership.user).count() == 0
    assert told("confirmed") == ["maud@sante.example"]
    assert AuditEntry.objects.get(verb="confirm").by == second.user


def test_confirming_ends_every_session_and_the_next_log_in_enrols_again(
    owner: Membership, first: Membership, second: Membership, client: Client, totp: str
) -> None:
    open_elsewhere = Client()
    log_in(open_elsewhere)
    open_elsewhere.post("/compte/2fa/authenticate/", {"code": code_of(totp)})
    was_inside = open_elsewhere.get("/compte/sessions/")
    reset = actions.open_reset(owner, **LOST, by=first)
    actions.confirm_reset(reset, by=second)

    wrong = log_in(client, password="pas-le-bon-mot-de-passe")
    right = log_in(client, password=PASSWORD)
    inside = client.get("/artois-lys/")

    assert was_inside.status_code == 200
    assert open_elsewhere.get("/compte/sessions/").url.startswith("/compte/login/")
    assert wrong.status_code == 200
    assert right.url == "/compte/mes-cpts/"
    assert inside.url == "/compte/2fa/"


def test_confirming_one_s_own_request_is_not_permitted(
    reset: FactorReset, first: Membership, second: Membership
) -> None:
    with pytest.raises(NotPermitted, match="Une autre personne"):
        actions.confirm_reset(reset, by=first)

    assert Authenticator.objects.filter(user=reset.membership.user).count() == 2


def test_confirming_one_s_own_loss_is_not_permitted(
    first: Membership, second: Membership, cpts: Cpts
) -> None:
    third = with_factor(MembershipFactory(cpts=cpts, role=Role.COORDINATOR))
    reset = actions.open_reset(third, **LOST, by=first)

    with pytest.raises(NotPermitted):
        actions.confirm_reset(reset, by=third)


def test_confirming_is_the_bureau_s_where_one_person_coordinates(
    reset: FactorReset, cpts: Cpts
) -> None:
    board = with_factor(MembershipFactory(cpts=cpts, role=Role.BOARD))

    actions.confirm_reset(reset, by=board)

    assert Authenticator.objects.filter(user=reset.membership.user).count() == 0


def test_confirming_is_for_a_professional_who_sits_on_the_bureau(
    reset: FactorReset, cpts: Cpts
) -> None:
    seated = with_factor(GpFactory(cpts=cpts))
    bureau = Group.objects.create(cpts=cpts, kind=Group.Kind.BUREAU, name="Bureau")
    Mandate.objects.create(cpts=cpts, group=bureau, membership=seated, starts_on=seated.starts_on)
    known = membership_at(seated.user, cpts.slug)
    assert known is not None

    actions.confirm_reset(reset, by=known)

    reset.refresh_from_db()
    assert reset.confirmed_by == seated


def test_confirming_is_not_the_bureau_s_where_two_people_coordinate(
    reset: FactorReset, second: Membership, cpts: Cpts
) -> None:
    board = with_factor(MembershipFactory(cpts=cpts, role=Role.BOARD))

    with pytest.raises(NotPermitted):
        actions.confirm_reset(reset, by=board)


def test_confirming_for_who_has_left_since_is_refused(
    reset: FactorReset, second: Membership
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(pk=reset.membership_id).update(ends_on=yesterday, end_reason="left")

    with pytest.raises(Refused, match="plus membre"):
        actions.confirm_reset(reset, by=second)


def test_confirming_for_who_administers_the_portal_since_is_refused(
    reset: FactorReset, second: Membership
) -> None:
    User.objects.filter(pk=reset.membership.user_id).update(is_staff=True)

    with pytest.raises(Refused, match="administre le portail"):
        actions.confirm_reset(reset, by=second)


def test_confirming_by_the_same_person_come_back_is_not_permitted(
    reset: FactorReset, first: Membership, second: Membership, cpts: Cpts
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(pk=first.pk).update(ends_on=yesterday, end_reason="left")
    today = timezone.localdate()
    again = MembershipFactory(cpts=cpts, user=first.user, role=Role.COORDINATOR, starts_on=today)

    with pytest.raises(NotPermitted):
        actions.confirm_reset(reset, by=again)


def test_confirming_too_late_is_refused(reset: FactorReset, second: Membership) -> None:
    FactorReset.objects.update(expires_at=timezone.now())

    with pytest.raises(Refused, match="24 heures"):
        actions.confirm_reset(reset, by=second)


def test_confirming_twice_is_refused(reset: FactorReset, second: Membership) -> None:
    actions.confirm_reset(reset, by=second)

    with pytest.raises(Refused, match="déjà close"):
        actions.confirm_reset(reset, by=second)


def test_cancelled_it_can_no_longer_be_confirmed_nor_awaited(
    reset: FactorReset, first: Membership, second: Membership
) -> None:
    actions.cancel_reset(reset, by=first)

    with pytest.raises(Refused, match="déjà close"):
        actions.confirm_reset(reset, by=second)


def test_awaited_mail_is_dropped_once_it_is_settled(
    owner: Membership, first: Membership, second: Membership
) -> None:
    reset = actions.open_reset(owner, **LOST, by=first)
    awaited = Message.objects.get(purpose="members.factor_reset_awaited")
    actions.confirm_reset(reset, by=second)

    assert outbox.deliver(awaited.pk) == 0


# --- The page -----------------------------------------------------------------------------------
def test_page_opens_and_confirms_by_two_people(
    client: Client, owner: Membership, first: Membership, second: Membership
) -> None:
    client.force_login(first.user)
    opened = client.post("/artois-lys/protections/ouvrir/", {"member": owner.pk, **LOST})
    by_opener = client.get(opened.url)
    client.force_login(second.user)
    by_other = client.get(opened.url)
    reset = FactorReset.objects.get()
    client.post(f"/artois-lys/protections/{reset.pk}/confirmer/")

    reset.refresh_from_db()
    assert (by_opener.context["may_confirm"], by_other.context["may_confirm"]) == (
        set(),
        {reset.pk},
    )
    assert reset.confirmed_by == second


def test_page_says_what_is_missing(client: Client, first: Membership, owner: Membership) -> None:
    client.force_login(first.user)

    page = client.post("/artois-lys/protections/ouvrir/", {"member": owner.pk})

    assert page.status_code == 422
    assert sorted(page.context["form"].errors) == ["proof", "reason"]
    assert f'<option value="{owner.pk}" selected>' in page.content.decode()


def test_page_names_neither_oneself_nor_who_has_no_account(
    client: Client, first: Membership, owner: Membership, cpts: Cpts
) -> None:
    InvitedFactory(cpts=cpts)
    client.force_login(first.user)

    page = client.get("/artois-lys/protections/")

    assert list(page.context["form"].fields["member"].queryset) == [owner]


def test_page_takes_as_many_queries_for_three_as_for_one(
    client: Client, first: Membership, cpts: Cpts
) -> None:
    client.force_login(first.user)
    FactorResetFactory(membership=GpFactory(cpts=cpts), opened_by=first)
    for_one = queries_of(client, "/artois-lys/protections/")
    for _more in range(2):
        FactorResetFactory(membership=GpFactory(cpts=cpts), opened_by=first)

    assert queries_of(client, "/artois-lys/protections/") == for_one


def test_reset_of_another_cpts_is_a_404(client: Client, first: Membership) -> None:
    other = CptsFactory()
    with open_scope(cpts=other):
        theirs = FactorResetFactory(membership=GpFactory(cpts=other))
    client.force_login(first.user)

    response: Any = client.post(f"/artois-lys/protections/{theirs.pk}/confirmer/")

    assert response.status_code == 404
