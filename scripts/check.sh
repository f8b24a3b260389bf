#!/bin/sh
# What must be true of the code, in order of speed; the first red stops. `make check` runs it
# with PostgreSQL and Valkey at its side.
set -eu
cd "$(dirname "$0")/.."

export DJANGO_SETTINGS_MODULE=cpts_portal.settings
export SECRET_KEY="for-make-check-alone-$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')"
export FIELD_ENCRYPTION_KEYS="Zm9yLWNoZWNrcy1hbG9uZS0zMi1ieXRlcy1sb25nISE="
export FIELD_HASH_KEY="$SECRET_KEY"
export ALLOWED_HOSTS=portail.example PUBLIC_URL=https://portail.example TRUSTED_PROXY_COUNT=1
export SMS_BACKEND=cpts_portal.core.sms.HttpBackend
export STATIC_ROOT="${TMPDIR:-/tmp}/cpts-portal-check-static"

step() {
    printf '── %s\n' "$1"
    shift
    "$@"
}

step "ruff : lint" ruff check --quiet .
step "ruff : format" ruff format --quiet --check .
step "djade" sh -c "find templates -name '*.html' -print0 | xargs -0 -r djade --target-version 5.2 --check"
step "djlint" djlint --quiet --lint templates
step "import-linter" lint-imports --no-logo
step "mypy" mypy --no-error-summary cpts_portal members patients unscheduled_care prevention
step "migrations: complete" python manage.py makemigrations --check --dry-run
step "settings of production" python manage.py check --deploy --fail-level WARNING
step "migrations: safe" python manage.py lintmigrations --quiet ok ignore
step "messages: French and English" python manage.py catalogue --check
step "docs/lifecycles.md" python manage.py lifecycles --check
printf '── tout est bon\n'
