#!/bin/sh
# The house style, applied.
set -eu
cd "$(dirname "$0")/.."
ruff check --quiet --fix-only .
ruff format .
sh scripts/templates.sh djade --target-version 5.2 || true # djade's status says "changed"
