#!/bin/sh
# What must be true of the code, the quickest first; the first red stops. `make check` runs it
# with PostgreSQL and Valkey at its side.
set -eu
cd "$(dirname "$0")/.."

# The settings of production: whatever this shell has set for a demo is not asked.
export DJANGO_SETTINGS_MODULE=cpts_portal.settings
export DEBUG=0 DEMO=0 HTTPS=1 TRUSTED_PROXY_COUNT=1 LOG_LEVEL=WARNING
export ALLOWED_HOSTS=portail.example PUBLIC_URL=https://portail.example
export SECRET_KEY="for-make-check-alone-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJK"
export FIELD_HASH_KEY="$SECRET_KEY"
export FIELD_ENCRYPTION_KEYS="Zm9yLWNoZWNrcy1hbG9uZS0zMi1ieXRlcy1sb25nISE="
export FIELD_HASH_KEY="for-make-check-alone"

step() {
    printf '── %s\n' "$1"
    shift
    "$@"
}

step "ruff: lint" ruff check --quiet .
step "ruff: format" ruff format --quiet --check .
step "djade: templates' format" sh scripts/templates.sh djade --target-version 5.2 --check
step "djlint: templates" djlint --quiet --lint templates
step "import-linter: floors" lint-imports --no-logo
step "mypy: types" mypy cpts_portal members patients unscheduled_care prevention
step "migrations: none missing" python manage.py makemigrations --check --dry-run
step "migrations: safe to run on a living base" \
    python manage.py lintmigrations --settings scripts.lint_settings
step "settings: fit for production" python manage.py check --deploy --fail-level WARNING
step "messages: English complete" python manage.py catalogue --check
step "docs/lifecycles.md: as the code draws it" python manage.py lifecycles --check
printf '── all good\n'
