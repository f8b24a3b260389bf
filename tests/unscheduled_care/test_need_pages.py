"""The needs on the screen: anonymous before taking, one tap, a clock that is polled for nothing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from cpts_portal.board.queries.minutes import asks_of
from cpts_portal.core.models import AccessEntry
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
from tests.unscheduled_care.makers import CareNeedFactory
from unscheduled_care.actions import needs
from unscheduled_care.forms.needs import NeedForm
from unscheduled_care.models import CareNeed, NeedStatus

KIND = "unscheduled_care.needcontact"


@pytest.fixture(autouse=True)
def one_factor(settings: Any) -> None:
    """The second factor has its own tests."""
    settings.SECOND_FACTOR_REQUIRED = False


def browser(member: Membership) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


@pytest.fixture
def doctor(cpts: Cpts) -> Membership:
    gp = GpFactory(cpts=cpts)
    PracticeMemberFactory(membership=gp, practice=PracticeFactory(cpts=cpts))
    return gp


@pytest.fixture
def need(coordinator: Membership) -> CareNeed:
    return CareNeedFactory(asker=coordinator)


def page(need: CareNeed, step: str = "") -> str:
    return f"/artois-lys/besoins/{need.pk}/{step}"


def typed(**changes: Any) -> dict[str, Any]:
    told = {
        "key": str(uuid.uuid4()),
        "professions": ["medecin-generaliste"],
        "reason": "fievre",
        "kind": "practice",
        "when": "two_days",
        "where": "Laventie",
        "age_band": CareNeed.age_band.field.choices[0][0],
        "mobility": "alone",
        "phone": "06 39 98 12 34",
        "first_name": "Odile",
        "has_consented": "on",
    }
    return {**told, **changes}


# --- Identity -----------------------------------------------------------------------------------
def test_need_pages_are_anonymous_until_taken(need, doctor):
    contact, surgery = need.contact, browser(doctor)

    before = [surgery.get(path).content.decode() for path in ("/artois-lys/besoins/", page(need))]
    surgery.post(page(need, "prendre/"))
    after = surgery.get(page(need)).content.decode()

    for html in before:
        assert contact.first_name not in html
        assert contact.phone not in html
    assert contact.first_name in after
    assert contact.phone in after


def test_need_show_logs_each_opening_of_the_identity(need, doctor, coordinator):
    browser(doctor).get(page(need))
    closed = AccessEntry.objects.count()

    browser(coordinator).get(page(need))
    needs.take(need, by=doctor)
    browser(doctor).get(page(need))

    opened = AccessEntry.objects.filter(subject_kind=KIND, patient_ids=[need.contact.pk])
    assert closed == 0
    assert sorted(opened.values_list("role", flat=True)) == ["coordinator", "professional"]


def test_need_show_is_a_404_for_whom_it_has_not_reached(cpts, need):
    nurse = GpFactory(cpts=cpts, profession=ProfessionFactory(code="infirmier", label="Infirmier"))
    far = GpFactory(cpts=cpts)

    statuses = [browser(one).get(page(need)).status_code for one in (nurse, far)]

    assert statuses == [404, 404]


# --- Posting ------------------------------------------------------------------------------------
def test_need_new_posts_and_shows_the_clock(cpts, coordinator):
    CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    GpFactory(cpts=cpts)

    response = browser(coordinator).post("/artois-lys/besoins/nouveau/", typed(), follow=True)

    assert CareNeed.objects.get().contact.phone == "+33639981234"
    assert "puis la coordination est prévenue" in response.content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"professions": []}, "Cochez au moins une profession."),
        ({"phone": "", "email": ""}, "Écrivez un téléphone ou un courriel."),
        ({"where": "Nullepart"}, "Aucune commune ne s’appelle"),
        ({"has_consented": ""}, "Demandez-lui son accord"),
        ({"reason": "inventé"}, "Sélectionnez un choix valide"),
        ({"key": "x"}, "UUID"),
    ],
)
def test_need_new_says_what_to_mend_and_keeps_the_rest(cpts, coordinator, change, sentence):
    CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    GpFactory(cpts=cpts)

    response = browser(coordinator).post("/artois-lys/besoins/nouveau/", typed(**change))

    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert "Odile" in html
    assert CareNeed.objects.count() == 0


def test_need_new_asks_which_of_several_communes(cpts, coordinator):
    for code, name in (("62491", "Laventie"), ("62338", "Fleurbaix")):
        CommuneFactory(insee_code=code, name=name, postal_codes=["62840"])
    GpFactory(cpts=cpts)

    asked = browser(coordinator).post("/artois-lys/besoins/nouveau/", typed(where="62840"))
    answered = browser(coordinator).post(
        "/artois-lys/besoins/nouveau/", typed(where="62840", commune="62338")
    )

    assert "Laquelle de ces communes" in asked.content.decode()
    assert answered.status_code == 302
    assert CareNeed.objects.get().commune.name == "Fleurbaix"


def test_need_new_refuses_a_usual_professional_of_another_profession(cpts, coordinator):
    CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    GpFactory(cpts=cpts)
    nurse = GpFactory(cpts=cpts, profession=ProfessionFactory(code="infirmier", label="Infirmier"))

    response = browser(coordinator).post("/artois-lys/besoins/nouveau/", typed(usual=str(nurse.pk)))

    assert "Cochez aussi la profession" in response.content.decode()


def test_need_new_by_a_secretary_in_the_name_of_her_doctor(cpts, doctor):
    CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    secretary = DelegationFactory(principal=doctor).delegate

    browser(secretary).post("/artois-lys/besoins/nouveau/", typed(asker=str(doctor.pk)))

    assert CareNeed.objects.get().asker == doctor


def test_need_new_by_a_lapsed_member_is_a_409_that_keeps_what_was_typed(cpts, doctor):
    CommuneFactory(insee_code="62491", name="Laventie", search_name="laventie")
    doctor.college = CollegeFactory(cpts=cpts, grace_days=0)
    doctor.save()

    response = browser(doctor).post("/artois-lys/besoins/nouveau/", typed())

    html = response.content.decode()
    assert response.status_code == 409
    assert "Votre adhésion n’est plus à jour" in html
    assert "Odile" in html


def test_need_new_for_today_is_refused_when_the_day_is_nearly_over(coordinator):
    evening = datetime(2026, 11, 23, 23, 40, tzinfo=ZoneInfo("Europe/Paris"))

    with time_machine.travel(evening):
        form = NeedForm(typed(when="today"), askers={coordinator.pk: coordinator})
        form.full_clean()

    assert form.errors["when"] == ["Il est trop tard pour aujourd’hui : choisissez demain."]


# --- Answering ----------------------------------------------------------------------------------
def test_need_take_in_one_tap(need, doctor):
    response = browser(doctor).post(page(need, "prendre/"), follow=True)

    need.refresh_from_db()
    assert (need.status, need.taken_by) == (NeedStatus.TAKEN, doctor)
    assert "Vous vous en chargez" in response.content.decode()


def test_need_take_with_an_hour_of_tomorrow(need, doctor):
    browser(doctor).post(page(need, "prendre/"), {"on": "1", "at": "09:30"})

    need.refresh_from_db()
    visit_at = timezone.localtime(need.visit_at)
    assert visit_at.date() == timezone.localdate() + timedelta(days=1)
    assert (visit_at.hour, visit_at.minute) == (9, 30)


def test_need_take_refuses_an_hour_that_is_past(need, doctor):
    response = browser(doctor).post(page(need, "prendre/"), {"on": "0", "at": "00:00"})

    assert response.status_code == 422
    assert "Cette heure est passée." in response.content.decode()


def test_need_take_from_a_stale_tab_is_a_polite_409(cpts, need, doctor):
    other = GpFactory(cpts=cpts)
    PracticeMemberFactory(membership=other, practice=PracticeFactory(cpts=cpts))
    needs.take(need, by=other)

    response = browser(doctor).post(page(need, "prendre/"))

    html = response.content.decode()
    assert response.status_code == 409
    assert "Ce besoin vient d’être pris." in html
    assert need.contact.phone not in html


def test_need_take_by_a_secretary_for_the_doctor(need, doctor):
    secretary = DelegationFactory(principal=doctor).delegate

    browser(secretary).post(page(need, "prendre/"), {"pour": str(doctor.pk)})

    need.refresh_from_db()
    assert need.taken_by == doctor


def test_need_withdraw_by_whoever_asked(need, coordinator):
    browser(coordinator).post(page(need, "retirer/"), {"reason": "solved"})

    need.refresh_from_db()
    assert (need.status, need.end_reason) == (NeedStatus.WITHDRAWN, "solved")


def test_need_withdraw_twice_is_a_409_and_without_a_reason_a_422(need, coordinator):
    desk = browser(coordinator)

    statuses = [
        desk.post(page(need, "retirer/"), {"reason": reason}).status_code
        for reason in ("", "solved", "solved")
    ]

    assert statuses == [422, 302, 409]


# --- Lists --------------------------------------------------------------------------------------
def test_need_list_shows_the_desk_everything_the_unanswered_first(cpts, coordinator, doctor):
    old = timezone.now() - timedelta(hours=1)
    CareNeedFactory(asker=doctor, commune=CommuneFactory(name="Lestrem"))
    CareNeedFactory(asker=doctor, wanted_from=old, commune=CommuneFactory(name="Richebourg"))

    html = browser(coordinator).get("/artois-lys/besoins/").content.decode()

    assert html.index("Richebourg") < html.index("Lestrem")
    assert "Personne n’a encore répondu" in html


def test_need_list_shows_an_asker_hers_and_nobody_elses(cpts, doctor):
    CareNeedFactory(asker=doctor, commune=CommuneFactory(name="Lestrem"))
    other = MembershipFactory(cpts=cpts, role=Role.SECRETARY)

    pages = [browser(one).get("/artois-lys/besoins/").content.decode() for one in (doctor, other)]

    assert ["Lestrem" in html for html in pages] == [True, False]


def test_need_list_costs_the_same_at_one_and_three(
    cpts, coordinator, doctor, django_assert_max_num_queries
):
    surgery = browser(doctor)
    CareNeedFactory(asker=coordinator)
    surgery.get("/artois-lys/besoins/")
    with django_assert_max_num_queries(40) as one:
        surgery.get("/artois-lys/besoins/")
    for _ in range(2):
        CareNeedFactory(asker=coordinator)

    with django_assert_max_num_queries(len(one)):
        surgery.get("/artois-lys/besoins/")


@pytest.mark.parametrize("path", ["/artois-lys/besoins/", "one"])
def test_poll_with_nothing_new_is_a_304_and_with_news_the_part(need, doctor, path):
    surgery = browser(doctor)
    asked = page(need) if path == "one" else path
    version = surgery.get(asked).context["version"]
    poll = {"HTTP_HX_REQUEST": "true", "HTTP_IF_NONE_MATCH": f'"{version}"'}

    nothing_new = surgery.get(asked, **poll)
    needs.take(need, by=doctor)
    news = surgery.get(asked, **poll)

    assert (nothing_new.status_code, nothing_new["HX-Reswap"]) == (304, "none")
    assert news.status_code == 200
    assert news.content.decode().lstrip().startswith("<")
    assert "<html" not in news.content.decode()


def test_minutes_offer_the_need_in_one_tap(need, doctor):
    [ask] = [one for one in asks_of(doctor) if one.kind == "need"]

    assert [choice.label for choice in ask.choices] == ["Je m’en charge"]
    assert ask.choices[0].url == page(need, "prendre/")
    assert "ièvre" not in f"{ask.title} {ask.detail}"
