"""Pages about patients."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cpts_portal.board.menus.shapes import (
    Page,
    Section,
    answering,
    at_the_desk,
    caring,
    claiming,
    coordinating,
    counting,
    governing,
    with_an_agenda,
)
from unscheduled_care.rules import is_clinician

CARE = (
    Section(
        _("Soins non programmés"),
        (
            Page(
                "unscheduled_care:slot_list",
                "calendar-days",
                _("Créneaux"),
                _("Ce qui est libre, et réserver pour un patient"),
                claiming,
            ),
            Page(
                "unscheduled_care:desk_show",
                "phone-call",
                _("Guichet"),
                _("Plusieurs agendas côte à côte, téléphone en main"),
                at_the_desk,
            ),
            Page(
                "unscheduled_care:slot_mine",
                "calendar-plus",
                _("Mes créneaux"),
                _("Proposer, semaines types, absences"),
                with_an_agenda,
            ),
            Page(
                "unscheduled_care:day_show",
                "calendar-check",
                _("Ma journée"),
                _("Les patients du jour, et ce qu’il en a été"),
                with_an_agenda,
            ),
            Page(
                "unscheduled_care:claim_list",
                "bookmark-check",
                _("Mes réservations"),
                _("Les créneaux pris pour des patients"),
                claiming,
            ),
            Page(
                "unscheduled_care:need_list",
                "radio",
                _("Besoins de soins"),
                _("Demander à ses collègues, ou répondre"),
                claiming,
            ),
            Page(
                "unscheduled_care:waiting_list",
                "list-ordered",
                _("Liste d’attente"),
                _("Ceux pour qui rien n’était libre"),
                claiming,
            ),
            Page(
                "unscheduled_care:feed_show",
                "calendar-sync",
                _("Mon agenda"),
                _("Mes créneaux dans mon agenda, et l’inverse"),
                is_clinician,
            ),
            Page(
                "unscheduled_care:figures_show",
                "chart-column",
                _("Chiffres"),
                _("Offerts, réservés, non utilisés, délais"),
                counting,
            ),
            Page(
                "unscheduled_care:care_settings",
                "sliders-horizontal",
                _("Réglages des créneaux"),
                _("Délais, régulation du SAS"),
                governing,
            ),
        ),
    ),
    Section(
        _("Patients"),
        (
            Page(
                "patients:request_list",
                "inbox",
                _("Demandes"),
                _("Les personnes qui cherchent un médecin traitant"),
                coordinating,
            ),
            Page(
                "patients:referral_list",
                "heart-pulse",
                _("Orientations"),
                _("Les personnes proposées aux médecins"),
                answering,
            ),
            Page(
                "patients:intake_edit",
                "gauge",
                _("Ma capacité"),
                _("Combien de nouveaux patients, et lesquels"),
                caring,
            ),
        ),
    ),
)
