#!/bin/sh
# The documents that the code draws.
set -eu
cd "$(dirname "$0")/.."
export DEBUG=1 SECRET_KEY=for-drawing-alone
export FIELD_ENCRYPTION_KEYS=Zm9yLWNoZWNrcy1hbG9uZS0zMi1ieXRlcy1sb25nISE=
python manage.py lifecycles
