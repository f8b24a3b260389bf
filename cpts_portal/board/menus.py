"""Which pages each member has, in the order of use: one list for the rail and for the menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members import rules
from members.models import Membership, Role
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


SECTIONS = (
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


@dataclass(frozen=True)
class Shown:
    """A page as one member sees it."""

    page: Page
    url: str


def sections_for(member: Membership) -> list[tuple[str | Promise, list[Shown]]]:
    """Each section with its pages open to this member; none that is empty."""
    shown = [
        (
            section.title,
            [
                Shown(page, reverse(page.name, args=[member.cpts.slug]))
                for page in section.pages
                if page.allows(member)
            ],
        )
        for section in SECTIONS
    ]
    return [(title, pages) for title, pages in shown if pages]
