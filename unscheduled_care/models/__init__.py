"""Slots, claims, needs and waiting lists; one module a noun."""

from unscheduled_care.models.availabilities import (
    Absence,
    Availability,
    AvailabilityException,
)
from unscheduled_care.models.board import BoardChange
from unscheduled_care.models.claims import (
    OUTCOMES,
    AgeBand,
    Claim,
    ClaimContact,
    ClaimStatus,
    Mobility,
    OwnGp,
    Sex,
)
from unscheduled_care.models.feeds import BusyFeed, BusyTime, CalendarFeed
from unscheduled_care.models.needs import CareNeed, NeedContact, NeedStatus, Wave
from unscheduled_care.models.offers import LONGEST, SHORTEST, Channel, Kind
from unscheduled_care.models.reference import Act, Reason, RedFlag
from unscheduled_care.models.settings import CareTerms, SasDesk
from unscheduled_care.models.slots import HORIZON, Hold, Slot, SlotQuerySet, SlotStatus
from unscheduled_care.models.waiting import (
    WaitingContact,
    WaitingEntry,
    WaitingOffer,
    WaitingStatus,
)

__all__ = [
    "HORIZON",
    "LONGEST",
    "OUTCOMES",
    "SHORTEST",
    "Absence",
    "Act",
    "AgeBand",
    "Availability",
    "AvailabilityException",
    "BoardChange",
    "BusyFeed",
    "BusyTime",
    "CalendarFeed",
    "CareNeed",
    "CareTerms",
    "Channel",
    "Claim",
    "ClaimContact",
    "ClaimStatus",
    "Hold",
    "Kind",
    "Mobility",
    "NeedContact",
    "NeedStatus",
    "OwnGp",
    "Reason",
    "RedFlag",
    "SasDesk",
    "Sex",
    "Slot",
    "SlotQuerySet",
    "SlotStatus",
    "WaitingContact",
    "WaitingEntry",
    "WaitingOffer",
    "WaitingStatus",
    "Wave",
]
