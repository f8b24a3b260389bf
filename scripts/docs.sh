#!/bin/sh
# The documents that the code draws.
set -eu
cd "$(dirname "$0")/.."
export SECRET_KEY=for-drawing-alone FIELD_ENCRYPTION_KEYS=Zm9yLWNoZWNrcy1hbG9uZS0zMi1ieXRlcy1sb25nISE= DEBUG=1
python manage.py lifecycles
