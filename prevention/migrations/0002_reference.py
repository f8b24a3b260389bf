"""Topics and ready-made campaigns that every CPTS starts with; the back office changes them."""

import tomllib
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).parent.parent / "data"
BRING = "{bring}"


def read(name):
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def load(apps, schema_editor):
    load_topics(apps.get_model("prevention", "Topic"))
    wordings = read("reminders")
    for position, row in enumerate(read("templates")["template"]):
        bring = row.pop("bring")
        template = add_template(apps, position, row)
        kind = "professionals" if template.is_for_professionals else "public"
        add_reminders(apps, template, wordings[kind], bring)


def load_topics(model):
    for position, row in enumerate(read("topics")["topic"]):
        model.objects.get_or_create(
            code=row.pop("code"), defaults={**row, "position": position}
        )


def add_template(apps, position, row):
    code, topic = row.pop("code"), row.pop("topic")
    words = {**row, "page_body": row["page_body"].strip(), "position": position}
    template, _made = apps.get_model("prevention", "CampaignTemplate").objects.get_or_create(
        code=code, defaults={**words, "topic_id": topic}
    )
    return template


def add_reminders(apps, template, wordings, bring):
    for wording in wordings:
        body = wording["body"].replace(BRING, bring).strip()
        apps.get_model("prevention", "TemplateReminder").objects.get_or_create(
            template=template,
            offset_days=wording["offset_days"],
            audience="registered",
            defaults={**wording, "body": body},
        )


class Migration(migrations.Migration):
    dependencies = [("prevention", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
