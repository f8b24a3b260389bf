#!/bin/sh
# The house style, applied.
set -eu
cd "$(dirname "$0")/.."
ruff check --quiet --fix-only .
ruff format .
find templates -name '*.html' -print0 | xargs -0 -r djade --target-version 5.2 || true
