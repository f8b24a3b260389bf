"""The queue: tabs that tell the truth, search without traces in addresses, a constant cost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import AccessEntry
from cpts_portal.core.scoping import open_scope
from patients.models import IN_PROGRESS, GPRequest, Referral, Status
from patients.queries import inbox
from patients.queries.inbox import Filters, Tab
from tests.factories import (
    CommuneFactory,
    CptsCommuneFactory,
    CptsFactory,
    GPRequestFactory,
    MembershipFactory,
    PatientFactory,
    ReferralFactory,
    RuleSetFactory,
)

LIST = "/artois-lys/demandes/"


def references(html: str) -> list[str]:
    return [part[:9] for part in html.split('data-reference="')[1:]]


def rows(tab: str, coordinator, **kwargs) -> list[str]:
    now = timezone.now()
    seen = inbox.glance(coordinator.cpts, now)
    page = inbox.page_of(tab, Filters(**kwargs), 1, late=seen.late, now=now, by=coordinator)
    return [row["reference"] for row in page.rows]


@pytest.fixture
def every_state(cpts, coordinator) -> dict[str, GPRequest]:
    """One request in each state, one call due, one referral late."""
    now = timezone.now()
    made = {}
    for state in Status:
        is_ended = state not in IN_PROGRESS
        made[state.value] = GPRequestFactory(
            cpts=cpts,
            status=state,
            closed_at=now if is_ended else None,
            first_visit_on=timezone.localdate() if state == Status.FIRST_VISIT_SET else None,
        )
    ReferralFactory(request=made["referred"], proposed_by=coordinator)
    made["to_call"] = GPRequestFactory(cpts=cpts, call_back_on=timezone.localdate())
    made["call_later"] = GPRequestFactory(
        cpts=cpts, call_back_on=timezone.localdate() + timedelta(days=1)
    )
    late = ReferralFactory(
        request=GPRequestFactory(cpts=cpts, status=Status.REFERRED),
        proposed_by=coordinator,
        proposed_at=now - timedelta(hours=73),
        expires_at=now - timedelta(hours=1),
    )
    made["late"] = late.request
    GPRequestFactory(cpts=CptsFactory())
    return made


def test_each_tab_shows_its_requests_and_says_how_many(every_state, coordinator):
    expected = {
        Tab.TO_HANDLE: {
            *("received", "to_complete", "qualified", "to_call", "call_later", "late"),
        },
        Tab.TO_CALL: {"to_call"},
        Tab.ANSWER_DUE: {"referred"},
        Tab.ACCEPTED: {"accepted", "first_visit_set"},
        Tab.FOUND: {"declared", "found_alone"},
        Tab.ALL: set(every_state),
    }
    seen = inbox.glance(coordinator.cpts, timezone.now())

    for tab, names in expected.items():
        shown = set(rows(tab, coordinator))
        assert shown == {every_state[name].reference for name in names}, tab
        assert seen.counts.get(tab.value, len(shown)) == len(shown), tab


def test_a_tab_counts_no_further_than_999(every_state, coordinator, monkeypatch):
    seen = inbox.Glance({"a-traiter": 1000, "a-rappeler": 999}, [])

    assert [seen.count(tab) for tab in ("a-traiter", "a-rappeler", "toutes")] == [
        "999+",
        "999",
        "",
    ]


def test_the_queue_is_by_rank_then_first_date(cpts, coordinator):
    now = timezone.now()
    old = GPRequestFactory(cpts=cpts, first_requested_at=now - timedelta(days=9))
    new = GPRequestFactory(cpts=cpts, first_requested_at=now)
    urgent = GPRequestFactory(cpts=cpts, priority=1)
    corrected = GPRequestFactory(cpts=cpts, priority_override=2, override_reason="isolée")

    assert rows(Tab.TO_HANDLE, coordinator) == [
        request.reference for request in (urgent, corrected, old, new)
    ]


@pytest.mark.parametrize(
    ("asked", "facts"),
    [
        ({"priority": 2}, {"priority": 2}),
        ({"commune": "62338"}, {}),
        ({"situation": "has_ald"}, {"has_ald": True}),
        ({"followed": "personne"}, {}),
    ],
)
def test_filters_keep_what_they_say(cpts, coordinator, asked, facts):
    mine = GPRequestFactory(
        cpts=cpts, commune=CommuneFactory(insee_code="62338", name="Fleurbaix"), **facts
    )
    GPRequestFactory(cpts=cpts, assigned_to=coordinator)

    assert rows(Tab.TO_HANDLE, coordinator, **asked) == [mine.reference]


def test_filter_by_me(cpts, coordinator):
    mine = GPRequestFactory(cpts=cpts, assigned_to=coordinator)
    GPRequestFactory(cpts=cpts)

    assert rows(Tab.TO_HANDLE, coordinator, followed="moi") == [mine.reference]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("garnier", True),
        ("Odile GARNIER", True),
        ("œuvrard", False),
        ("06 39 98 00 42", True),
        ("+33 6 39 98 00 42", True),
        ("06 39 98 00 43", False),
        ("2026-0777", True),
        ("2026-777", True),
        ("2026-0778", False),
        ("fleurb", True),
        ("%", False),
        ("\u202e🙂", False),
        ("x" * 100, False),
    ],
)
def test_search_by_name_phone_reference_or_commune(cpts, coordinator, text, is_found):
    patient = PatientFactory(
        cpts=cpts,
        last_name="Garnier",
        search_name="garnier odile",
        phone="+33639980042",
        phone_hash=keyed_hash("+33639980042"),
    )
    commune = CommuneFactory(insee_code="62338", name="Fleurbaix", search_name="fleurbaix")
    GPRequestFactory(cpts=cpts, patient=patient, commune=commune, reference="2026-0777")

    page = inbox.search(text, late=[], by=coordinator)

    assert [row["reference"] for row in page.rows] == (["2026-0777"] if is_found else [])


def test_rows_tell_age_tags_and_delay(cpts, coordinator):
    now = timezone.now()
    GPRequestFactory(
        cpts=cpts,
        is_home_bound=True,
        is_pregnant=True,
        has_ald=True,
        priority=2,
        priority_reasons=["ald", "home_bound"],
        source="phone",
        first_requested_at=now - timedelta(days=cpts.sla_days + 1),
        assigned_to=coordinator,
    )

    [row] = inbox.page_of(Tab.TO_HANDLE, Filters(), 1, late=[], now=now, by=coordinator).rows

    assert row["about"] == "59\u00a0ans · ALD, médecin parti à la retraite"
    assert row["tags"] == [("t-lav", "domicile"), ("t-fram", "grossesse")]
    assert (row["days"], row["is_late"]) == (str(cpts.sla_days + 1), True)
    assert (row["priority"], row["bars"], row["initials"]) == ("Prioritaire", "p3", "ML")


# --- The page -----------------------------------------------------------------------------------
def test_request_list_names_people_and_logs_it_once(desk, cpts):
    shown = [GPRequestFactory(cpts=cpts), GPRequestFactory(cpts=cpts)]

    html = desk.get(LIST).content.decode()

    assert references(html) == [request.reference for request in shown]
    [entry] = AccessEntry.objects.all()
    assert entry.purpose == AccessEntry.Purpose.LIST
    assert sorted(entry.patient_ids) == sorted(request.patient_id for request in shown)


def test_request_list_empty_logs_nothing(desk):
    assert "tout est à jour" in desk.get(LIST).content.decode()
    assert AccessEntry.objects.count() == 0


def test_request_list_shows_50_and_the_way_on(desk, cpts):
    rule_set = RuleSetFactory(cpts=cpts)
    commune = CommuneFactory()
    for _number in range(51):
        GPRequestFactory(cpts=cpts, rule_set=rule_set, commune=commune)

    first = desk.get(LIST).content.decode()
    second = desk.get(LIST, {"page": 2}).content.decode()

    assert (len(references(first)), len(references(second))) == (50, 1)
    assert "?page=2" in first
    assert "?page=1" in second


def test_request_list_costs_as_many_queries_for_50_rows_as_for_one(desk, cpts):
    rule_set = RuleSetFactory(cpts=cpts)
    GPRequestFactory(cpts=cpts, rule_set=rule_set)
    desk.get(LIST)
    with CaptureQueriesContext(connection) as for_one:
        desk.get(LIST)
    for _number in range(49):
        GPRequestFactory(cpts=cpts, rule_set=rule_set)

    with CaptureQueriesContext(connection) as for_fifty:
        desk.get(LIST)

    assert len(for_fifty) == len(for_one)


@pytest.mark.parametrize(
    "query",
    [
        "vue=nimporte",
        "page=0",
        "page=x",
        "page=99999",
        "priorite=9",
        "commune=XX",
        "suivi=%F0%9F%99%82",
        "situation=status",
    ],
)
def test_request_list_ignores_what_it_does_not_understand(desk, cpts, query):
    GPRequestFactory(cpts=cpts)

    assert len(references(desk.get(f"{LIST}?{query}").content.decode())) == 1


def test_request_list_filters_are_offered_on_demand(desk, cpts):
    CptsCommuneFactory(cpts=cpts, commune=CommuneFactory(insee_code="62338", name="Fleurbaix"))

    assert "Fleurbaix" not in desk.get(LIST).content.decode()
    assert "Fleurbaix" in desk.get(LIST, {"filtres": "1"}).content.decode()
    assert "Aucune demande avec ces filtres" in desk.get(LIST, {"priorite": 1}).content.decode()


def test_request_list_for_htmx_is_the_queue_alone(desk):
    html = desk.get(LIST, headers={"HX-Request": "true"}).content.decode()

    assert 'id="queue"' in html
    assert "<html" not in html


def test_request_search_goes_by_post_and_is_logged_as_a_search(desk, cpts):
    found = GPRequestFactory(cpts=cpts)

    response = desk.post(f"{LIST}chercher/", {"q": found.reference})

    assert references(response.content.decode()) == [found.reference]
    assert AccessEntry.objects.get().purpose == AccessEntry.Purpose.SEARCH
    assert desk.get(f"{LIST}chercher/").status_code == 405


def test_request_search_for_nothing_says_what_to_write(desk):
    response = desk.post(f"{LIST}chercher/", {"q": " "})

    assert response.status_code == 422
    assert "Écrivez un nom" in response.content.decode()


# --- By phone or on paper -----------------------------------------------------------------------
def answers(**changes) -> dict[str, object]:
    return {
        "source": "phone",
        "last_name": "Œuvrard",
        "first_name": "Anne-Sophie",
        "birth_date_day": "27",
        "birth_date_month": "3",
        "birth_date_year": "1948",
        "commune": "62338",
        "phone": "03 53 01 00 12",
        "best_hours": "morning",
        "no_gp_reason": "retired",
        "situations": ["has_ald"],
        "travel_km": "10",
        "is_informed": "on",
        **changes,
    }


@pytest.fixture
def fleurbaix(cpts):
    return CptsCommuneFactory(cpts=cpts, commune=CommuneFactory(insee_code="62338")).commune


def test_request_new_files_by_phone_with_a_landline(desk, cpts, fleurbaix):
    response = desk.post(f"{LIST}nouvelle/", answers())

    request = GPRequest.objects.get()
    assert response["Location"] == f"{LIST}{request.reference}/"
    assert (request.source, request.has_ald, request.rank) == ("phone", True, 2)


def test_request_new_twice_keeps_what_was_typed_and_says_which(desk, fleurbaix):
    desk.post(f"{LIST}nouvelle/", answers())

    response = desk.post(f"{LIST}nouvelle/", answers(words="à rappeler vite"))

    html = response.content.decode()
    assert response.status_code == 409
    assert GPRequest.objects.get().reference in html
    assert "à rappeler vite" in html


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"phone": ""}, "Écrivez un téléphone ou un courriel."),
        ({"phone": "12"}, ""),
        ({"last_name": ""}, "Écrivez le nom."),
        ({"commune": "75056"}, "Cette commune n’est pas dans votre CPTS."),
        ({"birth_date_year": "2999"}, "futur"),
        ({"words": "2 64 09 62 119 012 46"}, "sécurité sociale"),
        ({"is_informed": ""}, "Informez la personne"),
        (
            {
                "left_hospital_on_day": "1",
                "left_hospital_on_month": "1",
                "left_hospital_on_year": "1990",
            },
            "",
        ),
        (
            {
                "treatment_ends_on_day": "1",
                "treatment_ends_on_month": "1",
                "treatment_ends_on_year": "1990",
            },
            "trop éloignée",
        ),
    ],
)
def test_request_new_says_what_is_wrong(desk, fleurbaix, change, told):
    response = desk.post(f"{LIST}nouvelle/", answers(**change))

    assert response.status_code == 422
    assert told in response.content.decode()
    assert GPRequest.objects.count() == 0


def test_a_queue_shows_only_its_own_cpts(desk, cpts):
    other = CptsFactory()
    with open_scope(cpts=other):
        GPRequestFactory(cpts=other)
        ReferralFactory(request__cpts=other)

    assert references(desk.get(LIST).content.decode()) == []
    assert Referral.objects.count() == 0
    assert MembershipFactory(cpts=other).cpts == other
