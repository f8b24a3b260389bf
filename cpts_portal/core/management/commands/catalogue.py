"""Hold the English catalogue against the texts of the sources."""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cpts_portal.core.messages_found import Found, Key, found_in

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
CATALOGUE = Path("locale/en/LC_MESSAGES/django.po")
HEADER = {
    "Content-Type": "text/plain; charset=utf-8",
    "Language": "en",
    "MIME-Version": "1.0",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


class Command(BaseCommand):
    help = "Met le catalogue anglais à jour ; avec --check, dit ce qui y manque et échoue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        project = Path(settings.BASE_DIR)
        texts = found_in(project)
        path = project / CATALOGUE
        catalogue = polib.pofile(str(path)) if path.exists() else polib.POFile()
        if check:
            faults = list(faults_of(catalogue, texts))
            if faults:
                raise CommandError("\n".join(["Le catalogue anglais n’est pas complet :", *faults]))
            return
        updated(catalogue, texts).save(str(path))
        missing = len(catalogue) - len(catalogue.translated_entries())
        self.stdout.write(f"{len(catalogue)} textes, {missing} sans traduction.")


def faults_of(catalogue: polib.POFile, texts: dict[Key, Found]) -> Iterator[str]:
    """One line a fault: missing, untranslated, fuzzy, unused, or with other placeholders."""
    entries: dict[Key, polib.POEntry] = {
        (e.msgctxt, e.msgid): e for e in catalogue if not e.obsolete
    }
    for key, text in texts.items():
        entry = entries.pop(key, None)
        if entry is None or not entry.translated():
            yield f"  sans traduction : {text.singular!r} ({text.places[0]})"
        elif not same_placeholders(entry):
            yield f"  autres variables : {text.singular!r}"
    for key in entries:
        yield f"  inutilisé : {key[1]!r}"


def same_placeholders(entry: polib.POEntry) -> bool:
    wanted = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
    given = [entry.msgstr] if entry.msgstr else list(entry.msgstr_plural.values())
    return set(PLACEHOLDER.findall("".join(given))) == wanted


def updated(catalogue: polib.POFile, texts: dict[Key, Found]) -> polib.POFile:
    """The catalogue with exactly the texts of the sources, translations kept."""
    known: dict[Key, polib.POEntry] = {(e.msgctxt, e.msgid): e for e in catalogue}
    catalogue.clear()
    catalogue.metadata = HEADER
    for key in sorted(texts, key=lambda k: (texts[k].places[0], k[1])):
        catalogue.append(entry_for(texts[key], known.get(key)))
    return catalogue


def entry_for(text: Found, known: polib.POEntry | None) -> polib.POEntry:
    plural = {0: "", 1: ""} if text.plural else {}
    if known is not None and bool(known.msgstr_plural) == bool(plural):
        plural = known.msgstr_plural
    return polib.POEntry(
        msgctxt=text.context,
        msgid=text.singular,
        msgid_plural=text.plural,
        msgstr="" if text.plural or known is None else known.msgstr,
        msgstr_plural=plural,
        occurrences=[(place, "") for place in text.places],
        flags=["python-format"] if "%(" in text.singular else [],
    )
