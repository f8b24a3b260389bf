"""The table behind the cache when Valkey is away (Django's own DatabaseCache layout)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0002_ledger_and_traces")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE cache_fallback (
                cache_key varchar(255) NOT NULL PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX cache_fallback_expires ON cache_fallback (expires);
            """,
            "DROP TABLE cache_fallback;",
        )
    ]
