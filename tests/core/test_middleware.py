"""The frame around the views: what the browser gets when something is wrong, and the headers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pghistory
import pytest
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db import DataError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from pghistory.models import Context
from psycopg import errors

from cpts_portal import urls
from cpts_portal.core import unavailable
from cpts_portal.core.forms import PortalForm
from cpts_portal.core.middleware import HistoryMiddleware
from cpts_portal.core.models import Commune
from cpts_portal.core.refusals import NotPermitted, Refused, Throttled
from members.models import Membership
from tests.factories import CommuneFactory, UserFactory

pytestmark = pytest.mark.urls(__name__)
HTMX = {"HX-Request": "true"}
FAILURES: dict[str, Exception] = {
    "refused": Refused("Le créneau est déjà pris."),
    "not-permitted": NotPermitted("Vous n’êtes pas la coordination."),
    "throttled": Throttled("Attendez un peu.", retry_after=40),
    "away": OperationalError("the connection is closed"),
    "busy": OperationalError("canceling statement due to lock timeout"),
    "broken": RuntimeError("a mistake of ours"),
}
FAILURES["busy"].__cause__ = errors.LockNotAvailable()


class NameForm(PortalForm):
    name = forms.CharField()
    kind = forms.ChoiceField(choices=[("a", "A")])


@login_not_required
def fails(request: HttpRequest, how: str) -> HttpResponse:
    raise FAILURES[how]


@login_not_required
def answers(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@login_not_required
def looks_up(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Commune.objects.filter(name=request.POST["name"]).count())


urlpatterns = [
    path("essai/rate/<how>/", fails),
    path("essai/", answers),
    path("essai/cherche/", looks_up),
    *urls.urlpatterns,
]
handler500 = urls.handler500


@pytest.fixture
def browser() -> Client:
    """A browser that gets the 500 page instead of our exception."""
    return Client(raise_request_exception=False)


def refuse_all_queries(execute: Any, *args: Any) -> None:
    raise OperationalError("the server closed the connection unexpectedly")


@pytest.mark.parametrize(("how", "status"), [("refused", 409), ("not-permitted", 403)])
def test_a_refusal_is_a_whole_page_without_htmx(browser, how, status):
    response = browser.get(f"/essai/rate/{how}/")

    assert response.status_code == status
    assert str(FAILURES[how]) in response.text
    assert "<html" in response.text


def test_too_many_attempts_are_told_when_to_try_again(browser):
    response = browser.get("/essai/rate/throttled/")

    assert response.status_code == 429
    assert response["Retry-After"] == "40"


@pytest.mark.parametrize(
    ("how", "status"), [("refused", 409), ("not-permitted", 403), ("throttled", 429)]
)
def test_a_refusal_is_a_notice_alone_within_the_page(browser, how, status):
    response = browser.post(f"/essai/rate/{how}/", headers=HTMX)

    assert response.status_code == status
    assert str(FAILURES[how]) in response.text
    assert "<html" not in response.text


@pytest.mark.parametrize(("how", "seconds"), [("away", "30"), ("busy", "2")])
def test_a_database_that_does_not_answer_is_a_503_that_says_when_to_come_back(
    browser, how, seconds
):
    with connection.execute_wrapper(refuse_all_queries):
        response = browser.get(f"/essai/rate/{how}/")

    assert response.status_code == 503
    assert response["Retry-After"] == seconds
    assert "indisponible" in response.text


def test_a_database_that_does_not_answer_leaves_what_was_typed_in_the_page(browser):
    response = browser.post("/essai/rate/away/", headers=HTMX)

    assert response.status_code == 503
    assert "encore dans cette page" in response.text
    assert "<html" not in response.text


def test_a_session_that_cannot_be_read_is_a_503_too(browser, db, settings):
    settings.DEBUG = False
    browser.cookies[settings.SESSION_COOKIE_NAME] = "0123456789abcdef0123456789abcdef"

    with connection.execute_wrapper(refuse_all_queries):
        response = browser.get("/")

    assert response.status_code == 503
    assert response["Retry-After"] == "30"


def test_a_mistake_of_ours_stays_a_500(browser, settings):
    settings.DEBUG = False

    response = browser.get("/essai/rate/broken/")

    assert response.status_code == 500


def test_a_lock_waited_for_too_long_is_a_sign_of_a_busy_database(transactional_db):
    CommuneFactory(insee_code="62516")
    other = connection.copy()

    with transaction.atomic(), other.cursor() as second:
        Commune.objects.select_for_update().get(pk="62516")
        second.execute("SET lock_timeout = 10")
        with pytest.raises(OperationalError) as refused:
            second.execute("UPDATE core_commune SET population = 0 WHERE insee_code = '62516'")
    other.close()

    response = unavailable.unavailable(RequestFactory().get("/"), refused.value)
    assert response["Retry-After"] == "2"


@pytest.mark.parametrize("address", ["/essai/?q=a%00b", "/ess%00ai/", "/%00"])
def test_an_address_with_nul_is_unreadable(browser, db, address):
    response = browser.get(address)

    assert response.status_code == 400


def test_a_cookie_with_nul_is_unreadable(browser, db, settings):
    nul = r'"\000abcdefghijkl"'

    response = browser.get("/", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={nul}"})

    assert response.status_code == 400


def test_a_body_with_nul_that_no_form_has_read_is_unreadable(browser, db):
    response = browser.post("/essai/cherche/", {"name": "Lest\0rem"})

    assert response.status_code == 400


def test_a_form_refuses_nul_beside_its_field():
    form = NameForm({"name": "Lest\0rem", "kind": "a\0"})

    assert not form.is_valid()
    assert sorted(form.errors) == ["kind", "name"]


def test_postgresql_itself_refuses_nul(db):
    with pytest.raises((DataError, ValueError), match="NUL"):
        Commune.objects.filter(name="Lest\0rem").count()


def test_no_cache_keeps_a_page(client):
    response = client.get("/essai/")

    assert response["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    ("address", "host", "status"),
    [
        ("/essai/", "elsewhere.example", 400),
        ("/essai", "testserver", 301),
        ("/nulle/part/ailleurs/", "testserver", 404),
        ("/essai/rate/broken/", "testserver", 500),
        ("/essai/rate/away/", "testserver", 503),
    ],
)
def test_headers_protect_what_never_reached_a_view(browser, db, settings, address, host, status):
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["testserver"]

    response = browser.get(address, headers={"Host": host})

    assert response.status_code == status
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store, private"
    assert "camera=()" in response["Permissions-Policy"]


def test_logging_out_empties_the_browser(client, db):
    client.force_login(UserFactory())

    response = client.post("/compte/logout/")

    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert not client.get("/essai/").has_header("Clear-Site-Data")


def test_histories_tell_the_verb_the_account_and_the_cpts_but_no_address(coordinator):
    request = RequestFactory().post("/artois-lys/demandes/tres-secret/")
    request.user, request.cpts = coordinator.user, coordinator.cpts
    request.resolver_match = SimpleNamespace(view_name="members:member_edit")

    def change(request: HttpRequest) -> HttpResponse:
        middleware.process_view(request, change, (), {})
        Membership.objects.filter(pk=coordinator.pk).update(organisation="Cabinet")
        return HttpResponse()

    middleware = HistoryMiddleware(change)
    middleware(request)

    [context] = Context.objects.all()
    assert context.metadata == {
        "verb": "members:member_edit",
        "user": coordinator.user_id,
        "cpts": coordinator.cpts_id,
    }


def test_reading_a_page_opens_no_history(rf):
    def look(request: HttpRequest) -> HttpResponse:
        assert not hasattr(pghistory.runtime._tracker, "value")
        return HttpResponse("seen")

    response = HistoryMiddleware(look)(rf.get("/"))

    assert response.content == b"seen"
