#!/usr/bin/env bash
# Fails if a public symbol has no docstring or no category, a parameter has no name, a link in a docstring leads nowhere,
# or docs/reference is not what the docstrings say now.
set -euo pipefail
cd "$(dirname "$0")/../.."
now=$(mktemp -d)
trap 'rm -rf "$now"' EXIT

npx typedoc --out "$now" --logLevel Warn
# Without a category only names that are documented in another entry: they have no code.
if grep -rn '__namedParameters' "$now" || sed -sn '/^## Shared with /,$p' "$now"/*.md "$now"/*/*.md | grep '```'; then
  echo 'docs/reference: name the parameter with @param, and give the symbol a @category of typedoc.json' >&2
  exit 1
fi
diff -r docs/reference "$now" || {
  echo 'docs/reference has drifted from the docstrings: npm run reference' >&2
  exit 1
}
