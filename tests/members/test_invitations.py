"""An invitation: one link, one week, one account, and never a log-in by the link alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db.models import F
from django.test import Client
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.refusals import NotPermitted, Refused
from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.actions import invitations as actions
from members.models import Cpts, Invitation, Membership, Role, User
from members.queries.invitations import token_hash
from tests.factories import (
    CptsFactory,
    InvitationFactory,
    InvitedFactory,
    MembershipFactory,
    PlaceholderFactory,
    UserFactory,
)
from tests.members.conftest import PASSWORD, code_of, log_in, queries_of

pytestmark = pytest.mark.django_db
EMAIL = "claire@sante.example"
CHOSEN = {"username": "claire", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def invited(cpts: Cpts) -> Membership:
    person = PlaceholderFactory(first_name="Claire", last_name="Vasseur")
    return InvitedFactory(cpts=cpts, user=person, role=Role.SECRETARY, email=EMAIL)


@pytest.fixture
def link(invited: Membership, coordinator: Membership) -> str:
    actions.invite(invited, email=EMAIL, by=coordinator)
    return link_sent()


def link_sent() -> str:
    """The path of the link in the last message sent."""
    body = Message.objects.filter(purpose="members.invitation").latest("created_at").body
    [found] = re.findall(r"https?://[^/]+(/invitation/\S+/)", body)
    return str(found)


def test_bureau_sends_no_coordinator_s_key_to_an_address_of_its_choice(cpts: Cpts) -> None:
    board = MembershipFactory(cpts=cpts, role=Role.BOARD)
    coordinator = InvitedFactory(cpts=cpts, role=Role.COORDINATOR)

    with pytest.raises(NotPermitted, match="Seule la coordination"):
        actions.invite(coordinator, email="mine@sante.example", by=board)

    assert actions.invite_never_invited(by=board) == Invitation.objects.count() == 0


def test_account_once_opened_is_never_a_placeholder_again(
    invited: Membership, coordinator: Membership
) -> None:
    User.objects.filter(pk=invited.user_id).update(last_login=timezone.now())

    with pytest.raises(Refused, match="déjà son compte"):
        actions.invite(invited, email="mine@sante.example", by=coordinator)


# --- Sending ------------------------------------------------------------------------------------
def test_invite_posts_a_link_whose_hash_alone_is_kept(
    invited: Membership, coordinator: Membership
) -> None:
    invitation = actions.invite(invited, email=" Claire@Sante.Example ", by=coordinator)

    token = link_sent().split("/")[2]
    message = Message.objects.get(purpose="members.invitation")
    assert len(token) == 22
    assert (invitation.email, invitation.token_hash) == (EMAIL, token_hash(token))
    assert (message.recipient, str(invited.user) in message.body) == (EMAIL, False)
    assert timedelta(days=7) == invitation.expires_at - invitation.created_at


def test_invite_starts_its_link_at_the_public_url(
    invited: Membership, coordinator: Membership, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://portail.example"

    actions.invite(invited, email=EMAIL, by=coordinator)

    assert "\nhttps://portail.example/invitation/" in Message.objects.get().body


def test_invite_again_closes_the_link_before(invited: Membership, coordinator: Membership) -> None:
    first = actions.invite(invited, email=EMAIL, by=coordinator)
    second = actions.invite(invited, email=EMAIL, by=coordinator)

    first.refresh_from_db()
    assert (first.revoked_at is None, second.revoked_at) == (False, None)
    assert AuditEntry.objects.filter(verb="invite", subject_id=invited.pk).count() == 2


def test_invite_drops_the_mail_of_a_link_closed_before_it_left(
    invited: Membership, coordinator: Membership
) -> None:
    actions.invite(invited, email=EMAIL, by=coordinator)
    actions.invite(invited, email=EMAIL, by=coordinator)

    first, second = Message.objects.order_by("created_at")
    assert (outbox.deliver(first.pk), outbox.deliver(second.pk)) == (0, 1)


def test_invite_refuses_who_has_an_account(cpts: Cpts, coordinator: Membership) -> None:
    member = MembershipFactory(cpts=cpts)

    with pytest.raises(Refused, match="déjà son compte"):
        actions.invite(member, email=EMAIL, by=coordinator)


def test_invite_refuses_who_has_left(cpts: Cpts, coordinator: Membership) -> None:
    gone = InvitedFactory(cpts=cpts, ends_on=timezone.localdate() - timedelta(days=1))

    with pytest.raises(Refused, match="n’est plus membre"):
        actions.invite(gone, email=EMAIL, by=coordinator)


# --- The link -----------------------------------------------------------------------------------
def test_link_shows_who_invites_and_proposes_an_identifier(
    client: Client, link: str, coordinator: Membership
) -> None:
    page = client.get(link)

    text = page.content.decode()
    assert page.status_code == 200
    assert f"{coordinator.user} vous invite" in text
    assert page.context["form"]["username"].value() == "claire.vasseur"


def test_link_leaves_no_trace_of_itself(client: Client, link: str) -> None:
    page = client.get(link)

    assert page["Cache-Control"] == "no-store, private"
    assert page["Referrer-Policy"] == "strict-origin"
    assert "noindex" in page["X-Robots-Tag"]


def test_link_and_a_password_open_the_account_and_the_session(
    client: Client, link: str, invited: Membership
) -> None:
    response = client.post(link, CHOSEN)

    user = User.objects.get(pk=invited.user_id)
    address = EmailAddress.objects.get(user=user)
    assert (response.status_code, response.url) == (302, "/artois-lys/")
    assert (user.username, user.email, user.check_password(PASSWORD)) == ("claire", EMAIL, True)
    assert (address.email, address.primary, address.verified) == (EMAIL, True, True)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert Invitation.objects.get().accepted_at is not None
    assert AuditEntry.objects.filter(verb="accept_invitation", by=user).count() == 1


def test_path_from_the_invitation_to_the_second_factor_to_the_cpts(
    client: Client, link: str, django_capture_on_commit_callbacks: Any
) -> None:
    client.post(link, CHOSEN)
    kept_out = client.get("/artois-lys/")
    form = client.get("/compte/2fa/totp/activate/").context["form"]
    with django_capture_on_commit_callbacks(execute=True):
        enrolled = client.post("/compte/2fa/totp/activate/", {"code": code_of(form.secret)})
    inside = client.get("/artois-lys/")

    assert kept_out.url == "/compte/2fa/"
    assert enrolled.url == "/compte/2fa/recovery-codes/"
    assert inside.status_code == 200


def test_link_alone_logs_nobody_in(client: Client, link: str) -> None:
    client.get(link)
    wrong = client.post(link, {**CHOSEN, "password": "court", "again": "court"})

    assert wrong.status_code == 422
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password": "password1234", "again": "password1234"}, "password"),
        ({"password": "claire@sante", "again": "claire@sante"}, "password"),
        ({"again": "autre-chose-encore"}, "again"),
        ({"username": "deux mots"}, "username"),
        ({"username": "PRISE"}, "username"),
    ],
)
def test_link_refuses_a_weak_password_or_a_taken_identifier(
    client: Client, link: str, typed: dict[str, str], field: str
) -> None:
    UserFactory(username="prise")

    page = client.post(link, CHOSEN | typed)

    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert User.objects.get(username__startswith="membre-").email is None


def test_link_used_twice_makes_one_account(link: str, invited: Membership) -> None:
    first, second = Client(), Client()
    first.post(link, CHOSEN)
    again = second.post(link, CHOSEN | {"username": "autre"})

    invited.user.refresh_from_db()
    assert (again.status_code, invited.user.username) == (410, "claire")
    assert "déjà servi" in again.content.decode()
    assert "_auth_user_id" not in second.session


def test_link_clicked_twice_by_its_holder_leads_her_on(client: Client, link: str) -> None:
    client.post(link, CHOSEN)
    again = client.post(link, CHOSEN)

    assert (again.status_code, again.url) == (302, "/compte/mes-cpts/")


@pytest.mark.parametrize(
    ("days_old", "is_revoked", "words"),
    [(9, False, "Elle valait une semaine"), (0, True, "La coordination l’a retirée")],
)
def test_link_closed_says_whom_to_call(
    client: Client, link: str, cpts: Cpts, days_old: int, is_revoked: bool, words: str
) -> None:
    age = timedelta(days=days_old)
    Invitation.objects.update(
        created_at=F("created_at") - age,
        expires_at=F("expires_at") - age,
        revoked_at=timezone.now() if is_revoked else None,
    )

    page, posted = client.get(link), client.post(link, CHOSEN)

    text = page.content.decode()
    assert (page.status_code, posted.status_code) == (410, 410)
    assert words in text
    assert f"tel:{cpts.help_phone}" in text


def test_link_unknown_is_a_page(client: Client) -> None:
    page = client.get("/invitation/AAAAAAAAAAAAAAAAAAAAAA/")

    assert page.status_code == 404
    assert "Ce lien n’ouvre rien" in page.content.decode()


def test_link_asks_another_account_to_log_out_first(
    client: Client, link: str, person: User
) -> None:
    client.force_login(person)

    page = client.post(link, CHOSEN)

    assert "Fermez d’abord cette session" in page.content.decode()
    assert Invitation.objects.get().accepted_at is None


# --- Who has an account already -----------------------------------------------------------------
@pytest.fixture
def link_to_person(invited: Membership, coordinator: Membership, person: User) -> str:
    actions.invite(invited, email="MAUD@sante.example", by=coordinator)
    return link_sent()


@pytest.fixture
def elsewhere(person: User) -> Membership:
    """The person's place in another CPTS, of a role that sees no name."""
    return MembershipFactory(cpts=CptsFactory(slug="ailleurs"), user=person, role=Role.BOARD)


def test_link_asks_who_has_an_account_to_log_in(
    client: Client, link_to_person: str, elsewhere: Membership
) -> None:
    page = client.get(link_to_person)
    posted = client.post(link_to_person, CHOSEN)

    assert "Vous avez déjà un compte sur ce portail" in page.content.decode()
    assert (posted.status_code, "form" in posted.context) == (200, False)
    assert "_auth_user_id" not in client.session


def test_membership_moves_to_the_account_of_who_logs_in(
    client: Client, link_to_person: str, elsewhere: Membership, invited: Membership, person: User
) -> None:
    client.get(link_to_person)
    logged_in = log_in(client, next="/invitation/rattacher/")
    asked = client.get(logged_in.url)
    joined = client.post(logged_in.url)

    invited.refresh_from_db()
    assert asked.status_code == 200
    assert (joined.url, invited.user) == ("/artois-lys/", person)
    assert not User.objects.filter(username__startswith="membre-").exists()
    with scopes_disabled():
        assert Membership.objects.filter(user=person).count() == 2


def test_link_opened_while_logged_in_leads_straight_to_joining(
    client: Client, link_to_person: str, elsewhere: Membership, person: User
) -> None:
    client.force_login(person)

    response = client.get(link_to_person)

    assert (response.status_code, response.url) == (302, "/invitation/rattacher/")


def test_membership_stays_when_the_account_has_a_place_here_already(
    client: Client, link_to_person: str, invited: Membership, cpts: Cpts, person: User
) -> None:
    MembershipFactory(cpts=cpts, user=person, role=Role.BOARD)
    client.get(link_to_person)
    log_in(client)

    refused = client.post("/invitation/rattacher/")

    invited.refresh_from_db()
    assert refused.status_code == 409
    assert "Vous êtes déjà membre de cette CPTS" in refused.content.decode()
    assert invited.user != person


def test_joining_without_having_opened_the_link_is_a_404(
    client: Client, link_to_person: str, elsewhere: Membership, person: User
) -> None:
    client.force_login(person)

    assert client.post("/invitation/rattacher/").status_code == 404


def test_joining_with_another_account_is_refused(
    link_to_person: str, cpts: Cpts, invited: Membership
) -> None:
    with pytest.raises(Refused, match="pour un autre compte"):
        actions.claim(Invitation.objects.get(), user=UserFactory())

    invited.refresh_from_db()
    assert invited.user.email is None


def test_second_address_that_nobody_proved_is_nobody_s(
    client: Client, link: str, person: User
) -> None:
    EmailAddress.objects.create(user=person, email=EMAIL, verified=False)

    assert client.post(link, CHOSEN).url == "/artois-lys/"


# --- The desk -----------------------------------------------------------------------------------
@pytest.fixture
def desk(client: Client, place: Membership, totp: str) -> Client:
    client.force_login(place.user)
    return client


def test_desk_lists_the_members_without_account(desk: Client, invited: Membership) -> None:
    page = desk.get("/artois-lys/invitations/")

    assert [row.member for row in page.context["rows"]] == [invited]
    assert "jamais invité" in page.content.decode()


def test_desk_list_takes_as_many_queries_for_three_as_for_one(
    desk: Client, cpts: Cpts, invited: Membership
) -> None:
    InvitationFactory(membership=invited)
    for_one = queries_of(desk, "/artois-lys/invitations/")
    for _more in range(2):
        InvitationFactory(membership=InvitedFactory(cpts=cpts))

    assert queries_of(desk, "/artois-lys/invitations/") == for_one


def test_desk_sends_to_the_address_written(desk: Client, invited: Membership) -> None:
    sent = desk.post(
        f"/artois-lys/invitations/{invited.pk}/envoyer/", {"email": "autre@sante.example"}
    )

    assert sent.url == "/artois-lys/invitations/"
    assert Invitation.objects.get().email == "autre@sante.example"


def test_desk_keeps_a_wrong_address_on_the_page(desk: Client, invited: Membership) -> None:
    page = desk.post(f"/artois-lys/invitations/{invited.pk}/envoyer/", {"email": "autre@"})

    assert page.status_code == 422
    assert 'value="autre@"' in page.content.decode()
    assert Invitation.objects.count() == 0


def test_desk_revokes_and_a_second_click_is_told_so(
    desk: Client, invited: Membership, link: str
) -> None:
    desk.post(f"/artois-lys/invitations/{invited.pk}/retirer/")
    again = desk.post(f"/artois-lys/invitations/{invited.pk}/retirer/")

    assert Invitation.objects.get().revoked_at is not None
    assert again.status_code == 409


def test_desk_invites_all_who_never_were_once(
    desk: Client, cpts: Cpts, invited: Membership
) -> None:
    InvitationFactory(membership=InvitedFactory(cpts=cpts))
    InvitedFactory(cpts=cpts, email="")
    InvitedFactory(cpts=cpts)

    desk.post("/artois-lys/invitations/toutes/")
    desk.post("/artois-lys/invitations/toutes/")

    assert Message.objects.filter(purpose="members.invitation").count() == 2


def test_desk_of_another_cpts_finds_nobody(desk: Client) -> None:
    other = CptsFactory()
    with open_scope(cpts=other):
        theirs = InvitedFactory(cpts=other)

    assert (
        desk.post(f"/artois-lys/invitations/{theirs.pk}/envoyer/", {"email": EMAIL}).status_code
        == 404
    )
