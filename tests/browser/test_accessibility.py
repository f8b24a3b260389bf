"""Every page, at both widths and in both themes: axe finds nothing, nothing overflows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Error, Page, StorageState

from tests.browser import axe, pages, patient
from tests.browser.conftest import Visit
from tests.browser.pages import SIGHTS, Sight
from tests.browser.places import Places
from tests.browser.portal import Portal
from tests.browser.visitors import PHONE, Visitor

ROUNDS = list(dict.fromkeys((sight.role, sight.room) for sight in SIGHTS))
PUBLIC_STEP_BYTES = 130_000
WEIGHT = """() => {
    const entries = [...performance.getEntriesByType("resource"),
                     ...performance.getEntriesByType("navigation")];
    return entries.reduce((sum, entry) => sum + entry.decodedBodySize, 0);
}"""


def test_every_page_is_looked_at() -> None:
    known = {sight.name for sight in SIGHTS} | set(pages.WALKED) | set(pages.EXCUSED)

    assert pages.url_names() == known


@pytest.fixture(scope="module")
def places(portal: Portal) -> Places:
    return Places(portal)


@pytest.fixture(scope="module")
def sessions() -> dict[str, StorageState]:
    """The cookies of each role: one logs in once."""
    return {}


@pytest.mark.parametrize(("role", "room"), ROUNDS, ids=lambda word: word or "anybody")
def test_pages_have_no_fault(
    role: str, room: str, visit: Visit, places: Places, sessions: dict[str, StorageState]
) -> None:
    visitor = visit(width=PHONE, session=sessions.get(role))
    if role and role not in sessions:
        visitor.log_in(role)
        sessions[role] = visitor.context.storage_state()

    faults = [
        f"{sight}: {fault}"
        for sight in SIGHTS
        if (sight.role, sight.room) == (role, room)
        for fault in _look_at(visitor, sight, places)
    ]

    assert not faults, "\n".join(faults)


def test_form_has_no_fault_and_weighs_little(visit: Visit, portal: Portal) -> None:
    visitor = visit(width=PHONE)
    person = patient.Person("Marthe", "Hennebelle", "06 39 98 70 01")

    faults = [
        f"{step}: {fault}"
        for step in _whole_form(visitor, portal, person)
        for fault in [*axe.faults(visitor.page), *_too_heavy(visitor.page)]
    ]

    assert not faults, "\n".join(faults)


def _whole_form(visitor: Visitor, portal: Portal, person: patient.Person) -> Iterator[str]:
    """Each page of the form in turn, an answer forgotten on the way, up to the confirmation."""
    for step in patient.answer_every_question(visitor, person):
        yield step
        if step == "identite":
            patient.press(visitor.page, "Continuer")
            yield "identite, rien de répondu"
    code = patient.receive_the_code(visitor, portal, person)
    yield "code"
    patient.enter_the_code(visitor, code)
    yield "confirmation"


def _look_at(visitor: Visitor, sight: Sight, places: Places) -> list[str]:
    """A page that cannot be found or never comes is a fault of its own: the next are looked at."""
    try:
        response = visitor.page.goto(sight.path(places))
        if response is None or response.status != sight.status:
            return [f"{visitor.page.url} answers {response and response.status}"]
        return axe.faults_on_the_way(visitor.page)
    except (AssertionError, AttributeError, Error) as error:
        return [f"{type(error).__name__}: {error}"]


def _too_heavy(page: Page) -> list[str]:
    """HTML, styles, scripts and fonts, as uncompressed bytes."""
    weight = page.evaluate(WEIGHT)
    return [f"{weight} bytes"] if weight > PUBLIC_STEP_BYTES else []
