"""A wrong key is refused where a person or a place is written down."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from tests.factories import PracticeFactory


def test_membership_refuses_an_rpps_with_a_wrong_key(gp):
    gp.rpps = "10003456781"

    with pytest.raises(ValidationError) as refused:
        gp.clean()

    assert set(refused.value.message_dict) == {"rpps"}


def test_practice_refuses_a_finess_with_a_wrong_key(cpts):
    practice = PracticeFactory(cpts=cpts)
    practice.finess = "620000001"

    with pytest.raises(ValidationError) as refused:
        practice.clean()

    assert set(refused.value.message_dict) == {"finess"}


def test_identifiers_may_be_absent(gp, cpts):
    gp.clean()

    assert PracticeFactory(cpts=cpts).clean() is None
