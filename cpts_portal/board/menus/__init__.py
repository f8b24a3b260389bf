"""Which pages each member has, in the order of use: one list for the rail and for the menu."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from cpts_portal.board.menus.association import ASSOCIATION
from cpts_portal.board.menus.care import CARE
from cpts_portal.board.menus.prevention import PREVENTION
from cpts_portal.board.menus.shapes import Page
from members.models import Membership

SECTIONS = (*CARE, *PREVENTION, *ASSOCIATION)


@dataclass(frozen=True)
class Shown:
    """A page as one member sees it."""

    page: Page
    url: str


def sections_for(member: Membership) -> list[tuple[str | Promise, list[Shown]]]:
    """Each section with its pages open to this member; none that is empty."""
    shown = [
        (
            section.title,
            [
                Shown(page, reverse(page.name, args=[member.cpts.slug]))
                for page in section.pages
                if page.allows(member)
            ],
        )
        for section in SECTIONS
    ]
    return [(title, pages) for title, pages in shown if pages]
