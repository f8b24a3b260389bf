"""The pages of the frame: the front door, the legal pages, the refusals, and what they weigh."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from cpts_portal.core.views import communities
from tests.factories import CptsFactory

PAGE_AT_MOST = 130_000
"""Bytes of a public page with its styles, scripts and fonts, uncompressed."""

MARGIN = 15_000
"""Bytes left for the longest step of the form; the log-in page spends them on passkeys."""

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
INLINE = {
    "style": re.compile(r"<style|\sstyle\s*="),
    "handler": re.compile(r"<[^>{]*\son[a-z]+\s*="),
    "script": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")"),
    "javascript URL": re.compile(r"javascript:"),
    "htmx evaluation": re.compile(r"\bhx-on|hx-vals='js:"),
}
OUTSIDE = re.compile(r"""<(?:link|script|img|iframe|source)[^>]*(?:href|src)=["'](?:https?:)?//""")

PUBLIC_PAGES = {
    "home": "Trouver un médecin traitant près de chez vous",
    "privacy": "Vos données et vos droits",
    "accessibility": "Accessibilité : partiellement conforme",
    "legal": "Mentions légales",
    "account_login": "Espace des professionnels : se connecter",
    "account_reset_password": "Mot de passe oublié",
}
ERROR_PAGES = ("400", "403", "403_csrf", "404", "409", "429", "500", "503")


def title_of(html):
    [title] = re.findall(r"<title>(.*?)</title>", html, re.DOTALL)
    return " ".join(title.split())


def assets_of(html):
    """Paths under static/ of everything the page fetches, fonts named by its styles included."""
    found = [
        unquote(path) for path in re.findall(rf'(?:href|src)="{settings.STATIC_URL}([^"]+)"', html)
    ]
    styles = [path for path in found if path.endswith(".css")]
    for style in styles:
        text = Path(finders.find(style)).read_text()
        fonts = re.findall(r'url\("\.\./(fonts/[^"]+)"\)', text)
        found += fonts
    return set(found)


def weight_of(html):
    return len(html.encode()) + sum(
        Path(finders.find(path)).stat().st_size for path in assets_of(html)
    )


@pytest.mark.parametrize(("name", "title"), PUBLIC_PAGES.items())
def test_public_page_opens_with_its_title(client, db, name, title):
    page = client.get(reverse(name))

    assert page.status_code == 200
    assert title_of(page.text) == f"{title} · Portail des CPTS"


@pytest.mark.parametrize("name", PUBLIC_PAGES)
def test_public_page_is_light_and_fetches_nothing_outside(client, db, name):
    html = client.get(reverse(name)).text

    assert weight_of(html) <= PAGE_AT_MOST - (0 if name == "account_login" else MARGIN)
    assert OUTSIDE.findall(html) == []
    assert "htmx" not in html


def test_public_page_counts_both_fonts_and_every_style(client, db):
    assets = assets_of(client.get(reverse("home")).text)

    assert {Path(path).suffix for path in assets} == {".css", ".js", ".svg", ".woff2"}
    assert len([path for path in assets if path.endswith(".woff2")]) == 2


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_template_holds_nothing_inline_nor_outside(template):
    text = template.read_text()

    assert [name for name, pattern in INLINE.items() if pattern.search(text)] == []
    assert OUTSIDE.findall(text) == []


def test_policy_allows_nothing_inline(client, db):
    policy = client.get(reverse("home"))["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_page_is_drawn_without_request_nor_database(name):
    html = get_template("refusal.html" if name == "409" else f"{name}.html").render()

    assert html.count("<h1>") == 1
    assert f'href="{reverse("home")}"' in html


@pytest.mark.parametrize("name", ["404", "429", "500", "503"])
def test_error_page_gives_the_phone_to_call_when_it_is_known(name, cpts):
    html = get_template(f"{name}.html").render({"cpts": cpts})

    assert f'href="tel:{cpts.help_phone}"' in html
    assert cpts.name in html


def test_unknown_address_is_a_404_in_french(client, db):
    page = client.get("/une/page/qui/n-existe/pas")

    assert page.status_code == 404
    assert "Cette page n’existe pas" in page.text


def test_post_without_token_is_refused_kindly(db):
    page = Client(enforce_csrf_checks=True).post(reverse("text_size"), {"taille": "grand"})

    assert page.status_code == 403
    assert title_of(page.text).startswith("Cette page était ouverte depuis trop longtemps")


def test_refusal_says_the_sentence_and_leads_back(rf):
    request = rf.get("/artois-lys/x/", headers={"referer": "http://testserver/artois-lys/y/"})

    html = get_template("refusal.html").render({"message": "Trop tard."}, request)

    assert "Trop tard." in html
    assert 'href="/artois-lys/y/"' in html


def test_larger_text_is_remembered_without_script(client, db):
    answer = client.post(reverse("text_size"), {"taille": "grand", "next": "/vos-donnees/"})

    assert answer["Location"] == "/vos-donnees/"
    assert client.cookies["texte"].value == "grand"
    assert '<html lang="fr" class="text-large">' in client.get("/").text

    client.post(reverse("text_size"), {"taille": "normal"})
    assert "text-large" not in client.get("/").text


@pytest.mark.parametrize("elsewhere", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_text_size_never_leads_elsewhere(client, db, elsewhere):
    answer = client.post(reverse("text_size"), {"taille": "huge", "next": elsewhere})

    assert answer["Location"] == reverse("home")
    assert "texte" not in client.cookies


def test_language_is_switched_without_script(client, db):
    answer = client.post(reverse("set_language"), {"language": "en", "next": "/vos-donnees/"})

    assert answer["Location"] == "/vos-donnees/"
    assert '<html lang="en">' in client.get("/vos-donnees/").text


@pytest.mark.parametrize("name", ["text_size", "set_language"])
def test_switch_is_not_thrown_by_a_link(client, db, name):
    client.get(reverse(name), {"taille": "grand", "language": "en"})

    assert '<html lang="fr">' in client.get("/").text


def test_home_leads_members_to_their_community(client, coordinator):
    client.force_login(coordinator.user)

    assert client.get(reverse("home"))["Location"] == reverse("members:cpts_choice")


@pytest.mark.parametrize("name", ["privacy", "accessibility", "legal"])
def test_legal_pages_name_every_open_community(client, db, name):
    here = CptsFactory(name="CPTS Artois Lys", email="contact@artois-lys.example")
    gone = CptsFactory(name="CPTS Fermée", is_active=False)

    html = client.get(reverse(name)).text

    assert list(communities()) == [here]
    assert "mailto:contact@artois-lys.example" in html
    assert gone.name not in html


@pytest.mark.parametrize("is_demo", [True, False])
def test_demonstration_band_is_shown_only_in_a_demonstration(client, db, settings, is_demo):
    settings.DEMO = is_demo

    assert ("demo-band" in client.get(reverse("home")).text) is is_demo


def test_failed_login_lists_its_errors_and_says_so_in_the_title(client, db):
    page = client.post(reverse("account_login"), {"login": "personne", "password": "faux"})

    assert title_of(page.text).startswith("Erreur ")
    assert 'id="error-summary"' in page.text
    assert "focus-errors.js" in page.text
    assert 'value="personne"' in page.text
    assert "faux" not in page.text


def test_the_first_page_and_its_foot_lead_to_the_directory_and_to_joining(client, db):
    page = client.get("/").content.decode()

    assert (page.count('href="/annuaire/"'), page.count('href="/adherer/"')) == (2, 2)
