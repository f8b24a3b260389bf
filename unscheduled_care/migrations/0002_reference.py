"""Acts, reasons and red flags that every CPTS starts with; the back office changes them."""

from django.db import migrations

GP = ["medecin-generaliste", "medecin-specialiste"]
NURSES = ["infirmier", "infirmier-pratique-avancee"]
ACTS = {
    "trod-angine": ("TROD angine", "Strep throat rapid test", [*GP, "pharmacien"]),
    "trod-cystite": ("TROD cystite", "Cystitis rapid test", [*GP, "pharmacien", "sage-femme"]),
    "vaccination": ("Vaccination", "Vaccination", [*GP, *NURSES, "pharmacien", "sage-femme"]),
    "suture": ("Suture, petite chirurgie", "Stitches, minor surgery", GP),
    "ecg": ("Électrocardiogramme", "Electrocardiogram", [*GP, "infirmier-pratique-avancee"]),
    "pansement": ("Pansement", "Dressing", NURSES),
    "injection": ("Injection", "Injection", NURSES),
    "prise-de-sang": ("Prise de sang", "Blood test", [*NURSES, "biologiste"]),
    "perfusion": ("Perfusion", "Infusion", NURSES),
    "renouvellement": ("Renouvellement d’ordonnance", "Prescription renewal", [*GP, "pharmacien"]),
    "monitoring": ("Monitoring de grossesse", "Pregnancy monitoring", ["sage-femme"]),
    "kine-respiratoire": ("Kinésithérapie respiratoire", "Chest physiotherapy", ["kinesitherapeute"]),
    "lombalgie": ("Lombalgie aiguë", "Acute low back pain", ["kinesitherapeute"]),
    "entorse": ("Entorse", "Sprain", [*GP, "kinesitherapeute"]),
}
REASONS = {
    "fievre": ("Fièvre", "Fever", GP),
    "toux": ("Toux, gêne pour respirer sans urgence", "Cough, mild breathing trouble", GP),
    "gorge": ("Mal de gorge", "Sore throat", [*GP, "pharmacien"]),
    "oreille": ("Mal d’oreille", "Earache", GP),
    "urinaire": ("Brûlures en urinant", "Pain when passing urine", [*GP, "pharmacien", "sage-femme"]),
    "ventre": ("Mal de ventre", "Stomach ache", GP),
    "gastro": ("Vomissements, diarrhée", "Vomiting, diarrhoea", GP),
    "peau": ("Peau, allergie", "Skin, allergy", [*GP, "pharmacien"]),
    "dos": ("Mal de dos", "Back pain", [*GP, "kinesitherapeute"]),
    "traumatisme": ("Chute, coup, entorse", "Fall, blow, sprain", [*GP, "kinesitherapeute"]),
    "plaie": ("Plaie", "Wound", [*GP, *NURSES]),
    "brulure": ("Brûlure peu étendue", "Small burn", [*GP, *NURSES]),
    "oeil": ("Œil rouge", "Red eye", [*GP, "orthoptiste"]),
    "angoisse": ("Angoisse, mal-être", "Anxiety, distress", [*GP, "psychologue"]),
    "chronique": ("Maladie chronique qui se déséquilibre", "Worsening long-term condition",
                  [*GP, "infirmier-pratique-avancee"]),
    "enfant": ("Enfant malade", "Sick child", GP),
    "grossesse": ("Grossesse", "Pregnancy", [*GP, "sage-femme"]),
    "sein": ("Allaitement", "Breastfeeding", ["sage-femme"]),
    "soin": ("Soin prescrit", "Prescribed care", [*NURSES, "kinesitherapeute"]),
    "renouvellement": ("Traitement qui se termine", "Treatment running out", [*GP, "pharmacien"]),
    "bronchiolite": ("Encombrement du nourrisson", "Infant chest congestion", [*GP, "kinesitherapeute"]),
    "dent": ("Douleur dentaire", "Toothache", ["chirurgien-dentiste"]),
    "autre": ("Autre motif", "Other reason", []),
}
RED_FLAGS = {
    "thorax": ("Douleur dans la poitrine", "Chest pain"),
    "respiration": ("Grande difficulté à respirer", "Great difficulty in breathing"),
    "avc": ("Visage, bras ou parole brusquement anormaux", "Sudden trouble of face, arm or speech"),
    "conscience": ("Perte de connaissance, confusion, convulsions", "Fainting, confusion, fits"),
    "saignement": ("Saignement qui ne s’arrête pas", "Bleeding that does not stop"),
    "nourrisson": ("Fièvre chez un bébé de moins de 3 mois", "Fever in a baby under 3 months"),
    "allergie": ("Gonflement du visage ou de la gorge", "Swelling of face or throat"),
    "suicide": ("Idées de mourir", "Thoughts of dying"),
    "grossesse": ("Enceinte : saignement ou fortes douleurs",
                  "Pregnant: bleeding or severe pain"),
}


def load(apps, schema_editor):
    for name, rows in (("Act", ACTS), ("Reason", REASONS), ("RedFlag", RED_FLAGS)):
        model = apps.get_model("unscheduled_care", name)
        for position, (code, (label, label_en, *professions)) in enumerate(rows.items()):
            model.objects.get_or_create(
                code=code,
                defaults={
                    "label": label,
                    "label_en": label_en,
                    "position": position,
                    "professions": professions[0] if professions else [],
                },
            )


class Migration(migrations.Migration):
    dependencies = [("unscheduled_care", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
