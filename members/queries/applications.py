"""How an application is found, what its pages and the board's desk show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from cpts_portal.core.fields import keyed_hash
from cpts_portal.core.models import Commune
from cpts_portal.core.scoping import scopes_disabled
from cpts_portal.core.territory import fold, search_communes
from members.models import (
    Application,
    College,
    Cpts,
    Membership,
    Practice,
    RppsActivity,
)

Status = Application.Status
COMMUNES_READ = 12
TABS = {
    "a-examiner": [Status.SUBMITTED],
    "admises": [Status.ADMITTED],
    "refusees": [Status.REFUSED, Status.WITHDRAWN],
}


# --- Before one has an account --------------------------------------------------------------
def open_communities() -> list[Cpts]:
    """The CPTSs that a candidate may choose: open, with a college that is."""
    with scopes_disabled():
        colleges = College.objects.filter(cpts=OuterRef("pk"), is_open=True)
        return list(Cpts.objects.filter(Exists(colleges), is_active=True))


def communities_near(text: str) -> list[tuple[Cpts, Commune]]:
    """Open CPTSs that cover a commune so called, or of that postal code; one line a CPTS."""
    communes = search_communes(text, COMMUNES_READ)
    codes = [commune.pk for commune in communes]
    open_now = {cpts.pk: cpts for cpts in open_communities()}
    covered = Commune.objects.filter(pk__in=codes, coverage__cpts__in=open_now)
    found: dict[int, tuple[Cpts, Commune]] = {}
    for commune in sorted(covered.select_related("coverage"), key=lambda c: codes.index(c.pk)):
        found.setdefault(commune.coverage.cpts_id, (open_now[commune.coverage.cpts_id], commune))
    return list(found.values())


def active_cpts(slug: str) -> Cpts | None:
    return Cpts.objects.filter(slug=slug, is_active=True).first()


def open_colleges() -> list[College]:
    """Of the open CPTS, in its own order."""
    return list(College.objects.filter(is_open=True))


def application_of_key(key: Any) -> Application | None:
    """The draft, or what became of it, that this browser's cookie names."""
    return _whole().filter(key=key).first()


def _whole() -> QuerySet[Application]:
    found: QuerySet[Application] = Application.objects.select_related(
        "cpts", "college", "profession", "charter", "statutes", "decided_by__user"
    ).defer("charter__file", "statutes__file")
    return found


def locked(application: Application) -> Application | None:
    """The row as it is now, held until the caller commits; None when it is gone.

    Read in a second query: a join made while waiting for the lock would show the rows of before.
    """
    held = Application.objects.select_for_update(no_key=True).filter(pk=application.pk)
    return _whole().filter(pk=application.pk).first() if held.first() else None


def is_rpps_known(rpps: str, *, but: Application | None = None) -> bool:
    """Borne by a member, or by an application that waits; whose is told to nobody."""
    if not rpps:
        return False
    waiting = Application.objects.filter(status=Status.SUBMITTED, rpps=rpps)
    others = waiting.exclude(pk=but.pk) if but else waiting
    return others.exists() or Membership.objects.filter(rpps=rpps, ends_on=None).exists()


def is_otherwise_named(application: Application) -> bool:
    """The public register knows this RPPS under another name.

    A name within the other, such as a married name beside a maiden one, is the same.
    """
    known = RppsActivity.objects.filter(rpps=application.rpps) if application.rpps else []
    names = [frozenset(activity.search_name.split()) for activity in known]
    hers = frozenset(_folded(application.last_name, application.first_name).split())
    return bool(names) and not any(name <= hers or hers <= name for name in names)


def waiting_with_email(application: Application) -> Application | None:
    """Another application of the same proved address, already before the board."""
    others = _whole().filter(status=Status.SUBMITTED, email__iexact=application.email)
    return others.exclude(pk=application.pk).first()


def practices_in(communes: list[Commune]) -> QuerySet[Practice]:
    """The known places of the open CPTS in these communes, by name."""
    found: QuerySet[Practice] = Practice.objects.filter(commune__in=communes)
    return found.select_related("commune").order_by("name")


def places_of(application: Application) -> list[Any]:
    places = application.places.select_related("practice__commune", "commune")
    return list(places.prefetch_related("practice__hours"))


# --- The private link -----------------------------------------------------------------------
def token_of(application: Application) -> str:
    """128 bits that open the follow-up page, drawn from the form's own key: kept nowhere."""
    return keyed_hash(f"application/{application.key}")[:32]


def token_hash(token: str) -> str:
    return keyed_hash(token)


def application_of_token(token: str) -> Application | None:
    """Whatever its CPTS and its state: the token is the right."""
    with scopes_disabled():
        return _whole().filter(token_hash=token_hash(token)).first()


# --- The board's desk -----------------------------------------------------------------------
def filed() -> QuerySet[Application]:
    """Everything handed in, forgotten identities included."""
    return _whole().exclude(status=Status.DRAFT)


def in_tab(tab: str) -> QuerySet[Application]:
    """Waiting ones by age, decided ones the last first."""
    order = ["submitted_at"] if tab == "a-examiner" else ["-closed_at", "-pk"]
    return filed().filter(status__in=TABS[tab]).order_by(*order)


def tab_counts() -> dict[str, int]:
    counted = {tab: Count("pk", filter=Q(status__in=states)) for tab, states in TABS.items()}
    named = {tab.replace("-", "_"): count for tab, count in counted.items()}
    told = Application.objects.aggregate(**named)
    return {tab: told[tab.replace("-", "_")] for tab in TABS}


def to_ratify() -> QuerySet[Application]:
    """Admitted, not yet put to the assembly."""
    return filed().filter(status=Status.ADMITTED, ratified_on=None).order_by("decided_on", "pk")


@dataclass(frozen=True)
class Double:
    """Somebody of this CPTS who may be the same person, and what makes one think so."""

    membership: Membership
    reasons: list[str]

    @property
    def has_left(self) -> bool:
        return self.membership.ends_on is not None


def doubles_of(application: Application) -> list[Double]:
    """Members and past members with the same RPPS, e-mail or name, the surest first."""
    people = Membership.objects.filter(erased_at=None).exclude(application=application)
    alike = Q(email__iexact=application.email) | Q(user__email__iexact=application.email)
    if application.rpps:
        alike |= Q(rpps=application.rpps)
    alike |= Q(pk__in=_named_alike(people, application))
    found = people.filter(alike).select_related("user", "profession")
    doubles = [Double(person, _resemblances(application, person)) for person in found]
    return sorted(doubles, key=lambda double: (-len(double.reasons), -double.membership.pk))


def _named_alike(people: QuerySet[Membership], application: Application) -> list[int]:
    """Names are folded here: a CPTS has hundreds of members, past ones included."""
    wanted = _folded(application.last_name, application.first_name)
    names = people.values_list("pk", "user__last_name", "user__first_name")
    return [pk for pk, last, first in names if _folded(last, first) == wanted]


def _resemblances(application: Application, person: Membership) -> list[str]:
    """In words: what the two have in common."""
    user, email = person.user, application.email.casefold()
    same = {
        _("même RPPS"): bool(application.rpps) and application.rpps == person.rpps,
        _("même courriel"): email in {person.email.casefold(), (user.email or "").casefold()},
        _("même nom"): _folded(application.last_name, application.first_name)
        == _folded(user.last_name, user.first_name),
    }
    return [words for words, is_so in same.items() if is_so]


def _folded(last_name: str, first_name: str) -> str:
    return fold(f"{last_name} {first_name}")


def past_members_like(application: Application) -> list[Membership]:
    """Who may be coming back: the account of one of them may be used again."""
    return [double.membership for double in doubles_of(application) if double.has_left]
