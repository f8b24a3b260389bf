"""Who is told of a newcomer: her neighbours if she agrees, and who accompanies her."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from cpts_portal.core import outbox
from cpts_portal.core.models import Message
from members.models import Membership, Practice, Welcome

FOLDER = "members/notifications"


def newcomer_introduced(
    welcome: Welcome, neighbour: Membership, *, practice: Practice
) -> Message | None:
    """Name, profession, place and her own words, once per neighbour."""
    if not neighbour.contact_email:
        return None
    slug, newcomer = welcome.cpts.slug, welcome.membership
    path = reverse("members:directory_detail", args=[slug, newcomer.pk])
    return outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=neighbour.contact_email,
        purpose="members.newcomer_introduced",
        occurrence=f"{welcome.pk}/{neighbour.pk}",
        template=f"{FOLDER}/newcomer_introduced",
        context={
            "newcomer": newcomer,
            "practice": practice,
            "words": welcome.words,
            "url": f"{settings.PUBLIC_URL}{path}",
        },
        subject=welcome,
    )


def mentor_chosen(welcome: Welcome) -> Message | None:
    """The mentor, with a link alone."""
    mentor = welcome.mentor
    if mentor is None or not mentor.contact_email:
        return None
    path = reverse("members:welcome_show", args=[welcome.cpts.slug])
    return outbox.post(
        channel=Message.Channel.EMAIL,
        recipient=mentor.contact_email,
        purpose="members.mentor_chosen",
        occurrence=f"{welcome.pk}/{mentor.pk}",
        template=f"{FOLDER}/mentor_chosen",
        context={"url": f"{settings.PUBLIC_URL}{path}"},
        subject=welcome,
    )


# --- Asked again before sending -------------------------------------------------------------
@outbox.needed("members.newcomer_introduced")
def _is_still_here(message: Message) -> bool:
    """Both are still members."""
    keys = [int(key) for key in message.occurrence.split("/")]
    welcome = Welcome.objects.filter(pk=keys[0]).first()
    if welcome is None:
        return False
    both = Membership.objects.current().filter(pk__in=[welcome.membership_id, keys[1]])
    return both.count() == 2


@outbox.needed("members.mentor_chosen")
def _is_still_mentor(message: Message) -> bool:
    mentor = int(message.occurrence.split("/")[1])
    kept = Welcome.objects.filter(pk=message.subject_id, mentor=mentor, finished_at=None)
    return kept.exists()
