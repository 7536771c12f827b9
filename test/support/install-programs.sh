#!/usr/bin/env bash
# Installs the Debian packages of programs that are missing: arguments are program=package. Silent when all are there.
set -euo pipefail
PATH="$PATH:/usr/sbin:/sbin"

missing_from() {
  for pair in "$@"; do
    command -v "${pair%%=*}" >/dev/null || echo "${pair#*=}"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

packages=$(missing_from "$@")
[ -z "$packages" ] && exit 0
echo "The tests need these Debian packages:" $packages >&2
export DEBIAN_FRONTEND=noninteractive
as_root apt-get update >&2
# shellcheck disable=SC2086 # a list of words
as_root apt-get install --yes --no-install-recommends $packages >&2
still=$(missing_from "$@")
[ -z "$still" ] && exit 0
echo "Installed, and yet without their programs:" $still >&2
exit 1
