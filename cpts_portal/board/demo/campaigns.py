"""The prevention of the three CPTSs, on the subjects that their press release and members name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """A session: days from today, hour, length in minutes, where, and who came or will come.

    `commune` is the rank of the commune in the CPTS, the largest first.
    """

    day: int
    hour: int
    minutes: int
    place: str
    address: str
    commune: int
    capacity: int
    people: int
    waiting: int = 0
    counted: int = 0
    is_accessible: bool = True
    is_for_professionals: bool = False
    shifts: tuple[str, ...] = ("Accueil", "Stand")
    title: str = ""


@dataclass(frozen=True)
class Story:
    """A campaign: days from today for both ends; `follows` is the title of last season's.

    `recalled` people stand on its recall list; `plans` are days from each session.
    """

    topic: str
    title: str
    audience: str
    goal: str
    target: int
    days: tuple[int, int]
    page: tuple[str, str]
    sessions: tuple[Told, ...] = ()
    partners: tuple[tuple[str, str], ...] = ()
    is_for_professionals: bool = False
    is_draft: bool = False
    follows: str = ""
    budget: str = ""
    plans: tuple[int, ...] = (-7, -1)
    ages: tuple[int | None, int | None] = (None, None)
    recalled: int = 0


ARTOIS_LYS = (
    Story(
        "lombalgie",
        "Mon dos, première saison",
        "Adultes qui ont mal au dos, aidants, métiers de force",
        "Bouger sans crainte : deux heures avec un kinésithérapeute",
        40,
        (-372, -322),
        (
            "Le bon traitement, c’est le mouvement",
            "Un kinésithérapeute et une infirmière montrent les gestes du quotidien.",
        ),
        (
            Told(-350, 14, 120, "Salle de sport", "Rue du Moulin", 3, 15, 14),
            Told(-336, 18, 120, "Maison de santé", "14 rue de la Lys", 4, 15, 11, counted=6),
        ),
    ),
    Story(
        "cardiovasculaire",
        "Au cœur du marché",
        "Adultes, sur les marchés du territoire",
        "Mesurer sa tension et parler de son cœur, sans rendez-vous",
        250,
        (-70, 20),
        (
            "Cinq minutes pour votre cœur",
            (
                "Infirmières, pharmaciens et médecins vous attendent sur le marché.\n\nOn mesure "
                "votre tension, on parle de tabac, d’alimentation et de mouvement. Rien n’est "
                "noté, vous repartez avec un dépliant et, si besoin, une lettre pour votre "
                "médecin."
            ),
        ),
        (
            Told(-63, 9, 180, "Marché de Laventie", "Place du 8-Mai", 4, 60, 41, counted=64),
            Told(
                -42, 9, 180, "Marché de Merville", "Place de la Libération", 1, 60, 38, counted=52
            ),
            Told(-28, 9, 180, "Marché d’Estaires", "Grand’Place", 2, 60, 29, counted=47),
            Told(0, 14, 240, "Pharmacie du Beffroi", "2 rue de la Mairie", 4, 30, 22, counted=9),
        ),
        (("Mairie de Laventie", "place et barnum"), ("CPAM de l’Artois", "dépliants")),
        budget="Tensiomètres prêtés par deux cabinets ; 120 € de café et de barnum.",
    ),
    Story(
        "ecrans",
        "Moins d’écran, plus de jeux",
        "Parents d’enfants de 0 à 10 ans, enseignants, assistantes maternelles",
        "Une soirée dans chaque école du territoire qui le demande",
        120,
        (-25, 60),
        (
            "Une soirée pour en parler, sans faire la morale",
            (
                "Une orthophoniste, une pédiatre et un enseignant racontent ce qu’ils voient, et "
                "ce qui marche : règles simples, moments sans écran, idées de jeux.\n\nLes "
                "enfants sont gardés sur place par l’association de parents."
            ),
        ),
        (
            Told(-12, 18, 90, "École Jean-Jaurès", "4 rue des Écoles", 2, 30, 24),
            Told(2, 18, 90, "Salle des fêtes", "3 place de la Mairie", 4, 60, 60, waiting=5),
            Told(13, 18, 90, "Médiathèque", "12 rue de Béthune", 1, 40, 17),
            Told(27, 18, 90, "Salle polyvalente", "1 rue du Stade", 5, 30, 4),
        ),
        (("Association de parents d’élèves", "garde des enfants"), ("PMI", "une puéricultrice")),
    ),
    Story(
        "lombalgie",
        "Mon dos, je m’en occupe",
        "Adultes qui ont mal au dos, aidants, métiers de force",
        "Bouger sans crainte : deux heures avec un kinésithérapeute",
        60,
        (3, 50),
        (
            "Le bon traitement, c’est le mouvement",
            (
                "Un kinésithérapeute et une infirmière montrent les gestes du quotidien : porter,"
                " se relever, jardiner. Venez en tenue souple."
            ),
        ),
        (
            Told(8, 14, 120, "Salle de sport", "Rue du Moulin", 3, 15, 15, waiting=3),
            Told(16, 18, 120, "Maison de santé", "14 rue de la Lys", 4, 15, 8),
        ),
        follows="Mon dos, première saison",
    ),
    Story(
        "vaccination",
        "Grippe : protégeons les plus fragiles",
        "Personnes de 65 ans et plus, femmes enceintes, soignants",
        "Rappeler, jusqu’à ce que ce soit fait, ceux qui ont donné leur accord",
        400,
        (-35, 70),
        (
            "Une piqûre, deux semaines pour être protégé",
            (
                "Pharmaciens, infirmières et médecins vaccinent dans tout le territoire, souvent "
                "sans rendez-vous. Demandez à votre professionnel de santé de vous inscrire au "
                "rappel."
            ),
        ),
        (
            Told(
                4,
                13,
                60,
                "Maison de santé",
                "14 rue de la Lys",
                4,
                25,
                11,
                is_for_professionals=True,
                title="Vacciner en officine et à domicile",
                shifts=("Animation",),
            ),
        ),
        is_for_professionals=True,
        ages=(65, None),
        recalled=24,
    ),
    Story(
        "climat",
        "Grand froid : qui va bien ?",
        "Personnes seules, voisins, élus",
        "Un appel aux personnes inscrites au registre de la commune",
        80,
        (20, 110),
        (
            "Quand le froid s’installe",
            (
                "Les bénévoles appellent, les infirmières passent. Signalez à la mairie une "
                "personne seule de votre entourage."
            ),
        ),
        is_draft=True,
    ),
)
BEAUMONT_ARTOIS = (
    Story(
        "obesite",
        "Bouger en famille",
        "Familles, enfants à partir de 6 ans",
        "Des matinées pour bouger et cuisiner ensemble",
        150,
        (-60, 40),
        (
            "Une matinée, toute la famille",
            "Parcours de jeux, atelier de cuisine, conseils d’une diététicienne. Gratuit.",
        ),
        (
            Told(-35, 10, 120, "Complexe sportif", "Rue Pasteur", 0, 50, 44, counted=23),
            Told(8, 10, 120, "Salle Lino-Ventura", "Avenue des Fusillés", 1, 50, 37),
        ),
        (("Ville d’Hénin-Beaumont", "salle et matériel"),),
    ),
    Story(
        "tabac",
        "Mois sans tabac",
        "Fumeurs qui veulent arrêter, et leur entourage",
        "Essayer trente jours, à plusieurs",
        90,
        (-22, 8),
        (
            "On essaie ensemble",
            "Une réunion d’une heure, un carnet, un numéro où appeler. Personne ne vous jugera.",
        ),
        (Told(-15, 18, 60, "Maison des associations", "Rue de la Paix", 2, 20, 16),),
    ),
)
GRAND_ARRAS = (
    Story(
        "depistage",
        "Octobre rose 2025",
        "Femmes de 50 à 74 ans",
        "Expliquer le dépistage organisé, répondre aux questions",
        120,
        (-418, -388),
        (
            "Le dépistage, comment ça se passe",
            "Sages-femmes et médecins répondent à toutes les questions, sans rendez-vous.",
        ),
        (Told(-400, 14, 180, "Hôtel de ville", "Place des Héros", 0, 60, 47, counted=12),),
        ages=(50, 74),
    ),
    Story(
        "depistage",
        "Octobre rose 2026",
        "Femmes de 50 à 74 ans",
        "Expliquer le dépistage organisé, répondre aux questions",
        150,
        (-53, -23),
        (
            "Le dépistage, comment ça se passe",
            "Sages-femmes et médecins répondent à toutes les questions, sans rendez-vous.",
        ),
        (
            Told(-45, 14, 180, "Hôtel de ville", "Place des Héros", 0, 60, 55, counted=18),
            Told(-33, 18, 120, "Centre social", "Rue Roger-Salengro", 0, 40, 31),
        ),
        (("CRCDC Hauts-de-France", "intervenante et dépliants"),),
        follows="Octobre rose 2025",
        ages=(50, 74),
    ),
    Story(
        "apprentissages",
        "Lire, écrire, compter : repérer sans étiqueter",
        "Parents et enseignants",
        "Savoir à qui s’adresser, et dans quel ordre",
        70,
        (-5, 45),
        (
            "Quand l’école devient difficile",
            "Orthophonistes, ergothérapeutes et médecins scolaires expliquent les premiers pas.",
        ),
        (Told(11, 18, 90, "Médiathèque", "Place du Théâtre", 0, 45, 26),),
    ),
)
STORIES = {
    "artois-lys": ARTOIS_LYS,
    "beaumont-artois": BEAUMONT_ARTOIS,
    "grand-arras": GRAND_ARRAS,
}
