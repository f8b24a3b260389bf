from django.urls import path

from unscheduled_care.views import absences, availabilities, slots

SLOTS = "<slug:cpts>/creneaux/"
MINE = "<slug:cpts>/mes-creneaux/"
WEEK = f"{MINE}semaines/<int:availability>/"

urlpatterns = [
    path(f"{SLOTS}proposer/", slots.slot_new, name="slot_new"),
    path(f"{SLOTS}<int:slot>/propose/", slots.slot_offered, name="slot_offered"),
    path(f"{SLOTS}<int:slot>/retirer/", slots.slot_withdraw, name="slot_withdraw"),
    path(MINE, slots.slot_mine, name="slot_mine"),
    path(f"{MINE}semaines/nouvelle/", availabilities.availability_new, name="availability_new"),
    path(WEEK, availabilities.availability_edit, name="availability_edit"),
    path(f"{WEEK}arreter/", availabilities.availability_stop, name="availability_stop"),
    path(f"{WEEK}exceptions/", availabilities.availability_except, name="availability_except"),
    path(
        f"{WEEK}exceptions/annuler/",
        availabilities.availability_restore,
        name="availability_restore",
    ),
    path(f"{MINE}absences/nouvelle/", absences.absence_new, name="absence_new"),
    path(f"{MINE}absences/<int:absence>/annuler/", absences.absence_cancel, name="absence_cancel"),
]
