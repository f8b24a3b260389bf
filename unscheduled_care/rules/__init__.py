"""Who may what, told from loaded rows alone; one module a noun, all read as `rules.x`."""

from unscheduled_care.rules.claims import (
    ClaimPatient,
    is_holder,
    keeps_claim,
    may_cancel,
    may_see_contact,
    notes_outcome,
)
from unscheduled_care.rules.needs import is_asked_profession, keeps_need, may_end_need
from unscheduled_care.rules.reach import Reach, is_clinician, reaches
from unscheduled_care.rules.slots import follows_its_claim, keeps_agenda, may_offer
from unscheduled_care.rules.waiting import (
    WaitingPatient,
    is_in_line,
    keeps_entry,
    may_book_entry,
    may_close_entry,
)

__all__ = [
    "ClaimPatient",
    "Reach",
    "WaitingPatient",
    "follows_its_claim",
    "is_asked_profession",
    "is_clinician",
    "is_holder",
    "is_in_line",
    "keeps_agenda",
    "keeps_claim",
    "keeps_entry",
    "keeps_need",
    "may_book_entry",
    "may_cancel",
    "may_close_entry",
    "may_end_need",
    "may_offer",
    "may_see_contact",
    "notes_outcome",
    "reaches",
]
