from django.urls import path

from unscheduled_care.views import claiming, holds

SLOT = "<slug:cpts>/creneaux/<int:slot>/"
HOLD = "<slug:cpts>/reservations-en-cours/<int:hold>/"

urlpatterns = [
    path(SLOT, holds.slot_show, name="slot_show"),
    path(f"{SLOT}garder/", holds.slot_hold, name="slot_hold"),
    path(HOLD, holds.hold_show, name="hold_show"),
    path(f"{HOLD}prolonger/", holds.hold_extend, name="hold_extend"),
    path(f"{HOLD}liberer/", holds.hold_release, name="hold_release"),
    path(f"{HOLD}reserver/", claiming.hold_claim, name="hold_claim"),
]
