"""How far an application has come, told from its row and the texts in force."""

from __future__ import annotations

from dataclasses import dataclass

from members.models import Application, Document

FIRST, PROFESSION, CONTACT, SKILLS, PLACES, PLEDGE = STEPS = (
    *("vous", "profession", "coordonnees", "competences", "lieux", "engagement"),
)
"""The questions, by the word that stands in their address."""


@dataclass(frozen=True)
class Texts:
    """The charter and the statutes in force; None where nothing is published yet."""

    charter: Document | None = None
    statutes: Document | None = None

    @property
    def published(self) -> list[Document]:
        return [text for text in (self.charter, self.statutes) if text is not None]

    @property
    def mark(self) -> str:
        """Names these very versions; another mark is another text."""
        return "-".join(str(text.pk if text else 0) for text in (self.charter, self.statutes))


def steps_of(application: Application | None) -> list[str]:
    """The questions that this person is asked; a partner has no skills of care to tell."""
    is_partner = application is not None and application.kind == Application.Kind.PARTNER
    return [step for step in STEPS if not (is_partner and step == SKILLS)]


def missing_step(application: Application | None, texts: Texts) -> str | None:
    """The first question that lacks a good answer; skills and places may stay untold."""
    if application is None or not _knows_who(application):
        return FIRST
    if not _knows_profession(application):
        return PROFESSION
    if not application.email:
        return CONTACT
    return None if has_accepted(application, texts) else PLEDGE


def reachable_steps(application: Application | None, texts: Texts) -> list[str]:
    """What may be asked now: everything before the first answer that lacks, and that one."""
    steps, missing = steps_of(application), missing_step(application, texts)
    return steps[: steps.index(missing) + 1] if missing else steps


def has_accepted(application: Application, texts: Texts) -> bool:
    """These very versions, not the ones before."""
    given = Texts(application.charter, application.statutes)
    return application.accepted_at is not None and given.mark == texts.mark


def is_overtaken(application: Application, texts: Texts) -> bool:
    """She has accepted a version that is no longer in force."""
    return application.accepted_at is not None and not has_accepted(application, texts)


def awaits_assembly(application: Application) -> bool:
    """Admitted by the board, in a CPTS whose assembly ratifies, which has not done so yet."""
    is_admitted = application.status == Application.Status.ADMITTED
    return (
        is_admitted and application.cpts.is_ratified_by_assembly and application.ratified_on is None
    )


def _knows_who(application: Application) -> bool:
    college = application.college
    return college is not None and college.is_open and bool(application.last_name)


def _knows_profession(application: Application) -> bool:
    if application.kind == Application.Kind.PARTNER:
        return bool(application.organisation)
    profession = application.profession
    return profession is not None and (bool(application.rpps) or not profession.has_rpps)
