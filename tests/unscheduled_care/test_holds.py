"""From a free slot to a kept one: signs of danger, one holder, five minutes, once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.refusals import NotPermitted, Refused
from members.delegations import ActingFor
from members.models import Cpts, Membership, Role
from tests.factories import (
    CollegeFactory,
    CommuneFactory,
    DelegationFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ProfessionFactory,
)
from tests.unscheduled_care.makers import ClaimFactory, HoldFactory, SlotFactory
from unscheduled_care.actions import holds
from unscheduled_care.actions.steps import Gone
from unscheduled_care.models import CareTerms, Channel, Hold, RedFlag, SasDesk, Slot, SlotStatus

GONE = "Ce créneau vient d’être pris"
FORM = {"reason": "fievre", "age_band": "30-49", "own_gp": "no", "phone": "06 39 98 12 34"}


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    """The second factor has its own tests."""
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def nurse(cpts: Cpts) -> Membership:
    profession = ProfessionFactory(code="infirmier", label="Infirmier", label_en="Nurse")
    return GpFactory(cpts=cpts, profession=profession)


@pytest.fixture
def slot(gp: Membership) -> Slot:
    return SlotFactory(professional=gp)


def at(name: str, **captures: int) -> str:
    return reverse(f"unscheduled_care:{name}", kwargs={"cpts": "artois-lys", **captures})


def logged_in(client: Client, member: Membership) -> Client:
    client.force_login(member.user)
    return client


def past(hold: Hold) -> None:
    """Its minutes are over."""
    began = timezone.now() - timedelta(minutes=6)
    Hold.objects.filter(pk=hold.pk).update(starts_at=began, expires_at=began + timedelta(minutes=5))


# --- The action ----------------------------------------------------------------------------------
def test_a_hold_lasts_five_minutes_or_what_the_cpts_decided(nurse, slot):
    first = holds.hold(slot, by=nurse)
    holds.release(first, by=nurse)
    CareTerms.objects.create(cpts=slot.cpts, hold_seconds=120)

    second = holds.hold(slot, by=nurse)

    assert first.expires_at - first.starts_at == timedelta(minutes=5)
    assert second.expires_at - second.starts_at == timedelta(minutes=2)
    second.refresh_from_db()
    assert second.expires_at - second.starts_at == timedelta(minutes=2)


def test_a_hold_asked_twice_is_the_same_hold(nurse, slot):
    first = holds.hold(slot, by=nurse)

    assert holds.hold(slot, by=nurse) == first
    assert list(holds.live_holds(nurse)) == [first]


def test_a_slot_is_held_by_one_person_at_a_time(nurse, coordinator, slot):
    first = holds.hold(slot, by=nurse)

    with pytest.raises(Gone, match=GONE) as refusal:
        holds.hold(slot, by=coordinator)
    past(first)

    assert refusal.value.slot == slot
    assert holds.hold(slot, by=coordinator).holder == coordinator


@pytest.mark.parametrize(
    "changes",
    [
        {"status": SlotStatus.CLAIMED},
        {"is_hidden": True},
        {"closes_at": timezone.now() - timedelta(minutes=1)},
    ],
    ids=["claimed", "hidden", "given back"],
)
def test_a_slot_off_the_board_is_not_held(nurse, slot, changes):
    Slot.objects.filter(pk=slot.pk).update(**changes)

    with pytest.raises(Gone):
        holds.hold(slot, by=nurse)


def test_a_hold_is_refused_to_whom_the_slot_is_not_open(nurse, gp):
    theirs = SlotFactory(professional=gp, channels=[Channel.SAS])

    with pytest.raises(NotPermitted, match="pas ouvert"):
        holds.hold(theirs, by=nurse)


def test_a_hold_is_refused_to_a_lapsed_member(cpts, slot):
    college = CollegeFactory(cpts=cpts, fee=30, grace_days=0)
    lapsed = GpFactory(cpts=cpts, college=college)

    with pytest.raises(Refused, match="plus à jour"):
        holds.hold(slot, by=lapsed)


def test_nobody_leafs_through_the_board_by_holding_it(nurse, coordinator, gp):
    starts = [timezone.now() + timedelta(hours=hours) for hours in range(3, 8)]
    slots = [SlotFactory(professional=gp, starts_at=moment) for moment in starts]
    for slot in slots[:3]:
        holds.hold(slot, by=nurse)

    with pytest.raises(Refused, match="libérez-en un"):
        holds.hold(slots[3], by=nurse)
    assert [holds.hold(slot, by=coordinator).slot for slot in slots[3:]] == slots[3:]


def test_a_hold_is_extended_once_by_its_holder_while_it_runs(nurse, coordinator, slot):
    kept = holds.hold(slot, by=nurse)
    until = kept.expires_at

    longer = holds.extend(kept, by=nurse)

    assert longer.expires_at == until + timedelta(minutes=5)
    with pytest.raises(Refused, match="une fois"):
        holds.extend(kept, by=nurse)
    with pytest.raises(NotPermitted):
        holds.extend(kept, by=coordinator)
    past(kept)
    with pytest.raises(Gone, match="écoulé"):
        holds.extend(kept, by=nurse)


def test_a_hold_released_is_free_at_once_and_a_second_time_does_nothing(nurse, coordinator, slot):
    kept = holds.hold(slot, by=nurse)

    holds.release(kept, by=nurse)
    holds.release(kept, by=nurse)

    assert holds.hold(slot, by=coordinator).holder == coordinator
    with pytest.raises(NotPermitted):
        holds.release(kept, by=coordinator)


def test_a_claimed_hold_is_not_released(nurse, slot):
    claim = ClaimFactory(slot=slot, hold__holder=nurse)

    holds.release(claim.hold, by=nurse)

    assert Hold.objects.get().expires_at > timezone.now()


def test_a_delegate_holds_for_her_principal_and_both_are_written(cpts, gp, slot):
    delegation = DelegationFactory(principal=GpFactory(cpts=cpts))
    by = ActingFor(delegate=delegation.delegate, principal=delegation.principal)

    kept = holds.hold(slot, by=by)

    assert (kept.holder, kept.held_by) == (delegation.principal, delegation.delegate)


# --- The pages -----------------------------------------------------------------------------------
def test_a_slot_shows_who_where_and_how_far_with_the_signs_of_danger(client, nurse, gp):
    laventie = CommuneFactory(insee_code="62491", name="Laventie", latitude=50.63, longitude=2.77)
    fleurbaix = CommuneFactory(insee_code="62338", name="Fleurbaix", latitude=50.65, longitude=2.83)
    there = PracticeFactory(cpts=gp.cpts, commune=laventie, is_wheelchair_accessible=True)
    here = PracticeFactory(cpts=gp.cpts, commune=fleurbaix)
    PracticeMemberFactory(membership=nurse, practice=here)
    slot = SlotFactory(professional=gp, practice=there)

    page = logged_in(client, nurse).get(at("slot_show", slot=slot.pk)).content.decode()

    assert str(gp.user) in page
    assert "2 place du Marché, Laventie" in page
    assert "à 5\u00a0km, accès fauteuil" in page
    assert page.count('name="sign"') == RedFlag.objects.filter(is_active=True).count() == 9
    assert "Aucun de ces signes\u00a0: garder le créneau" in page


def test_slot_hold_keeps_it_and_shows_the_countdown(client, nurse, slot):
    response = logged_in(client, nurse).post(at("slot_hold", slot=slot.pk))
    kept = Hold.objects.get()

    assert (response.status_code, response["Location"]) == (302, at("hold_show", hold=kept.pk))
    page = client.get(response["Location"]).content.decode()
    assert 'role="timer"' in page
    assert "4\u00a0min\u00a05" in page
    assert kept.holder == nurse


def test_a_sign_of_danger_means_15_and_nothing_is_stored(client, nurse, slot, caplog):
    asked = {"sign": "thorax"}

    response = logged_in(client, nurse).post(at("slot_hold", slot=slot.pk), asked)

    page = response.content.decode()
    assert response.status_code == 200
    assert 'href="tel:15"' in page
    assert not Hold.objects.exists()
    assert "thorax" not in page + caplog.text
    assert set(client.session.keys()) & {"sign", "thorax"} == set()


def test_slot_show_of_what_one_already_keeps_goes_to_it(client, nurse, slot):
    kept = holds.hold(slot, by=nurse)

    response = logged_in(client, nurse).get(at("slot_show", slot=slot.pk))

    assert response["Location"] == at("hold_show", hold=kept.pk)


def test_the_loser_gets_the_three_nearest_in_time_then_in_distance(client, nurse, gp, cpts):
    now = timezone.now().replace(microsecond=0)
    near = CommuneFactory(latitude=50.66, longitude=2.84)
    far = CommuneFactory(latitude=50.95, longitude=2.84)
    lost = SlotFactory(professional=gp, starts_at=now + timedelta(hours=4))

    def other(hours: float, **more: Any) -> Slot:
        moment = now + timedelta(hours=hours)
        return SlotFactory(professional=GpFactory(cpts=cpts), starts_at=moment, **more)

    late, early = other(5.5), other(3)
    same_far = other(4, practice__commune=far)
    same_near = other(4, practice__commune=near)
    SlotFactory(professional=nurse, starts_at=now + timedelta(hours=4))
    holds.hold(lost, by=GpFactory(cpts=cpts))

    response = logged_in(client, nurse).post(at("slot_hold", slot=lost.pk), FORM)

    assert response.status_code == 409
    assert GONE in response.content.decode()
    assert [card.slot for card in response.context["alternatives"]] == [same_near, same_far, early]
    assert late not in [card.slot for card in response.context["alternatives"]]


def test_alternatives_are_only_those_the_viewer_may_claim(client, nurse, gp, cpts):
    lost = SlotFactory(professional=gp, status=SlotStatus.CLAIMED)
    SlotFactory(professional=GpFactory(cpts=cpts), channels=[Channel.TEAM])
    SlotFactory(professional=GpFactory(cpts=cpts), is_hidden=True)
    held = SlotFactory(professional=GpFactory(cpts=cpts))
    HoldFactory(slot=held)
    SlotFactory(professional=GpFactory())

    response = logged_in(client, nurse).get(at("slot_show", slot=lost.pk))

    assert (response.status_code, response.context["alternatives"]) == (409, [])
    assert "Aucun autre créneau" in response.content.decode()


def test_what_was_typed_follows_to_the_next_slot_without_being_stored(client, nurse, gp, cpts):
    lost = SlotFactory(professional=gp, status=SlotStatus.CLAIMED)
    other = SlotFactory(professional=GpFactory(cpts=cpts))
    typed = FORM | {"first_name": "Odile", "has_consented": "on"}
    logged_in(client, nurse)

    gone = client.post(at("slot_hold", slot=lost.pk), typed)
    hidden = {name: gone.context["typed"][name] for name in typed}
    kept = client.post(at("slot_hold", slot=other.pk), hidden)

    page = kept.content.decode()
    assert hidden == typed
    assert kept.status_code == 200
    assert 'value="Odile"' in page
    assert 'value="06 39 98 12 34"' in page
    assert '<option value="fievre" selected>' in page
    assert not [value for value in map(str, client.session.values()) if "Odile" in value]


def test_a_lapsed_member_reads_the_slot_and_is_told_a_sentence(client, cpts, slot):
    college = CollegeFactory(cpts=cpts, fee=30, grace_days=0)
    lapsed = GpFactory(cpts=cpts, college=college)
    logged_in(client, lapsed)

    shown = client.get(at("slot_show", slot=slot.pk))
    asked = client.post(at("slot_hold", slot=slot.pk))

    assert "garder le créneau" not in shown.content.decode()
    assert (shown.status_code, asked.status_code) == (200, 409)
    assert "Votre adhésion n’est plus à jour" in asked.content.decode()


def test_a_slot_of_another_cpts_does_not_exist(client, nurse):
    elsewhere = SlotFactory(professional=GpFactory())
    logged_in(client, nurse)

    given = [
        client.get(at("slot_show", slot=elsewhere.pk)).status_code,
        client.post(at("slot_hold", slot=elsewhere.pk)).status_code,
    ]

    assert given == [404, 404]


def test_a_hold_of_somebody_else_does_not_exist(client, nurse, coordinator, slot):
    kept = holds.hold(slot, by=nurse)
    logged_in(client, coordinator)

    given = [client.get(at("hold_show", hold=kept.pk)).status_code] + [
        client.post(at(name, hold=kept.pk), FORM).status_code
        for name in ("hold_extend", "hold_release", "hold_claim")
    ]

    assert given == [404] * 4
    assert Hold.objects.get().expires_at > timezone.now()


def test_what_the_portal_keeps_for_the_line_is_nobodys_page(client, nurse, slot):
    with transaction.atomic():
        kept = holds.keep(slot, by=nurse, seconds=60, is_for_waiting=True)

    response = logged_in(client, nurse).get(at("hold_show", hold=kept.pk))

    assert response.status_code == 404


def test_hold_extend_keeps_what_was_typed_with_and_without_javascript(client, nurse, slot):
    kept = holds.hold(slot, by=nurse)
    logged_in(client, nurse)

    response = client.post(at("hold_extend", hold=kept.pk), FORM)
    again = client.post(at("hold_extend", hold=kept.pk), headers={"HX-Request": "true"})

    assert response.status_code == 200
    assert '<option value="fievre" selected>' in response.content.decode()
    assert "9\u00a0min\u00a05" in response.content.decode()
    assert again.status_code == 409
    assert again.content.decode().lstrip().startswith('<div id="hold-clock"')
    assert "a déjà été gardé plus longtemps" in again.content.decode()


def test_a_hold_that_ran_out_can_be_taken_again_while_nobody_has(client, nurse, coordinator, slot):
    kept = holds.hold(slot, by=nurse)
    past(kept)
    logged_in(client, nurse)

    over = client.get(at("hold_show", hold=kept.pk))
    holds.hold(slot, by=coordinator)
    taken = client.get(at("hold_show", hold=kept.pk))

    assert (over.status_code, taken.status_code) == (409, 409)
    assert "Garder à nouveau" in over.content.decode()
    assert "Garder à nouveau" not in taken.content.decode()
    assert GONE in taken.content.decode()


def test_hold_release_goes_back_to_the_board(client, nurse, slot):
    kept = holds.hold(slot, by=nurse)

    response = logged_in(client, nurse).post(at("hold_release", hold=kept.pk))

    assert response["Location"] == at("slot_list")
    assert list(holds.live_holds(nurse)) == []


def test_a_secretary_keeps_for_herself_or_for_a_principal(client, cpts, gp, slot):
    principal = GpFactory(cpts=cpts)
    secretary = DelegationFactory(principal=principal).delegate
    logged_in(client, secretary)

    shown = client.get(at("slot_show", slot=slot.pk) + f"?pour={principal.pk}")
    stranger = client.post(at("slot_hold", slot=slot.pk), {"pour": gp.pk})
    held = client.post(at("slot_hold", slot=slot.pk), {"pour": principal.pk})

    assert f'<option value="{principal.pk}" selected>' in shown.content.decode()
    assert (stranger.status_code, held.status_code) == (404, 302)
    kept = Hold.objects.get()
    assert (kept.holder, kept.held_by) == (principal, secretary)
    assert client.get(at("hold_show", hold=kept.pk)).status_code == 200


def test_the_sas_keeps_what_is_open_to_it_and_sees_nothing_else(client, cpts, coordinator, gp):
    desk = MembershipFactory(cpts=cpts, role=Role.PARTNER)
    SasDesk.objects.create(cpts=cpts, membership=desk, named_by=coordinator)
    theirs = SlotFactory(professional=gp, channels=[Channel.SAS])
    other = SlotFactory(professional=GpFactory(cpts=cpts))
    logged_in(client, desk)

    given = [client.post(at("slot_hold", slot=one.pk)).status_code for one in (theirs, other)]

    assert given == [302, 404]


def test_a_partner_who_is_not_the_sas_sees_no_slot(client, cpts, slot):
    partner = MembershipFactory(cpts=cpts, role=Role.PARTNER)

    assert logged_in(client, partner).get(at("slot_show", slot=slot.pk)).status_code == 404
