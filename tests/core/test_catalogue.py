"""The catalogue check sees what is marked, and fails when English lacks."""

from __future__ import annotations

from pathlib import Path

import polib

from cpts_portal.core.management.commands.catalogue import faults_of, updated
from cpts_portal.core.messages_found import Found, found_in


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_found_in_reads_python_and_templates(tmp_path: Path) -> None:
    write(
        tmp_path, "app/views.py", 'x = _("Bonjour")\ny = ngettext("%(n)s jour", "%(n)s jours", n)'
    )
    write(
        tmp_path,
        "templates/page.html",
        '{% translate "L’accueil (bis)" %}{% blocktranslate trimmed count n=n %}\n'
        "  {{ n }} créneau{% plural %}{{ n }} créneaux{% endblocktranslate %}"
        '{% include "x.html" with label=_("Suite") %}',
    )

    found = found_in(tmp_path)

    assert {(text.singular, text.plural) for text in found.values()} == {
        ("Bonjour", ""),
        ("%(n)s jour", "%(n)s jours"),
        ("L’accueil (bis)", ""),
        ("%(n)s créneau", "%(n)s créneaux"),
        ("Suite", ""),
    }


def test_a_mark_is_known_by_the_name_its_module_gives_it(tmp_path: Path) -> None:
    imports = "from django.utils.translation import gettext as now_, ngettext as many\n"
    write(tmp_path, "app/forms.py", imports + 'x = now_("Un an")\ny = many("un", "deux", n)')

    found = found_in(tmp_path)

    assert set(found) == {(None, "Un an"), (None, "un")}


def test_faults_of_names_the_missing_the_unused_and_the_broken() -> None:
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Il reste %(n)s jours", msgstr="%(m)s days left"))
    catalogue.append(polib.POEntry(msgid="Disparu", msgstr="Gone"))
    texts = {
        (None, name): Found(name, places=["a.py"]) for name in ("Il reste %(n)s jours", "Nouveau")
    }

    faults = list(faults_of(catalogue, texts))

    assert faults == [
        "  autres variables : 'Il reste %(n)s jours'",
        "  sans traduction : 'Nouveau' (a.py)",
        "  inutilisé : 'Disparu'",
    ]


def test_updated_keeps_translations_and_drops_the_unused() -> None:
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="Oui", msgstr="Yes"))
    catalogue.append(polib.POEntry(msgid="Disparu", msgstr="Gone"))
    texts = {(None, name): Found(name, places=["a.py"]) for name in ("Oui", "Non")}

    kept = updated(catalogue, texts)

    assert [(entry.msgid, entry.msgstr) for entry in kept] == [("Non", ""), ("Oui", "Yes")]
