"""An exchange about an ad: two people, no address, one mail until it is read."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from cpts_portal.core.refusals import NotPermitted, Refused
from members.actions import ad_messages as actions
from members.models import Ad, AdMessage, Cpts, Membership
from tests.factories import (
    AdFactory,
    AdMessageFactory,
    CollegeFactory,
    DelegationFactory,
    GpFactory,
    MembershipFactory,
)
from tests.members.conftest import queries_of

pytestmark = pytest.mark.django_db

WORDS = "Je suis libre en mars, appelons-nous."


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def ad(gp: Membership) -> Ad:
    return AdFactory(author=gp)


@pytest.fixture
def colleague(cpts: Cpts) -> Membership:
    return GpFactory(cpts=cpts)


def write(ad: Ad, correspondent: Membership, by: Membership, **given: Any) -> AdMessage | None:
    said = {"body": WORDS, "key": uuid.uuid4(), **given}
    return actions.write(ad, correspondent=correspondent, by=by, **said)


def talk_of(ad: Ad, correspondent: Membership | None = None) -> str:
    path = f"/artois-lys/annonces/{ad.pk}/echange/"
    return f"{path}{correspondent.pk}/" if correspondent else path


# --- Writing ----------------------------------------------------------------------------------
def test_write_tells_the_author_with_a_link_alone(ad: Ad, colleague: Membership) -> None:
    write(ad, colleague, colleague)

    message = Message.objects.get()
    assert message.recipient == ad.author.contact_email
    assert talk_of(ad, colleague) in message.body
    hidden = (WORDS, colleague.contact_email, colleague.user.last_name, ad.title)
    assert [word in message.title + message.body for word in hidden] == [False] * 4


def test_a_key_sent_in_two_talks_is_a_message_in_each(
    ad: Ad, colleague: Membership, cpts: Cpts
) -> None:
    key, other = uuid.uuid4(), GpFactory(cpts=cpts)

    for writer in (colleague, colleague, other):
        write(ad, writer, writer, key=key)

    said = AdMessage.objects.order_by("pk").values_list("correspondent", flat=True)
    assert list(said) == [colleague.pk, other.pk]


def test_write_back_tells_the_colleague(ad: Ad, colleague: Membership) -> None:
    write(ad, colleague, colleague)
    actions.read(ad, correspondent=colleague, by=ad.author)
    write(ad, colleague, ad.author)

    told = Message.objects.latest("created_at")
    assert told.recipient == colleague.contact_email
    assert talk_of(ad) + "\n" in told.body


def test_write_the_same_key_twice_is_one_message(ad: Ad, colleague: Membership) -> None:
    key = uuid.uuid4()

    first = write(ad, colleague, colleague, key=key)

    assert write(ad, colleague, colleague, key=key) == first
    assert AdMessage.objects.count() == 1


def test_a_second_word_before_the_first_is_read_sends_no_second_mail(
    ad: Ad, colleague: Membership
) -> None:
    write(ad, colleague, colleague)
    write(ad, colleague, colleague)

    assert (AdMessage.objects.count(), Message.objects.count()) == (2, 1)


def test_the_mail_does_not_leave_once_the_word_is_read(ad: Ad, colleague: Membership) -> None:
    write(ad, colleague, colleague)
    actions.read(ad, correspondent=colleague, by=ad.author)

    outbox.deliver_due()

    assert mail.outbox == []


def test_write_is_refused_to_a_lapsed_member(ad: Ad, cpts: Cpts) -> None:
    college = CollegeFactory(cpts=cpts, fee=20, grace_days=0)
    lapsed = GpFactory(cpts=cpts, college=college)

    with pytest.raises(NotPermitted, match="à jour"):
        write(ad, lapsed, lapsed)


def test_write_is_refused_to_a_third_person(
    ad: Ad, colleague: Membership, coordinator: Membership
) -> None:
    write(ad, colleague, colleague)

    with pytest.raises(NotPermitted, match="deux personnes"):
        write(ad, colleague, coordinator)


def test_the_author_does_not_write_first_nor_to_herself(ad: Ad, colleague: Membership) -> None:
    with pytest.raises(Refused):
        write(ad, colleague, ad.author)
    with pytest.raises(NotPermitted):
        write(ad, ad.author, ad.author)


def test_a_first_word_is_refused_once_the_ad_is_over(ad: Ad, colleague: Membership) -> None:
    Ad.objects.filter(pk=ad.pk).update(status="filled", closed_at=timezone.now())

    with pytest.raises(Refused, match="plus à l’affiche"):
        write(ad, colleague, colleague)


def test_an_exchange_goes_on_after_the_ad_is_over(ad: Ad, colleague: Membership) -> None:
    write(ad, colleague, colleague)
    Ad.objects.filter(pk=ad.pk).update(status="filled", closed_at=timezone.now())

    write(ad, colleague, ad.author)

    assert AdMessage.objects.count() == 2


def test_write_is_refused_to_somebody_who_has_left(ad: Ad, colleague: Membership) -> None:
    write(ad, colleague, colleague)
    today = timezone.localdate()
    gone = Membership.objects.filter(pk=colleague.pk)
    gone.update(ends_on=today - timedelta(days=1), end_reason="left")

    with pytest.raises(Refused, match="plus membre"):
        write(ad, colleague, ad.author)


# --- The page ---------------------------------------------------------------------------------
def test_the_page_sends_reads_and_shows_both_sides(
    client: Client, ad: Ad, colleague: Membership
) -> None:
    client.force_login(colleague.user)
    sent = client.post(talk_of(ad), {"body": WORDS, "key": uuid.uuid4()})
    client.force_login(ad.author.user)
    page = client.get(talk_of(ad, colleague)).content.decode()

    assert (sent.status_code, sent["Location"]) == (302, talk_of(ad))
    assert WORDS in page
    assert AdMessage.objects.get().read_at is not None


def test_one_s_own_words_are_not_read_by_oneself(
    client: Client, ad: Ad, colleague: Membership
) -> None:
    write(ad, colleague, colleague)
    client.force_login(colleague.user)

    client.get(talk_of(ad))

    assert AdMessage.objects.get().read_at is None


def test_an_exchange_does_not_exist_for_others(
    client: Client, ad: Ad, colleague: Membership, coordinator: Membership
) -> None:
    write(ad, colleague, colleague)
    secretary = DelegationFactory(principal=ad.author).delegate

    for other in (coordinator, secretary, GpFactory(cpts=ad.cpts)):
        client.force_login(other.user)
        assert client.get(talk_of(ad, colleague)).status_code == 404
        assert WORDS not in client.get(talk_of(ad)).content.decode()


def test_the_author_sees_no_exchange_that_nobody_began(
    client: Client, ad: Ad, colleague: Membership
) -> None:
    client.force_login(ad.author.user)

    assert client.get(talk_of(ad, colleague)).status_code == 404
    assert client.get(talk_of(ad))["Location"] == f"/artois-lys/annonces/{ad.pk}/"


@pytest.mark.parametrize("body", ["", "Voici : 2 84 05 62 841 012 42", "Bon\x07jour"])
def test_the_page_refuses_what_must_not_be_written(
    client: Client, ad: Ad, colleague: Membership, body: str
) -> None:
    client.force_login(colleague.user)

    response = client.post(talk_of(ad), {"body": body, "key": uuid.uuid4()})

    assert (response.status_code, AdMessage.objects.count()) == (422, 0)


def test_what_was_typed_stays_when_the_other_has_left(
    client: Client, ad: Ad, colleague: Membership
) -> None:
    write(ad, colleague, colleague)
    gone = Membership.objects.filter(pk=colleague.pk)
    gone.update(ends_on=timezone.localdate() - timedelta(days=1), end_reason="left")
    client.force_login(ad.author.user)

    response = client.post(talk_of(ad, colleague), {"body": "Et jeudi ?", "key": uuid.uuid4()})

    assert response.status_code == 409
    assert "Et jeudi ?" in response.content.decode()


def test_an_answer_to_an_ad_that_is_over_is_refused_at_the_door(
    client: Client, ad: Ad, colleague: Membership
) -> None:
    Ad.objects.filter(pk=ad.pk).update(status="withdrawn", closed_at=timezone.now())
    client.force_login(colleague.user)

    assert client.get(talk_of(ad)).status_code == 409


def test_the_ad_takes_as_many_queries_for_three_exchanges_as_for_one(
    client: Client, ad: Ad
) -> None:
    client.force_login(ad.author.user)
    AdMessageFactory(ad=ad)
    one = queries_of(client, f"/artois-lys/annonces/{ad.pk}/")

    for _number in range(2):
        AdMessageFactory(ad=ad, correspondent=MembershipFactory(cpts=ad.cpts))

    assert queries_of(client, f"/artois-lys/annonces/{ad.pk}/") == one
