"""Campaigns, sessions, registrations, reminders, recalls and materials; one module a noun."""

from prevention.models.campaigns import (
    LARGEST_PICTURE,
    Campaign,
    CampaignPage,
    CampaignPartner,
    CampaignQuerySet,
    CampaignStatus,
    Picture,
)
from prevention.models.events import EventsChange
from prevention.models.materials import (
    Kit,
    KitItem,
    Material,
    MaterialOrder,
    OrderLine,
)
from prevention.models.recalls import (
    RecallContact,
    RecallEntry,
    RecallList,
    RecallStatus,
)
from prevention.models.reference import (
    AgeBand,
    CampaignTemplate,
    Sex,
    TemplateReminder,
    Topic,
    is_for,
)
from prevention.models.registrations import (
    LIVE,
    SEATED,
    Feedback,
    HeadCount,
    Registration,
    RegistrationContact,
    RegistrationDraft,
    RegistrationQuerySet,
    RegistrationStatus,
)
from prevention.models.reminders import (
    Audience,
    Delivery,
    DeliveryQuerySet,
    DeliveryStatus,
    OptOut,
    PlanStatus,
    ReminderPlan,
)
from prevention.models.sessions import (
    MOST_SEATS,
    Session,
    SessionQuerySet,
    SessionStatus,
    Shift,
    Volunteer,
)
from prevention.models.settings import (
    PreventionTerms,
)

__all__ = [
    "LARGEST_PICTURE",
    "LIVE",
    "MOST_SEATS",
    "SEATED",
    "AgeBand",
    "Audience",
    "Campaign",
    "CampaignPage",
    "CampaignPartner",
    "CampaignQuerySet",
    "CampaignStatus",
    "CampaignTemplate",
    "Delivery",
    "DeliveryQuerySet",
    "DeliveryStatus",
    "EventsChange",
    "Feedback",
    "HeadCount",
    "Kit",
    "KitItem",
    "Material",
    "MaterialOrder",
    "OptOut",
    "OrderLine",
    "Picture",
    "PlanStatus",
    "PreventionTerms",
    "RecallContact",
    "RecallEntry",
    "RecallList",
    "RecallStatus",
    "Registration",
    "RegistrationContact",
    "RegistrationDraft",
    "RegistrationQuerySet",
    "RegistrationStatus",
    "ReminderPlan",
    "Session",
    "SessionQuerySet",
    "SessionStatus",
    "Sex",
    "Shift",
    "TemplateReminder",
    "Topic",
    "Volunteer",
    "is_for",
]
