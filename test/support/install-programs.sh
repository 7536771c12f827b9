#!/usr/bin/env sh
# Installs, from Debian's packages, those of the programs that are not there. Arguments: program=package.
set -eu

missing=
for pair; do
  command -v "${pair%%=*}" > /dev/null || missing="$missing ${pair#*=}"
done
[ -n "$missing" ] || exit 0

echo "Installing what the tests need:$missing"
apt-get update
# shellcheck disable=SC2086 # one word for each package
apt-get install --yes --no-install-recommends $missing
