"""A word in a talk about an ad, and its reading: by its two sides, nobody else."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.refusals import NotPermitted, Refused
from members import rules
from members.actions.ads import taking_part
from members.models import Ad, AdMessage, Membership
from members.notifications import ads as notifications


@transaction.atomic
def write(
    ad: Ad, *, correspondent: Membership, body: str, key: UUID, by: Membership
) -> AdMessage | None:
    """Say something to the other side; the same `key` again is the same message.

    The other side gets one mail until she has read. Raises NotPermitted: not in the talk, lapsed;
    then Refused: the ad is closed, the other side is no longer a member.
    """
    _ask_side(ad, correspondent, by)
    by = taking_part(by)
    ad = Ad.objects.select_for_update(of=("self",)).select_related("author__user").get(pk=ad.pk)
    said = AdMessage.objects.filter(ad=ad, correspondent=correspondent)
    known = said.filter(key=key).first()
    if known is not None:
        return known
    _ask_open(ad, by, is_begun=said.exists())
    _ask_still_member(ad.author if by.pk != ad.author_id else correspondent)
    has_news = said.filter(author=by, read_at=None).exists()
    message: AdMessage = AdMessage.objects.create(
        cpts=ad.cpts, ad=ad, correspondent=correspondent, author=by, body=body, key=key
    )
    if not has_news:
        notifications.ad_answered(message)
    return message


@transaction.atomic
def read(ad: Ad, *, correspondent: Membership, by: Membership) -> int:
    """Note that one side has read the other; how many words were new to her."""
    _ask_side(ad, correspondent, by)
    new = AdMessage.objects.filter(ad=ad, correspondent=correspondent, read_at=None)
    return new.exclude(author=by).update(read_at=timezone.now())


def _ask_side(ad: Ad, correspondent: Membership, by: Membership) -> None:
    is_side = by.pk in (ad.author_id, correspondent.pk)
    if not is_side or ad.author_id == correspondent.pk:
        raise NotPermitted(_("Cet échange n’est ouvert qu’aux deux personnes qui s’écrivent."))


def _ask_open(ad: Ad, by: Membership, *, is_begun: bool) -> None:
    is_author = by.pk == ad.author_id
    today = timezone.localdate()
    if not rules.may_write_in_talk(ad, is_begun=is_begun, is_author=is_author, today=today):
        raise Refused(_("Cette annonce n’est plus à l’affiche : on ne peut plus y répondre."))


def _ask_still_member(other: Membership) -> None:
    if not Membership.objects.current().filter(pk=other.pk).exists():
        raise Refused(_("Cette personne n’est plus membre de la CPTS."))
