"""The production settings plus the migration linter, which production does not install."""

from cpts_portal.settings import *  # noqa: F403
from cpts_portal.settings import INSTALLED_APPS as PRODUCTION_APPS

INSTALLED_APPS = [*PRODUCTION_APPS, "django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "include_apps": ["core", "members", "patients", "unscheduled_care", "prevention", "board"],
    "quiet": ["ok", "ignore"],
    "no_cache": True,
}
