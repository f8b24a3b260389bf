"""Pages about the members and their association."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cpts_portal.board.menus.shapes import (
    Page,
    Section,
    coordinating,
    governing,
)

ASSOCIATION = (
    Section(
        _("Ensemble"),
        (
            Page(
                "board:minutes",
                "timer",
                _("Mes 3 minutes"),
                _("Ce qui n’attend que votre réponse"),
            ),
            Page(
                "members:directory_list",
                "users",
                _("Annuaire"),
                _("Joindre un collègue, par profession, commune ou compétence"),
            ),
            Page(
                "members:meeting_list",
                "calendar-days",
                _("Réunions"),
                _("À venir, ordres du jour, comptes rendus"),
            ),
            Page(
                "members:group_list",
                "users-round",
                _("Instances et groupes"),
                _("Qui siège où, jusqu’à quand"),
            ),
            Page(
                "members:ad_list",
                "megaphone",
                _("Annonces"),
                _("Remplacements, collaborations, locaux, stages"),
            ),
            Page(
                "members:suggestion_list",
                "lightbulb",
                _("Boîte à idées"),
                _("Proposer, lire les réponses"),
            ),
            Page(
                "members:survey_list",
                "list-checks",
                _("Questionnaires"),
                _("Donner son avis, lire les résultats"),
            ),
            Page(
                "members:document_list",
                "file-text",
                _("Documents"),
                _("Charte, statuts, kit d’accueil"),
            ),
            Page(
                "members:aid_list",
                "hand-helping",
                _("S’installer ici"),
                _("Les aides, et à qui les demander"),
            ),
        ),
    ),
    Section(
        _("Moi"),
        (
            Page(
                "members:profile_edit",
                "contact-round",
                _("Mon profil"),
                _("Coordonnées, lieux, compétences, ce que le public voit"),
            ),
            Page(
                "members:membership_mine",
                "badge-check",
                _("Mon adhésion"),
                _("Cotisation, reçus, attestation"),
            ),
            Page(
                "members:welcome_show",
                "footprints",
                _("Mes premiers pas"),
                _("Le parcours d’accueil, le référent"),
            ),
            Page(
                "members:delegation_list",
                "key-round",
                _("Délégations"),
                _("Qui agit pour qui"),
            ),
            Page(
                "members:leaving_show",
                "door-open",
                _("Mes données et mon départ"),
                _("Exporter, quitter la CPTS"),
            ),
        ),
    ),
    Section(
        _("Association"),
        (
            Page(
                "members:membership_list",
                "book-user",
                _("Adhésions"),
                _("Le registre, les cotisations"),
                governing,
            ),
            Page(
                "members:application_list",
                "user-plus",
                _("Candidatures"),
                _("À examiner, à ratifier"),
                governing,
            ),
            Page(
                "members:invitation_list",
                "mail",
                _("Invitations"),
                _("Qui n’a pas encore son compte"),
                governing,
            ),
            Page(
                "members:newcomer_list",
                "sprout",
                _("Nouveaux membres"),
                _("Où ils en sont, leurs référents"),
                governing,
            ),
            Page(
                "members:statement_show",
                "receipt-euro",
                _("Indemnités"),
                _("Heures par mission et par personne"),
                governing,
            ),
            Page(
                "members:factor_reset_list",
                "shield-alert",
                _("Deuxième protection perdue"),
                _("À deux, rouvrir un compte"),
                governing,
            ),
            Page(
                "members:import_list",
                "file-up",
                _("Import et RPPS"),
                _("Un fichier de membres, le registre national"),
                coordinating,
            ),
            Page(
                "members:settings_hub",
                "settings",
                _("Réglages"),
                _("Collèges, missions, étapes d’accueil, contours"),
                governing,
            ),
        ),
    ),
)
