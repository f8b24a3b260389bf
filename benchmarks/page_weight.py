"""What a step of the public form weighs: HTML, styles, scripts and fonts, uncompressed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from urllib.parse import urljoin

from django.test import Client
from django.urls import reverse

from benchmarks.measure import promise
from tests.patients import filing_path

AT_MOST_KB = 130
LINKED = re.compile(r"""(?:href|src)="(/static/[^"]+)\"""")
IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")


def main() -> None:
    client = Client()
    weights = {path: weight(client, path) for path in steps(client)}
    heaviest = max(weights, key=lambda path: weights[path])
    print(f"{len(weights)} pages, de {min(weights.values()) / 1000:.0f} ko à la plus lourde :")
    if not promise(heaviest, weights[heaviest] / 1000, AT_MOST_KB, "ko"):
        sys.exit("une étape du formulaire est trop lourde")


def steps(client: Client) -> Iterator[str]:
    """The addresses of the form as a person comes to them, each answered after it is given."""
    for slug in filing_path.ANSWERS:
        yield filing_path.step_url(slug)
        response = filing_path.answer(client, slug)
        assert response.status_code == 302, (slug, response.status_code)
    yield reverse("patients:filing_check")


def weight(client: Client, path: str) -> int:
    """Bytes of a page with all that it links to, and all that its styles link to."""
    found: dict[str, int] = {}
    _add(client, path, found)
    return sum(found.values())


def _add(client: Client, path: str, found: dict[str, int]) -> None:
    if path in found:
        return
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    body = b"".join(response)
    found[path] = len(body)
    is_style, is_page = path.endswith(".css"), not path.startswith("/static/")
    links = (IN_STYLE if is_style else LINKED).findall(body.decode()) if is_style or is_page else []
    for link in links:
        _add(client, urljoin(path, link), found)
