#!/usr/bin/env bash
# Packs the package, looks at the tarball as its users' tools do, and runs applications that have it installed, on Node's
# versions that the npm package `node` has: check.sh [version]... Without any, on the Node that runs now.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
consumers=$root/test/package/consumers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tarball=$work/nestjs-apig-signature.tgz
versions=("$@")

install() { # Not for ever: a registry that does not answer is no reason to wait.
  timeout 600 npm install --no-audit --no-fund --silent "$@"
}

expected_files() {
  printf '%s\n' {CHANGELOG,CONTRIBUTING,README,README.zh-CN,SECURITY}.md LICENSE package.json dist/cjs/package.json
  # What documents link to: they are read from the tarball too.
  find docs/{guide,images,reference,zh} docs/{migration,performance,recipes,spec}.md -name '*.md' -o -name '*.svg'
  find src -name '*.ts' | sed 's|^src/||; s|\.ts$||' | while read -r module; do
    printf '%s\n' dist/esm/"$module".{js,d.ts}
    case $module in
      cli | cli/*) ;; # a program, which nobody requires
      *) printf '%s\n' dist/cjs/"$module".{js,d.ts} ;;
    esac
  done
  find src -name '*.cts' | sed 's|^src/||; s|\.cts$||' | while read -r module; do
    printf '%s\n' dist/{esm,cjs}/"$module".{cjs,d.cts}
  done
  find src/signer-page/page -type f ! -name '*.json' | sed 's|^src/|dist/esm/|' # browsers load ES modules only
}

echo '--- pack'
npm pack --silent --pack-destination "$work"
mv "$work"/nestjs-apig-signature-*.tgz "$tarball"
diff <(expected_files | sort) <(tar -tzf "$tarball" | sed 's|^package/||' | sort)

echo '--- publint, attw'
npx publint run "$tarball" --strict
npx attw "$tarball"

nodes=()
for version in "${versions[@]}"; do
  echo "--- node@$version"
  mkdir "$work/node-$version"
  cd "$work/node-$version"
  echo '{ "private": true }' >package.json
  install "node@$version"
  nodes+=("$PWD/node_modules/node/bin")
done
((${#nodes[@]} > 0)) || nodes=("$(dirname "$(command -v node)")")

# Each in its own format, and its main in the other one too. Without skipLibCheck: our declarations are read as well.
for nest in nest11 nest12; do
  echo "--- $nest: install, compile"
  cp -r "$consumers/$nest" "$work"
  cd "$work/$nest"
  cp "$consumers"/main.ts "$consumers"/main.jest.ts "$consumers"/one-copy.mjs .
  install
done
cd "$work/nest11"
cp main.ts main.mts
npx tsc
npx tsc -p tsconfig.esm.json
cd "$work/nest12"
cp main.ts main.cts
npx tsc

echo '--- nest12-jest: install, compile the tests of the sample application, as its users have theirs'
cp -r "$consumers/nest12-jest" "$work"
cp -r "$root/sample-app" "$work/nest12-jest"
cd "$work/nest12-jest"
install
npx tsc

failures=0
row() { # row NAME DIRECTORY COMMAND...: what becomes of the command under each Node
  local name=$1 directory=$2 node
  shift 2
  printf '%-32s' "$name"
  cd "$work/$directory"
  for node in "${nodes[@]}"; do
    if PATH=$node:$PATH timeout 120 env "$@" >"$work/log" 2>&1; then
      printf '%-12s' ok
    else
      printf '%-12s' FAILED
      failures=$((failures + 1))
      cat "$work/log" >>"$work/failures"
    fi
  done
  echo
}

printf '%-32s' ''
for node in "${nodes[@]}"; do printf '%-12s' "$("$node/node" --version)"; done
echo
for adapter in express fastify; do
  row "Nest 11, CommonJS, $adapter" nest11 ADAPTER=$adapter node main.js
  row "Nest 11, ES modules, $adapter" nest11 ADAPTER=$adapter node main.mjs
  row "Nest 12, CommonJS, $adapter" nest12 ADAPTER=$adapter node main.cjs
  row "Nest 12, ES modules, $adapter" nest12 ADAPTER=$adapter node main.js
done
row 'Nest 11, no require(ESM)' nest11 node --no-experimental-require-module main.js
row 'Nest 11, one copy' nest11 node one-copy.mjs
row 'Nest 12, one copy' nest12 node one-copy.mjs
row 'Nest 11, ts-jest, CommonJS' nest11 node node_modules/jest/bin/jest.js
row 'Nest 12, ts-jest, ES modules' nest12 node --experimental-vm-modules node_modules/jest/bin/jest.js
row 'Nest 12, ts-jest, the sample' nest12-jest node --experimental-vm-modules node_modules/jest/bin/jest.js
row 'Nest 11, apig-sign' nest11 npx --no-install apig-sign --version
row 'Nest 12, apig-sign' nest12 npx --no-install apig-sign --version
if ((failures > 0)); then
  cat "$work/failures"
  exit 1
fi
