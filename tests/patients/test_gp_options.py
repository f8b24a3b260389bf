"""Who can take this person: the terms of each GP, nearest first."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from patients.models import GPRequest, Intake, Referral, ReferralStatus
from patients.queries.referrals import gps_for, kilometres
from tests.factories import (
    CommuneFactory,
    CptsFactory,
    GpFactory,
    GPRequestFactory,
    IntakeFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ReferralFactory,
)
from tests.patients.shortcuts import address


def test_gps_for_gives_the_nearest_first(qualified, intake):
    near = GpFactory(cpts=qualified.cpts)
    practice = PracticeFactory(cpts=near.cpts, commune=qualified.commune)
    PracticeMemberFactory(membership=near, practice=practice)
    IntakeFactory(membership=near)

    options = gps_for(qualified)

    assert [option.gp for option in options] == [near, intake.membership]
    assert [option.distance for option in options] == ["moins de 1\u00a0km", "5\u00a0km"]


@pytest.mark.parametrize(
    ("facts", "terms"),
    [
        ({"has_ald": True}, {"takes_ald": False}),
        ({"is_under_psychiatric_care": True}, {"takes_psychiatric": False}),
        ({"is_home_bound": True}, {"takes_home_visits": False}),
        ({}, {"radius_km": 3}),
        ({}, {"monthly_quota": 0}),
        ({}, {"paused_until": timezone.localdate()}),
    ],
)
def test_gps_for_leaves_out_whoever_cannot_take_this_person(qualified, intake, facts, terms):
    GPRequest.objects.filter(pk=qualified.pk).update(**facts)
    Intake.objects.filter(pk=intake.pk).update(**terms)
    qualified.refresh_from_db()

    assert gps_for(qualified) == []


def test_gps_for_leaves_out_who_takes_no_children_under_16(qualified, intake):
    intake.takes_children = False
    intake.save()
    qualified.patient.birth_date = timezone.localdate() - timedelta(days=365 * 10)
    qualified.patient.save()

    assert gps_for(qualified) == []


def test_gps_for_leaves_out_who_declined_and_who_is_full(qualified, intake):
    declined = IntakeFactory(membership=GpFactory(cpts=qualified.cpts))
    ReferralFactory(
        request=qualified,
        gp=declined.membership,
        status=ReferralStatus.DECLINED,
        decline_reason="full",
        answered_at=timezone.now(),
    )
    full = IntakeFactory(membership=GpFactory(cpts=qualified.cpts), monthly_quota=1)
    ReferralFactory(request=GPRequestFactory(cpts=qualified.cpts), gp=full.membership)

    assert [option.gp for option in gps_for(qualified)] == [intake.membership]


def test_gps_for_gives_a_place_back_when_the_deadline_passes(qualified, intake):
    intake.monthly_quota = 1
    intake.save()
    other = ReferralFactory(request=GPRequestFactory(cpts=qualified.cpts), gp=intake.membership)
    assert gps_for(qualified) == []

    with time_machine.travel(other.expires_at, tick=False):
        [option] = gps_for(qualified)

    assert (option.taken, option.remaining, option.meter_width) == (0, 1, 0)


def test_gps_for_counts_this_months_patients_only(qualified, intake):
    long_ago = timezone.now() - timedelta(days=40)
    ReferralFactory(
        request=GPRequestFactory(cpts=qualified.cpts),
        gp=intake.membership,
        status=ReferralStatus.ACCEPTED,
        proposed_at=long_ago,
        reserved_at=long_ago,
        answered_at=long_ago,
    )

    [option] = gps_for(qualified)

    assert option.taken == 0


def test_gps_for_knows_only_its_own_cpts(qualified):
    IntakeFactory(membership=GpFactory(cpts=CptsFactory()))

    assert gps_for(qualified) == []


def test_gps_for_puts_an_unknown_distance_last(qualified, intake):
    nowhere = IntakeFactory(membership=GpFactory(cpts=qualified.cpts))

    options = gps_for(qualified)

    assert [option.gp for option in options] == [intake.membership, nowhere.membership]
    assert options[-1].distance == ""


def test_gps_for_asks_as_many_queries_for_one_gp_as_for_five(
    qualified, intake, django_assert_num_queries
):
    for _number in range(4):
        commune = CommuneFactory(latitude=50.6, longitude=2.8)
        member = GpFactory(cpts=qualified.cpts)
        PracticeMemberFactory(
            membership=member, practice=PracticeFactory(cpts=member.cpts, commune=commune)
        )
        IntakeFactory(membership=member)

    with django_assert_num_queries(4):
        assert len(gps_for(qualified)) == 5


def test_kilometres_are_whole():
    assert [kilometres(None), kilometres(0.4), kilometres(6.6)] == [
        "",
        "moins de 1\u00a0km",
        "7\u00a0km",
    ]


# --- How far she can travel ---------------------------------------------------------------------
def test_gps_for_puts_whoever_is_beyond_her_reach_after_an_unknown_distance(qualified, intake):
    """Fleurbaix is five kilometres from Laventie."""
    qualified.travel_km = 3
    unknown = IntakeFactory(membership=GpFactory(cpts=qualified.cpts))

    options = gps_for(qualified)

    assert [(option.gp, option.is_beyond_her_reach) for option in options] == [
        (unknown.membership, False),
        (intake.membership, True),
    ]


@pytest.mark.parametrize(
    ("facts", "is_beyond"),
    [
        ({"travel_km": 3}, True),
        ({"travel_km": 6}, False),
        ({"travel_km": 3, "is_home_bound": True}, False),
    ],
)
def test_a_gp_is_beyond_reach_only_of_whoever_has_to_come_to_him(
    qualified, intake, facts, is_beyond
):
    intake.takes_home_visits = True
    intake.save()
    for name, value in facts.items():
        setattr(qualified, name, value)

    [option] = gps_for(qualified)

    assert option.is_beyond_her_reach is is_beyond


def test_the_desk_reads_that_a_gp_is_beyond_her_reach_and_may_propose_him_all_the_same(
    desk, qualified, intake
):
    GPRequest.objects.update(travel_km=3)

    page = desk.get(address(qualified)).content.decode()
    answer = desk.post(address(qualified, "proposer/"), {"gp": intake.membership_id})

    assert "plus loin que ce que la personne peut faire (3\u00a0km)" in page
    assert answer.status_code == 302
    assert Referral.objects.get().gp == intake.membership
