#!/bin/sh
# Fill the empty database that DATABASE_URL names from a backup: restore.sh FILE
# All or nothing; a database that already has tables is refused.
set -eu
tables=$(psql --no-psqlrc --tuples-only --no-align --dbname="$DATABASE_URL" \
    --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
if [ "$tables" != 0 ]; then
    echo "La base n’est pas vide : restaurez dans une base neuve." >&2
    exit 1
fi
pg_restore --single-transaction --exit-on-error --no-owner --no-privileges \
    --dbname="$DATABASE_URL" "$1"
