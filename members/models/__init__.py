"""People, the communities they belong to, and the life of the association."""

from members.models.ads import LONGEST_AD, Ad, AdMessage, AdQuerySet
from members.models.applications import Application, ApplicationPlace
from members.models.colleges import College
from members.models.communities import (
    LARGEST_FILE,
    RESERVED_SLUGS,
    Contour,
    Cpts,
    CptsCommune,
    Document,
    Mission,
)
from members.models.governance import AgendaItem, Attendance, Group, Mandate, Meeting
from members.models.imports import ImportBatch, ImportRow, RppsActivity, RppsDifference
from members.models.memberships import Membership, MembershipQuerySet, Role
from members.models.newcomers import InstallationAid, Welcome, WelcomeStep, WelcomeTick
from members.models.people import User
from members.models.practices import OpeningHours, Practice, PracticeMember
from members.models.reference import Language, Profession, Skill
from members.models.subscriptions import ReceiptCounter, Subscription
from members.models.trust import Delegation, FactorReset, Invitation
from members.models.voices import (
    Suggestion,
    Survey,
    SurveyAnswer,
    SurveyBallot,
    SurveyQuestion,
)

__all__ = [
    "LARGEST_FILE",
    "LONGEST_AD",
    "RESERVED_SLUGS",
    "Ad",
    "AdMessage",
    "AdQuerySet",
    "AgendaItem",
    "Application",
    "ApplicationPlace",
    "Attendance",
    "College",
    "Contour",
    "Cpts",
    "CptsCommune",
    "Delegation",
    "Document",
    "FactorReset",
    "Group",
    "ImportBatch",
    "ImportRow",
    "InstallationAid",
    "Invitation",
    "Language",
    "Mandate",
    "Meeting",
    "Membership",
    "MembershipQuerySet",
    "Mission",
    "OpeningHours",
    "Practice",
    "PracticeMember",
    "Profession",
    "ReceiptCounter",
    "Role",
    "RppsActivity",
    "RppsDifference",
    "Skill",
    "Subscription",
    "Suggestion",
    "Survey",
    "SurveyAnswer",
    "SurveyBallot",
    "SurveyQuestion",
    "User",
    "Welcome",
    "WelcomeStep",
    "WelcomeTick",
]
