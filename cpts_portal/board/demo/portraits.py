"""What each member says of herself, and when each place is open."""

from __future__ import annotations

from random import Random

from cpts_portal.core.territory import fold
from members.models import Language, Membership, OpeningHours, Practice, Skill

DOCTORS = (
    *("echographie", "ecg", "petite-chirurgie", "geriatrie", "pediatrie", "gynecologie"),
    *("maitrise-de-stage", "soins-palliatifs", "tabacologie", "sante-mentale", "diabete"),
)
SKILLS = {
    "medecin-generaliste": DOCTORS,
    "medecin-specialiste": ("echographie", "oncologie", "douleur"),
    "infirmier": ("plaies", "vaccination", "diabete", "soins-palliatifs", "asalee", "telesoin"),
    "infirmier-pratique-avancee": ("diabete", "oncologie", "education-therapeutique"),
    "kinesitherapeute": ("lombalgie", "kine-respiratoire", "kine-perineale", "geriatrie"),
    "orthophoniste": ("troubles-apprentissages", "pediatrie"),
    "pharmacien": ("vaccination", "trod-angine", "trod-cystite", "bilan-prevention", "tabacologie"),
    "sage-femme": ("gynecologie", "ivg", "kine-perineale", "vaccination"),
    "psychologue": ("sante-mentale", "addictologie"),
    "chirurgien-dentiste": ("pediatrie",),
    "pedicure-podologue": ("diabete", "geriatrie"),
}
SPOKEN = ("eng", "pol", "ara", "nld", "por", "lsf", "spa", "pcd")
SHOWN = (
    ["identity", "practice", "practice_phone"],
    ["identity", "practice", "practice_phone", "skills", "languages"],
    ["identity", "practice", "practice_phone", "email", "skills"],
    ["identity"],
)
MORNING, AFTERNOON, LATE = (540, 720), (840, 1080), (840, 1170)
SHOP = ((525, 735), (840, 1170))


def paint(rows: list[Membership], chance: Random) -> None:
    """Write addresses, skills and languages; two members in five have opted into public fields.

    Whoever has no account yet has agreed to nothing.
    """
    for row in rows:
        name = f"{fold(row.user.first_name)}.{fold(row.user.last_name)}".replace(" ", "-")
        row.email = row.contact_email
        row.mssante = f"{name}@pro.mssante.example"
        shown = chance.choice(SHOWN) if chance.random() < 0.4 else []
        row.public_fields = shown if row.user.email else []
        row.wants_ads = chance.random() < 0.3
    Membership.objects.bulk_update(rows, ["email", "mssante", "public_fields", "wants_ads"])
    _tie_skills(rows, chance)
    _tie_languages(rows, chance)


def _tie_skills(rows: list[Membership], chance: Random) -> None:
    through = Membership.skills.through
    known = set(Skill.objects.values_list("pk", flat=True))
    links = []
    for row in rows:
        wanted = [code for code in SKILLS.get(str(row.profession_id), ()) if code in known]
        chosen = chance.sample(wanted, k=min(len(wanted), chance.randrange(1, 4)))
        links += [through(membership_id=row.pk, skill_id=code) for code in chosen]
    through.objects.bulk_create(links)


def _tie_languages(rows: list[Membership], chance: Random) -> None:
    through = Membership.languages.through
    known = set(Language.objects.values_list("pk", flat=True))
    links = []
    for row in rows:
        spoken = {"fra", chance.choice(SPOKEN)} if chance.random() < 0.45 else {"fra"}
        links += [
            through(membership_id=row.pk, language_id=code) for code in sorted(spoken & known)
        ]
    through.objects.bulk_create(links)


def open_doors(practices: list[Practice], chance: Random) -> None:
    """Hours for every place: shops six days, surgeries five, none on Thursday afternoon."""
    hours = []
    for practice in practices:
        is_shop = practice.kind == Practice.Kind.PHARMACY
        evening = chance.choice((AFTERNOON, LATE))
        for weekday in range(1, 7 if is_shop else 6):
            for opens, closes in _openings(weekday, evening, is_shop=is_shop):
                hours.append(
                    OpeningHours(
                        cpts=practice.cpts,
                        practice=practice,
                        weekday=weekday,
                        opens=opens,
                        closes=closes,
                    )
                )
    OpeningHours.objects.bulk_create(hours)


def _openings(weekday: int, evening: tuple[int, int], *, is_shop: bool) -> list[tuple[int, int]]:
    if is_shop:
        return list(SHOP if weekday < 6 else SHOP[:1])
    return [MORNING] if weekday == 4 else [MORNING, evening]
