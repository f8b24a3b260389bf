"""Every text marked for translation, read from the sources without GNU gettext.

Python is read through its syntax tree, templates through Django's own `templatize`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation.template import templatize

Key = tuple[str | None, str]
MARKS = {
    "_": ("singular",),
    "gettext": ("singular",),
    "gettext_lazy": ("singular",),
    "gettext_noop": ("singular",),
    "ngettext": ("singular", "plural"),
    "ngettext_lazy": ("singular", "plural"),
    "pgettext": ("context", "singular"),
    "pgettext_lazy": ("context", "singular"),
    "npgettext": ("context", "singular", "plural"),
    "npgettext_lazy": ("context", "singular", "plural"),
}
CALL = re.compile(r"\b(?:_|n?p?gettext)\(")
SKIPPED = {".venv", "var", "tests", "migrations", "benchmarks", "scripts"}


@dataclass
class Found:
    """One text: its context, its singular and plural, the files that use it."""

    singular: str
    plural: str = ""
    context: str | None = None
    places: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.context, self.singular


def found_in(project: Path) -> dict[Key, Found]:
    """All texts of the project by (context, singular), with the files that use them."""
    texts: dict[Key, Found] = {}
    for path in sources(project):
        for text in texts_of(path):
            known = texts.setdefault(text.key, text)
            known.plural = known.plural or text.plural
            place = path.relative_to(project).as_posix()
            if place not in known.places:
                known.places.append(place)
    return texts


def sources(project: Path) -> Iterator[Path]:
    for path in sorted(project.rglob("*")):
        parts = path.relative_to(project).parts
        if path.suffix in {".py", ".html", ".txt"} and not SKIPPED.intersection(parts):
            if path.suffix == ".txt" and "templates" not in parts:
                continue
            yield path


def texts_of(path: Path) -> Iterator[Found]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _calls(ast.parse(source))
        return
    marked = templatize(source, str(path))
    for match in CALL.finditer(marked):
        yield from _calls(ast.parse(_whole_call(marked, match.start()), mode="eval"))


def _whole_call(text: str, start: int) -> str:
    """The shortest call from `start` on that is valid Python."""
    end = text.index(")", start)
    while True:
        try:
            ast.parse(text[start : end + 1], mode="eval")
        except SyntaxError:
            end = text.index(")", end + 1)
        else:
            return text[start : end + 1]


def _calls(tree: ast.AST) -> Iterator[Found]:
    marks = MARKS | _other_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names = marks.get(_name(node.func))
            parts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if names and len(parts) >= len(names) and isinstance(parts[0], str):
                given = {name: str(part) for name, part in zip(names, parts, strict=False)}
                yield Found(given["singular"], given.get("plural", ""), given.get("context"))


def _other_names(tree: ast.AST) -> dict[str, tuple[str, ...]]:
    """What a module calls Django's marks: `gettext as now_`."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return {
        alias.asname: MARKS[alias.name]
        for node in imports
        for alias in node.names
        if node.module == "django.utils.translation" and alias.asname and alias.name in MARKS
    }


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""
