"""Filters and tags of the portal's own templates: hours, days, phones, icons, navigation."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, override
from lucide.templatetags.lucide import lucide

from cpts_portal.core import forms as portal_forms
from cpts_portal.core.identifiers import format_phone

register = template.Library()

TIED = "\u00a0"
"""No-break space inside « 14 h 20 »; the narrow one is next to nothing in the display font."""


# --- Moments: each distinct day is worded once, since wording is half the cost of a long list ---
@lru_cache(maxsize=4096)
def _worded(moment: date, pattern: str, language: str) -> str:
    """French says « 1er novembre », and « 2 novembre »."""
    if moment.day == 1 and language == "fr":
        pattern = pattern.replace("j", r"1\e\r")
    with override(language):
        return date_format(moment, pattern)


def _day_of(moment: date | datetime) -> date:
    """Paris day of a moment; a plain date is its own day."""
    if isinstance(moment, datetime):
        return timezone.localtime(moment).date()
    return moment


def _language() -> str:
    return get_language() or "fr"


@register.filter
def hour(moment: datetime | None) -> str:
    """Paris hour of an aware moment: « 14 h 20 » in French, « 14:20 » in English; "" for none."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    if _language() == "en":
        return f"{local:%H:%M}"
    return f"{local.hour}{TIED}h{TIED}{local:%M}"


@register.filter
def duration(minutes: int | None) -> str:
    """« 45 min », « 1 h 30 » in both languages; "" for none."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    return f"{hours}{TIED}h{TIED}{rest:02d}" if hours else f"{rest}{TIED}min"


@register.filter
def day(moment: date | datetime | None) -> str:
    """« lundi 23 novembre », with the year when it is not this one; "" for none."""
    if moment is None:
        return ""
    shown = _day_of(moment)
    pattern = "l j F" if shown.year == timezone.localdate().year else "l j F Y"
    return _worded(shown, pattern, _language())


@register.filter
def day_short(moment: date | datetime | None) -> str:
    """« 23 nov. », with the year when it is not this one; "" for none."""
    if moment is None:
        return ""
    shown = _day_of(moment)
    pattern = "j N" if shown.year == timezone.localdate().year else "j N Y"
    return _worded(shown, pattern, _language())


@register.filter
def day_full(moment: date | datetime | None) -> str:
    """« 23 novembre 1948 », always with its year: birth dates, deadlines; "" for none."""
    return _worded(_day_of(moment), "j F Y", _language()) if moment else ""


@register.filter
def ago(moment: datetime | None) -> str:
    """« aujourd’hui, 9 h 12 », « hier, 18 h 40 », else « 12 nov., 9 h 12 »; "" for none."""
    if moment is None:
        return ""
    shown, today = _day_of(moment), timezone.localdate()
    if shown == today:
        name = gettext("aujourd’hui")
    elif shown == today - timedelta(days=1):
        name = gettext("hier")
    else:
        name = day_short(shown)
    return f"{name}, {hour(moment)}"


@register.filter
def iso(moment: datetime | date | None) -> str:
    """For `<time datetime>`; "" for none."""
    return moment.isoformat() if moment else ""


# --- Words and numbers --------------------------------------------------------------------------
@register.filter
def phone(number: str | None) -> str:
    """E.164 as a French reader writes it: « 02 61 91 00 10 »; anything else as it stands."""
    if not number:
        return ""
    try:
        return format_phone(number)
    except (ValueError, ValidationError):
        return number


@register.filter
def euros(amount: Decimal | int | None) -> str:
    """« 35 € », « 35,50 € », as the language writes it; "" for none."""
    if amount is None:
        return ""
    decimals = 0 if amount == int(amount) else 2
    return f"{number_format(amount, decimals, force_grouping=True)}{TIED}€"


BROWSERS = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {mark: mark for mark in ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")}
"""Marks found in a User-Agent, the telling ones first: Edge also says Chrome, Android Linux."""


@register.filter
def device(user_agent: str) -> str:
    """« Firefox, Windows »: enough to know one's own device; the first words of the rest."""
    found = [
        next((name for mark, name in names.items() if mark in user_agent), "")
        for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, found)) or user_agent[:40]


@register.filter
def error_entries(form: BaseForm) -> list[tuple[str, str]]:
    """(id of the first input, message) for each error of any Django form, in field order."""
    return portal_forms.error_entries(form)


@register.filter
def error_id(field: BoundField) -> str:
    return f"{field.auto_id}_error"


@register.filter
def is_kind(field: BoundField, kinds: str) -> bool:
    """True if the field's widget is of one of the comma-separated `kinds`."""
    return field.widget_type in kinds.split(",")


# --- Pictures -----------------------------------------------------------------------------------
@lru_cache(maxsize=256)
def _drawing(name: str, css_class: str) -> str:
    drawn = lucide(name, size=None, **{"class": css_class, "aria-hidden": "true"})
    drawn = re.sub(r' (?:width|height|fill|stroke)="(?:24|none|currentColor)"', "", drawn, count=4)
    return re.sub(r">\s+<", "><", drawn).replace(" />", "/>")


@register.simple_tag
def icon(name: str, css_class: str = "i") -> SafeString:
    """A Lucide drawing, one text high and hidden from screen readers: the words stand beside."""
    return mark_safe(_drawing(str(name) + "", css_class))  # noqa: S308 — the package's own SVG


@register.filter
def inline_svg(document: str) -> SafeString:
    """An SVG document made by the server, without its prolog, to stand inside a page."""
    return mark_safe(document[document.index("<svg") :])  # noqa: S308 — a drawing of our own


_BARS = (
    '<svg class="bars" viewBox="0 0 16 16" aria-hidden="true">'
    '<rect x="1" y="10" width="3.5" height="5" rx="1"/>'
    '<rect x="6.25" y="6" width="3.5" height="9" rx="1"/>'
    '<rect x="11.5" y="1" width="3.5" height="14" rx="1"/></svg>'
)


@register.simple_tag
def priority_bars(rank: int) -> SafeString:
    """The three bars of a priority P1 (most urgent) to P5; give the parent `pr p{{ … }}`."""
    return mark_safe(_BARS)  # noqa: S308 — a constant


@register.filter
def bars_class(rank: int) -> str:
    """CSS class of a priority rank: P1 and P2 are loud, P3 and P4 middling, P5 quiet."""
    return {1: "p3", 2: "p3", 3: "p2", 4: "p2"}.get(rank, "p1")


# --- Navigation ---------------------------------------------------------------------------------
@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(
    context: Context,
    url_name: str,
    icon_name: str,
    label: str,
    count: int | None = None,
    css_class: str = "n",
    also: str = "",
    but: str = "",
) -> dict[str, Any]:
    """A link of the main navigation of the open CPTS; `current` on every page of the same noun.

    `also` names other nouns of the same app whose pages lie behind it: `also="minutes statement"`;
    `but` names pages of the noun that do not: `but="membership_mine"`.
    """
    request = context["request"]
    viewed = request.resolver_match.view_name if request.resolver_match else ""
    app = url_name.partition(":")[0]
    nouns = (url_name.rpartition("_")[0] or url_name, *(f"{app}:{one}_" for one in also.split()))
    is_behind = viewed.startswith(nouns) and viewed not in {f"{app}:{one}" for one in but.split()}
    return {
        "href": reverse(url_name, kwargs={"cpts": request.cpts.slug}),
        "icon_name": icon_name,
        "label": label,
        "count": count,
        "css_class": css_class,
        "current": "page" if viewed == url_name else "true" if is_behind else "",
    }


@register.filter
def way_back(request: HttpRequest | None) -> str:
    """Path of the page that led here if it is one of ours and not this one, else the home page."""
    if not request:
        return reverse("home")
    came_from = urlsplit(request.headers.get("referer", ""))
    if came_from.netloc != request.get_host() or came_from.path == request.path:
        return reverse("home")
    return f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path


@register.simple_tag
def tel(number: str) -> SafeString:
    """A call link showing the number as it is read."""
    return format_html('<a class="num" href="tel:{}">{}</a>', number, phone(number))


@register.simple_tag
def mail(address: str) -> SafeString:
    """A link that writes to the address; in a narrow column it breaks before the @."""
    name, _at, domain = address.partition("@")
    return format_html('<a href="mailto:{}">{}<wbr>@{}</a>', address, name, domain)
