"""What the logs say of a person: nothing."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import structlog
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from cpts_portal import urls as portal
from cpts_portal.core import logs
from cpts_portal.core.models import Commune

TOKEN = "q7Zk2VvTn0Xw5mB8sLr3Yg"
NAME = "Garnier-Delacroix"
PHONE = "06 39 98 12 34"
EMAIL = "odile.garnier@courriel.example"
PRIVATE = (TOKEN, NAME, PHONE, "+33639981234", "0639981234", EMAIL)


class PhoneForm(forms.Form):
    phone = forms.IntegerField()


@login_not_required
def private_page(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse("ok")


@login_not_required
def failing_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=422 if PhoneForm(request.POST).errors else 200)


@login_not_required
def page_without_database(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Commune.objects.count())


def refuse_all_queries(execute: Any, *args: Any) -> None:
    raise OperationalError("the server closed the connection unexpectedly")


@login_not_required
def broken_page(request: HttpRequest, token: str) -> HttpResponse:
    raise ValueError(f"{NAME} {PHONE} {EMAIL} {token}")


urlpatterns = [
    path("essai/<str:token>/", private_page, name="private_page"),
    path("formulaire/", failing_form, name="failing_form"),
    path("demande-de-garnier/", page_without_database),
    path("panne/<str:token>/", broken_page, name="broken_page"),
    *portal.urlpatterns,
]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture):
    """Every line that the root handler would write, formatted as in production."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def found_in(stream: io.StringIO) -> list[str]:
    return [secret for secret in PRIVATE if secret in stream.getvalue()]


@pytest.mark.urls(__name__)
def test_logs_name_the_page_and_not_its_path(db, client, logged):
    client.get(f"/essai/{TOKEN}/?courriel={EMAIL}", headers={"referer": f"/x/{TOKEN}"})

    [line] = lines_of(logged)
    assert (line["event"], line["request"], line["code"], line["level"]) == (
        "request_finished",
        "GET private_page",
        200,
        "info",
    )
    assert sorted(line) == [
        "code",
        "event",
        "level",
        "logger",
        "request",
        "request_id",
        "timestamp",
        "user_id",
    ]
    assert found_in(logged) == []


def test_logs_of_a_private_link_visit_hold_no_key(db, client, logged):
    client.get(reverse("patients:private_show", args=[TOKEN]))

    assert {line.get("request") for line in lines_of(logged)} == {"GET patients:private_show"}
    assert found_in(logged) == []


@pytest.mark.urls(__name__)
def test_logs_of_a_failing_form_hold_nothing_that_was_typed(db, client, logged):
    client.post("/formulaire/", {"phone": PHONE, "name": NAME, "email": EMAIL})

    [line] = lines_of(logged)
    assert (line["request"], line["code"]) == ("POST failing_form", 422)
    assert found_in(logged) == []


@pytest.mark.urls(__name__)
def test_logs_of_a_page_not_found_hold_no_path(db, client, logged):
    client.get(f"/essai/{TOKEN}/{NAME}/")

    [line] = lines_of(logged)
    assert (line["request"], line["code"]) == ("GET -", 404)
    assert found_in(logged) == []


@pytest.mark.urls(__name__)
def test_logs_of_a_breakdown_say_where_and_not_what(db, client, logged, settings):
    client.raise_request_exception = False

    client.get(f"/panne/{TOKEN}/")

    failures = [line for line in lines_of(logged) if "error" in line]
    assert {line["error"] for line in failures} == {"ValueError"}
    assert failures[0]["request"] == "GET broken_page"
    assert failures[0]["frames"][-1].endswith("broken_page")
    assert found_in(logged) == []


@pytest.mark.urls(__name__)
def test_logs_of_a_request_turned_away_hold_no_path(db, logged):
    strict = Client(enforce_csrf_checks=True)

    strict.post("/formulaire/", {"name": NAME})
    with connection.execute_wrapper(refuse_all_queries):
        strict.get("/demande-de-garnier/")

    lines = lines_of(logged)
    assert {"django.security.csrf", "django.request"} <= {line["logger"] for line in lines}
    assert [line for line in lines if "/formulaire/" in str(line) or "garnier" in str(line)] == []


def test_logs_of_a_library_leave_out_what_an_exception_quotes(logged):
    try:
        raise LookupError(NAME)
    except LookupError as error:
        logging.getLogger("celery.app.trace").exception(
            "Task %(name)s[%(id)s] raised: %(exc)s",
            {"name": "core.deliver", "id": "1", "exc": repr(error), "args": NAME},
        )

    [line] = lines_of(logged)
    assert (line["name"], line["id"], line["error"]) == ("core.deliver", "1", "LookupError")
    assert found_in(logged) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"Forbidden: /ma-demande/{TOKEN}/", "Forbidden: /ma-demande/[key]/"),
        (f"to <{EMAIL}>", "to <[e-mail]>"),
        (f"call {PHONE} now", "call [phone] now"),
        ("call +33639981234", "call [phone]"),
        ("/artois-lys/demandes/2026-0418/", "/artois-lys/demandes/2026-0418/"),
        ("took 1.20 s over 12 rows", "took 1.20 s over 12 rows"),
    ],
)
def test_scrubbed_blanks_what_looks_private(said, kept):
    assert logs.scrubbed(said) == kept


def test_logs_of_our_own_events_are_json_with_their_ids(logged):
    structlog.get_logger("cpts_portal.core.outbox").warning("message_not_sent", message_id="a-1")

    [line] = lines_of(logged)
    assert (line["event"], line["message_id"], line["level"], line["logger"]) == (
        "message_not_sent",
        "a-1",
        "warning",
        "cpts_portal.core.outbox",
    )
