"""What an address has refused, channel by channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cpts_portal.core.models import Message
from cpts_portal.core.outbox import recipient_hash
from members.models import Cpts
from prevention.models import OptOut, Registration, Topic
from prevention.queries.registrations import contact_of
from prevention.rules.unsubscribing import WayOut, topic_seal


@dataclass(frozen=True)
class Standing:
    """One channel of one address, and what it refuses: this topic, or all there is."""

    channel: str
    recipient_hash: str
    topic: Topic | None
    has_refused_topic: bool
    has_refused_all: bool

    @property
    def channel_label(self) -> str:
        return _("courriel") if self.channel == Message.Channel.EMAIL else _("SMS")

    @property
    def topic_label(self) -> str:
        """A discreet topic is not named, even here."""
        return "" if self.topic is None or self.topic.is_discreet else str(self.topic)

    @property
    def is_out(self) -> bool:
        return self.has_refused_topic or self.has_refused_all


def cpts_of(way: WayOut) -> Cpts | None:
    return Cpts.objects.filter(pk=way.cpts_id).first()


def standing_of(way: WayOut) -> Standing:
    """As the rows say now; a topic that exists no more leaves only all or nothing."""
    topic = next((one for one in Topic.objects.all() if topic_seal(one.pk) == way.topic_seal), None)
    return _standing(way.channel, way.recipient_hash, topic)


def standings_of(registration: Registration) -> list[Standing]:
    """Of each of her channels: an e-mail address, a number."""
    contact = contact_of(registration)
    if contact is None:
        return []
    ways = ((Message.Channel.EMAIL, contact.email), (Message.Channel.SMS, contact.phone))
    topic = registration.session.campaign.topic
    return [_standing(channel, recipient_hash(way), topic) for channel, way in ways if way]


def _standing(channel: str, address_hash: str, topic: Topic | None) -> Standing:
    refused = set(live(channel, address_hash).values_list("topic", flat=True))
    return Standing(
        str(channel),
        address_hash,
        topic,
        topic is not None and topic.pk in refused,
        None in refused,
    )


def live(channel: str, address_hash: str, about: Iterable[str] = ()) -> QuerySet[OptOut]:
    """What this address refuses now, about these topics if any are given, and about all."""
    found = OptOut.objects.filter(channel=channel, recipient_hash=address_hash, lifted_at=None)
    topics = list(about)
    return found.filter(Q(topic=None) | Q(topic__in=topics)) if topics else found
