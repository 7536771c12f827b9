# The applications that `nest new` makes, with the package put in as README says. Sourced by check.sh.

starters=(starter11 starter12-esm starter12-cjs)

# Linters, deployment, and what wraps the TypeScript compiler: nothing that our tests run.
unused=(@eslint/eslintrc @eslint/js @nestjs/cli @nestjs/mau @nestjs/schematics @vitest/coverage-v8 eslint
  eslint-config-prettier eslint-plugin-prettier globals oxlint oxlint-tsgolint prettier source-map-support ts-loader
  typescript-eslint)

generate_starters() { # from the templates that `nest new` itself takes
  mkdir "$work/nest-new"
  cd "$work/nest-new"
  echo '{ "private": true }' >package.json
  install nest11@npm:@nestjs/schematics@11 nest12@npm:@nestjs/schematics@12 @angular-devkit/schematics-cli
  generate nest11 starter11
  generate nest12 starter12-esm --type=esm
  generate nest12 starter12-cjs --type=cjs
}

generate() { # generate TEMPLATES NAME OPTION...
  local templates=$1 name=$2
  shift 2
  npx schematics "./node_modules/$templates/dist/collection.json:application" --name="$name" --package-manager=npm \
    --no-dry-run "$@" >/dev/null
  mv "$name" "$work"
}

install_starter() {
  local extension='' config=@nestjs/config
  [[ $1 != *esm ]] || extension=.js
  [[ $1 != starter11 ]] || config=@nestjs/config@4
  cd "$work/$1"
  npm pkg delete "${unused[@]/#/devDependencies.}"
  install "$tarball" "$config"

  cp "$consumers"/starter/src/* src
  cp "$consumers"/starter/test/* test
  echo "APIG_SIGNATURE_KEYS='{\"signature_key1\":\"signature_secret1\"}'" >.env
  [[ $1 == *esm ]] || sed -i "s|\(from '\.\.*/.*\)\.js'|\1'|" src/hello* test/hello*
  sed -i "s|imports: \[\]|imports: [HelloModule]|; 1i import { HelloModule } from './hello.module$extension';" src/app.module.ts
  grep -q 'imports: \[HelloModule\]' src/app.module.ts
}
