"""What the demonstration's associations have written: invented, in the words of the trade."""

PAYMENT = (
    "Par virement sur le compte de l’association (IBAN sur l’appel à cotisation), en précisant"
    " votre nom, ou par chèque à l’ordre de la CPTS, remis au trésorier."
)
OLD_CHARTER = (
    "Les membres de la CPTS s’engagent à travailler ensemble au service de la population du"
    " territoire, dans le respect de leur indépendance et du libre choix du patient."
)
CHARTER = """\
1. Pour qui nous travaillons
Les membres de la CPTS s’engagent à travailler ensemble au service de la population du territoire, dans le respect de l’indépendance de chacun et du libre choix du patient.

2. Ce que chacun apporte
Chaque membre participe selon ses moyens : accueil de personnes sans médecin traitant, créneaux de soins non programmés, actions de prévention, groupes de travail. Rien n’est imposé.

3. Secret et données
Les informations partagées sur le portail servent aux soins et à rien d’autre. Chacun garde son mot de passe pour lui et signale sans attendre un téléphone perdu.

4. Vie commune
Les décisions se prennent au bureau et en assemblée. Les comptes rendus sont lus de tous les membres.

5. Partir
On quitte la CPTS quand on le souhaite, sans avoir à se justifier."""
STATUTES = """\
Article 1 — Nom
Il est fondé entre les adhérents une association régie par la loi du 1er juillet 1901.

Article 2 — Objet
L’association réunit les professionnels de santé, les structures et les partenaires du territoire pour organiser l’accès aux soins, les parcours, la prévention et la réponse aux crises sanitaires.

Article 3 — Collèges
Elle se compose de membres fondateurs, de membres actifs et de partenaires. Les partenaires ont voix consultative.

Article 4 — Admission
Le bureau décide des admissions. Le refus n’est pas motivé publiquement.

Article 5 — Cotisation
L’assemblée fixe la cotisation annuelle de chaque collège.

Article 6 — Fin de l’adhésion
L’adhésion prend fin par départ, décès, non-renouvellement ou exclusion décidée par le bureau, la personne ayant été entendue."""
KIT = (
    (
        "Qui appeler, pour quoi",
        (
            "La coordination répond du lundi au vendredi. Une personne sans médecin traitant ?"
            " Orientez-la vers le formulaire du portail : elle est rappelée sous cinq jours."
        ),
    ),
    (
        "Vos premières semaines",
        (
            "Complétez votre profil, choisissez ce que le public peut lire, passez à une réunion de"
            " groupe, et demandez tout à votre référent."
        ),
    ),
    (
        "Les parcours du territoire",
        (
            "Chaque parcours a son groupe, son pilote et sa fiche : qui adresse, à qui, en combien"
            " de temps."
        ),
    ),
)
AIDS = (
    (
        "Contrat d’engagement de service public (CESP)",
        "Centre national de gestion, avec l’ARS",
        (
            "Une allocation mensuelle pendant les études, contre un exercice en zone sous-dense"
            " d’une durée égale. Pour les étudiants et internes en médecine, odontologie, maïeutique"
            " et pharmacie."
        ),
    ),
    (
        "Exonérations en zone France Ruralités Revitalisation",
        "Services fiscaux",
        (
            "Une exonération d’impôt sur les bénéfices pour une première installation dans une"
            " commune classée. À demander avant l’installation."
        ),
    ),
    (
        "Emploi d’un assistant médical",
        "Assurance Maladie",
        (
            "Une aide à l’embauche d’un assistant médical, contre un engagement sur la patientèle."
            " La CPAM reçoit sur rendez-vous."
        ),
    ),
    (
        "Local à loyer modéré",
        "Communauté de communes",
        "Des cabinets prêts à l’emploi dans deux maisons de santé, loyer progressif sur deux ans.",
    ),
)
ADS = (
    (
        "replacement",
        "offer",
        "Remplacement deux semaines en février",
        (
            "Cabinet de deux médecins, secrétariat le matin, 20 à 25 actes par jour, pas de garde."
            " Rétrocession 80 %. Logement possible."
        ),
        "medecin-generaliste",
    ),
    (
        "collaboration",
        "offer",
        "Infirmière ou infirmier collaborateur",
        "Tournée de 30 passages, deux week-ends par mois, logiciel partagé, équipe de quatre.",
        "infirmier",
    ),
    (
        "premises",
        "offer",
        "Bureau libre trois jours par semaine",
        "Dans une maison de santé : 18 m², salle d’attente commune, accès fauteuil, parking.",
        None,
    ),
    (
        "internship",
        "wanted",
        "Externe cherche un stage de médecine générale",
        "Quatre semaines au printemps, logée chez mes parents à Béthune, permis et voiture.",
        "medecin-generaliste",
    ),
    (
        "replacement",
        "wanted",
        "Kinésithérapeute disponible tous les jeudis",
        "Remplaçant depuis trois ans sur le secteur, à l’aise au domicile.",
        "kinesitherapeute",
    ),
    (
        "collaboration",
        "offer",
        "Orthophoniste : reprise progressive de patientèle",
        "Départ en retraite dans dix-huit mois, liste d’attente fournie, matériel laissé.",
        "orthophoniste",
    ),
)
IDEAS = (
    (
        "Un créneau commun le jeudi midi pour parler des cas difficiles, même en visio.",
        "Essayé dès le mois prochain : premier jeudi, 12 h 30, lien dans les réunions.",
    ),
    (
        "Une liste des pharmacies ouvertes le dimanche, à jour, à mettre dans les salles d’attente.",
        "",
    ),
    (
        "Les comptes rendus sont trop longs : une page, des décisions, des noms.",
        "Entendu. Le modèle tient désormais en une page.",
    ),
)
MINUTES = """\
Présents : voir la feuille.

1. Accès au médecin traitant
Sept personnes orientées depuis la dernière réunion, cinq premiers rendez-vous fixés. Deux médecins rouvrent leur capacité le mois prochain.

2. Soins non programmés
Le groupe propose de partager les créneaux du samedi matin à partir de janvier.

Décisions
— Une réunion de présentation aux internes, à caler par la coordination.
— Prochaine réunion dans six semaines."""
AGENDA = (
    "Approbation du dernier compte rendu",
    "Où en sont les orientations",
    "Ce que chacun prend en charge",
    "Questions diverses",
)
SURVEY = (
    (
        "À quel moment les réunions vous conviennent-elles ?",
        "one",
        ("Le midi", "Après 20 h", "Le samedi matin"),
    ),
    (
        "Qu’attendez-vous d’abord de la CPTS ?",
        "many",
        ("Des avis plus rapides", "Du temps de secrétariat", "Des formations", "Du lien"),
    ),
    ("Le portail vous fait-il gagner du temps ?", "scale", ()),
    ("Une chose à changer ?", "words", ()),
)
WORDS = (
    "Moins de courriels, plus de résumés.",
    "Des réunions d’une heure, pas plus.",
    "Un annuaire des avis spécialisés.",
)
