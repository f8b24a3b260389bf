"""A campaign from its template to the next season: what is made, refused, traced and shown."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cpts_portal.core.models import AuditEntry
from cpts_portal.core.pictures import Drawn
from cpts_portal.core.refusals import NotPermitted, Refused
from members.models import Cpts, Membership, Role
from prevention.actions import campaigns as actions
from prevention.actions import pages
from prevention.actions.campaigns import CampaignWords
from prevention.models import (
    Audience,
    Campaign,
    CampaignPage,
    CampaignStatus,
    CampaignTemplate,
    PlanStatus,
    Topic,
)
from prevention.queries import campaigns as queries
from tests.factories import MembershipFactory
from tests.prevention.makers import (
    CampaignFactory,
    CampaignPageFactory,
    PlanFactory,
    RecallListFactory,
    SessionFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


@pytest.fixture
def desk(client: Client, coordinator: Membership, settings: Any) -> Client:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(coordinator.user)
    return client


@pytest.fixture
def template(db: None) -> CampaignTemplate:
    return CampaignTemplate.objects.get(code="octobre-rose")


def address(name: str, cpts: Cpts, *args: Any) -> str:
    return reverse(f"prevention:{name}", args=[cpts.slug, *args])


def words(**changes: Any) -> CampaignWords:
    told = {
        "topic": Topic.objects.get(code="depistage"),
        "title": "Octobre rose 2027",
        "starts_on": date(2027, 10, 1),
        "ends_on": date(2027, 10, 31),
    }
    return CampaignWords(**{**told, **changes})


def typed(**changes: Any) -> dict[str, Any]:
    told = {
        "title": "Octobre rose 2027",
        "topic": "depistage",
        "starts_on": "2027-10-01",
        "ends_on": "2027-10-31",
        "key": str(uuid.uuid4()),
    }
    return {**told, **changes}


def draft(cpts: Cpts, **changes: Any) -> Campaign:
    campaign: Campaign = CampaignFactory(cpts=cpts, status=CampaignStatus.DRAFT, **changes)
    return campaign


# --- What every CPTS starts with ------------------------------------------------------------
def test_templates_come_with_a_page_and_two_reminders_each() -> None:
    found = CampaignTemplate.objects.prefetch_related("reminders")

    offsets = {tuple(sorted(one.offset_days for one in row.reminders.all())) for row in found}
    assert (found.count(), offsets) == (25, {(-7, -1)})
    assert [row.code for row in found if not row.page_body.strip()] == []


def test_wordings_of_templates_use_known_variables_alone() -> None:
    known = ("titre", "date", "heure", "lieu", "adresse", "commune", "lien", "telephone")
    said = dict.fromkeys(known, "x")

    for template in CampaignTemplate.objects.prefetch_related("reminders"):
        for one in template.reminders.all():
            filled = (one.subject + one.body + one.sms).format(**said)
            assert "{" not in filled


def test_discreet_topics_are_those_that_say_something_of_a_person() -> None:
    discreet = set(Topic.objects.filter(is_discreet=True).values_list("code", flat=True))

    assert discreet == {"addictions", "obesite", "education-therapeutique", "ist", "sante-mentale"}


# --- Beginning ------------------------------------------------------------------------------
def test_a_template_gives_its_page_and_its_reminders_as_drafts(
    coordinator: Membership, template: CampaignTemplate
) -> None:
    made = actions.create_from_template(template, words(), by=coordinator, key=uuid.uuid4())

    page, plans = made.pages.get(), list(made.plans.all())
    assert (page.title, page.body) == (template.page_title, template.page_body)
    assert [(plan.offset_days, plan.status) for plan in plans] == [
        (-7, PlanStatus.DRAFT),
        (-1, PlanStatus.DRAFT),
    ]
    assert {plan.written_by for plan in plans} == {coordinator}
    assert AuditEntry.objects.get(subject_kind="prevention.campaign").target == "draft"


def test_the_same_form_sent_twice_makes_one_campaign(
    coordinator: Membership, template: CampaignTemplate
) -> None:
    key = uuid.uuid4()
    first, second = (
        actions.create_from_template(template, words(), by=coordinator, key=key) for _ in range(2)
    )

    assert (first, Campaign.objects.count(), second.plans.count()) == (second, 1, 2)


def test_a_professional_prepares_no_campaign(gp: Membership) -> None:
    with pytest.raises(NotPermitted):
        actions.create_from_template(None, words(), by=gp, key=uuid.uuid4())


def test_a_campaign_is_prepared_from_a_template_in_two_pages(cpts: Cpts, desk: Client) -> None:
    picked = desk.get(address("campaign_new", cpts)).content.decode()
    form = desk.get(address("campaign_new", cpts) + "?modele=octobre-rose").context["form"]

    sent = {**typed(), "title": form["title"].value(), "goal": form["goal"].value()}
    response = desk.post(address("campaign_new", cpts) + "?modele=octobre-rose", sent)

    made = Campaign.objects.get()
    assert "?modele=octobre-rose" in picked
    assert response["Location"] == address("campaign_show", cpts, made.pk)
    assert (made.title[:12], made.pages.count(), made.plans.count()) == ("Octobre rose", 1, 2)


def test_what_was_typed_stays_when_the_dates_are_the_wrong_way_round(
    cpts: Cpts, desk: Client
) -> None:
    sent = typed(ends_on="2027-09-01", goal="Toucher cent femmes")

    response = desk.post(address("campaign_new", cpts) + "?modele=sans", sent)

    page = response.content.decode()
    assert (response.status_code, Campaign.objects.count()) == (422, 0)
    assert "La fin vient avant le début" in page
    assert 'value="Toucher cent femmes"' in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "Donnez un titre à la campagne."),
        ({"topic": "inconnu"}, "Choisissez un thème de la liste."),
        ({"target_people": "0"}, "Écrivez un nombre de personnes, ou rien."),
        ({"target_people": "beaucoup"}, "Écrivez un nombre de personnes, ou rien."),
        ({"communes": ["99999"]}, "Choisissez des communes de la CPTS."),
        ({"starts_on": "31/02/2027"}, "Cette date n’existe pas"),
        ({"budget_note": "x" * 1001}, "C’est trop long"),
    ],
)
def test_bad_words_of_a_campaign_are_told_in_french(
    cpts: Cpts, desk: Client, change: dict[str, Any], sentence: str
) -> None:
    response = desk.post(address("campaign_new", cpts) + "?modele=sans", typed(**change))

    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_an_unknown_template_does_not_exist(cpts: Cpts, desk: Client) -> None:
    assert desk.get(address("campaign_new", cpts) + "?modele=pas-la").status_code == 404


@pytest.mark.parametrize(
    ("code", "today", "season"),
    [
        ("octobre-rose", TODAY, (date(2027, 10, 1), date(2027, 10, 31))),
        ("octobre-rose", date(2026, 10, 31), (date(2026, 10, 1), date(2026, 10, 31))),
        ("grippe", TODAY, (date(2026, 10, 1), date(2027, 1, 31))),
        ("grippe", date(2027, 1, 15), (date(2026, 10, 1), date(2027, 1, 31))),
        ("grippe", date(2027, 2, 1), (date(2027, 10, 1), date(2028, 1, 31))),
        ("mars-bleu", TODAY, (date(2027, 3, 1), date(2027, 3, 31))),
        ("mal-de-dos", TODAY, (date(2026, 12, 1), date(2026, 12, 31))),
        ("mal-de-dos", date(2026, 12, 3), (date(2027, 1, 1), date(2027, 1, 31))),
    ],
)
def test_the_next_season_of_a_template(code: str, today: date, season: tuple[date, date]) -> None:
    template = CampaignTemplate.objects.get(code=code)

    assert queries.next_season(template, today) == season


def test_what_comes_soon_in_the_calendar_stands_first() -> None:
    shelves = {
        shelf.code: [template.code for template, _first, _last in shelf.templates]
        for shelf in queries.shelves_at(TODAY)
    }

    assert list(shelves) == ["soon", "later", "always", "inside"]
    assert {"grippe", "mois-sans-tabac", "defi-de-janvier"} <= set(shelves["soon"])
    assert "octobre-rose" in shelves["later"]


# --- Publishing and ending ------------------------------------------------------------------
def test_a_campaign_without_a_page_is_not_published(cpts: Cpts, coordinator: Membership) -> None:
    with pytest.raises(Refused, match="Écrivez d’abord une page"):
        actions.publish(draft(cpts), by=coordinator)


def test_a_campaign_that_is_over_is_not_published(cpts: Cpts, coordinator: Membership) -> None:
    passed = timezone.localdate() - timedelta(days=1)
    campaign = draft(cpts, starts_on=passed, ends_on=passed)
    CampaignPageFactory(campaign=campaign)

    with pytest.raises(Refused, match="déjà passée"):
        actions.publish(campaign, by=coordinator)


def test_publishing_is_traced_and_done_once(cpts: Cpts, desk: Client) -> None:
    campaign = draft(cpts)
    CampaignPageFactory(campaign=campaign)

    first = desk.post(address("campaign_publish", cpts, campaign.pk))
    second = desk.post(address("campaign_publish", cpts, campaign.pk))

    campaign.refresh_from_db()
    trace = AuditEntry.objects.get(subject_kind="prevention.campaign", verb="publish")
    assert (first.status_code, second.status_code) == (302, 409)
    assert (campaign.status, trace.source, trace.target) == ("published", "draft", "published")
    assert "n’est plus possible" in second.content.decode()


def test_a_campaign_is_not_closed_before_its_last_session(cpts: Cpts, desk: Client) -> None:
    session = SessionFactory(campaign__cpts=cpts)

    response = desk.post(address("campaign_close", cpts, session.campaign_id))

    assert response.status_code == 409
    assert "Il reste 1 séance à venir" in response.content.decode()


def test_a_closed_campaign_does_not_change(cpts: Cpts, coordinator: Membership) -> None:
    campaign = CampaignFactory(cpts=cpts)
    actions.close(campaign, by=coordinator)

    with pytest.raises(Refused, match="copiez-la"):
        actions.edit(campaign, words(), by=coordinator)
    with pytest.raises(Refused, match="copiez-la"):
        pages.write_page(campaign, title="Après", body="Trop tard", by=coordinator)


def test_edit_keeps_what_was_typed_when_the_campaign_was_closed_meanwhile(
    cpts: Cpts, desk: Client
) -> None:
    campaign = CampaignFactory(cpts=cpts, status=CampaignStatus.CLOSED)

    response = desk.post(address("campaign_edit", cpts, campaign.pk), typed(title="Autre titre"))

    assert response.status_code == 409
    assert 'value="Autre titre"' in response.content.decode()


def test_a_stale_form_overwrites_nothing_unseen_then_is_believed(cpts: Cpts, desk: Client) -> None:
    campaign = CampaignFactory(cpts=cpts)
    page = address("campaign_edit", cpts, campaign.pk)
    sent = typed(title="Ma version", seen=desk.get(page).context["form"]["seen"].value())
    Campaign.objects.filter(pk=campaign.pk).update(goal="Écrit par une autre")

    told = desk.post(page, sent)
    again = desk.post(page, {**sent, "seen": told.context["form"]["seen"].value()})

    campaign.refresh_from_db()
    assert (told.status_code, again.status_code, campaign.title) == (409, 302, "Ma version")
    assert "Quelqu’un l’a modifiée entre-temps" in told.content.decode()
    assert 'value="Ma version"' in told.content.decode()


def test_a_stale_page_is_told_too(cpts: Cpts, desk: Client) -> None:
    page = CampaignPageFactory(campaign__cpts=cpts)
    shown = address("campaign_page_edit", cpts, page.pk)
    seen = desk.get(shown).context["form"]["seen"].value()
    CampaignPage.objects.filter(pk=page.pk).update(body="Écrit par une autre")

    told = desk.post(shown, {"title": "Mon titre", "body": "Mon texte", "seen": seen})

    page.refresh_from_db()
    assert (told.status_code, page.body) == (409, "Écrit par une autre")
    assert "Mon texte" in told.content.decode()


# --- Next season ----------------------------------------------------------------------------
def told_whole(cpts: Cpts, by: Membership) -> Campaign:
    """A campaign with a page, a picture, a partner, a session, and plans of both kinds."""
    campaign: Campaign = CampaignFactory(
        cpts=cpts,
        title="Octobre rose 2026",
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 10, 31),
    )
    page = CampaignPageFactory(campaign=campaign)
    pages.add_picture(page, Drawn(b"RIFF", 4, 3), alt="Un ruban rose", by=by)
    pages.add_partner(campaign, name="Mairie de Laventie", contribution="la salle", by=by)
    SessionFactory(campaign=campaign)
    PlanFactory(campaign=campaign, approved_by=None)
    recalls = RecallListFactory(campaign=campaign)
    PlanFactory(campaign=campaign, audience=Audience.RECALLED, recall_list=recalls)
    return campaign


def test_a_copy_keeps_words_and_pictures_and_starts_a_year_later(
    cpts: Cpts, coordinator: Membership
) -> None:
    campaign = told_whole(cpts, coordinator)

    copied = actions.copy_to_next_season(campaign, by=coordinator)

    picture = copied.pages.get().pictures.get()
    assert (copied.title, copied.status, copied.previous) == (
        "Octobre rose 2027",
        "draft",
        campaign,
    )
    assert (copied.starts_on, copied.ends_on) == (date(2027, 10, 1), date(2027, 10, 31))
    assert (bytes(picture.content), picture.alt) == (b"RIFF", "Un ruban rose")
    assert copied.partners.get().name == "Mairie de Laventie"
    assert copied.sessions.count() == 0


def test_a_copy_takes_the_plans_of_sessions_as_drafts(cpts: Cpts, coordinator: Membership) -> None:
    copied = actions.copy_to_next_season(told_whole(cpts, coordinator), by=coordinator)

    plan = copied.plans.get()
    assert (plan.audience, plan.status, plan.offset_days) == ("registered", "draft", -7)
    assert (plan.written_by, plan.approved_by) == (coordinator, None)


def test_a_second_copy_is_the_first(cpts: Cpts, desk: Client, coordinator: Membership) -> None:
    campaign = told_whole(cpts, coordinator)

    answers = {
        desk.post(address("campaign_copy", cpts, campaign.pk))["Location"] for _click in range(2)
    }

    assert (len(answers), Campaign.objects.count()) == (1, 2)


def test_a_draft_is_not_copied(cpts: Cpts, coordinator: Membership) -> None:
    with pytest.raises(Refused, match="publiez-la d’abord"):
        actions.copy_to_next_season(draft(cpts), by=coordinator)


def test_a_leap_day_becomes_the_28th() -> None:
    assert actions.a_year_later(date(2028, 2, 29)) == date(2029, 2, 28)


def test_history_shows_the_seasons_before_and_after(cpts: Cpts, coordinator: Membership) -> None:
    first = CampaignFactory(cpts=cpts, starts_on=date(2025, 10, 1), ends_on=date(2025, 10, 31))
    second = actions.copy_to_next_season(first, by=coordinator)
    Campaign.objects.filter(pk=second.pk).update(status="published", published_at=timezone.now())
    third = actions.copy_to_next_season(second, by=coordinator)

    assert queries.history_of(second) == [third, first]
    assert queries.history_of(first) == [third, second]


# --- What the desk sees ---------------------------------------------------------------------
def test_the_list_opens_on_what_runs_and_narrows_to_a_season(cpts: Cpts, desk: Client) -> None:
    CampaignFactory(cpts=cpts, title="De cette saison", starts_on=date(2026, 10, 1))
    CampaignFactory(cpts=cpts, title="D’avant", starts_on=date(2025, 10, 1))

    whole = desk.get(address("campaign_list", cpts)).content.decode()
    narrowed = desk.get(address("campaign_list", cpts) + "?saison=2025").content.decode()

    assert ("De cette saison" in whole, "D’avant" in whole) == (True, True)
    assert ("De cette saison" in narrowed, "D’avant" in narrowed) == (False, True)
    assert desk.get(address("campaign_list", cpts) + "?vue=autre").status_code == 404


def test_the_list_costs_the_same_for_one_campaign_and_three(cpts: Cpts, desk: Client) -> None:
    SessionFactory(campaign__cpts=cpts)
    desk.get(address("campaign_list", cpts))
    with CaptureQueriesContext(connection) as alone:
        desk.get(address("campaign_list", cpts))
    SessionFactory(campaign__cpts=cpts)
    SessionFactory(campaign__cpts=cpts)

    with CaptureQueriesContext(connection) as together:
        desk.get(address("campaign_list", cpts))

    assert len(together) == len(alone)


def test_the_hub_says_what_is_left_to_prepare(cpts: Cpts) -> None:
    campaign = draft(cpts)
    CampaignPageFactory(campaign=campaign)

    steps = queries.steps_of(campaign, queries.pages_of(campaign))

    assert [(step.code, step.is_done) for step in steps] == [
        ("page", True),
        ("session", False),
        ("reminder", False),
    ]


def test_the_hub_shows_everything_of_a_campaign(
    cpts: Cpts, desk: Client, coordinator: Membership
) -> None:
    campaign = told_whole(cpts, coordinator)

    page = desk.get(address("campaign_show", cpts, campaign.pk)).content.decode()

    shown = ("Mairie de Laventie", "Pourquoi venir", "Salle des fêtes", "saison suivante")
    assert [one for one in shown if one not in page] == []


def test_members_read_what_is_published_and_no_draft(
    cpts: Cpts, client: Client, gp: Membership, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(gp.user)
    campaign, hidden = CampaignFactory(cpts=cpts), draft(cpts)
    CampaignPageFactory(campaign=campaign, body="Voir https://exemple.example\n\n<b>gras</b>")

    page = client.get(address("campaign_read", cpts, campaign.pk)).content.decode()

    assert '<a href="https://exemple.example" rel="nofollow">' in page
    assert "&lt;b&gt;gras&lt;/b&gt;" in page
    assert client.get(address("campaign_read", cpts, hidden.pk)).status_code == 404
    assert client.get(address("campaign_list", cpts)).status_code == 403


# --- Pages and partners ---------------------------------------------------------------------
def test_pages_are_written_moved_and_removed(cpts: Cpts, desk: Client) -> None:
    campaign = draft(cpts)
    for title in ("Première", "Deuxième"):
        sent = {"title": title, "body": "Un paragraphe.\n\nUn autre."}
        desk.post(address("campaign_page_new", cpts, campaign.pk), sent)
    second = campaign.pages.get(title="Deuxième")

    desk.post(address("campaign_page_move", cpts, second.pk))
    moved = [page.title for page in campaign.pages.all()]
    desk.post(address("campaign_page_move", cpts, second.pk))
    desk.post(address("campaign_page_remove", cpts, second.pk))

    assert moved == ["Deuxième", "Première"]
    assert [page.title for page in campaign.pages.all()] == ["Première"]


def test_a_published_campaign_keeps_a_page(cpts: Cpts, desk: Client) -> None:
    page = CampaignPageFactory(campaign__cpts=cpts)

    response = desk.post(address("campaign_page_remove", cpts, page.pk))

    assert (response.status_code, CampaignPage.objects.count()) == (409, 1)


def test_an_empty_page_is_told_and_its_title_stays(cpts: Cpts, desk: Client) -> None:
    page = CampaignPageFactory(campaign__cpts=cpts)

    response = desk.post(
        address("campaign_page_edit", cpts, page.pk), {"title": "Mon titre", "body": " "}
    )

    shown = response.content.decode()
    assert response.status_code == 422
    assert "Écrivez le texte de la page." in shown
    assert 'value="Mon titre"' in shown


def test_a_partner_is_noted_once(cpts: Cpts, desk: Client) -> None:
    campaign = CampaignFactory(cpts=cpts)
    sent = {"name": "Ligue contre le cancer", "contribution": "deux bénévoles"}

    first, second = (
        desk.post(address("partner_add", cpts, campaign.pk), sent) for _click in range(2)
    )

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Ce partenaire est déjà noté." in second.content.decode()
    desk.post(address("partner_remove", cpts, campaign.partners.get().pk))
    assert campaign.partners.count() == 0


def test_a_partner_without_a_name_is_told_on_the_hub(cpts: Cpts, desk: Client) -> None:
    campaign = CampaignFactory(cpts=cpts)

    response = desk.post(address("partner_add", cpts, campaign.pk), {"contribution": "la salle"})

    assert response.status_code == 422
    assert "Écrivez le nom du partenaire." in response.content.decode()


def test_the_board_runs_no_campaign(cpts: Cpts, client: Client, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    client.force_login(MembershipFactory(cpts=cpts, role=Role.BOARD).user)
    campaign = CampaignFactory(cpts=cpts)

    assert client.get(address("campaign_show", cpts, campaign.pk)).status_code == 403
    assert client.get(address("campaign_read", cpts, campaign.pk)).status_code == 200
