"""The directory as other programs and printers read it, from cards alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cpts_portal.core.identifiers import format_phone
from cpts_portal.core.templatetags.portal import day_full
from cpts_portal.core.territory import fold
from cpts_portal.core.vcard import Address, vcard
from members.models import Cpts
from members.queries.cards import Card, PlaceCard


def contact_card(card: Card, cpts: Cpts) -> str:
    """One vCard; what the card has not is not in it."""
    place = card.main_place
    organisation = card.organisation or (place.name if place else "") or cpts.name
    numbers = [card.phone, *(one.phone for one in card.places)]
    return vcard(
        family_name=card.last_name,
        given_name=card.first_name,
        honorific=card.title,
        profession=card.function,
        organisation=organisation,
        phones=[("voice", number) for number in dict.fromkeys(filter(None, numbers))],
        emails=list(filter(None, (card.email, card.mssante))),
        address=_address(place) if place else None,
        note=", ".join(card.skills),
    )


def contact_cards(cards: Iterable[Card], cpts: Cpts) -> str:
    """Several vCards in one file, which address books read at once."""
    return "".join(contact_card(card, cpts) for card in cards)


def _address(place: PlaceCard) -> Address:
    return Address(place.address, place.postal_code, place.commune.name)


def printed(cards: Sequence[Card], cpts: Cpts, asked: str = "") -> dict[str, Any]:
    """What templates/core/documents/directory.typ wants, a group for each profession."""
    count = ngettext("%(count)d membre", "%(count)d membres", len(cards)) % {"count": len(cards)}
    today = _("au %(day)s") % {"day": day_full(timezone.localdate())}
    ordered = sorted(cards, key=lambda card: fold(card.function))
    return {
        "title": _("Annuaire de la %(name)s") % {"name": cpts.name},
        "subtitle": ", ".join(filter(None, (count, today, asked))),
        "letterhead": {"name": cpts.name, "lines": _letterhead(cpts)},
        "pages": _("Page {page} sur {pages}"),
        "note": _("Document réservé aux membres de la CPTS. Il contient des données personnelles."),
        "groups": [
            {"heading": function, "entries": [_entry(card) for card in group]}
            for function, group in groupby(ordered, key=lambda card: card.function)
        ],
    }


def _letterhead(cpts: Cpts) -> list[str]:
    return list(filter(None, (cpts.address, format_phone(cpts.help_phone), cpts.email)))


def _entry(card: Card) -> dict[str, Any]:
    lines = [card.organisation, *(line for one in card.places for line in _place_lines(one))]
    numbers = filter(None, (card.phone,))
    lines += [format_phone(number) for number in numbers]
    lines += [card.mssante, card.email]
    return {
        "name": card.name,
        "role": ", ".join(card.skills),
        "lines": list(filter(None, lines)),
    }


def _place_lines(place: PlaceCard) -> list[str]:
    where = f"{place.address}, {place.postal_code} {place.commune.name}"
    phone = format_phone(place.phone) if place.phone else ""
    return [place.name, where, phone]
