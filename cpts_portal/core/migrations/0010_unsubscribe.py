from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0009_access_subject")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="unsubscribe_url",
            field=models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
    ]
