"""docs/lifecycles.md: every state machine of the installed apps, as a diagram and a table."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule
from django.utils.translation import override

from cpts_portal.core.lifecycle import Lifecycle, Transition

HEADING = """\
# Lifecycles

Drawn from each app's `lifecycle.py` by `python manage.py lifecycles`; edited by nobody. A
transition is one verb: button and action ask the same rule, PostgreSQL keeps each state's promises.
"""


def all_lifecycles() -> Iterator[Lifecycle]:
    """What the installed apps list in `lifecycle.LIFECYCLES`, in the order of INSTALLED_APPS."""
    for app in apps.get_app_configs():
        if app.module and module_has_submodule(app.module, "lifecycle"):
            yield from getattr(import_module(f"{app.module.__name__}.lifecycle"), "LIFECYCLES", ())


def document() -> str:
    """The whole file, the same whatever the language of the day."""
    with override("fr"):
        return "\n".join([HEADING, *map(_section, all_lifecycles())])


def _section(lifecycle: Lifecycle) -> str:
    model = apps.get_model(lifecycle.model)
    lines = [f"## {model.__name__} — {model._meta.verbose_name}", "", "```mermaid"]
    lines += ["stateDiagram-v2", *_diagram(lifecycle), "```", ""]
    lines += ["| Verb | Label | From | To | Who |", "|---|---|---|---|---|"]
    lines += [_row(lifecycle, step) for step in lifecycle.transitions]
    return "\n".join([*lines, ""])


def _diagram(lifecycle: Lifecycle) -> Iterator[str]:
    for state in lifecycle.states:
        yield f'    state "{state.label}" as {state.value}'
    yield f"    [*] --> {_value(lifecycle.initial)}"
    for step in lifecycle.transitions:
        for source in _ordered(lifecycle, step):
            yield f"    {source} --> {_value(step.target)} : {step.verb}"


def _row(lifecycle: Lifecycle, step: Transition) -> str:
    sources = ", ".join(f"`{source}`" for source in _ordered(lifecycle, step))
    who = step.allows.__name__
    return f"| `{step.verb}` | {step.label} | {sources} | `{_value(step.target)}` | `{who}` |"


def _ordered(lifecycle: Lifecycle, step: Transition) -> list[str]:
    return [state.value for state in lifecycle.states if state in step.sources]


def _value(state: str) -> str:
    return str(getattr(state, "value", state))
