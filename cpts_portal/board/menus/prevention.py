"""Pages about prevention."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cpts_portal.board.menus.shapes import (
    Page,
    Section,
    coordinating,
    counting,
    governing,
    helping,
    recalling,
)

PREVENTION = (
    Section(
        _("Prévention"),
        (
            Page(
                "prevention:campaign_list",
                "calendar-heart",
                _("Campagnes"),
                _("Séances, inscriptions, affiches, rappels"),
                coordinating,
            ),
            Page(
                "prevention:rota_list",
                "hand-heart",
                _("Participer"),
                _("Tenir un poste, venir à une séance entre professionnels"),
                helping,
            ),
            Page(
                "prevention:reminder_tomorrow",
                "send",
                _("Ce qui part demain"),
                _("Les rappels, à qui, pourquoi, et les arrêter"),
                governing,
            ),
            Page(
                "prevention:recall_list",
                "bell-ring",
                _("Listes de rappel"),
                _("Les personnes d’accord pour être rappelées"),
                recalling,
            ),
            Page(
                "prevention:order_new",
                "package-plus",
                _("Commander du matériel"),
                _("Affiches, dépliants, kits par profession"),
                helping,
            ),
            Page(
                "prevention:material_list",
                "package",
                _("Matériel"),
                _("Le stock, les kits, les commandes à remettre"),
                coordinating,
            ),
            Page(
                "prevention:prevention_figures",
                "chart-pie",
                _("Chiffres de la prévention"),
                _("Personnes touchées, par commune et par âge"),
                counting,
            ),
            Page(
                "prevention:prevention_settings",
                "sliders-horizontal",
                _("Réglages de la prévention"),
                _("Délais des places proposées, relecture des envois"),
                governing,
            ),
        ),
    ),
)
