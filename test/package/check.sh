#!/usr/bin/env bash
# Packs the package, looks at the tarball as its users' tools do, and runs applications that have it installed:
#
#   check.sh                            on the Node that runs now, and on the newest of Node 24 for what needs that
#   check.sh node@22 bun deno ...       on these, by their names on npm; the Nodes also run the unit tests
#
# A runtime that cannot be had fails the check.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
consumers=$root/test/package/consumers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tarball=$work/nestjs-apig-signature.tgz
# shellcheck source-path=SCRIPTDIR
source test/package/runtimes.sh
# shellcheck source-path=SCRIPTDIR
source test/package/starters.sh

install() { # Not for ever: a registry that does not answer is no reason to wait.
  timeout 600 npm install --no-audit --no-fund --silent "$@"
}

together() { # together COMMAND ARGUMENT...: the command once for each argument, at the same time
  local command=$1 argument pid pids=()
  shift
  for argument in "$@"; do
    "$command" "$argument" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
}

expected_files() { # but for declarations
  printf '%s\n' {CHANGELOG,CONTRIBUTING,README,README.zh-CN,SECURITY}.md LICENSE package.json dist/cjs/package.json
  # What documents link to: they are read from the tarball too.
  find docs/{guide,images,reference,zh} docs/{migration,performance,recipes,spec}.md -name '*.md' -o -name '*.svg'
  find src -name '*.ts' | sed 's|^src/||; s|\.ts$||' | while read -r module; do
    echo dist/esm/"$module".js
    case $module in
      cli | cli/*) ;; # a program, which nobody requires
      *) echo dist/cjs/"$module".js ;;
    esac
  done
  find src -name '*.cts' | sed 's|^src/||; s|\.cts$||' | while read -r module; do
    printf '%s\n' dist/{esm,cjs}/"$module".cjs
  done
  find src/signer-page/page -type f ! -name '*.json' | sed 's|^src/|dist/esm/|' # browsers load ES modules only
}

install_consumer() {
  cp -r "$consumers/$1" "$work"
  cd "$work/$1"
  install
}

echo '--- pack'
npm pack --silent --pack-destination "$work"
mv "$work"/nestjs-apig-signature-*.tgz "$tarball"
tar -tzf "$tarball" | sed 's|^package/||' | sort >"$work/files"
diff <(expected_files | sort) <(grep -v '\.d\.c\?ts$' "$work/files") # declarations: see compile
if (($(wc -l <"$work/files") >= 500)); then
  echo 'The tarball has 500 files or more.' >&2
  exit 1
fi

echo '--- publint, attw'
npx publint run "$tarball" --strict
npx attw "$tarball"

echo '--- install'
together install_runtime "${@:-here}"
(($#)) || (("$(node -p 'parseInt(process.versions.node)')" >= 24)) || install_runtime node@24
together install_consumer nest11 nest12 nest12-jest
generate_starters
together install_starter "${starters[@]}"

# Each in its own format, and its main in the other one too. Without skipLibCheck: our declarations are read as well.
echo '--- compile'
for nest in nest11 nest12; do
  cp "$consumers"/main.ts "$consumers"/main.jest.ts "$consumers"/one-copy.mjs "$work/$nest"
  cp -r "$consumers"/websockets "$work/$nest"
done
cd "$work/nest11"
cp main.ts main.mts
npx tsc
npx tsc -p tsconfig.esm.json
cd "$work/nest12"
cp main.ts main.cts
npx tsc
# The tests of the sample application, as its users have theirs.
cp -r "$root/sample-app" "$work/nest12-jest"
cd "$work/nest12-jest"
npx tsc
for starter in "${starters[@]}"; do
  cd "$work/$starter"
  npx tsc -p tsconfig.build.json
done

find_runtimes
for adapter in express fastify; do
  # Deno 2.9 hangs at the first start if CommonJS requires an ES module that imports CommonJS packages, as those of Nest 11.
  row not_on_deno "Nest 11, CommonJS, $adapter" nest11 ADAPTER=$adapter run main.js
  row everywhere "Nest 11, ES modules, $adapter" nest11 ADAPTER=$adapter run main.mjs
  row everywhere "Nest 12, CommonJS, $adapter" nest12 ADAPTER=$adapter run main.cjs
  row everywhere "Nest 12, ES modules, $adapter" nest12 ADAPTER=$adapter run main.js
  for nest in 11 12; do
    for transport in ws socket.io; do
      row on_node "Nest $nest, $transport, $adapter" nest$nest \
        NEST=$nest TRANSPORT=$transport ADAPTER=$adapter node websockets/main.js
    done
  done
done
row on_node 'Nest 11, no require(ESM)' nest11 node --no-experimental-require-module main.js
row on_node 'Nest 11, one copy' nest11 node one-copy.mjs
row on_node 'Nest 12, one copy' nest12 node one-copy.mjs
# On a busy machine a test may take longer than Jest and Vitest let it.
patience=--testTimeout=60000
jest=(node --experimental-vm-modules node_modules/jest/bin/jest.js $patience)
row on_node 'Nest 11, ts-jest, CommonJS' nest11 node node_modules/jest/bin/jest.js $patience
row on_node 'Nest 12, ts-jest, ES modules' nest12 "${jest[@]}"
row on_node 'Nest 12, ts-jest, the sample' nest12-jest "${jest[@]}"
row on_node 'Nest 11, apig-sign' nest11 npx --no-install apig-sign --version
row on_node 'Nest 12, apig-sign' nest12 npx --no-install apig-sign --version
for script in test test:e2e; do
  row on_node "Nest 11 starter, $script" starter11 npm run "$script" -- $patience
  row on_node "Nest 12 ESM starter, $script" starter12-esm npm run "$script" -- $patience
  # Before, Jest cannot load the ES modules that Nest 12 consists of into CommonJS tests.
  row from_node_24 "Nest 12 CJS starter, $script" starter12-cjs npm run "$script" -- $patience
done
if (($#)); then
  limit=1800
  row on_node 'unit tests' "$root" node node_modules/vitest/vitest.mjs run --project unit --test-timeout=120000
  row on_node 'memory of a chunk' "$root" node test/bench/chunk-overhead.js
fi
report_failures
