"""The proof of erasure: three years after she left, what named a member is found nowhere."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.utils import timezone

from cpts_portal.core import audit, outbox, retention
from cpts_portal.core.models import AuditEntry, Message
from cpts_portal.core.scoping import open_scope, scopes_disabled
from members.actions import unused_accounts
from members.models import (
    Ad,
    AdMessage,
    Cpts,
    FactorReset,
    Group,
    ImportBatch,
    ImportRow,
    Invitation,
    Language,
    Mandate,
    Membership,
    Practice,
    Role,
    RppsDifference,
    Skill,
    Suggestion,
    User,
    Welcome,
)
from members.tasks.unused_accounts import warn_unused_accounts
from tests.factories import (
    ApplicationFactory,
    CptsFactory,
    DelegationFactory,
    FactorResetFactory,
    GpFactory,
    InvitationFactory,
    MembershipFactory,
    PlaceholderFactory,
    PracticeMemberFactory,
    UserFactory,
)
from tests.members.conftest import PASSWORD, log_in
from tests.patients.test_retention import whole_database

pytestmark = pytest.mark.django_db
THREE_YEARS = timedelta(days=1096)
UNIQUE = {
    "username": "zephirine-unique",
    "first_name": "Zephirine-Unique",
    "last_name": "Quatrebarbes-Unique",
    "email": "zephirine@unique.example",
    "second_email": "seconde@unique.example",
    "work_email": "cabinet@unique.example",
    "mssante": "zephirine@mssante.unique.example",
    "invited_email": "invitee@unique.example",
    "phone": "+33639980177",
    "rpps": "10009999999",
    "organisation": "Structure unique de Zéphirine",
    "other_skills": "Compétence unique de Zéphirine",
    "end_note": "Précision unique sur son départ",
    "ad": "Annonce unique de Zéphirine",
    "ad_message": "Réponse unique de Zéphirine",
    "suggestion": "Idée unique de Zéphirine",
    "welcome": "Mots uniques de bienvenue",
    "practice": "Cabinet unique de Zéphirine",
    "address": "1 rue Unique",
    "register": "Nom unique au registre",
    "import": "Ligne unique du fichier",
    "application": "Motivation unique de Zéphirine",
    "reason": "Raison unique pour Zéphirine",
    "letter": "Lettre unique à Zéphirine",
    "journal": "Journal unique de Zéphirine",
}


def found_of_her() -> list[str]:
    everything = whole_database()
    return sorted(name for name, value in UNIQUE.items() if value in everything)


def pick(*names: str) -> dict[str, Any]:
    return {name: UNIQUE[name] for name in names}


@pytest.fixture
def her(cpts: Cpts, coordinator: Membership) -> Membership:
    """A professional who left today, with everything that the portal may come to hold on her."""
    user = UserFactory(**pick("username", "first_name", "last_name", "email"))
    user.set_password(PASSWORD)
    user.save()
    for name in ("email", "second_email"):
        EmailAddress.objects.create(user=user, email=UNIQUE[name], primary=name == "email")
    her = GpFactory(
        cpts=cpts,
        user=user,
        email=UNIQUE["work_email"],
        public_fields=["identity", "phone"],
        **pick("mssante", "phone", "rpps", "organisation", "other_skills"),
    )
    her.skills.add(Skill.objects.first() or Skill.objects.create(label="Plaies"))
    her.languages.add(Language.objects.first() or Language.objects.create(label="picard"))
    _say(her, coordinator)
    _hold(her, coordinator)
    _write_to(her)
    log_in(Client(), UNIQUE["username"])
    her.ends_on, her.end_reason = timezone.localdate(), "left"
    her.end_note = UNIQUE["end_note"]
    her.save()
    return her


def _say(her: Membership, coordinator: Membership) -> None:
    """What she wrote."""
    today = timezone.localdate()
    for author in (her, coordinator):
        ad = Ad.objects.create(
            cpts=her.cpts,
            author=author,
            kind="premises",
            title="Local",
            body=UNIQUE["ad"] if author == her else "Local à louer.",
            expires_on=today,
        )
        AdMessage.objects.create(
            cpts=her.cpts,
            ad=ad,
            correspondent=her,
            author=her,
            body=UNIQUE["ad_message"],
            key=uuid.uuid4(),
        )
    Suggestion.objects.create(
        cpts=her.cpts, author=her, body=UNIQUE["suggestion"], key=uuid.uuid4()
    )
    Welcome.objects.create(cpts=her.cpts, membership=her, words=UNIQUE["welcome"])
    ApplicationFactory(
        cpts=her.cpts,
        status="admitted",
        membership=her,
        decided_on=today,
        decided_by=coordinator,
        closed_at=timezone.now(),
        words=UNIQUE["application"],
        **pick("first_name", "last_name", "email", "phone"),
    )


def _hold(her: Membership, coordinator: Membership) -> None:
    """What was held about her, or by her."""
    InvitationFactory(membership=her, email=UNIQUE["invited_email"], accepted_at=timezone.now())
    FactorResetFactory(membership=her, opened_by=coordinator)
    DelegationFactory(principal=her)
    bureau = Group.objects.create(cpts=her.cpts, name="Bureau", kind=Group.Kind.BUREAU)
    Mandate.objects.create(
        cpts=her.cpts,
        group=bureau,
        membership=her,
        starts_on=her.starts_on,
        ends_on=timezone.localdate(),
    )
    place = PracticeMemberFactory(membership=her)
    Practice.objects.filter(pk=place.practice_id).update(
        name=UNIQUE["practice"], address=UNIQUE["address"]
    )
    batch = ImportBatch.objects.create(
        cpts=her.cpts, file_name="membres.csv", created_by=coordinator
    )
    ImportRow.objects.create(
        cpts=her.cpts,
        batch=batch,
        line=2,
        verdict="ready",
        membership=her,
        data={"nom": UNIQUE["import"]},
    )
    RppsDifference.objects.create(
        cpts=her.cpts, membership=her, field="last_name", theirs=UNIQUE["register"]
    )
    audit.record(her, "end", by=coordinator, reason=UNIQUE["reason"])
    LogEntry.objects.create(
        user=coordinator.user,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(her.user_id),
        object_repr=UNIQUE["journal"],
        action_flag=CHANGE,
    )


def _write_to(her: Membership) -> None:
    for number, (contact, subject) in enumerate(
        ((UNIQUE["email"], her), (UNIQUE["work_email"], None), (UNIQUE["second_email"], None))
    ):
        with transaction.atomic():
            message: Any = outbox.post(
                channel="email",
                recipient=contact,
                purpose="members.tested",
                occurrence=str(number),
                template="members/notifications/account",
                context={"title": "Bonjour", "body": UNIQUE["letter"]},
                subject=subject,
                cpts=her.cpts if number < 2 else None,
            )
        outbox.deliver(message.pk)


# --- Members ------------------------------------------------------------------------------------
def test_erased_member_is_found_nowhere_in_the_database(her: Membership) -> None:
    assert found_of_her() == sorted(UNIQUE)

    run = retention.run(timezone.now() + THREE_YEARS)

    assert run.counts["members.left"] == 1
    assert found_of_her() == []


def test_erasure_keeps_the_figures(her: Membership) -> None:
    retention.run(timezone.now() + THREE_YEARS)

    her.refresh_from_db()
    assert (her.role, her.end_reason, str(her.user)) == ("professional", "left", "compte effacé")
    assert Mandate.objects.filter(membership=her).count() == 1
    assert AuditEntry.objects.filter(verb="end", subject_id=str(her.pk), reason="").count() == 1
    assert Message.objects.filter(purpose="members.tested", body="").count() == 3
    assert ImportRow.objects.count() == 0


def test_erased_account_opens_nothing(her: Membership) -> None:
    retention.run(timezone.now() + THREE_YEARS)

    user = User.objects.get(pk=her.user_id)
    assert (user.is_active, user.email, user.has_usable_password()) == (False, None, False)
    assert not EmailAddress.objects.filter(user=user).exists()
    assert not Authenticator.objects.filter(user=user).exists()
    assert Session.objects.count() == 0


def test_member_stays_until_three_years_after_she_left(her: Membership) -> None:
    run = retention.run(timezone.now() + timedelta(days=1095))

    assert run.counts["members.left"] == 0


def test_account_stays_for_the_cpts_where_its_owner_still_is(her: Membership) -> None:
    other = CptsFactory()
    with open_scope(cpts=other):
        MembershipFactory(cpts=other, user=her.user)

    retention.run(timezone.now() + THREE_YEARS)

    her.refresh_from_db()
    user = User.objects.get(pk=her.user_id)
    assert her.erased_at is not None
    assert (user.is_active, user.last_name) == (True, UNIQUE["last_name"])


def test_practice_stays_for_the_colleague_who_works_there(her: Membership) -> None:
    PracticeMemberFactory(membership=GpFactory(cpts=her.cpts), practice=her.practices.get())

    retention.run(timezone.now() + THREE_YEARS)

    assert Practice.objects.get().name == UNIQUE["practice"]


def test_published_idea_stays_without_its_author(her: Membership) -> None:
    Suggestion.objects.update(
        is_published=True,
        answer="Oui.",
        answered_by=Membership.objects.get(role=Role.COORDINATOR),
        answered_at=timezone.now(),
    )

    retention.run(timezone.now() + THREE_YEARS)

    assert Suggestion.objects.get().author is None


# --- Keys ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(("days", "left"), [(96, 1), (98, 0)])
def test_invitation_is_deleted_90_days_after_its_week(cpts: Cpts, days: int, left: int) -> None:
    InvitationFactory(membership__cpts=cpts)

    retention.run(timezone.now() + timedelta(days=days))

    assert Invitation.objects.count() == left


@pytest.mark.parametrize(("days", "left"), [(364, 1), (366, 0)])
def test_factor_reset_is_kept_a_year(cpts: Cpts, days: int, left: int) -> None:
    FactorResetFactory(membership=GpFactory(cpts=cpts))

    retention.run(timezone.now() + timedelta(days=days))

    assert FactorReset.objects.count() == left


# --- Unused accounts ----------------------------------------------------------------------------
def unused_for(days: int) -> User:
    user = UserFactory(
        email="oublie@sante.example", last_login=timezone.now() - timedelta(days=days)
    )
    user.set_password(PASSWORD)
    user.save()
    return user  # type: ignore[no-any-return]


def purposes() -> list[str]:
    return sorted(Message.objects.values_list("purpose", flat=True))


@pytest.mark.parametrize(
    ("days", "warned"),
    [
        (669, []),
        (671, ["members.unused_account"]),
        (716, ["members.unused_account_soon"]),
        (900, ["members.unused_account_soon"]),
    ],
)
def test_owner_is_warned_60_and_15_days_before_once_each(days: int, warned: list[str]) -> None:
    unused_for(days)

    warn_unused_accounts()
    warn_unused_accounts()

    assert purposes() == warned


def test_warning_is_dropped_once_she_logs_in() -> None:
    user = unused_for(671)
    warn_unused_accounts()
    user.last_login = timezone.now()
    user.save()

    assert outbox.deliver(Message.objects.get().pk) == 0


def test_unused_account_is_closed_and_told_once_warned() -> None:
    user = unused_for(716)
    warn_unused_accounts()
    Message.objects.update(created_at=timezone.now() - timedelta(days=15))
    User.objects.update(last_login=timezone.now() - timedelta(days=731))

    run = retention.run(timezone.now())

    user.refresh_from_db()
    assert run.counts["members.unused_accounts"] == 1
    assert (user.is_active, user.has_usable_password()) == (False, False)
    assert purposes() == ["members.account_closed", "members.unused_account_soon"]


def test_unused_account_stays_open_until_it_has_been_warned() -> None:
    user = unused_for(900)

    run = retention.run(timezone.now())

    user.refresh_from_db()
    assert run.counts["members.unused_accounts"] == 0
    assert user.is_active


def test_member_of_today_who_never_logs_in_loses_her_password_and_not_her_place(
    cpts: Cpts,
) -> None:
    user = unused_for(900)
    member = GpFactory(cpts=cpts, user=user)
    unused_accounts.close(user)

    user.refresh_from_db()
    assert (user.is_active, user.has_usable_password()) == (True, False)
    assert list(Membership.objects.current()) == [member]


def test_placeholders_and_the_staff_are_never_closed_for_disuse() -> None:
    long_ago = timezone.now() - timedelta(days=900)
    PlaceholderFactory(date_joined=long_ago)
    UserFactory(is_staff=True, date_joined=long_ago)

    warn_unused_accounts()
    with scopes_disabled():
        due = unused_accounts.to_close(timezone.now())

    assert (list(due), purposes()) == ([], [])
