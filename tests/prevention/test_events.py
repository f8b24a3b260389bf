"""The public pages: what is to come, place by place; what is over says so kindly."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.models import Cpts
from prevention.models import Campaign, Session, Topic
from prevention.queries.census import census_of, last_change
from prevention.queries.events import PAGE, Filters, look_up
from tests.factories import CommuneFactory, CptsCommuneFactory
from tests.prevention.changes import commit, forget, noted
from tests.prevention.makers import (
    CampaignFactory,
    RegistrationFactory,
    SessionFactory,
)

HERE = "/evenements/artois-lys/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def campaign(cpts: Cpts) -> Any:
    return CampaignFactory(cpts=cpts, title="Octobre rose")


def page_of(client: Client, path: str = HERE, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def cancel(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(
        status="cancelled", cancelled_at=timezone.now(), cancel_reason="room"
    )


def close(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(status="closed", closed_at=timezone.now())


# --- The choice -----------------------------------------------------------------------------
def test_event_choice_finds_the_community_of_a_commune(client: Client, cpts: Cpts) -> None:
    CptsCommuneFactory(cpts=cpts, commune=CommuneFactory(name="Lestrem"))

    page = page_of(client, "/evenements/?commune=lestr")

    assert f'href="{HERE}?commune=' in page


def test_event_choice_says_so_when_nothing_is_found(client: Client, cpts: Cpts) -> None:
    assert "Aucune commune ne répond" in page_of(client, "/evenements/?commune=xyzzy")


# --- The list -------------------------------------------------------------------------------
def test_event_list_shows_sessions_to_come_in_the_order_of_time(
    client: Client, campaign: Any
) -> None:
    later = SessionFactory(campaign=campaign, starts_at=timezone.now() + timedelta(days=9))
    sooner = SessionFactory(campaign=campaign, starts_at=timezone.now() + timedelta(days=2))

    page = page_of(client)

    assert page.index(f"{HERE}{sooner.pk}/") < page.index(f"{HERE}{later.pk}/")


def hidden(cpts: Cpts, campaign: Any, why: str) -> Session:
    """A session that the public list leaves out."""
    match why:
        case "draft":
            return SessionFactory(campaign=CampaignFactory(cpts=cpts, status="draft"))
        case "campaign for professionals":
            return SessionFactory(campaign=CampaignFactory(cpts=cpts, is_for_professionals=True))
        case "closed":
            return SessionFactory(campaign=CampaignFactory(cpts=cpts, status="closed"))
        case "for professionals":
            return SessionFactory(campaign=campaign, is_for_professionals=True)
        case "over":
            return SessionFactory(campaign=campaign, starts_at=timezone.now() - 3 * HOUR)
        case _:
            session: Session = SessionFactory(campaign=campaign)
            cancel(session)
            return session


@pytest.mark.parametrize(
    "why",
    ["draft", "campaign for professionals", "closed", "for professionals", "over", "cancelled"],
)
def test_event_list_leaves_out(client: Client, cpts: Cpts, campaign: Any, why: str) -> None:
    session = hidden(cpts, campaign, why)

    page = page_of(client)

    assert f"{HERE}{session.pk}/" not in page
    assert "Pas de séance prévue" in page


def test_event_list_is_of_one_community(client: Client, campaign: Any) -> None:
    SessionFactory(campaign__title="D’ailleurs")

    assert "D’ailleurs" not in page_of(client)


def test_event_list_is_narrowed_by_commune_and_topic(client: Client, campaign: Any) -> None:
    lestrem, laventie = CommuneFactory(name="Lestrem"), CommuneFactory(name="Laventie")
    here = SessionFactory(campaign=campaign, commune=lestrem)
    there = SessionFactory(campaign=campaign, commune=laventie)

    page = page_of(client, f"{HERE}?commune={lestrem.pk}&theme={campaign.topic_id}")

    assert (f"{HERE}{here.pk}/" in page, f"{HERE}{there.pk}/" in page) == (True, False)
    assert "1 séance à venir à Lestrem" in " ".join(page.split())


def test_event_list_of_a_commune_without_session_leads_to_the_nearest(
    client: Client, campaign: Any
) -> None:
    far, near, empty = (
        CommuneFactory(name=name, latitude=latitude, longitude=2.7)
        for name, latitude in (("Arras", 50.3), ("Laventie", 50.63), ("Fleurbaix", 50.65))
    )
    SessionFactory(campaign=campaign, commune=far)
    SessionFactory(campaign=campaign, commune=near)

    page = page_of(client, f"{HERE}?commune={empty.pk}")

    assert "Aucune séance prévue à Fleurbaix" in page
    assert page.index(f'href="{HERE}?commune={near.pk}"') < page.index(
        f'href="{HERE}?commune={far.pk}"'
    )
    assert "Voir toutes les séances" in page


@pytest.mark.parametrize("query", ["?commune=xx&theme=zz", "?page=0", "?page=9999", "?commune=%27"])
def test_event_list_ignores_what_it_does_not_know(
    client: Client, campaign: Any, query: str
) -> None:
    SessionFactory(campaign=campaign)

    page_of(client, HERE + query)


def test_event_list_tells_the_places_left_and_a_full_session(client: Client, campaign: Any) -> None:
    SessionFactory(campaign=campaign, capacity=3)
    RegistrationFactory(session=SessionFactory(campaign=campaign, capacity=1))

    page = page_of(client)

    assert "3 places" in page
    assert "Complet, liste d’attente" in page


def test_event_list_has_pages(client: Client, campaign: Any) -> None:
    commune = CommuneFactory()
    for _ in range(PAGE + 1):
        SessionFactory(campaign=campaign, commune=commune)

    first, second = page_of(client), page_of(client, f"{HERE}?page=2")

    assert (first.count('class="card ev"'), second.count('class="card ev"')) == (PAGE, 1)
    assert "Page 1 sur 2" in first
    assert 'rel="prev"' in second


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_every_page_holds_its_own_sessions_in_the_order_of_time(
    cpts: Cpts, campaign: Any, size: int
) -> None:
    now = timezone.now()
    made = [
        SessionFactory(campaign=campaign, starts_at=now + days * DAY).pk for days in range(1, 6)
    ]

    pages = [look_up(cpts, Filters(), number, now, size=size) for number in range(1, 6)]

    shown = [[row.pk for _day, rows in page.days for row in rows] for page in pages]
    parts = [made[first : first + size] for first in range(0, 5, size)]
    assert shown[: len(parts)] == parts
    assert all(page == parts[-1] for page in shown[len(parts) :])


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        page_of(client, path)
    return len(asked)


def test_event_list_asks_as_much_for_three_sessions_as_for_one(
    client: Client, campaign: Any
) -> None:
    SessionFactory(campaign=campaign)
    one = queries_of(client, HERE)
    forget()
    SessionFactory(campaign=campaign)
    SessionFactory(campaign=campaign)
    commit()

    assert (one, queries_of(client, HERE)) == (3, 3)


def test_the_census_is_counted_again_when_a_session_ends(cpts: Cpts, campaign: Any) -> None:
    now = timezone.now()
    SessionFactory(campaign=campaign, starts_at=now - HOUR, ends_at=now + HOUR)
    SessionFactory(campaign=campaign, starts_at=now + 24 * HOUR)

    before = census_of(cpts, last_change(cpts), now).count()
    after = census_of(cpts, last_change(cpts), now + 2 * HOUR).count()

    assert (before, after) == (2, 1)


def test_the_census_is_counted_again_when_a_session_is_cancelled(cpts: Cpts, campaign: Any) -> None:
    session, now = SessionFactory(campaign=campaign), timezone.now()
    before = census_of(cpts, last_change(cpts), now).count()
    forget()
    cancel(session)
    commit()

    assert (before, census_of(cpts, last_change(cpts), now).count()) == (1, 0)


# --- What moves the events ------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [{"place_name": "Médiathèque"}, {"is_accessible": True}, {"title": "Atelier"}, {"sequence": 1}],
)
def test_what_is_written_of_a_session_moves_the_events(
    cpts: Cpts, campaign: Any, change: dict[str, Any]
) -> None:
    session = SessionFactory(campaign=campaign)
    forget()

    Session.objects.filter(pk=session.pk).update(**change)

    assert noted() > 0


def test_a_seat_taken_does_not_move_the_events(cpts: Cpts, campaign: Any) -> None:
    session = SessionFactory(campaign=campaign)
    forget()

    RegistrationFactory(session=session)

    assert noted() == 0


def test_a_campaign_renamed_or_a_session_deleted_moves_the_events(
    cpts: Cpts, campaign: Any
) -> None:
    session = SessionFactory(campaign=campaign)
    forget()
    Campaign.objects.filter(pk=campaign.pk).update(title="Mars bleu")
    renamed = noted()
    forget()
    Session.objects.filter(pk=session.pk).delete()

    assert (renamed > 0, noted() > 0) == (True, True)


# --- One session ----------------------------------------------------------------------------
def test_event_show_tells_when_where_and_for_whom(client: Client, campaign: Any) -> None:
    starts_at = datetime(2027, 3, 4, 14, 0, tzinfo=ZoneInfo("Europe/Paris"))
    session = SessionFactory(
        campaign=campaign, starts_at=starts_at, min_age=50, sex="female", access_note="Par la cour"
    )

    page = page_of(client, f"{HERE}{session.pk}/")

    for words in ("4 mars 2027", "14\u00a0h\u00a000", "Salle des fêtes", "3 place de la Mairie"):
        assert words in page
    assert "à partir de 50 ans, femmes" in page
    assert "Par la cour" in page
    assert f'href="{HERE}{session.pk}/inscription/"' in page
    assert f'property="og:image" content="http://localhost:8000{HERE}{session.pk}/image/"' in page


def test_event_show_of_a_full_session_leads_to_the_line(client: Client, campaign: Any) -> None:
    session = SessionFactory(campaign=campaign, capacity=1)
    RegistrationFactory(session=session)

    assert "S’inscrire sur la liste d’attente" in page_of(client, f"{HERE}{session.pk}/")


def test_event_show_of_a_cancelled_session_says_so_and_leads_elsewhere(
    client: Client, campaign: Any
) -> None:
    session, other = SessionFactory(campaign=campaign), SessionFactory(campaign=campaign)
    cancel(session)

    page = page_of(client, f"{HERE}{session.pk}/")

    assert "Cette séance est annulée." in page
    assert "/inscription/" not in page
    assert f"{HERE}{other.pk}/" in page


def test_event_show_of_a_closed_campaign_is_a_page_and_no_error(
    client: Client, campaign: Any
) -> None:
    session = SessionFactory(campaign=campaign)
    close(campaign)

    page = page_of(client, f"{HERE}{session.pk}/")

    assert "Cette campagne est terminée." in page
    assert "/inscription/" not in page


def test_event_show_of_a_past_session_thanks(client: Client, campaign: Any) -> None:
    session = SessionFactory(campaign=campaign, starts_at=timezone.now() - 5 * HOUR)

    assert "Cette séance a eu lieu." in page_of(client, f"{HERE}{session.pk}/")


@pytest.mark.parametrize("why", ["draft", "campaign for professionals", "for professionals"])
def test_event_show_of_what_is_not_public_does_not_exist(
    client: Client, cpts: Cpts, campaign: Any, why: str
) -> None:
    session = hidden(cpts, campaign, why)

    page_of(client, f"{HERE}{session.pk}/", status=404)
    page_of(client, f"{HERE}{session.pk}/image/", status=404)


def test_a_session_of_another_community_does_not_exist(client: Client, cpts: Cpts) -> None:
    page_of(client, f"{HERE}{SessionFactory().pk}/", status=404)


def test_a_discreet_topic_is_public_as_any_other(client: Client, cpts: Cpts) -> None:
    topic = Topic.objects.create(code="discret", label="Santé sexuelle", is_discreet=True)
    session = SessionFactory(campaign=CampaignFactory(cpts=cpts, topic=topic, title="IST"))

    assert "Santé sexuelle" in page_of(client, f"{HERE}{session.pk}/")
