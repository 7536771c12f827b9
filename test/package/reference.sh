#!/usr/bin/env bash
# Fails if a public symbol has no docstring, a link in one leads nowhere, or docs/reference is not what they say now.
set -euo pipefail
cd "$(dirname "$0")/../.."
now=$(mktemp -d)
trap 'rm -rf "$now"' EXIT

npx typedoc --out "$now" --logLevel Warn
diff -r docs/reference "$now" || {
  echo 'docs/reference has drifted from the docstrings: npm run reference' >&2
  exit 1
}
