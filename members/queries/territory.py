"""The map of the open CPTS: each commune a patch that one can follow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cpts_portal.core.contours import drawn
from cpts_portal.core.models import Commune
from members.models import Contour, Cpts

SHADES = (1, 3, 6)
"""How many members give a commune each of the map's colours."""


@dataclass(frozen=True)
class Spot:
    """A commune of the territory: where it is drawn ("" if it has no position), who works there."""

    code: str
    name: str
    path: str
    count: int
    is_chosen: bool

    @property
    def shade(self) -> str:
        """CSS class: the more members, the stronger; none stays pale."""
        if self.is_chosen:
            return "me"
        return f"shade-{sum(self.count >= least for least in SHADES)}"


@dataclass(frozen=True)
class Territory:
    spots: list[Spot]
    view_box: str
    outlined: frozenset[str]
    """INSEE codes of the communes whose true outline was imported; none is a patchwork."""

    @property
    def is_outlined(self) -> bool:
        return bool(self.outlined)

    @property
    def without_outline(self) -> list[str]:
        return [spot.name for spot in self.spots if spot.code not in self.outlined]

    @property
    def drawn(self) -> list[Spot]:
        return [spot for spot in self.spots if spot.path]


def codes_covered(cpts: Cpts) -> set[str]:
    """INSEE codes of the communes of a CPTS."""
    return set(cpts.communes.values_list("pk", flat=True))


def territory_of(cpts: Cpts, counts: Counter[str], chosen: str = "") -> Territory:
    """Every commune that the CPTS covers, by name, with its count, and its outline if known."""
    communes = list(Commune.objects.filter(coverage__cpts=cpts).order_by("name"))
    outlines = dict(Contour.objects.values_list("commune_id", "rings"))
    placed = [one for one in communes if one.pk in outlines or one.latitude is not None]
    patchwork = drawn(outlines, placed)
    paths = {one.pk: patch.path for one, patch in zip(placed, patchwork.patches, strict=True)}
    spots = [
        Spot(one.pk, one.name, paths.get(one.pk, ""), counts[one.pk], one.pk == chosen)
        for one in communes
    ]
    return Territory(spots, patchwork.view_box, frozenset(outlines))
