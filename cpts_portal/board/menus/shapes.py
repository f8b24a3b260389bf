"""What a menu is made of, and who sees what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from members import rules
from members.models import Membership, Role
from prevention.rules.campaigns import may_volunteer
from prevention.rules.recalls import may_add_to_recalls
from unscheduled_care.rules import is_clinician

Allows = Callable[[Membership], bool]


def everybody(member: Membership) -> bool:
    return member.role != Role.FUNDER


def governing(member: Membership) -> bool:
    return rules.governs(member, member)


def coordinating(member: Membership) -> bool:
    return member.role == Role.COORDINATOR


def caring(member: Membership) -> bool:
    return member.role == Role.PROFESSIONAL


def answering(member: Membership) -> bool:
    return member.role in (Role.PROFESSIONAL, Role.SECRETARY)


def at_the_desk(member: Membership) -> bool:
    return member.role in (Role.COORDINATOR, Role.SECRETARY)


def claiming(member: Membership) -> bool:
    return at_the_desk(member) or is_clinician(member)


def counting(member: Membership) -> bool:
    return member.role in (Role.COORDINATOR, Role.BOARD, Role.FUNDER)


def helping(member: Membership) -> bool:
    return may_volunteer(member, member)


def recalling(member: Membership) -> bool:
    return may_add_to_recalls(member, member)


def with_an_agenda(member: Membership) -> bool:
    return member.role == Role.SECRETARY or is_clinician(member)


@dataclass(frozen=True)
class Page:
    """`name` is a URL name that takes the CPTS alone."""

    name: str
    icon: str
    label: str | Promise
    hint: str | Promise
    allows: Allows = everybody


@dataclass(frozen=True)
class Section:
    title: str | Promise
    pages: tuple[Page, ...]
