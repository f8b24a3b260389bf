"""Compile the message catalogues (`.po` to `.mo`) without GNU gettext on the machine.

python -m cpts_portal.catalogue
"""

from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_catalogues(locale: Path = LOCALE) -> list[Path]:
    """Write each catalogue that is older than its source; returns those written."""
    return [_compiled(source) for source in sorted(locale.rglob("*.po")) if _is_stale(source)]


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compiled(source: Path) -> Path:
    """Written beside and moved, for two runs at once may both find it stale."""
    target = source.with_suffix(".mo")
    draft = target.with_suffix(f".{id(source)}.draft")
    polib.pofile(str(source)).save_as_mofile(str(draft))
    return draft.replace(target)


if __name__ == "__main__":
    compile_catalogues()
