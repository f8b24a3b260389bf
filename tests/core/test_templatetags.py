"""Hours, days, phones, drawings and links of the portal's templates."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
import time_machine
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from cpts_portal.core.templatetags import portal

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def drawn(source, **context):
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 11, 23, 13, 20, tzinfo=UTC), "14\u00a0h\u00a020"),
        (datetime(2026, 7, 1, 6, 5, tzinfo=UTC), "8\u00a0h\u00a005"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2\u00a0h\u00a030"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2\u00a0h\u00a030"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "3\u00a0h\u00a000"),
        (None, ""),
    ],
)
def test_hour_is_that_of_paris_in_both_seasons(moment, shown):
    assert portal.hour(moment) == shown


@time_machine.travel(NOON, tick=False)
def test_days_are_worded_in_the_active_language():
    moment = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)

    assert portal.day(moment) == "mardi 24 novembre"
    assert portal.day_short(moment) == "24 nov."
    with translation.override("en"):
        assert portal.day(moment) == "Tuesday 24 November"
        assert portal.hour(moment) == "00:30"


@time_machine.travel(NOON, tick=False)
def test_first_day_of_a_month_is_an_ordinal_in_french_alone():
    assert portal.day(date(2026, 11, 1)) == "dimanche 1er novembre"
    assert portal.day_short(date(2026, 12, 1)) == "1er déc."
    assert portal.day_full(date(1948, 3, 1)) == "1er mars 1948"
    assert portal.day(date(2026, 11, 11)) == "mercredi 11 novembre"
    with translation.override("en"):
        assert portal.day(date(2026, 11, 1)) == "Sunday 1 November"


@time_machine.travel(NOON, tick=False)
def test_days_of_another_year_say_so():
    assert portal.day(date(1948, 3, 27)) == "samedi 27 mars 1948"
    assert portal.day_short(date(2027, 1, 4)) == "4 jan. 2027"
    assert portal.day_full(date(2026, 1, 4)) == "4 janvier 2026"


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 11, 22, 8, 12, tzinfo=UTC), "aujourd’hui, 9 h 12"),
        (datetime(2026, 11, 21, 23, 30, tzinfo=UTC), "aujourd’hui, 0 h 30"),
        (datetime(2026, 11, 21, 17, 40, tzinfo=UTC), "hier, 18 h 40"),
        (datetime(2026, 11, 12, 8, 12, tzinfo=UTC), "12 nov., 9 h 12"),
        (datetime(2025, 11, 12, 8, 12, tzinfo=UTC), "12 nov. 2025, 9 h 12"),
    ],
)
def test_ago_names_today_and_yesterday_by_the_paris_day(moment, shown):
    assert portal.ago(moment).replace("\u00a0", " ") == shown


def test_absent_moments_are_empty():
    filters = (portal.day, portal.day_short, portal.day_full, portal.ago, portal.iso, portal.phone)

    assert [shown(None) for shown in filters] == [""] * 6


def test_iso_is_for_machines():
    assert portal.iso(date(2026, 11, 22)) == "2026-11-22"


def test_phone_is_written_in_pairs_and_leaves_the_unknown_alone():
    assert portal.phone("+33261910010") == "02\u00a061\u00a091\u00a000\u00a010"
    assert portal.phone("poste 12") == "poste 12"
    assert drawn("{% tel number %}", number="+33261910010") == (
        '<a class="num" href="tel:+33261910010">02\u00a061\u00a091\u00a000\u00a010</a>'
    )


def test_mail_breaks_before_the_at_and_escapes():
    assert drawn("{% mail address %}", address="odile@courriel.example") == (
        '<a href="mailto:odile@courriel.example">odile<wbr>@courriel.example</a>'
    )
    assert "<b>" not in drawn("{% mail address %}", address="<b>@courriel.example")


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537 Edg/126", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126 Mobile Safari/537", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604", "Safari, iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
    ],
)
def test_device_names_browser_and_system(user_agent, shown):
    assert portal.device(user_agent) == shown


def test_icon_is_one_text_high_and_hidden_from_screen_readers():
    html = drawn('{% icon "phone" %}')

    assert html.startswith("<svg ")
    assert 'class="i"' in html
    assert 'aria-hidden="true"' in html
    assert ' width="' not in html.split(">")[0]
    assert "\n" not in html


@pytest.mark.parametrize(
    ("rank", "loudness"), [(1, "p3"), (2, "p3"), (3, "p2"), (4, "p2"), (5, "p1")]
)
def test_bars_are_louder_for_the_most_urgent(rank, loudness):
    assert portal.bars_class(rank) == loudness
    assert portal.priority_bars(rank).count("<rect") == 3


def test_inline_svg_leaves_the_prolog_out():
    assert portal.inline_svg("<?xml version='1.0'?>\n<svg>…</svg>") == "<svg>…</svg>"


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/artois-lys/demandes/?vue=rappels", "/artois-lys/demandes/?vue=rappels"),
        ("http://testserver/artois-lys/", "/artois-lys/"),
        ("http://testserver/refused/", "/"),
        ("http://elsewhere.example/page", "/"),
        ("", "/"),
    ],
)
def test_way_back_leads_to_a_page_of_ours(referer, back):
    request = RequestFactory().get("/refused/", headers={"referer": referer})

    assert portal.way_back(request) == back


@pytest.mark.parametrize(
    ("viewed", "current"),
    [
        ("patients:request_list", "page"),
        ("patients:request_detail", "true"),
        ("patients:referral_list", ""),
    ],
)
def test_nav_link_is_current_on_every_page_of_its_noun(viewed, current):
    request = RequestFactory().get("/")
    request.cpts = SimpleNamespace(slug="artois-lys")
    request.resolver_match = SimpleNamespace(view_name=viewed)

    link = portal.nav_link(
        Context({"request": request}), "patients:request_list", "inbox", "Demandes", 23
    )

    assert link["current"] == current
    assert link["href"] == "/artois-lys/demandes/"
    assert link["count"] == 23


@pytest.mark.parametrize(
    ("viewed", "current"),
    [
        ("members:meeting_detail", "true"),
        ("members:minutes_edit", "true"),
        ("members:attendance_list", "true"),
        ("members:mandate_new", ""),
        ("board:minutes", ""),
    ],
)
def test_nav_link_is_current_on_pages_of_other_nouns_behind_it(viewed, current):
    request = RequestFactory().get("/")
    request.cpts = SimpleNamespace(slug="artois-lys")
    request.resolver_match = SimpleNamespace(view_name=viewed)

    link = portal.nav_link(
        Context({"request": request}),
        "members:meeting_list",
        "calendar-days",
        "Réunions",
        also="minutes attendance",
    )

    assert link["current"] == current


@pytest.mark.parametrize(
    ("viewed", "current"),
    [("members:membership_mine", ""), ("members:membership_detail", "true")],
)
def test_nav_link_is_not_current_on_pages_said_to_lie_elsewhere(viewed, current):
    request = RequestFactory().get("/")
    request.cpts = SimpleNamespace(slug="artois-lys")
    request.resolver_match = SimpleNamespace(view_name=viewed)

    link = portal.nav_link(
        Context({"request": request}),
        "members:membership_list",
        "book-user",
        "Adhésions",
        but="membership_mine",
    )

    assert link["current"] == current
