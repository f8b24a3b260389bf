#!/bin/sh
# Write a backup of the database that DATABASE_URL names: backup.sh FILE
# The file is readable by its owner alone and appears only when it is whole.
set -eu
umask 077
target="$1"
draft="$target.draft"
trap 'rm -f "$draft"' EXIT
pg_dump --format=custom --no-owner --no-privileges --file="$draft" --dbname="$DATABASE_URL"
mv "$draft" "$target"
