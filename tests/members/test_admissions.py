"""Deciding: the board's desk, the candidate's own page, and what is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cpts_portal.core import retention
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope
from members.actions import admissions as actions
from members.actions import applications
from members.lifecycle import Applicant
from members.models import (
    Application,
    ApplicationPlace,
    Cpts,
    Invitation,
    Membership,
    OpeningHours,
    PracticeMember,
    Role,
)
from members.queries.applications import doubles_of, token_hash, token_of
from tests.factories import (
    ApplicationFactory,
    CollegeFactory,
    CommuneFactory,
    CptsFactory,
    GpFactory,
    MembershipFactory,
    PracticeFactory,
    UserFactory,
)
from tests.members.application_path import RPPS
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    """The coordination's browser."""
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def waiting(cpts: Cpts) -> Application:
    found: Application = ApplicationFactory(cpts=cpts, rpps=RPPS)
    Application.objects.filter(pk=found.pk).update(token_hash=token_hash(token_of(found)))
    return found


def at(application: Application, act: str = "") -> str:
    base = f"/{application.cpts.slug}/candidatures/{application.pk}/"
    return f"{base}{act}/" if act else base


def day(name: str, on: date) -> dict[str, int]:
    return {f"{name}_day": on.day, f"{name}_month": on.month, f"{name}_year": on.year}


def admission(application: Application, **changes: Any) -> dict[str, Any]:
    days = {**day("decided_on", TODAY()), **day("starts_on", TODAY())}
    return {**days, "college": application.college_id, "reason": "", **changes}


def admit(application: Application, by: Membership, **changes: Any) -> Application:
    told = {"decided_on": TODAY(), "starts_on": TODAY(), "college": application.college, **changes}
    return actions.admit(application, by=by, **told)


def refuse(application: Application, by: Membership) -> Application:
    return actions.refuse(application, decided_on=TODAY(), reason="Hors du territoire", by=by)


def purposes() -> list[str]:
    return sorted(Message.objects.values_list("purpose", flat=True))


# --- Admitting ------------------------------------------------------------------------------
def test_admit_makes_a_member_invites_her_and_tells_her(
    desk: Client, waiting: Application, coordinator: Membership
) -> None:
    answer = desk.post(at(waiting, "admettre"), admission(waiting, reason="Vue au bureau"))

    waiting.refresh_from_db()
    member = waiting.membership
    assert (answer.status_code, answer.url) == (302, at(waiting))
    assert (waiting.status, waiting.decided_by, waiting.decided_on) == (
        "admitted",
        coordinator,
        TODAY(),
    )
    assert (member.role, member.college, member.rpps) == (
        Role.PROFESSIONAL,
        waiting.college,
        RPPS,
    )
    assert (member.user.last_name, member.user.email) == (waiting.last_name, None)
    assert purposes() == ["members.application_admitted", "members.invitation"]
    assert Invitation.objects.get().email == waiting.email
    assert "Vue au bureau" not in "".join(Message.objects.values_list("body", flat=True))
    assert AuditEntry.objects.filter(verb="admit", by=coordinator.user).count() == 1


def test_admit_takes_her_places_over_known_or_described(
    waiting: Application, cpts: Cpts, coordinator: Membership
) -> None:
    known, same = PracticeFactory(cpts=cpts), PracticeFactory(cpts=cpts, finess="620000018")
    told = {"cpts": cpts, "application": waiting}
    described = {"name": "Cabinet du Pont", "address": "2 rue du Pont", "commune": CommuneFactory()}
    ApplicationPlace.objects.create(**told, practice=known)
    ApplicationPlace.objects.create(**told, **described, hours=[[1, 540, 720], [2, 540, 720]])
    ApplicationPlace.objects.create(**told, **described, finess="620000018")

    member = admit(waiting, coordinator).membership

    works = PracticeMember.objects.filter(membership=member).order_by("pk")
    assert [place.is_main for place in works] == [True, False, False]
    assert [place.practice.name for place in works] == [known.name, "Cabinet du Pont", same.name]
    hours = OpeningHours.objects.values_list("practice__name", "weekday", "opens", "closes")
    assert list(hours) == [("Cabinet du Pont", 1, 540, 720), ("Cabinet du Pont", 2, 540, 720)]


def test_a_partner_is_admitted_as_a_partner(cpts: Cpts, coordinator: Membership) -> None:
    college = CollegeFactory(cpts=cpts, kind="partners", has_vote=False)
    waiting = ApplicationFactory(
        cpts=cpts, kind="partner", profession=None, organisation="EHPAD", college=college
    )

    member = admit(waiting, coordinator).membership

    assert (member.role, member.organisation, member.profession) == (Role.PARTNER, "EHPAD", None)


def test_one_who_comes_back_keeps_her_account_and_is_not_invited(
    desk: Client, waiting: Application, cpts: Cpts
) -> None:
    user = UserFactory(email="retour@sante.example")
    past = GpFactory(cpts=cpts, user=user, rpps=RPPS, ends_on=TODAY() - timedelta(days=9))

    page = desk.get(at(waiting))
    answer = desk.post(at(waiting, "admettre"), admission(waiting, returning=past.pk))

    waiting.refresh_from_db()
    assert [double.reasons for double in page.context["doubles"]] == [["même RPPS"]]
    assert (answer.status_code, waiting.membership.user) == (302, user)
    assert purposes() == ["members.application_admitted"]
    assert Membership.objects.filter(user=user).count() == 2


def test_one_cannot_come_back_as_somebody_who_is_there(
    waiting: Application, gp: Membership, coordinator: Membership
) -> None:
    with pytest.raises(Refused):
        admit(waiting, coordinator, returning=gp)

    assert Application.objects.get().status == "submitted"


def test_admit_with_the_rpps_of_a_member_is_refused_whole(
    desk: Client, waiting: Application, cpts: Cpts
) -> None:
    GpFactory(cpts=cpts, rpps=RPPS)

    answer = desk.post(at(waiting, "admettre"), admission(waiting))

    assert answer.status_code == 409
    assert answer.context["refusal"] == "Un membre porte déjà ce numéro RPPS."
    assert (Application.objects.get().status, purposes()) == ("submitted", [])


def test_a_decision_of_tomorrow_is_not_one(desk: Client, waiting: Application) -> None:
    tomorrow = day("decided_on", TODAY() + timedelta(days=1))

    answer = desk.post(at(waiting, "admettre"), admission(waiting, reason="Oui", **tomorrow))

    assert answer.status_code == 422
    assert answer.context["admit_form"].errors == {"decided_on": ["Cette date est dans le futur."]}
    assert "Oui" in answer.text


# --- Doubles --------------------------------------------------------------------------------
def test_doubles_are_told_by_rpps_by_email_and_by_name(cpts: Cpts, waiting: Application) -> None:
    both = GpFactory(cpts=cpts, rpps=RPPS, email=waiting.email.upper())
    named = GpFactory(
        cpts=cpts, user__last_name=waiting.last_name.upper(), user__first_name="Elise"
    )
    GpFactory(cpts=cpts)
    GpFactory(rpps=RPPS)

    found = {double.membership: double.reasons for double in doubles_of(waiting)}

    assert found == {both: ["même RPPS", "même courriel"], named: ["même nom"]}


# --- Refusing, withdrawing ------------------------------------------------------------------
def test_refuse_is_polite_and_keeps_its_reason_for_the_board(
    desk: Client, waiting: Application, coordinator: Membership
) -> None:
    reason = "Exerce hors du territoire"

    desk.post(at(waiting, "refuser"), {**day("decided_on", TODAY()), "reason": reason})

    waiting.refresh_from_db()
    [message] = Message.objects.all()
    page = desk.get(f"/ma-candidature/{token_of(waiting)}/")
    assert (waiting.status, waiting.decision_reason) == ("refused", reason)
    assert (message.purpose, message.recipient) == ("members.application_refused", waiting.email)
    assert (reason in message.body, reason in page.text) == (False, False)
    assert reason in desk.get(at(waiting)).text


def test_refuse_asks_for_a_reason(desk: Client, waiting: Application) -> None:
    answer = desk.post(at(waiting, "refuser"), day("decided_on", TODAY()))

    assert answer.status_code == 422
    assert list(answer.context["refuse_form"].errors) == ["reason"]


def test_she_withdraws_from_her_page(client: Client, waiting: Application) -> None:
    link = f"/ma-candidature/{token_of(waiting)}/"
    before = client.get(link)

    answer = client.post(f"{link}retirer/")

    waiting.refresh_from_db()
    assert before.context["title"] == "Votre candidature est à l’étude"
    assert (answer.url, waiting.status) == (link, "withdrawn")
    assert purposes() == ["members.application_withdrawn"]
    assert client.post(f"{link}retirer/").status_code == 409


def test_the_desk_notes_a_withdrawal(desk: Client, waiting: Application) -> None:
    desk.post(at(waiting, "retirer"))

    assert Application.objects.get().status == "withdrawn"


def test_her_page_leaves_no_trace_and_a_wrong_link_opens_nothing(
    client: Client, waiting: Application
) -> None:
    page = client.get(f"/ma-candidature/{token_of(waiting)}/")
    wrong = client.get("/ma-candidature/" + "0" * 32 + "/")

    assert (page["Referrer-Policy"], page["Cache-Control"]) == (
        "strict-origin",
        "no-store, private",
    )
    assert (page.status_code, wrong.status_code) == (200, 404)


# --- Who, and who first ---------------------------------------------------------------------
def test_only_who_governs_decides(waiting: Application, gp: Membership) -> None:
    stranger = MembershipFactory(cpts=CptsFactory())

    for by in (gp, stranger):
        with pytest.raises(NotPermitted):
            refuse(waiting, by)

    assert Application.objects.get().status == "submitted"


def test_the_second_to_decide_is_told_who_came_first(
    desk: Client, waiting: Application, cpts: Cpts
) -> None:
    first = MembershipFactory(cpts=cpts, role=Role.BOARD, user__last_name="Première")
    refuse(waiting, first)

    answer = desk.post(at(waiting, "admettre"), admission(waiting))

    assert answer.status_code == 409
    assert "déjà refusée\u00a0: Maud Première l’a noté" in answer.context["refusal"]
    assert Membership.objects.filter(role=Role.PROFESSIONAL).count() == 0


def test_a_withdrawn_application_is_not_decided(
    waiting: Application, coordinator: Membership
) -> None:
    applications.withdraw(waiting, by=Applicant(waiting.pk))

    with pytest.raises(Refused) as told:
        refuse(waiting, coordinator)

    assert str(told.value).startswith("Cette candidature a été retirée")


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread of its own, all let go at the same instant."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait(timeout=10)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(timeout=30) for future in [pool.submit(run, w) for w in works]]


@pytest.mark.django_db(transaction=True)
def test_two_board_members_at_once_make_one_decision() -> None:
    cpts = CptsFactory()
    with open_scope(cpts=cpts):
        waiting = ApplicationFactory(cpts=cpts)
        deciders = [MembershipFactory(cpts=cpts, role=Role.BOARD) for _one in range(2)]

        def decide(by: Membership, act: Callable[..., Any]) -> str:
            with open_scope(cpts=cpts):
                try:
                    return str(act(waiting, by).status)
                except Refused as refusal:
                    return str(refusal)

        said = at_once(lambda: decide(deciders[0], admit), lambda: decide(deciders[1], refuse))

        status = Application.objects.get().status
        [won] = [word for word in said if word in {"admitted", "refused"}]
        [lost] = [word for word in said if word != won]
        assert won == status
        assert lost.startswith("Cette candidature est déjà")
        assert AuditEntry.objects.filter(verb__in=["admit", "refuse"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_admissions_at_once_make_one_member() -> None:
    cpts = CptsFactory()
    with open_scope(cpts=cpts):
        waiting = ApplicationFactory(cpts=cpts)
        board = MembershipFactory(cpts=cpts, role=Role.BOARD)

        def decide() -> str:
            with open_scope(cpts=cpts):
                try:
                    return str(admit(waiting, board).status)
                except Refused:
                    return "late"

        assert sorted(at_once(decide, decide)) == ["admitted", "late"]
        assert Membership.objects.filter(role=Role.PROFESSIONAL).count() == 1


# --- The assembly ---------------------------------------------------------------------------
@pytest.fixture
def assembly(cpts: Cpts) -> Cpts:
    Cpts.objects.filter(pk=cpts.pk).update(is_ratified_by_assembly=True)
    cpts.is_ratified_by_assembly = True
    return cpts


def test_the_assembly_ratifies_several_at_once(
    desk: Client, assembly: Cpts, coordinator: Membership
) -> None:
    admitted = [admit(ApplicationFactory(cpts=assembly), coordinator) for _one in range(3)]
    chosen = [application.pk for application in admitted[:2]]

    answer = desk.post(
        f"/{assembly.slug}/candidatures/ratifier/", {"applications": chosen, **day("on", TODAY())}
    )

    ratified = Application.objects.filter(ratified_on=TODAY()).values_list("pk", flat=True)
    assert answer.url == f"/{assembly.slug}/candidatures/?vue=admises"
    assert sorted(ratified) == chosen
    assert purposes().count("members.application_ratified") == 2


def test_ratified_twice_is_once(assembly: Cpts, coordinator: Membership) -> None:
    coordinator.cpts = assembly
    admitted = admit(ApplicationFactory(cpts=assembly), coordinator)

    counts = [actions.ratify([admitted], on=TODAY(), by=coordinator) for _click in range(2)]

    assert counts == [1, 0]


def test_an_assembly_does_not_ratify_before_the_board(
    assembly: Cpts, coordinator: Membership
) -> None:
    coordinator.cpts = assembly
    admitted = admit(ApplicationFactory(cpts=assembly), coordinator)

    with pytest.raises(Refused):
        actions.ratify([admitted], on=TODAY() - timedelta(days=1), by=coordinator)


def test_where_no_assembly_ratifies_nothing_is_ratified(
    desk: Client, cpts: Cpts, coordinator: Membership
) -> None:
    admitted = admit(ApplicationFactory(cpts=cpts), coordinator)

    answer = desk.post(
        f"/{cpts.slug}/candidatures/ratifier/",
        {"applications": [admitted.pk], **day("on", TODAY())},
    )

    assert answer.status_code == 409


# --- The list -------------------------------------------------------------------------------
def test_the_list_has_a_tab_a_state(desk: Client, waiting: Application, cpts: Cpts) -> None:
    refused = refuse(ApplicationFactory(cpts=cpts), MembershipFactory(cpts=cpts))
    ApplicationFactory(cpts=cpts, status="draft", submitted_at=None)
    ApplicationFactory()

    pages = [
        desk.get(f"/{cpts.slug}/candidatures/", {"vue": tab})
        for tab in ("a-examiner", "refusees", "rien")
    ]

    assert [list(page.context["page"]) for page in pages] == [[waiting], [refused], [waiting]]
    assert [count for _slug, _name, count in pages[0].context["tabs"]] == [1, 0, 1]


def test_the_list_takes_as_many_queries_for_three_as_for_one(
    desk: Client, waiting: Application, cpts: Cpts
) -> None:
    one = queries_of(desk, f"/{cpts.slug}/candidatures/")
    for _more in range(2):
        ApplicationFactory(cpts=cpts)

    assert queries_of(desk, f"/{cpts.slug}/candidatures/") == one


def test_a_draft_is_nobodys_business(desk: Client, cpts: Cpts) -> None:
    draft = ApplicationFactory(cpts=cpts, status="draft", submitted_at=None)

    assert desk.get(at(draft)).status_code == 404


# --- Forgetting -----------------------------------------------------------------------------
def test_a_refused_candidate_is_forgotten_after_half_a_year(
    waiting: Application, coordinator: Membership
) -> None:
    refused = refuse(waiting, coordinator)
    half_a_year_on = timezone.now() + timedelta(days=184)

    early = retention.run(timezone.now() + timedelta(days=182))
    done = retention.run(half_a_year_on)

    refused.refresh_from_db()
    rule = "members.refused_applications"
    assert (early.counts[rule], done.counts[rule]) == (0, 1)
    assert (refused.last_name, refused.email, refused.rpps) == ("", "—", "")
    assert (refused.decision_reason, refused.token_hash) == ("", "")
    assert (refused.status, refused.college) == ("refused", waiting.college)
    assert Message.objects.exclude(recipient="").count() == 0


def test_a_form_left_unfinished_goes_after_a_week(cpts: Cpts) -> None:
    ApplicationFactory(cpts=cpts, status="draft", submitted_at=None)

    done = retention.run(timezone.now() + timedelta(days=8))

    assert (done.counts["members.application_drafts"], Application.objects.count()) == (1, 0)


def test_an_admitted_candidate_is_kept_with_her_membership(
    waiting: Application, coordinator: Membership
) -> None:
    admit(waiting, coordinator)

    retention.run(timezone.now() + timedelta(days=400))

    assert Application.objects.get().last_name == waiting.last_name
