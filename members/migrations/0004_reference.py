"""Coded skills and languages, professions as the RPPS codes them, English labels."""

from django.db import migrations

PROFESSIONS = {
    "medecin-generaliste": ("General practitioner", "10"),
    "medecin-specialiste": ("Specialist doctor", "10"),
    "sage-femme": ("Midwife", "50"),
    "chirurgien-dentiste": ("Dentist", "40"),
    "pharmacien": ("Pharmacist", "21"),
    "biologiste": ("Medical biologist", ""),
    "infirmier": ("Nurse", "60"),
    "infirmier-pratique-avancee": ("Advanced practice nurse", "60"),
    "kinesitherapeute": ("Physiotherapist", "70"),
    "orthophoniste": ("Speech therapist", "91"),
    "orthoptiste": ("Orthoptist", "92"),
    "pedicure-podologue": ("Podiatrist", "80"),
    "ergotherapeute": ("Occupational therapist", "94"),
    "psychomotricien": ("Psychomotor therapist", "96"),
    "dieteticien": ("Dietitian", "95"),
    "psychologue": ("Psychologist", "93"),
    "opticien": ("Optician", "28"),
    "audioprothesiste": ("Hearing aid specialist", "26"),
    "aide-soignant": ("Care assistant", ""),
    "assistant-medical": ("Medical assistant", ""),
    "assistant-social": ("Social worker", ""),
}
SKILLS = {
    "addictologie": ("Addictologie", "Addiction care"),
    "allergologie": ("Allergologie", "Allergies"),
    "asalee": ("Protocole Asalée", "Asalée protocol"),
    "bilan-prevention": ("Bilan de prévention", "Preventive check-up"),
    "certificats-deces": ("Certificats de décès", "Death certificates"),
    "diabete": ("Diabète", "Diabetes"),
    "douleur": ("Prise en charge de la douleur", "Pain management"),
    "ecg": ("Électrocardiogramme", "Electrocardiogram"),
    "echographie": ("Échographie", "Ultrasound"),
    "education-therapeutique": ("Éducation thérapeutique", "Therapeutic education"),
    "geriatrie": ("Gériatrie", "Geriatrics"),
    "gynecologie": ("Suivi gynécologique", "Gynaecological care"),
    "homeopathie": ("Homéopathie", "Homeopathy"),
    "ivg": ("IVG médicamenteuse", "Medical abortion"),
    "kine-perineale": ("Rééducation périnéale", "Pelvic floor rehabilitation"),
    "kine-respiratoire": ("Kinésithérapie respiratoire", "Chest physiotherapy"),
    "lombalgie": ("Lombalgie", "Low back pain"),
    "maitrise-de-stage": ("Maîtrise de stage", "Trainee supervision"),
    "medecine-du-sport": ("Médecine du sport", "Sports medicine"),
    "oncologie": ("Soins d’oncologie", "Cancer care"),
    "pediatrie": ("Suivi de l’enfant", "Child health"),
    "petite-chirurgie": ("Sutures et petite chirurgie", "Minor surgery"),
    "plaies": ("Plaies et cicatrisation", "Wound care"),
    "sante-mentale": ("Santé mentale", "Mental health"),
    "soins-palliatifs": ("Soins palliatifs", "Palliative care"),
    "spirometrie": ("Spirométrie", "Spirometry"),
    "tabacologie": ("Tabacologie", "Smoking cessation"),
    "telesoin": ("Télésoin, téléconsultation", "Remote care"),
    "trod-angine": ("TROD angine", "Strep throat rapid test"),
    "trod-cystite": ("TROD cystite", "Cystitis rapid test"),
    "troubles-apprentissages": ("Troubles des apprentissages", "Learning disorders"),
    "vaccination": ("Vaccination", "Vaccination"),
}
LANGUAGES = {
    "fra": ("français", "French"),
    "lsf": ("langue des signes française", "French sign language"),
    "eng": ("anglais", "English"),
    "ara": ("arabe", "Arabic"),
    "ber": ("berbère", "Berber"),
    "deu": ("allemand", "German"),
    "fas": ("persan, dari", "Persian, Dari"),
    "ita": ("italien", "Italian"),
    "nld": ("néerlandais", "Dutch"),
    "pcd": ("picard, ch’ti", "Picard"),
    "pol": ("polonais", "Polish"),
    "por": ("portugais", "Portuguese"),
    "ron": ("roumain", "Romanian"),
    "rus": ("russe", "Russian"),
    "spa": ("espagnol", "Spanish"),
    "tur": ("turc", "Turkish"),
    "ukr": ("ukrainien", "Ukrainian"),
    "vie": ("vietnamien", "Vietnamese"),
    "wol": ("wolof", "Wolof"),
    "zho": ("chinois", "Chinese"),
}
NOT_IN_RPPS = ("aide-soignant", "assistant-medical", "assistant-social")


def load(apps, schema_editor):
    profession = apps.get_model("members", "Profession")
    for code, (label_en, rpps_code) in PROFESSIONS.items():
        profession.objects.filter(code=code).update(
            label_en=label_en, rpps_code=rpps_code, has_rpps=code not in NOT_IN_RPPS
        )
    for name, words in (("Skill", SKILLS), ("Language", LANGUAGES)):
        model = apps.get_model("members", name)
        for code, (label, label_en) in words.items():
            model.objects.get_or_create(code=code, defaults={"label": label, "label_en": label_en})


class Migration(migrations.Migration):
    dependencies = [("members", "0003_association")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
