"""What looks at the pages sees: faults planted in one are found, and found again in the next."""

from __future__ import annotations

import re

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.visitors import PHONE

PLANT = """() => {
    const line = document.createElement("p");
    line.textContent = "gris sur blanc, plus large qu’un téléphone";
    Object.assign(line.style, {color: "#999", background: "#fff", width: "450px"});
    document.querySelector("main").append(line);
}"""


def test_planted_faults_are_seen_at_both_widths_in_both_themes(visit: Visit) -> None:
    page = visit(width=PHONE).page

    seen = []
    for _ in range(2):
        page.goto("/compte/login/")
        page.evaluate(PLANT)
        seen.append([_short(fault) for fault in axe.faults(page)])

    grey = [f"{look} color-contrast" for look in ("390 light", "390 dark", "1280 dark")]
    assert seen == [["390 px beyond the edge", *grey, "1280 light color-contrast"]] * 2


def _short(fault: str) -> str:
    """Without the element, what axe says of it and the number of pixels."""
    return re.sub(r" \d+ px", " px", fault.partition(":")[0])
