#!/bin/sh
# Run a command on every template: templates.sh COMMAND [OPTIONS…]
set -eu
cd "$(dirname "$0")/.."
find templates -name '*.html' -exec "$@" {} +
