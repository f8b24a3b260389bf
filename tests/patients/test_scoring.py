"""The class of a request: from the rules kept as data, with its reasons."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from patients import rules
from patients.actions import filing as actions
from patients.models import GPRequest, PriorityRuleSet

TODAY = date(2026, 11, 22)
FLAGS = (
    "needs_end_of_life_care",
    "has_ald",
    "has_c2s",
    "is_home_bound",
    "is_pregnant",
    "is_disabled",
    "is_under_psychiatric_care",
)
days = st.none() | st.integers(-400, 400).map(lambda n: TODAY + timedelta(days=n))
situations = st.fixed_dictionaries(
    {
        **dict.fromkeys(FLAGS, st.booleans()),
        "left_hospital_on": days,
        "treatment_ends_on": days,
        "no_gp_reason": st.sampled_from(GPRequest.NoGpReason.values),
    }
)
ages = st.none() | st.integers(0, 120)


def scored(age: int | None = 40, **situation: Any) -> tuple[int, list[str]]:
    request = GPRequest(**{"no_gp_reason": "other", **situation})
    return rules.score(request, rules.DEFAULT_RULES, age, TODAY)


@pytest.mark.parametrize(
    ("age", "situation", "expected"),
    [
        (40, {"needs_end_of_life_care": True}, (1, ["end_of_life"])),
        (40, {"left_hospital_on": TODAY - timedelta(days=29)}, (1, ["left_hospital"])),
        (40, {"left_hospital_on": TODAY - timedelta(days=30)}, (5, [])),
        (40, {"treatment_ends_on": TODAY + timedelta(days=14)}, (1, ["treatment_ends"])),
        (40, {"treatment_ends_on": TODAY + timedelta(days=15)}, (5, [])),
        (40, {"treatment_ends_on": TODAY - timedelta(days=3)}, (1, ["treatment_ends"])),
        (70, {"has_ald": True}, (2, ["ald", "aged_70"])),
        (69, {"has_ald": True, "has_c2s": True}, (2, ["ald", "c2s"])),
        (69, {"has_ald": True, "is_home_bound": True}, (2, ["ald", "home_bound"])),
        (69, {"has_ald": True}, (3, ["ald"])),
        (30, {"is_pregnant": True}, (3, ["pregnant"])),
        (30, {"is_disabled": True}, (3, ["disability"])),
        (70, {}, (4, ["aged_70"])),
        (40, {"has_c2s": True}, (4, ["c2s"])),
        (40, {"no_gp_reason": "retired"}, (4, ["gp_retired"])),
        (4, {"is_under_psychiatric_care": True}, (5, [])),
        (None, {}, (5, [])),
    ],
)
def test_score_follows_the_written_rules(age, situation, expected):
    assert scored(age, **situation) == expected


@given(situations, ages, st.sampled_from(FLAGS))
def test_score_never_falls_when_one_more_fact_holds(situation, age, worse):
    before, _reasons = scored(age, **situation)
    after, _reasons = scored(age, **{**situation, worse: True})

    assert after <= before


@given(situations, ages)
def test_score_gives_a_class_and_only_reasons_that_hold(situation, age):
    urgency, reasons = scored(age, **situation)

    request = GPRequest(**situation)
    assert 1 <= urgency <= 5
    assert [name for name in reasons if not rules.FACTS[name](request, age, TODAY)] == []
    assert (reasons == []) == (urgency == 5)


@given(situations, ages, st.permutations(rules.DEFAULT_RULES), st.randoms())
def test_score_does_not_depend_on_the_order_of_the_rules(situation, age, shuffled, random):
    mixed = [{**rule, "when": random.sample(rule["when"], len(rule["when"]))} for rule in shuffled]

    assert rules.score(GPRequest(**situation), mixed, age, TODAY) == scored(age, **situation)


def test_every_fact_has_its_words():
    assert list(rules.REASON_LABELS) == list(rules.FACTS)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "liste"),
        ([{"class": 1}], "classe et des conditions"),
        ([{"class": 6, "when": [["ald"]]}], "de 1 à 5"),
        ([{"class": True, "when": [["ald"]]}], "de 1 à 5"),
        ([{"class": 1, "when": [[]]}], "au moins un fait"),
        ([{"class": 1, "when": "ald"}], "au moins un fait"),
        ([{"class": 1, "when": [["rich"]]}], "Fait inconnu.*rich"),
        ([{"class": 1, "when": [[["ald"]]]}], "Fait inconnu"),
    ],
)
def test_rules_that_could_not_be_read_are_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        rules.validate_rules(wrong)


def test_a_new_rule_set_takes_over_from_the_one_in_force(cpts):
    first = actions.create_default_rule_set(cpts)

    second = actions.create_rule_set(cpts, [{"class": 1, "when": [["under_6"]]}])

    assert actions.create_default_rule_set(cpts) == first
    assert list(PriorityRuleSet.objects.filter(is_active=True)) == [second]
    assert second.version == 2
    assert actions.active_rule_set(cpts) == second


def test_an_unknown_fact_is_refused_at_saving(cpts):
    with pytest.raises(ValidationError, match="Fait inconnu"):
        actions.create_rule_set(cpts, [{"class": 1, "when": [["rich"]]}])

    assert PriorityRuleSet.objects.count() == 0


@given(st.integers(0, 130))
def test_age_band_grows_with_age(age):
    order = GPRequest.AgeBand.values

    younger, older = rules.age_band(age), rules.age_band(age + 1)

    assert order.index(younger) <= order.index(older)


@pytest.mark.parametrize(
    ("age", "band"),
    [(0, "0-5"), (6, "6-17"), (18, "18-29"), (69, "50-69"), (70, "70-84"), (85, "85+")],
)
def test_age_band_begins_where_it_says(age, band):
    assert rules.age_band(age) == band
