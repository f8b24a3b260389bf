"""The life of an association, through real processes: joining, acting for others, importing."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from playwright.sync_api import Page, expect

from tests.browser import keyboard
from tests.browser.conftest import Visit
from tests.browser.patient import press
from tests.browser.places import SLUG
from tests.browser.portal import Portal, as_in_production
from tests.browser.visitors import DESK, PHONE, Visitor

ADDRESS = "lucie.hannebique@cabinet.example"
DIRECT_LINE = "06 39 98 70 60"
MSSANTE = "lucie.hannebique@infirmier.mssante.fr"


def test_nurse_joins_without_a_mouse_and_shows_what_she_chose(visit: Visit, portal: Portal) -> None:
    nurse, board = visit(width=PHONE), visit(width=DESK)
    _apply_by_keyboard(nurse.page, portal)
    _the_board_admits(board)

    with as_in_production(portal) as url:
        at_home = visit(width=PHONE, url=url)
        link = _link_in(portal.wait_for_letter(ADDRESS, "members.invitation").body)
        at_home.page.goto(url + urlsplit(link).path)
        _opens_her_account(at_home.page)
        _writes_her_profile(at_home, url)
        at_home.page.goto(f"{url}/{SLUG}/annuaire/?q=hannebique")
        at_home.page.get_by_role("link", name="Lucie Hannebique").click()
        expect(at_home.page.get_by_role("main")).to_contain_text(MSSANTE)

    stranger = visit(width=PHONE)
    stranger.page.goto(f"/annuaire/{SLUG}/")
    stranger.shoot("directory")
    stranger.page.goto(f"/annuaire/{SLUG}/?q=hannebique")
    found = [stranger.page.content()]
    stranger.page.get_by_role("link", name="Lucie Hannebique").click()
    expect(stranger.page.get_by_role("main")).to_contain_text("Plaies et cicatrisation")
    found.append(stranger.page.content())
    kept = (ADDRESS, MSSANTE, "639987060")
    assert [secret for secret in kept for page in found if secret in _closed_up(page)] == []


def _closed_up(html: str) -> str:
    """Without any space, whatever its width: a number is found however it is set."""
    return re.sub(r"\s", "", html)


def _apply_by_keyboard(page: Page, portal: Portal) -> None:
    """From the first page to the code, Tab, Space, letters and Enter alone."""
    page.goto(f"/adherer/{SLUG}/")
    keyboard.press(page, page.get_by_role("link", name="Commencer"))
    keyboard.tick(page, page.get_by_role("radio").first)
    keyboard.type_into(page, "Nom", "Hannebique")
    keyboard.type_into(page, "Prénom", "Lucie")
    _go_on(page)
    keyboard.type_into(page, "Profession", "Infirmier")
    keyboard.tab_to(page, page.get_by_label("Numéro RPPS"))
    page.keyboard.type("10000000553")
    _go_on(page)
    keyboard.tab_to(page, page.get_by_label("Courriel professionnel"))
    page.keyboard.type(ADDRESS)
    _go_on(page)
    keyboard.tick(page, page.get_by_label("Plaies et cicatrisation"))
    _go_on(page)
    keyboard.press(page, page.get_by_role("main").get_by_role("link", name="Continuer"))
    keyboard.tick(page, page.get_by_label(re.compile("J’ai lu ces textes")))
    _go_on(page)
    portal.rows("UPDATE members_application SET created_at = created_at - interval '1 minute'")
    keyboard.press(page, page.get_by_role("button", name="Recevoir mon code"))
    letter = portal.wait_for_letter(ADDRESS, "members.application_code")
    [code] = re.findall(r"\b\d{6}\b", letter.body)
    keyboard.tab_to(page, page.get_by_label("Votre code"))
    page.keyboard.type(code)
    keyboard.press(page, page.get_by_role("button", name="Déposer ma candidature"))


def _go_on(page: Page) -> None:
    keyboard.press(page, page.get_by_role("button", name="Continuer"))


def _the_board_admits(board: Visitor) -> None:
    board.log_in("bureau")
    board.page.goto(f"/{SLUG}/candidatures/")
    board.page.get_by_role("link", name="Lucie Hannebique").click()
    board.shoot("candidate")
    press(board.page, "Admettre")
    expect(board.page.get_by_role("main")).to_contain_text("Admission notée")


def _opens_her_account(page: Page) -> None:
    """A password, then the second factor that her role asks for before anything else."""
    page.get_by_label("Mot de passe").fill("trois canards sous la pluie")
    page.get_by_label("Le même, encore une fois").fill("trois canards sous la pluie")
    press(page, "Ouvrir mon compte")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sécurité du compte")
    page.goto(f"{_origin(page)}/{SLUG}/annuaire/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sécurité du compte")
    page.get_by_role("link", name="Activer").click()
    secret = page.locator(".secret").inner_text().strip()
    page.get_by_label("Code à 6 chiffres").fill(_code_of(secret))
    press(page, "Activer")
    expect(page).to_have_url(re.compile("/compte/2fa/recovery-codes/"))


def _writes_her_profile(at_home: Visitor, url: str) -> None:
    page = at_home.page
    page.goto(f"{url}/{SLUG}/mon-profil/")
    page.get_by_role("textbox", name=re.compile("^Ligne directe")).fill(DIRECT_LINE)
    page.get_by_role("textbox", name=re.compile("^Adresse MSSanté")).fill(MSSANTE)
    public = page.get_by_role("group", name="Ce que tout le monde peut voir")
    for shown in ("Nom et profession", "Compétences"):
        public.get_by_label(shown).check()
    public.evaluate("group => group.scrollIntoView()")
    at_home.shoot("profile")
    press(page, "Enregistrer")
    expect(page.get_by_role("main")).to_contain_text("Votre profil est enregistré")


def _code_of(secret: str) -> str:
    """What her phone shows now."""
    counters = list(yield_hotp_counters_from_time())
    return str(format_hotp_value(hotp_value(secret, counters[len(counters) // 2])))


def _origin(page: Page) -> str:
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"


def _link_in(body: str) -> str:
    found = re.search(r"http://\S+", body)
    assert found is not None, body
    return found[0]
