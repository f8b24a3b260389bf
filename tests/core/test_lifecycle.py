"""State machines: how a verb is asked, refused and drawn, and what each table must hold."""

from __future__ import annotations

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from django.utils.translation import override

from cpts_portal.core.audit import PatientOf
from cpts_portal.core.lifecycle import Lifecycle, transition
from cpts_portal.core.lifecycle_drawing import all_lifecycles, document
from cpts_portal.core.refusals import NotPermitted, Refused

LIFECYCLES = list(all_lifecycles())
each_lifecycle = pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda one: one.model)


class Light(models.TextChoices):
    OFF = "off", "éteinte"
    ON = "on", "allumée"
    BROKEN = "broken", "cassée"


class Lamp:
    """What a transition needs of a row, without a table."""

    def __init__(self, status: str) -> None:
        self.status = status

    def get_status_display(self) -> str:
        return str(Light(self.status).label)


def is_home(by: str, lamp: Lamp) -> bool:
    return by == "home"


SWITCH_ON = transition("switch_on", {Light.OFF}, Light.ON, is_home, "Allumer")
BREAK = transition("break", {Light.OFF, Light.ON}, Light.BROKEN, is_home, "Casser")
LAMP = Lifecycle("house.lamp", Light, Light.OFF, (SWITCH_ON, BREAK))


def test_apply_sets_the_target_and_returns_the_source():
    lamp = Lamp("off")

    source = SWITCH_ON.apply(lamp, by="home")

    assert (source, lamp.status) == ("off", "on")


def test_apply_refuses_a_state_in_the_words_of_the_screen():
    lamp = Lamp("broken")

    with pytest.raises(Refused, match="«\u00a0cassée\u00a0»"):
        SWITCH_ON.apply(lamp, by="home")

    assert lamp.status == "broken"


def test_apply_asks_permission_before_state():
    lamp = Lamp("broken")

    with pytest.raises(NotPermitted):
        SWITCH_ON.apply(lamp, by="passer-by")


def test_open_to_names_the_verbs_of_a_person_now():
    assert LAMP.open_to(Lamp("off"), by="home") == {"switch_on", "break"}
    assert LAMP.open_to(Lamp("on"), by="home") == {"break"}
    assert LAMP.open_to(Lamp("off"), by="passer-by") == set()


def test_the_lifecycles_of_the_installed_apps_are_found():
    assert {"patients.gprequest", "patients.referral"} <= {one.model.lower() for one in LIFECYCLES}


@each_lifecycle
def test_every_state_is_reached_from_the_first(lifecycle):
    reached = {lifecycle.initial}

    for _step in lifecycle.states:
        reached |= {t.target for t in lifecycle.transitions if t.sources & reached}

    assert reached == set(lifecycle.states)


@each_lifecycle
def test_no_transition_knows_a_state_that_the_table_does_not(lifecycle):
    known = set(lifecycle.states)

    for step in lifecycle.transitions:
        assert step.sources <= known
        assert step.target in known


@each_lifecycle
def test_the_field_offers_these_states_and_starts_with_the_first(lifecycle):
    model = apps.get_model(lifecycle.model)

    for name in {step.field for step in lifecycle.transitions}:
        field = model._meta.get_field(name)
        assert field.choices == lifecycle.states.choices
        assert field.default == lifecycle.initial


@each_lifecycle
def test_each_verb_is_said_once_and_each_rule_has_a_name(lifecycle):
    verbs = [step.verb for step in lifecycle.transitions]

    assert len(verbs) == len(set(verbs))
    assert all(step.allows.__name__.isidentifier() for step in lifecycle.transitions)


@each_lifecycle
def test_the_patient_of_another_request_may_do_nothing(lifecycle):
    model = apps.get_model(lifecycle.model)
    keys = [field.attname for field in model._meta.concrete_fields if field.is_relation]
    subject = model(pk=1, **dict.fromkeys(keys, 1))

    for state in lifecycle.states:
        subject.status = state
        assert lifecycle.open_to(subject, by=PatientOf(request_id=2)) == set()


def test_the_drawing_is_the_same_in_every_language():
    with override("en"):
        in_english = document()

    assert in_english == document()


def test_the_drawing_tells_verb_label_states_and_rule():
    assert "received --> qualified : qualify" in document()
    assert (
        "| `qualify` | Qualifier | `received`, `to_complete` | `qualified` | `is_coordinator` |"
        in document()
    )


def test_lifecycles_check_fails_when_the_page_no_longer_follows_the_code(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()

    with pytest.raises(CommandError, match="ne suit plus le code"):
        call_command("lifecycles", "--check")
    call_command("lifecycles")
    call_command("lifecycles", "--check", stdout=StringIO())

    assert (tmp_path / "docs" / "lifecycles.md").read_text() == document()
