#!/usr/bin/env bash
# Mutates the layers, one after another, each against its own tests: run.sh [core|nest]... [options of Stryker]
set -euo pipefail
cd "$(dirname "$0")/../.."

layers=()
while [[ ${1:-} == core || ${1:-} == nest ]]; do
  layers+=("$1")
  shift
done
((${#layers[@]} > 0)) || layers=(core nest)

# Stryker is a package of its own, so that whoever installs this one need not wait for it.
cd test/mutation
[[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --no-audit --no-fund
cd ../..
for layer in "${layers[@]}"; do
  node test/mutation/node_modules/.bin/stryker run "test/mutation/$layer.config.js" "$@"
done
