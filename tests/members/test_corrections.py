"""A member's file mended at the desk: name, trade, number, ways to reach her."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from members.actions import memberships as actions
from members.forms.memberships import RPPS_ONCE
from members.models import Language, Membership, Skill
from tests.factories import CptsFactory, GpFactory, MembershipFactory, ProfessionFactory

RPPS = "10000100015"
NBSP = "\u00a0"


@pytest.fixture
def desk(settings: Any, client: Client, coordinator: Membership) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


def page(member: Membership) -> str:
    return reverse("members:membership_edit", args=["artois-lys", member.pk])


def typed(member: Membership, **changes: Any) -> dict[str, Any]:
    """The form as it is shown, with these changes."""
    known = {
        "title": member.user.title,
        "first_name": member.user.first_name,
        "last_name": member.user.last_name,
        "profession": member.profession_id or "",
        "rpps": member.rpps,
        "organisation": member.organisation,
        "phone": member.phone,
        "email": member.email,
        "mssante": member.mssante,
    }
    return {**known, **changes}


def test_membership_edit_writes_the_account_s_name_and_the_member_s_file(desk, gp):
    midwife = ProfessionFactory(code="sage-femme")
    skill, language = Skill.objects.first(), Language.objects.first()
    changes = {
        "title": "Mme",
        "last_name": "Vandamme",
        "profession": midwife.pk,
        "rpps": "1000 0100 015",
        "organisation": "Maison de santé de Laventie",
        "phone": "06 12 34 56 78",
        "email": "Maud@Cabinet.example",
        "mssante": "maud.vandamme@pro.mssante.fr",
        "skills": [skill.pk],
        "languages": [language.pk],
    }

    response = desk.post(page(gp), typed(gp, **changes))

    mended = Membership.objects.select_related("user").get(pk=gp.pk)
    assert response.url == reverse("members:membership_detail", args=["artois-lys", gp.pk])
    assert (mended.user.title, mended.user.last_name) == ("Mme", "Vandamme")
    assert (mended.profession, mended.rpps, mended.phone) == (midwife, RPPS, "+33612345678")
    assert mended.organisation == "Maison de santé de Laventie"
    assert (mended.email, mended.mssante) == (
        "maud@cabinet.example",
        "maud.vandamme@pro.mssante.fr",
    )
    assert (list(mended.skills.all()), list(mended.languages.all())) == ([skill], [language])


def test_the_trace_names_what_changed_and_keeps_no_value(desk, coordinator, gp):
    desk.post(page(gp), typed(gp, last_name="Vandamme", phone="06 12 34 56 78"))

    trace = AuditEntry.objects.get(verb="correct")
    assert (trace.by, trace.subject_id) == (coordinator.user, str(gp.pk))
    assert (trace.reason, trace.source, trace.target) == ("last_name, phone", "", "")


def test_nothing_changed_leaves_no_trace(desk, gp):
    response = desk.post(page(gp), typed(gp))

    assert response.status_code == 302
    assert not AuditEntry.objects.filter(verb="correct").exists()


def test_what_the_member_alone_agrees_to_is_not_touched(desk, gp):
    gp.public_fields, gp.wants_minutes = ["identity", "phone"], False
    gp.save()

    desk.post(page(gp), typed(gp, organisation="Cabinet du Pont", public_fields=["email"]))

    gp.refresh_from_db()
    assert (gp.public_fields, gp.wants_minutes) == (["identity", "phone"], False)


def test_a_number_that_another_member_bears_is_said_at_its_field(desk, cpts, gp):
    GpFactory(cpts=cpts, rpps=RPPS)

    response = desk.post(page(gp), typed(gp, last_name="Vandamme", rpps=RPPS))

    assert response.status_code == 422
    assert response.context["form"].errors == {"rpps": [RPPS_ONCE.get_violation_error_message()]}
    assert 'value="Vandamme"' in response.content.decode()


def test_the_number_of_somebody_who_has_left_is_free(desk, cpts, gp):
    GpFactory(cpts=cpts, rpps=RPPS, ends_on=gp.starts_on, starts_on=gp.starts_on, end_reason="left")

    response = desk.post(page(gp), typed(gp, rpps=RPPS))

    assert response.status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rpps": "10000100016"}, "rpps"),
        ({"rpps": "123"}, "rpps"),
        ({"profession": ""}, "profession"),
        ({"last_name": ""}, "last_name"),
        ({"mssante": "maud@cabinet.example"}, "mssante"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(desk, gp, change, field):
    response = desk.post(page(gp), typed(gp, **{"organisation": "Ailleurs", **change}))

    gp.refresh_from_db()
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert gp.organisation == ""


def test_two_members_given_one_number_at_once_are_told_in_a_sentence(cpts, coordinator, gp):
    GpFactory(cpts=cpts, rpps=RPPS)
    told = replace(actions.as_newcomer(gp), rpps=RPPS)

    with pytest.raises(Refused, match="Un membre porte déjà ce numéro RPPS"):
        actions.correct(gp, told, by=coordinator)


def test_a_place_that_has_ended_is_history(desk, gp):
    gp.ends_on, gp.end_reason = gp.starts_on, "left"
    gp.save()

    response = desk.post(page(gp), typed(gp, last_name="Vandamme"))

    gp.user.refresh_from_db()
    assert response.status_code == 409
    assert gp.user.last_name != "Vandamme"


def test_a_colleague_and_another_cpts_mend_nothing(cpts, gp):
    told = actions.as_newcomer(gp)
    neighbour = MembershipFactory(cpts=CptsFactory(), role="coordinator")

    for by in (GpFactory(cpts=cpts), neighbour):
        with pytest.raises(NotPermitted):
            actions.correct(gp, told, by=by)


def test_the_file_leads_to_its_form_and_the_form_says_whose_the_name_is(desk, gp):
    file = desk.get(reverse("members:membership_detail", args=["artois-lys", gp.pk]))
    form = desk.get(page(gp)).content.decode()

    assert page(gp) in file.content.decode()
    assert "Le nom est celui de son compte" in form


def test_a_partner_needs_no_profession(desk, cpts):
    partner = MembershipFactory(cpts=cpts, role="partner")

    response = desk.post(page(partner), typed(partner, organisation="CCAS de Laventie"))

    partner.refresh_from_db()
    assert (response.status_code, partner.organisation) == (302, "CCAS de Laventie")


def test_an_administrator_s_name_is_not_the_desk_s(desk, gp):
    gp.user.is_staff = True
    gp.user.save()

    renamed = desk.post(page(gp), typed(gp, last_name="Vandamme"))
    moved = desk.post(page(gp), typed(gp, organisation="MSP de Laventie"))

    gp.user.refresh_from_db()
    assert (renamed.status_code, moved.status_code) == (409, 302)
    assert gp.user.last_name != "Vandamme"


# --- The person is told -----------------------------------------------------------------------
def letters() -> list[tuple[str, str]]:
    found = Message.objects.filter(purpose="members.name_corrected")
    return sorted((each.recipient, each.title) for each in found)


def test_a_new_name_is_told_to_the_person_at_each_of_her_addresses(desk, gp):
    gp.email = "Cabinet@sante.example"
    gp.save()

    desk.post(page(gp), typed(gp, last_name="Vandamme"))
    desk.post(page(gp), typed(gp, last_name="Vandamme"))

    letter = Message.objects.filter(purpose="members.name_corrected").first()
    assert letters() == [
        ("cabinet@sante.example", "Votre nom a été corrigé"),
        (gp.user.email, "Votre nom a été corrigé"),
    ]
    assert f"«{NBSP}{gp.user.first_name} Vandamme{NBSP}»" in letter.body
    assert f"Écrivez-nous{NBSP}: {gp.cpts.email}" in letter.body


def test_a_second_correction_is_told_again(desk, gp):
    for last_name in ("Vandamme", "Vandame"):
        desk.post(page(gp), typed(gp, last_name=last_name))

    assert [address for address, _title in letters()] == [gp.user.email] * 2


def test_what_is_not_the_name_is_mended_without_a_letter(desk, gp):
    desk.post(page(gp), typed(gp, organisation="MSP de Laventie", phone="06 12 34 56 78"))

    assert letters() == []


def test_whoever_mends_her_own_name_is_not_told(desk, coordinator):
    response = desk.post(page(coordinator), typed(coordinator, last_name="Vandamme"))

    coordinator.user.refresh_from_db()
    assert (response.status_code, coordinator.user.last_name) == (302, "Vandamme")
    assert letters() == []


def test_a_name_refused_is_told_to_nobody(desk, gp):
    gp.user.is_staff = True
    gp.user.save()

    desk.post(page(gp), typed(gp, last_name="Vandamme"))

    assert letters() == []
