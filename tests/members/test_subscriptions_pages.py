"""What a treasurer ticks, and what a member reads of her own year."""

from __future__ import annotations

import io
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from members.models import Membership, Subscription
from tests.factories import CollegeFactory, CptsFactory, SubscriptionFactory


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def desk(client: Client, coordinator: Membership) -> Client:
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def mine(gp: Membership) -> Client:
    client = Client()
    client.force_login(gp.user)
    return client


def at(name: str, *args: Any) -> str:
    return reverse(f"members:{name}", args=["artois-lys", *args])


def typed(**more: Any) -> dict[str, Any]:
    today = timezone.localdate()
    days = {"paid_on_day": today.day, "paid_on_month": today.month, "paid_on_year": today.year}
    return {**days, "means": "transfer", **more}


def text_of(response: Any) -> str:
    pages = PdfReader(io.BytesIO(response.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def my_year(gp: Membership, **more: Any) -> Subscription:
    gp.college = more.pop("college", None) or CollegeFactory(cpts=gp.cpts, fee=20)
    gp.save()
    return SubscriptionFactory(cpts=gp.cpts, membership=gp, college=gp.college, **more)


# --- The treasurer --------------------------------------------------------------------------
def test_several_payments_are_noted_from_the_list(desk, cpts):
    first, second, third = (SubscriptionFactory(cpts=cpts) for _ in range(3))

    desk.post(at("subscription_note_many"), typed(chosen=[first.pk, third.pk]))

    paid = Subscription.objects.exclude(paid_on=None)
    assert set(paid) == {first, third}
    assert list(Subscription.objects.filter(paid_on=None)) == [second]


def test_a_list_from_a_stale_tab_says_who_had_noted_what(desk, cpts, coordinator):
    year = SubscriptionFactory(cpts=cpts)
    desk.post(at("subscription_note_many"), typed(chosen=[year.pk]))

    response = desk.post(at("subscription_note_many"), typed(chosen=[year.pk]), follow=True)

    told = [str(message) for message in response.context["messages"]][-1]
    assert "déjà notée" in told
    assert str(coordinator.user) in told


def test_nothing_ticked_is_said_and_the_ticks_are_kept(desk, cpts):
    year = SubscriptionFactory(cpts=cpts)
    none = desk.post(at("subscription_note_many"), typed())
    future = desk.post(at("subscription_note_many"), typed(chosen=[year.pk], paid_on_year="2199"))

    assert (none.status_code, future.status_code) == (422, 422)
    assert "Cochez au moins une cotisation." in none.content.decode()
    assert f'value="{year.pk}" checked' in future.content.decode()


def test_years_of_another_cpts_cannot_be_ticked(desk):
    stranger = SubscriptionFactory(cpts=CptsFactory())

    response = desk.post(at("subscription_note_many"), typed(chosen=[stranger.pk]))

    assert response.status_code == 422


def test_from_the_file_a_year_is_paid_taken_back_waived_and_followed(desk, gp):
    year = my_year(gp, ends_on=timezone.localdate())
    desk.post(at("subscription_note", year.pk), typed())
    desk.post(at("subscription_take_back", year.pk), {"reason": "chèque refusé"})
    desk.post(at("subscription_waive", year.pk), {"reason": "étudiante"})
    tomorrow = timezone.localdate() + timedelta(days=1)
    desk.post(at("subscription_open", gp.pk), {"starts_on": tomorrow.isoformat()})

    year.refresh_from_db()
    assert (year.means, year.receipt_number) == ("waived", f"{timezone.localdate().year}-0001")
    assert gp.subscriptions.count() == 2


def test_a_payment_noted_twice_is_a_409_that_says_by_whom(desk, gp, coordinator):
    year = my_year(gp, is_paid=True, recorded_by=coordinator)

    response = desk.post(at("subscription_note", year.pk), typed())

    assert response.status_code == 409
    assert str(coordinator.user) in response.content.decode()


@pytest.mark.parametrize("name", ["subscription_note", "subscription_waive"])
def test_a_form_left_empty_is_shown_again(desk, gp, name):
    assert desk.post(at(name, my_year(gp).pk)).status_code == 422


# --- The member -----------------------------------------------------------------------------
def test_my_page_says_until_when(mine, gp):
    year = my_year(gp, is_paid=True)

    page = mine.get(at("membership_mine")).content.decode()

    assert "Vous êtes à jour." in page
    assert str(year.ends_on.year) in page


def test_my_page_says_how_to_pay_while_in_grace(mine, gp):
    college = CollegeFactory(cpts=gp.cpts, fee=20, payment_help="IBAN FR76 de la CPTS")
    my_year(gp, college=college)

    page = mine.get(at("membership_mine")).content.decode()

    assert "Il est temps de renouveler." in page
    assert "IBAN FR76 de la CPTS" in page


def test_my_page_says_that_it_has_lapsed(mine, gp):
    gp.starts_on = timezone.localdate() - timedelta(days=200)
    my_year(gp, college=CollegeFactory(cpts=gp.cpts, fee=20, grace_days=60))

    assert "Votre adhésion est échue." in mine.get(at("membership_mine")).content.decode()


def test_one_tap_renews_what_costs_nothing(mine, gp):
    gp.college = CollegeFactory(cpts=gp.cpts, fee=0)
    gp.save()

    tap = {"starts_on": timezone.localdate().isoformat()}
    first = mine.post(at("membership_renew"), tap)
    again = mine.post(at("membership_renew"), tap)

    assert (first.status_code, again.status_code) == (302, 409)
    assert gp.subscriptions.get().means == "free"


def test_nobody_renews_a_paying_year_by_herself(mine, gp):
    my_year(gp, is_paid=True)

    assert mine.post(at("membership_renew")).status_code == 403


def test_my_receipt_is_a_pdf_with_its_number(mine, gp):
    year = my_year(gp, is_paid=True, receipt_number="2026-0012")

    response = mine.get(at("subscription_receipt", year.pk))

    assert response["Content-Type"] == "application/pdf"
    told = text_of(response)
    assert "2026-0012" in told
    assert str(gp.user) in told
    assert "20 €" in told


def test_a_colleague_s_receipt_does_not_exist(mine, cpts):
    year = SubscriptionFactory(cpts=cpts, is_paid=True)

    assert mine.get(at("subscription_receipt", year.pk)).status_code == 404


def test_a_year_not_paid_has_no_receipt(mine, gp):
    assert mine.get(at("subscription_receipt", my_year(gp).pk)).status_code == 404


def test_my_certificate_says_since_when_and_whether_i_am_up_to_date(mine, gp):
    before = text_of(mine.get(at("membership_certificate")))
    my_year(gp)
    due = text_of(mine.get(at("membership_certificate")))
    gp.subscriptions.update(paid_on=date(2026, 1, 5), means="cheque", recorded_at=timezone.now())
    paid = text_of(mine.get(at("membership_certificate")))

    assert str(gp.user) in before
    assert "cotisation" not in before
    assert "pas encore réglée" in due
    assert "à jour jusqu’au" in paid


@pytest.mark.parametrize(("days", "is_shown"), [(59, False), (61, True)])
def test_the_banner_stands_on_the_pages_of_the_lapsed_without_a_query(
    gp, days, is_shown, django_assert_num_queries
):
    gp.starts_on = timezone.localdate() - timedelta(days=days)
    gp.college = CollegeFactory(cpts=gp.cpts, fee=20, grace_days=60)
    gp.save()
    membership = Membership.objects.with_standing().get(pk=gp.pk)

    with django_assert_num_queries(0):
        shown = render_to_string(
            "members/standing_banner.html",
            {"request": SimpleNamespace(membership=membership), "cpts": gp.cpts},
        )

    assert ("est échue" in shown) is is_shown
    assert "est échue" not in render_to_string("members/standing_banner.html", {})
