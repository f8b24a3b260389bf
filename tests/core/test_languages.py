"""English pages hold no French, French pages hold no English, and each says which it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polib
import pytest
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from cpts_portal.catalogue import compile_catalogues
from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from cpts_portal.core.sms import segments
from members.models import Cpts, Role
from patients import notifications
from patients.actions.filing import create_default_rule_set
from patients.models import GPRequest, Status
from tests.factories import (
    CommuneFactory,
    CptsCommuneFactory,
    GPRequestFactory,
    IntakeFactory,
    MembershipFactory,
    PracticeFactory,
    PracticeMemberFactory,
    ReferralFactory,
)
from tests.patients import filing_path as path

FOREIGN = {
    "en": frozenset(
        "le la les des du une un et est sont pour avec dans sur votre vos vous nous notre nos ce"
        " cette qui que ne au aux à été être il elle leur mon demande demandes médecin médecins"
        " jour jours mois année heures aujourd’hui hier prénom téléphone courriel mot continuer"
        " envoyer enregistrer modifier retour oui non aucun aucune lundi mardi mercredi jeudi"
        " vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre"
        " octobre novembre décembre erreur obligatoire choisissez écrivez".split()
    ),
    "fr": frozenset(
        "the and your you please required this field save with of is are from password sign"
        " changes previous search log enter must not yes back day days month january february"
        " march april june july august september october november december monday tuesday"
        " wednesday thursday friday saturday sunday today yesterday request doctor valid"
        " e-mail email pseudo".split()
    ),
}
"""Words of the other language that a page would not go long without; the last are not ours."""

QUOTED = (
    "médecin traitant",
    "communauté professionnelle territoriale de santé",
    "complémentaire santé solidaire",
    "aide médicale de l’État",
    "Défenseur des droits",
    "Découpage administratif",
    "Libre réponse 71120",
    "place de Fontenoy",
)
"""French names that English pages give beside their meaning, and addresses."""

SHOWN = ("aria-label", "title", "alt", "placeholder")
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")


class Seen(HTMLParser):
    """What is read or heard of a page, without the parts marked as being in another language."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language, self.skipped = language, 0
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_other = given.get("lang", self.language) != self.language
        if tag not in VOID and (self.skipped or is_other or tag in ("script", "style")):
            self.skipped += 1
        elif not self.skipped:
            self.texts += [str(given[name]) for name in SHOWN if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= bool(self.skipped and tag not in VOID)

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.texts.append(data)


def foreign_words(text: str, language: str) -> list[str]:
    """Addresses are of no language, and « Mon. » is Monday's short name, not a French word."""
    text = re.sub(r"\S*@\S+|https?:\S+|\bMon\.", "", text)
    for name in QUOTED if language == "en" else ():
        text = re.sub(re.escape(name), "", text, flags=re.IGNORECASE)
    return [word for word in WORD.findall(text) if word.lower() in FOREIGN[language]]


def assert_speaks(page: Any, language: str) -> None:
    """The page says its language, and holds no word of the other."""
    html = page if isinstance(page, str) else page.text
    assert f'<html lang="{language}"' in html
    seen = Seen(language)
    seen.feed(html)
    texts = [" ".join(text.split()) for text in seen.texts]
    assert [text for text in texts if foreign_words(text, language)] == []


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    compile_catalogues()


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def visitor(language: str) -> Client:
    return Client(headers={"accept-language": language})


@pytest.fixture
def laventie(cpts: Cpts) -> None:
    for code, name in (("62491", "Laventie"), ("62338", "Fleurbaix")):
        commune = CommuneFactory(insee_code=code, name=name, postal_codes=["62840"])
        CptsCommuneFactory(cpts=cpts, commune=commune)


@pytest.fixture
def filed(cpts: Cpts) -> GPRequest:
    return GPRequestFactory(cpts=cpts, rule_set=create_default_rule_set(cpts), has_ald=True)


# --- The frame ----------------------------------------------------------------------------------
OPEN_PAGES = ("home", "privacy", "accessibility", "legal", "account_login")
LOG_IN_PAGES = (
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_signup",
    "account_inactive",
)


@pytest.mark.parametrize("name", [*OPEN_PAGES, *LOG_IN_PAGES])
def test_open_page_speaks_one_language(visitor, cpts, language, name):
    assert_speaks(visitor.get(reverse(name)), language)


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500", "503"])
def test_error_page_speaks_one_language(cpts, language, name):
    with translation.override(language):
        assert_speaks(get_template(f"{name}.html").render({"cpts": cpts}), language)


@pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
def test_refused_log_in_speaks_one_language(visitor, cpts, language, name):
    for typed in ({}, {"login": "nobody", "password": "wrong", "email": "nobody"}):
        assert_speaks(visitor.post(reverse(name), typed), language)


def test_wrong_password_is_told_in_the_portal_s_words(client, coordinator):
    typed = {"login": coordinator.user.email, "password": "not this one"}

    refused = client.post(reverse("account_login"), typed)

    assert "L’identifiant ou le mot de passe n’est pas le bon." in refused.text


@pytest.mark.parametrize("name", ["mfa_index", "mfa_activate_totp", "mfa_list_webauthn"])
def test_account_page_speaks_one_language(visitor, coordinator, language, name):
    visitor.force_login(coordinator.user)

    page = visitor.get(reverse(name), follow=True)

    assert_speaks(page, language)


@pytest.mark.parametrize(
    "name",
    ["account_email", "account_change_password", "account_logout", "usersessions_list"],
)
def test_settings_page_speaks_one_language(visitor, coordinator, language, name, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    visitor.force_login(coordinator.user)

    assert_speaks(visitor.get(reverse(name), follow=True), language)
    if name != "account_logout":
        assert_speaks(visitor.post(reverse(name), {}, follow=True), language)


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_index"])
def test_second_factor_page_speaks_one_language(visitor, coordinator, language, name, settings):
    settings.SECOND_FACTOR_REQUIRED = False
    user, password = coordinator.user, "une phrase que nul autre n’a"
    user.set_password(password)
    user.save()
    visitor.force_login(user)
    visitor.post(reverse("account_reauthenticate"), {"password": password})

    shown = visitor.get(reverse(name))
    assert shown.status_code == 200
    assert_speaks(shown, language)
    if name != "mfa_index":
        assert_speaks(visitor.post(reverse(name), {"code": "000000"}), language)


def test_switch_changes_the_language_and_lasts(client, db):
    client.post(reverse("set_language"), {"language": "en", "next": reverse("legal")})
    assert_speaks(client.get(reverse("legal")), "en")

    client.post(reverse("set_language"), {"language": "fr", "next": reverse("legal")})
    assert_speaks(client.get(reverse("legal")), "fr")


# --- Patients -----------------------------------------------------------------------------------
@pytest.mark.parametrize("whom", ["self", "child", "relative"])
def test_filing_speaks_one_language_from_end_to_end(visitor, laventie, language, whom):
    births = {"child": str(timezone.localdate().year - 3)}
    born = {"birth_date_year": births.get(whom, "1948")}
    changes = {
        "pour-qui": {"filed_for_whom": whom},
        "situation": {"situations": ["has_ald", "left_hospital", "treatment_ends"]},
    }
    for slug in path.ANSWERS:
        assert_speaks(visitor.get(path.step_url(slug)), language)
        if path.ANSWERS[slug] and slug != "situation":
            assert_speaks(visitor.post(path.step_url(slug), {}), language)
        given = born if slug == "identite" else changes.get(slug, {})
        answered = path.answer(visitor, slug, **given)
        for _ in range(2):
            if answered.status_code == 302 and "dates" in answered.url:
                assert_speaks(visitor.get(answered.url), language)
                assert_speaks(visitor.post(answered.url, {}), language)
                answered = visitor.post(answered.url, dates())
    path.age_draft(visitor)

    assert_speaks(visitor.get(reverse("patients:filing_check")), language)
    path.ask_code(visitor)
    assert_speaks(visitor.get(reverse("patients:filing_code")), language)
    assert_speaks(path.send_code(visitor, "000000"), language)
    assert_speaks(visitor.get(path.send_code(visitor, path.last_code()).url), language)
    assert_speaks(visitor.get(reverse("patients:filing_start")), language)
    assert GPRequest.objects.get().patient.language == language


def dates() -> dict[str, str]:
    today = timezone.localdate()
    parts = {"day": today.day, "month": today.month, "year": today.year}
    return {
        f"{name}_{part}": str(value)
        for name in ("left_hospital_on", "treatment_ends_on")
        for part, value in parts.items()
    }


def test_filing_outside_speaks_one_language(visitor, laventie, language):
    commune = CommuneFactory(insee_code="62041", name="Arras", postal_codes=["62000"])

    for query in ({}, {"commune": commune.pk}):
        assert_speaks(visitor.get(reverse("patients:filing_outside"), query), language)


@pytest.mark.parametrize("status", Status.values)
def test_private_page_speaks_one_language_in_each_state(visitor, filed, gp, language, status):
    filed.status = status
    filed.first_visit_on = timezone.localdate() if status == "first_visit_set" else None
    filed.closed_at = timezone.now() if status in ENDED else None
    filed.save()
    token = notifications.open_link(filed)

    assert_speaks(visitor.get(reverse("patients:private_show", args=[token])), language)


ENDED = frozenset(Status.values) - {
    Status.RECEIVED,
    Status.TO_COMPLETE,
    Status.QUALIFIED,
    Status.REFERRED,
    Status.ACCEPTED,
    Status.FIRST_VISIT_SET,
}


@pytest.mark.parametrize("page", ["correct", "situation", "complete", "withdraw"])
def test_private_form_speaks_one_language(visitor, filed, language, page):
    address = reverse(f"patients:private_{page}", args=[notifications.open_link(filed)])

    assert_speaks(visitor.get(address), language)
    assert_speaks(visitor.post(address, {}, follow=True), language)


@pytest.mark.parametrize("name", ["private_new_link", "private_sent"])
def test_lost_link_speaks_one_language(visitor, cpts, language, name):
    assert_speaks(visitor.get(reverse(f"patients:{name}")), language)
    if name == "private_new_link":
        assert_speaks(visitor.post(reverse(f"patients:{name}"), {}), language)


# --- Professionals ------------------------------------------------------------------------------
@pytest.fixture
def one_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.mark.parametrize("status", ["received", "to_complete", "qualified", "declared"])
def test_desk_speaks_one_language(visitor, one_factor, coordinator, filed, language, status):
    filed.status, filed.closed_at = status, timezone.now() if status in ENDED else None
    filed.save()
    visitor.force_login(coordinator.user)
    space = coordinator.cpts.slug

    assert_speaks(visitor.get(reverse("patients:request_list", args=[space])), language)
    assert_speaks(visitor.get(reverse("patients:request_list", args=[space]), ALL), language)
    address = reverse("patients:request_detail", args=[space, filed.reference])
    assert_speaks(visitor.get(address), language)
    for name in ("note_add", "attempt_add", "request_end", "first_visit_set"):
        refused = visitor.post(reverse(f"patients:{name}", args=[space, filed.reference]), {})
        assert_speaks(refused, language)


ALL = {"vue": "toutes"}


def test_new_request_speaks_one_language(visitor, one_factor, coordinator, laventie, language):
    visitor.force_login(coordinator.user)
    address = reverse("patients:request_new", args=[coordinator.cpts.slug])

    assert_speaks(visitor.get(address), language)
    assert_speaks(visitor.post(address, {"last_name": "", "phone": "1"}), language)


@pytest.mark.parametrize("status", ["proposed", "reserved", "accepted", "declined", "expired"])
def test_surgery_speaks_one_language(visitor, one_factor, gp, coordinator, filed, language, status):
    IntakeFactory(membership=gp)
    commune = CommuneFactory(insee_code="62338", name="Fleurbaix")
    place = PracticeFactory(cpts=gp.cpts, commune=commune, name="Cabinet Lys", address="Fleurbaix")
    PracticeMemberFactory(membership=gp, practice=place)
    referral = ReferralFactory(request=filed, gp=gp, proposed_by=coordinator)
    held(referral, status)
    visitor.force_login(gp.user)
    space = gp.cpts.slug

    assert_speaks(visitor.get(reverse("patients:referral_list", args=[space])), language)
    address = reverse("patients:referral_detail", args=[space, referral.pk])
    assert_speaks(visitor.get(address), language)
    assert_speaks(visitor.get(reverse("patients:intake_edit", args=[space])), language)
    wrong = {"monthly_quota": "-1", "radius_km": "x"}
    refused = visitor.post(reverse("patients:intake_edit", args=[space]), wrong)
    assert_speaks(refused, language)


def held(referral: Any, status: str) -> None:
    now = timezone.now()
    referral.status = status
    referral.reserved_at = now if status in ("reserved", "accepted") else None
    referral.answered_at = now if status in ("accepted", "declined", "expired") else None
    referral.decline_reason = "too_far" if status == "declined" else ""
    referral.save()


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.BOARD, Role.PARTNER, Role.FUNDER])
def test_today_speaks_one_language(visitor, one_factor, cpts, filed, language, role):
    place = MembershipFactory(cpts=cpts, role=role)
    visitor.force_login(place.user)

    assert_speaks(visitor.get(reverse("board:today", args=[cpts.slug])), language)
    refused = visitor.get(reverse("patients:request_list", args=[cpts.slug]))
    assert_speaks(refused, language)


# --- Messages -----------------------------------------------------------------------------------
NEWS = sorted(
    folder.name for folder in Path(settings.BASE_DIR, "templates/patients/notifications").iterdir()
)
SMS_PARTS_AT_MOST = 2


@pytest.mark.parametrize("event", NEWS)
def test_message_speaks_the_language_of_its_reader(cpts, filed, language, event):
    context = {"url": "https://portail.example/x", "reference": "2026-0418"}
    for channel, recipient in (("email", "odile@courriel.example"), ("sms", "+33639981234")):
        with transaction.atomic():
            message = outbox.post(
                channel=channel,
                recipient=recipient,
                purpose="tests.note",
                occurrence=event,
                template=f"patients/notifications/{event}",
                context={**context, "hours": 72, "code": "123456", "minutes": 15},
                subject=filed,
                language=language,
            )
        assert foreign_words(f"{message.title}\n{message.body}", language) == []
        if channel == "sms":
            assert segments(message.body) <= SMS_PARTS_AT_MOST


def test_code_is_asked_and_sent_in_english(laventie):
    visitor = Client(headers={"accept-language": "en"})
    path.fill(visitor)
    path.ask_code(visitor)

    message = Message.objects.get(purpose="patients.request_code")
    assert message.language == "en"
    assert "your code is" in message.body


def test_password_letter_speaks_one_language(visitor, coordinator, language):
    visitor.post(reverse("account_reset_password"), {"email": coordinator.user.email})

    [letter] = Message.objects.all()
    assert foreign_words(f"{letter.title}\n{letter.body}", language) == []
    assert len(mail.outbox) <= 1


# --- Spelling -----------------------------------------------------------------------------------
LOOSE = {
    "a mark without its no-break space": re.compile(r"\S [?!:;»]|« "),
    "a straight apostrophe": re.compile(r"\w'\w"),
    "three dots": re.compile(r"\.\.\."),
    "straight quotes": re.compile(r"(?<!=)\"\w"),
}


def entries() -> Iterator[polib.POEntry]:
    yield from polib.pofile(str(Path(settings.BASE_DIR, "locale/en/LC_MESSAGES/django.po")))


@pytest.mark.parametrize("fault", LOOSE)
def test_french_is_set_with_care(fault):
    texts = (text for entry in entries() for text in (entry.msgid, entry.msgid_plural))

    assert [text for text in texts if LOOSE[fault].search(text)] == []


def test_english_is_set_the_english_way():
    texts = [text for entry in entries() for text in (entry.msgstr, *entry.msgstr_plural.values())]

    assert [text for text in texts if re.search(r"[\u00a0\u202f]|[«»]|\w [?!:;]", text)] == []
