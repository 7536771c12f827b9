#!/usr/bin/env bash
# Packs the package, looks at the tarball as its users' tools do, and starts applications that have it installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
consumers=$root/test/package/consumers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tarball=$work/nestjs-apig-signature.tgz

expected_files() {
  printf '%s\n' CHANGELOG.md LICENSE README.md package.json dist/cjs/package.json
  find src -type f
  find src -name '*.ts' | sed 's|^src/||; s|\.ts$||' | while read -r module; do
    printf '%s\n' dist/esm/"$module".{js,js.map,d.ts,d.ts.map}
    case $module in
      cli | cli/*) ;; # a program, which nobody requires
      *) printf '%s\n' dist/cjs/"$module".{js,js.map,d.ts,d.ts.map} ;;
    esac
  done
}

echo '--- pack'
npm pack --silent --pack-destination "$work"
mv "$work"/nestjs-apig-signature-*.tgz "$tarball"
diff <(expected_files | sort) <(tar -tzf "$tarball" | sed 's|^package/||' | sort)

echo '--- publint, attw'
npx publint run "$tarball" --strict
npx attw "$tarball"

for consumer in nest12-esm nest11-cjs; do
  echo "--- $consumer"
  cp -r "$consumers/$consumer" "$work"
  cp "$consumers"/main.ts "$consumers"/one-copy.mjs "$work/$consumer"
  cd "$work/$consumer"
  npm install --no-audit --no-fund
  npx tsc # without skipLibCheck: our declarations are read too
  node main.js
  node one-copy.mjs
  npx --no-install apig-sign --version
done

echo '--- nest12-jest: the tests of the sample application, as its users run theirs'
cp -r "$consumers/nest12-jest" "$work"
cp -r "$root/sample-app" "$work/nest12-jest"
cd "$work/nest12-jest"
sed -i "s|'vitest'|'@jest/globals'|" sample-app/*.spec.ts
npm install --no-audit --no-fund
npx tsc
npm test

echo '--- nest11-cjs, where require cannot load ES modules'
cd "$work/nest11-cjs"
node --no-experimental-require-module main.js
