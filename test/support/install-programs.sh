#!/usr/bin/env bash
# Installs, from Debian's packages, the programs that tests run and that are not there: program=package, as many as needed.
set -euo pipefail

missing=()
for pair in "$@"; do
  command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
done
[[ ${#missing[@]} -eq 0 ]] && exit

if ! command -v apt-get >/dev/null; then
  echo "The tests need programs that are not here, and there is no apt-get to install them: ${missing[*]}" >&2
  exit 1
fi
root=()
[[ $(id -u) -eq 0 ]] || root=(sudo)
echo "Installing what the tests need: ${missing[*]}"
"${root[@]}" apt-get update
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}"
