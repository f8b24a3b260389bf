"""State machines as tables: a verb, where it leaves from, where it leads, who may."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cpts_portal.core.refusals import NotPermitted, Refused


@dataclass(frozen=True)
class Transition:
    """One verb of one status field; `allows(by, subject)` is the rule the button asks too."""

    verb: str
    sources: frozenset[str]
    target: str
    allows: Callable[[Any, Any], bool]
    label: str | Promise
    field: str = "status"

    def is_open(self, subject: Any, *, by: Any) -> bool:
        return self.allows(by, subject) and getattr(subject, self.field) in self.sources

    def apply(self, subject: Any, *, by: Any) -> str:
        """Set the new state on `subject` (unsaved) and return the old one.

        Permission is asked before state: raises NotPermitted, then Refused.
        """
        if not self.allows(by, subject):
            raise NotPermitted(_("Vous n’avez pas le droit de faire cela."))
        source: str = getattr(subject, self.field)
        if source not in self.sources:
            raise Refused(
                _("Cela n’est plus possible : la situation est maintenant « %(state)s ».")
                % {"state": getattr(subject, f"get_{self.field}_display")()}
            )
        setattr(subject, self.field, self.target)
        return source


@dataclass(frozen=True)
class Lifecycle:
    """All the transitions of one model's status field; drawn into docs/lifecycles.md."""

    model: str
    states: type[Any]
    initial: str
    transitions: tuple[Transition, ...]

    def open_to(self, subject: Any, *, by: Any) -> set[str]:
        """Verbs that `by` may use on `subject` now."""
        return {t.verb for t in self.transitions if t.is_open(subject, by=by)}


def transition(
    verb: str,
    sources: Iterable[str],
    target: str,
    allows: Callable[[Any, Any], bool],
    label: str | Promise,
) -> Transition:
    return Transition(verb, frozenset(sources), target, allows, label)
