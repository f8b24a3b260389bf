"""The professions that a CPTS brings together: reference data, in production too."""

from django.db import migrations

PROFESSIONS = {
    "medecin-generaliste": ("Médecin généraliste", True),
    "medecin-specialiste": ("Médecin spécialiste", True),
    "sage-femme": ("Sage-femme", False),
    "chirurgien-dentiste": ("Chirurgien-dentiste", False),
    "pharmacien": ("Pharmacien", False),
    "biologiste": ("Biologiste médical", False),
    "infirmier": ("Infirmier", False),
    "infirmier-pratique-avancee": ("Infirmier en pratique avancée", False),
    "kinesitherapeute": ("Masseur-kinésithérapeute", False),
    "orthophoniste": ("Orthophoniste", False),
    "orthoptiste": ("Orthoptiste", False),
    "pedicure-podologue": ("Pédicure-podologue", False),
    "ergotherapeute": ("Ergothérapeute", False),
    "psychomotricien": ("Psychomotricien", False),
    "dieteticien": ("Diététicien", False),
    "psychologue": ("Psychologue", False),
    "opticien": ("Opticien-lunetier", False),
    "audioprothesiste": ("Audioprothésiste", False),
    "aide-soignant": ("Aide-soignant", False),
    "assistant-medical": ("Assistant médical", False),
    "assistant-social": ("Assistant de service social", False),
}


def load(apps, schema_editor):
    Profession = apps.get_model("members", "Profession")
    for code, (label, can_be_treating_doctor) in PROFESSIONS.items():
        Profession.objects.get_or_create(
            code=code,
            defaults={"label": label, "can_be_treating_doctor": can_be_treating_doctor},
        )


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
