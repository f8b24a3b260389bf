"""The six digits that prove an address: how long they are good, how often they may be tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from cpts_portal.core import codes
from cpts_portal.core.codes import CodeAnswer
from cpts_portal.core.refusals import Refused


@dataclass
class Form:
    pk: int = 1
    code_hash: str = ""
    code_expires_at: datetime | None = None
    code_attempts: int = 0
    codes_sent: int = 0


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_last_code_is_right_and_is_kept_hashed():
    form = Form()

    code = codes.renew(form)

    assert codes.judge(form, code) is CodeAnswer.CONFIRMED
    assert code not in form.code_hash


def test_a_new_code_voids_the_one_before_and_its_tries():
    form = Form()
    old = codes.renew(form)
    codes.judge(form, another(old))

    new = codes.renew(form)

    assert (form.code_attempts, form.codes_sent) == (0, 2)
    assert codes.judge(form, new) is CodeAnswer.CONFIRMED


def test_the_same_code_of_another_form_is_wrong():
    form = Form()
    code = codes.renew(form)

    other = Form(pk=2, code_hash=form.code_hash, code_expires_at=form.code_expires_at)

    assert codes.judge(other, code) is CodeAnswer.WRONG


def test_five_tries_are_enough():
    form = Form()
    code = codes.renew(form)

    told = [codes.judge(form, another(code)) for _try in range(5)]

    assert told == [CodeAnswer.WRONG] * 5
    assert codes.judge(form, code) is CodeAnswer.TOO_MANY


def test_the_tries_left_are_told_until_there_is_none():
    form = Form()
    code = codes.renew(form)

    said = [str(codes.error_of(codes.judge(form, another(code)), form).message) for _t in range(5)]

    assert said[0].endswith("Il vous reste 4 essais.")
    assert said[3].endswith("Il vous reste 1 essai.")
    assert said[4].startswith("Trop d’essais")


def test_after_a_quarter_of_an_hour_a_code_is_too_old():
    form = Form()
    code = codes.renew(form)

    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        assert codes.judge(form, code) is CodeAnswer.EXPIRED


def test_a_form_without_a_code_has_none_that_is_right():
    assert codes.judge(Form(), "") is CodeAnswer.EXPIRED
    assert not codes.is_right(Form(), "")


def test_a_second_click_finds_a_fresh_code_for_half_a_minute():
    form = Form()
    before = codes.has_fresh(form)
    codes.renew(form)

    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        later = codes.has_fresh(form)

    assert (before, codes.has_fresh(form), later) == (False, True, False)


def test_five_codes_are_enough():
    form = Form(codes_sent=5)

    with pytest.raises(Refused, match="cinq codes"):
        codes.renew(form)
