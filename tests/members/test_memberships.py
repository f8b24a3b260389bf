from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from cpts_portal.core import audit
from cpts_portal.core.models import AuditEntry
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import memberships as actions
from members.actions.memberships import Newcomer
from members.models import (
    Delegation,
    Group,
    Language,
    Mandate,
    Membership,
    Role,
    Skill,
    Subscription,
    Welcome,
)
from members.queries.people import membership_at
from tests.factories import (
    CollegeFactory,
    CptsFactory,
    GpFactory,
    InvitationFactory,
    MembershipFactory,
    PracticeMemberFactory,
    ProfessionFactory,
    SubscriptionFactory,
)
from tests.members.threads import at_once

LEFT = Membership.EndReason.LEFT


def day(ago: int = 0) -> date:
    return timezone.localdate() - timedelta(days=ago)


def newcomer(**changed: Any) -> Newcomer:
    told = {
        "title": "Dr",
        "first_name": "Inès",
        "last_name": "Fauquembergue",
        "email": "ines@cabinet.example",
        "profession": ProfessionFactory(),
        "rpps": "10999000129",
    }
    return Newcomer(**{**told, **changed})


def joined(by: Any, role: str = Role.PROFESSIONAL, **more: Any) -> Membership:
    given = {"college": None, "starts_on": day(), "role": role, "by": by, **more}
    return actions.join(more.pop("cpts", by.cpts), given.pop("who", newcomer()), **given)


def verbs(membership: Membership) -> list[tuple[str, str, str]]:
    found = AuditEntry.objects.filter(
        subject_kind="members.membership", subject_id=str(membership.pk)
    )
    return list(found.order_by("pk").values_list("verb", "source", "target"))


# --- Coming ---------------------------------------------------------------------------------
def test_join_writes_a_member_with_her_first_year_and_no_account_of_hers(cpts, coordinator):
    skill, language = Skill.objects.first(), Language.objects.first()
    who = newcomer(skills=[skill], languages=[language])

    made = joined(coordinator, who=who, college=CollegeFactory(cpts=cpts))

    membership = Membership.objects.get(pk=made.pk)
    user = membership.user
    assert (user.get_full_name(), user.email) == ("Dr Inès Fauquembergue", None)
    assert not user.has_usable_password()
    assert membership.contact_email == "ines@cabinet.example"
    assert [*membership.skills.all(), *membership.languages.all()] == [skill, language]
    assert Subscription.objects.get().membership == membership
    assert Welcome.objects.get().started_on == day()
    assert verbs(membership) == [("join", "", "professional")]


def test_join_without_a_college_owes_nothing(cpts, coordinator):
    joined(coordinator, Role.SECRETARY)

    assert Subscription.objects.count() == 0


def test_join_refuses_a_number_that_a_member_bears(cpts, coordinator):
    GpFactory(cpts=cpts, rpps="10999000129")

    with pytest.raises(Refused, match="porte déjà ce numéro RPPS"):
        joined(coordinator)


def test_join_refuses_a_professional_without_profession(cpts, coordinator):
    with pytest.raises(Refused, match="une profession"):
        joined(coordinator, who=newcomer(profession=None))


def test_join_refuses_days_on_which_the_person_is_a_member(cpts, coordinator):
    member = GpFactory(cpts=cpts)

    with pytest.raises(Refused, match="déjà membre à ces dates"):
        joined(coordinator, user=member.user)


def test_one_who_comes_back_keeps_her_account_and_her_history(cpts, coordinator):
    before = GpFactory(cpts=cpts, rpps="10999000129", ends_on=day(ago=5))

    again = joined(coordinator, user=before.user)

    assert again.user == before.user
    assert Membership.objects.filter(user=before.user).count() == 2


@pytest.mark.parametrize(
    ("hers", "given"),
    [
        (Role.PROFESSIONAL, Role.PROFESSIONAL),
        (Role.PARTNER, Role.PARTNER),
        (Role.BOARD, Role.COORDINATOR),
    ],
)
def test_join_is_the_governance_s_and_the_coordination_makes_coordinators(cpts, hers, given):
    member = MembershipFactory(cpts=cpts, role=hers, profession=ProfessionFactory())

    with pytest.raises(NotPermitted):
        joined(member, given)


def test_join_is_refused_to_the_coordination_next_door(cpts):
    stranger = MembershipFactory(cpts=CptsFactory())

    with pytest.raises(NotPermitted):
        actions.join(
            cpts, newcomer(), role=Role.PARTNER, college=None, starts_on=day(), by=stranger
        )


def test_the_portal_itself_writes_members_down(cpts):
    membership = actions.join(
        cpts, newcomer(), role=Role.PARTNER, college=None, starts_on=day(), by=audit.SYSTEM
    )

    assert verbs(membership) == [("join", "", "partner")]


# --- Leaving --------------------------------------------------------------------------------
def seat(member: Membership, name: str, starts_on: date) -> Mandate:
    group = Group.objects.create(cpts=member.cpts, name=name)
    return Mandate.objects.create(
        cpts=member.cpts, group=group, membership=member, starts_on=starts_on
    )


def test_end_closes_mandates_and_undoes_those_to_come(cpts, coordinator):
    member = GpFactory(cpts=cpts)
    running = seat(member, "Plaies", member.starts_on)
    seat(member, "Chutes", day(ago=-10))

    ended = actions.end(member, on=day(ago=1), reason=LEFT, note="retraite", by=coordinator)

    assert (ended.ends_on, ended.end_reason, ended.end_note) == (day(ago=1), "left", "retraite")
    assert list(Mandate.objects.values_list("pk", "ends_on")) == [(running.pk, day(ago=1))]
    assert verbs(member) == [("end", "professional", "left")]


def test_end_takes_delegations_and_invitations_back(cpts, coordinator):
    member, other = GpFactory(cpts=cpts), GpFactory(cpts=cpts)
    given = Delegation.objects.create(
        cpts=cpts, principal=member, delegate=other, ends_on=day(ago=-90), granted_by=member
    )
    invitation = InvitationFactory(membership=member)

    actions.end(member, on=day(), reason=LEFT, by=coordinator)

    given.refresh_from_db()
    invitation.refresh_from_db()
    assert given.revoked_by == coordinator
    assert invitation.revoked_at is not None


def test_end_keeps_its_private_note_out_of_the_traces(cpts, coordinator):
    member = GpFactory(cpts=cpts)

    actions.end(member, on=day(), reason="excluded", note="brouille", by=coordinator)

    assert list(AuditEntry.objects.values_list("reason", flat=True)) == [""]


def test_a_member_leaves_by_herself_but_excludes_nobody(cpts, coordinator):
    member, other = GpFactory(cpts=cpts), GpFactory(cpts=cpts)

    with pytest.raises(NotPermitted):
        actions.end(other, on=day(), reason=LEFT, by=member)
    with pytest.raises(NotPermitted):
        actions.end(member, on=day(), reason="excluded", by=member)
    assert actions.end(member, on=day(), reason=LEFT, by=member).ends_on == day()


def test_end_refuses_what_is_ended_and_days_that_cannot_be(cpts, coordinator):
    member = GpFactory(cpts=cpts)

    with pytest.raises(Refused, match="dans le futur"):
        actions.end(member, on=day(ago=-1), reason=LEFT, by=coordinator)
    with pytest.raises(Refused, match="précéder le premier"):
        actions.end(member, on=date(2020, 1, 1), reason=LEFT, by=coordinator)
    actions.end(member, on=day(), reason=LEFT, by=coordinator)
    with pytest.raises(Refused, match=r"terminée depuis le .* départ"):
        actions.end(member, on=day(), reason=LEFT, by=coordinator)


def test_the_last_coordinator_does_not_leave(cpts, coordinator):
    second = MembershipFactory(cpts=cpts, role=Role.COORDINATOR)
    actions.end(second, on=day(), reason=LEFT, by=second)

    with pytest.raises(Refused, match="dernière personne de la coordination"):
        actions.end(coordinator, on=day(), reason=LEFT, by=coordinator)


# --- Changing -------------------------------------------------------------------------------
def test_change_role_traces_from_what_to_what(cpts, coordinator):
    member = GpFactory(cpts=cpts)

    changed = actions.change_role(member, role=Role.BOARD, by=coordinator)

    assert Membership.objects.get(pk=member.pk).role == changed.role == Role.BOARD
    assert verbs(member) == [("change_role", "professional", "board")]


def test_change_role_makes_no_professional_without_profession(cpts, coordinator):
    member = MembershipFactory(cpts=cpts, role=Role.BOARD)

    with pytest.raises(Refused, match="une profession"):
        actions.change_role(member, role=Role.PROFESSIONAL, by=coordinator)


@pytest.mark.parametrize(
    ("source", "target"), [(Role.BOARD, Role.COORDINATOR), (Role.COORDINATOR, Role.BOARD)]
)
def test_the_board_neither_makes_nor_unmakes_a_coordinator(cpts, coordinator, source, target):
    board = MembershipFactory(cpts=cpts, role=Role.BOARD)
    member = MembershipFactory(cpts=cpts, role=source)

    with pytest.raises(NotPermitted, match="Seule la coordination"):
        actions.change_role(member, role=target, by=board)


@pytest.mark.parametrize("target", [Role.PROFESSIONAL, Role.SECRETARY])
def test_the_board_gives_itself_no_role_that_reads_names(cpts, coordinator, target):
    board = MembershipFactory(cpts=cpts, role=Role.BOARD)

    with pytest.raises(NotPermitted, match="Seule la coordination"):
        actions.change_role(board, role=target, profession=ProfessionFactory(), by=board)


def test_the_last_coordinator_keeps_the_role(cpts, coordinator):
    with pytest.raises(Refused, match="dernière personne de la coordination"):
        actions.change_role(coordinator, role=Role.BOARD, by=coordinator)


def test_change_college_asks_its_fee_of_a_year_not_paid_yet(cpts, coordinator):
    member = GpFactory(cpts=cpts, college=CollegeFactory(cpts=cpts, fee=20))
    year = SubscriptionFactory(cpts=cpts, membership=member, college=member.college)
    dearer = CollegeFactory(cpts=cpts, fee=50)

    actions.change_college(member, college=dearer, by=coordinator)

    year.refresh_from_db()
    assert (year.college, year.fee, Subscription.objects.count()) == (dearer, 50, 1)


def test_change_college_leaves_a_paid_year_as_it_was(cpts, coordinator):
    member = GpFactory(cpts=cpts, college=CollegeFactory(cpts=cpts, fee=20))
    year = SubscriptionFactory(cpts=cpts, membership=member, college=member.college, is_paid=True)

    actions.change_college(member, college=CollegeFactory(cpts=cpts, fee=50), by=coordinator)

    year.refresh_from_db()
    assert (year.fee, year.is_paid) == (20, True)


def test_a_first_college_opens_a_first_year(cpts, coordinator):
    member = GpFactory(cpts=cpts)

    actions.change_college(member, college=CollegeFactory(cpts=cpts), by=coordinator)

    assert Subscription.objects.get(membership=member).starts_on == day()


# --- Coming back ----------------------------------------------------------------------------
def test_come_back_takes_up_the_account_the_profile_and_the_places(cpts, coordinator):
    place = PracticeMemberFactory(membership=GpFactory(cpts=cpts, rpps="10999000129"))
    former = place.membership
    former.skills.set(Skill.objects.all()[:1])
    actions.end(former, on=day(ago=1), reason=LEFT, by=coordinator)

    again = actions.come_back(
        former, role=Role.PROFESSIONAL, college=None, starts_on=day(), by=coordinator
    )

    assert (again.user, again.rpps) == (former.user, "10999000129")
    assert list(again.skills.all()) == list(former.skills.all())
    assert again.places.get().practice == place.practice
    assert Membership.objects.get(pk=former.pk).end_reason == LEFT


def test_come_back_is_refused_to_who_has_not_left(cpts, coordinator, gp):
    with pytest.raises(Refused, match="en cours"):
        actions.come_back(gp, role=Role.PROFESSIONAL, college=None, starts_on=day(), by=coordinator)


def test_who_left_today_comes_back_tomorrow_at_the_earliest(cpts, coordinator, gp):
    actions.end(gp, on=day(), reason=LEFT, by=coordinator)
    gp.refresh_from_db()

    assert actions.first_day_back(gp, day()) == day(ago=-1)


@pytest.mark.parametrize(
    ("reason", "is_in"), [("left", True), ("lapsed", True), ("excluded", False), ("mistake", False)]
)
def test_an_exclusion_closes_the_door_on_its_very_day(cpts, coordinator, reason, is_in):
    member = GpFactory(cpts=cpts)

    actions.end(member, on=day(), reason=reason, by=coordinator)

    assert Membership.objects.current().filter(pk=member.pk).exists() is is_in
    assert (membership_at(member.user, cpts.slug) is not None) is is_in


# --- Two at once ----------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["role", "end"])
def test_of_two_coordinators_who_go_at_once_one_stays(transactional_db, way):
    cpts = CptsFactory()
    both = [MembershipFactory(cpts=cpts, role=Role.COORDINATOR) for _ in range(2)]

    def go(member: Membership) -> str:
        with open_scope(cpts=cpts):
            try:
                if way == "role":
                    actions.change_role(member, role=Role.BOARD, by=member)
                else:
                    actions.end(member, on=day(), reason=LEFT, by=member)
            except Refused:
                return "stays"
        return "goes"

    answers = at_once(lambda: go(both[0]), lambda: go(both[1]))

    assert sorted(answers) == ["goes", "stays"]
