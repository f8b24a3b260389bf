"""The production settings plus the migration linter, which production does not install."""

from cpts_portal.settings import *  # noqa: F403
from cpts_portal.settings import INSTALLED_APPS as PRODUCTION_APPS

# Born with the first release: no living base was ever migrated through them.
FIRST_RELEASE = [
    "0001_commune",
    "0001_initial",
    "0002_ledger_and_traces",
    "0002_professions",
    "0002_queue_indexes",
    "0002_reference",
    "0003_association",
    "0003_board",
    "0003_cache_fallback",
    "0003_form_keys",
    "0004_message_deadline",
    "0004_reference",
    "0005_commune_word_search",
    "0005_reserved_addresses",
    "0006_commune_code_search",
    "0006_form_keys",
    "0007_traces_append_only",
    "0008_behalf",
    "0009_access_subject",
    "0010_unsubscribe",
]

INSTALLED_APPS = [*PRODUCTION_APPS, "django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "include_apps": ["core", "members", "patients", "unscheduled_care", "prevention", "board"],
    "ignore_name": FIRST_RELEASE,
    "quiet": ["ok", "ignore"],
    "no_cache": True,
}
