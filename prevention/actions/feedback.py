"""What people thought of a session: three answers, of which nothing tells whose they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cpts_portal.core.refusals import NotPermitted, Refused
from prevention.models import Feedback, Registration, RegistrationStatus
from prevention.rules.feedback import is_time_to_answer, may_answer


@dataclass(frozen=True)
class Answers:
    """From 1 to 5 each."""

    welcome: int
    usefulness: int
    would_recommend: int


@transaction.atomic
def answer(registration: Registration, answers: Answers, *, by: Any) -> None:
    """Keep her answers, once; raises NotPermitted, then Refused.

    No trace is written: the order of the traces would tell which answers are whose.
    """
    if not may_answer(by, registration):
        raise NotPermitted(_("Les questions sont posées aux personnes qui sont venues."))
    if not is_time_to_answer(registration, timezone.now()):
        raise Refused(_("La séance n’est pas finie : donnez votre avis après."))
    still = {"status": RegistrationStatus.ATTENDED, "has_answered": False}
    hers = Registration.objects.filter(pk=registration.pk, **still)
    if not hers.update(has_answered=True):
        raise Refused(_("Vous avez déjà donné votre avis : merci."))
    Feedback.objects.create(
        cpts_id=registration.cpts_id, session=registration.session, **asdict(answers)
    )
