"""The board of ads: published, narrowed, prolonged, closed; reminded and told on Fridays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members import rules
from members.actions import ads as actions
from members.actions import memberships
from members.actions.ads import Wording
from members.delegations import acting
from members.models import Ad, Cpts, Membership, Role
from members.queries import ads as queries
from members.tasks.ads import remind_ads, send_ads_digest
from tests.factories import (
    AdFactory,
    AdMessageFactory,
    CollegeFactory,
    CptsFactory,
    DelegationFactory,
    GpFactory,
    MembershipFactory,
)
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db

BOARD = "/artois-lys/annonces/"
FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def lapsed(cpts: Cpts) -> Membership:
    college = CollegeFactory(cpts=cpts, fee=20, grace_days=0)
    return GpFactory(cpts=cpts, college=college)


def wording(**fields: Any) -> Wording:
    last_day = timezone.localdate() + timedelta(days=60)
    given = {"kind": "replacement", "side": "offer", "title": "Remplacement", "body": "En mars."}
    return Wording(**{**given, "expires_on": last_day, **fields})


def typed(**fields: Any) -> dict[str, Any]:
    last_day = timezone.localdate() + timedelta(days=60)
    return {
        "kind": "replacement",
        "side": "offer",
        "title": "Remplacement en mars",
        "body": "Deux semaines.",
        "expires_on_day": last_day.day,
        "expires_on_month": last_day.month,
        "expires_on_year": last_day.year,
        **fields,
    }


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


# --- Publishing -------------------------------------------------------------------------------
def test_publish_puts_the_ad_on_the_board_and_traces_it(gp: Membership) -> None:
    ad = actions.publish(wording(), by=gp)

    assert list(Ad.objects.open_on(timezone.localdate())) == [ad]
    assert AuditEntry.objects.get(verb="publish").subject_id == str(ad.pk)


def test_publish_twice_the_same_is_once(gp: Membership) -> None:
    first = actions.publish(wording(), by=gp)

    assert actions.publish(wording(), by=gp) == first
    assert Ad.objects.count() == 1


def test_publish_is_refused_to_a_lapsed_member(lapsed: Membership) -> None:
    with pytest.raises(NotPermitted, match="à jour"):
        actions.publish(wording(), by=lapsed)


@pytest.mark.parametrize("days", [-1, 181])
def test_publish_is_refused_a_last_day_out_of_bounds(gp: Membership, days: int) -> None:
    with pytest.raises(Refused, match="six mois"):
        actions.publish(wording(expires_on=in_days(days)), by=gp)


def test_publish_for_a_professional_records_both(cpts: Cpts, gp: Membership) -> None:
    secretary = DelegationFactory(principal=gp).delegate

    ad = actions.publish(wording(), by=acting(secretary, gp))

    trace = AuditEntry.objects.get(verb="publish")
    assert ad.author == gp
    assert (trace.by_id, trace.behalf_id) == (secretary.user_id, gp.user_id)


def test_publish_for_a_lapsed_professional_is_refused_to_her_secretary(lapsed: Membership) -> None:
    secretary = DelegationFactory(principal=lapsed).delegate

    with pytest.raises(NotPermitted):
        actions.publish(wording(), by=acting(secretary, lapsed))


def test_the_form_publishes(client: Client, gp: Membership) -> None:
    client.force_login(gp.user)

    response = client.post(f"{BOARD}nouvelle/", typed())

    ad = Ad.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{BOARD}{ad.pk}/")
    assert (ad.author, ad.title, ad.expires_on) == (gp, "Remplacement en mars", in_days(60))


def test_the_form_lets_a_secretary_say_for_whom(client: Client, gp: Membership) -> None:
    secretary = DelegationFactory(principal=gp).delegate
    client.force_login(secretary.user)

    asked = client.post(f"{BOARD}nouvelle/", typed())
    client.post(f"{BOARD}nouvelle/", typed(author=gp.pk))

    assert asked.status_code == 422
    assert Ad.objects.get().author == gp


def test_the_form_takes_no_author_for_whom_one_does_not_act(client: Client, gp: Membership) -> None:
    secretary = DelegationFactory(principal=gp).delegate
    other = GpFactory(cpts=gp.cpts)
    client.force_login(secretary.user)

    response = client.post(f"{BOARD}nouvelle/", typed(author=other.pk))

    assert (response.status_code, Ad.objects.count()) == (422, 0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"body": "Mon numéro : 2 84 05 62 841 012 42"}, "sécurité sociale"),
        ({"title": "Rem\u202eplacement"}, "caractère invisible"),
        ({"title": "x" * 101}, "trop long"),
        ({"ends_on_day": 3, "ends_on_month": 3, "ends_on_year": 2027}, "à partir de quel jour"),
        ({"expires_on_year": 2099}, "Six mois au plus"),
        ({"expires_on_year": 2020}, "Ce jour est passé"),
        ({"kind": "sale"}, "Sélectionnez un choix valide"),
    ],
)
def test_the_form_says_what_to_mend_and_keeps_what_was_typed(
    client: Client, gp: Membership, wrong: dict[str, Any], sentence: str
) -> None:
    client.force_login(gp.user)

    response = client.post(f"{BOARD}nouvelle/", typed(**wrong))

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert Ad.objects.count() == 0


def test_a_lapsed_member_reads_and_is_told_why_she_cannot_publish(
    client: Client, lapsed: Membership, gp: Membership
) -> None:
    ad = AdFactory(author=gp)
    client.force_login(lapsed.user)

    page = client.get(BOARD).content.decode()

    assert ad.title in page
    assert "sans publier ni répondre" in page
    assert "Publier une annonce" not in page
    assert client.post(f"{BOARD}nouvelle/", typed()).status_code == 403


# --- Reading ----------------------------------------------------------------------------------
def test_the_board_leaves_out_what_is_over_without_any_worker(gp: Membership) -> None:
    shown = AdFactory(author=gp)
    AdFactory(author=gp, published_on=in_days(-30), expires_on=in_days(-1))
    AdFactory(author=gp, status="filled", closed_at=timezone.now())

    assert queries.board(queries.Filters(), timezone.localdate()).ads == [shown]


def test_the_board_counts_what_each_filter_would_leave(gp: Membership) -> None:
    AdFactory(author=gp, kind="replacement", side="offer")
    AdFactory(author=gp, kind="replacement", side="wanted")
    AdFactory(author=gp, kind="premises", side="offer", profession=gp.profession)

    board = queries.board(queries.Filters(side="offer"), timezone.localdate())

    assert [(one.code, one.count) for one in board.facets["kind"]] == [
        ("premises", 1),
        ("replacement", 1),
    ]
    assert [(one.code, one.count) for one in board.facets["side"]] == [("offer", 2), ("wanted", 1)]
    assert [one.code for one in board.facets["profession"]] == ["medecin-generaliste"]
    assert (board.total, board.everything) == (2, 3)


def test_the_board_forgets_a_filter_that_no_ad_has(gp: Membership) -> None:
    ad = AdFactory(author=gp)

    board = queries.board(queries.Filters(kind="rien", commune="99999"), timezone.localdate())

    assert (board.ads, bool(board.filters)) == ([ad], False)


def test_the_board_is_of_one_cpts(client: Client, gp: Membership) -> None:
    elsewhere = CptsFactory()
    with open_scope(cpts=elsewhere):
        other = AdFactory(author=GpFactory(cpts=elsewhere), title="Ailleurs")
    client.force_login(gp.user)

    assert "Ailleurs" not in client.get(BOARD).content.decode()
    assert client.get(f"{BOARD}{other.pk}/").status_code == 404


def test_the_board_takes_as_many_queries_for_three_ads_as_for_one(
    client: Client, gp: Membership
) -> None:
    client.force_login(gp.user)
    AdMessageFactory(ad=AdFactory(author=GpFactory(cpts=gp.cpts)), correspondent=gp)
    AdMessageFactory(ad=AdFactory(author=gp))
    one = queries_of(client, BOARD)

    for _number in range(2):
        AdMessageFactory(ad=AdFactory(author=GpFactory(cpts=gp.cpts)), correspondent=gp)
        AdMessageFactory(ad=AdFactory(author=gp))

    assert queries_of(client, BOARD) == one


def test_an_ad_that_is_over_keeps_its_words_from_strangers(client: Client, gp: Membership) -> None:
    ad = AdFactory(author=GpFactory(cpts=gp.cpts), status="withdrawn", closed_at=timezone.now())
    client.force_login(gp.user)

    page = client.get(f"{BOARD}{ad.pk}/").content.decode()

    assert "Cette annonce est retirée." in page
    assert ad.body not in page


def test_no_address_stands_on_the_board_nor_on_an_ad(client: Client, gp: Membership) -> None:
    author = GpFactory(cpts=gp.cpts, email="auteur@sante.example", phone="+33639980142")
    ad = AdFactory(author=author)
    client.force_login(gp.user)

    pages = [client.get(path).content.decode() for path in (BOARD, f"{BOARD}{ad.pk}/")]

    assert [hidden in page for page in pages for hidden in ("auteur@", "98 01 42")] == [False] * 4


# --- Changing ---------------------------------------------------------------------------------
def test_edit_names_what_changed_and_keeps_no_word_in_the_trace(gp: Membership) -> None:
    ad = actions.publish(wording(), by=gp)

    actions.edit(ad, wording(title="Remplacement en avril"), by=gp)

    assert Ad.objects.get().title == "Remplacement en avril"
    assert AuditEntry.objects.get(verb="edit").reason == "title"


def test_edit_is_refused_to_a_colleague_and_to_the_coordination(
    gp: Membership, coordinator: Membership
) -> None:
    ad = AdFactory(author=gp)

    for other in (GpFactory(cpts=gp.cpts), coordinator):
        with pytest.raises(NotPermitted):
            actions.edit(ad, wording(), by=other)


def test_edit_is_refused_once_the_ad_is_filled(client: Client, gp: Membership) -> None:
    ad = actions.fill(AdFactory(author=gp), by=gp)
    client.force_login(gp.user)

    assert client.post(f"{BOARD}{ad.pk}/modifier/", typed()).status_code == 409


def test_edit_from_the_form_begins_with_what_was_written(client: Client, gp: Membership) -> None:
    ad = AdFactory(author=gp, starts_on=in_days(10), ends_on=in_days(12))
    client.force_login(gp.user)

    page = client.get(f"{BOARD}{ad.pk}/modifier/").content.decode()
    response = client.post(f"{BOARD}{ad.pk}/modifier/", typed(title="Autrement"))

    assert ad.body in page
    assert response.status_code == 302
    assert Ad.objects.get().title == "Autrement"


def test_prolong_gives_two_months_and_half_a_year_at_most(gp: Membership) -> None:
    fresh = AdFactory(author=gp)
    old = AdFactory(author=gp, published_on=in_days(-150), expires_on=in_days(-2))

    assert actions.prolong(fresh, by=gp).expires_on == in_days(60)
    assert actions.prolong(old, by=gp).expires_on == in_days(30)
    with pytest.raises(Refused, match="prolongée"):
        actions.prolong(old, by=gp)


def test_prolong_is_refused_for_a_withdrawn_ad(gp: Membership) -> None:
    ad = actions.withdraw(AdFactory(author=gp), by=gp)

    with pytest.raises(Refused, match="retirée"):
        actions.prolong(ad, by=gp)


def test_fill_closes_the_ad_once(client: Client, gp: Membership) -> None:
    ad = AdFactory(author=gp)
    client.force_login(gp.user)

    given = [client.post(f"{BOARD}{ad.pk}/pourvue/").status_code for _click in range(2)]

    ad.refresh_from_db()
    assert given == [302, 409]
    assert (ad.status, ad.closed_at is not None) == ("filled", True)


def test_withdraw_by_the_coordination_tells_the_author(
    gp: Membership, coordinator: Membership
) -> None:
    actions.withdraw(AdFactory(author=gp), by=coordinator)

    message = Message.objects.get()
    assert (message.purpose, message.recipient) == ("members.ad_withdrawn", gp.contact_email)


def test_withdraw_by_the_author_tells_nobody(gp: Membership) -> None:
    actions.withdraw(AdFactory(author=gp), by=gp)

    assert Message.objects.count() == 0


def test_a_member_who_leaves_takes_her_ads_off_the_board(
    gp: Membership, coordinator: Membership
) -> None:
    ad = AdFactory(author=gp)

    memberships.end(gp, on=timezone.localdate(), reason="left", by=coordinator)

    ad.refresh_from_db()
    assert ad.status == "withdrawn"


# --- Reminding --------------------------------------------------------------------------------
def test_the_author_is_reminded_once_a_week_before(gp: Membership) -> None:
    ad = AdFactory(author=gp, expires_on=in_days(7))
    AdFactory(author=gp, expires_on=in_days(8))

    assert (remind_ads(), remind_ads()) == (1, 0)
    message = Message.objects.get()
    assert message.occurrence == f"{ad.pk}/{ad.expires_on.isoformat()}"
    assert f"/annonces/{ad.pk}/" in message.body


def test_a_reminder_does_not_leave_once_the_ad_is_prolonged_or_closed(gp: Membership) -> None:
    prolonged = AdFactory(author=gp, expires_on=in_days(5))
    closed = AdFactory(author=gp, expires_on=in_days(5))
    remind_ads()
    actions.prolong(prolonged, by=gp)
    actions.fill(closed, by=gp)

    outbox.deliver_due()

    assert set(Message.objects.values_list("status", flat=True)) == {"dropped"}


# --- The week's digest --------------------------------------------------------------------------
@pytest.fixture
def reader(cpts: Cpts) -> Membership:
    with time_machine.travel(FRIDAY, tick=False):
        return GpFactory(cpts=cpts, wants_ads=True)


@pytest.fixture
def author(cpts: Cpts) -> Membership:
    with time_machine.travel(FRIDAY, tick=False):
        return GpFactory(cpts=cpts)


def test_the_digest_gives_titles_alone_once_a_week(reader: Membership, author: Membership) -> None:
    with time_machine.travel(FRIDAY, tick=False):
        ad = AdFactory(author=author, published_on=in_days(-2))
        AdFactory(author=author, published_on=in_days(-8), title="Vieille annonce")

        assert (send_ads_digest(), send_ads_digest()) == (1, 0)

    message = Message.objects.get()
    assert (message.recipient, message.occurrence) == (
        reader.contact_email,
        f"{reader.pk}/2026-11-27",
    )
    assert ad.title in message.body
    assert "/artois-lys/mon-profil/" in message.body
    assert [hidden in message.body for hidden in (ad.body, "Vieille", "@")] == [False] * 3


def test_the_digest_is_quiet_without_news_or_without_a_wish(
    reader: Membership, author: Membership
) -> None:
    with time_machine.travel(FRIDAY, tick=False):
        AdFactory(author=reader, published_on=in_days(-2))
        AdFactory(author=author, published_on=in_days(-2), status="filled", closed_at=FRIDAY)

        assert send_ads_digest() == 0


def test_each_ad_is_in_one_digest_whatever_the_hour(reader: Membership, author: Membership) -> None:
    with time_machine.travel(FRIDAY, tick=False):
        AdFactory(author=author, published_on=timezone.localdate())
        today = send_ads_digest()
    with time_machine.travel(FRIDAY + timedelta(days=7), tick=False):
        next_week = send_ads_digest()

    assert (today, next_week) == (0, 1)


def test_the_digest_does_not_leave_for_who_no_longer_wants_it(
    reader: Membership, author: Membership
) -> None:
    with time_machine.travel(FRIDAY, tick=False):
        AdFactory(author=author, published_on=in_days(-2))
        send_ads_digest()
        Membership.objects.filter(pk=reader.pk).update(wants_ads=False)
        outbox.deliver_due()

    assert Message.objects.get().status == "dropped"


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 27, 6, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 27, 7, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 7, 31, 6, tzinfo=UTC), date(2026, 7, 31)),
        (datetime(2026, 11, 28, 22, 30, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 11, 28, 23, tzinfo=UTC), None),
        (datetime(2026, 11, 26, 12, tzinfo=UTC), None),
    ],
)
def test_the_digest_is_due_from_friday_eight_to_saturday_night_in_paris(
    now: datetime, day: date | None
) -> None:
    assert rules.digest_day(now) == day


def test_a_funder_has_no_board(client: Client, cpts: Cpts) -> None:
    funder = MembershipFactory(cpts=cpts, role=Role.FUNDER)
    client.force_login(funder.user)

    assert client.get(BOARD).status_code == 403
